/* dpkgversion: the order of versions, by a committed table that the machine's own dpkg is asked about too. */
#include "samples.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "format/dpkgversion.h"

extern char **environ;

/* Ascending; versions on one line are equal. */
static const char *const ORDER[][4] = {
	{ "0~~" },
	{ "0~~a" },
	{ "0~" },
	{ "0", "0-0", "0:0", "00-00" },
	{ "0-0+b1" },
	{ "0a" },
	{ "0+" },
	{
		"0.0~",
	},
	{ "0.0", "0.0-0", "0.00" },
	{ "1~rc1-1" },
	{ "1-0~bpo12+1" },
	{ "1", "1-0", "01", "0:1" },
	{ "1-0.1" },
	{ "1-1~deb12u1" },
	{ "1-1" },
	{ "1-1+b1" },
	{ "1-1+deb12u2" },
	{ "1-1+deb12u10" },
	{ "1-1.1" },
	{ "1-2" },
	{ "1-10" },
	{ "1-a" },
	{ "1Z" },
	{ "1a" },
	{ "1a0b", "1a00b" },
	{ "1a1b" },
	{ "1b" },
	{ "1+1" },
	{ "1+dfsg-1" },
	{ "1-1-1" },
	{ "1." },
	{ "1.2.3~" },
	{ "1.2.3", "1.02.3", "1.2.3-0" },
	{ "1.2.3-4" },
	{ "1.2.3a" },
	{ "1.2.3+git20240101.abc-1" },
	{ "1.2.4" },
	{ "1.2.40" },
	{ "1.10" },
	{ "2" },
	{ "9.9999999999999999999999998" },
	{ "9.9999999999999999999999999" },
	{ "10" },
	{ "2147483648" },
	{ "1:0~" },
	{ "1:0", "01:0" },
	{ "1:1:1" },
	{ "2:0" },
	{ "10:0" },
};

#define ROWS (sizeof ORDER / sizeof *ORDER)
#define COLUMNS 4

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

static void must_be(const char *a, const char *b, int want)
{
	int is = sign(dpkg_version_compare(text_of(a), text_of(b)));
	if (is != want)
		fail_msg("%s and %s: %d and not %d", a, b, is, want);
}

static void every_pair_is_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k < ROWS; k++)
			for (size_t m = 0; m < COLUMNS * COLUMNS; m++) {
				const char *a = ORDER[i][m / COLUMNS], *b = ORDER[k][m % COLUMNS];
				if (a && b)
					must_be(a, b, (i > k) - (i < k));
			}
}

/* Does the real dpkg say so? -1: there is none. */
static int dpkg_says(const char *a, const char *relation, const char *b)
{
	const char *const words[] = { "dpkg", "--compare-versions", a, relation, b, NULL };
	int status;
	pid_t pid;
	if (posix_spawnp(&pid, "dpkg", NULL, NULL, (char *const *)(uintptr_t)words, environ))
		return -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

static void dpkg_agrees(void **state)
{
	(void)state;
	if (dpkg_says("1", "eq", "1") != 1) {
		print_message("# no dpkg here: skipped\n");
		skip();
	}
	for (size_t i = 0; i < ROWS; i++) {
		if (i > 0 && dpkg_says(ORDER[i - 1][0], "lt", ORDER[i][0]) != 1)
			fail_msg("dpkg does not say that %s is below %s", ORDER[i - 1][0], ORDER[i][0]);
		for (size_t k = 1; k < COLUMNS && ORDER[i][k]; k++)
			if (dpkg_says(ORDER[i][0], "eq", ORDER[i][k]) != 1)
				fail_msg("dpkg does not say that %s is %s", ORDER[i][0], ORDER[i][k]);
	}
}

static void every_relation_is_told_apart(void **state)
{
	static const struct {
		enum dpkg_operator op;
		bool below, equal, above, unknown;
	} table[] = {
		{ DPKG_ANY, true, true, true, true },        { DPKG_LESS, true, false, false, false },
		{ DPKG_AT_MOST, true, true, false, false },  { DPKG_EQUAL, false, true, false, false },
		{ DPKG_AT_LEAST, false, true, true, false }, { DPKG_MORE, false, false, true, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct text two = TEXT("2-1");
		assert_int_equal(dpkg_version_fits(TEXT("2-0"), table[i].op, two), table[i].below);
		assert_int_equal(dpkg_version_fits(TEXT("0:2-1"), table[i].op, two), table[i].equal);
		assert_int_equal(dpkg_version_fits(TEXT("1:1"), table[i].op, two), table[i].above);
		assert_int_equal(dpkg_version_fits((struct text){ 0 }, table[i].op, two), table[i].unknown);
	}
}

/* What is no version has some order all the same, one that a sort can rely on. */
static void nonsense_has_an_order(void **state)
{
	static const char *const odd[] = { "", "-", ":", "--", ":-", "a:1", "1:", "\xff", "1\xff", "~", "1 2", "-1" };
	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		must_be(odd[i], odd[i], 0);
		for (size_t k = 0; k < i; k++) {
			int order = sign(dpkg_version_compare(text_of(odd[i]), text_of(odd[k])));
			must_be(odd[k], odd[i], -order);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_is_in_order),
		cmocka_unit_test(dpkg_agrees),
		cmocka_unit_test(every_relation_is_told_apart),
		cmocka_unit_test(nonsense_has_an_order),
	};
	return cmocka_run_group_tests_name("dpkgversion", tests, NULL, NULL);
}
