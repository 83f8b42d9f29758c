/* say: what a person reads on standard error, on a terminal and elsewhere. */
#include "cmd/say.h"

#include <pty.h>

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

/* ---- progress ---- */

static uint64_t at_ms; /* the clock of the tests */

static uint64_t told_time(void)
{
	return at_ms;
}

/* The progress of `all` bytes, from the first one on. */
static void begin(struct say_progress *p, const struct call *call, uint64_t all, size_t paths)
{
	say_progress_begin(p, call, all, paths);
	p->clock = told_time;
	at_ms = 1000000;
	say_progress(p, 0, 0);
}

static void later(struct say_progress *p, unsigned ms, uint64_t bytes, size_t paths)
{
	at_ms += ms;
	say_progress(p, bytes, paths);
}

static void elsewhere_it_is_a_line_now_and_then(void **state)
{
	struct call call = { 0 }, quiet = { .quiet = true };
	struct say_progress p;
	struct capture c;

	(void)state;
	setenv("TERM", "xterm", 1);
	capture_begin(&c);
	begin(&p, &call, 69800000, 72);
	later(&p, 4999, 1000000, 1); /* what takes no longer is not told */
	later(&p, 1, 4512345, 35);
	later(&p, 4000, 5000000, 36);
	later(&p, 1000, 69900000, 71); /* a part was fetched twice */
	say_progress_end(&p);
	begin(&p, &call, 500, 1);
	later(&p, 5000, 20, 0);
	begin(&p, &quiet, 500, 1);
	later(&p, 5000, 20, 0);
	capture_end(&c);
	assert_string_equal(c.err, "nixgraft: 4.5 of 69.8 MB fetched, 37 of 72 paths left\n"
				   "nixgraft: 69.8 of 69.8 MB fetched, 1 of 72 paths left\n"
				   "nixgraft: 20 of 500 B fetched, 1 of 1 path left\n");
	assert_string_equal(c.out, "");
	capture_drop(&c);
}

/* ---- on a terminal ---- */

#define END "<end>"
#define SEEN_MAX 16384 /* bytes */

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

/* Standard error is a terminal so wide (0: it does not tell) while `act` runs; what came out is for free(). */
static char *on_terminal(void (*act)(void), unsigned short columns)
{
	int saved = dup(STDERR_FILENO), ours, theirs;
	char *seen = calloc(1, SEEN_MAX);
	struct winsize size = { 24, columns, 0, 0 };

	assert_int_equal(openpty(&ours, &theirs, NULL, NULL, &size), 0);
	fflush(stderr);
	dup2(theirs, STDERR_FILENO);
	act();
	fputs(END, stderr);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	read_to_end(ours, seen, SEEN_MAX);
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

	begin(&p, &call, 69800000, 72);
	later(&p, 199, 2000000, 0); /* too early to be drawn */
	later(&p, 1, 2400000, 0);
	later(&p, 199, 2500000, 1);
	later(&p, 601, 12100000, 5);
	later(&p, 1000, 24200000, 35);
	later(&p, 200, 69800000, 35); /* nothing more is to come */
	say_progress_end(&p);
	say_progress_end(&p); /* nothing is left to clear */
}

/* Ten seconds at 1 MB/s, then four at 2: after two of those it is half of each, and then the first ten are forgotten. */
static void act_quicker(void)
{
	struct call call = { 0 };
	struct say_progress p;

	begin(&p, &call, 999000000, 1);
	for (unsigned i = 1; i <= 40; i++)
		later(&p, 250, i * 250000, 0);
	for (unsigned i = 1; i <= 16; i++)
		later(&p, 250, 10000000 + i * 500000, 0);
}

/* Nothing to come, far too much of it, and next to nothing a second. */
static void act_odd(void)
{
	struct call call = { 0 };
	struct say_progress p;

	begin(&p, &call, 0, 1);
	later(&p, 5000, 0, 0);
	begin(&p, &call, UINT64_MAX, 2);
	later(&p, 5000, 0, 0);
	later(&p, 0, UINT64_MAX, 1);
	later(&p, 5000, 1000000, 1);
	begin(&p, &call, 1000000, 2);
	later(&p, 1000, 1, 1);
	begin(&p, &call, 1000000, 2);
	later(&p, 1000, 1000, 1);
}

static void act_quiet_progress(void)
{
	struct call call = { .quiet = true };
	struct say_progress p;

	begin(&p, &call, 12000000, 7);
	later(&p, 5000, 1000, 1);
	say_progress_end(&p);
}

static void act_dumb_progress(void)
{
	struct call call = { 0 };
	struct say_progress p;

	begin(&p, &call, 12000000, 7);
	later(&p, 5000, 1200000, 1);
	say_progress_end(&p);
}

static void shows(const char *term, const char *no_color, void (*act)(void), const char *expected)
{
	char *seen;

	setenv("TERM", term, 1);
	setenv("NO_COLOR", no_color, 1);
	seen = on_terminal(act, 0);
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
	seen = on_terminal(act_fault, 0);
	assert_string_equal(seen, "nixgraft lock: wrong\r\n");
	free(seen);
}

#define CLEAR "\r\033[K"

static void progress_is_drawn_and_cleared(void **state)
{
	(void)state;
	shows("xterm", "1", act_progress,
	      CLEAR "   2.4 of 69.8 MB ( 3 %),  12.0 MB/s, 72 of 72 paths left"
	      CLEAR "  12.1 of 69.8 MB (17 %),  12.1 MB/s, 67 of 72 paths left, about 5 s"
	      CLEAR "  24.2 of 69.8 MB (34 %),  12.1 MB/s, 37 of 72 paths left, about 4 s"
	      CLEAR "  69.8 of 69.8 MB (100 %),  31.7 MB/s, 37 of 72 paths left" CLEAR);
	shows("xterm", "", act_quiet_progress, "");
	shows("dumb", "", act_dumb_progress, "nixgraft: 1.2 of 12.0 MB fetched, 6 of 7 paths left\r\n");
}

static void the_rate_is_that_of_the_last_seconds(void **state)
{
	char *seen;

	(void)state;
	setenv("TERM", "xterm", 1);
	seen = on_terminal(act_quicker, 0);
	assert_non_null(strstr(seen, CLEAR "   10.0 of 999.0 MB ( 1 %),   1.0 MB/s, 1 of 1 path left, about 17 min" CLEAR));
	assert_non_null(strstr(seen, CLEAR "   14.0 of 999.0 MB ( 1 %),   1.6 MB/s, 1 of 1 path left, about 11 min" CLEAR));
	assert_string_equal(strrchr(seen, '\r'), CLEAR "   18.0 of 999.0 MB ( 1 %),   2.0 MB/s, 1 of 1 path left, about 9 min");
	free(seen);
}

static void odd_numbers_are_no_trouble(void **state)
{
	(void)state;
	shows("xterm", "", act_odd,
	      CLEAR "  0 of 0 B (100 %),      0 B/s, 1 of 1 path left"
	      CLEAR "         0.0 of 18446744.1 TB ( 0 %),      0 B/s, 2 of 2 paths left"
	      CLEAR "         0.0 of 18446744.1 TB ( 0 %), 100.0 kB/s, 1 of 2 paths left, about 5124"
	      CLEAR "  0.0 of 1.0 MB ( 0 %),      1 B/s, 1 of 2 paths left, about 278 h"
	      CLEAR "  0.0 of 1.0 MB ( 0 %),   1.0 kB/s, 1 of 2 paths left, about 17 min");
}

/* What is drawn stays on one line: its last column is free. */
static void a_narrow_terminal_cuts_the_line(void **state)
{
	char *seen;

	(void)state;
	setenv("TERM", "xterm", 1);
	seen = on_terminal(act_progress, 30);
	assert_non_null(strstr(seen, CLEAR "  12.1 of 69.8 MB (17 %),  12" CLEAR));
	free(seen);
	seen = on_terminal(act_progress, 4);
	assert_non_null(strstr(seen, CLEAR "  1" CLEAR));
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_for_people),
		cmocka_unit_test(notes_go_to_stderr_unless_quiet),
		cmocka_unit_test(faults_name_the_verb),
		cmocka_unit_test(elsewhere_it_is_a_line_now_and_then),
		cmocka_unit_test(colour_is_for_terminals_that_want_it),
		cmocka_unit_test(progress_is_drawn_and_cleared),
		cmocka_unit_test(the_rate_is_that_of_the_last_seconds),
		cmocka_unit_test(odd_numbers_are_no_trouble),
		cmocka_unit_test(a_narrow_terminal_cuts_the_line),
	};

	return cmocka_run_group_tests_name("say", tests, NULL, NULL);
}
