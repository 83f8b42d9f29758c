/* checkup: each check finds what it is for, tells the remedy, and is silent otherwise. */
#include "objects.h"

#include "store/checkgraft.h"
#include "store/checknix.h"
#include "store/checkpath.h"
#include "store/checkshell.h"
#include "store/checkup.h"
#include "store/receipt.h"
#include "store/wiring.h"
#include "sys/proc.h"

#define ELF(machine) "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0" machine "\0\1\0\0\0"
#define ELF_X86 ELF("\76")
#define ELF_ARM ELF("\267")

/* What a shell has is the test's own business. */
static int scene_open(void **state)
{
	static const char *const names[] = { "LD_LIBRARY_PATH",	  "LD_PRELOAD",	   "USER",   "HOME",	 "NIX_SSL_CERT_FILE",
					     "SSL_CERT_FILE",	  "CURL_CA_BUNDLE", "LC_ALL", "LC_CTYPE", "LANG",
					     "LOCALE_ARCHIVE", "NIX_REMOTE" };
	for (size_t i = 0; i < COUNT_OF(names); i++)
		unsetenv(names[i]);
	setenv("USER", "root", 1);
	return house_open(state);
}
#define SCENE_TEST(function) cmocka_unit_test_setup_teardown(function, scene_open, house_close)

static void put_program(struct household *h, const char *path, struct text head)
{
	house_put(h, path, "");
	WORKS(fs_write(h->root.fd, path, 0755, head, &h->f));
}

/* A root that nothing is wrong with. */
static struct checkup *make(struct household *h)
{
	struct checkup *c = arena_alloc(&h->arena, 1, sizeof *c);
	put_program(h, "/bin/sh", TEXT(ELF_X86));
	house_put(h, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	house_put(h, "/etc/ssl/certs/ca-certificates.crt", "x");
	WORKS(fs_make_dirs(h->root.fd, WIRING_LINKS, 0755, &h->f));
	WORKS(fs_make_dirs(h->root.fd, "/tmp", 0777, &h->f));
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	*c = (struct checkup){ .root = &h->root, .arena = &h->arena };
	return c;
}

static void run(struct checkup *c)
{
	c->findings.count = c->problems = 0;
	c->commands = (struct texts){ 0 };
	checkup_run(c);
}

/* The one finding of a check after another look; NULL: none. */
static const struct finding *look(struct checkup *c, const char *check)
{
	const struct finding *found = NULL;
	run(c);
	for (size_t i = 0; i < c->findings.count; i++) {
		const struct finding *finding = &c->findings.at[i];
		if (strcmp(finding->check, check))
			continue;
		if (found)
			fail_msg("%s: " TEXT_F " besides " TEXT_F, check, TEXT_A(finding->subject), TEXT_A(found->subject));
		found = finding;
	}
	return found;
}

static void finds(struct checkup *c, enum finding_severity severity, const char *check, const char *words)
{
	const struct finding *found = look(c, check);
	if (!found)
		fail_msg("%s: nothing found, expected: %s", check, words);
	const char *all = arena_printf(c->arena, TEXT_F "|" TEXT_F "|" TEXT_F, TEXT_A(found->subject), TEXT_A(found->reason),
				       TEXT_A(found->remedy))
				  .at;
	if (!strstr(all, words) || found->severity != severity)
		fail_msg("%s: severity %d, %s; expected: %s", check, (int)found->severity, all, words);
	assert_true((c->problems > 0) == (severity == FINDING_PROBLEM) || c->problems > 1);
}

static void finds_nothing(struct checkup *c, const char *check)
{
	const struct finding *found = look(c, check);
	if (found)
		fail_msg("%s: " TEXT_F " " TEXT_F, check, TEXT_A(found->subject), TEXT_A(found->reason));
}

static void checks_are_told_apart(void **state)
{
	const struct check *const tables[] = { CHECKS_GRAFT, CHECKS_NIX, CHECKS_SHELL, CHECKS_PATH };
	const char *names[64];
	size_t count = 0;
	(void)state;
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct check *check = tables[t]; check->name; check++) {
			assert_non_null(check->look);
			for (size_t i = 0; i < count; i++)
				assert_string_not_equal(names[i], check->name);
			names[count++] = check->name;
		}
	assert_true(count >= 28);
}

static void a_sound_root_has_nothing_to_tell(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	setenv("LD_LIBRARY_PATH", "/nix/store/x/lib", 1); /* not this root's business */
	run(c);
	for (size_t i = 0; i < c->findings.count; i++)
		if (strcmp(c->findings.at[i].check, "emulation")) /* the root is an x86_64 one wherever this runs */
			fail_msg("%s: " TEXT_F, c->findings.at[i].check, TEXT_A(c->findings.at[i].reason));
	assert_int_equal(c->problems, 0);
	c->running = true;
	finds(c, FINDING_PROBLEM, "linker", "LD_LIBRARY_PATH|is /nix/store/x/lib: ");
}

static void what_is_told_is_clean_and_cut_into_reason_and_remedy(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	finding_fault(c, TEXT("/nix"), TEXT("else"), TEXT("/nix is odd; a; do this"));
	finding_fault(c, TEXT("/nix"), TEXT("else"), TEXT("/nix/store is odd"));
	finding_fault(c, TEXT("db"), TEXT("else"), TEXT("db: is odd"));
	finding_note(c, TEXT("a\nb"), TEXT("\033[31m"), "%s", "\r");
	const struct finding *all = c->findings.at;
	assert_int_equal(c->findings.count, 4);
	assert_int_equal(c->problems, 3);
	IS(all[0].reason, "is odd; a");
	IS(all[0].remedy, "do this");
	IS(all[1].reason, "/nix/store is odd");
	IS(all[1].remedy, "else");
	IS(all[2].reason, "is odd");
	IS(all[3].subject, "a?b");
	IS(all[3].reason, "?");
	IS(all[3].remedy, "?[31m");
}

static void verbs_of_remedies_name_the_root(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	assert_true(text_ends(finding_verb(c, "apply"), text_of(h->root.path)));
	c->running = true;
	IS(finding_verb(c, "apply"), "nixgraft apply");
}

static void files_of_the_linker(void **state)
{
	static const struct {
		const char *path, *line;
		bool bad;
	} cases[] = {
		{ "/etc/environment", "LD_LIBRARY_PATH=/nix/store/x", true },
		{ "/etc/environment", "PATH=/nix/store/x", false },
		{ "/etc/environment", "LD_LIBRARY_PATH=/opt", false },
		{ "/etc/environment", "\t # LD_LIBRARY_PATH=/nix/store/x", false },
		{ "/etc/profile", "export LD_PRELOAD=/nix/x.so", true },
		{ "/etc/profile.d/x.sh", " LD_PRELOAD=/nix/x.so", true },
		{ "/etc/profile.d/x.csh", "LD_PRELOAD=/nix/x.so", false },
		{ "/etc/bash.bashrc", "LD_PRELOAD=/nix/x.so", true },
		{ "/etc/ld.so.conf", "/nix/store/x/lib", true },
		{ "/etc/ld.so.conf", "/usr/lib", false },
		{ "/etc/ld.so.conf.d/x.conf", "/nix/store/x/lib", true },
		{ "/etc/ld.so.preload", "/nix/x.so", true },
	};
	struct household *h = *state;
	struct checkup *c = make(h);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		house_put(h, cases[i].path, house_say(h, "\n%s", cases[i].line));
		if (cases[i].bad)
			finds(c, FINDING_PROBLEM, "linker-files", house_say(h, "%s|line 2 ", cases[i].path));
		else
			finds_nothing(c, "linker-files");
		house_put(h, cases[i].path, "");
	}
}

/* A head of eight words, the names, and what the head says of them. Source: glibc locale/locarchive.h. */
static void put_archive(struct household *h, uint32_t offset, uint32_t used)
{
	static const char names[] = "de_DE.utf8\0en_US.utf8";
	uint32_t head[8] = { 0xde020109, [5] = offset, [6] = used };
	BUFFER_AUTO bytes = { 0 };
	buffer_add(&bytes, head, sizeof head);
	buffer_add(&bytes, names, sizeof names);
	house_put(h, "/usr/lib/locale/locale-archive", "");
	WORKS(fs_write(h->root.fd, "/usr/lib/locale/locale-archive", 0644, buffer_view(&bytes), &h->f));
}

static void locales(void **state)
{
	static const struct {
		const char *name;
		bool there;
	} cases[] = {
		{ "en_US.UTF-8", true }, { "en_US.utf8", true },   { "de_DE.UTF-8", true }, { "US.UTF-8", false },
		{ "en_US", false },	 { "en_US.UTF-8@x", false }, { "C.UTF-8", true },	  { "POSIX", true },
	};
	struct household *h = *state;
	struct checkup *c = make(h);
	c->running = true;
	put_archive(h, 32, 22);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		setenv("LANG", cases[i].name, 1);
		if (cases[i].there)
			finds_nothing(c, "locale");
		else
			finds(c, FINDING_NOTE, "locale", house_say(h, "LANG|is %s, a locale that is not there", cases[i].name));
	}
	setenv("LC_ALL", "C", 1);
	finds_nothing(c, "locale");
	unsetenv("LC_ALL");
	setenv("LANG", "en_US.UTF-8", 1);
	c->system = &(struct lock_system){ 0 };
	c->lock = &(struct lock){ 0 };
	finds(c, FINDING_NOTE, "locale", "LOCALE_ARCHIVE|is not set");
}

static void archives_that_lie(void **state)
{
	static const uint32_t lies[][2] = { { 32, 0xffffffff }, { 0xffffffff, 22 }, { 40, 100 }, { 32, 0 }, { 32, 5 } };
	struct household *h = *state;
	struct checkup *c = make(h);
	c->running = true;
	setenv("LANG", "de_DE.UTF-8", 1);
	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		put_archive(h, lies[i][0], lies[i][1]);
		finds(c, FINDING_NOTE, "locale", "is de_DE.UTF-8, a locale that is not there");
	}
	house_put(h, "/usr/lib/locale/locale-archive", "short");
	finds(c, FINDING_NOTE, "locale", "a locale that is not there");
}

static void a_store_whose_user_is_another(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	struct receipt receipt = { .user = TEXT("root"), .system = TEXT("x86_64-linux"), .choice = { .tools_only = true } };
	c->receipt = &receipt;
	house_put(h, "/etc/passwd", house_say(h, "root:x:%u:0::/:\n", (unsigned)geteuid()));
	finds_nothing(c, "owner");
	receipt.user = TEXT("4711");
	finds(c, FINDING_PROBLEM, "owner", "/nix/store|belongs to user ");
	finds(c, FINDING_PROBLEM, "owner", "(4711), whose Nix cannot change it|nixgraft rechown --root ");
	receipt.user = TEXT("nobody-here");
	finds(c, FINDING_PROBLEM, "owner", "nobody-here|is whom the store was made for");
	receipt.unfinished = true;
	finds(c, FINDING_PROBLEM, "receipt", "did not come to its end|nixgraft apply");
	receipt.system = TEXT("aarch64-linux");
	finds(c, FINDING_PROBLEM, "architecture", "exec format error");
}

static void lists_that_others_inherit(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	FD_AUTO dir = house_dir(h, "/tmp");
	if (!house_put_acl(dir))
		skip();
	finds(c, FINDING_NOTE, "acl", "/tmp|has a default ACL");
	house_put(h, NIX_DB, "");
	finds(c, FINDING_PROBLEM, "acl", "(NixOS/nix #6680); nixgraft itself copes|setfacl -k /tmp");
}

static void room_for_the_lock(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	struct lock_path path = { .path = TEXT("00000000000000000000000000000000-big"), .nar_size = NAR_SIZE_MAX };
	struct lock_system system = { .paths = &path, .path_count = 1 };
	struct lock lock = { 0 };
	c->lock = &lock;
	c->system = &system;
	finds(c, FINDING_PROBLEM, "space", "an apply of the lock needs 8796109|make room");
	WORKS(fs_make_dirs(h->root.fd, STORE_PREFIX "00000000000000000000000000000000-big", 0755, &h->f));
	finds_nothing(c, "space");
}

static void links_into_a_profile_that_is_not_there(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	WORKS(fs_link(h->root.fd, WIRING_LINKS "/a", GRAFT_PROFILE "/bin/a", &h->f));
	WORKS(fs_link(h->root.fd, WIRING_LINKS "/b", GRAFT_PROFILE "/bin/b", &h->f));
	WORKS(fs_link(h->root.fd, WIRING_LINKS "/c", "/opt/c", &h->f));
	finds(c, FINDING_PROBLEM, "volume", "/usr/local/bin/a|leads into a profile that is not there (and 1 others do)|nixgraft apply");
	assert_int_equal(c->commands.count, 2);
	put_program(h, GRAFT_PROFILE "/bin/a", TEXT(ELF_ARM));
	finds(c, FINDING_PROBLEM, "volume", "/usr/local/bin/b|leads into a profile that has no such command|");
	finds(c, FINDING_PROBLEM, "architecture", GRAFT_PROFILE "/bin/a|is of aarch64-linux, and this root's programs are x86_64");
	put_program(h, GRAFT_PROFILE "/bin/b", TEXT("#!/bin/sh"));
	finds_nothing(c, "volume");
}

static void machines(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	struct text own = proc_system(&h->arena);
	bool arm = text_equal(own, TEXT("x86_64-linux"));
	put_program(h, "/bin/sh", arm ? TEXT(ELF_ARM) : TEXT(ELF_X86));
	finds(c, FINDING_NOTE, "emulation", "nothing, if the root is meant for another machine");
	c->running = true;
	finds(c, FINDING_NOTE, "emulation", "whether that is emulated cannot be told here");
	house_put(h, "/proc/sys/fs/binfmt_misc/status", "enabled");
	finds(c, FINDING_PROBLEM, "emulation", "no emulator is registered|register an emulator");
	house_put(h, arm ? "/proc/sys/fs/binfmt_misc/qemu-aarch64" : "/proc/sys/fs/binfmt_misc/qemu-x86_64", "");
	finds_nothing(c, "emulation");
	put_program(h, "/bin/sh", TEXT("#!"));
	finds_nothing(c, "emulation");
}

static void databases(void **state)
{
	struct household *h = *state;
	struct checkup *c = make(h);
	struct receipt receipt = { .user = TEXT("root"), .system = TEXT("x86_64-linux") };
	c->receipt = &receipt;
	finds(c, FINDING_PROBLEM, "database", NIX_DB "|is missing: to Nix the store is empty|nixgraft apply");
	receipt.choice.tools_only = true;
	finds_nothing(c, "database");
	house_put(h, NIX_DB, "no database, but as long as a header: ................................................................");
	finds(c, FINDING_PROBLEM, "database", "|move it away and apply again");
	house_put(h, NIX_SCHEMA, "9");
	finds(c, FINDING_PROBLEM, "database", "says '9', and only schema 10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_are_told_apart),
		SCENE_TEST(a_sound_root_has_nothing_to_tell),
		SCENE_TEST(what_is_told_is_clean_and_cut_into_reason_and_remedy),
		SCENE_TEST(verbs_of_remedies_name_the_root),
		SCENE_TEST(files_of_the_linker),
		SCENE_TEST(locales),
		SCENE_TEST(archives_that_lie),
		SCENE_TEST(a_store_whose_user_is_another),
		SCENE_TEST(lists_that_others_inherit),
		SCENE_TEST(room_for_the_lock),
		SCENE_TEST(links_into_a_profile_that_is_not_there),
		SCENE_TEST(machines),
		SCENE_TEST(databases),
	};
	return cmocka_run_group_tests_name("checkup", tests, NULL, NULL);
}
