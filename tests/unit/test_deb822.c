/* deb822: paragraphs of fields. */
#include "samples.h"

#include "format/deb822.h"

static const char *const NAMES[] = { "Package", "Description" };

#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))

static struct deb822 reader(const char *bytes, struct fault *f)
{
	return (struct deb822){ .all = text_of(bytes), .what = "file", .names = NAMES, .count = 2, .fault = f };
}

static void paragraphs_come_one_by_one(void **state)
{
	struct fault f = { 0 };
	struct deb822_paragraph p;
	struct deb822 d = reader("\n\nPackage: a\nOther: b\n\n\n\nDescription:  c \npackage:\td", &f);
	(void)state;
	assert_int_equal(deb822_next(&d, &p), 1);
	IS(p.first, "Package: a");
	IS(p.value[0], "a");
	assert_null(p.value[1].at);
	assert_int_equal(deb822_next(&d, &p), 1);
	IS(p.first, "Description:  c ");
	IS(p.value[0], "d");
	IS(p.value[1], "c");
	assert_int_equal(deb822_next(&d, &p), 0);
	assert_int_equal(deb822_next(&d, &p), 0);
}

static void folded_lines_belong_together(void **state)
{
	struct fault f = { 0 };
	struct deb822_paragraph p;
	struct deb822 d = reader("Description: a\n b\n\tc\n .\nPackage:\n x\n\nOther:\n y\n", &f);
	(void)state;
	assert_int_equal(deb822_next(&d, &p), 1);
	IS(p.value[1], "a\n b\n\tc\n .");
	IS(p.value[0], "x");
	assert_int_equal(deb822_next(&d, &p), 1);
	IS(p.first, "Other:\n y");
	assert_int_equal(deb822_next(&d, &p), 0);
}

static void an_empty_value_is_there(void **state)
{
	struct fault f = { 0 };
	struct deb822_paragraph p;
	struct deb822 d = reader("Package:\nDescription: ", &f);
	(void)state;
	assert_int_equal(deb822_next(&d, &p), 1);
	assert_non_null(p.value[0].at);
	assert_non_null(p.value[1].at);
	assert_int_equal(p.value[0].len + p.value[1].len, 0);
}

static void nothing_has_no_paragraph(void **state)
{
	static const char *const nothing[] = { NULL, "", "\n", "\n\n\n" };
	(void)state;
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
		struct fault f = { 0 };
		struct deb822_paragraph p;
		struct deb822 d = reader(nothing[i], &f);
		assert_int_equal(deb822_next(&d, &p), 0);
		assert_int_equal(f.code, 0);
	}
}

static void faults_name_line_and_rule(void **state)
{
	static const struct {
		const char *bytes, *says;
	} table[] = {
		{ "Package: a\n\nno colon\n",
		  "file:3: line \"no colon\": must be a field's name, a colon and its value" },
		{ "Package: a\n: b\n", "file:2: line \": b\": must be" },
		{ "two words: b\n", "file:1: line \"two words: b\": must be" },
		{ " folded\n", "file:1: line \" folded\": must be" },
		{ "Package: a\nOther: b\n c\nPACKAGE: d\n", "file:4: Package \"d\": the field stands there twice" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fault f = { 0 };
		struct deb822_paragraph p;
		struct deb822 d = reader(table[i].bytes, &f);
		int code;
		while ((code = deb822_next(&d, &p)) > 0)
			continue;
		assert_int_equal(code, FAULT_INPUT);
		if (!strstr(f.text, table[i].says))
			fail_msg("'%s' and not '%s'", f.text, table[i].says);
	}
}

static void words_are_the_same_in_either_case(void **state)
{
	(void)state;
	assert_true(deb822_is(TEXT("YeS"), "yes"));
	assert_false(deb822_is(TEXT("ye"), "yes"));
	assert_false(deb822_is(TEXT("yess"), "yes"));
	assert_false(deb822_is((struct text){ 0 }, "yes"));
	IS(deb822_trim(TEXT(" \t\r\n a b \n")), "a b");
	assert_int_equal(deb822_trim(TEXT(" \n")).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paragraphs_come_one_by_one), cmocka_unit_test(folded_lines_belong_together),
		cmocka_unit_test(an_empty_value_is_there),    cmocka_unit_test(nothing_has_no_paragraph),
		cmocka_unit_test(faults_name_line_and_rule),  cmocka_unit_test(words_are_the_same_in_either_case),
	};
	return cmocka_run_group_tests_name("deb822", tests, NULL, NULL);
}
