/* profile: generations, their numbers, and the links that make them garbage collector roots. */
#include "objects.h"

#include <sys/file.h>

#include "store/profile.h"

static uint64_t commit(struct household *h, const char *name)
{
	uint64_t generation = 0;
	WORKS(profile_commit(h->root.fd, object_base(h, name), &generation, &h->f));
	return generation;
}

static void stands(struct household *h, uint64_t current, uint64_t newest, const char *name, const char *newest_name)
{
	struct profile p;
	WORKS(profile_read(h->root.fd, &h->arena, &p, &h->f));
	assert_int_equal(p.current, current);
	assert_int_equal(p.newest, newest);
	assert_true(text_equal(p.path, name ? object_base(h, name) : (struct text){ 0 }));
	assert_true(text_equal(p.newest_path, newest_name ? object_base(h, newest_name) : (struct text){ 0 }));
}

static void none_at_first(void **state)
{
	struct household *h = *state;
	stands(h, 0, 0, NULL, NULL);
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	stands(h, 0, 0, NULL, NULL);
}

static void generations_are_numbered(void **state)
{
	struct household *h = *state;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	assert_int_equal(commit(h, "a"), 1);
	stands(h, 1, 1, "a", "a");
	assert_int_equal(commit(h, "a"), 1);
	assert_int_equal(commit(h, "b"), 2);
	assert_int_equal(commit(h, "a"), 3);
	stands(h, 3, 3, "a", "a");
	assert_string_equal(house_link(h, GRAFT_PROFILE), "nixgraft-3-link");
	assert_string_equal(house_link(h, GRAFT_PROFILE "-2-link"),
			    house_say(h, "/nix/store/%s", object_base(h, "b").at));
	assert_string_equal(house_names(h, h->root.fd, NIX_PROFILES),
			    "nixgraft nixgraft-1-link nixgraft-2-link nixgraft-3-link per-user");
}

static void after_a_rollback_the_newest_is_taken_again(void **state)
{
	struct household *h = *state;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	commit(h, "a");
	commit(h, "b");
	WORKS(fs_link(h->root.fd, GRAFT_PROFILE, "nixgraft-1-link", &h->f));
	stands(h, 1, 2, "a", "b");
	assert_int_equal(commit(h, "a"), 1);
	assert_int_equal(commit(h, "b"), 2);
	stands(h, 2, 2, "b", "b");
	WORKS(fs_link(h->root.fd, GRAFT_PROFILE, "nixgraft-1-link", &h->f));
	assert_int_equal(commit(h, "c"), 3);
	stands(h, 3, 3, "c", "c");
}

static void numbers_are_never_used_twice(void **state)
{
	struct household *h = *state;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	for (int i = 0; i < 12; i++)
		assert_int_equal(commit(h, i % 2 ? "a" : "b"), i + 1);
	stands(h, 12, 12, "a", "a");
	FD_AUTO profiles = house_dir(h, NIX_PROFILES);
	for (int i = 1; i < 12; i++)
		assert_int_equal(unlinkat(profiles, house_say(h, "nixgraft-%d-link", i), 0), 0);
	assert_int_equal(commit(h, "c"), 13);
}

static void other_names_are_no_generations(void **state)
{
	static const char *const names[] = {
		"nixgraft-link",    "nixgraft--link",      "nixgraft-07-link",
		"nixgraft-x-link",  "nixgraft-9-link.tmp", "xnixgraft-9-link",
		"nixgraft-+9-link", "default-9-link",      "nixgraft-99999999999999999999-link",
		"nixgraft-0-link",  "nixgraft-9",          "nixgraft-123456789"
	};
	struct household *h = *state;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	for (size_t i = 0; i < COUNT_OF(names); i++)
		WORKS(fs_link(h->root.fd, house_say(h, NIX_PROFILES "/%s", names[i]), "x", &h->f));
	stands(h, 0, 0, NULL, NULL);
	assert_int_equal(commit(h, "a"), 1);
}

static void links_that_lead_elsewhere_are_no_paths(void **state)
{
	struct household *h = *state;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	commit(h, "a");
	const char *elsewhere[] = { "/usr", "/nix/store/short", house_say(h, "/not/store/%s", object_base(h, "a").at),
				    house_say(h, "/nix/store/%s/bin", object_base(h, "a").at) };
	for (size_t i = 0; i < COUNT_OF(elsewhere); i++) {
		WORKS(fs_link(h->root.fd, GRAFT_PROFILE "-1-link", elsewhere[i], &h->f));
		stands(h, 1, 1, NULL, NULL);
	}
	assert_int_equal(commit(h, "a"), 2);
	WORKS(fs_link(h->root.fd, GRAFT_PROFILE, "/usr", &h->f));
	stands(h, 0, 2, NULL, "a");
	assert_int_equal(commit(h, "a"), 2);
	stands(h, 2, 2, "a", "a");
}

static void nix_is_told_that_its_lock_is_stale(void **state)
{
	struct household *h = *state;
	char byte = 0;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	FD_AUTO waiting = fs_open(h->root.fd, GRAFT_PROFILE ".lock", O_RDWR | O_CREAT);
	commit(h, "a");
	assert_int_equal(pread(waiting, &byte, 1, 0), 1);
	assert_int_equal(byte, 'd');
	assert_false(house_has(h, GRAFT_PROFILE ".lock"));
	assert_int_equal(flock(waiting, LOCK_EX | LOCK_NB), 0);
}

/* "<number>=<name>..." of all generations. */
static void lists(struct household *h, const char *expected)
{
	struct profile_generations all;
	const char *is = "";
	WORKS(profile_list(h->root.fd, &h->arena, &all, &h->f));
	for (size_t i = 0; i < all.count; i++)
		is = house_say(h, "%s%s%u=" TEXT_F, is, i ? " " : "", (unsigned)all.at[i].number,
			       TEXT_A(all.at[i].path.len ? storepath_name(all.at[i].path) : TEXT("-")));
	assert_string_equal(is, expected);
}

static void all_are_listed_in_order(void **state)
{
	struct household *h = *state;
	struct profile_generations all;
	struct stat st;
	lists(h, "");
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	for (int i = 0; i < 11; i++)
		commit(h, i % 2 ? "a" : "b");
	FD_AUTO profiles = house_dir(h, NIX_PROFILES);
	for (int i = 2; i < 9; i++)
		assert_int_equal(unlinkat(profiles, house_say(h, "nixgraft-%d-link", i), 0), 0);
	WORKS(fs_link(h->root.fd, GRAFT_PROFILE "-9-link", "/usr", &h->f));
	WORKS(fs_link(h->root.fd, NIX_PROFILES "/default-2-link", "/usr", &h->f));
	lists(h, "1=b 9=- 10=a 11=b");
	WORKS(profile_list(h->root.fd, &h->arena, &all, &h->f));
	assert_int_equal(fs_stat(h->root.fd, GRAFT_PROFILE "-10-link", &st), 0);
	assert_memory_equal(&all.at[2].made, &st.st_mtim, sizeof st.st_mtim);
}

static void a_switch_is_one_link(void **state)
{
	struct household *h = *state;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	commit(h, "a");
	commit(h, "b");
	WORKS(profile_switch(h->root.fd, 1, &h->f));
	stands(h, 1, 2, "a", "b");
	lists(h, "1=a 2=b");
	WORKS(profile_switch(h->root.fd, 2, &h->f));
	stands(h, 2, 2, "b", "b");
	assert_false(house_has(h, GRAFT_PROFILE ".lock"));
}

static void pruning_keeps_one_or_none(void **state)
{
	struct household *h = *state;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	WORKS(fs_link(h->root.fd, NIX_PROFILES "/default-1-link", "/usr", &h->f));
	commit(h, "a");
	commit(h, "b");
	commit(h, "c");
	WORKS(profile_prune(h->root.fd, 3, &h->f));
	stands(h, 3, 3, "c", "c");
	lists(h, "3=c");
	WORKS(profile_prune(h->root.fd, 0, &h->f));
	stands(h, 0, 0, NULL, NULL);
	assert_string_equal(house_names(h, h->root.fd, NIX_PROFILES), "default-1-link per-user");
	WORKS(profile_prune(h->root.fd, 0, &h->f));
	assert_int_equal(commit(h, "a"), 1);
}

static void without_a_place_for_it_it_fails(void **state)
{
	struct household *h = *state;
	uint64_t generation;
	FAILS(FAULT_SYSTEM, NIX_PROFILES, profile_commit(h->root.fd, object_base(h, "a"), &generation, &h->f));
	FAILS(FAULT_SYSTEM, NIX_PROFILES, profile_switch(h->root.fd, 1, &h->f));
	FAILS(FAULT_SYSTEM, NIX_PROFILES, profile_prune(h->root.fd, 0, &h->f));
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	WORKS(fs_make_dirs(h->root.fd, GRAFT_PROFILE, 0755, &h->f));
	FAILS(FAULT_SYSTEM, GRAFT_PROFILE ": cannot be replaced",
	      profile_commit(h->root.fd, object_base(h, "a"), &generation, &h->f));
	FAILS(FAULT_SYSTEM, GRAFT_PROFILE ": cannot be replaced", profile_switch(h->root.fd, 1, &h->f));
	FAILS(FAULT_SYSTEM, "cannot remove " GRAFT_PROFILE, profile_prune(h->root.fd, 0, &h->f));
	assert_false(house_has(h, GRAFT_PROFILE ".lock"));
}

static void its_own_links_are_told_from_others(void **state)
{
	static const char *const ours[] = { GRAFT_PROFILE, GRAFT_PROFILE "-1-link", GRAFT_PROFILE "-12-link" };
	static const char *const others[] = { GRAFT_PROFILE "-mine", GRAFT_PROFILE "-0-link", GRAFT_PROFILE "-mine-1-link", GRAFT_PROFILE "/1",
					      NIX_PROFILES "/per-user/ada/nixgraft-1-link", NIX_PROFILES "/default", "nixgraft-1-link", "" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		assert_true(profile_owns(text_of(ours[i])));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(profile_owns(text_of(others[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(none_at_first),
		HOUSE_TEST(generations_are_numbered),
		HOUSE_TEST(after_a_rollback_the_newest_is_taken_again),
		HOUSE_TEST(numbers_are_never_used_twice),
		HOUSE_TEST(other_names_are_no_generations),
		HOUSE_TEST(links_that_lead_elsewhere_are_no_paths),
		HOUSE_TEST(nix_is_told_that_its_lock_is_stale),
		HOUSE_TEST(all_are_listed_in_order),
		HOUSE_TEST(a_switch_is_one_link),
		HOUSE_TEST(pruning_keeps_one_or_none),
		HOUSE_TEST(without_a_place_for_it_it_fails),
		HOUSE_TEST(its_own_links_are_told_from_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
