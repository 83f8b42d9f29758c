#include "samples.h"

#include <stdalign.h>

#include "base/arena.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	struct arena a = { 0 };
	unsigned char *before = NULL;

	(void)state;
	for (size_t size = 1; size < 200000; size = size * 3 + 1) {
		unsigned char *piece = arena_alloc(&a, size, 1);

		assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xaa, size);
		assert_ptr_not_equal(piece, before);
		before = piece;
	}
	assert_non_null(arena_alloc(&a, 0, 8));
	arena_drop(&a);
	assert_null(a.last);
	arena_drop(&a);
}

static void many_small_pieces_keep_what_was_written(void **state)
{
	enum { COUNT = 20000 };
	struct arena a = { 0 };
	uint64_t **all = arena_alloc(&a, COUNT, sizeof *all);

	(void)state;
	for (uint64_t i = 0; i < COUNT; i++) {
		all[i] = arena_alloc(&a, 1 + i % 7, sizeof **all);
		*all[i] = i;
	}
	for (uint64_t i = 0; i < COUNT; i++)
		assert_int_equal(*all[i], i);
	arena_drop(&a);
}

static void copies_end_with_nul(void **state)
{
	struct arena a = { 0 };
	char original[] = { 'a', 'b', 'c' };
	struct text copy = arena_copy(&a, (struct text){ original, 2 });
	struct text none = arena_copy(&a, (struct text){ 0 });

	(void)state;
	original[0] = 'x';
	assert_string_equal(copy.at, "ab");
	assert_int_equal(copy.len, 2);
	assert_string_equal(none.at, "");
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x").at, "7-x");
	assert_int_equal(arena_printf(&a, "%0*d", 100000, 1).len, 100000);
	arena_drop(&a);
}

static void lists_grow(void **state)
{
	struct arena a = { 0 };
	LIST(unsigned) list = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		LIST_PUSH(&list, &a, i * 3);
	assert_int_equal(list.count, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(list.at[i], i * 3);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(many_small_pieces_keep_what_was_written),
		cmocka_unit_test(copies_end_with_nul),
		cmocka_unit_test(lists_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
