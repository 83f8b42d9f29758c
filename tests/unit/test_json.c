#include "samples.h"

#include <jansson.h>

#include "format/json.h"

static void good_is_read(const char *name, struct text bytes)
{
	struct fault f = { 0 };
	struct json_at root;

	if (json_parse(bytes, name, &root, &f))
		fail_msg("%s", f.text);
	json_drop(&root);
	assert_null(root.value);
}

/* The first row that a name begins with tells what the message must say. */
static const char *const rules[][2] = {
	{ "nothing", "begin with '{' or '['" },
	{ "root-is-", "begin with '{' or '['" },
	{ "byte-order-mark", "begin with '{' or '['" },
	{ "trailing-bytes", "nothing may follow" },
	{ "second-document", "nothing may follow" },
	{ "comment", "nothing may follow" },
	{ "nul-after", "nothing may follow" },
	{ "nul-behind-number", "',' or ']'" },
	{ "trailing-comma-array", "a value is expected" },
	{ "trailing-comma-object", "a key in double quotes" },
	{ "unquoted-key", "a key in double quotes" },
	{ "single-quotes", "a key in double quotes" },
	{ "missing-comma", "',' or ']'" },
	{ "unclosed-array", "',' or ']'" },
	{ "mismatched-brackets", "',' or ']'" },
	{ "hex-number", "',' or ']'" },
	{ "unclosed-object", "',' or '}'" },
	{ "missing-colon", "':' is expected" },
	{ "duplicate-key", "line " },
	{ "unclosed-string", "closing quote" },
	{ "control-character", "control character" },
	{ "raw-nul", "control character" },
	{ "nul-escape", "\\u0000 is not allowed" },
	{ "bad-escape", "escape" },
	{ "escape-at-end", "escape" },
	{ "short-unicode", "four hex digits" },
	{ "half-surrogate", "surrogate" },
	{ "surrogate-pair-wrong", "surrogate" },
	{ "utf8-", "not UTF-8" },
	{ "leading-zero", "malformed number" },
	{ "lone-minus", "malformed number" },
	{ "no-integer-digits", "a value is expected" },
	{ "no-", "malformed number" },
	{ "plus-sign", "a value is expected" },
	{ "nan", "a value is expected" },
	{ "capital-word", "a value is expected" },
	{ "cut-word", "a value is expected" },
	{ "depth-", "deeper than 64" },
};

static void bad_is_refused(const char *name, struct text bytes)
{
	struct fault f = { 0 };
	struct json_at root;

	assert_int_equal(json_parse(bytes, name, &root, &f), FAULT_INPUT);
	json_drop(&root);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (!text_starts(text_of(name), text_of(rules[i][0])))
			continue;
		if (!strstr(f.text, rules[i][1]) || !strstr(f.text, ": line ") || strstr(f.text, name) != f.text)
			fail_msg("expected '%s': %s", rules[i][1], f.text);
		return;
	}
	fail_msg("no rule for %s: %s", name, f.text);
}

static void samples(void **state)
{
	(void)state;
	samples_walk("tests/data/json/good", good_is_read);
	samples_walk("tests/data/json/bad", bad_is_refused);
}

/* jansson is stricter in one thing, the size of numbers, and laxer in one, a NUL behind a number. */
static void agree_with_jansson(const char *what, struct text bytes)
{
	json_error_t error;
	json_t *theirs = json_loadb(bytes.at, bytes.len, JSON_REJECT_DUPLICATES, &error);
	struct fault f = { 0 };
	struct json_at root;
	int code = json_parse(bytes, what, &root, &f);

	if (!code != !!theirs && !strstr(f.text, "deeper") && !(code && text_has(bytes, '\0')) &&
	    (code || json_error_code(&error) != json_error_numeric_overflow))
		fail_msg("ours: %s; jansson: %s; " TEXT_F, f.text, theirs ? "fine" : error.text, TEXT_A(bytes));
	json_decref(theirs);
	json_drop(&root);
}

/* Every sample with one byte changed or taken away. */
static void try_variants(const char *name, struct text bytes)
{
	static const char pieces[] = "{}[]\",:\\ue1.-0 \n\x80\xc3";
	char *copy = malloc(bytes.len + 1);
	uint64_t random = 3;

	for (size_t i = 0; i < bytes.len && i < 500; i++) {
		memcpy(copy, bytes.at, bytes.len);
		copy[i] = pieces[random_next(&random) % (sizeof pieces - 1)];
		agree_with_jansson(name, (struct text){ copy, bytes.len });
		memcpy(copy, bytes.at, i);
		memcpy(copy + i, bytes.at + i + 1, bytes.len - i - 1);
		agree_with_jansson(name, (struct text){ copy, bytes.len - 1 });
	}
	agree_with_jansson(name, bytes);
	free(copy);
}

static void verdicts_are_those_of_jansson(void **state)
{
	(void)state;
	samples_walk("tests/data/json/good", try_variants);
	samples_walk("tests/data/json/bad", try_variants);
}

static void places_are_told(void **state)
{
	static const char document[] =
		"{\"version\":1,\"list\":[{\"a\":\"x\"},{\"a\":2}],\"null\":null,\"big\":18446744073709551615,"
		"\"minus\":-1,\"real\":1.0,\"text\":\"hello\",\"empty\":\"\"}";
	struct json_at root, list, item;
	struct fault f = { 0 };
	struct text text;
	uint64_t n;

	(void)state;
	assert_int_equal(json_parse(text_of(document), "x.json", &root, &f), 0);
	assert_true(json_holds_object(&root));
	assert_int_equal(json_count(&root), 8);
	assert_int_equal(json_get_u64(&root, "version", 1, &n, &f), 0);
	assert_int_equal(n, 1);
	assert_int_equal(json_get_u64(&root, "big", UINT64_MAX, &n, &f), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(json_get_text(&root, "text", &text, &f), 0);
	assert_true(text_equal(text, TEXT("hello")));
	assert_int_equal(json_opt_text(&root, "gone", &text, &f), 0);
	assert_null(text.at);
	assert_int_equal(json_opt_text(&root, "null", &text, &f), 0);
	assert_null(text.at);
	assert_int_equal(json_opt_text(&root, "empty", &text, &f), 0);
	assert_non_null(text.at);

#define REFUSED(call, message)                                                                                         \
	do {                                                                                                           \
		assert_int_equal(call, FAULT_INPUT);                                                                   \
		assert_string_equal(f.text, message);                                                                  \
		fault_clear(&f);                                                                                       \
	} while (0)
	REFUSED(json_get_u64(&root, "version", 0, &n, &f), "x.json: version: must be a whole number, 0 to 0");
	REFUSED(json_get_u64(&root, "minus", 5, &n, &f), "x.json: minus: must be a whole number");
	REFUSED(json_get_u64(&root, "real", 5, &n, &f), "x.json: real: must be a whole number");
	REFUSED(json_get_u64(&root, "text", 5, &n, &f), "x.json: text: must be a whole number");
	REFUSED(json_get_text(&root, "gone", &text, &f), "x.json: gone: is missing; it must be a string");
	REFUSED(json_get_text(&root, "null", &text, &f), "x.json: null: is missing; it must be a string");
	REFUSED(json_opt_text(&root, "list", &text, &f), "x.json: list: must be a string");
	REFUSED(json_get_object(&root, "list", &list, &f), "x.json: list: must be an object");
	REFUSED(json_get_array(&root, "text", &list, &f), "x.json: text: must be an array");
	REFUSED(json_fault(&root, &f, "is %s", "odd"), "x.json: is odd");
	assert_int_equal(json_get_array(&root, "list", &list, &f), 0);
	assert_true(json_holds_array(&list));
	json_item(&list, 1, &item);
	REFUSED(json_get_text(&item, "a", &text, &f), "x.json: list[1].a: must be a string");
	REFUSED(json_text(&item, &text, &f), "x.json: list[1]: must be a string");
	assert_false(json_member(&list, "a", &item));
	json_drop(&root);
	json_drop(&root);
}

static void members_come_sorted(void **state)
{
	static const char *const want[] = { "", "A", "a", "ab", "b", "\xc3\xa4" };
	static const char *const known[] = { "", "A", "a", "ab", "b", "\xc3\xa4", NULL }, *const few[] = { "a", NULL };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct json_at root, child;
	struct text *keys;
	size_t count;

	(void)state;
	assert_int_equal(json_parse(TEXT("{\"b\":1,\"a\":2,\"\\u00e4\":3,\"ab\":4,\"\":5,\"A\":6}"), "x", &root, &f),
			 0);
	keys = json_keys(&root, &a, &count);
	assert_int_equal(count, 6);
	for (size_t i = 0; i < count; i++) {
		json_item(&root, i, &child);
		assert_string_equal(keys[i].at, want[i]);
		assert_string_equal(child.key, want[i]);
		assert_true(json_member_text(&root, keys[i], &child));
	}
	assert_false(json_member(&root, "aa", &child));
	assert_int_equal(json_only(&root, known, &f), 0);
	assert_int_equal(json_only(&root, few, &f), FAULT_INPUT);
	assert_string_equal(f.text, "x: : is not a member that is known here");
	json_drop(&root);
	arena_drop(&a);
}

static int get_texts(struct json_at *root, const char *key, size_t max, struct arena *a, struct texts *out, struct fault *f)
{
	struct json_at child;
	int code = json_get_array(root, key, &child, f);

	return code ? code : json_texts(&child, max, a, out, f);
}

static void lists_of_texts(void **state)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct json_at root, child;
	struct texts list;
	char bytes[] = "{\"good\":[\"b\",\"a\"],\"empty\":[],\"blank\":[\"a\",\"\"],\"odd\":[1],\"not\":{},\"null\":null}";

	(void)state;
	assert_int_equal(json_parse(text_of(bytes), "x", &root, &f), 0);
	assert_int_equal(json_get_array(&root, "good", &child, &f), 0);
	assert_int_equal(json_texts(&child, 2, &a, &list, &f), 0);
	assert_int_equal(json_texts(&child, 1, &a, &list, &f), FAULT_INPUT);
	assert_string_equal(f.text, "x: good: has 2 items; at most 1 are allowed");
	fault_clear(&f);
	assert_int_equal(get_texts(&root, "good", 2, &a, &list, &f), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(get_texts(&root, "blank", 2, &a, &list, &f), FAULT_INPUT);
	assert_string_equal(f.text, "x: blank[1]: must not be empty");
	fault_clear(&f);
	REFUSED(get_texts(&root, "odd", 2, &a, &list, &f), "x: odd[0]: must be a string");
	REFUSED(get_texts(&root, "not", 2, &a, &list, &f), "x: not: must be an array");
	REFUSED(get_texts(&root, "null", 2, &a, &list, &f), "x: null: is missing; it must be an array");
	assert_int_equal(get_texts(&root, "empty", 0, &a, &list, &f), 0);
	assert_int_equal(list.count, 0);
	assert_int_equal(get_texts(&root, "good", 2, &a, &list, &f), 0);
	json_drop(&root);
	memset(bytes, 'x', sizeof bytes);
	assert_string_equal(list.at[0].at, "b");
	assert_string_equal(list.at[1].at, "a");
	arena_drop(&a);
}

static void the_layout_is_fixed(void **state)
{
	static const struct text texts[] = { TEXT_INIT("x"), TEXT_INIT("y") };
	BUFFER_AUTO b = { 0 };
	struct json_out o;

	(void)state;
	json_begin(&o, &b);
	json_open(&o, '{', false);
	json_pair(&o, "a", TEXT("1"));
	json_join(&o);
	json_key(&o, "b");
	json_put_u64(&o, UINT64_MAX);
	json_key_text(&o, TEXT("list"));
	json_open(&o, '[', false);
	json_put_bool(&o, true);
	json_put_bool(&o, false);
	json_put_null(&o);
	json_close(&o, '[');
	json_key(&o, "line");
	json_open(&o, '{', true);
	json_key(&o, "in");
	json_open(&o, '[', false);
	json_put_u64(&o, 0);
	json_open(&o, '{', false);
	json_close(&o, '}');
	json_close(&o, ']');
	json_pair(&o, "c", TEXT(""));
	json_close(&o, '}');
	json_join(&o);
	json_key(&o, "joined");
	json_open(&o, '[', false);
	json_join(&o);
	json_put_u64(&o, 7);
	json_close(&o, ']');
	json_key(&o, "none");
	json_open(&o, '[', false);
	json_close(&o, ']');
	json_key(&o, "texts");
	json_put_texts(&o, texts, 2);
	json_key(&o, "no");
	json_put_texts(&o, NULL, 0);
	json_close(&o, '}');
	json_end(&o);
	assert_string_equal(b.at, "{\n"
				  "  \"a\": \"1\", \"b\": 18446744073709551615,\n"
				  "  \"list\": [\n"
				  "    true,\n"
				  "    false,\n"
				  "    null\n"
				  "  ],\n"
				  "  \"line\": {\"in\": [0, {}], \"c\": \"\"}, \"joined\": [\n"
				  "    7\n"
				  "  ],\n"
				  "  \"none\": [],\n"
				  "  \"texts\": [\"x\", \"y\"],\n"
				  "  \"no\": []\n"
				  "}\n");
}

static void strings_are_escaped_and_come_back(void **state)
{
	static const struct text rows[][2] = {
		{ TEXT_INIT("plain /~"), TEXT_INIT("[\"plain /~\"]\n") },
		{ TEXT_INIT("\"\\\b\f\n\r\t"), TEXT_INIT("[\"\\\"\\\\\\b\\f\\n\\r\\t\"]\n") },
		{ TEXT_INIT("\x01\x1f\x7f"), TEXT_INIT("[\"\\u0001\\u001f\\u007f\"]\n") },
		{ TEXT_INIT("a\xc3\xa4\xf0\x9d\x84\x9e"), TEXT_INIT("[\"a\xc3\xa4\xf0\x9d\x84\x9e\"]\n") },
		{ TEXT_INIT("a\xff"
			    "b\xc3"),
		  TEXT_INIT("[\"a\xef\xbf\xbd"
			    "b\xef\xbf\xbd\"]\n") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		BUFFER_AUTO b = { 0 };
		struct fault f = { 0 };
		struct json_at root, item;
		struct json_out o;
		struct text back;

		json_begin(&o, &b);
		json_put_texts(&o, &rows[i][0], 1);
		json_end(&o);
		assert_true(text_equal(buffer_view(&b), rows[i][1]));
		assert_int_equal(json_parse(buffer_view(&b), "x", &root, &f), 0);
		json_item(&root, 0, &item);
		assert_int_equal(json_text(&item, &back, &f), 0);
		if (i < 4)
			assert_true(text_equal(back, rows[i][0]));
		json_drop(&root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(verdicts_are_those_of_jansson),
		cmocka_unit_test(places_are_told),
		cmocka_unit_test(members_come_sorted),
		cmocka_unit_test(lists_of_texts),
		cmocka_unit_test(the_layout_is_fixed),
		cmocka_unit_test(strings_are_escaped_and_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
