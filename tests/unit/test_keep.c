/* keep: a file is put back, after a fault and by a signal. */
#include "cmd/keep.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tiny.h"

static void a_changed_file_is_put_back(void **state)
{
	struct tiny *t = *state;
	struct fault f = { 0 };
	struct keep k;
	struct stat before, after;
	tiny_put(t, "file", TEXT("as before"));
	assert_int_equal(stat("file", &before), 0);
	assert_int_equal(keep_begin(&k, "file", 100, &f), 0);
	assert_int_equal(keep_restore(&k, &f), 0);
	assert_int_equal(stat("file", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino); /* nothing to do: not written */
	tiny_put(t, "file", TEXT("as before, and more"));
	assert_int_equal(keep_restore(&k, &f), 0);
	assert_true(text_equal(tiny_get(t, "file"), TEXT("as before")));
	assert_int_equal(unlink("file"), 0);
	assert_int_equal(keep_restore(&k, &f), 0);
	assert_true(text_equal(tiny_get(t, "file"), TEXT("as before")));
	keep_end(&k);
}

static void a_missing_file_is_missing_again(void **state)
{
	struct tiny *t = *state;
	struct fault f = { 0 };
	struct keep k;
	assert_int_equal(keep_begin(&k, "file", 100, &f), 0);
	assert_false(k.exists);
	assert_int_equal(keep_restore(&k, &f), 0);
	tiny_put(t, "file", TEXT("new"));
	assert_int_equal(keep_restore(&k, &f), 0);
	assert_false(tiny_has(t, "file"));
	keep_end(&k);
	tiny_put(t, "file", TEXT("longer than five"));
	assert_int_equal(keep_begin(&k, "file", 5, &f), FAULT_INPUT);
	keep_end(&k);
}

/* In a child: keeps `file`, changes it, and gets the signal; with `ends` after keep_end. Its wait status. */
static int signalled(struct tiny *t, int number, bool ignored, bool ends)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct fault f = { 0 };
		struct keep k;
		if (ignored)
			signal(number, SIG_IGN);
		if (keep_begin(&k, "file", 100, &f))
			_exit(1);
		tiny_put(t, "file", TEXT("changed"));
		if (ends)
			keep_end(&k);
		raise(number);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void a_signal_puts_it_back_and_ends_the_program(void **state)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct tiny *t = *state;
	for (size_t i = 0; i < 3; i++) {
		tiny_put(t, "file", TEXT("as before"));
		int status = signalled(t, numbers[i], false, false);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i]);
		assert_true(text_equal(tiny_get(t, "file"), TEXT("as before")));
	}
	assert_int_equal(unlink("file"), 0);
	signalled(t, SIGINT, false, false);
	assert_false(tiny_has(t, "file"));
	int status = signalled(t, SIGHUP, true, false); /* nohup */
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(text_equal(tiny_get(t, "file"), TEXT("changed")));
	tiny_put(t, "file", TEXT("as before"));
	status = signalled(t, SIGTERM, false, true);
	assert_true(WIFSIGNALED(status));
	assert_true(text_equal(tiny_get(t, "file"), TEXT("changed")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tiny_test(a_changed_file_is_put_back),
		tiny_test(a_missing_file_is_missing_again),
		tiny_test(a_signal_puts_it_back_and_ends_the_program),
	};
	return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
