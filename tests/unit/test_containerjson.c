/* containerjson: arrays of strings, and what is none. */
#include "samples.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/containerjson.h"

static void strings_are(struct text t, size_t count, const struct text *want)
{
	struct arena a = { 0 };
	struct texts got;
	assert_int_equal(containerjson_read(t, &a, &got), CONTAINERJSON_STRINGS);
	assert_int_equal(got.count, count);
	for (size_t i = 0; i < count; i++)
		assert_true(text_equal(got.at[i], want[i]));
	arena_drop(&a);
}
#define STRINGS(t, ...)                                                                                                \
	strings_are(TEXT(t), sizeof((struct text[]){ __VA_ARGS__ }) / sizeof(struct text),                             \
		    (struct text[]){ __VA_ARGS__ })

static void arrays_are_read(void **state)
{
	(void)state;
	strings_are(TEXT("[]"), 0, NULL);
	strings_are(TEXT("[ \t] "), 0, NULL);
	STRINGS("[\"a\"]", TEXT("a"));
	STRINGS("[ \"a\" ,\r\n\"b c\" , \"\" ] ", TEXT("a"), TEXT("b c"), TEXT(""));
	STRINGS("[\"\\b\\f\\n\\r\\t\\\"\\\\\\/\"]", TEXT("\b\f\n\r\t\"\\/"));
	STRINGS("[\"\\u0041\\u00e9\\u20aC\\ud83d\\ude00\"]", TEXT("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
	STRINGS("[\"\\ud83d\", \"\\ude00x\", \"\\ud83d\\u0041\"]", TEXT("\xef\xbf\xbd"), TEXT("\xef\xbf\xbdx"),
		TEXT("\xef\xbf\xbd\x41"));
	STRINGS("[\"\\u0000\"]", TEXT("\0"));
}

static void is(struct text t, enum containerjson want)
{
	struct arena a = { 0 };
	struct texts got;
	if (containerjson_read(t, &a, &got) != want)
		fail_msg("%.*s", (int)t.len, t.at);
	arena_drop(&a);
}

static void other_arrays_are_told(void **state)
{
	static const char *const all[] = { "[1]",       "[\"a\", null]", "[true, false]",           "[-0.5e+3]",
					   "[[\"a\"]]", "[{}]",          "[{\"a\": 1 , \"b\":[]}]", "[\"a\", \"b\", 0]",
					   "[1e308]" };
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		is(text_of(all[i]), CONTAINERJSON_OTHER);
}

static void what_is_no_json_is_told(void **state)
{
	static const char *const all[] = {
		"",          "a",    "{}",    "[",         "[\"a\"",      "[\"a\",]",  "[,]",      "[\"a\" \"b\"]",
		"['a']",     "[a]",  "[\"a]", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\\"]",  "[\"\t\"]", "[01]",
		"[1.]",      "[.5]", "[1e]",  "[-]",       "[1e999]",     "[\"a\"] x", "[nul]",    "[{a:1}]",
		"[{\"a\"}]", "[[]"
	};
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		is(text_of(all[i]), CONTAINERJSON_NONE);
}

static void depth_is_limited(void **state)
{
	BUFFER_AUTO b = { 0 };
	(void)state;
	for (size_t i = 0; i < CONTAINERFILE_JSON_DEPTH_MAX; i++)
		buffer_add(&b, "[", 1);
	is(buffer_view(&b), CONTAINERJSON_NONE);
	buffer_add(&b, "[", 1);
	is(buffer_view(&b), CONTAINERJSON_DEEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_are_read),
		cmocka_unit_test(other_arrays_are_told),
		cmocka_unit_test(what_is_no_json_is_told),
		cmocka_unit_test(depth_is_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
