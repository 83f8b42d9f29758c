/* stamp: what an apply made gets the time of SOURCE_DATE_EPOCH; store objects, what is older, and all else keep theirs. */
#include "store/stamp.h"

#include <stdlib.h>

#include "household.h"

#define OBJECT STORE_DIR "/00bgd045z0d4icpbc2yyz4gx48ak44la-a"
#define EPOCH 1000

static void make_file(struct household *h, const char *path)
{
	char folder[256];
	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	WORKS(fs_make_dirs(h->root.fd, folder, 0755, &h->f));
	WORKS(fs_write(h->root.fd, path, 0644, TEXT("x"), &h->f));
}

static int64_t time_of(struct household *h, const char *path)
{
	struct stat st;
	assert_int_equal(fs_stat(h->root.fd, path, &st), 0);
	return st.st_mtim.tv_nsec ? -1 : st.st_mtim.tv_sec;
}

static void age(struct household *h, const char *path, int64_t seconds)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = seconds } };
	assert_int_equal(utimensat(h->root.fd, path + 1, times, AT_SYMLINK_NOFOLLOW), 0);
}

/* What stands before the stamp begins is left alone. */
static void before(struct household *h)
{
	static const char *const files[] = { NIX_STATE "/old", OBJECT "/file", "/etc/passwd", "/usr/local/bin/other", "/elsewhere",
					     "/gone/from" };
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		make_file(h, files[i]);
		age(h, files[i], 5000);
	}
	age(h, OBJECT, 5000);
	age(h, "/usr/local", 5000);
}

static void what_was_made_gets_the_time_and_nothing_else(void **state)
{
	struct household *h = *state;
	struct wire wires[] = { { .path = TEXT("/usr/local/bin/jq") }, { .path = TEXT("/etc/nix/nix.conf") }, { .path = TEXT("/nowhere/gone") } };
	struct text folders[] = { TEXT("/etc/nix"), TEXT("/nix") }, obsolete[] = { TEXT("/gone/from") };
	struct wire_plan plan = { .wires = { wires, 3, 3 }, .folders = { folders, 2 }, .obsolete = { obsolete, 1, 1 } };
	struct stamp s = { .seconds = EPOCH };
	static const char *const made[] = { STORE_DIR, "/nix/var", NIX_STATE "/db", NIX_DB, GRAFT_STATE, GRAFT_RECEIPT, "/gone",
					    "/usr/local/bin", "/usr/local/bin/jq", "/etc", "/etc/nix", NIX_CONF };
	static const char *const others[] = { OBJECT, OBJECT "/file", "/usr/local", "/etc/passwd", "/usr/local/bin/other", "/elsewhere",
					      NIX_STATE "/old" };
	before(h);
	usleep(20000); /* the kernel's clock for files is coarse */
	stamp_begin(&s);
	make_file(h, NIX_DB);
	make_file(h, GRAFT_RECEIPT);
	make_file(h, NIX_CONF);
	make_file(h, STORE_DIR "/new");
	WORKS(fs_link(h->root.fd, "/usr/local/bin/jq", "/elsewhere", &h->f));
	assert_int_equal(unlinkat(h->root.fd, "gone/from", 0), 0);
	WORKS(stamp_set(h->root.fd, &s, &plan, &h->f));
	for (size_t i = 0; i < COUNT_OF(made); i++)
		if (time_of(h, made[i]) != EPOCH)
			fail_msg("%s: %lld", made[i], (long long)time_of(h, made[i]));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (time_of(h, others[i]) != 5000)
			fail_msg("%s: %lld", others[i], (long long)time_of(h, others[i]));
}

static void no_time_is_earlier_than_wanted(void **state)
{
	struct household *h = *state;
	struct stamp s = { .seconds = EPOCH };
	make_file(h, NIX_STATE "/old");
	age(h, NIX_STATE "/old", 7);
	WORKS(stamp_set(h->root.fd, &s, &(struct wire_plan){ 0 }, &h->f));
	assert_int_equal(time_of(h, NIX_STATE "/old"), 7);
	assert_int_equal(time_of(h, NIX_STATE), EPOCH);
}

static void without_a_store_or_a_time_there_is_nothing_to_do(void **state)
{
	struct household *h = *state;
	struct stamp none = { .seconds = STAMP_NONE }, some = { .seconds = EPOCH };
	WORKS(stamp_set(h->root.fd, &none, &(struct wire_plan){ 0 }, &h->f));
	FAILS(FAULT_SYSTEM, "/nix", stamp_set(h->root.fd, &some, &(struct wire_plan){ 0 }, &h->f));
}

static void the_environment_is_read(void **state)
{
	static const struct {
		const char *value;
		int64_t seconds;
	} good[] = { { NULL, STAMP_NONE }, { "", STAMP_NONE }, { "0", 0 }, { "1700000000", 1700000000 }, { "9223372036854775807", INT64_MAX } };
	static const char *const bad[] = { "1x", "-1", " 1", "1.5", "now", "9223372036854775808" };
	struct fault f = { 0 };
	struct stamp s;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		if (good[i].value)
			setenv("SOURCE_DATE_EPOCH", good[i].value, 1);
		else
			unsetenv("SOURCE_DATE_EPOCH");
		assert_int_equal(stamp_read(&s, &f), 0);
		assert_int_equal(s.seconds, good[i].seconds);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		setenv("SOURCE_DATE_EPOCH", bad[i], 1);
		assert_int_equal(stamp_read(&s, &f), FAULT_USAGE);
		assert_non_null(strstr(f.text, bad[i]));
		fault_clear(&f);
	}
	unsetenv("SOURCE_DATE_EPOCH");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(what_was_made_gets_the_time_and_nothing_else),
		HOUSE_TEST(no_time_is_earlier_than_wanted),
		HOUSE_TEST(without_a_store_or_a_time_there_is_nothing_to_do),
		cmocka_unit_test(the_environment_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
