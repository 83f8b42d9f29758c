/* containerfile: instructions, and where they stand. What the words are is judged beside BuildKit in
 * tests/cli/containerfile.bats. */
#include "samples.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "placed_checks.h"

#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))

/* A file, parsed. */
struct parsed {
	struct arena arena;
	struct containerfile file;
	struct fault fault;
};

static int parse(struct text bytes, struct parsed *to)
{
	*to = (struct parsed){ 0 };
	return containerfile_parse(bytes, "C", &to->arena, &to->file, &to->fault);
}

static void must_parse(const char *written, struct parsed *to)
{
	if (parse(text_of(written), to) < 0)
		fail_msg("%s", to->fault.text);
	assert_true(containerfile_right(&to->file));
}

static void words_are(const struct instruction *in, size_t count, const char *const *want)
{
	if (in->words.count != count)
		fail_msg("%zu words", in->words.count);
	for (size_t i = 0; i < count; i++)
		if (!text_equal(in->words.at[i], text_of(want[i])))
			fail_msg("word %zu is '%.*s'", i, (int)in->words.at[i].len, in->words.at[i].at);
}
#define WORDS(in, ...)                                                                                                 \
	words_are(in, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *[]){ __VA_ARGS__ })

static void instructions_are_read(void **state)
{
	struct parsed p;
	(void)state;
	must_parse(
		"from debian:trixie as b\nRUN --mount=type=cache,target=/c --network=none apt-get update\nCMD [\"a\", \"b\\n\"]\nfoo bar\n",
		&p);
	assert_int_equal(p.file.count, 4);
	assert_int_equal(p.file.escape, '\\');
	assert_int_equal(p.file.at[0].kind, INSTRUCTION_FROM);
	IS(p.file.at[0].keyword, "from");
	WORDS(&p.file.at[0], "debian:trixie", "as", "b");
	const struct instruction *run = &p.file.at[1];
	assert_int_equal(run->kind, INSTRUCTION_RUN);
	assert_int_equal(run->flags.count, 2);
	IS(run->flags.at[0], "--mount=type=cache,target=/c");
	IS(run->flags.at[1], "--network=none");
	IS(run->rest.text, "apt-get update");
	assert_false(run->json);
	assert_int_equal(run->begin, 24);
	assert_int_equal(run->line, 2);
	assert_int_equal(run->last_line, 2);
	WORDS(run, "apt-get update");
	assert_true(p.file.at[2].json);
	WORDS(&p.file.at[2], "a", "b\n");
	assert_int_equal(p.file.at[3].kind, INSTRUCTION_OTHER);
	IS(p.file.at[3].rest.text, "bar");
	assert_int_equal(p.file.at[3].words.count, 0);
	arena_drop(&p.arena);
}

static void continued_lines_are_placed(void **state)
{
	static const char written[] = "FROM a\nRUN b \\\n# no\n\n  && c \\ \n\td\nUSER e\n";
	struct parsed p;
	(void)state;
	must_parse(written, &p);
	const struct instruction *run = &p.file.at[1];
	IS(run->rest.text, "b   && c \td");
	assert_int_equal(run->rest.at[0], strstr(written, "b \\") - written);
	assert_int_equal(run->rest.at[4], strstr(written, "&& c") - written);
	assert_int_equal(run->rest.at[10], strstr(written, "d\nUSER") - written);
	assert_int_equal(run->rest.at[11], strstr(written, "\nUSER") - written);
	assert_int_equal(run->begin, 7);
	assert_int_equal(run->end, strstr(written, "USER") - written);
	assert_int_equal(run->line, 2);
	assert_int_equal(run->last_line, 6);
	arena_drop(&p.arena);
}

static void two_escapes_continue_nothing(void **state)
{
	struct parsed p;
	(void)state;
	must_parse("RUN a\\\\\nRUN b \\ \t\n c\n", &p);
	assert_int_equal(p.file.count, 2);
	IS(p.file.at[0].rest.text, "a\\\\");
	IS(p.file.at[1].rest.text, "b  c");
	arena_drop(&p.arena);
}

/* The place behind the last byte is behind it, even when blanks follow on another line. */
static void the_end_is_behind_the_last_byte(void **state)
{
	struct parsed p;
	(void)state;
	must_parse("RUN a\\\n  \\\n", &p);
	IS(p.file.at[0].rest.text, "a");
	assert_int_equal(p.file.at[0].rest.at[0], 4);
	assert_int_equal(p.file.at[0].rest.at[1], 5);
	assert_int_equal(p.file.at[0].end, 11);
	arena_drop(&p.arena);
}

static void heredocs_are_placed(void **state)
{
	static const char written[] = "RUN <<A 3<<-\"B\" cat\none $X\r\nA\r\n\t\ttwo\n\n\tthree\n\tB\nUSER x\n";
	struct parsed p;
	(void)state;
	must_parse(written, &p);
	const struct instruction *run = &p.file.at[0];
	assert_int_equal(run->heredoc_count, 2);
	const struct heredoc *a = &run->heredocs[0], *b = &run->heredocs[1];
	IS(a->name, "A");
	IS(a->content.text, "one $X\r\n");
	assert_true(a->expand && !a->chomp && a->fd == 0);
	IS(b->name, "B");
	IS(b->content.text, "two\n\nthree\n");
	assert_true(!b->expand && b->chomp && b->fd == 3);
	assert_int_equal(b->content.at[0], strstr(written, "two") - written);
	assert_int_equal(b->content.at[5], strstr(written, "three") - written);
	assert_int_equal(run->end, strstr(written, "USER") - written);
	assert_int_equal(run->last_line, 7);
	IS(run->rest.text, "<<A 3<<-\"B\" cat");
	assert_int_equal(p.file.at[1].line, 8);
	arena_drop(&p.arena);
}

static void onbuild_holds_an_instruction(void **state)
{
	struct parsed p;
	(void)state;
	must_parse("ONBUILD COPY --link <<E \\\n /x\nt\nE\nONBUILD\nONBUILD ONBUILD RUN a\n", &p);
	const struct instruction *copy = p.file.at[0].trigger;
	assert_int_equal(copy->kind, INSTRUCTION_COPY);
	IS(copy->flags.at[0], "--link");
	WORDS(copy, "<<E", "/x");
	assert_int_equal(copy->begin, 8);
	assert_int_equal(copy->heredoc_count, 1);
	IS(copy->heredocs[0].content.text, "t\n");
	assert_int_equal(p.file.at[0].heredoc_count, 1);
	assert_int_equal(copy->last_line, 4);
	assert_null(p.file.at[1].trigger);
	assert_int_equal(p.file.at[2].trigger->trigger->kind, INSTRUCTION_RUN);
	arena_drop(&p.arena);
}

static void pairs_are_split(void **state)
{
	struct parsed p;
	(void)state;
	must_parse(
		"ENV A=b C=\"d e\" F=\nENV G h  i\nLABEL j=k\nARG l=m n\nHEALTHCHECK --interval=1s CMD [\"o\", \"p\"]\n",
		&p);
	WORDS(&p.file.at[0], "A", "b", "C", "\"d e\"", "F", "");
	WORDS(&p.file.at[1], "G", "h  i");
	WORDS(&p.file.at[2], "j", "k");
	WORDS(&p.file.at[3], "l=m", "n");
	WORDS(&p.file.at[4], "CMD", "o", "p");
	assert_true(p.file.at[4].json);
	arena_drop(&p.arena);
}

static void directives_are_heeded(void **state)
{
	struct parsed p;
	(void)state;
	must_parse("# syntax=a\n#Escape = `\nRUN a `\n b \\\nRUN c\n", &p);
	assert_int_equal(p.file.escape, '`');
	assert_int_equal(p.file.count, 2);
	IS(p.file.at[0].rest.text, "a  b \\");
	arena_drop(&p.arena);
	must_parse("\n# escape=`\nRUN a `\n\n", &p);
	assert_int_equal(p.file.escape, '\\');
	arena_drop(&p.arena);
}

static void good_samples(const char *name, struct text bytes)
{
	struct parsed p;
	if (parse(bytes, &p) < 0)
		fail_msg("%s: %s", name, p.fault.text);
	if (!containerfile_right(&p.file))
		fail_msg("%s: a byte does not stand where it says", name);
	arena_drop(&p.arena);
}

static void bad_samples(const char *name, struct text bytes)
{
	static const char *const rules[][2] = {
		{ "empty", "no instruction" },
		{ "comments-only", "no instruction" },
		{ "nul", "C:2: there is a byte" },
		{ "utf8", "C:2: there is a byte" },
		{ "heredoc-no-end", "\"EOF\" alone" },
		{ "heredoc-second", "C:3: the here-document has no end: a line that is \"B\" alone" },
		{ "heredoc-tab", "\"EOF\" alone" },
		{ "json-number", "C:2: CMD: a JSON array must hold strings alone" },
		{ "json-nested", "strings alone" },
		{ "json-object", "strings alone" },
		{ "json-deep", "nested too deep" },
		{ "env-no-value", "C:2: ENV: must be followed by" },
		{ "env-word", "each word must be NAME=value" },
		{ "label-word", "C:2: LABEL: each word" },
		{ "directive-escape", "C:1: the escape directive" },
		{ "directive-twice", "C:2: this directive stands there twice" },
		{ "onbuild-deep", "nesting of ONBUILD" },
		{ "braces-deep", "nesting of \"${\"" },
	};
	struct parsed p;
	assert_int_equal(parse(bytes, &p), FAULT_INPUT);
	sample_says(rules, sizeof rules / sizeof *rules, name, "C", p.fault.text);
	arena_drop(&p.arena);
}

static void every_good_sample_is_read(void **state)
{
	(void)state;
	samples_walk("tests/data/containerfile/good", good_samples);
}

static void every_bad_sample_is_refused(void **state)
{
	(void)state;
	samples_walk("tests/data/containerfile/bad", bad_samples);
}

/* Lines as long as builders take them, and one byte more. */
static void long_lines_are_refused(void **state)
{
	char *bytes = malloc(CONTAINERFILE_LINE_MAX + 16);
	struct parsed p;
	(void)state;
	memset(bytes, 'x', CONTAINERFILE_LINE_MAX + 16);
	memcpy(bytes, "RUN ", 4);
	bytes[CONTAINERFILE_LINE_MAX] = '\n';
	assert_int_equal(parse((struct text){ bytes, CONTAINERFILE_LINE_MAX + 1 }, &p), 0);
	arena_drop(&p.arena);
	bytes[CONTAINERFILE_LINE_MAX] = 'x';
	assert_int_equal(parse((struct text){ bytes, CONTAINERFILE_LINE_MAX + 1 }, &p), FAULT_INPUT);
	assert_non_null(strstr(p.fault.text, "C:1: the line is longer"));
	arena_drop(&p.arena);
	free(bytes);
}

static void large_files_are_refused(void **state)
{
	char *bytes = malloc(CONTAINERFILE_MAX + 1);
	struct parsed p;
	(void)state;
	memset(bytes, '\n', CONTAINERFILE_MAX + 1);
	memcpy(bytes, "RUN x", 5);
	assert_int_equal(parse((struct text){ bytes, CONTAINERFILE_MAX }, &p), 0);
	arena_drop(&p.arena);
	assert_int_equal(parse((struct text){ bytes, CONTAINERFILE_MAX + 1 }, &p), FAULT_INPUT);
	assert_non_null(strstr(p.fault.text, "at most"));
	arena_drop(&p.arena);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_are_read),
		cmocka_unit_test(continued_lines_are_placed),
		cmocka_unit_test(two_escapes_continue_nothing),
		cmocka_unit_test(the_end_is_behind_the_last_byte),
		cmocka_unit_test(heredocs_are_placed),
		cmocka_unit_test(onbuild_holds_an_instruction),
		cmocka_unit_test(pairs_are_split),
		cmocka_unit_test(directives_are_heeded),
		cmocka_unit_test(every_good_sample_is_read),
		cmocka_unit_test(every_bad_sample_is_refused),
		cmocka_unit_test(long_lines_are_refused),
		cmocka_unit_test(large_files_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
