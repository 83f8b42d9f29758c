/* reader: who reads pages and completions, and where. */
#include "household.h"

#include "store/reader.h"

static void each_file_has_one_place(void **state)
{
	static const char *const cases[][2] = {
		{ "share/man/man1/jq.1.gz", "/usr/local/share/man/man1/jq.1.gz" },
		{ "share/bash-completion/completions/jq", "/usr/local/share/bash-completion/completions/jq" },
		{ "share/zsh/site-functions/_jq", "/usr/local/share/zsh/site-functions/_jq" },
		{ "share/fish/vendor_completions.d/jq.fish", "/etc/fish/completions/jq.fish" },
		{ "share/nixgraft/roots", NULL },
		{ "bin/jq", NULL },
	};
	struct household *h = *state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t found = 0;
		for (const struct reader *r = READERS; r->folder.len; r++) {
			struct text link = reader_link(r, text_of(cases[i][0]), &h->arena);
			if (!link.at)
				continue;
			found++;
			assert_string_equal(link.at, cases[i][1]);
			assert_true(reader_owns(link));
		}
		assert_int_equal(found, cases[i][1] != NULL);
	}
}

static void other_places_are_nobodys(void **state)
{
	static const char *const others[] = { "/usr/local/share/manual", "/usr/local/share/", "/etc/fish/config.fish", "/usr/share/man/x" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(reader_owns(text_of(others[i])));
}

static void either_program_will_do(void **state)
{
	struct household *h = *state;
	for (const struct reader *r = READERS; r->folder.len; r++)
		for (size_t i = 0; i < COUNT_OF(r->programs); i++) {
			char name[FS_NAME_SIZE];
			assert_false(reader_is_here(h->root.fd, r));
			house_put(h, r->programs[i], "");
			assert_true(reader_is_here(h->root.fd, r));
			FD_AUTO dir = fs_open_parent(h->root.fd, r->programs[i], name);
			assert_int_equal(unlinkat(dir, name, 0), 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(each_file_has_one_place),
		HOUSE_TEST(other_places_are_nobodys),
		HOUSE_TEST(either_program_will_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
