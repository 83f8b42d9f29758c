/* account: who a user is, by the root's own passwd file. */
#include "household.h"

#include "store/account.h"

#define ADA 1000

static void good_is_read(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct account account;
	if (!account_parse(bytes, ADA, &a, &account))
		fail_msg("%s: not found", name);
	assert_int_equal(account.uid, ADA);
	IS(account.name, "ada");
	if (text_starts(text_of(name), TEXT("no-home")))
		assert_null(account.home.at);
	else
		IS(account.home, "/home/ada");
	assert_int_equal(account.name.at[account.name.len], '\0');
	arena_drop(&a);
}

static void bad_is_not_found(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct account account;
	if (account_parse(bytes, ADA, &a, &account))
		fail_msg("%s: found", name);
	assert_int_equal(account.uid, ADA);
	assert_null(account.name.at);
	assert_null(account.home.at);
	arena_drop(&a);
}

static void samples(void **state)
{
	(void)state;
	samples_walk("tests/data/account/good", good_is_read);
	samples_walk("tests/data/account/bad", bad_is_not_found);
}

static void the_roots_own_passwd_counts(void **state)
{
	struct household *h = *state;
	struct account account;
	house_put(h, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nada:x:1000:1000:Ada,,,:/home/ada:/bin/bash\n");
	WORKS(account_read(&h->root, ADA, &h->arena, &account, &h->f));
	assert_string_equal(account.name.at, "ada");
	assert_string_equal(account.home.at, "/home/ada");
	WORKS(account_read(&h->root, 0, &h->arena, &account, &h->f));
	assert_string_equal(account.name.at, "root");
}

static void an_unknown_user_is_a_number(void **state)
{
	struct household *h = *state;
	struct account account;
	assert_int_equal(setenv("HOME", "/home/host", 1), 0);
	for (int passwd = 0; passwd < 2; passwd++) {
		if (passwd)
			house_put(h, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
		WORKS(account_read(&h->root, 4294967294, &h->arena, &account, &h->f));
		assert_string_equal(account.name.at, "4294967294");
		assert_null(account.home.at);
	}
}

static void at_home_there_is_a_variable(void **state)
{
	static const char *const homes[] = { "relative", "", NULL };
	struct household *h = *state;
	struct account account;
	struct root host = { h->root.fd, "" };
	assert_int_equal(setenv("HOME", "/home/host", 1), 0);
	WORKS(account_read(&host, 4711, &h->arena, &account, &h->f));
	assert_string_equal(account.home.at, "/home/host");
	for (size_t i = 0; i < COUNT_OF(homes); i++) {
		assert_int_equal(homes[i] ? setenv("HOME", homes[i], 1) : unsetenv("HOME"), 0);
		WORKS(account_read(&host, 4711, &h->arena, &account, &h->f));
		assert_null(account.home.at);
	}
}

static void what_cannot_be_read_is_a_fault(void **state)
{
	struct household *h = *state;
	struct account account;
	WORKS(fs_make_dirs(h->root.fd, "/etc/passwd", 0755, &h->f));
	FAILS(FAULT_SYSTEM, "/etc/passwd: not a regular file", account_read(&h->root, 0, &h->arena, &account, &h->f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		HOUSE_TEST(the_roots_own_passwd_counts),
		HOUSE_TEST(an_unknown_user_is_a_number),
		HOUSE_TEST(at_home_there_is_a_variable),
		HOUSE_TEST(what_cannot_be_read_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
