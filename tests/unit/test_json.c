#include "samples.h"

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
	{ "nothing", "line 1, column 0: not proper JSON: '[' or '{' expected" },
	{ "root-is-", "'[' or '{' expected" },
	{ "byte-order-mark", "'[' or '{' expected" },
	{ "trailing-bytes", "end of file expected" },
	{ "second-document", "line 1, column 3: not proper JSON: end of file expected" },
	{ "comment", "end of file expected" },
	{ "nul-after", "line 1, column 3: not proper JSON: a NUL byte" },
	{ "nul-behind-number", "line 1, column 5: not proper JSON: a NUL byte" },
	{ "raw-nul", "a NUL byte" },
	{ "nul-escape-in-key", "NUL byte in object key" },
	{ "nul-escape", "\\u0000 is not allowed" },
	{ "trailing-comma-array", "unexpected token" },
	{ "trailing-comma-object", "string or '}' expected" },
	{ "unquoted-key", "string or '}' expected" },
	{ "single-quotes", "string or '}' expected" },
	{ "missing-comma", "']' expected" },
	{ "unclosed-array", "']' expected" },
	{ "mismatched-brackets", "']' expected" },
	{ "hex-number", "']' expected" },
	{ "unclosed-object", "'}' expected" },
	{ "missing-colon", "':' expected" },
	{ "duplicate-key-escaped", "duplicate object key" },
	{ "duplicate-key", "line 2, column 12: not proper JSON: duplicate object key" },
	{ "unclosed-string", "premature end" },
	{ "control-character", "unexpected newline" },
	{ "bad-escape", "invalid escape" },
	{ "escape-at-end", "invalid escape" },
	{ "short-unicode", "invalid escape" },
	{ "half-surrogate", "invalid Unicode" },
	{ "surrogate-pair-wrong", "invalid Unicode" },
	{ "utf8-", "unable to decode byte" },
	{ "big-integer", "too big integer" },
	{ "big-real", "overflow" },
	{ "leading-zero", "invalid token" },
	{ "lone-minus", "invalid token" },
	{ "no-", "invalid token" },
	{ "plus-sign", "invalid token" },
	{ "nan", "invalid token" },
	{ "capital-word", "invalid token" },
	{ "cut-word", "invalid token" },
	{ "depth-65-objects", "line 1, column 321: not proper JSON: nested deeper than 64" },
	{ "depth-", "line 1, column 65: not proper JSON: nested deeper than 64" },
};

static void bad_is_refused(const char *name, struct text bytes)
{
	struct fault f = { 0 };
	struct json_at root;

	assert_int_equal(json_parse(bytes, name, &root, &f), FAULT_INPUT);
	json_drop(&root);
	assert_non_null(strstr(f.text, ": line "));
	sample_says(rules, sizeof rules / sizeof *rules, name, name, f.text);
}

static void samples(void **state)
{
	(void)state;
	samples_walk("tests/data/json/good", good_is_read);
	samples_walk("tests/data/json/bad", bad_is_refused);
}

static void places_are_told(void **state)
{
	static const char document[] =
		"{\"version\":1,\"list\":[{\"a\":\"x\"},{\"a\":2}],\"null\":null,\"big\":9223372036854775807,"
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
	assert_true(n == INT64_MAX);
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
	REFUSED(json_get_u64(&root, "minus", 5, &n, &f), "x.json: minus: must be a whole number, 0 to 5");
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
	item = (struct json_at){ 0 };
	assert_true(json_next(&list, &item) && json_next(&list, &item));
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
	struct fault f = { 0 };
	struct json_at root, child = { 0 }, member;
	size_t count = 0;

	(void)state;
	assert_int_equal(json_parse(TEXT("{\"b\":1,\"a\":2,\"\\u00e4\":3,\"ab\":[{\"d\":1,\"c\":2}],\"\":5,\"A\":6}"), "x",
				    &root, &f),
			 0);
	assert_int_equal(json_count(&root), 6);
	for (; json_next(&root, &child); count++) {
		assert_string_equal(child.key, want[count]);
		assert_true(json_member(&root, want[count], &member));
		assert_ptr_equal(member.value, child.value);
	}
	assert_int_equal(count, 6);
	assert_int_equal(json_get_array(&root, "ab", &child, &f), 0);
	member = (struct json_at){ 0 };
	assert_true(json_next(&child, &member));
	child = (struct json_at){ 0 };
	assert_true(json_next(&member, &child));
	assert_string_equal(child.key, "c");
	assert_true(json_next(&member, &child));
	assert_string_equal(child.key, "d");
	assert_false(json_next(&member, &child));
	assert_false(json_member(&root, "aa", &child));
	assert_int_equal(json_only(&root, known, &f), 0);
	assert_int_equal(json_only(&root, few, &f), FAULT_INPUT);
	assert_string_equal(f.text, "x: : is not a member that is known here");
	json_drop(&root);
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
				  "    false\n"
				  "  ],\n"
				  "  \"line\": {\"in\": [0, {}], \"c\": \"\"}, \"joined\": [\n"
				  "    7\n"
				  "  ],\n"
				  "  \"none\": [],\n"
				  "  \"texts\": [\"x\", \"y\"],\n"
				  "  \"no\": []\n"
				  "}\n");
}

static void flags_may_be_left_out(void **state)
{
	static const struct {
		const char *json; /* the object */
		int code;         /* of reading its "x" */
		bool value;       /* that comes out */
	} rows[] = {
		{ "{}", 0, false },
		{ "{\"y\": true}", 0, false },
		{ "{\"x\": null}", 0, false },
		{ "{\"x\": false}", 0, false },
		{ "{\"x\": true}", 0, true },
		{ "{\"x\": 1}", FAULT_INPUT, false },
		{ "{\"x\": \"true\"}", FAULT_INPUT, false },
		{ "{\"x\": []}", FAULT_INPUT, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault f = { 0 };
		struct json_at root;
		bool value = true;

		assert_int_equal(json_parse(text_of(rows[i].json), "name", &root, &f), 0);
		assert_int_equal(json_opt_bool(&root, "x", &value, &f), rows[i].code);
		if (rows[i].code)
			assert_string_equal(f.text, "name: 'x' must be true or false");
		assert_int_equal(value, rows[i].value);
		json_drop(&root);
	}
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
		struct json_at root, item = { 0 };
		struct json_out o;
		struct text back;

		json_begin(&o, &b);
		json_put_texts(&o, &rows[i][0], 1);
		json_end(&o);
		assert_true(text_equal(buffer_view(&b), rows[i][1]));
		assert_int_equal(json_parse(buffer_view(&b), "x", &root, &f), 0);
		assert_true(json_next(&root, &item));
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
		cmocka_unit_test(places_are_told),
		cmocka_unit_test(members_come_sorted),
		cmocka_unit_test(lists_of_texts),
		cmocka_unit_test(the_layout_is_fixed),
		cmocka_unit_test(flags_may_be_left_out),
		cmocka_unit_test(strings_are_escaped_and_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
