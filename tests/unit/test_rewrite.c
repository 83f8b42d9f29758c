/* rewrite: Containerfiles before and after, the cases of tests/data/rewrite:
 *
 *     === gone NAME...   the software that moves; "=== stays NAME: REASON" what cannot, and why
 *     === before         the file, up to the next such line
 *     === after          what it becomes, with GRAFT where the graft comes */
#include "plan/rewrite.h"

#include "samples.h"

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

static void look(struct text bytes, struct arena *a, struct containerfile *file, struct scan *scan)
{
	struct fault f = { 0 };

	if (containerfile_parse(bytes, "Containerfile", a, file, &f) != 0 || scan_containerfile(file, TEXT("amd64"), a, scan, &f) != 0)
		fail_msg("%s", f.text);
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

	look(after, a, &file, &scan);
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
	look(sample.before, &a, &file, &scan);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
