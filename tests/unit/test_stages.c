/* stages: what each instruction of a Containerfile would see. */
#include "samples.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "plan/stages.h"

#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))
#define NONE(t) assert_null((t).at)

/* A file, parsed and followed. */
struct followed {
	struct arena arena;
	struct containerfile file;
	struct stages stages;
	struct fault fault;
};

static int follow(const char *written, struct followed *to)
{
	*to = (struct followed){ 0 };
	if (containerfile_parse(text_of(written), "Containerfile", &to->arena, &to->file, &to->fault) < 0)
		fail_msg("%s", to->fault.text);
	return stages_make(&to->file, TEXT("amd64"), &to->arena, &to->stages, &to->fault);
}

static void must_follow(const char *written, struct followed *to)
{
	if (follow(written, to) < 0)
		fail_msg("%s", to->fault.text);
}

/* The state at instruction `i`: is that the variable's value? NULL: it is not known. */
static void value_is(const struct followed *at, size_t i, const char *name, const char *want)
{
	struct text value;
	bool known = stage_variable(&at->stages.states[i], text_of(name), &value);
	if (known != (want != NULL) || (known && !text_equal(value, text_of(want))))
		fail_msg("instruction %zu: %s is '%.*s'", i, name, known ? (int)value.len : 3,
			 known ? value.at : "not");
}

static void stages_stand_in_order(void **state)
{
	struct followed s;
	(void)state;
	must_follow(
		"ARG BASE=debian:trixie\nFROM ${BASE}-slim AS Build\nRUN a\nRUN b\nFROM scratch\nCOPY --from=build / /\nFROM build AS last\n",
		&s);
	assert_int_equal(s.stages.count, 3);
	IS(s.stages.at[0].name, "Build");
	IS(s.stages.at[0].image, "debian:trixie-slim");
	assert_true(s.stages.at[0].base == STAGE_NONE);
	assert_int_equal(s.stages.at[0].first, 1);
	assert_int_equal(s.stages.at[0].end, 4);
	NONE(s.stages.at[1].name);
	IS(s.stages.at[1].image, "scratch");
	assert_int_equal(s.stages.at[1].first, 4);
	assert_int_equal(s.stages.at[1].end, 6);
	assert_int_equal(s.stages.at[2].base, 0);
	assert_int_equal(s.stages.at[2].end, 7);
	assert_true(s.stages.states[0].stage == STAGE_NONE);
	assert_int_equal(s.stages.states[1].stage, 0);
	assert_int_equal(s.stages.states[3].stage, 0);
	assert_int_equal(s.stages.states[5].stage, 1);
	assert_int_equal(s.stages.states[6].stage, 2);
	arena_drop(&s.arena);
}

static void stages_are_found(void **state)
{
	struct followed s;
	(void)state;
	must_follow("FROM a AS one\nFROM b AS two\nFROM c AS one\n", &s);
	assert_int_equal(stages_find(&s.stages, 3, TEXT("ONE")), 2);
	assert_int_equal(stages_find(&s.stages, 2, TEXT("one")), 0);
	assert_int_equal(stages_find(&s.stages, 3, TEXT("1")), 1);
	assert_true(stages_find(&s.stages, 1, TEXT("1")) == STAGE_NONE);
	assert_true(stages_find(&s.stages, 3, TEXT("3")) == STAGE_NONE);
	assert_true(stages_find(&s.stages, 3, TEXT("01")) == STAGE_NONE);
	assert_true(stages_find(&s.stages, 3, TEXT("three")) == STAGE_NONE);
	assert_true(stages_find(&s.stages, 3, TEXT("")) == STAGE_NONE);
	arena_drop(&s.arena);
}

static void an_env_wins_over_an_arg(void **state)
{
	struct followed s;
	(void)state;
	must_follow("FROM a\nARG X=arg\nRUN 2\nENV X=env\nRUN 4\nARG X=later\nRUN 6\nENV X=again\nRUN 8\n", &s);
	value_is(&s, 1, "X", NULL);
	value_is(&s, 2, "X", "arg");
	value_is(&s, 4, "X", "env");
	value_is(&s, 6, "X", "env");
	value_is(&s, 8, "X", "again");
	arena_drop(&s.arena);
}

static void env_sees_what_was_before_it(void **state)
{
	struct followed s;
	(void)state;
	must_follow(
		"FROM a\nENV A=1\nENV A=2 B=$A C=\"a b\" D='$A'\nARG E=1 F=$E\nENV OLD one two  three\nENV N=\nRUN 6\n",
		&s);
	value_is(&s, 6, "A", "2");
	value_is(&s, 6, "B", "1");
	value_is(&s, 6, "C", "a b");
	value_is(&s, 6, "D", "$A");
	value_is(&s, 6, "F", "1");
	value_is(&s, 6, "OLD", "one two  three");
	value_is(&s, 6, "N", "");
	arena_drop(&s.arena);
}

static void what_is_not_in_the_file_is_unknown(void **state)
{
	struct followed s;
	(void)state;
	must_follow(
		"ARG G=g\nARG H\nFROM a\nARG X\nENV PATH=/opt/bin:$PATH Y=${X:-d} Z=$X P=${PATH:-p} Q=${G:-q}\nRUN 5\nARG X=1\nARG G\nARG H\nRUN 9\n",
		&s);
	value_is(&s, 5, "X", NULL);
	value_is(&s, 5, "Y", "d");
	value_is(&s, 5, "Z", NULL);
	value_is(&s, 5, "PATH", NULL);
	value_is(&s, 5, "P", NULL);
	value_is(&s, 5, "Q", NULL);
	value_is(&s, 5, "G", NULL);
	value_is(&s, 9, "X", "1");
	value_is(&s, 9, "G", "g");
	value_is(&s, 9, "H", NULL);
	arena_drop(&s.arena);
}

static void builders_set_the_platform(void **state)
{
	struct followed s;
	(void)state;
	must_follow(
		"FROM --platform=$BUILDPLATFORM a-${TARGETARCH}\nRUN 1\nARG TARGETARCH BUILDOS TARGETPLATFORM TARGETVARIANT\nRUN 3\n",
		&s);
	IS(s.stages.at[0].image, "a-amd64");
	value_is(&s, 1, "TARGETARCH", NULL);
	value_is(&s, 3, "TARGETARCH", "amd64");
	value_is(&s, 3, "BUILDOS", "linux");
	value_is(&s, 3, "TARGETPLATFORM", "linux/amd64");
	value_is(&s, 3, "TARGETVARIANT", "");
	arena_drop(&s.arena);
}

static void a_stage_inherits(void **state)
{
	struct followed s;
	(void)state;
	must_follow(
		"FROM a AS one\nENV X=1\nARG Y=2\nUSER app\nWORKDIR /w\nSHELL [\"/bin/bash\", \"-c\"]\nFROM one\nRUN 7\nFROM a\nRUN 9\n",
		&s);
	value_is(&s, 7, "X", "1");
	value_is(&s, 7, "Y", "2");
	IS(s.stages.states[7].user, "app");
	IS(s.stages.states[7].workdir, "/w");
	assert_int_equal(s.stages.states[7].shell.count, 2);
	IS(s.stages.states[7].shell.at[0], "/bin/bash");
	value_is(&s, 9, "X", NULL);
	NONE(s.stages.states[9].user);
	NONE(s.stages.states[9].workdir);
	assert_int_equal(s.stages.states[9].shell.count, 0);
	NONE(s.stages.states[3].user);
	arena_drop(&s.arena);
}

static void directories_add_up(void **state)
{
	struct followed s;
	(void)state;
	must_follow(
		"FROM a\nWORKDIR x\nRUN 2\nENV D=/opt/./x//y/..\nWORKDIR $D\nRUN 5\nWORKDIR ../../../b/\nRUN 7\nUSER $NOBODY\nRUN 9\n",
		&s);
	NONE(s.stages.states[2].workdir);
	IS(s.stages.states[5].workdir, "/opt/x");
	IS(s.stages.states[7].workdir, "/b");
	IS(s.stages.states[9].user, "$NOBODY");
	arena_drop(&s.arena);
}

static void what_cannot_be_expanded_stays(void **state)
{
	struct followed s;
	(void)state;
	must_follow("FROM a\nENV X=${Y@Q} Z=1\nUSER \"$Z\nRUN 3\n", &s);
	value_is(&s, 3, "X", NULL);
	value_is(&s, 3, "Z", "1");
	IS(s.stages.states[3].user, "\"$Z");
	arena_drop(&s.arena);
}

static void refused(const char *written, const char *want)
{
	struct followed s;
	assert_int_equal(follow(written, &s), FAULT_INPUT);
	if (!strstr(s.fault.text, want))
		fail_msg("'%s' is not in: %s", want, s.fault.text);
	arena_drop(&s.arena);
}

static void what_is_no_build_is_refused(void **state)
{
	(void)state;
	refused("ARG X\n", "there is no FROM");
	refused("ARG X\nRUN a\nFROM b\n", "line 2: RUN: before the first FROM");
	refused("FROM\n", "line 1: FROM: must be an image");
	refused("FROM a b\n", "line 1: FROM: must be an image");
	refused("FROM a IS b\n", "line 1: FROM: must be an image");
	refused("FROM a AS 1b\n", "line 1: FROM: a stage's name");
	refused("FROM a AS b/c\n", "line 1: FROM: a stage's name");
}

static void good_samples(const char *name, struct text bytes)
{
	struct followed s = { 0 };
	if (containerfile_parse(bytes, name, &s.arena, &s.file, &s.fault) < 0 ||
	    stages_make(&s.file, TEXT("amd64"), &s.arena, &s.stages, &s.fault) < 0)
		fail_msg("%s: %s", name, s.fault.text);
	arena_drop(&s.arena);
}

static void bad_samples(const char *name, struct text bytes)
{
	static const char *const rules[][2] = {
		{ "no-from", "there is no FROM" },
		{ "run-first", "line 1: RUN: before" },
		{ "from-two-words", "must be an image" },
		{ "name-", "a stage's name" },
	};
	struct followed s = { 0 };
	assert_int_equal(containerfile_parse(bytes, name, &s.arena, &s.file, &s.fault), 0);
	assert_int_equal(stages_make(&s.file, TEXT("amd64"), &s.arena, &s.stages, &s.fault), FAULT_INPUT);
	sample_says(rules, sizeof rules / sizeof *rules, name, "", s.fault.text);
	arena_drop(&s.arena);
}

static void every_sample_is_judged(void **state)
{
	(void)state;
	samples_walk("tests/data/stages/good", good_samples);
	samples_walk("tests/data/stages/bad", bad_samples);
}

/* Each line doubles the variable; the memory stays bounded and the end is told as unknown. */
static void values_that_double_are_cut_off(void **state)
{
	BUFFER_AUTO b = { 0 };
	struct followed s;
	(void)state;
	buffer_printf(&b, "FROM a\nENV X=0123456789abcdef\n");
	for (size_t i = 0; i < 2000; i++)
		buffer_printf(&b, "ENV X=$X$X\n");
	buffer_printf(&b, "RUN end\n");
	must_follow(b.at, &s);
	value_is(&s, 3, "X", "0123456789abcdef0123456789abcdef");
	value_is(&s, 2002, "X", NULL);
	arena_drop(&s.arena);
}

/* 64 KiB, copied again and again: what passes the limit is unknown. */
static void all_values_together_are_limited(void **state)
{
	BUFFER_AUTO b = { 0 };
	struct followed s;
	struct text value;
	size_t copies = STAGE_VALUES_MAX >> 16;
	(void)state;
	buffer_printf(&b, "FROM a\nENV X=0123456789abcdef\n");
	for (size_t i = 0; i < 12; i++)
		buffer_printf(&b, "ENV X=$X$X\n");
	for (size_t i = 0; i < copies; i++)
		buffer_printf(&b, "ENV Y=$X\n");
	buffer_printf(&b, "RUN end\n");
	must_follow(b.at, &s);
	assert_true(stage_variable(&s.stages.states[copies], TEXT("Y"), &value) && value.len == 1 << 16);
	assert_false(stage_variable(&s.stages.states[copies + 14], TEXT("Y"), &value));
	assert_true(stage_variable(&s.stages.states[copies + 14], TEXT("X"), &value));
	arena_drop(&s.arena);
}

static void too_many_variables_are_refused(void **state)
{
	BUFFER_AUTO b = { 0 };
	(void)state;
	buffer_printf(&b, "FROM a\n");
	for (size_t i = 0; i < STAGE_VARIABLES_MAX; i++)
		buffer_printf(&b, "ARG X=1\n");
	refused(b.at, "more variables");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_stand_in_order),
		cmocka_unit_test(stages_are_found),
		cmocka_unit_test(an_env_wins_over_an_arg),
		cmocka_unit_test(env_sees_what_was_before_it),
		cmocka_unit_test(what_is_not_in_the_file_is_unknown),
		cmocka_unit_test(builders_set_the_platform),
		cmocka_unit_test(a_stage_inherits),
		cmocka_unit_test(directories_add_up),
		cmocka_unit_test(what_cannot_be_expanded_stays),
		cmocka_unit_test(what_is_no_build_is_refused),
		cmocka_unit_test(every_sample_is_judged),
		cmocka_unit_test(values_that_double_are_cut_off),
		cmocka_unit_test(all_values_together_are_limited),
		cmocka_unit_test(too_many_variables_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
