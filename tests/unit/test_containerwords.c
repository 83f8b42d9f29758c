/* containerwords: flags taken off, words split. */
#include "samples.h"

#include "format/containerwords.h"

static void are(struct texts got, size_t count, const char *const *want)
{
	if (got.count != count)
		fail_msg("%zu words", got.count);
	for (size_t i = 0; i < count; i++)
		if (!text_equal(got.at[i], text_of(want[i])))
			fail_msg("word %zu: %.*s", i, (int)got.at[i].len, got.at[i].at);
}
#define ARE(got, ...)                                                                                                  \
	are(got, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), (const char *[]){ __VA_ARGS__ })

static void flags_are_taken_off(void **state)
{
	struct arena a = { 0 };
	struct texts flags;
	(void)state;
	struct text rest = containerwords_flags(TEXT("--a --b=\"c d\" --e='f'g\\ h x --i"), '\\', &a, &flags);
	ARE(flags, "--a", "--b=c d", "--e=fg h");
	assert_true(text_equal(rest, TEXT("x --i")));
	rest = containerwords_flags(TEXT("--a -- --b"), '\\', &a, &flags);
	ARE(flags, "--a");
	assert_true(text_equal(rest, TEXT(" --b")));
	rest = containerwords_flags(TEXT("-a"), '\\', &a, &flags);
	assert_int_equal(flags.count, 0);
	assert_true(text_equal(rest, TEXT("-a")));
	rest = containerwords_flags(TEXT("--a=\"b c\\"), '\\', &a, &flags);
	ARE(flags, "--a=b c");
	assert_int_equal(rest.len, 0);
	containerwords_flags(TEXT("--a=\xc3\xbc x"), '\\', &a, &flags);
	ARE(flags, "--a=\xc3\x83\xc2\xbc");
	arena_drop(&a);
}

static void quotes_hold_words_together(void **state)
{
	struct arena a = { 0 };
	(void)state;
	ARE(containerwords_quoted(TEXT(" a=\"b c\"d  'e \\' f\\ g \"h\\\" i\" j\\"), '\\', &a), "a=\"b c\"d", "'e \\'",
	    "f\\ g", "\"h\\\" i\"", "j");
	ARE(containerwords_quoted(TEXT("a` b c\\ d"), '`', &a), "a` b", "c\\", "d");
	ARE(containerwords_quoted(TEXT("a\xc2\xa0"
				       "b \"c"),
				  '\\', &a),
	    "a", "b", "\"c");
	assert_int_equal(containerwords_quoted(TEXT("\\"), '\\', &a).count, 0);
	arena_drop(&a);
}

static void plain_words_know_no_quotes(void **state)
{
	struct arena a = { 0 };
	(void)state;
	ARE(containerwords_plain(TEXT("a \t\"b\v c\"\xc2\xa0"
				      "d"),
				 &a),
	    "a", "\"b",
	    "c\"\xc2\xa0"
	    "d");
	assert_int_equal(containerwords_plain(TEXT(""), &a).count, 0);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_taken_off),
		cmocka_unit_test(quotes_hold_words_together),
		cmocka_unit_test(plain_words_know_no_quotes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
