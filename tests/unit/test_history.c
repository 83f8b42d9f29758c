/* history: the lock of each generation, as long as the generation is there. */
#include "objects.h"

#include "store/history.h"
#include "store/profile.h"

static uint64_t commit(struct household *h, const char *name)
{
	uint64_t generation = 0;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	WORKS(profile_commit(h->root.fd, object_base(h, name), &generation, &h->f));
	WORKS(history_write(h->root.fd, generation, text_of(house_say(h, "lock of %s", name)), &h->f));
	WORKS(history_prune(h->root.fd, &h->f));
	return generation;
}

static void keeps(struct household *h, uint64_t number, const char *lock)
{
	BUFFER_AUTO bytes = { 0 };
	WORKS(history_read(h->root.fd, number, &bytes, &h->f));
	assert_string_equal(bytes.at, lock);
}

static void each_generation_keeps_its_lock(void **state)
{
	struct household *h = *state;
	mode_t mask = umask(0077);
	assert_int_equal(commit(h, "a"), 1);
	assert_int_equal(commit(h, "b"), 2);
	umask(mask);
	keeps(h, 1, "lock of a");
	keeps(h, 2, "lock of b");
	assert_string_equal(house_names(h, h->root.fd, GRAFT_LOCKS), "1.lock 2.lock");
	assert_int_equal(house_mode(h, GRAFT_LOCKS "/1.lock"), 0644);
	/* Another lock that leads to the same generation: the last one counts. */
	WORKS(history_write(h->root.fd, 1, TEXT("another"), &h->f));
	keeps(h, 1, "another");
}

static void what_is_gone_is_forgotten(void **state)
{
	struct household *h = *state;
	for (int i = 0; i < 12; i++)
		commit(h, i % 2 ? "a" : "b");
	FD_AUTO profiles = house_dir(h, NIX_PROFILES);
	assert_int_equal(unlinkat(profiles, "nixgraft-1-link", 0), 0);
	assert_int_equal(unlinkat(profiles, "nixgraft-10-link", 0), 0);
	house_put(h, GRAFT_LOCKS "/nonsense", "");
	house_put(h, GRAFT_LOCKS "/007.lock", "");
	house_put(h, GRAFT_LOCKS "/.nixgraft-5.lock", "left by a kill");
	assert_int_equal(commit(h, "c"), 13);
	assert_string_equal(house_names(h, h->root.fd, GRAFT_LOCKS),
			    "11.lock 12.lock 13.lock 2.lock 3.lock 4.lock 5.lock 6.lock 7.lock 8.lock 9.lock");
}

static void none_is_no_fault(void **state)
{
	struct household *h = *state;
	BUFFER_AUTO bytes = { 0 };
	assert_int_equal(history_read(h->root.fd, 1, &bytes, &h->f), FS_ABSENT);
	commit(h, "a");
	assert_int_equal(history_read(h->root.fd, 2, &bytes, &h->f), FS_ABSENT);
	assert_int_equal(history_read(h->root.fd, UINT64_MAX, &bytes, &h->f), FS_ABSENT);
	assert_int_equal(h->f.code, 0);
}

static void kept_locks_are_listed_and_forgotten(void **state)
{
	struct household *h = *state;
	struct history_numbers numbers;
	WORKS(history_list(h->root.fd, &h->arena, &numbers, &h->f));
	assert_int_equal(numbers.count, 0);
	for (int i = 0; i < 10; i++)
		commit(h, i % 2 ? "a" : "b");
	house_put(h, GRAFT_LOCKS "/nonsense", "");
	house_put(h, GRAFT_LOCKS "/007.lock", "");
	house_put(h, GRAFT_LOCKS "/12.lock", "of a generation that is gone");
	WORKS(history_list(h->root.fd, &h->arena, &numbers, &h->f));
	assert_int_equal(numbers.count, 11);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(numbers.at[i], i + 1);
	assert_int_equal(numbers.at[10], 12);
	WORKS(profile_prune(h->root.fd, 10, &h->f));
	WORKS(history_prune(h->root.fd, &h->f));
	assert_string_equal(house_names(h, h->root.fd, GRAFT_LOCKS), "10.lock");
}

static void what_cannot_be_done_is_a_fault(void **state)
{
	struct household *h = *state;
	BUFFER_AUTO bytes = { 0 };
	FAILS(FAULT_SYSTEM, GRAFT_LOCKS "/1.lock", history_write(h->root.fd, 1, TEXT("x"), &h->f));
	commit(h, "a");
	WORKS(fs_make_dirs(h->root.fd, GRAFT_LOCKS "/2.lock", 0755, &h->f));
	FAILS(FAULT_SYSTEM, GRAFT_LOCKS "/2.lock: not a regular file", history_read(h->root.fd, 2, &bytes, &h->f));
	WORKS(history_write(h->root.fd, 1, TEXT("x"), &h->f));
	keeps(h, 1, "x");
	FAILS(FAULT_SYSTEM, GRAFT_LOCKS "/2.lock", history_prune(h->root.fd, &h->f));
	keeps(h, 1, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(each_generation_keeps_its_lock),
		HOUSE_TEST(what_is_gone_is_forgotten),
		HOUSE_TEST(none_is_no_fault),
		HOUSE_TEST(kept_locks_are_listed_and_forgotten),
		HOUSE_TEST(what_cannot_be_done_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
