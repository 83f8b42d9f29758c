/* fsjob: changes beneath a root by whole steps, and trees that go. */
#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

/* A throw-away root. */
struct place {
	char top[64];
	int root;
	struct arena arena;
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	struct fault f = { 0 };

	strncpy(p->top, "/tmp/test-fsjob-XXXXXX", sizeof p->top - 1);
	assert_non_null(mkdtemp(p->top));
	assert_int_equal(fs_root_open(p->top, &p->root, &f), 0);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	FD_AUTO tmp = open("/tmp", O_PATH | O_DIRECTORY);

	assert_int_equal(fs_remove_tree(tmp, p->top + 5, &f), 0);
	fs_close(&p->root);
	arena_drop(&p->arena);
	free(p);
	return 0;
}

static void has_mode(struct place *p, const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(fs_stat(p->root, path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void has_names(struct place *p, const char *path, size_t want)
{
	struct fault f = { 0 };
	struct texts names;

	assert_int_equal(fs_list(p->root, path, &p->arena, &names, &f), 0);
	assert_int_equal(names.count, want);
}

/* POSIX ACL xattr (linux/posix_acl_xattr.h): user::rwx user:NOBODY:rwx group::rwx mask::rwx other::rwx. */
static int put_default_acl(int dir)
{
	static const unsigned char acl[] = {
		2, 0, 0, 0, 1,    0, 7, 0, 255, 255, 255, 255, 2,    0, 7, 0, 254, 255, 0,   0,   4,   0,
		7, 0, 255, 255, 255, 255, 0x10, 0, 7, 0, 255, 255, 255, 255, 0x20, 0, 7, 0, 255, 255, 255, 255,
	};

	return fsetxattr(dir, "system.posix_acl_default", acl, sizeof acl, 0);
}

static void test_make_dirs(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	mode_t mask = umask(0077);

	assert_int_equal(fs_make_dirs(p->root, "/nix//store/.links/", 0755, &f), 0);
	has_mode(p, "/nix", 0755);
	has_mode(p, "/nix/store/.links", 0755);
	assert_int_equal(fs_make_dirs(p->root, "/nix/store", 0700, &f), 0);
	has_mode(p, "/nix/store", 0755);
	assert_int_equal(symlinkat("/nix/store", p->root, "s"), 0);
	assert_int_equal(fs_make_dirs(p->root, "/s/x/y", 01777, &f), 0);
	has_mode(p, "/nix/store/x/y", 01777);
	assert_int_equal(fs_make_dirs(p->root, "/nix/../z/./w", 0750, &f), 0);
	has_mode(p, "/z/w", 0750);
	assert_int_equal(fs_make_dirs(p->root, "/", 0750, &f), 0);
	umask(mask);
}

static void test_make_dirs_refuses(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };

	assert_int_equal(symlinkat("/none", p->root, "dangling"), 0);
	assert_int_equal(fs_make_dirs(p->root, "/dangling/x", 0755, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/dangling: the directory cannot be made"));
	fault_clear(&f);
	assert_int_equal(fs_write(p->root, "/file", 0644, TEXT("x"), &f), 0);
	assert_int_equal(fs_make_dirs(p->root, "/file/x", 0755, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/file: no directory"));
}

static void test_default_acl_stays_out(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	FD_AUTO fd = -1;

	if (put_default_acl(p->root) < 0)
		skip();
	assert_int_equal(fs_make_dirs(p->root, "/dir", 0755, &f), 0);
	has_mode(p, "/dir", 0755);
	fd = fs_open(p->root, "/dir", O_RDONLY);
	assert_int_equal(fgetxattr(fd, "system.posix_acl_default", NULL, 0), -1);
	assert_int_equal(fgetxattr(fd, "system.posix_acl_access", NULL, 0), -1);
	fs_close(&fd);
	assert_int_equal(fs_write(p->root, "/file", 0640, TEXT("x"), &f), 0);
	has_mode(p, "/file", 0640);
	fd = fs_open(p->root, "/file", O_RDONLY);
	assert_int_equal(fgetxattr(fd, "system.posix_acl_access", NULL, 0), -1);
}

static void test_write(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	BUFFER_AUTO b = { 0 };
	mode_t mask = umask(0777);

	assert_int_equal(fs_write(p->root, "/file", 0644, TEXT("one"), &f), 0);
	has_mode(p, "/file", 0644);
	assert_int_equal(fs_write(p->root, "/file", 0755, TEXT("two and more"), &f), 0);
	umask(mask);
	has_mode(p, "/file", 0755);
	assert_int_equal(fs_read(p->root, "/file", 100, &b, &f), 0);
	assert_string_equal(b.at, "two and more");
	assert_int_equal(fs_write(p->root, "/empty", 0644, (struct text){ 0 }, &f), 0);
	assert_int_equal(fs_make_dirs(p->root, "/dir", 0755, &f), 0);
	assert_int_equal(fs_write(p->root, "/dir", 0644, TEXT("x"), &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/dir: cannot be replaced: Is a directory"));
	fault_clear(&f);
	assert_int_equal(fs_write(p->root, "/none/file", 0644, TEXT("x"), &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/none/file: no file can be made in its directory"));
	has_names(p, "/", 3); /* no temporary file is left */
}

/* A killed run of the same pid left its temporary file. */
static void test_write_beside_left_overs(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	char temp[64];

	for (int i = 0; i < 3; i++) {
		snprintf(temp, sizeof temp, ".nixgraft-%ld-%d", (long)getpid(), i);
		assert_int_equal(symlinkat("/target", p->root, temp), 0);
	}
	assert_int_equal(fs_write(p->root, "/file", 0644, TEXT("x"), &f), 0);
	assert_int_equal(fs_link(p->root, "/link", "file", &f), 0);
	has_names(p, "/", 5);
}

static void test_write_does_not_follow_the_file(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	BUFFER_AUTO b = { 0 };

	assert_int_equal(fs_write(p->root, "/kept", 0644, TEXT("kept"), &f), 0);
	assert_int_equal(symlinkat("kept", p->root, "link"), 0);
	assert_int_equal(fs_write(p->root, "/link", 0644, TEXT("new"), &f), 0);
	assert_null(fs_read_link(p->root, "/link", &p->arena).at);
	assert_int_equal(fs_read(p->root, "/kept", 100, &b, &f), 0);
	assert_string_equal(b.at, "kept");
}

static void test_link(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct stat before, after;

	assert_int_equal(fs_link(p->root, "/link", "/nix/one", &f), 0);
	assert_int_equal(fs_stat(p->root, "/link", &before), 0);
	assert_int_equal(fs_link(p->root, "/link", "/nix/one", &f), 0);
	assert_int_equal(fs_stat(p->root, "/link", &after), 0);
	assert_true(before.st_ino == after.st_ino && before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
	assert_int_equal(fs_link(p->root, "/link", "/nix/two", &f), 0);
	assert_string_equal(fs_read_link(p->root, "/link", &p->arena).at, "/nix/two");
	assert_int_equal(fs_write(p->root, "/file", 0644, TEXT("x"), &f), 0);
	assert_int_equal(fs_link(p->root, "/file", "link", &f), 0);
	assert_string_equal(fs_read_link(p->root, "/file", &p->arena).at, "link");
	assert_int_equal(fs_make_dirs(p->root, "/dir", 0755, &f), 0);
	assert_int_equal(fs_link(p->root, "/dir", "link", &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/dir: cannot be replaced"));
	has_names(p, "/", 3);
}

/* A store object as it is sealed, with a link that leads out of it and a directory that may not even be read. */
static void make_sealed(struct place *p)
{
	struct fault f = { 0 };

	assert_int_equal(fs_make_dirs(p->root, "/kept", 0755, &f), 0);
	assert_int_equal(fs_write(p->root, "/kept/file", 0644, TEXT("kept"), &f), 0);
	assert_int_equal(fs_make_dirs(p->root, "/tree/a/b/shut", 0755, &f), 0);
	assert_int_equal(fs_write(p->root, "/tree/a/file", 0444, TEXT("x"), &f), 0);
	assert_int_equal(fs_write(p->root, "/tree/a/b/shut/file", 0444, TEXT("x"), &f), 0);
	assert_int_equal(fs_link(p->root, "/tree/a/b/out", "/kept", &f), 0);
	assert_int_equal(fs_link(p->root, "/tree/a/b/far", "../../../kept", &f), 0);
	assert_int_equal(fchmodat(p->root, "tree/a/b/shut", 0, 0), 0);
	assert_int_equal(fchmodat(p->root, "tree/a/b", 0555, 0), 0);
	assert_int_equal(fchmodat(p->root, "tree/a", 0555, 0), 0);
	assert_int_equal(fchmodat(p->root, "tree", 0555, 0), 0);
}

static void remove_sealed(struct place *p)
{
	struct fault f = { 0 };

	make_sealed(p);
	assert_int_equal(fs_remove_tree(p->root, "tree", &f), 0);
	has_names(p, "/", 1);
	has_names(p, "/kept", 1);
	assert_int_equal(fs_remove_tree(p->root, "tree", &f), 0);
}

static void test_remove_tree(void **state)
{
	remove_sealed(*state);
}

static void test_remove_tree_as_a_user(void **state)
{
	struct place *p = *state;

	if (geteuid() == 0) {
		assert_int_equal(fchown(p->root, NOBODY, NOBODY), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	remove_sealed(p);
	assert_int_equal(seteuid(getuid()), 0);
}

static void test_remove_is_refused(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };

	if (geteuid() != 0)
		skip();
	make_sealed(p);
	assert_int_equal(seteuid(NOBODY), 0);
	assert_int_equal(fs_remove_tree(p->root, "tree", &f), FAULT_SYSTEM);
	assert_int_equal(seteuid(0), 0);
	assert_non_null(strstr(f.text, "Permission denied"));
}

static void test_remove_follows_no_link(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };

	make_sealed(p);
	assert_int_equal(symlinkat("tree", p->root, "alias"), 0);
	assert_int_equal(fs_remove_tree(p->root, "alias", &f), 0);
	has_names(p, "/tree/a", 2);
}

static void make_deep(struct place *p, unsigned levels)
{
	FD_AUTO dir = dup(p->root);

	for (unsigned i = 0; i < levels; i++) {
		int next;

		assert_int_equal(mkdirat(dir, "d", 0755), 0);
		next = openat(dir, "d", O_RDONLY | O_DIRECTORY);
		assert_true(next >= 0);
		fs_close(&dir);
		dir = next;
	}
}

static void test_remove_deep(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };

	make_deep(p, 256);
	assert_int_equal(fs_remove_tree(p->root, "d", &f), 0);
	make_deep(p, 257);
	assert_int_equal(fs_remove_tree(p->root, "d", &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "in d: in d: "));
	fault_clear(&f);
	assert_int_equal(renameat(p->root, "d/d", p->root, "e"), 0);
	assert_int_equal(fs_remove_tree(p->root, "d", &f), 0);
	assert_int_equal(fs_remove_tree(p->root, "e", &f), 0);
}

static void test_remove_many(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	char name[32];

	assert_int_equal(mkdirat(p->root, "many", 0755), 0);
	for (int i = 0; i < 3000; i++) {
		FD_AUTO fd = -1;

		snprintf(name, sizeof name, "many/file-%d", i);
		fd = openat(p->root, name, O_WRONLY | O_CREAT, 0644);
		assert_true(fd >= 0);
	}
	assert_int_equal(fs_remove_tree(p->root, "many", &f), 0);
	has_names(p, "/", 0);
}

static void test_write_at(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	BUFFER_AUTO b = { 0 };
	FD_AUTO fd = fs_open(p->root, "/file", O_RDWR | O_CREAT);

	assert_int_equal(fs_write_at(fd, 3, TEXT("def"), "file", &f), 0);
	assert_int_equal(fs_write_at(fd, 0, TEXT("abc"), "file", &f), 0);
	assert_int_equal(fs_read(p->root, "/file", 100, &b, &f), 0);
	assert_string_equal(b.at, "abcdef");
	assert_int_equal(fs_flush(fd, &f), 0);
	assert_int_equal(fs_write_at(-1, 0, TEXT("abc"), "the file", &f), FAULT_SYSTEM);
	assert_string_equal(f.text, "the file: cannot be written: Bad file descriptor");
	fault_clear(&f);
	assert_int_equal(fs_flush(-1, &f), FAULT_SYSTEM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_make_dirs), TEST(test_make_dirs_refuses), TEST(test_default_acl_stays_out), TEST(test_write),
		TEST(test_write_beside_left_overs), TEST(test_write_does_not_follow_the_file), TEST(test_link),
		TEST(test_remove_tree), TEST(test_remove_tree_as_a_user), TEST(test_remove_is_refused),
		TEST(test_remove_follows_no_link), TEST(test_remove_deep), TEST(test_remove_many), TEST(test_write_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
