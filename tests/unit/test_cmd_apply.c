/* cmd_apply: `nixgraft apply` on a tiny root: what it does, undoes, reports and refuses. The steps are graft's: see
 * test_graft. */
#include "tiny.h"

#define LINE "--root root --no-sync"

static void apply_makes_a_generation(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_lock(t);
	verb_ended(verb_run(&v, &cmd_apply, LINE), 0, "");
	verb_printed(&v, "x86_64-linux: generation 1\n");
	verb_printed(&v, "paths: 2, of them 2 fetched (");
	verb_printed(&v, "commands: hello\n");
	assert_non_null(strstr(v.printed.err, "nixgraft: fetching 2 paths, "));
	verb_drop(&v);
	assert_true(tiny_has(t, "root/nix/store/" TEXT_F "/bin/hello", TEXT_A(t->hello)));
	assert_true(tiny_has(t, "root/nix/store/" TEXT_F "/lib/libhello", TEXT_A(t->library)));
	assert_true(tiny_has(t, "root/usr/local/bin/hello"));
	verb_ended(verb_run(&v, &cmd_apply, LINE), 0, "");
	assert_string_equal(v.printed.out, "nothing to do: closure.lock is in place for x86_64-linux, generation 1\n");
	assert_string_equal(v.printed.err, "");
	verb_drop(&v);
}

static void dry_run_changes_nothing(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_lock(t);
	verb_ended(verb_run(&v, &cmd_apply, LINE " --dry-run"), 0, "");
	verb_printed(&v, "nothing was changed");
	verb_printed(&v, "paths: 2, of them 2 to be fetched (");
	verb_drop(&v);
	assert_false(tiny_has(t, "root/nix"));
	assert_false(tiny_has(t, "root/usr"));
}

static void machines_get_one_document(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_lock(t);
	tiny_put(t, "root/usr/bin/hello", TEXT("of the base"));
	verb_ended(verb_run(&v, &cmd_apply, LINE " --json --quiet"), 0, "");
	verb_printed(&v, "{\n  \"result\": \"applied\",\n  \"system\": \"x86_64-linux\",\n  \"generation\": 1,\n");
	verb_printed(&v, "\"paths\": {\"total\": 2, \"present\": 0, \"adopted\": 0, \"fetched\": 2}");
	verb_printed(&v, "/usr/local/bin/hello");
	verb_printed(&v, "\"shadowed\": [\"/usr/bin/hello\"]");
	assert_string_equal(v.printed.err, "");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_apply, LINE " --json"), 0, "");
	verb_printed(&v, "\"result\": \"unchanged\"");
	assert_null(strstr(v.printed.out, "\"paths\""));
	verb_drop(&v);
}

static void bad_calls_are_refused(void **state)
{
	static const struct {
		const char *line;
		int code;
		const char *words;
	} bad[] = {
		{ LINE " hello", FAULT_USAGE, "'hello' is not expected; see `nixgraft apply --help`" },
		{ LINE " --jobs 0", FAULT_USAGE, "option --jobs: '0' must be a number from 1 to 64" },
		{ LINE " --lock none.lock", FAULT_INPUT, "none.lock: there is no such lock" },
		{ "--root none", FAULT_SYSTEM, "--root none" },
		{ LINE " --cache ftp://host/", FAULT_USAGE, "ftp://host" },
		{ LINE " --cache http://127.0.0.1:1 --offline", FAULT_USAGE, "offline" },
	};
	struct tiny *t = *state;

	tiny_lock(t);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct verb v;

		verb_ended(verb_run(&v, &cmd_apply, bad[i].line), bad[i].code, bad[i].words);
		assert_string_equal(v.printed.out, "");
		verb_drop(&v);
	}
	assert_false(tiny_has(t, "root/nix"));
}

/* The new lock exposes another command: the link of the old one goes. */
static void an_update_takes_back_links(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	verb_ended(verb_run(&v, &cmd_lock, tiny_line(t, "%s --expose hello=", tiny_lock_line(t))), 0, "");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_apply, LINE), 0, "");
	verb_printed(&v, "generation 2");
	verb_printed(&v, "paths: 2, of them 0 fetched (0 B, unpacked 0 B), 0 adopted, 2 present\n");
	verb_printed(&v, "taken back: /usr/local/bin/hello\n");
	assert_false(tiny_has(t, "root/usr/local/bin/hello"));
	verb_drop(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tiny_test(apply_makes_a_generation),
		tiny_test(dry_run_changes_nothing),
		tiny_test(machines_get_one_document),
		tiny_test(bad_calls_are_refused),
		tiny_test(an_update_takes_back_links),
	};

	return cmocka_run_group_tests_name("cmd_apply", tests, NULL, NULL);
}
