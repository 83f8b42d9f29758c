/* debian: the packages beneath a root, and whose a path is. */
#include "household.h"

#include "store/debian.h"

#define STATUS(name, more)                                                                                             \
	"Package: " name "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n" more "\n"

static void put_packages(struct household *h)
{
	house_put(h, DEBIAN_STATUS,
		  STATUS("alpha", "") STATUS("beta", "") STATUS("gamma", "Multi-Arch: same\n") STATUS("listless", ""));
	house_put(h, DEBIAN_INFO "/alpha.list", "/.\n/usr\n/usr/bin\n/usr/bin/alpha\n/bin/old\n/usr/bin/vim.basic\n");
	house_put(h, DEBIAN_INFO "/beta.list", "/.\n/usr/bin/beta\n/usr/bin/alpha\n");
	house_put(h, DEBIAN_INFO "/gamma:amd64.list", "/lib/x86_64-linux-gnu/libgamma.so\n/usr/bin/gamma\n");
	house_put(h, DEBIAN_INFO "/delta.list", "/usr/bin/delta\n");
}

static void put_link(struct household *h, const char *path, const char *target)
{
	const char *slash = strrchr(path, '/');
	WORKS(fs_make_dirs(h->root.fd, house_say(h, "%.*s", (int)(slash - path + 1), path), 0755, &h->f));
	WORKS(fs_link(h->root.fd, path, target, &h->f));
}

/* "<package>" or "<package> <file>", "-" for nobody. */
static const char *owner(struct household *h, const struct dpkg *db, const char *path)
{
	struct debian_owner o = { .path = text_of(path) };
	struct debian_owners ask = { &o, 1 };
	WORKS(debian_find_owners(h->root.fd, db, &ask, &h->arena, &h->f));
	struct text name = o.package ? o.package->name : TEXT("-");
	return house_say(h, TEXT_F "%s" TEXT_F, TEXT_A(name), o.file.len ? " " : "", TEXT_A(o.file));
}

static void packages_and_marks_are_read(void **state)
{
	struct household *h = *state;
	struct dpkg db;
	bool found;
	put_packages(h);
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	assert_true(found);
	assert_int_equal(db.count, 4);
	assert_false(dpkg_find(&db, TEXT("alpha"))->automatic);
	house_put(h, DEBIAN_MARKS, "Package: alpha\nArchitecture: amd64\nAuto-Installed: 1\n");
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	assert_true(dpkg_find(&db, TEXT("alpha"))->automatic);
	assert_false(dpkg_find(&db, TEXT("beta"))->automatic);
}

static void a_root_without_dpkg_is_no_fault(void **state)
{
	struct household *h = *state;
	struct dpkg db;
	bool found = true;
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	assert_false(found);
	assert_int_equal(db.count, 0);
	assert_string_equal(owner(h, &db, "/usr/bin/alpha"), "-");
}

static void damaged_files_are_named(void **state)
{
	struct household *h = *state;
	struct dpkg db;
	bool found;
	house_put(h, DEBIAN_STATUS, "Package: alpha\n");
	FAILS(FAULT_INPUT, DEBIAN_STATUS ":1: Package \"alpha\": a package must have a Status",
	      debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	put_packages(h);
	house_put(h, DEBIAN_MARKS, "Package: alpha\nAuto-Installed: 2\n");
	FAILS(FAULT_INPUT, DEBIAN_MARKS ":2: Auto-Installed \"2\": must be 0 or 1",
	      debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	house_put(h, DEBIAN_MARKS, "");
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	WORKS(fs_make_dirs(h->root.fd, DEBIAN_INFO "/listless.list", 0755, &h->f));
	struct debian_owner o = { .path = TEXT("/usr/bin/alpha") };
	FAILS(FAULT_SYSTEM, DEBIAN_INFO ": /listless.list: not a regular file",
	      debian_find_owners(h->root.fd, &db, &(struct debian_owners){ &o, 1 }, &h->arena, &h->f));
}

static void paths_have_owners(void **state)
{
	struct household *h = *state;
	struct dpkg db;
	bool found;
	put_packages(h);
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	assert_string_equal(owner(h, &db, "/usr/bin/alpha"), "alpha");
	assert_string_equal(owner(h, &db, "/usr/bin/beta"), "beta");
	assert_string_equal(owner(h, &db, "/usr/bin/gamma"), "gamma");
	assert_string_equal(owner(h, &db, "/usr/bin/delta"), "-");
	assert_string_equal(owner(h, &db, "/usr/bin/alph"), "-");
	assert_string_equal(owner(h, &db, "/bin/old"), "alpha");
	assert_string_equal(owner(h, &db, "/usr/bin/old"), "-");
	assert_string_equal(owner(h, &db, "/bin/alpha"), "-");
	house_put(h, DEBIAN_INFO "/listless:amd64.list", "/usr/bin/late\n");
	assert_string_equal(owner(h, &db, "/usr/bin/late"), "listless");
}

static void merged_directories_are_one(void **state)
{
	static const char *const targets[] = { "usr/bin", "/usr/bin" };
	struct household *h = *state;
	struct dpkg db;
	bool found;
	put_packages(h);
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		put_link(h, "/bin", targets[i]);
		assert_string_equal(owner(h, &db, "/bin/alpha"), "alpha");
		assert_string_equal(owner(h, &db, "/usr/bin/old"), "alpha");
		assert_string_equal(owner(h, &db, "/bin/old"), "alpha");
		assert_string_equal(owner(h, &db, "/usr/lib/x86_64-linux-gnu/libgamma.so"), "-");
	}
	put_link(h, "/lib", "usr/lib");
	assert_string_equal(owner(h, &db, "/usr/lib/x86_64-linux-gnu/libgamma.so"), "gamma");
	put_link(h, "/bin", "elsewhere");
	assert_string_equal(owner(h, &db, "/bin/alpha"), "-");
}

static void alternatives_are_followed(void **state)
{
	struct household *h = *state;
	struct dpkg db;
	bool found;
	put_packages(h);
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	put_link(h, "/usr/bin/vi", DEBIAN_ALTERNATIVES "/vi");
	put_link(h, DEBIAN_ALTERNATIVES "/vi", "/usr/bin/vim.basic");
	assert_string_equal(owner(h, &db, "/usr/bin/vi"), "alpha /usr/bin/vim.basic");
	put_link(h, DEBIAN_ALTERNATIVES "/vi", "/usr/bin/mine");
	assert_string_equal(owner(h, &db, "/usr/bin/vi"), "- /usr/bin/mine");
	put_link(h, "/usr/bin/mine", DEBIAN_ALTERNATIVES "/mine");
	put_link(h, DEBIAN_ALTERNATIVES "/mine", "/usr/bin/beta");
	assert_string_equal(owner(h, &db, "/usr/bin/vi"), "beta /usr/bin/beta");
	put_link(h, "/usr/bin/alpha", DEBIAN_ALTERNATIVES "/mine");
	assert_string_equal(owner(h, &db, "/usr/bin/alpha"), "alpha");
	put_link(h, "/usr/bin/plain", "/usr/bin/beta");
	assert_string_equal(owner(h, &db, "/usr/bin/plain"), "-");
	put_link(h, "/usr/bin/nowhere", DEBIAN_ALTERNATIVES "/none");
	assert_string_equal(owner(h, &db, "/usr/bin/nowhere"), "-");
	put_link(h, "/usr/bin/ring", DEBIAN_ALTERNATIVES "/ring");
	put_link(h, DEBIAN_ALTERNATIVES "/ring", "/usr/bin/ring");
	assert_string_equal(owner(h, &db, "/usr/bin/ring"), "- /usr/bin/ring");
}

static void many_are_answered_at_once(void **state)
{
	struct household *h = *state;
	static const char *const paths[] = { "/usr/bin/none",  "/usr/bin/gamma", "/usr/bin/delta", "/usr/bin/beta",
					     "/usr/bin/alpha", "/usr/bin/gamma", "/bin/old",       "/bin/none" };
	static const char *const owners[] = { NULL, "gamma", NULL, "beta", "alpha", "gamma", "alpha", NULL };
	struct debian_owner o[COUNT_OF(paths)] = { { .path = { 0 } } };
	struct dpkg db;
	bool found;
	size_t open = house_open_files();
	put_packages(h);
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		o[i].path = text_of(paths[i]);
	WORKS(debian_find_owners(h->root.fd, &db, &(struct debian_owners){ o, COUNT_OF(o) }, &h->arena, &h->f));
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		assert_ptr_equal(o[i].package, owners[i] ? dpkg_find(&db, text_of(owners[i])) : NULL);
	WORKS(debian_find_owners(h->root.fd, &db, &(struct debian_owners){ 0 }, &h->arena, &h->f));
	assert_int_equal(house_open_files(), open);
}

static void programs_are_listed(void **state)
{
	struct household *h = *state;
	static const char *const table[][2] = {
		{ "alpha", "alpha,old,vim.basic" }, { "beta", "alpha,beta" }, { "gamma", "gamma" }, { "listless", "" },
		{ "delta", "admin,both,game" },
	};
	struct dpkg db;
	bool found;
	put_packages(h);
	house_put(h, DEBIAN_STATUS, STATUS("alpha", "") STATUS("beta", "") STATUS("delta", "") STATUS("gamma", "Multi-Arch: same\n")
		  STATUS("listless", ""));
	house_put(h, DEBIAN_INFO "/delta.list", "/usr/games/game\n/usr/bin/both\n/bin/both\n/usr/sbin/admin\n/usr/bin/sub/no\n/usr/bin/\n"
						"/opt/bin/no\n/usr/lib/no");
	WORKS(debian_read(h->root.fd, &h->arena, &db, &found, &h->f));
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		BUFFER_AUTO got = { 0 };
		struct texts names;
		WORKS(debian_programs(h->root.fd, dpkg_find(&db, text_of(table[i][0])), &h->arena, &names, &h->f));
		for (size_t k = 0; k < names.count; k++)
			buffer_printf(&got, "%s" TEXT_F, k ? "," : "", TEXT_A(names.at[k]));
		buffer_add(&got, "", 0);
		assert_string_equal(got.at, table[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(packages_and_marks_are_read), HOUSE_TEST(a_root_without_dpkg_is_no_fault),
		HOUSE_TEST(damaged_files_are_named),     HOUSE_TEST(paths_have_owners),
		HOUSE_TEST(merged_directories_are_one),  HOUSE_TEST(alternatives_are_followed),
		HOUSE_TEST(many_are_answered_at_once),	 HOUSE_TEST(programs_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
