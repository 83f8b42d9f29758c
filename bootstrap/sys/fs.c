#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LINKS_MAX 40 /* symlinks on one path, as the kernel (MAXSYMLINKS) */

/* A path being walked. */
struct walk {
	int root;            /* the caller's */
	int dir;             /* the directory reached: the root itself or ours to close */
	char done[PATH_MAX]; /* its path beneath the root: "" or "a/b", without links, "." and ".." */
	char rest[PATH_MAX]; /* what is still to be walked */
	unsigned links;      /* symlinks followed */
};

void fs_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

static void walk_drop(struct walk *w)
{
	int saved = errno;

	if (w->dir != w->root)
		fs_close(&w->dir);
	errno = saved;
}

static void walk_enter(struct walk *w, int dir)
{
	walk_drop(w);
	w->dir = dir;
}

static int open_step(int dir, const char *name)
{
	return openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Opens one component; -1 with ENOTDIR also for a symlink. */
static int walk_down(struct walk *w, const char *name)
{
	size_t len = strlen(w->done), more = strlen(name) + 2;
	int dir;

	if (len + more > sizeof w->done)
		return refuse(ENAMETOOLONG);
	dir = open_step(w->dir, name);
	if (dir < 0)
		return -1;
	if (len)
		w->done[len++] = '/';
	memcpy(w->done + len, name, more - 1);
	walk_enter(w, dir);
	return 0;
}

/* ".." by name from the root, not by the kernel's "..": a directory that is moved meanwhile leads nowhere outside. */
static int walk_up(struct walk *w)
{
	char again[PATH_MAX], *slash = strrchr(w->done, '/'), *rest = again;

	*(slash ? slash : w->done) = '\0';
	memcpy(again, w->done, sizeof again);
	w->done[0] = '\0';
	walk_enter(w, w->root);
	while (rest && *rest) {
		if (walk_down(w, strsep(&rest, "/")) < 0)
			return -1;
	}
	return 0;
}

/* Puts the target of the symlink `name` before the rest; EINVAL when it is no symlink. */
static int walk_link(struct walk *w, const char *name)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(w->dir, name, target, sizeof target);
	size_t rest = strlen(w->rest);

	if (len < 0)
		return -1;
	if (++w->links > LINKS_MAX)
		return refuse(ELOOP);
	if (len == 0)
		return refuse(ENOENT);
	if ((size_t)len + 1 + rest + 1 > sizeof w->rest)
		return refuse(ENAMETOOLONG);
	memmove(w->rest + len + 1, w->rest, rest + 1);
	memcpy(w->rest, target, (size_t)len);
	w->rest[len] = '/';
	if (target[0] == '/') {
		w->done[0] = '\0';
		walk_enter(w, w->root);
	}
	return 0;
}

/* Cuts the next component off the rest: 1, 0 when there is none left, or -1. *last: nothing but slashes follows. */
static int walk_cut(struct walk *w, char name[FS_NAME_SIZE], bool *last)
{
	const char *start = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(start, "/");
	const char *rest = start + len + strspn(start + len, "/");

	if (!len)
		return 0;
	if (len >= FS_NAME_SIZE)
		return refuse(ENAMETOOLONG);
	memcpy(name, start, len);
	name[len] = '\0';
	*last = *rest == '\0';
	memmove(w->rest, rest, strlen(rest) + 1);
	return 1;
}

/* One component that is not the last one: a directory, or a symlink to go on with. */
static int walk_through(struct walk *w, const char *name)
{
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		return walk_up(w);
	if (walk_down(w, name) == 0)
		return 0;
	if (errno != ENOTDIR && errno != ELOOP)
		return -1;
	if (walk_link(w, name) == 0)
		return 0;
	return refuse(errno == EINVAL ? ENOTDIR : errno);
}

/* Walks to the directory of the last component; `name` is that component, or "." when the path ends in the directory
 * itself. With `follow`, a last component that is a symlink is followed as well. 0 or -1; walk_drop in either case. */
static int walk_path(struct walk *w, int root, const char *path, bool follow, char name[FS_NAME_SIZE])
{
	bool last;
	int more;

	*w = (struct walk){ .root = root, .dir = root };
	if (strlen(path) >= sizeof w->rest)
		return refuse(ENAMETOOLONG);
	memcpy(w->rest, path, strlen(path) + 1);
	while ((more = walk_cut(w, name, &last)) == 1) {
		if (last && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			if (!follow || walk_link(w, name) < 0)
				return !follow || errno == EINVAL || errno == ENOENT ? 0 : -1;
		} else if (walk_through(w, name) < 0) {
			return -1;
		}
	}
	memcpy(name, ".", 2);
	return more;
}

int fs_root_open(const char *path, int *root, struct fault *f)
{
	*root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*root < 0)
		return fault_errno(f, "%s: cannot be opened as the root directory", path);
	return 0;
}

/* A made file gets its mode after it was opened: the umask and a default ACL have no say. */
static int make_file(int dir, const char *name, int flags, mode_t mode)
{
	int fd = openat(dir, name, flags | O_CREAT | O_EXCL, mode);

	if (fd >= 0 && fchmod(fd, mode) < 0) {
		int error = errno;

		fs_close(&fd);
		return refuse(error);
	}
	return fd;
}

/* Making is a step of its own, so that we know whether the file was ours to chmod. */
static int open_or_make(int dir, const char *name, int flags, mode_t mode)
{
	int plain = (flags & ~(O_CREAT | O_EXCL)) | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY;
	int fd = -1;

	if (!(flags & O_CREAT))
		return openat(dir, name, plain);
	if (flags & O_EXCL)
		return make_file(dir, name, plain, mode);
	for (int tries = 0; fd < 0 && tries < LINKS_MAX; tries++) {
		fd = openat(dir, name, plain);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		fd = make_file(dir, name, plain, mode);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

static int open_mode(int root, const char *path, int flags, mode_t mode)
{
	char name[FS_NAME_SIZE];
	struct walk w;
	int fd = walk_path(&w, root, path, !(flags & O_NOFOLLOW), name);

	if (fd == 0)
		fd = open_or_make(w.dir, name, flags, mode);
	walk_drop(&w);
	return fd;
}

int fs_open(int root, const char *path, int flags)
{
	return open_mode(root, path, flags, 0644);
}

/* Readable where we may read it, so that it can be listed and fsynced. */
int fs_open_parent(int root, const char *path, char name[FS_NAME_SIZE])
{
	struct walk w;
	int fd = walk_path(&w, root, path, false, name);

	if (fd == 0) {
		fd = openat(w.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == EACCES)
			fd = open_step(w.dir, ".");
	}
	walk_drop(&w);
	return fd;
}

int fs_stat(int root, const char *path, struct stat *st)
{
	char name[FS_NAME_SIZE];
	struct walk w;
	int result = walk_path(&w, root, path, false, name);

	if (result == 0)
		result = fstatat(w.dir, name, st, AT_SYMLINK_NOFOLLOW);
	walk_drop(&w);
	return result;
}

struct text fs_read_link(int root, const char *path, struct arena *a)
{
	char name[FS_NAME_SIZE], target[PATH_MAX];
	ssize_t len = -1;
	struct walk w;

	if (walk_path(&w, root, path, false, name) == 0)
		len = readlinkat(w.dir, name, target, sizeof target);
	walk_drop(&w);
	return len < 0 ? (struct text){ 0 } : arena_copy(a, (struct text){ target, (size_t)len });
}

struct text fs_real(int root, const char *path, struct arena *a)
{
	struct text real = { 0 };
	char name[FS_NAME_SIZE];
	struct stat st;
	struct walk w;

	if (walk_path(&w, root, path, true, name) == 0 && fstatat(w.dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		bool ends = strcmp(name, ".") != 0;

		real = arena_printf(a, "/%s%s%s", w.done, *w.done && ends ? "/" : "", ends ? name : "");
	}
	walk_drop(&w);
	return real;
}

/* A file that has another name too may be anybody's, unless there is nothing in it. */
static bool is_plain(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_nlink <= 1 || st.st_size == 0);
}

static bool has_names(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 1;
}

/* Does the locked descriptor still have a name? Nix unlinks its lock files: a lock on such a one locks out nobody. */
static bool is_named(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* Is it still the file of that path? */
static bool is_in_place(int root, const char *path, int fd)
{
	struct stat st, now;

	return fstat(fd, &st) == 0 && fs_stat(root, path, &now) == 0 && st.st_dev == now.st_dev && st.st_ino == now.st_ino;
}

/* 0, or -1 with errno; EWOULDBLOCK only when asked not to wait. */
static int take_lock(int fd, int operation)
{
	int result;

	do
		result = flock(fd, operation);
	while (result < 0 && errno == EINTR);
	return result;
}

int fs_lock(int root, const char *path, enum fs_lock_mode mode, int *fd, struct fault *f)
{
	static const int operation[] = { LOCK_SH, LOCK_EX, LOCK_EX | LOCK_NB };
	int flags = (mode == FS_LOCK_SHARED ? O_RDONLY : O_RDWR) | O_NONBLOCK | O_NOFOLLOW; /* NFS wants a writable one for LOCK_EX */
	int code = 0;

	for (;;) {
		*fd = open_mode(root, path, flags | O_CREAT, 0600);
		if (*fd < 0 && errno != ELOOP)
			return fault_errno(f, "%s: the lock file cannot be opened", path);
		if (*fd < 0 || !is_plain(*fd)) {
			fs_close(fd);
			return fault_set(f, FAULT_SYSTEM, "%s: a lock file must be a regular file of one name, and no link; move it away", path);
		}
		if (take_lock(*fd, operation[mode]) < 0) {
			if (errno != EWOULDBLOCK)
				code = fault_errno(f, "%s: cannot be locked", path);
			fs_close(fd);
			return code;
		}
		if (is_in_place(root, path, *fd) && !has_names(*fd))
			return 0;
		/* A tree that was copied by hard links shares it with its twin: the path gets one of its own. */
		code = is_in_place(root, path, *fd) ? fs_unlink(root, path, f) : 0;
		fs_close(fd);
		if (code < 0)
			return code;
	}
}

void fs_unlock(int dir, const char *name, int fd)
{
	unlinkat(dir, name, 0);
	if (!is_named(fd) && write(fd, "d", 1) < 0)
		errno = 0; /* then they wait a little longer */
}
