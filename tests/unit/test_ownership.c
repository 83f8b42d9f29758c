/* ownership: whose the store is, and giving it to somebody: what changes hands, and what must not. */
#include "household.h"

#include "store/ownership.h"

#define ADA 4711
#define OBJECT_A STORE_DIR "/00bgd045z0d4icpbc2yyz4gx48ak44la-a"
#define OBJECT_B STORE_DIR "/11bgd045z0d4icpbc2yyz4gx48ak44la-b"

/* Two objects with a directory in a directory, a file and a link each, one that is a file, and Nix's own .links. */
static struct account make(struct household *h)
{
	static const char *const objects[] = { OBJECT_A, OBJECT_B };
	if (geteuid() != 0)
		skip();
	house_put(h, "/elsewhere", "");
	for (size_t i = 0; i < COUNT_OF(objects); i++) {
		house_put(h, house_say(h, "%s/lib/deep/file", objects[i]), "");
		WORKS(fs_link(h->root.fd, house_say(h, "%s/link", objects[i]), "/elsewhere", &h->f));
		FD_AUTO deep = house_dir(h, house_say(h, "%s/lib/deep", objects[i]));
		struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
		assert_int_equal(futimens(deep, times), 0);
		assert_int_equal(fchmod(deep, 0555), 0);
	}
	house_put(h, STORE_DIR "/22bgd045z0d4icpbc2yyz4gx48ak44la-c", "");
	WORKS(fs_make_dirs(h->root.fd, STORE_DIR "/.links", 0755, &h->f));
	return (struct account){ .uid = ADA, .gid = ADA + 1, .name = TEXT("ada"), .home = TEXT("/home/ada") };
}

static bool is_adas(struct household *h, const char *path)
{
	struct stat st;
	if (fs_stat(h->root.fd, path, &st) < 0)
		fail_msg("there is no %s", path);
	assert_int_equal(st.st_gid, st.st_uid ? ADA + 1 : 0);
	return st.st_uid == ADA;
}

static void hers(struct household *h, size_t count, const char *const *paths, bool expected)
{
	for (size_t i = 0; i < count; i++)
		if (is_adas(h, paths[i]) != expected)
			fail_msg("%s is %s", paths[i], expected ? "not hers" : "hers");
}
#define HERS(...) hers(h, COUNT_OF(((const char *const[]){ __VA_ARGS__ })), (const char *const[]){ __VA_ARGS__ }, true)
#define NOT_HERS(...) hers(h, COUNT_OF(((const char *const[]){ __VA_ARGS__ })), (const char *const[]){ __VA_ARGS__ }, false)

static struct ownership_change give_store(struct household *h, struct ownership_gift gift)
{
	struct ownership_change change = { 0 };
	size_t files = house_open_files();
	WORKS(ownership_give_store(h->root.fd, &gift, &change, &h->f));
	assert_int_equal(house_open_files(), files);
	return change;
}

static void the_store_directory_tells(void **state)
{
	struct household *h = *state;
	uid_t owner = 1;
	assert_false(ownership_tell(h->root.fd, &owner));
	make(h);
	assert_true(ownership_tell(h->root.fd, &owner));
	assert_int_equal(owner, 0);
	FD_AUTO store = house_dir(h, STORE_DIR);
	assert_int_equal(fchown(store, ADA, ADA + 1), 0);
	assert_true(ownership_tell(h->root.fd, &owner));
	assert_int_equal(owner, ADA);
}

static void directories_are_what_nix_needs(void **state)
{
	struct household *h = *state;
	struct account ada = make(h);
	struct ownership_change change = give_store(h, (struct ownership_gift){ .to = &ada, .jobs = 3 });
	HERS(STORE_DIR, STORE_DIR "/.links", OBJECT_A, OBJECT_A "/lib", OBJECT_A "/lib/deep", OBJECT_B "/lib/deep");
	NOT_HERS("/nix", OBJECT_A "/lib/deep/file", OBJECT_A "/link", STORE_DIR "/22bgd045z0d4icpbc2yyz4gx48ak44la-c", "/elsewhere");
	assert_int_equal(change.changed, 8);
	assert_int_equal(change.seen, 8);
	struct stat st;
	assert_int_equal(fs_stat(h->root.fd, OBJECT_A "/lib/deep", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0555);
	assert_int_equal(st.st_mtim.tv_sec, 1);
	change = give_store(h, (struct ownership_gift){ .to = &ada, .jobs = 3 });
	assert_int_equal(change.changed, 0);
	assert_int_equal(change.seen, 8);
}

static void of_fresh_objects_all_is_given(void **state)
{
	struct household *h = *state;
	struct account ada = make(h);
	struct text fresh[] = { text_of(strrchr(OBJECT_B, '/') + 1), TEXT("22bgd045z0d4icpbc2yyz4gx48ak44la-c") };
	struct ownership_change change = give_store(h, (struct ownership_gift){ .to = &ada, .fresh = { fresh, 2 }, .jobs = 1 });
	HERS(OBJECT_B "/lib/deep/file", OBJECT_B "/link", STORE_DIR "/22bgd045z0d4icpbc2yyz4gx48ak44la-c", OBJECT_A "/lib/deep");
	NOT_HERS(OBJECT_A "/lib/deep/file", OBJECT_A "/link", "/elsewhere");
	assert_int_equal(change.changed, 11);
}

static void the_whole_of_it_can_be_given(void **state)
{
	struct household *h = *state;
	struct account ada = make(h), root = { .name = TEXT("root") };
	struct ownership_change change = give_store(h, (struct ownership_gift){ .to = &ada, .whole = true, .jobs = 2 });
	HERS(OBJECT_A "/lib/deep/file", OBJECT_A "/link", OBJECT_B "/lib/deep/file", STORE_DIR "/22bgd045z0d4icpbc2yyz4gx48ak44la-c");
	NOT_HERS("/nix", "/elsewhere");
	assert_int_equal(change.changed, 13);
	/* And back; what was cut short is completed. */
	FD_AUTO store = house_dir(h, STORE_DIR);
	assert_int_equal(fchown(store, 0, 0), 0);
	change = give_store(h, (struct ownership_gift){ .to = &root, .whole = true, .jobs = 2 });
	assert_int_equal(change.changed, 12);
	NOT_HERS(OBJECT_A, OBJECT_A "/link");
}

/* The store is of `uid`, the receipt names `known`, and the store goes to `to`: who must be kept from it? */
static const char *former(struct household *h, uid_t uid, const char *known, const struct account *to)
{
	struct ownership_gift gift = { .to = to, .jobs = 1 };
	FD_AUTO store = house_dir(h, STORE_DIR);
	assert_int_equal(fchown(store, uid, uid), 0);
	WORKS(ownership_tell_former(&h->root, known ? text_of(known) : (struct text){ 0 }, &h->arena, &gift, &h->f));
	assert_int_equal(gift.whole, gift.former.name.at != NULL);
	return gift.whole ? gift.former.name.at : "nobody";
}

static void who_may_have_changed_the_files_is_told(void **state)
{
	struct household *h = *state;
	struct account root = { .name = TEXT("root") };
	struct account ada = make(h), bob = { .uid = ADA + 2, .name = TEXT("bob") };
	struct ownership_gift gift = { .to = &ada };
	house_put(h, "/etc/passwd", "root:x:0:0::/root:/bin/sh\nada:x:4711:4712::/home/ada:/bin/sh\nbob:x:4713:4713::/:/bin/sh\n");
	assert_string_equal(former(h, 0, NULL, &ada), "nobody");
	assert_string_equal(former(h, ADA, "ada", &ada), "nobody");
	assert_string_equal(former(h, ADA, "ada", &root), "ada");
	assert_string_equal(former(h, ADA, "ada", &bob), "ada");
	assert_string_equal(former(h, ADA, NULL, &bob), "ada");
	/* She wrote that receipt. */
	assert_string_equal(former(h, ADA, "root", &root), "ada");
	assert_string_equal(former(h, ADA, "bob", &bob), "ada");
	/* Her old number, which is nobody's now. */
	assert_string_equal(former(h, 1234, "ada", &ada), "nobody");
	assert_string_equal(former(h, 1234, "ada", &bob), "1234");
	assert_string_equal(former(h, 1234, NULL, &ada), "1234");
	assert_string_equal(former(h, 1234, "root", &root), "1234");
	WORKS(fs_remove_tree(h->root.fd, "nix", &h->f));
	WORKS(ownership_tell_former(&h->root, TEXT("bob"), &h->arena, &gift, &h->f));
	assert_false(gift.whole);
}

static void what_the_former_owner_had_is_given_by_all_its_names(void **state)
{
	struct household *h = *state;
	struct account ada = make(h), root = { .name = TEXT("root") };
	struct ownership_gift gift = { .to = &root, .whole = true, .jobs = 1 };
	give_store(h, (struct ownership_gift){ .to = &ada, .whole = true, .jobs = 1 });
	FD_AUTO store = house_dir(h, STORE_DIR);
	FD_AUTO top = house_dir(h, "/");
	assert_int_equal(linkat(store, "22bgd045z0d4icpbc2yyz4gx48ak44la-c", top, "name", 0), 0);
	assert_int_equal(linkat(top, "elsewhere", store, "strangers", 0), 0);
	assert_int_equal(fchownat(top, "elsewhere", ADA + 3, 0, 0), 0);
	assert_int_equal(give_store(h, gift).left, 2);
	HERS("/name");
	gift.former = ada;
	assert_int_equal(give_store(h, gift).left, 1);
	NOT_HERS("/name", OBJECT_A "/lib/deep/file");
	struct stat st;
	assert_int_equal(fs_stat(h->root.fd, "/elsewhere", &st), 0);
	assert_int_equal(st.st_uid, ADA + 3);
}

static void a_link_is_not_followed(void **state)
{
	struct household *h = *state;
	struct account ada = make(h);
	struct ownership_change change = { 0 };
	struct ownership_gift gift = { .to = &ada, .whole = true, .jobs = 1 };
	WORKS(fs_make_dirs(h->root.fd, "/elsewhere.d/in", 0755, &h->f));
	WORKS(fs_link(h->root.fd, STORE_DIR "/link", "/elsewhere.d", &h->f));
	give_store(h, gift);
	HERS(STORE_DIR "/link");
	NOT_HERS("/elsewhere.d", "/elsewhere.d/in");
	WORKS(fs_remove_tree(h->root.fd, "nix", &h->f));
	WORKS(fs_link(h->root.fd, "/nix", "/elsewhere.d", &h->f));
	FAILS(FAULT_SYSTEM, STORE_DIR, ownership_give_store(h->root.fd, &gift, &change, &h->f));
	FAILS(FAULT_SYSTEM, "/nix", ownership_give_state(h->root.fd, &gift, &change, &h->f));
	NOT_HERS("/elsewhere.d", "/elsewhere.d/in");
}

static void the_state_is_given_with_its_files(void **state)
{
	struct household *h = *state;
	struct account ada = make(h);
	struct ownership_change change = { 0 };
	struct ownership_gift gift = { .to = &ada, .jobs = 1 };
	house_put(h, GRAFT_RECEIPT, "");
	house_put(h, GRAFT_LOCK, "");
	house_put(h, NIX_DB, "");
	house_put(h, "/etc/nix/nix.conf", "");
	house_put(h, "/home/ada/.profile", "");
	WORKS(fs_make_dirs(h->root.fd, NIX_PROFILES, 0755, &h->f));
	WORKS(fs_link(h->root.fd, GRAFT_PROFILE, "/elsewhere", &h->f));
	WORKS(fs_link(h->root.fd, "/home/ada/.nix-profile", "/elsewhere", &h->f));
	WORKS(ownership_give_state(h->root.fd, &gift, &change, &h->f));
	HERS("/nix", "/nix/var", GRAFT_STATE, GRAFT_RECEIPT, GRAFT_LOCK, NIX_DB, NIX_PROFILES, GRAFT_PROFILE, "/home/ada/.nix-profile");
	NOT_HERS(STORE_DIR, OBJECT_A, "/etc/nix/nix.conf", "/home", "/home/ada", "/home/ada/.profile", "/elsewhere");
	size_t first = change.changed;
	assert_int_equal(change.seen, first);
	WORKS(ownership_give_state(h->root.fd, &gift, &change, &h->f));
	assert_int_equal(change.changed, first);
	assert_int_equal(change.seen, 2 * first);
}

/* A file there is not Nix's, and an account may be without a home. */
static void only_a_link_is_the_profile(void **state)
{
	struct household *h = *state;
	struct account ada = make(h);
	struct ownership_change change = { 0 };
	struct ownership_gift gift = { .to = &ada, .jobs = 1 };
	house_put(h, "/home/ada/.nix-profile", "her own");
	WORKS(ownership_give_state(h->root.fd, &gift, &change, &h->f));
	NOT_HERS("/home/ada/.nix-profile");
	HERS("/nix");
	ada = (struct account){ .uid = 0, .name = TEXT("0") };
	WORKS(ownership_give_state(h->root.fd, &gift, &change, &h->f));
	NOT_HERS("/nix");
}

static void without_rights_it_is_told_what_it_takes(void **state)
{
	struct household *h = *state;
	struct account ada = make(h), bob = { .uid = ADA + 2, .gid = ADA + 2, .name = TEXT("bob") };
	struct ownership_change change = { 0 };
	struct ownership_gift gift = { .to = &ada, .jobs = 1 };
	give_store(h, gift);
	WORKS(ownership_give_state(h->root.fd, &gift, &change, &h->f));
	FD_AUTO top = open(h->top, O_RDONLY | O_DIRECTORY);
	assert_int_equal(fchmod(top, 0755), 0);
	change = (struct ownership_change){ 0 };
	assert_int_equal(seteuid(ADA), 0);
	int same = ownership_give_store(h->root.fd, &gift, &change, &h->f);
	gift.to = &bob;
	int code = ownership_give_store(h->root.fd, &gift, &change, &h->f);
	struct fault second = { 0 };
	int state_code = ownership_give_state(h->root.fd, &gift, &change, &second);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(same, 0);
	FAILS(FAULT_SYSTEM, " to user bob (it takes root, or CAP_CHOWN): Operation not permitted", code);
	assert_int_equal(state_code, FAULT_SYSTEM);
	assert_non_null(strstr(second.text, "cannot give /nix/var to user bob"));
	assert_int_equal(change.changed, 0);
	HERS(STORE_DIR, "/nix");
}

static void no_store_is_a_fault_and_so_is_a_bottomless_one(void **state)
{
	struct household *h = *state;
	struct account ada = { .uid = ADA, .gid = ADA + 1, .name = TEXT("ada") };
	struct ownership_change change = { 0 };
	struct ownership_gift gift = { .to = &ada, .jobs = 1 };
	FAILS(FAULT_SYSTEM, STORE_DIR ": No such file or directory", ownership_give_store(h->root.fd, &gift, &change, &h->f));
	FAILS(FAULT_SYSTEM, "/nix: No such file or directory", ownership_give_state(h->root.fd, &gift, &change, &h->f));
	make(h);
	WORKS(fs_make_dirs(h->root.fd, OBJECT_A, 0755, &h->f));
	FD_AUTO dir = house_dir(h, OBJECT_A);
	for (int i = 0; i < 260; i++) {
		assert_int_equal(mkdirat(dir, "d", 0755), 0);
		int deeper = openat(dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		fs_close(&dir);
		dir = deeper;
	}
	FAILS(FAULT_SYSTEM, "cannot give 00bgd045z0d4icpbc2yyz4gx48ak44la-a to user ada",
	      ownership_give_store(h->root.fd, &gift, &change, &h->f));
	/* Too deep for household's own sweeping, too. */
	fs_close(&dir);
	dir = house_dir(h, OBJECT_A);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(renameat(dir, "d/d", dir, "e"), 0);
		assert_int_equal(unlinkat(dir, "d", AT_REMOVEDIR), 0);
		assert_int_equal(renameat(dir, "e", dir, "d"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(the_store_directory_tells),
		HOUSE_TEST(directories_are_what_nix_needs),
		HOUSE_TEST(of_fresh_objects_all_is_given),
		HOUSE_TEST(the_whole_of_it_can_be_given),
		HOUSE_TEST(who_may_have_changed_the_files_is_told),
		HOUSE_TEST(what_the_former_owner_had_is_given_by_all_its_names),
		HOUSE_TEST(a_link_is_not_followed),
		HOUSE_TEST(the_state_is_given_with_its_files),
		HOUSE_TEST(only_a_link_is_the_profile),
		HOUSE_TEST(without_rights_it_is_told_what_it_takes),
		HOUSE_TEST(no_store_is_a_fault_and_so_is_a_bottomless_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
