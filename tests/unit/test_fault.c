#include "samples.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"

static void the_first_cause_wins(void **state)
{
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(fault_set(&f, FAULT_INPUT, "line %d", 3), FAULT_INPUT);
	assert_int_equal(fault_set(&f, FAULT_SYSTEM, "later"), FAULT_INPUT);
	errno = ENOENT;
	assert_int_equal(fault_errno(&f, "later"), FAULT_INPUT);
	assert_int_equal(f.code, FAULT_INPUT);
	assert_string_equal(f.text, "line 3");
	fault_clear(&f);
	assert_int_equal(f.code, FAULT_NONE);
	assert_string_equal(f.text, "");
}

static void errno_is_told(void **state)
{
	struct fault f = { 0 };

	(void)state;
	errno = ENOENT;
	assert_int_equal(fault_errno(&f, "cannot open %s", "x"), FAULT_SYSTEM);
	assert_string_equal(f.text, "cannot open x: No such file or directory");
}

static void a_wrap_says_where_and_needs_a_cause(void **state)
{
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(fault_wrap(&f, "path %s", "x"), FAULT_NONE);
	assert_string_equal(f.text, "");
	(void)fault_set(&f, FAULT_VERIFY, "wrong hash");
	assert_int_equal(fault_wrap(&f, "path %s", "x"), FAULT_VERIFY);
	assert_string_equal(f.text, "path x: wrong hash");
}

static void long_messages_are_cut_with_dots(void **state)
{
	char full[3 * FAULT_TEXT_MAX];
	struct fault f = { 0 };

	(void)state;
	memset(full, 'a', sizeof full);
	full[sizeof full - 1] = '\0';
	(void)fault_set(&f, FAULT_INPUT, "%s", full);
	assert_int_equal(strlen(f.text), FAULT_TEXT_MAX - 1);
	assert_string_equal(f.text + FAULT_TEXT_MAX - 5, "a...");
	(void)fault_wrap(&f, "where");
	assert_int_equal(strlen(f.text), FAULT_TEXT_MAX - 1);
	assert_string_equal(f.text + FAULT_TEXT_MAX - 5, "a...");
	assert_memory_equal(f.text, "where: aaa", 10);
	fault_clear(&f);
	full[FAULT_TEXT_MAX - 1] = '\0';
	(void)fault_set(&f, FAULT_INPUT, "%s", full);
	assert_string_equal(f.text, full);
}

static void nothing_in_it_steers_a_terminal(void **state)
{
	struct fault f = { 0 };

	(void)state;
	(void)fault_set(&f, FAULT_INPUT,
			"a\033[31mb\nc\td\x7f"
			"e\xc2\x9b"
			"f\xff"
			"g\xc3\xa4");
	assert_string_equal(f.text, "a?[31mb?c?d?e??f?g\xc3\xa4");
	(void)fault_wrap(&f, "x\r");
	assert_string_equal(f.text, "x?: a?[31mb?c?d?e??f?g\xc3\xa4");
}

static void codes_are_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(fault_status(FAULT_NONE), 0);
	assert_int_equal(fault_status(FAULT_DIFFERS), 1);
	assert_int_equal(fault_status(FAULT_USAGE), 2);
	assert_int_equal(fault_status(FAULT_NETWORK), 3);
	assert_int_equal(fault_status(FAULT_VERIFY), 4);
	assert_int_equal(fault_status(FAULT_SYSTEM), 5);
	assert_int_equal(fault_status(FAULT_INPUT), 6);
}

static void no_memory_is_status_5_and_one_line(void **state)
{
	char said[200] = "";
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		fault_no_memory();
	}
	close(ends[1]);
	assert_true(read(ends[0], said, sizeof said - 1) > 0);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 5);
	assert_string_equal(said, "nixgraft: out of memory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_cause_wins),
		cmocka_unit_test(errno_is_told),
		cmocka_unit_test(a_wrap_says_where_and_needs_a_cause),
		cmocka_unit_test(long_messages_are_cut_with_dots),
		cmocka_unit_test(nothing_in_it_steers_a_terminal),
		cmocka_unit_test(codes_are_exit_statuses),
		cmocka_unit_test(no_memory_is_status_5_and_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
