/* cmd_verify: `nixgraft verify` finds what is wrong with a tiny root, and puts it right when asked. */
#include <sys/stat.h>

#include "tiny.h"

/* hello's program says something else, as no tool of the house would write it. */
static void tamper(struct tiny *t)
{
	const char *file = tiny_line(t, "root/nix/store/" TEXT_F "/bin/hello", TEXT_A(t->hello));
	FILE *open;

	assert_int_equal(chmod(file, 0755), 0);
	open = fopen(file, "r+");
	assert_non_null(open);
	fputs("#!/bin/no", open);
	fclose(open);
	assert_int_equal(chmod(file, 0555), 0);
}

static void what_is_right_is_right(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	verb_ended(verb_run(&v, &cmd_verify, "--root root"), 0, "");
	verb_printed(&v, "right: 3 store objects (");
	verb_printed(&v, " 0 findings\n");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_verify, "--root root --json"), 0, "");
	verb_printed(&v, "{\n  \"result\": \"right\",\n  \"system\": \"x86_64-linux\",\n  \"objects\": 3,");
	verb_printed(&v, "\"findings\": []");
	verb_drop(&v);
}

static void what_is_wrong_is_named(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	tamper(t);
	assert_int_equal(unlink("root/usr/local/bin/hello"), 0);
	verb_ended(verb_run(&v, &cmd_verify, "--root root"), FAULT_VERIFY,
		   "root is not what closure.lock says: 2 findings; `nixgraft verify --repair --root ");
	verb_printed(&v, tiny_line(t, "/nix/store/" TEXT_F ": ", TEXT_A(t->hello)));
	verb_printed(&v, "/usr/local/bin/hello: ");
	verb_printed(&v, "broken: 3 store objects");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_verify, "--root root --json"), FAULT_VERIFY, "2 findings");
	verb_printed(&v, "\"result\": \"broken\"");
	verb_drop(&v);
}

static void repair_puts_it_right(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	tamper(t);
	verb_ended(verb_run(&v, &cmd_verify, "--root root --repair --dry-run"), FAULT_VERIFY, "1 finding;");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_verify, "--root root --repair"), 0, "");
	verb_printed(&v, "repaired: 3 store objects");
	assert_non_null(strstr(v.printed.err, "nixgraft: 1 finding before the repair, 0 after it\n"));
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_verify, "--root root"), 0, "");
	verb_printed(&v, "right: ");
	verb_drop(&v);
}

/* The cache has it no more: nothing is touched. */
static void a_repair_that_cannot_be_is_refused(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	tamper(t);
	assert_int_equal(unlink(t->file.at), 0);
	verb_ended(verb_run(&v, &cmd_verify, "--root root --repair"), FAULT_NETWORK, "hello-2.1");
	assert_true(tiny_has(t, "root/nix/store/" TEXT_F "/bin/hello", TEXT_A(t->hello)));
	verb_drop(&v);
}

static void bad_calls_are_refused(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	verb_ended(verb_run(&v, &cmd_verify, "--root root all"), FAULT_USAGE, "'all' is not expected");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_verify, "--root root"), FAULT_INPUT, "there is no such lock");
	verb_drop(&v);
	tiny_put(t, "closure.lock", TEXT("{"));
	verb_ended(verb_run(&v, &cmd_verify, "--root root"), FAULT_INPUT, "closure.lock");
	assert_string_equal(v.printed.out, "");
	verb_drop(&v);
}

/* A root that nobody grafted onto. */
static void a_bare_root_is_told_as_such(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_lock(t);
	verb_ended(verb_run(&v, &cmd_verify, "--root root"), FAULT_VERIFY,
		   "/nix/store is missing; run `nixgraft apply` first");
	assert_string_equal(v.printed.out, "");
	verb_drop(&v);
	assert_false(tiny_has(t, "root/nix"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tiny_test(what_is_right_is_right),
		tiny_test(what_is_wrong_is_named),
		tiny_test(repair_puts_it_right),
		tiny_test(a_repair_that_cannot_be_is_refused),
		tiny_test(bad_calls_are_refused),
		tiny_test(a_bare_root_is_told_as_such),
	};

	return cmocka_run_group_tests_name("cmd_verify", tests, NULL, NULL);
}
