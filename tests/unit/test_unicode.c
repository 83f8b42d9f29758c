/* unicode: characters of UTF-8. */
#include "samples.h"

#include "format/unicode.h"

static void is_first(struct text t, uint32_t c, size_t len)
{
	size_t got;
	assert_int_equal(unicode_first(t, &got), c);
	assert_int_equal(got, len);
}

static void characters_are_read(void **state)
{
	(void)state;
	is_first(TEXT(""), UNICODE_END, 0);
	is_first(TEXT("ab"), 'a', 1);
	is_first(TEXT("\xc2\xa0"), 0xa0, 2);
	is_first(TEXT("\xe2\x80\x83x"), 0x2003, 3);
	is_first(TEXT("\xf0\x9f\x98\x80"), 0x1f600, 4);
	is_first(TEXT("\xff"), 0xfffd, 1);
	is_first(TEXT("\xe2\x80"), 0xfffd, 1);
}

static void classes_are_told(void **state)
{
	(void)state;
	assert_true(unicode_space(' ') && unicode_space('\v') && unicode_space(0x85) && unicode_space(0xa0) &&
		    unicode_space(0x3000));
	assert_false(unicode_space('a') || unicode_space(0x200b) || unicode_space(0) || unicode_space(UNICODE_END));
	assert_true(unicode_word('a') && unicode_word('Z') && unicode_word('0') && unicode_word('_') &&
		    unicode_word(0xe9) && unicode_word(0xd55c));
	assert_false(unicode_word('-') || unicode_word('.') || unicode_word(0xa0) || unicode_word(0x2013) ||
		     unicode_word(0x201c) || unicode_word(0x1f600) || unicode_word(UNICODE_END));
}

static void blanks_are_trimmed(void **state)
{
	(void)state;
	assert_true(text_equal(unicode_trim(TEXT(" \t\xc2\xa0 a b\xe2\x80\x83\n")), TEXT("a b")));
	assert_int_equal(unicode_trim(TEXT(" \xc2\x85 ")).len, 0);
	assert_int_equal(unicode_trim(TEXT("")).len, 0);
	assert_true(text_equal(unicode_trim(TEXT("a")), TEXT("a")));
}

static void bad_bytes_are_found(void **state)
{
	size_t bad;
	(void)state;
	assert_true(unicode_valid(TEXT("a\xc3\xa9\n"), &bad));
	assert_true(unicode_valid(TEXT(""), &bad));
	assert_false(unicode_valid(TEXT("ab\xc3"), &bad));
	assert_int_equal(bad, 2);
	assert_false(unicode_valid(TEXT("\xc3\xa9\0x"), &bad));
	assert_int_equal(bad, 2);
	assert_false(unicode_valid(TEXT("\xed\xa0\x80"), &bad));
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_are_read),
		cmocka_unit_test(classes_are_told),
		cmocka_unit_test(blanks_are_trimmed),
		cmocka_unit_test(bad_bytes_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
