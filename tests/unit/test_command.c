/* command: how a command line is read, and a verb's help. */
#include "cmd/command.h"

#include "base/bounds.h"
#include "verb.h"

static const struct option_spec OPTIONS[] = {
	{ "lock", 'l', "FILE", "which lock" },
	{ "jobs", 'j', "N", "how many" },
	{ "force", 'f', NULL, "even so" },
	{ "long-only", 0, NULL, "no letter" },
	{ 0 },
};

static int run_nothing(struct call *call, struct fault *f)
{
	(void)call, (void)f;
	return 0;
}

static const struct command VERB = { "try", "tries it", "WORD...",
			  "Tells more.\n", OPTIONS, run_nothing };

/* Reads `line`, which must be right. */
static void read_line(struct call *call, struct words *w, const char *line)
{
	words_make(w, line);
	call_make(call, &VERB, w);
}

static void drop(struct call *call, struct words *w)
{
	arena_drop(&call->arena);
	free(w->line);
}

static void an_option_may_be_written_in_four_ways(void **state)
{
	static const char *const lines[] = { "--lock file", "--lock=file", "-l file", "-lfile" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct call call;
		struct words w;

		read_line(&call, &w, lines[i]);
		assert_true(text_equal(call_text(&call, "lock", "none"), TEXT("file")));
		assert_true(call_flag(&call, "lock"));
		assert_int_equal(call.operands.count, 0);
		drop(&call, &w);
	}
}

static void values_are_kept_as_they_are(void **state)
{
	struct call call;
	struct words w;

	(void)state;
	read_line(&call, &w, "--lock=a=b -l --force --lock=");
	assert_int_equal(call.options.count, 3);
	assert_true(text_equal(call.options.at[0].value, TEXT("a=b")));
	assert_true(text_equal(call.options.at[1].value, TEXT("--force")));
	assert_false(call_flag(&call, "force"));
	assert_non_null(call_text(&call, "lock", "none").at);
	assert_int_equal(call_text(&call, "lock", "none").len, 0);
	drop(&call, &w);
}

static void letters_may_be_joined(void **state)
{
	struct call call;
	struct words w;

	(void)state;
	read_line(&call, &w, "-qf one");
	assert_true(call.quiet && call_flag(&call, "force"));
	assert_int_equal(call.operands.count, 1);
	drop(&call, &w);
	read_line(&call, &w, "-fl one -qltwo");
	assert_true(call.quiet && call_flag(&call, "force"));
	assert_true(text_equal(call.options.at[1].value, TEXT("one")));
	assert_true(text_equal(call_text(&call, "lock", NULL), TEXT("two")));
	drop(&call, &w);
}

static void the_last_counts_or_all_do(void **state)
{
	struct call call;
	struct words w;
	struct texts all;

	(void)state;
	read_line(&call, &w, "-l one -f -l two");
	assert_true(text_equal(call_text(&call, "lock", NULL), TEXT("two")));
	all = call_texts(&call, "lock");
	assert_int_equal(all.count, 2);
	assert_true(text_equal(all.at[0], TEXT("one")) && text_equal(all.at[1], TEXT("two")));
	assert_int_equal(call_texts(&call, "jobs").count, 0);
	assert_true(text_equal(call_text(&call, "jobs", "otherwise"), TEXT("otherwise")));
	assert_null(call_text(&call, "jobs", NULL).at);
	drop(&call, &w);
}

static void operands_stand_between_and_behind(void **state)
{
	static const char *const expected[] = { "one", "-", "--force", "-x" };
	struct call call;
	struct fault f = { 0 };
	struct words w;

	(void)state;
	read_line(&call, &w, "one --json - -q -- --force -x");
	assert_int_equal(call.operands.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(text_equal(call.operands.at[i], text_of(expected[i])));
	assert_true(call.json && call.quiet && !call_flag(&call, "force"));
	assert_int_equal(call_no_operands(&call, &f), FAULT_USAGE);
	assert_string_equal(f.text, "'one' is not expected; see `nixgraft try --help`");
	drop(&call, &w);
	fault_clear(&f);
	read_line(&call, &w, "--");
	assert_int_equal(call_no_operands(&call, &f), 0);
	assert_false(call.json || call.quiet);
	drop(&call, &w);
}

static void bad_lines_are_refused(void **state)
{
	static const struct {
		const char *line, *words;
	} bad[] = {
		{ "--lck x", "unknown option '--lck'; see `nixgraft try --help`" },
		{ "--loc x", "unknown option '--loc'" },
		{ "--lock2", "unknown option '--lock2'" },
		{ "-x", "unknown option '-x'" },
		{ "--=x", "unknown option '--=x'" },
		{ "---", "unknown option '---'" },
		{ "--l x", "unknown option '--l'" },
		{ "--force=yes", "option --force takes no value" },
		{ "--force=", "option --force takes no value" },
		{ "-fl", "option --lock needs a value: FILE" },
		{ "-fx", "unknown option '-fx'" },
		{ "-f=yes", "unknown option '-f=yes'" },
		{ "--json=1", "option --json takes no value" },
		{ "--lock", "option --lock needs a value: FILE" },
		{ "one -l", "option --lock needs a value: FILE" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct call call = { .command = &VERB };
		struct fault f = { 0 };
		struct words w;

		words_make(&w, bad[i].line);
		if (call_parse(&call, w.count, w.at, &f) != FAULT_USAGE || !strstr(f.text, bad[i].words))
			fail_msg("\"%s\": code %d, %s", bad[i].line, f.code, f.text);
		drop(&call, &w);
	}
}

static void numbers_have_bounds(void **state)
{
	static const char *const bad[] = { "-j 0", "-j 65", "--jobs=", "-j -1", "-j 1x", "-j 01", "-j 18446744073709551617" };
	struct call call;
	struct fault f = { 0 };
	struct words w;
	uint64_t jobs = 7;

	(void)state;
	read_line(&call, &w, "");
	assert_int_equal(call_number(&call, "jobs", JOBS_MAX, &jobs, &f), 0);
	assert_int_equal(jobs, 7);
	drop(&call, &w);
	read_line(&call, &w, "-j 3 -j 64");
	assert_int_equal(call_number(&call, "jobs", JOBS_MAX, &jobs, &f), 0);
	assert_int_equal(jobs, 64);
	drop(&call, &w);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		fault_clear(&f);
		read_line(&call, &w, bad[i]);
		assert_int_equal(call_number(&call, "jobs", JOBS_MAX, &jobs, &f), FAULT_USAGE);
		assert_non_null(strstr(f.text, "option --jobs: '"));
		assert_non_null(strstr(f.text, "must be a number from 1 to 64"));
		drop(&call, &w);
	}
}

static void help_tells_all(void **state)
{
	static const char *const lines[] = {
		"nixgraft try - tries it\n", "\nUsage: nixgraft try [OPTION]... WORD...\n", "\nTells more.\n", "\nOptions:\n",
		"\n  -l, --lock FILE                which lock\n", "\n  -f, --force                    even so\n",
		"\n      --long-only                no letter\n", "\n      --json  ", "\n  -q, --quiet  ", "\n  -h, --help  ",
	};
	struct capture c;

	(void)state;
	capture_begin(&c);
	command_help(&VERB);
	capture_end(&c);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		if (!strstr(c.out, lines[i]))
			fail_msg("no \"%s\" in:\n%s", lines[i], c.out);
	}
	assert_string_equal(c.err, "");
	capture_drop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_may_be_written_in_four_ways),
		cmocka_unit_test(values_are_kept_as_they_are),
		cmocka_unit_test(letters_may_be_joined),
		cmocka_unit_test(the_last_counts_or_all_do),
		cmocka_unit_test(operands_stand_between_and_behind),
		cmocka_unit_test(bad_lines_are_refused),
		cmocka_unit_test(numbers_have_bounds),
		cmocka_unit_test(help_tells_all),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
