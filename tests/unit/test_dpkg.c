/* dpkg: installed packages and apt's marks, from the bytes of Debian's files. */
#include "samples.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/dpkg.h"

#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))

static void parse(const char *path, struct arena *a, struct dpkg *db)
{
	const char *top = getenv("NIXGRAFT_TOP");
	struct fault f = { 0 };
	char full[4096];
	snprintf(full, sizeof full, "%s%s%s", top ? top : "", top ? "/" : "", path);
	struct text bytes = sample_read(full);
	if (dpkg_parse(bytes, path, a, db, &f))
		fail_msg("%s: %s", path, f.text);
	free((void *)(uintptr_t)bytes.at);
}

static struct dpkg_package *package(const struct dpkg *db, const char *name)
{
	struct dpkg_package *p = dpkg_find(db, text_of(name));
	if (!p)
		fail_msg("no package %s", name);
	return p;
}

/* The relations as one would write them. */
static void show(struct buffer *b, const struct dpkg_relations *list, const char *separator)
{
	static const char *const signs[] = { "", "<<", "<=", "=", ">=", ">>" };
	for (size_t i = 0; i < list->count; i++) {
		const struct dpkg_relation *r = &list->at[i];
		buffer_printf(b, "%s" TEXT_F, i ? separator : "", TEXT_A(r->name));
		if (r->architecture.at)
			buffer_printf(b, ":" TEXT_F, TEXT_A(r->architecture));
		if (r->op != DPKG_ANY)
			buffer_printf(b, " (%s " TEXT_F ")", signs[r->op], TEXT_A(r->version));
	}
}

static void groups_are(const struct dpkg_groups *groups, const char *want)
{
	BUFFER_AUTO b = { 0 };
	for (size_t i = 0; i < groups->count; i++) {
		buffer_printf(&b, "%s", i ? ", " : "");
		show(&b, &groups->at[i], " | ");
	}
	buffer_add(&b, "", 0);
	assert_string_equal(b.at ? b.at : "", want);
}

static void provides_are(const struct dpkg_relations *list, const char *want)
{
	BUFFER_AUTO b = { 0 };
	show(&b, list, ", ");
	assert_string_equal(b.at ? b.at : "", want);
}

static void everything_is_read(void **state)
{
	struct arena a = { 0 };
	struct dpkg db;
	(void)state;
	parse("tests/data/dpkg/good/small", &a, &db);
	assert_int_equal(db.count, 6);
	IS(db.native, "amd64");
	const struct dpkg_package *git = package(&db, "git"), *dpkg = package(&db, "dpkg");
	IS(git->name, "git");
	IS(git->version, "1:2.47.3-0+deb13u1");
	IS(git->architecture, "amd64");
	IS(git->source, "git-source");
	IS(git->source_version, "2.47.3-0");
	IS(git->priority, "optional");
	assert_int_equal(git->installed_size_kib, 49324);
	assert_false(git->same || git->foreign || git->essential || git->protected || git->held || git->automatic);
	groups_are(&git->depends,
		   "libc6 (>= 2.38), perl:any, liberror-perl, git-man (>> 1:2.47.3), git-man (<< 1:2.47.3-.)");
	groups_are(&git->recommends, "ca-certificates, patch, less | pager, ssh-client");
	provides_are(&git->provides, "git-completion, git-core (= 1:2.47.3)");
	IS(dpkg->source, "dpkg");
	IS(dpkg->source_version, "1.22.11");
	assert_true(dpkg->essential && dpkg->foreign);
	groups_are(&dpkg->depends, "libbz2-1.0, libc6 (>= 2.38), zlib1g (>= 1:1.1.4), tar (>= 1.28-1)");
	assert_int_equal(dpkg->recommends.count + dpkg->provides.count, 0);
	assert_true(package(&db, "libgcc-s1")->protected);
	assert_true(package(&db, "login")->protected);
	assert_true(package(&db, "libc6:amd64")->held && package(&db, "libc6:amd64")->same);
	assert_false(package(&db, "libc6:arm64")->held);
	arena_drop(&a);
}

static void packages_are_found_by_name(void **state)
{
	struct arena a = { 0 };
	struct dpkg db;
	size_t count;
	(void)state;
	parse("tests/data/dpkg/good/small", &a, &db);
	assert_ptr_equal(dpkg_named(&db, TEXT("libc6"), &count), package(&db, "libc6"));
	assert_int_equal(count, 2);
	IS(package(&db, "libc6")->architecture, "amd64");
	IS(package(&db, "libc6:arm64")->architecture, "arm64");
	assert_null(dpkg_find(&db, TEXT("libc6:riscv64")));
	assert_null(dpkg_find(&db, TEXT("gone")));
	assert_null(dpkg_find(&db, TEXT("")));
	assert_null(dpkg_named(&db, TEXT("zz"), &count));
	assert_int_equal(count, 0);
	assert_true(dpkg_architecture_equal(&db, TEXT("all"), TEXT("amd64")));
	assert_false(dpkg_architecture_equal(&db, TEXT("all"), TEXT("arm64")));
	arena_drop(&a);
}

static void odd_files_are_read(void **state)
{
	static const struct {
		const char *path, *depends;
		size_t count;
	} table[] = {
		{ "empty", "", 0 },
		{ "only-empty-lines", "", 0 },
		{ "half-there-is-not-looked-at", "", 0 },
		{ "no-final-newline", "", 1 },
		{ "other-case-and-blanks", "", 1 },
		{ "empty-fields", "", 1 },
		{ "folded", "b, c (>= 1) | d, e", 1 },
		{ "relations", "b (>= 1), c (= 2), d (= 3), e (<= 4), f (>= 5), g:any | h:amd64 (<< 6)", 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena a = { 0 };
		struct dpkg db;
		char path[200];
		snprintf(path, sizeof path, "tests/data/dpkg/good/%s", table[i].path);
		parse(path, &a, &db);
		assert_int_equal(db.count, table[i].count);
		if (db.count) {
			const struct dpkg_package *p = package(&db, "a");
			groups_are(&p->depends, table[i].depends);
			IS(p->source, "a");
			IS(p->version, "1");
			assert_int_equal(p->installed_size_kib, 0);
			assert_int_equal(p->recommends.count + p->provides.count, 0);
			assert_int_equal(p->same && p->essential, !strcmp(table[i].path, "other-case-and-blanks"));
		}
		arena_drop(&a);
	}
}

/* The file's name tells which rule it breaks. */
static const struct {
	const char *name, *says;
} RULES[] = {
	{ "architecture-missing", ":1: Package \"a\": an installed package must have a Version and an Architecture" },
	{ "architecture-with-slash", ":4: Architecture \"a/b\": must be letters, digits and -" },
	{ "comment", ":2: line \"# a comment\": must be a field's name, a colon and its value" },
	{ "depends-empty-alternative", ":5: Depends \"\": each must be NAME" },
	{ "depends-empty-architecture", ":5: Depends \"b: (>= 1)\": each must be NAME" },
	{ "depends-empty-group", ":5: Depends \"\": each must be NAME" },
	{ "depends-no-version", ":5: Depends \"b (>=)\": a version must be printable ASCII" },
	{ "depends-nul", ":5: Depends \"b" },
	{ "depends-open-parenthesis", ":5: Depends \"b (>= 1\": the version in parentheses must be the last" },
	{ "depends-restriction", ":5: Depends \"b (>= 1) [amd64]\": the version in parentheses must be the last" },
	{ "depends-trailing-comma", ":5: Depends \"\": each must be NAME" },
	{ "depends-two-names", ":5: Depends \"b c\": each must be NAME" },
	{ "first-line-folded", ":1: line \" folded\": must be a field's name" },
	{ "line-without-colon", ":5: line \"no colon here\": must be a field's name" },
	{ "line-without-name", ":5: line \": no name\": must be a field's name" },
	{ "marks-no-number", ":2: Auto-Installed \"yes\": must be 0 or 1" },
	{ "marks-package-missing", ":1: Package \"Auto-Installed: 1\": each paragraph must have a package's name" },
	{ "marks-twice", ":3: Auto-Installed \"1\": the field stands there twice" },
	{ "package-begins-with-dash", ":1: Package \"-a\": each paragraph must have a package's name" },
	{ "package-empty", ":1: Package \"\": each paragraph must have a package's name" },
	{ "package-missing", ":6: Package \"Status: install ok installed\": each paragraph must have" },
	{ "package-too-long", "aaa\": each paragraph must have a package's name" },
	{ "package-twice", ":11: Package \"a\": this package stands there twice" },
	{ "package-with-slash", ":1: Package \"../a\": each paragraph must have a package's name" },
	{ "predepends-two-versions", ":5: Pre-Depends \"b (>= 1) (<< 2)\": a version must be printable ASCII" },
	{ "provides-alternatives", ":5: Provides \"b | c\": each must be NAME" },
	{ "provides-two-names", ":5: Provides \"b c\": each must be NAME" },
	{ "recommends-begins-with-bar", ":5: Recommends \"\": each must be NAME" },
	{ "source-open-parenthesis", ":5: Source \"b (\": the version in parentheses must be the last" },
	{ "status-four-words", ":2: Status \"install ok installed now\": must be three words" },
	{ "status-missing", ":1: Package \"a\": a package must have a Status" },
	{ "status-one-word", ":2: Status \"installed\": must be three words" },
	{ "version-missing", ":1: Package \"a\": an installed package must have a Version and an Architecture" },
	{ "version-twice", ":5: Version \"2\": the field stands there twice" },
	{ "version-with-blank", ":4: Version \"1 2\": must be printable ASCII without a blank" },
};

static void bad_is_refused(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct dpkg db = { 0 };
	bool marks = text_starts(text_of(name), TEXT("marks-"));
	size_t i = 0;
	while (i < sizeof RULES / sizeof *RULES && strcmp(RULES[i].name, name))
		i++;
	if (i == sizeof RULES / sizeof *RULES)
		fail_msg("%s: which rule does it break?", name);
	assert_int_equal(marks ? dpkg_marks(bytes, name, &db, &f) : dpkg_parse(bytes, name, &a, &db, &f), FAULT_INPUT);
	if (!strstr(f.text, RULES[i].says) || strncmp(f.text, name, strlen(name)))
		fail_msg("%s: '%s' and not '%s'", name, f.text, RULES[i].says);
	arena_drop(&a);
}

static void bad_files_are_refused(void **state)
{
	(void)state;
	samples_walk("tests/data/dpkg/bad", bad_is_refused);
}

static void marks_are_set(void **state)
{
	static const char marks[] = "Package: git\nArchitecture: amd64\nAuto-Installed: 1\n\n"
				    "Package: libc6\nArchitecture: arm64\nAuto-Installed: 1\n\n"
				    "Package: login\nAuto-Installed: 1\n\n"
				    "Package: dpkg\nArchitecture: arm64\nAuto-Installed: 1\n\n"
				    "Package: libgcc-s1\nArchitecture: amd64\nAuto-Installed: 0\n\n"
				    "Package: gone\nArchitecture: amd64\nAuto-Installed: 1\n";
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct dpkg db;
	(void)state;
	parse("tests/data/dpkg/good/small", &a, &db);
	assert_int_equal(dpkg_marks(text_of(marks), "marks", &db, &f), 0);
	assert_true(package(&db, "git")->automatic);
	assert_true(package(&db, "libc6:arm64")->automatic);
	assert_false(package(&db, "libc6:amd64")->automatic);
	assert_true(package(&db, "login")->automatic);
	assert_false(package(&db, "dpkg")->automatic);
	assert_false(package(&db, "libgcc-s1")->automatic);
	arena_drop(&a);
}

/* dpkg's own architecture is the native one, whatever comes first. */
static void the_native_architecture_is_dpkgs(void **state)
{
	static const char status[] = "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
				     "Package: b\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1\n\n"
				     "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
				     "Package: e\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1\n";
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct dpkg db;
	(void)state;
	assert_int_equal(dpkg_parse(text_of(status), "status", &a, &db, &f), 0);
	IS(db.native, "amd64");
	arena_drop(&a);
}

/* apt marks a package for all architectures under the native one. */
static void all_is_marked_as_native(void **state)
{
	static const char status[] = "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
				     "Package: b\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1\n";
	static const char marks[] = "Package: a\nArchitecture: arm64\nAuto-Installed: 1\n";
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct dpkg db;
	(void)state;
	assert_int_equal(dpkg_parse(text_of(status), "status", &a, &db, &f), 0);
	IS(db.native, "arm64");
	assert_int_equal(dpkg_marks(text_of(marks), "marks", &db, &f), 0);
	assert_true(package(&db, "a")->automatic);
	arena_drop(&a);
}

static void refused(struct buffer *bytes, const char *says)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct dpkg db;
	assert_int_equal(dpkg_parse(buffer_view(bytes), "status", &a, &db, &f), FAULT_INPUT);
	if (!strstr(f.text, says))
		fail_msg("'%s' and not '%s'", f.text, says);
	arena_drop(&a);
	buffer_reset(bytes);
}

static void there_are_limits(void **state)
{
	static const char rest[] = "\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n";
	BUFFER_AUTO b = { 0 };
	(void)state;
	buffer_printf(&b, "Package: a%sDepends: b", rest);
	for (size_t i = 1; i <= DPKG_RELATIONS_MAX; i++)
		buffer_add(&b, "|c", 2);
	refused(&b, "status:1: Package \"a\": the file has too many relations");
	for (size_t i = 0; i <= DPKG_PACKAGES_MAX; i++)
		buffer_printf(&b, "Package: p%zu%s\n", i, rest);
	refused(&b, "Package \"p65536\": the file has too many packages");
	buffer_printf(&b, "Package: a%sDescription: ", rest);
	while (b.len <= DPKG_STATUS_MAX)
		buffer_add(&b, "0123456789abcdef", 16);
	refused(&b, "bytes, at most 33554432 are read");
}

static void paths_are_found_in_a_list(void **state)
{
	static const char list[] = "/.\n/usr\n/usr/bin\n/usr/bin/git\n/usr/bin/gitk and more\n\n/usr/share/last";
	struct text names[] = { TEXT("/usr/bin"), TEXT("/usr/bin/gi"), TEXT("/usr/bin/git"), TEXT("/usr/bin/gitk"),
				TEXT("/usr/share/last") };
	static const bool want[] = { true, false, true, false, true };
	bool hit[5] = { false };
	(void)state;
	dpkg_list_search(text_of(list), (struct texts){ names, 5 }, hit);
	assert_memory_equal(hit, want, sizeof want);
	memset(hit, 0, sizeof hit);
	dpkg_list_search((struct text){ 0 }, (struct texts){ names, 5 }, hit);
	dpkg_list_search(text_of(list), (struct texts){ 0 }, hit);
	for (size_t i = 0; i < 5; i++)
		assert_false(hit[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(packages_are_found_by_name),
		cmocka_unit_test(odd_files_are_read),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(marks_are_set),
		cmocka_unit_test(all_is_marked_as_native),
		cmocka_unit_test(the_native_architecture_is_dpkgs),
		cmocka_unit_test(there_are_limits),
		cmocka_unit_test(paths_are_found_in_a_list),
	};
	return cmocka_run_group_tests_name("dpkg", tests, NULL, NULL);
}
