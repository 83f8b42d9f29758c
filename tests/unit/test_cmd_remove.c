/* cmd_remove: `nixgraft remove` on a tiny root without a Nix: all goes; what it says, and what it refuses. */
#include "tiny.h"

#define LINE "--root root"

static void put_object(struct tiny *t, const char *name)
{
	tiny_put(t, arena_printf(&t->arena, "root/nix/store/z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-%s", name).at, TEXT("theirs"));
}

static void nothing_is_there_to_remove(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	verb_ended(verb_run(&v, &cmd_remove, LINE), 0, "");
	assert_string_equal(v.printed.out, "nothing to remove\n");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_remove, LINE " --purge-nix --json"), 0, "");
	assert_string_equal(v.printed.out, "{\n  \"result\": \"nothing\",\n  \"nixStays\": false\n}\n");
	verb_drop(&v);
	assert_false(tiny_has(t, "root/nix"));
}

static void without_a_nix_everything_goes(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	verb_ended(verb_run(&v, &cmd_remove, LINE " --dry-run"), 0, "");
	verb_printed(&v, "would remove all that nixgraft made; nothing was changed\n  store paths: 3 to be deleted (");
	verb_printed(&v, "  taken back: /usr/local/bin/hello /etc/profile.d/nixgraft.sh\n");
	verb_drop(&v);
	assert_true(tiny_has(t, "root/usr/local/bin/hello"));
	verb_ended(verb_run(&v, &cmd_remove, LINE), 0, "");
	verb_printed(&v, "all that nixgraft made is removed\n  store paths: 3 deleted (");
	verb_drop(&v);
	assert_false(tiny_has(t, "root/nix"));
	assert_false(tiny_has(t, "root/usr"));
	assert_false(tiny_has(t, "root/etc/profile.d"));
	assert_true(tiny_has(t, "root/etc/passwd"));
}

static void quiet_says_nothing_and_json_all(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	verb_ended(verb_run(&v, &cmd_remove, LINE " --json --dry-run"), 0, "");
	verb_printed(&v, "{\n  \"result\": \"planned\",\n  \"nixStays\": false,\n  \"paths\": {\"removed\": 3, \"kept\": 0, \"others\": 0},\n");
	verb_printed(&v, "\"removed\": [\"/usr/local/bin/hello\", \"/etc/profile.d/nixgraft.sh\"],\n  \"movedBack\": [],\n  \"left\": []\n}\n");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_remove, LINE " --quiet"), 0, "");
	assert_string_equal(v.printed.out, "");
	assert_string_equal(v.printed.err, "");
	verb_drop(&v);
	assert_false(tiny_has(t, "root/nix"));
}

static void what_is_others_is_not_lost(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	put_object(t, "a");
	put_object(t, "b");
	verb_ended(verb_run(&v, &cmd_remove, LINE " --purge-nix"), FAULT_SYSTEM,
		   "2 store paths that others brought or hold would be lost: /nix/store/z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-a, /nix/store/");
	assert_string_equal(v.printed.out, "");
	verb_drop(&v);
	assert_true(tiny_has(t, "root/usr/local/bin/hello"));
	verb_ended(verb_run(&v, &cmd_remove, LINE), 0, "");
	verb_printed(&v, "the tools are removed\n  store paths: 3 deleted (");
	verb_printed(&v, ", 2 of others kept\n");
	verb_drop(&v);
	assert_true(tiny_has(t, "root/nix/store/z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-b"));
	assert_false(tiny_has(t, "root/nix/var/nixgraft"));
	assert_false(tiny_has(t, "root/usr"));
}

static void bad_states_and_calls_are_refused(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	verb_ended(verb_run(&v, &cmd_remove, LINE " hello"), FAULT_USAGE, "'hello' is not expected; see `nixgraft remove --help`");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_remove, "--root none"), FAULT_SYSTEM, "--root none");
	verb_drop(&v);
	tiny_apply(t);
	tiny_put(t, "root/nix/var/nixgraft/receipt.json", TEXT("{}"));
	verb_ended(verb_run(&v, &cmd_remove, LINE), FAULT_INPUT, "remove /nix/var/nixgraft/receipt.json and apply again; it cannot be read");
	verb_drop(&v);
	assert_int_equal(unlink("root/nix/var/nixgraft/receipt.json"), 0);
	verb_ended(verb_run(&v, &cmd_remove, LINE), FAULT_SYSTEM, "/nix/var/nixgraft/receipt.json is missing");
	verb_drop(&v);
	assert_true(tiny_has(t, "root/usr/local/bin/hello"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tiny_test(nothing_is_there_to_remove),
		tiny_test(without_a_nix_everything_goes),
		tiny_test(quiet_says_nothing_and_json_all),
		tiny_test(what_is_others_is_not_lost),
		tiny_test(bad_states_and_calls_are_refused),
	};

	return cmocka_run_group_tests_name("cmd_remove", tests, NULL, NULL);
}
