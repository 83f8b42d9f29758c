/* jsonc: comments and trailing commas become blanks, and nothing else does. */
#include "samples.h"

#include "base/arena.h"
#include "format/json.h"
#include "format/jsonc.h"

static int parse(const char *name, struct text bytes, struct fault *f)
{
	struct arena a = { 0 };
	struct json_at root;
	struct text plain = jsonc_plain(bytes, &a);
	int code = json_parse(plain, name, &root, f);
	assert_int_equal(plain.len, bytes.len);
	json_drop(&root);
	arena_drop(&a);
	return code;
}

static void is_good(const char *name, struct text bytes)
{
	struct fault f = { 0 };
	if (parse(name, bytes, &f))
		fail_msg("%s", f.text);
}

static void is_bad(const char *name, struct text bytes)
{
	struct fault f = { 0 };
	if (parse(name, bytes, &f) != FAULT_INPUT)
		fail_msg("%s is taken", name);
}

static void good_samples(void **state)
{
	samples_walk("tests/data/jsonc/good", is_good);
}

static void bad_samples(void **state)
{
	samples_walk("tests/data/jsonc/bad", is_bad);
}

static void blanks_are_put_in(void **state)
{
	static const char *const rows[][2] = {
		{ "[1,] // x\n", "[1 ]     \n" },
		{ "[1, /* a\r\nb */ ]", "[1      \r\n     ]" },
		{ "{\"a//\": \"/*,]*/\"}", "{\"a//\": \"/*,]*/\"}" },
		{ "\"\\\"//\"", "\"\\\"//\"" },
		{ "[1,,]", "[1,,]" },
		{ "[[1,],]", "[[1 ] ]" },
		{ "[,]", "[,]" },
		{ "/* open", "/* open" },
		{ "\xef\xbb\xbf[]", "   []" },
		{ "", "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena a = { 0 };
		struct text got = jsonc_plain(text_of(rows[i][0]), &a);
		if (!text_equal(got, text_of(rows[i][1])))
			fail_msg("%s: " TEXT_F, rows[i][0], TEXT_A(got));
		arena_drop(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_samples),
		cmocka_unit_test(bad_samples),
		cmocka_unit_test(blanks_are_put_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
