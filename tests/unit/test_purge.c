/* purge: verdicts on the packages of tests/data/purge. What goes with each was compared with what apt itself simulates:
 *     apt-get -s purge -o Dir::State=DIR -o Dir::State::status=DIR/status -o APT::Get::AutomaticRemove=false NAME
 * where DIR has both files and an empty lists/partial, with the architectures amd64 and arm64. */
#include "samples.h"

#include "base/buffer.h"
#include "plan/purge.h"

#define FOLDER "tests/data/purge/"

/* A verdict; lists are names with a blank between. */
static const struct expected {
	const char *name, *answer, *keeping, *going, *missing;
} TABLE[] = {
	/* what is not there, and what may never go */
	{ "no-such", "absent", "", "", "" },
	{ "left-over", "absent", "", "", "" },
	{ "libz:riscv64", "absent", "", "", "" },
	{ "dpkg", "essential", "", "", "" },
	{ "tar", "essential", "dpkg", "", "" },
	{ "init", "essential", "", "", "" },
	{ "login", "essential", "", "", "" },
	{ "apt", "essential", "", "", "" },
	{ "systemd", "needed", "init", "", "" },
	{ "libacl", "needed", "dpkg tar", "", "" },
	/* chains */
	{ "git", "needed", "git-lfs", "", "" },
	{ "git-lfs", "yes", "", "", "" },
	{ "git-man", "needed", "git git-lfs", "", "" },
	{ "jq", "yes", "", "", "" },
	{ "libjq1", "needed", "jq", "jq-plugin", "" },
	{ "libonig5", "needed", "jq libjq1", "jq-plugin", "" },
	{ "perl", "needed", "git git-lfs", "", "" },
	/* a recommendation is a note */
	{ "less", "yes", "", "", "git" },
	{ "patch", "yes", "", "", "git" },
	{ "openssl", "yes", "", "ca-certificates", "curl" },
	{ "curl", "yes", "", "", "" },
	/* alternatives, Provides, versions */
	{ "exim", "yes", "", "", "" },
	{ "postfix", "yes", "", "", "" },
	{ "gives-three", "needed", "wants-two", "", "" },
	{ "gives-one", "yes", "", "", "" },
	{ "gives-any", "yes", "", "", "" },
	{ "libopt", "yes", "", "helper", "" },
	{ "other-helper", "yes", "", "", "" },
	{ "only-one", "needed", "both-ways", "", "" },
	{ "libcore", "needed", "core-user", "extra-one extra-two", "" },
	/* circles */
	{ "ring-a", "needed", "ring-b ring-c ring-user", "", "" },
	{ "ring-b", "needed", "ring-user", "ring-a ring-c", "" },
	{ "ring-user", "yes", "", "", "" },
	/* holds */
	{ "held", "held", "", "", "" },
	{ "held-app", "held", "", "", "" },
	{ "libheld", "needed", "held-app", "", "" },
	/* architectures */
	{ "libz", "needed", "app-native script", "", "" },
	{ "libz:amd64", "needed", "app-native script", "", "" },
	{ "libz:arm64", "needed", "app-foreign", "", "" },
	{ "gpgv", "needed", "app-foreign apt", "", "" },
};

#define ROWS (sizeof TABLE / sizeof *TABLE)

static struct text file(const char *name)
{
	const char *top = getenv("NIXGRAFT_TOP");
	char path[4096];
	snprintf(path, sizeof path, "%s%s" FOLDER "%s", top ? top : "", top ? "/" : "", name);
	return sample_read(path);
}

static void read_packages(struct arena *a, struct dpkg *db)
{
	struct text status = file("status"), marks = file("extended_states");
	struct fault f = { 0 };
	if (dpkg_parse(status, "status", a, db, &f) || dpkg_marks(marks, "extended_states", db, &f))
		fail_msg("%s", f.text);
	free((void *)(uintptr_t)status.at);
	free((void *)(uintptr_t)marks.at);
}

static void must_list(const struct expected *e, const char *what, struct purge_packages got, const char *want)
{
	BUFFER_AUTO b = { 0 };
	for (size_t i = 0; i < got.count; i++)
		buffer_printf(&b, "%s" TEXT_F, i ? " " : "", TEXT_A(got.at[i]->name));
	if (strcmp(b.at ? b.at : "", want))
		fail_msg("%s: %s is '%s' and not '%s'", e->name, what, b.at ? b.at : "", want);
}

static void must_be(const struct expected *e, const struct purge_verdict *v)
{
	if (strcmp(purge_answer_name(v->answer), e->answer))
		fail_msg("%s: '%s' and not '%s'", e->name, purge_answer_name(v->answer), e->answer);
	assert_int_equal(v->package == NULL, v->answer == PURGE_ABSENT);
	must_list(e, "keeping", v->keeping, e->keeping);
	must_list(e, "going", v->going, e->going);
	must_list(e, "missing", v->missing, e->missing);
}

/* All at once: one verdict leaves nothing behind for the next. */
static void verdicts_are_right(void **state)
{
	struct arena a = { 0 };
	struct text names[ROWS];
	struct dpkg db;
	(void)state;
	read_packages(&a, &db);
	for (size_t i = 0; i < ROWS; i++)
		names[i] = text_of(TABLE[i].name);
	const struct purge_verdict *v = purge_judge(&db, (struct texts){ names, ROWS }, &a);
	for (size_t i = 0; i < ROWS; i++)
		must_be(&TABLE[i], &v[i]);
	arena_drop(&a);
}

/* What is installed by hand decides: git-lfs may go when it is there for git only. */
static void a_mark_changes_the_verdict(void **state)
{
	static const struct expected git = { "git", "yes", "", "git-lfs", "" };
	static const struct expected held = { "libheld", "yes", "", "held-app", "" };
	struct arena a = { 0 };
	struct text names[] = { TEXT("git"), TEXT("libheld") };
	struct dpkg db;
	(void)state;
	read_packages(&a, &db);
	dpkg_find(&db, TEXT("git-lfs"))->automatic = true;
	dpkg_find(&db, TEXT("held-app"))->held = false;
	const struct purge_verdict *v = purge_judge(&db, (struct texts){ names, 2 }, &a);
	must_be(&git, &v[0]);
	must_be(&held, &v[1]);
	arena_drop(&a);
}

static void what_was_broken_before_is_no_reason(void **state)
{
	static const char status[] =
		"Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
		"Package: b\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n"
		"Depends: a (>= 2), gone | a (<< 1)\n\n"
		"Package: c\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nDepends: gone | a, never\n";
	static const struct expected e = { "a", "needed", "c", "", "" };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct text name = TEXT("a");
	struct dpkg db;
	(void)state;
	assert_int_equal(dpkg_parse(text_of(status), "status", &a, &db, &f), 0);
	must_be(&e, purge_judge(&db, (struct texts){ &name, 1 }, &a));
	arena_drop(&a);
}

static void nothing_is_judged_in_nothing(void **state)
{
	static const struct expected e = { "a", "absent", "", "", "" };
	struct arena a = { 0 };
	struct text name = TEXT("a");
	struct dpkg db = { 0 };
	(void)state;
	must_be(&e, purge_judge(&db, (struct texts){ &name, 1 }, &a));
	purge_judge(&db, (struct texts){ 0 }, &a);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_right),
		cmocka_unit_test(a_mark_changes_the_verdict),
		cmocka_unit_test(what_was_broken_before_is_no_reason),
		cmocka_unit_test(nothing_is_judged_in_nothing),
	};
	return cmocka_run_group_tests_name("purge", tests, NULL, NULL);
}
