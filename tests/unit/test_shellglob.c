/* shellglob: patterns against texts, as a shell's case compares them. */
#include "samples.h"

#include "format/shellglob.h"

static bool match(const char *pattern, const char *t)
{
	size_t steps = 1000;
	return shellglob_match(text_of(pattern), text_of(t), &steps);
}

static void patterns_match_as_in_a_shell(void **state)
{
	static const struct {
		const char *pattern, *yes[4], *no[4];
	} table[] = {
		{ "", { "" }, { "a" } },
		{ "a", { "a" }, { "", "b", "aa" } },
		{ "*", { "", "a", "ab" }, { NULL } },
		{ "a*", { "a", "ab" }, { "", "ba" } },
		{ "*a", { "a", "ba", "aaa" }, { "", "ab" } },
		{ "a*b*c", { "abc", "aXbYc", "abbcc" }, { "acb", "ab", "abcd" } },
		{ "?", { "a", "*" }, { "", "ab" } },
		{ "a?c", { "abc", "a?c" }, { "ac", "abbc" } },
		{ "[abc]", { "a", "c" }, { "d", "", "ab" } },
		{ "[a-c]x", { "ax", "bx", "cx" }, { "dx", "-x", "x" } },
		{ "[!a-c]", { "d", "!" }, { "a", "b", "c" } },
		{ "[^a]", { "b", "^" }, { "a" } },
		{ "[]a]", { "]", "a" }, { "b", "[" } },
		{ "[!]a]", { "b" }, { "]", "a" } },
		{ "[a-]", { "a", "-" }, { "b" } },
		{ "[-a]", { "a", "-" }, { "b" } },
		{ "[a-cx-z]", { "b", "y" }, { "d", "-" } },
		{ "[", { "[" }, { "a" } },
		{ "[a", { "[a" }, { "a" } },
		{ "\\*", { "*" }, { "a", "\\*" } },
		{ "\\[a]", { "[a]" }, { "a" } },
		{ "a\\", { "a\\" }, { "a" } },
		{ "*.tar.[gx]z", { "a.tar.gz", ".tar.xz" }, { "a.tar.bz", "a.tar.gz.x" } },
		{ "*[0-9]", { "a1", "12" }, { "1a", "" } },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		for (size_t k = 0; k < 4; k++) {
			if (table[i].yes[k] && !match(table[i].pattern, table[i].yes[k]))
				fail_msg("%s does not match %s", table[i].pattern, table[i].yes[k]);
			if (table[i].no[k] && match(table[i].pattern, table[i].no[k]))
				fail_msg("%s matches %s", table[i].pattern, table[i].no[k]);
		}
}

static void what_stands_for_others_is_known(void **state)
{
	static const char *const yes[] = { "*", "a?", "[a]", "\\**" }, *const no[] = { "", "a", "\\*", "a\\?\\[", "]" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(shellglob_is(text_of(yes[i])));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(shellglob_is(text_of(no[i])));
}

static void steps_end(void **state)
{
	size_t steps = 5;
	(void)state;
	assert_false(shellglob_match(TEXT("aaaaaaaa"), TEXT("aaaaaaaa"), &steps));
	assert_int_equal(steps, 0);
	assert_false(shellglob_match(TEXT(""), TEXT(""), &steps));
	steps = 9;
	assert_true(shellglob_match(TEXT("aaaaaaaa"), TEXT("aaaaaaaa"), &steps));
	assert_int_equal(steps, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_as_in_a_shell),
		cmocka_unit_test(what_stands_for_others_is_known),
		cmocka_unit_test(steps_end),
	};
	return cmocka_run_group_tests_name("shellglob", tests, NULL, NULL);
}
