/* wordpattern: against a matcher that tries all. */
#include "samples.h"

#include "base/bounds.h"
#include "format/wordpattern.h"

#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))

static struct wordpattern make(const char *written, struct arena *a)
{
	struct wordpattern p;
	if (!wordpattern_make(text_of(written), a, &p))
		fail_msg("no pattern: %s", written);
	return p;
}

/* Does the pattern match all of these bytes? */
static bool matches(const char *pattern, const char *at, size_t len)
{
	if (!*pattern)
		return len == 0;
	if (*pattern == '*')
		return matches(pattern + 1, at, len) || (len && matches(pattern, at + 1, len - 1));
	return len && (*pattern == '?' || *pattern == *at) && matches(pattern + 1, at + 1, len - 1);
}

/* The shortest or longest beginning, or end, that matches; 0 when none does. */
static size_t measure(const char *pattern, struct text value, bool longest, bool end)
{
	size_t best = 0;
	bool found = false;
	for (size_t len = 0; len <= value.len; len++) {
		if ((found && !longest) || !matches(pattern, end ? value.at + value.len - len : value.at, len))
			continue;
		best = len;
		found = true;
	}
	return best;
}

static void trims_are_right(void **state)
{
	static const char letters[] = "ab*?";
	uint64_t random = 42;
	(void)state;
	for (size_t turn = 0; turn < 20000; turn++) {
		struct arena a = { 0 };
		char pattern[7] = "", bytes[9] = "";
		size_t count = random_next(&random) % 7, len = random_next(&random) % 9;
		for (size_t i = 0; i < count; i++)
			pattern[i] = letters[random_next(&random) % 4];
		for (size_t i = 0; i < len; i++)
			bytes[i] = letters[random_next(&random) % 2];
		struct text value = { bytes, len };
		struct wordpattern p = make(pattern, &a);
		for (unsigned longest = 0; longest < 2; longest++) {
			size_t before = len - wordpattern_without_prefix(&p, value, longest, &a).len;
			size_t behind = len - wordpattern_without_suffix(&p, value, longest, &a).len;
			if (before != measure(pattern, value, longest, false) ||
			    behind != measure(pattern, value, longest, true))
				fail_msg("%s of %s: %zu and %zu", pattern, bytes, before, behind);
		}
		arena_drop(&a);
	}
}

static void characters_are_whole(void **state)
{
	struct arena a = { 0 };
	struct wordpattern one = make("?", &a), wide = make("?국*", &a);
	(void)state;
	IS(wordpattern_without_prefix(&one, TEXT("한국어"), false, &a), "국어");
	IS(wordpattern_without_suffix(&one, TEXT("한국어"), false, &a), "한국");
	IS(wordpattern_without_prefix(&wide, TEXT("한국어"), true, &a), "");
	IS(wordpattern_without_prefix(&one, TEXT(""), true, &a), "");
	arena_drop(&a);
}

static void replacements_are_right(void **state)
{
	struct arena a = { 0 };
	struct wordpattern none = make("", &a), some = make("b?", &a), any = make("*", &a), star = make("a*b", &a);
	(void)state;
	IS(wordpattern_replaced(&some, TEXT("abcbd"), TEXT("x"), false, &a), "axbd");
	IS(wordpattern_replaced(&some, TEXT("abcbd"), TEXT("x"), true, &a), "axx");
	IS(wordpattern_replaced(&some, TEXT("aab"), TEXT("x"), true, &a), "aab");
	IS(wordpattern_replaced(&none, TEXT("ab"), TEXT("-"), true, &a), "-a-b-");
	IS(wordpattern_replaced(&none, TEXT("ab"), TEXT("-"), false, &a), "-ab");
	IS(wordpattern_replaced(&any, TEXT("ab"), TEXT("-"), true, &a), "-");
	IS(wordpattern_replaced(&any, TEXT(""), TEXT("-"), true, &a), "-");
	IS(wordpattern_replaced(&star, TEXT("xaybzbw"), TEXT("-"), true, &a), "x-w");
	IS(wordpattern_replaced(&some, TEXT("abc"), TEXT("[$0$$0${0}$9$]"), true, &a), "a[bc$0bc$]");
	IS(wordpattern_replaced(&some, TEXT("abc"), TEXT("$0"), false, &a), "a$0");
	arena_drop(&a);
}

static void escapes_are_plain(void **state)
{
	struct arena a = { 0 };
	struct wordpattern p = make("\\*\\?\\\\\\/\\}", &a);
	(void)state;
	IS(wordpattern_without_prefix(&p, TEXT("*?\\/}x"), false, &a), "x");
	assert_false(wordpattern_make(TEXT("\\"), &a, &p));
	assert_false(wordpattern_make(TEXT("\\a"), &a, &p));
	arena_drop(&a);
}

static void long_patterns_are_refused(void **state)
{
	char bytes[WORDPATTERN_MAX + 1];
	struct arena a = { 0 };
	struct wordpattern p;
	(void)state;
	memset(bytes, 'x', sizeof bytes);
	assert_true(wordpattern_make((struct text){ bytes, WORDPATTERN_MAX }, &a, &p));
	assert_false(wordpattern_make((struct text){ bytes, sizeof bytes }, &a, &p));
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trims_are_right),           cmocka_unit_test(characters_are_whole),
		cmocka_unit_test(replacements_are_right),    cmocka_unit_test(escapes_are_plain),
		cmocka_unit_test(long_patterns_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
