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
	assert_int_equal(account.gid, text_starts(text_of(name), TEXT("no-group")) ? 0 : ADA);
	IS(account.name, "ada");
	if (strstr(name, "no-home"))
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

static void found(struct household *h, const struct root *root, const char *user, struct account *out)
{
	WORKS(account_find(root, text_of(user), &h->arena, out, &h->f));
	assert_int_equal(out->name.at[out->name.len], '\0');
}

static void a_name_or_a_number_is_found(void **state)
{
	struct household *h = *state;
	struct account account;
	house_put(h, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
				    "ada:x:1000:2000:Ada,,,:/home/ada:/bin/bash\n"
				    "4711:x:1002:1002::/home/odd:/bin/sh\n");
	found(h, &h->root, "ada", &account);
	assert_int_equal(account.uid, 1000);
	assert_int_equal(account.gid, 2000);
	IS(account.home, "/home/ada");
	found(h, &h->root, "1000", &account);
	IS(account.name, "ada");
	assert_int_equal(account.gid, 2000);
	found(h, &h->root, "0", &account);
	IS(account.name, "root");
	found(h, &h->root, "4711", &account); /* a name comes first, as for chown(1) */
	assert_int_equal(account.uid, 1002);
	found(h, &h->root, "1003", &account);
	IS(account.name, "1003");
	assert_int_equal(account.uid, 1003);
	assert_int_equal(account.gid, 0);
	assert_null(account.home.at);
}

/* $HOME is that of the caller. */
static void somebody_elses_home_is_not_ours(void **state)
{
	struct household *h = *state;
	struct account account;
	struct root host = { h->root.fd, "" };
	char self[16];
	snprintf(self, sizeof self, "%u", (unsigned)geteuid());
	assert_int_equal(setenv("HOME", "/home/host", 1), 0);
	found(h, &host, "4711", &account);
	assert_null(account.home.at);
	found(h, &host, self, &account);
	IS(account.home, "/home/host");
	house_put(h, "/etc/passwd", "ada:x:4711:4711::/home/ada:/bin/sh\n");
	found(h, &host, "4711", &account);
	IS(account.home, "/home/ada");
}

static void who_is_neither_is_refused(void **state)
{
	static const char *const users[] = { "bob", "", "-1", "01000", "4294967295", "99999999999", "ad", "ada ", "x:x", "1000 " };
	struct household *h = *state;
	struct account account;
	house_put(h, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n");
	for (size_t i = 0; i < COUNT_OF(users); i++)
		FAILS(FAULT_USAGE,
		      house_say(h, "there is no user '%s' in /etc/passwd of this root; give another name or a number", users[i]),
		      account_find(&h->root, text_of(users[i]), &h->arena, &account, &h->f));
	FD_AUTO etc = house_dir(h, "/etc");
	assert_int_equal(unlinkat(etc, "passwd", 0), 0);
	FAILS(FAULT_USAGE, "there is no user 'ada'", account_find(&h->root, TEXT("ada"), &h->arena, &account, &h->f));
}

static void what_cannot_be_read_is_a_fault(void **state)
{
	struct household *h = *state;
	struct account account;
	WORKS(fs_make_dirs(h->root.fd, "/etc/passwd", 0755, &h->f));
	FAILS(FAULT_SYSTEM, "/etc/passwd: not a regular file", account_read(&h->root, 0, &h->arena, &account, &h->f));
	FAILS(FAULT_SYSTEM, "/etc/passwd: not a regular file", account_find(&h->root, TEXT("0"), &h->arena, &account, &h->f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		HOUSE_TEST(the_roots_own_passwd_counts),
		HOUSE_TEST(an_unknown_user_is_a_number),
		HOUSE_TEST(at_home_there_is_a_variable),
		HOUSE_TEST(a_name_or_a_number_is_found),
		HOUSE_TEST(somebody_elses_home_is_not_ours),
		HOUSE_TEST(who_is_neither_is_refused),
		HOUSE_TEST(what_cannot_be_read_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
