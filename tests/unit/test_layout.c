/* layout: the directories of a single-user Nix, and what may not stand in their place. */
#include "household.h"

static void absence_is_fine(void **state)
{
	struct household *h = *state;
	WORKS(layout_check(h->root.fd, &h->f));
	assert_string_equal(house_names(h, h->root.fd, "/"), "");
}

static void links_and_files_in_the_way_are_refused(void **state)
{
	static const char *const paths[] = { "/nix",         "/nix/store",      "/nix/var",
					     "/nix/var/nix", "/nix/var/nix/db", "/nix/var/nixgraft" };
	struct household *h = *state;
	int root = h->root.fd;
	WORKS(fs_make_dirs(root, "/elsewhere", 0755, &h->f));
	for (size_t i = 0; i < 2 * COUNT_OF(paths); i++) {
		const char *path = paths[i / 2];
		house_put(h, path, "");
		if (i % 2)
			WORKS(fs_link(root, path, "/elsewhere", &h->f));
		FAILS(FAULT_SYSTEM, house_say(h, "%s is not a directory (Nix allows no symlink here)", path),
		      layout_check(root, &h->f));
		FAILS(FAULT_SYSTEM, path, layout_make(root, NULL, &h->f));
		assert_string_equal(house_names(h, root, "/elsewhere"), "");
		WORKS(fs_remove_tree(root, "nix", &h->f));
	}
}

static void everything_is_made_whatever_the_umask(void **state)
{
	static const char *const made[] = {
		"/nix",
		"/nix/store",
		"/nix/store/.links",
		"/nix/var/nix/db",
		"/nix/var/nix/temproots",
		"/nix/var/nix/profiles/per-user/ada",
		"/nix/var/nix/gcroots/per-user/ada",
		"/nix/var/nixgraft",
	};
	struct household *h = *state;
	mode_t mask = umask(0077);
	WORKS(layout_make(h->root.fd, "ada", &h->f));
	umask(mask);
	for (size_t i = 0; i < COUNT_OF(made); i++)
		assert_int_equal(house_mode(h, made[i]), 0755);
	assert_string_equal(house_link(h, "/nix/var/nix/gcroots/profiles"), "/nix/var/nix/profiles");
	assert_string_equal(house_names(h, h->root.fd, "/"), "nix");
}

static void no_user_no_user_directories(void **state)
{
	struct household *h = *state;
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	assert_string_equal(house_names(h, h->root.fd, "/nix/var/nix/profiles/per-user"), "");
}

static void what_stands_there_stays(void **state)
{
	struct household *h = *state;
	WORKS(fs_make_dirs(h->root.fd, "/nix/store", 01775, &h->f));
	WORKS(fs_make_dirs(h->root.fd, "/nix/var/nix/gcroots", 0755, &h->f));
	WORKS(fs_link(h->root.fd, "/nix/var/nix/gcroots/profiles", "elsewhere", &h->f));
	WORKS(layout_make(h->root.fd, "ada", &h->f));
	WORKS(layout_make(h->root.fd, "ada", &h->f));
	assert_int_equal(house_mode(h, "/nix/store"), 01775);
	assert_string_equal(house_link(h, "/nix/var/nix/gcroots/profiles"), "elsewhere");
}

static void a_default_acl_above_does_not_come_down(void **state)
{
	struct household *h = *state;
	if (!house_put_acl(h->root.fd))
		skip();
	WORKS(layout_make(h->root.fd, "ada", &h->f));
	FD_AUTO store = house_dir(h, "/nix/store");
	assert_int_equal(fgetxattr(store, "system.posix_acl_default", NULL, 0), -1);
	assert_int_equal(fgetxattr(store, "system.posix_acl_access", NULL, 0), -1);
	assert_int_equal(house_mode(h, "/nix/store"), 0755);
}

static void without_rights_the_ways_out_are_told(void **state)
{
	struct household *h = *state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(seteuid(65534), 0);
	int code = layout_make_nix(h->root.fd, TEXT("receipt"), &h->f);
	assert_int_equal(seteuid(0), 0);
	FAILS(FAULT_SYSTEM, "cannot make /nix (run as root, or let root make it and give it to you: install -d -o USER /nix, or mount a "
			    "volume there): ", code);
	assert_string_equal(house_names(h, h->root.fd, "/"), "");
	WORKS(fs_make_dirs(h->root.fd, "/nix", 0755, &h->f));
	assert_int_equal(seteuid(65534), 0);
	code = layout_make(h->root.fd, NULL, &h->f);
	assert_int_equal(seteuid(0), 0);
	FAILS(FAULT_SYSTEM, "/nix/store: the directory cannot be made: Permission denied", code);
}

/* With its receipt in it, or not at all. */
static void nix_and_its_receipt_come_at_once(void **state)
{
	struct household *h = *state;
	mode_t mask = umask(0077);
	house_put(h, "/.nixgraft-nix/var/nixgraft/receipt.json", "what a killed run left");
	WORKS(layout_make_nix(h->root.fd, TEXT("first"), &h->f));
	umask(mask);
	assert_string_equal(house_names(h, h->root.fd, "/"), "nix");
	assert_string_equal(house_file(h, h->root.fd, GRAFT_RECEIPT), "first");
	assert_int_equal(house_mode(h, "/nix/var/nixgraft"), 0755);
	WORKS(layout_make_nix(h->root.fd, TEXT("second"), &h->f));
	assert_string_equal(house_file(h, h->root.fd, GRAFT_RECEIPT), "first");
	WORKS(layout_make(h->root.fd, "ada", &h->f));
}

static void a_nix_that_stands_there_gets_no_receipt(void **state)
{
	struct household *h = *state;
	WORKS(fs_make_dirs(h->root.fd, "/nix", 0700, &h->f));
	WORKS(layout_make_nix(h->root.fd, TEXT("first"), &h->f));
	assert_string_equal(house_names(h, h->root.fd, "/nix"), "");
	assert_int_equal(house_mode(h, "/nix"), 0700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(absence_is_fine),
		HOUSE_TEST(links_and_files_in_the_way_are_refused),
		HOUSE_TEST(everything_is_made_whatever_the_umask),
		HOUSE_TEST(no_user_no_user_directories),
		HOUSE_TEST(what_stands_there_stays),
		HOUSE_TEST(a_default_acl_above_does_not_come_down),
		HOUSE_TEST(without_rights_the_ways_out_are_told),
		HOUSE_TEST(nix_and_its_receipt_come_at_once),
		HOUSE_TEST(a_nix_that_stands_there_gets_no_receipt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
