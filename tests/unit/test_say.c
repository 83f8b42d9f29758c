/* say: what a person reads on standard error, on a terminal and elsewhere. */
#include "cmd/say.h"

#include <pty.h>
#include <time.h>

#include "verb.h"

static void sizes_are_for_people(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *words;
	} cases[] = {
		{ 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" }, { 1049, "1.0 kB" }, { 1051, "1.1 kB" },
		{ 999949, "999.9 kB" }, { 999999, "1.0 MB" }, { 1000000, "1.0 MB" }, { 12345678, "12.3 MB" },
		{ 999999999, "1.0 GB" }, { 5000000000, "5.0 GB" }, { 1ULL << 43, "8.8 TB" }, { UINT64_MAX, "18446744.1 TB" },
	};
	char out[SAY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(say_bytes(cases[i].bytes, out), cases[i].words);
}

static void notes_go_to_stderr_unless_quiet(void **state)
{
	struct call call = { 0 }, quiet = { .quiet = true };
	struct capture c;

	(void)state;
	capture_begin(&c);
	say_note(&call, "%d of %s", 1, "two");
	say_note(&quiet, "never");
	capture_end(&c);
	assert_string_equal(c.err, "nixgraft: 1 of two\n");
	assert_string_equal(c.out, "");
	capture_drop(&c);
}

static void faults_name_the_verb(void **state)
{
	struct fault f = { 0 };
	struct capture c;

	(void)state;
	fault_set(&f, FAULT_USAGE, "100%% wrong");
	capture_begin(&c);
	say_fault("lock", &f);
	say_fault(NULL, &f);
	capture_end(&c);
	assert_string_equal(c.err, "nixgraft lock: 100% wrong\nnixgraft: 100% wrong\n");
	assert_string_equal(c.out, "");
	capture_drop(&c);
}

static void a_file_gets_no_progress(void **state)
{
	struct call call = { 0 };
	struct say_progress p;
	struct capture c;

	(void)state;
	setenv("TERM", "xterm", 1);
	capture_begin(&c);
	say_progress_begin(&p, &call, 100, 1);
	say_progress(&p, 50, 0);
	say_progress_end(&p);
	capture_end(&c);
	assert_false(p.shown);
	assert_string_equal(c.err, "");
	capture_drop(&c);
}

/* ---- on a terminal ---- */

#define END "<end>"

/* All up to END, which is cut off. */
static void read_to_end(int fd, char *seen, size_t room)
{
	size_t len = 0;

	while (!strstr(seen, END)) {
		ssize_t n = read(fd, seen + len, room - 1 - len);

		assert_true(n > 0);
		len += (size_t)n;
	}
	*strstr(seen, END) = '\0';
}

/* Standard error is a terminal while `act` runs; what came out is for free(). */
static char *on_terminal(void (*act)(void))
{
	int saved = dup(STDERR_FILENO), ours, theirs;
	char *seen = calloc(1, 4096);

	assert_int_equal(openpty(&ours, &theirs, NULL, NULL, NULL), 0);
	fflush(stderr);
	dup2(theirs, STDERR_FILENO);
	act();
	fputs(END, stderr);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	read_to_end(ours, seen, 4096);
	close(saved);
	close(ours);
	close(theirs);
	return seen;
}

static void act_fault(void)
{
	struct fault f = { .code = FAULT_USAGE, .text = "wrong" };

	say_fault("lock", &f);
}

static void act_progress(void)
{
	struct call call = { 0 };
	struct say_progress p;

	say_progress_begin(&p, &call, 12000000, 7);
	say_progress(&p, 1000, 1);
	say_progress(&p, 2000, 2); /* too early to be drawn */
	say_progress_end(&p);
	say_progress_end(&p); /* nothing is left to clear */
}

static void act_slow_progress(void)
{
	struct call call = { 0 };
	struct say_progress p;

	say_progress_begin(&p, &call, 12000000, 7);
	say_progress(&p, 1000, 1);
	nanosleep(&(struct timespec){ .tv_nsec = 150 * 1000 * 1000 }, NULL);
	say_progress(&p, 2000, 2);
}

static void act_quiet_progress(void)
{
	struct call call = { .quiet = true };
	struct say_progress p;

	say_progress_begin(&p, &call, 12000000, 7);
	say_progress(&p, 1000, 1);
	say_progress_end(&p);
}

static void shows(const char *term, const char *no_color, void (*act)(void), const char *expected)
{
	char *seen;

	setenv("TERM", term, 1);
	setenv("NO_COLOR", no_color, 1);
	seen = on_terminal(act);
	assert_string_equal(seen, expected);
	free(seen);
}

static void colour_is_for_terminals_that_want_it(void **state)
{
	char *seen;

	(void)state;
	shows("xterm", "", act_fault, "\033[1;31mnixgraft lock:\033[0m wrong\r\n");
	shows("xterm", "1", act_fault, "nixgraft lock: wrong\r\n");
	shows("dumb", "", act_fault, "nixgraft lock: wrong\r\n");
	unsetenv("TERM");
	seen = on_terminal(act_fault);
	assert_string_equal(seen, "nixgraft lock: wrong\r\n");
	free(seen);
}

static void progress_is_drawn_and_cleared(void **state)
{
	(void)state;
	shows("xterm", "1", act_progress, "\r\033[K  1.0 kB of 12.0 MB fetched, 1 of 7 paths unpacked\r\033[K");
	shows("xterm", "", act_slow_progress, "\r\033[K  1.0 kB of 12.0 MB fetched, 1 of 7 paths unpacked"
					      "\r\033[K  2.0 kB of 12.0 MB fetched, 2 of 7 paths unpacked");
	shows("xterm", "", act_quiet_progress, "");
	shows("dumb", "", act_progress, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_for_people),
		cmocka_unit_test(notes_go_to_stderr_unless_quiet),
		cmocka_unit_test(faults_name_the_verb),
		cmocka_unit_test(a_file_gets_no_progress),
		cmocka_unit_test(colour_is_for_terminals_that_want_it),
		cmocka_unit_test(progress_is_drawn_and_cleared),
	};

	return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
