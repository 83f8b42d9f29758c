#include "samples.h"

#include "base/codec.h"

static void names_are_exact(void **state)
{
	static const char *const bad[] = { "", "XZ", "xz ", "lzma", "lrzip", "grzip", "lz4", "brotli", "gz" };
	enum codec c;

	(void)state;
	for (int i = 0; i < CODEC_COUNT; i++) {
		assert_true(codec_parse(text_of(codec_name((enum codec)i)), &c));
		assert_int_equal(c, i);
	}
	assert_string_equal(codec_name(CODEC_BROTLI), "br");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(codec_parse(text_of(bad[i]), &c));
	assert_false(codec_parse((struct text){ 0 }, &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_are_exact) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
