/* fs: paths beneath a root, and what is read there. */
#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A throw-away directory with a root "r" in it, and a file "secret" outside of that root. */
struct place {
	char top[64];
	int outer;
	int root;
	struct arena arena;
};

static void put(int dir, const char *name, const char *bytes)
{
	FD_AUTO fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	struct fault f = { 0 };
	char path[96];

	strncpy(p->top, "/tmp/test-fs-XXXXXX", sizeof p->top - 1);
	assert_non_null(mkdtemp(p->top));
	assert_int_equal(fs_root_open(p->top, &p->outer, &f), 0);
	put(p->outer, "secret", "outside");
	assert_int_equal(mkdirat(p->outer, "r", 0755), 0);
	snprintf(path, sizeof path, "%s/r", p->top);
	assert_int_equal(fs_root_open(path, &p->root, &f), 0);
	assert_int_equal(mkdirat(p->root, "a", 0755), 0);
	assert_int_equal(mkdirat(p->root, "a/b", 0755), 0);
	put(p->root, "secret", "inside");
	put(p->root, "a/b/file", "deep");
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	FD_AUTO tmp = open("/tmp", O_PATH | O_DIRECTORY);

	assert_int_equal(fs_remove_tree(tmp, p->top + 5, &f), 0);
	assert_int_equal(access(p->top, F_OK), -1);
	fs_close(&p->root);
	fs_close(&p->outer);
	arena_drop(&p->arena);
	free(p);
	return 0;
}

static void holds(struct place *p, const char *path, const char *bytes)
{
	BUFFER_AUTO b = { 0 };
	struct fault f = { 0 };

	assert_int_equal(fs_read(p->root, path, 4096, &b, &f), 0);
	assert_true(text_equal(buffer_view(&b), text_of(bytes)));
}

static void fails(struct place *p, const char *path, int flags, int error)
{
	int fd = fs_open(p->root, path, flags);
	int met = errno;

	fs_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(met, error);
}

static void test_nothing_leads_outside(void **state)
{
	struct place *p = *state;
	char path[96];

	snprintf(path, sizeof path, "%s/secret", p->top);
	symlinkat(path, p->root, "absolute");
	symlinkat("/secret", p->root, "a/b/chroot");
	symlinkat("../../../../secret", p->root, "a/b/climb");
	symlinkat("../..", p->root, "a/b/up");
	symlinkat("/..", p->root, "top");
	holds(p, "/secret", "inside");
	holds(p, "/../../secret", "inside");
	holds(p, "/a/b/../../../secret", "inside");
	holds(p, "/a/b/chroot", "inside");
	holds(p, "/a/b/climb", "inside");
	holds(p, "/a/b/up/secret", "inside");
	holds(p, "/a/b/up/../../secret", "inside");
	holds(p, "/top/top/secret", "inside");
	fails(p, "/absolute", O_RDONLY, ENOENT);
}

static void test_links_are_followed(void **state)
{
	struct place *p = *state;

	symlinkat("b", p->root, "a/link");
	symlinkat("/a//link/", p->root, "far");
	symlinkat("file", p->root, "a/b/alias");
	symlinkat("alias", p->root, "a/b/twice");
	holds(p, "/far/file", "deep");
	holds(p, "far/./alias", "deep");
	holds(p, "//a/b/twice", "deep");
	holds(p, "/a/link/../b/twice", "deep");
	fails(p, "/a/b/alias", O_RDONLY | O_NOFOLLOW, ELOOP);
	fails(p, "/a/b/file/x", O_RDONLY, ENOTDIR);
	fails(p, "/a/b/alias/x", O_RDONLY, ENOTDIR);
	fails(p, "/a/none/x", O_RDONLY, ENOENT);
	fails(p, "/a/none/../b/file", O_RDONLY, ENOENT);
}

static void test_forty_links(void **state)
{
	struct place *p = *state;
	char name[16], target[16];

	symlinkat("loop", p->root, "loop");
	symlinkat("a/b/file", p->root, "l1");
	for (int i = 2; i <= 41; i++) {
		snprintf(name, sizeof name, "l%d", i);
		snprintf(target, sizeof target, "l%d", i - 1);
		symlinkat(target, p->root, name);
	}
	holds(p, "/l40", "deep");
	fails(p, "/l41", O_RDONLY, ELOOP);
	fails(p, "/loop", O_RDONLY, ELOOP);
	fails(p, "/loop/x", O_RDONLY, ELOOP);
}

static void test_lengths(void **state)
{
	struct place *p = *state;
	char name[FS_NAME_SIZE + 2] = "/", path[5000] = "";

	memset(name + 1, 'n', FS_NAME_SIZE - 1);
	fails(p, name, O_RDONLY, ENOENT);
	name[FS_NAME_SIZE] = 'n';
	fails(p, name, O_RDONLY, ENAMETOOLONG);
	memset(path, '/', 4096);
	fails(p, path, O_RDONLY, ENAMETOOLONG);
	for (size_t i = 0; i < 4000; i += 4)
		memcpy(path + i, "a/..", 4), path[i + 4] = '/';
	memcpy(path + 4000, "/secret", 8);
	fails(p, path, O_RDONLY, ENOENT); /* a/..a/.. */
	for (size_t i = 0; i + 5 < 4000; i += 5)
		memcpy(path + i, "a/../", 5);
	memcpy(path + 3995, "/secret", 8);
	holds(p, path, "inside");
}

static void test_the_root_itself(void **state)
{
	struct place *p = *state;
	FD_AUTO root = fs_open(p->root, "/", O_RDONLY | O_DIRECTORY);
	FD_AUTO same = fs_open(p->root, "a/..", O_RDONLY | O_DIRECTORY);
	char name[FS_NAME_SIZE];
	struct stat st, want;
	FD_AUTO parent = fs_open_parent(p->root, "/", name);

	assert_int_equal(fstat(p->root, &want), 0);
	assert_int_equal(fstat(root, &st), 0);
	assert_true(st.st_ino == want.st_ino);
	assert_int_equal(fstat(same, &st), 0);
	assert_true(st.st_ino == want.st_ino);
	assert_string_equal(name, ".");
	assert_int_equal(fstat(parent, &st), 0);
	assert_true(st.st_ino == want.st_ino);
	assert_int_equal(fs_stat(p->root, "/", &st), 0);
	assert_true(st.st_ino == want.st_ino);
}

static void test_open_creates_with_exact_mode(void **state)
{
	struct place *p = *state;
	struct stat st;
	mode_t mask = umask(0077);
	FD_AUTO made = fs_open(p->root, "/a/new", O_WRONLY | O_CREAT);
	FD_AUTO again = fs_open(p->root, "/a/new", O_WRONLY | O_CREAT);

	umask(mask);
	assert_true(made >= 0 && again >= 0);
	assert_int_equal(fstat(made, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	fails(p, "/a/new", O_WRONLY | O_CREAT | O_EXCL, EEXIST);
	fails(p, "/none/new", O_WRONLY | O_CREAT, ENOENT);
	symlinkat("/a/through", p->root, "dangling");
	made = (fs_close(&made), fs_open(p->root, "/dangling", O_WRONLY | O_CREAT));
	assert_true(made >= 0);
	holds(p, "/a/through", "");
}

static void test_parent_stat_link(void **state)
{
	struct place *p = *state;
	char name[FS_NAME_SIZE];
	struct stat st;
	FD_AUTO dir = -1;

	symlinkat("b/none", p->root, "a/l");
	symlinkat("/a", p->root, "to-a");
	dir = fs_open_parent(p->root, "/to-a/l", name);
	assert_true(dir >= 0);
	assert_string_equal(name, "l");
	assert_int_equal(fsync(dir), 0);
	assert_int_equal(fs_stat(p->root, "/to-a/l", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(fs_stat(p->root, "/to-a/l/x", &st), -1);
	assert_string_equal(fs_read_link(p->root, "/to-a/l", &p->arena).at, "b/none");
	assert_null(fs_read_link(p->root, "/secret", &p->arena).at);
	assert_null(fs_read_link(p->root, "/none/x", &p->arena).at);
}

static void real(struct place *p, const char *path, const char *want)
{
	struct text is = fs_real(p->root, path, &p->arena);

	if (want ? !is.at || strcmp(is.at, want) != 0 : is.at != NULL)
		fail_msg("%s leads to %s, not %s", path, is.at ? is.at : "nowhere", want ? want : "nowhere");
}

static void test_real(void **state)
{
	struct place *p = *state;

	symlinkat("b/none", p->root, "a/l");
	symlinkat("/a", p->root, "to-a");
	symlinkat("../../../to-a/b", p->root, "a/out");
	symlinkat("round", p->root, "round");
	real(p, "/to-a", "/a");
	real(p, "/to-a/", "/a");
	real(p, "/a//b/./../b", "/a/b");
	real(p, "/to-a/out", "/a/b");
	real(p, "/to-a/../secret", "/secret");
	real(p, "/", "/");
	real(p, "/..", "/");
	real(p, "/a/l", NULL);
	real(p, "/round", NULL);
	real(p, "/none", NULL);
	real(p, "/secret/x", NULL);
}

static void test_read(void **state)
{
	struct place *p = *state;
	BUFFER_AUTO b = { 0 };
	struct fault f = { 0 };

	assert_int_equal(fs_read(p->root, "/secret", 6, &b, &f), 0);
	assert_int_equal(b.len, 6);
	assert_int_equal(fs_read(p->root, "/none", 10, &b, &f), FS_ABSENT);
	assert_int_equal(b.len, 0);
	assert_int_equal(fs_read(p->root, "/none/such", 10, &b, &f), FS_ABSENT);
	assert_int_equal(f.code, 0);
	assert_int_equal(fs_read(p->root, "/secret", 5, &b, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "/secret: longer than 5 bytes"));
	fault_clear(&f);
	assert_int_equal(fs_read(p->root, "/secret/x", 10, &b, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/secret/x: cannot be opened: Not a directory"));
	fault_clear(&f);
	assert_int_equal(fs_read(p->root, "/a", 10, &b, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "not a regular file"));
	fault_clear(&f);
	assert_int_equal(mkfifoat(p->root, "fifo", 0600), 0);
	assert_int_equal(fs_read(p->root, "/fifo", 10, &b, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "not a regular file"));
}

static void test_read_host(void **state)
{
	struct place *p = *state;
	BUFFER_AUTO b = { 0 };
	struct fault f = { 0 };
	char path[96];
	int input = dup(STDIN_FILENO), ends[2];

	snprintf(path, sizeof path, "%s/secret", p->top);
	assert_int_equal(fs_read_host(path, 100, &b, &f), 0);
	assert_string_equal(b.at, "outside");
	assert_int_equal(fs_read_host("/none/such", 100, &b, &f), FS_ABSENT);
	assert_int_equal(b.len, 0);
	assert_int_equal(f.code, 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "piped", 5), 5);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	assert_int_equal(fs_read_host("-", 100, &b, &f), 0);
	assert_string_equal(b.at, "piped");
	dup2(input, STDIN_FILENO);
	close(input);
	assert_int_equal(fs_read_host(p->top, 100, &b, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "Is a directory"));
}

static void test_list(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct texts names;

	put(p->root, "a/Z", "");
	put(p->root, "a/.hidden", "");
	put(p->root, "a/\303\251", "");
	assert_int_equal(fs_list(p->root, "/a", &p->arena, &names, &f), 0);
	assert_int_equal(names.count, 4);
	assert_string_equal(names.at[0].at, ".hidden");
	assert_string_equal(names.at[1].at, "Z");
	assert_string_equal(names.at[2].at, "b");
	assert_string_equal(names.at[3].at, "\303\251");
	assert_int_equal(fs_list(p->root, "/none/at/all", &p->arena, &names, &f), 0);
	assert_int_equal(names.count, 0);
	assert_int_equal(fs_list(p->root, "/secret", &p->arena, &names, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/secret: the directory cannot be opened: Not a directory"));
}

static void test_lock(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct stat st;
	int first, second, third;

	assert_int_equal(fs_lock(p->root, "/a/lock", FS_LOCK_SHARED, &first, &f), 0);
	assert_int_equal(fs_stat(p->root, "/a/lock", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fs_lock(p->root, "/a/lock", FS_LOCK_SHARED, &second, &f), 0);
	assert_int_equal(fs_lock(p->root, "/a/lock", FS_LOCK_EXCLUSIVE_TRY, &third, &f), 0);
	assert_int_equal(third, -1);
	fs_close(&first);
	fs_close(&second);
	assert_int_equal(fs_lock(p->root, "/a/lock", FS_LOCK_EXCLUSIVE_TRY, &third, &f), 0);
	assert_true(third >= 0);
	fs_close(&third);
	assert_int_equal(fs_lock(p->root, "/none/lock", FS_LOCK_EXCLUSIVE, &third, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/none/lock: the lock file cannot be opened"));
}

/* Nix unlinks its lock files: who waited for one that is gone by then must take the new one. */
static void test_lock_of_an_unlinked_file(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct stat held, named;
	int fd, other;
	pid_t child;

	assert_int_equal(fs_lock(p->root, "/lock", FS_LOCK_EXCLUSIVE, &other, &f), 0);
	child = fork();
	if (child == 0) {
		usleep(100000);
		unlinkat(p->root, "lock", 0);
		_exit(0);
	}
	fs_close(&other); /* the child still holds it until it ends */
	assert_int_equal(fs_lock(p->root, "/lock", FS_LOCK_EXCLUSIVE, &fd, &f), 0);
	assert_int_equal(fstat(fd, &held), 0);
	assert_int_equal(fs_stat(p->root, "/lock", &named), 0);
	assert_true(held.st_ino == named.st_ino);
	fs_close(&fd);
	waitpid(child, NULL, 0);
}

static void test_free_space(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	uint64_t bytes = 0, inodes = 0, more = 0;

	assert_int_equal(fs_free(p->root, "/a/none/at/all", &bytes, &inodes, &f), 0);
	assert_true(bytes > 0 && inodes > 0);
	assert_int_equal(fs_free(p->root, "none", &more, &inodes, &f), 0);
	assert_true(more > 0);
	assert_int_equal(fs_free(p->root, "/secret/x", &more, &inodes, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "/secret/x: its file system"));
}

static void test_root_open_refuses(void **state)
{
	struct fault f = { 0 };
	int root;

	(void)state;
	assert_int_equal(fs_root_open("/none/such", &root, &f), FAULT_SYSTEM);
	assert_int_equal(root, -1);
	assert_non_null(strstr(f.text, "/none/such: cannot be opened as the root directory"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_leads_outside), TEST(test_links_are_followed), TEST(test_forty_links),
		TEST(test_lengths), TEST(test_the_root_itself), TEST(test_open_creates_with_exact_mode),
		TEST(test_parent_stat_link),
		TEST(test_real), TEST(test_read), TEST(test_read_host), TEST(test_list), TEST(test_lock),
		TEST(test_lock_of_an_unlinked_file), TEST(test_free_space), TEST(test_root_open_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
