/* program: the words without a verb, the exit status, and a failure for machines. */
#include "cmd/program.h"

#include <stdio.h>

#include "sys/version.h"
#include "verb.h"

/* A verb that ends as its operand says: "2" with code -2; "answer" after its own negative answer. */
static int run_end(struct call *call, struct fault *f)
{
	struct text how = call->operands.count ? call->operands.at[0] : TEXT("0");
	uint64_t status = 1;

	call->answered = text_equal(how, TEXT("answer"));
	if (call->answered || text_equal(how, TEXT("print")))
		puts("the answer");
	text_u64(how, 6, &status);
	return !status || text_equal(how, TEXT("print")) ? 0 : fault_set(f, -(int)status, "ended \"so\"");
}

static const struct option_spec NO_OPTIONS[] = { { 0 } };
static const struct command END = { "end", "ends", "[STATUS]", "As told.\n", NO_OPTIONS, run_end };
static const struct command OTHER = { "other", "does nothing else", NULL, "", NO_OPTIONS, run_end };
static const struct command *const VERBS[] = { &END, &OTHER, NULL };

/* The exit status of `nixgraft <line>`. */
static int run(struct capture *c, const char *line)
{
	char name[] = "nixgraft", *argv[WORDS_MAX + 2] = { name };
	struct words w;
	int status;

	words_make(&w, line);
	memcpy(argv + 1, w.at, sizeof w.at);
	capture_begin(c);
	status = program_run(VERBS, w.count + 1, argv);
	capture_end(c);
	free(w.line);
	return status;
}

static void help_comes_unasked_too(void **state)
{
	static const char *const lines[] = { "", "--help", "-h", "help", "help --help" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct capture c;

		assert_int_equal(run(&c, lines[i]), 0);
		assert_non_null(strstr(c.out, "\n  end               ends\n  other             does nothing else\n"));
		assert_non_null(strstr(c.out, "Exit status: 0 done, 1 the answer is no, 2 usage, 3 network, 4 verification, 5 local system, "
					      "6 bad input file."));
		assert_string_equal(c.err, "");
		capture_drop(&c);
	}
}

static void help_of_a_verb(void **state)
{
	struct capture c;

	(void)state;
	assert_int_equal(run(&c, "help other"), 0);
	assert_non_null(strstr(c.out, "nixgraft other - does nothing else\n\nUsage: nixgraft other [OPTION]...\n"));
	capture_drop(&c);
	assert_int_equal(run(&c, "help nobody"), 2);
	assert_string_equal(c.err, "nixgraft: 'nobody' is no verb; see `nixgraft --help`\n");
	capture_drop(&c);
}

static void version_tells_the_libraries(void **state)
{
	struct capture c;

	(void)state;
	assert_int_equal(run(&c, "-V"), 0);
	capture_drop(&c);
	assert_int_equal(run(&c, "--version"), 0);
	assert_int_equal(strncmp(c.out, "nixgraft " NIXGRAFT_VERSION "\n", sizeof "nixgraft " NIXGRAFT_VERSION), 0);
	for (const struct version *v = VERSIONS; v->name; v++) {
		assert_non_null(strstr(c.out, v->name));
		assert_non_null(strstr(c.out, v->version));
	}
	capture_drop(&c);
}

static void the_status_is_the_fault(void **state)
{
	(void)state;
	for (int status = 0; status <= 6; status++) {
		char line[] = "end 0";
		struct capture c;

		line[4] = (char)('0' + status);
		assert_int_equal(run(&c, line), status);
		assert_string_equal(c.out, "");
		assert_string_equal(c.err, status ? "nixgraft end: ended \"so\"\n" : "");
		capture_drop(&c);
	}
}

static void fails(const char *line, int status, const char *out, const char *err)
{
	struct capture c;

	assert_int_equal(run(&c, line), status);
	assert_string_equal(c.out, out);
	assert_string_equal(c.err, err);
	capture_drop(&c);
}

static void bad_words_are_usage(void **state)
{
	(void)state;
	fails("ends", 2, "", "nixgraft: 'ends' is no verb; see `nixgraft --help`\n");
	fails("end --nothing", 2, "", "nixgraft end: unknown option '--nothing'; see `nixgraft end --help`\n");
}

static void machines_get_failures_as_a_document(void **state)
{
	(void)state;
	fails("end --json 4", 4, "{\n  \"result\": \"failed\",\n  \"status\": 4,\n  \"error\": \"ended \\\"so\\\"\"\n}\n",
	      "nixgraft end: ended \"so\"\n");
	fails("end --json answer", 1, "the answer\n", "nixgraft end: ended \"so\"\n");
	fails("--json", 2, "{\n  \"result\": \"failed\",\n  \"status\": 2,\n  \"error\": \"'--json' is no verb; see `nixgraft --help`\"\n}\n",
	      "nixgraft: '--json' is no verb; see `nixgraft --help`\n");
	fails("end answer", 1, "the answer\n", "nixgraft end: ended \"so\"\n");
}

static void a_verb_has_help(void **state)
{
	struct capture c;

	(void)state;
	assert_int_equal(run(&c, "end 3 -h"), 0);
	assert_non_null(strstr(c.out, "nixgraft end - ends\n\nUsage: nixgraft end [OPTION]... [STATUS]\n\nAs told.\n"));
	capture_drop(&c);
}

/* A result that nobody could read is no success. */
static void a_full_disk_is_told(void **state)
{
	char name[] = "nixgraft", verb[] = "end", how[] = "print", *argv[] = { name, verb, how, NULL };
	int status;
	struct capture c;

	(void)state;
	capture_begin(&c);
	if (!freopen("/dev/full", "w", stdout))
		_exit(1);
	status = program_run(VERBS, 3, argv);
	clearerr(stdout);
	dup2(c.files[0], STDOUT_FILENO);
	capture_end(&c);
	assert_int_equal(status, 5);
	assert_string_equal(c.err, "nixgraft end: cannot write the result to standard output: No space left on device\n");
	capture_drop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_comes_unasked_too),
		cmocka_unit_test(help_of_a_verb),
		cmocka_unit_test(version_tells_the_libraries),
		cmocka_unit_test(the_status_is_the_fault),
		cmocka_unit_test(bad_words_are_usage),
		cmocka_unit_test(machines_get_failures_as_a_document),
		cmocka_unit_test(a_verb_has_help),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
