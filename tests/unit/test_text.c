#include "samples.h"

#include "base/text.h"

#define NONE ((struct text){ 0 })

static void compares_bytewise_and_unsigned(void **state)
{
	(void)state;
	assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
	assert_true(text_compare(TEXT("a"), TEXT("ab")) < 0);
	assert_true(text_compare(TEXT("b"), TEXT("ab")) > 0);
	assert_true(text_compare(TEXT("\xff"), TEXT("a")) > 0);
	assert_true(text_compare(TEXT("A"), TEXT("a")) < 0);
	assert_int_equal(text_compare(NONE, TEXT("")), 0);
	assert_true(text_equal(NONE, TEXT("")));
	assert_false(text_equal(TEXT("a"), TEXT("b")));
	assert_false(text_equal(TEXT("a"), TEXT("ab")));
}

static void finds_parts(void **state)
{
	(void)state;
	assert_true(text_starts(TEXT("abc"), TEXT("ab")));
	assert_true(text_starts(TEXT("abc"), NONE));
	assert_false(text_starts(TEXT("ab"), TEXT("abc")));
	assert_false(text_starts(TEXT("xbc"), TEXT("ab")));
	assert_true(text_ends(TEXT("abc"), TEXT("bc")));
	assert_true(text_ends(TEXT("abc"), NONE));
	assert_true(text_ends(NONE, NONE));
	assert_false(text_ends(TEXT("bc"), TEXT("abc")));
	assert_false(text_ends(TEXT("abc"), TEXT("b")));
	assert_true(text_has(TEXT("a\0b"), '\0'));
	assert_false(text_has(NONE, 'a'));
	assert_true(text_equal(text_skip(TEXT("abc"), 1), TEXT("bc")));
	assert_non_null(text_skip(TEXT("abc"), 3).at);
	assert_null(text_skip(TEXT("abc"), 4).at);
	assert_null(text_skip(NONE, 0).at);
	assert_null(text_of(NULL).at);
	assert_int_equal(text_of("abc").len, 3);
}

static void cuts_until_none_is_left(void **state)
{
	const struct text words[] = { TEXT("a"), TEXT(""), TEXT("bc"), TEXT("") };
	struct text rest = TEXT("a  bc "), word;
	size_t count = 0;

	(void)state;
	while (text_cut(&rest, ' ', &word)) {
		assert_true(count < 4);
		assert_true(text_equal(word, words[count]));
		count++;
	}
	assert_int_equal(count, 4);
	rest = TEXT("");
	assert_true(text_cut(&rest, ' ', &word));
	assert_int_equal(word.len, 0);
	assert_null(rest.at);
	assert_false(text_cut(&rest, ' ', &word));
	assert_null(word.at);
}

static void numbers_are_strict(void **state)
{
	static const char *const bad[] = { "",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "01",
					   "00",
					   "0x1",
					   "1.0",
					   "1e3",
					   "18446744073709551616",
					   "99999999999999999999999",
					   "a",
					   "1a" };
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(text_u64(text_of(bad[i]), UINT64_MAX, &n));
	assert_true(text_u64(TEXT("0"), 0, &n));
	assert_int_equal(n, 0);
	assert_true(text_u64(TEXT("18446744073709551615"), UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
	assert_true(text_u64(TEXT("10"), 10, &n));
	assert_false(text_u64(TEXT("11"), 10, &n));
	assert_false(text_u64(TEXT("1\0"), 10, &n));
}

static void sorts_and_finds(void **state)
{
	struct text items[] = { TEXT("b"), TEXT("a"), TEXT("b"), TEXT("\xc3"), TEXT("a"), TEXT("") };
	struct texts t = { items, 6 }, none = { 0 };

	(void)state;
	texts_sort_unique(&t);
	assert_ptr_equal(t.at, items);
	assert_int_equal(t.count, 4);
	assert_int_equal(texts_find(t, TEXT("")), 0);
	assert_int_equal(texts_find(t, TEXT("a")), 1);
	assert_int_equal(texts_find(t, TEXT("b")), 2);
	assert_int_equal(texts_find(t, TEXT("\xc3")), 3);
	assert_int_equal(texts_find(t, TEXT("c")), -1);
	assert_int_equal(texts_find(none, TEXT("a")), -1);
	texts_sort_unique(&none);
	assert_int_equal(none.count, 0);
}

static void equal_texts_are_the_same_in_the_same_order(void **state)
{
	struct text items[] = { TEXT("a"), TEXT("b"), TEXT("") }, swapped[] = { TEXT("b"), TEXT("a"), TEXT("") };
	struct text copy[] = { text_of("a"), TEXT("b"), NONE }, longer[] = { TEXT("a"), TEXT("b\0"), TEXT("") };
	struct texts none = { 0 }, t = { items, 3 };

	(void)state;
	assert_true(texts_equal(t, t));
	assert_true(texts_equal(t, (struct texts){ copy, 3 }));
	assert_false(texts_equal(t, (struct texts){ swapped, 3 }));
	assert_false(texts_equal(t, (struct texts){ longer, 3 }));
	assert_false(texts_equal(t, (struct texts){ items, 2 }));
	assert_false(texts_equal((struct texts){ items, 2 }, t));
	assert_true(texts_equal((struct texts){ items, 1 }, (struct texts){ swapped + 1, 1 }));
	assert_false(texts_equal(none, (struct texts){ copy + 2, 1 }));
	assert_true(texts_equal(none, (struct texts){ items, 0 }));
	assert_true(texts_equal(none, none));
}

static void knows_well_formed_utf8(void **state)
{
	static const struct {
		struct text t;
		size_t len;
	} rows[] = {
		{ TEXT_INIT("a"), 1 },
		{ TEXT_INIT("\0"), 1 },
		{ TEXT_INIT("\xc2\x80x"), 2 },
		{ TEXT_INIT("\xe2\x82\xac"), 3 },
		{ TEXT_INIT("\xef\xbf\xbf"), 3 },
		{ TEXT_INIT("\xf4\x8f\xbf\xbf"), 4 },
		{ TEXT_INIT(""), 0 },
		{ TEXT_INIT("\x80"), 0 },             /* a continuation first */
		{ TEXT_INIT("\xc0\x80"), 0 },         /* overlong NUL */
		{ TEXT_INIT("\xc1\xbf"), 0 },         /* overlong */
		{ TEXT_INIT("\xe0\x9f\xbf"), 0 },     /* overlong */
		{ TEXT_INIT("\xed\xa0\x80"), 0 },     /* surrogate */
		{ TEXT_INIT("\xf0\x8f\xbf\xbf"), 0 }, /* overlong */
		{ TEXT_INIT("\xf4\x90\x80\x80"), 0 }, /* beyond U+10FFFF */
		{ TEXT_INIT("\xff"), 0 },
		{ TEXT_INIT("\xe2\x82"), 0 }, /* cut */
		{ TEXT_INIT("\xe2\x82x"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(text_utf8(rows[i].t), rows[i].len);
}

static void graphic_is_printable_ascii_without_blank(void **state)
{
	(void)state;
	assert_true(text_graphic(TEXT("!~az09")));
	assert_false(text_graphic(TEXT("")));
	assert_false(text_graphic(TEXT("a b")));
	assert_false(text_graphic(TEXT("a\x7f")));
	assert_false(text_graphic(TEXT("\xc3\xa4")));
	assert_false(text_graphic(TEXT("a\n")));
}

static void nouns_have_a_plural(void **state)
{
	(void)state;
	assert_string_equal(text_plural(0), "s");
	assert_string_equal(text_plural(1), "");
	assert_string_equal(text_plural(2), "s");
	assert_string_equal(text_plural((uint64_t)1 << 32 | 1), "s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_bytewise_and_unsigned),
		cmocka_unit_test(finds_parts),
		cmocka_unit_test(cuts_until_none_is_left),
		cmocka_unit_test(numbers_are_strict),
		cmocka_unit_test(sorts_and_finds),
		cmocka_unit_test(equal_texts_are_the_same_in_the_same_order),
		cmocka_unit_test(knows_well_formed_utf8),
		cmocka_unit_test(nouns_have_a_plural),
		cmocka_unit_test(graphic_is_printable_ascii_without_blank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
