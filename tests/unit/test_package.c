/* package: order of sources, and what its texts must be; reading and writing stand in test_lock and test_manifest. */
#include "samples.h"

#include "base/bounds.h"
#include "format/package.h"

static struct package_source source(struct text *urls, size_t count, const char *hash)
{
	return (struct package_source){ .urls = { urls, count }, .hash = text_of(hash) };
}

static void sources_are_sorted_and_each_is_there_once(void **state)
{
	struct text ab[] = { TEXT("a"), TEXT("b") }, b[] = { TEXT("b") };
	struct package_source sources[] = {
		source(b, 1, "y"), source(ab, 2, "x"), source(ab, 1, "x"), source(b, 1, "y"), source(b, 1, NULL), source(NULL, 0, "z"),
	};
	struct package p = { .sources = sources, .source_count = 6 };

	(void)state;
	package_sort_sources(&p);
	assert_int_equal(p.source_count, 5);
	assert_int_equal(sources[0].urls.count, 0);
	assert_int_equal(sources[1].urls.count, 1);
	assert_int_equal(sources[2].urls.count, 2);
	assert_null(sources[3].hash.at);
	assert_true(text_equal(sources[4].hash, TEXT("y")));
	for (size_t i = 1; i < p.source_count; i++)
		assert_true(package_source_compare(&sources[i - 1], &sources[i]) < 0);
	assert_int_equal(package_source_compare(&sources[4], &sources[4]), 0);
	sources[3] = sources[4];
	sources[3].mode = TEXT("flat");
	assert_true(package_source_compare(&sources[3], &sources[4]) > 0);
	p = (struct package){ 0 };
	package_sort_sources(&p);
	assert_int_equal(p.source_count, 0);
}

static void what_texts_must_be(void **state)
{
	char longest[PACKAGE_HASH_MAX + 1];

	(void)state;
	assert_true(package_cpe_valid(TEXT("cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*")));
	assert_false(package_cpe_valid(TEXT("cpe:2.3:a b")));
	assert_false(package_cpe_valid(TEXT("git")));
	assert_true(package_purl_valid(TEXT("pkg:github/git/git@v2.51.0")));
	assert_false(package_purl_valid(TEXT("https://github.com")));
	assert_true(package_mode_valid(TEXT("flat")));
	assert_true(package_mode_valid(TEXT("recursive")));
	assert_false(package_mode_valid(TEXT("nar")));
	assert_false(package_mode_valid(TEXT("")));
	assert_true(package_hash_valid(TEXT("sha256-x")));
	assert_true(package_hash_valid(TEXT("md5:0")));
	assert_false(package_hash_valid(TEXT("sha256-")));
	assert_false(package_hash_valid(TEXT("sha256")));
	assert_false(package_hash_valid(TEXT("sha3-x")));
	assert_false(package_hash_valid(TEXT("sha1- x")));
	memset(longest, 'x', sizeof longest);
	memcpy(longest, "sha512:", 7);
	assert_true(package_hash_valid((struct text){ longest, PACKAGE_HASH_MAX }));
	assert_false(package_hash_valid((struct text){ longest, PACKAGE_HASH_MAX + 1 }));
	assert_true(package_derivation_valid(TEXT("x.drv")));
	assert_false(package_derivation_valid(TEXT("x")));
}

static void anything_known_makes_it_not_empty(void **state)
{
	struct text one = TEXT("x");
	struct texts list = { &one, 1 };
	struct package_source sources[1] = { source(&one, 1, NULL) };
	const struct package full[] = {
		{ .pname = one },   { .description = one }, { .homepage = one },  { .licenses = list },
		{ .main_program = one }, { .cpe = one },    { .purl = one },      { .derivation = one },
		{ .patches = list }, { .vulnerabilities = list }, { .sources = sources, .source_count = 1 },
	};

	(void)state;
	assert_true(package_is_empty(&(struct package){ 0 }));
	for (size_t i = 0; i < sizeof full / sizeof *full; i++)
		assert_false(package_is_empty(&full[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_sorted_and_each_is_there_once),
		cmocka_unit_test(what_texts_must_be),
		cmocka_unit_test(anything_known_makes_it_not_empty),
	};

	return cmocka_run_group_tests_name("package", tests, NULL, NULL);
}
