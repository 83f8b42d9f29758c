/* cmd_versions: `nixgraft versions` tells what is locked, and whether a tiny root is so. */
#include <sys/stat.h>

#include "tiny.h"

static void run(struct verb *v, const char *line, int code, const char *words)
{
	verb_ended(verb_run(v, &cmd_versions, line), code, words);
}

static void the_lock_alone_is_enough(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_lock(t);
	run(&v, "", 0, "");
	verb_printed(&v, tiny_line(t, "hello  2.1                 /nix/store/" TEXT_F "  hello\n", TEXT_A(t->hello)));
	verb_drop(&v);
	run(&v, "--json", 0, "");
	verb_printed(&v, tiny_line(t, "\"commands\": {\n        \"hello\": \"/nix/store/" TEXT_F "/bin/hello\"", TEXT_A(t->hello)));
	verb_drop(&v);
	run(&v, "--format shell --expose none", 0, "");
	verb_printed(&v, "NIXGRAFT_HELLO_VERSION='2.1'\n");
	verb_drop(&v);
}

static void what_cannot_be_told_is_refused(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_lock(t);
	run(&v, "--format yaml", FAULT_USAGE, "is none of table, json, pytest, shell");
	verb_drop(&v);
	run(&v, "--format json --check", FAULT_USAGE, "exclude each other");
	verb_drop(&v);
	run(&v, "--path /bin", FAULT_USAGE, "--path goes with --check");
	verb_drop(&v);
	run(&v, "--system riscv64-linux", FAULT_USAGE, "closure.lock has nothing for riscv64-linux, but " TINY_SYSTEM);
	verb_drop(&v);
	run(&v, "--lock nowhere", FAULT_INPUT, "nowhere: there is no such lock");
	verb_drop(&v);
	run(&v, "--expose helo", FAULT_USAGE, "the lock has no command 'helo', but hello");
	verb_drop(&v);
	run(&v, "word", FAULT_USAGE, "");
	verb_drop(&v);
}

static void a_root_is_looked_at(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_apply(t);
	assert_int_equal(unlink("closure.lock"), 0);
	run(&v, "--check --root root", 0, "");
	verb_printed(&v, "right: 1 command leads where the lock of generation 1 says, on PATH\n");
	verb_drop(&v);
	run(&v, "--check --root root --path /bin", FAULT_DIFFERS, "1 of 1 commands is not what the lock of generation 1 says");
	verb_printed(&v, "PATH lacks /usr/local/bin, where the lock's commands are, and 1 of them is not found there");
	verb_drop(&v);
	assert_int_equal(unlink("root/usr/local/bin/hello"), 0);
	run(&v, "--check --root root --json", FAULT_DIFFERS, "");
	verb_printed(&v, "\"result\": \"differs\"");
	verb_printed(&v, "\"state\": \"missing\",\n      \"on\": \"path\"\n");
	verb_drop(&v);
	run(&v, "--root root", 0, ""); /* its own lock tells, too */
	verb_printed(&v, "hello  2.1");
	verb_drop(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tiny_test(the_lock_alone_is_enough),
		tiny_test(what_cannot_be_told_is_refused),
		tiny_test(a_root_is_looked_at),
	};

	return cmocka_run_group_tests_name("cmd_versions", tests, NULL, NULL);
}
