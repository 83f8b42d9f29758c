/* rewrite: Containerfiles before and after, the cases of tests/data/rewrite:
 *
 *     === gone NAME...   the software that moves; "=== stays NAME: REASON" what cannot, and why
 *     === before         the file, up to the next such line
 *     === after          what it becomes, with GRAFT where the graft comes */
#include "plan/rewrite.h"

#include <unistd.h>

#include "containers.h"

static const char GRAFT[] = "RUN nixgraft apply\n";

/* A case. */
struct sample {
	struct text gone, stays, why; /* names, a name, a reason */
	struct text before, after;
};

static struct text section(struct text bytes, const char *head, struct text *rest)
{
	const char *at = memmem(bytes.at, bytes.len, head, strlen(head)), *end;

	*rest = (struct text){ 0 };
	if (!at)
		return *rest;
	*rest = (struct text){ at + strlen(head), bytes.len - (size_t)(at + strlen(head) - bytes.at) };
	end = memmem(rest->at, rest->len, "\n=== ", 5);
	if (end)
		rest->len = (size_t)(end + 1 - rest->at);
	return *rest;
}

static void sample_make(struct text bytes, struct sample *out)
{
	*out = (struct sample){ 0 };
	section(bytes, "=== before\n", &out->before);
	section(bytes, "=== after\n", &out->after);
	section(bytes, "=== gone ", &out->gone);
	section(bytes, "=== stays ", &out->why);
	if (out->why.len)
		text_cut(&out->why, ':', &out->stays);
	assert_true(out->before.len > 0);
}

static bool among(struct text words, struct text name)
{
	struct text line, word;

	text_cut(&words, '\n', &line);
	while (line.len && text_cut(&line, ' ', &word))
		if (text_equal(word, name))
			return true;
	return false;
}

/* A second look at what came out finds nothing of what went, and all else. */
static void look_again(const char *name, const struct scan *before, struct text after, const struct sample *sample, struct arena *a)
{
	struct containerfile file;
	struct scan scan;
	size_t left = 0;

	scan_text(after, a, &file, &scan);
	for (size_t i = 0; i < before->software.count; i++)
		left += !among(sample->gone, before->software.at[i].name);
	for (size_t i = 0; i < scan.software.count; i++)
		if (among(sample->gone, scan.software.at[i].name))
			fail_msg("%s: " TEXT_F " is still there", name, TEXT_A(scan.software.at[i].name));
	assert_int_equal(scan.software.count, left);
}

static void check_case(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct containerfile file;
	struct scan scan;
	struct sample sample;
	BUFFER_AUTO got = { 0 };
	LIST(const struct software *) gone = { 0 };

	sample_make(bytes, &sample);
	scan_text(sample.before, &a, &file, &scan);
	for (size_t i = 0; i < scan.software.count; i++) {
		const struct software *s = &scan.software.at[i];
		struct text why = rewrite_obstacle(&scan, s, &a);

		if (text_equal(s->name, sample.stays) && (!why.len || !memmem(sample.why.at, sample.why.len, why.at, why.len)))
			fail_msg("%s: " TEXT_F ": " TEXT_F, name, TEXT_A(s->name), TEXT_A(why));
		if (!among(sample.gone, s->name))
			continue;
		if (why.len)
			fail_msg("%s: " TEXT_F ": " TEXT_F, name, TEXT_A(s->name), TEXT_A(why));
		LIST_PUSH(&gone, &a, s);
	}
	rewrite_make(&(struct rewrite_plan){ &scan, gone.at, gone.count, text_of(GRAFT) }, &a, &got);
	if (!text_equal(buffer_view(&got), sample.after))
		fail_msg("%s: got\n" TEXT_F, name, TEXT_A(buffer_view(&got)));
	look_again(name, &scan, buffer_view(&got), &sample, &a);
	arena_drop(&a);
}

static void test_cases(void **state)
{
	samples_walk("tests/data/rewrite", check_case);
}

/* ---- the samples of the scan ---- */

static size_t moved; /* of all of them */

static bool same(const struct software *a, const struct software *b)
{
	return a->way == b->way && text_equal(a->name, b->name) && a->pin == b->pin;
}

static size_t count_of(const struct scan *scan, const struct software *like, struct arena *a, bool movable)
{
	size_t count = 0;

	for (size_t i = 0; i < scan->software.count; i++)
		count += same(&scan->software.at[i], like) && (!movable || !rewrite_obstacle(scan, &scan->software.at[i], a).len);
	return count;
}

/* What can go goes, one at a time with `only`, and what comes out is a Containerfile with all the rest. */
static void take_out(const char *name, const struct scan *scan, const struct software **gone, size_t count, struct arena *a)
{
	BUFFER_AUTO got = { 0 };
	struct containerfile file;
	struct scan after;

	rewrite_make(&(struct rewrite_plan){ scan, gone, count, text_of(GRAFT) }, a, &got);
	scan_text(arena_copy(a, buffer_view(&got)), a, &file, &after);
	if (after.software.count != scan->software.count - count)
		fail_msg("%s: %zu of %zu went, and %zu are left in\n" TEXT_F, name, count, scan->software.count, after.software.count,
			 TEXT_A(buffer_view(&got)));
	assert_true(after.doubts.count <= scan->doubts.count);
	for (size_t i = 0; i < scan->software.count; i++) {
		const struct software *s = &scan->software.at[i];
		size_t went = 0;

		for (size_t k = 0; k < count; k++)
			went += same(gone[k], s);
		assert_int_equal(count_of(&after, s, a, false), count_of(scan, s, a, false) - went);
	}
}

static const char *folder(void)
{
	static char path[4000];
	const char *top = getenv("NIXGRAFT_TOP");

	snprintf(path, sizeof path, "%s/tests/data/migrate", top ? top : ".");
	return path;
}

static void check_sample(const char *name)
{
	char path[4096];
	struct text bytes;
	struct arena a = { 0 };
	struct containerfile file;
	struct scan scan;
	LIST(const struct software *) gone = { 0 };

	snprintf(path, sizeof path, "%s/%s/Containerfile", folder(), name);
	if (access(path, R_OK))
		return;
	bytes = sample_read(path);
	scan_text(bytes, &a, &file, &scan);
	for (size_t i = 0; i < scan.software.count; i++) {
		const struct software *s = &scan.software.at[i];

		if (rewrite_obstacle(&scan, s, &a).len)
			continue;
		take_out(name, &scan, &s, 1, &a);
		LIST_PUSH(&gone, &a, s);
	}
	take_out(name, &scan, gone.at, gone.count, &a);
	moved += gone.count;
	arena_drop(&a);
	free((void *)(uintptr_t)bytes.at);
}

static void test_samples(void **state)
{
	struct dirent *entry;
	DIR *dir = opendir(folder());

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			check_sample(entry->d_name);
	closedir(dir);
	assert_true(moved > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
