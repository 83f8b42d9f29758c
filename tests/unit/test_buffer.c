#include "samples.h"

#include "base/buffer.h"

static void grows_and_ends_with_nul(void **state)
{
	BUFFER_AUTO b = { 0 };

	(void)state;
	assert_null(buffer_view(&b).at);
	for (size_t i = 0; i < 100000; i++) {
		char c = (char)i;

		buffer_add(&b, &c, 1);
		assert_int_equal(b.at[b.len], 0);
	}
	assert_int_equal(buffer_view(&b).len, 100000);
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(b.at[i], (char)i);
	buffer_reset(&b);
	assert_int_equal(buffer_view(&b).len, 0);
	buffer_text(&b, TEXT("x"));
	buffer_text(&b, (struct text){ 0 });
	buffer_printf(&b, "%d%s", 42, "y");
	assert_string_equal(b.at, "x42y");
}

static void adds_nothing_and_much(void **state)
{
	static const char zeros[1 << 20];
	BUFFER_AUTO b = { 0 };

	(void)state;
	buffer_add(&b, NULL, 0);
	assert_string_equal(b.at, "");
	buffer_add(&b, zeros, sizeof zeros);
	assert_int_equal(b.len, sizeof zeros);
	buffer_printf(&b, "%0*d", 300000, 5);
	assert_int_equal(b.len, sizeof zeros + 300000);
	assert_int_equal(b.at[b.len - 1], '5');
	buffer_drop(&b);
	assert_null(b.at);
	buffer_drop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_ends_with_nul),
		cmocka_unit_test(adds_nothing_and_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
