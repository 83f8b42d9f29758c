/* linediff: what it says, and that the real `patch` makes the new text of the old one with it. */
#include "samples.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "plan/linediff.h"

static struct linediff_count make(const char *before, const char *after, struct arena *a, struct buffer *to)
{
	struct linediff d = { TEXT("Containerfile"), text_of(before), text_of(after) };
	struct linediff_count count = linediff_make(&d, a, to);
	buffer_add(to, "", 0);
	return count;
}

#define NAMES "--- a/Containerfile\n+++ b/Containerfile\n"

static void the_format_is_that_of_diff(void **state)
{
	static const struct {
		const char *before, *after, *want;
		size_t removed, added;
	} table[] = {
		{ "", "", "", 0, 0 },
		{ "a\nb\n", "a\nb\n", "", 0, 0 },
		{ "a", "a", "", 0, 0 },
		{ "a\nb\nc\n", "a\nx\nc\n", NAMES "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n", 1, 1 },
		{ "", "a\n", NAMES "@@ -0,0 +1 @@\n+a\n", 0, 1 },
		{ "a\n", "", NAMES "@@ -1 +0,0 @@\n-a\n", 1, 0 },
		{ NULL, "a\nb\n", "--- /dev/null\n+++ b/Containerfile\n@@ -0,0 +1,2 @@\n+a\n+b\n", 0, 2 },
		{ "a", "a\n", NAMES "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n", 1, 1 },
		{ "a\nb", "b", NAMES "@@ -1,2 +1 @@\n-a\n b\n\\ No newline at end of file\n", 1, 0 },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
		  NAMES "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n", 1, 1 },
		/* six lines between two changes are one hunk, seven are two */
		{ "a\n1\n2\n3\n4\n5\n6\nb\n", "1\n2\n3\n4\n5\n6\n", NAMES "@@ -1,8 +1,6 @@\n-a\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n", 2, 0 },
		{ "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "1\n2\n3\n4\n5\n6\n7\n",
		  NAMES "@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-b\n", 2, 0 },
		{ "\n\n", "\n", NAMES "@@ -1,2 +1 @@\n \n-\n", 1, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena a = { 0 };
		BUFFER_AUTO got = { 0 };
		struct linediff_count count = make(table[i].before, table[i].after, &a, &got);
		assert_string_equal(got.at, table[i].want);
		assert_int_equal(count.removed, table[i].removed);
		assert_int_equal(count.added, table[i].added);
		arena_drop(&a);
	}
}

static void names_are_quoted_as_git_does(void **state)
{
	static const char *const table[][2] = {
		{ "docker/Containerfile", "--- a/docker/Containerfile\n+++ b/docker/Containerfile\n" },
		{ "my file", "--- a/my file\t\n+++ b/my file\t\n" },
		{ "a\x1b[31m\n", "--- \"a/a\\033[31m\\012\"\n+++ \"b/a\\033[31m\\012\"\n" },
		{ "q\"\\ \xc3\xbc", "--- \"a/q\\\"\\\\ \\303\\274\"\n+++ \"b/q\\\"\\\\ \\303\\274\"\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena a = { 0 };
		BUFFER_AUTO got = { 0 };
		struct linediff d = { text_of(table[i][0]), TEXT("a\n"), TEXT("b\n") };
		linediff_make(&d, &a, &got);
		assert_true(text_starts(buffer_view(&got), text_of(table[i][1])));
		assert_true(text_starts(text_skip(buffer_view(&got), strlen(table[i][1])), TEXT("@@ -1 +1 @@\n-a\n+b\n")));
		arena_drop(&a);
	}
}

static void write_file(const char *path, struct text bytes)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes.at ? bytes.at : "", 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
}

static bool has_patch(void)
{
	return access("/usr/bin/patch", X_OK) == 0;
}

/* patch makes `after` of `before`. */
static void must_patch(struct text before, struct text after)
{
	char folder[] = "/tmp/linediff.XXXXXX", path[64], difference[64], command[256];
	struct arena a = { 0 };
	BUFFER_AUTO got = { 0 };
	struct linediff d = { TEXT("Containerfile"), before, after };
	linediff_make(&d, &a, &got);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/Containerfile", folder);
	snprintf(difference, sizeof difference, "%s/difference", folder);
	write_file(path, before);
	write_file(difference, buffer_view(&got));
	snprintf(command, sizeof command, "cd %s && patch -sfp1 -F0 < difference > said 2>&1", folder);
	if (got.len && system(command) != 0)
		fail_msg("%s", command);
	if (after.len) {
		struct text made = sample_read(path);
		if (!text_equal(made, after))
			fail_msg("patch made '" TEXT_F "' and not '" TEXT_F "'", TEXT_A(made), TEXT_A(after));
		free((void *)(uintptr_t)made.at);
	}
	snprintf(command, sizeof command, "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
	arena_drop(&a);
}

/* A few lines out of a small alphabet, so that many are the same; sometimes without the last newline. */
static void add_lines(struct buffer *b, uint64_t *random, size_t most)
{
	for (size_t i = random_next(random) % (most + 1); i > 0; i--)
		buffer_printf(b, "%c\n", (char)('a' + random_next(random) % 6));
	if (b->len && random_next(random) % 4 == 0)
		b->at[--b->len] = '\0';
}

static void patch_takes_it(void **state)
{
	uint64_t random = 20261127;
	(void)state;
	if (!has_patch())
		skip();
	for (int i = 0; i < 300; i++) {
		BUFFER_AUTO before = { 0 }, after = { 0 };
		add_lines(&before, &random, 40);
		add_lines(&after, &random, 40);
		if (!before.len || !after.len)
			continue;
		must_patch(buffer_view(&before), buffer_view(&after));
	}
}

/* The length of the longest common subsequence of lines, the slow way: as many lines stay. */
static size_t common(struct text x, struct text y)
{
	static size_t best[64][64];
	struct text lines[2][64];
	size_t n[2] = { 0 };
	struct text sides[] = { x, y };
	for (int s = 0; s < 2; s++)
		while (text_cut(&sides[s], '\n', &lines[s][n[s]]))
			n[s]++;
	for (size_t i = n[0] + 1; i-- > 0;)
		for (size_t j = n[1] + 1; j-- > 0;) {
			bool end = i == n[0] || j == n[1];
			if (end)
				best[i][j] = 0;
			else if (text_equal(lines[0][i], lines[1][j]))
				best[i][j] = best[i + 1][j + 1] + 1;
			else
				best[i][j] = best[i + 1][j] > best[i][j + 1] ? best[i + 1][j] : best[i][j + 1];
		}
	return best[0][0];
}

static size_t line_count(struct text t)
{
	size_t count = 0;
	for (size_t i = 0; i < t.len; i++)
		count += t.at[i] == '\n';
	return count;
}

static void it_is_the_shortest(void **state)
{
	uint64_t random = 7;
	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct arena a = { 0 };
		BUFFER_AUTO before = { 0 }, after = { 0 }, got = { 0 };
		for (size_t k = random_next(&random) % 40; k > 0; k--)
			buffer_printf(&before, "%c\n", (char)('a' + random_next(&random) % 4));
		for (size_t k = random_next(&random) % 40; k > 0; k--)
			buffer_printf(&after, "%c\n", (char)('a' + random_next(&random) % 4));
		struct linediff d = { TEXT("x"), before.len ? buffer_view(&before) : TEXT(""), buffer_view(&after) };
		struct linediff_count c = linediff_make(&d, &a, &got);
		size_t n = line_count(d.before), m = line_count(d.after);
		/* The empty text behind the last newline is a line to `common`, and always the same. */
		size_t same = n && m ? common(d.before, d.after) - 1 : 0;
		assert_int_equal(c.removed, n - same);
		assert_int_equal(c.added, m - same);
		arena_drop(&a);
	}
}

static void too_many_edits_are_told_all_the_same(void **state)
{
	struct arena a = { 0 };
	BUFFER_AUTO before = { 0 }, after = { 0 }, got = { 0 };
	(void)state;
	buffer_printf(&before, "first\n");
	buffer_printf(&after, "first\n");
	for (unsigned i = 0; i < 3000; i++) {
		buffer_printf(&before, "old %u\nsame %u\n", i, i);
		buffer_printf(&after, "new %u\nsame %u\n", i, i);
	}
	struct linediff d = { TEXT("x"), buffer_view(&before), buffer_view(&after) };
	struct linediff_count c = linediff_make(&d, &a, &got);
	/* "same 2999" is at both ends. */
	assert_int_equal(c.removed, 5999);
	assert_int_equal(c.added, 5999);
	if (has_patch())
		must_patch(d.before, d.after);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_format_is_that_of_diff),
		cmocka_unit_test(names_are_quoted_as_git_does),
		cmocka_unit_test(patch_takes_it),
		cmocka_unit_test(it_is_the_shortest),
		cmocka_unit_test(too_many_edits_are_told_all_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
