/* delta: the merge of two sorted lists, by the cases of tests/plan and by chance.
 *
 *     have A B C       want B D        the two lists, sorted
 *     missing D        shared B        extra A C       what comes out; a line left out: nothing */
#include "plan/delta.h"

#include "cases.h"

static struct texts words_of(struct text words, struct arena *a)
{
	LIST(struct text) list = { 0 };
	struct text word;

	while (words.len && text_cut(&words, ' ', &word))
		LIST_PUSH(&list, a, word);
	return LIST_TEXTS(list);
}

/* What an index list of the delta stands for. */
static struct texts chosen(const size_t *at, size_t count, struct texts of, struct arena *a)
{
	struct texts list = { arena_alloc(a, count + 1, sizeof *list.at), count };

	for (size_t i = 0; i < count; i++) {
		assert_true(at[i] < of.count);
		list.at[i] = of.at[at[i]];
	}
	return list;
}

#define CHOSEN(list, of, a) chosen((list).at, (list).count, of, a)

static void must_equal(const char *name, const char *what, struct texts got, struct texts expected)
{
	for (size_t i = 0; i < got.count || i < expected.count; i++)
		if (i >= got.count || i >= expected.count || !text_equal(got.at[i], expected.at[i]))
			fail_msg("%s: %s: item %zu is '" TEXT_F "' and not '" TEXT_F "'", name, what, i,
				 TEXT_A(i < got.count ? got.at[i] : TEXT("nothing")),
				 TEXT_A(i < expected.count ? expected.at[i] : TEXT("nothing")));
}

static void check_case(const char *name, struct text bytes)
{
	static const char *const words[] = { "have", "want", "missing", "shared", "extra" };
	struct texts lists[5] = { { 0 } };
	struct arena a = { 0 };
	struct case_line line;
	struct delta d;

	if (strncmp(name, "delta-", 6))
		return;
	while (case_next(&bytes, &line)) {
		size_t i = 0;

		while (i < 5 && !case_word(&line, words[i]))
			i++;
		if (i == 5)
			fail_msg("%s: what is '" TEXT_F "'?", name, TEXT_A(line.word));
		lists[i] = words_of(line.rest, &a);
	}
	delta_make(lists[1], lists[0], &a, &d);
	must_equal(name, "missing", CHOSEN(d.missing, lists[1], &a), lists[2]);
	must_equal(name, "shared", CHOSEN(d.shared, lists[1], &a), lists[3]);
	must_equal(name, "extra", CHOSEN(d.extra, lists[0], &a), lists[4]);
	arena_drop(&a);
}

static void cases_hold(void **state)
{
	(void)state;
	samples_walk("tests/plan", check_case);
}

/* ---- any two lists: each item is told once and in order ---- */

static struct texts some_numbers(uint64_t *chance, struct arena *a)
{
	LIST(struct text) list = { 0 };

	for (int i = 100; i < 200; i++)
		if (random_next(chance) >> 63)
			LIST_PUSH(&list, a, arena_printf(a, "%d", i));
	return LIST_TEXTS(list);
}

static void check_any(struct texts want, struct texts have, struct arena *a)
{
	size_t missing = 0, shared = 0;
	struct delta d;

	delta_make(want, have, a, &d);
	for (size_t i = 0; i < want.count; i++) {
		if (texts_find(have, want.at[i]) < 0)
			assert_int_equal(d.missing.at[missing++], i);
		else
			assert_int_equal(d.shared.at[shared++], i);
	}
	assert_int_equal(missing, d.missing.count);
	assert_int_equal(shared, d.shared.count);
	assert_int_equal(shared + d.extra.count, have.count);
	for (size_t i = 0; i < d.extra.count; i++) {
		assert_true(texts_find(want, have.at[d.extra.at[i]]) < 0);
		assert_true(i == 0 || d.extra.at[i - 1] < d.extra.at[i]);
	}
}

static void any_lists_add_up(void **state)
{
	uint64_t chance = 0x9e3779b97f4a7c15;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct arena a = { 0 };
		struct texts want = some_numbers(&chance, &a), have = some_numbers(&chance, &a);

		check_any(want, have, &a);
		check_any(want, want, &a);
		check_any(want, (struct texts){ 0 }, &a);
		arena_drop(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_hold),
		cmocka_unit_test(any_lists_add_up),
	};

	return cmocka_run_group_tests_name("delta", tests, NULL, NULL);
}
