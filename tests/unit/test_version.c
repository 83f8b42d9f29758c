/* version: every library once, with a version. */
#include "sys/version.h"

#include <archive.h>
#include <sqlite3.h>

#include "samples.h"

static const char *version_of(const char *name)
{
	for (const struct version *v = VERSIONS; v->name; v++)
		if (!strcmp(v->name, name))
			return v->version;
	return NULL;
}

static void each_library_is_told_once(void **state)
{
	size_t count = 0;

	(void)state;
	for (const struct version *v = VERSIONS; v->name; v++, count++) {
		assert_true(v->version[0] >= '0' && v->version[0] <= '9' && strchr(v->version, '.'));
		assert_ptr_equal(version_of(v->name), v->version);
	}
	assert_true(count >= 9);
	/* Where the library can be asked too: it is the one of the headers. */
	assert_string_equal(version_of("SQLite"), sqlite3_libversion());
	assert_non_null(strstr(archive_version_string(), version_of("libarchive")));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_library_is_told_once) };

	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
