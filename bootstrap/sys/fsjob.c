#include "sys/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define READ_BYTES (32 << 10) /* bytes of one read of a whole file */
#define TREE_DEPTH_MAX 256    /* directories within one another that are removed; NAR_DEPTH_MAX is far below */

static int read_all(int fd, const char *path, size_t max, struct buffer *out, struct fault *f)
{
	char block[READ_BYTES];
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "%s: cannot be read", path);
		if ((size_t)n > max - out->len)
			return fault_set(f, FAULT_INPUT, "%s: longer than %zu bytes, the most that is read", path, max);
		buffer_add(out, block, (size_t)n);
	}
	return 0;
}

static int refuse_open(const char *path, struct fault *f)
{
	return errno == ENOENT ? FS_ABSENT : fault_errno(f, "%s: cannot be opened", path);
}

int fs_read(int root, const char *path, size_t max, struct buffer *out, struct fault *f)
{
	FD_AUTO fd = fs_open(root, path, O_RDONLY | O_NONBLOCK);
	struct stat st;

	buffer_reset(out);
	if (fd < 0)
		return refuse_open(path, f);
	if (fstat(fd, &st) < 0)
		return fault_errno(f, "%s: cannot be looked at", path);
	if (!S_ISREG(st.st_mode))
		return fault_set(f, FAULT_SYSTEM, "%s: not a regular file", path);
	return read_all(fd, path, max, out, f);
}

int fs_read_host(const char *path, size_t max, struct buffer *out, struct fault *f)
{
	bool standard = strcmp(path, "-") == 0;
	FD_AUTO fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *what = standard ? "standard input" : path;

	buffer_reset(out);
	return fd < 0 ? refuse_open(what, f) : read_all(fd, what, max, out, f);
}

static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

int fs_list(int root, const char *path, struct arena *a, struct texts *names, struct fault *f)
{
	FD_AUTO fd = fs_open(root, path, O_RDONLY | O_DIRECTORY);
	__attribute__((cleanup(close_dir))) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	LIST(struct text) list = { 0 };
	struct dirent *entry;

	*names = (struct texts){ 0 };
	if (!d)
		return errno == ENOENT ? 0 : fault_errno(f, "%s: the directory cannot be opened", path);
	fd = -1; /* the stream's now */
	while ((errno = 0, entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			LIST_PUSH(&list, a, arena_copy(a, text_of(entry->d_name)));
	}
	if (errno)
		return fault_errno(f, "%s: the directory cannot be read", path);
	if (list.count)
		qsort(list.at, list.count, sizeof *list.at, text_compare_items);
	*names = LIST_TEXTS(list);
	return 0;
}

/* Exact mode and no ACL: a default ACL of the parent (Codespaces' /tmp has one) gives each new file its own. */
static int set_mode(int fd, mode_t mode)
{
	fremovexattr(fd, "system.posix_acl_access");
	fremovexattr(fd, "system.posix_acl_default");
	return fchmod(fd, mode);
}

/* Directories that cannot be read (EBADF: opened with O_PATH) or whose file system has no such thing stay unflushed. */
static int flush_dir(int dir)
{
	return fsync(dir) < 0 && errno != EBADF && errno != EINVAL ? -1 : 0;
}

static int make_dir(int root, const char *path, mode_t mode, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO parent = fs_open_parent(root, path, name);
	FD_AUTO dir = -1;

	/* Another run may make it at the same time; a kill before the mode is set must leave a usable one. */
	if (parent < 0 || (mkdirat(parent, name, mode) < 0 && errno != EEXIST))
		return fault_errno(f, "%s: the directory cannot be made", path);
	dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return fault_errno(f, "%s: the directory cannot be made", path);
	if (set_mode(dir, mode) < 0)
		return fault_errno(f, "%s: the new directory cannot be given mode %04o", path, (unsigned)mode);
	return 0;
}

/* Makes `path` unless it is a directory already. */
static int need_dir(int root, const char *path, mode_t mode, struct fault *f)
{
	FD_AUTO dir = fs_open(root, path, O_PATH | O_DIRECTORY);

	if (dir >= 0)
		return 0;
	return errno == ENOENT ? make_dir(root, path, mode, f) : fault_errno(f, "%s: no directory", path);
}

int fs_make_dirs(int root, const char *path, mode_t mode, struct fault *f)
{
	char part[PATH_MAX];
	size_t len = strlen(path), at = 0;
	FD_AUTO dir = fs_open(root, path, O_PATH | O_DIRECTORY);
	int code = 0;

	if (dir >= 0)
		return 0;
	if (len >= sizeof part)
		return fault_set(f, FAULT_SYSTEM, "%s: longer than %d bytes, the longest path there is", path, PATH_MAX - 1);
	while (code == 0 && at < len) {
		at += strspn(path + at, "/");
		at += strcspn(path + at, "/");
		memcpy(part, path, at);
		part[at] = '\0';
		code = need_dir(root, part, mode, f);
	}
	return code;
}

/* An entry being replaced by way of a temporary name beside it. What a killed run left has the same name, and goes. */
struct replacing {
	int dir;                  /* its directory */
	const char *path;         /* for messages */
	char name[FS_NAME_SIZE];  /* its own name */
	char temp[FS_NAME_SIZE];  /* the temporary one */
	bool inherits;            /* does the new file get owner and mode of the old one? */
};

/* Renames the finished temporary entry; on failure it is gone. */
static int put_in_place(const struct replacing *r, struct fault *f)
{
	if (renameat(r->dir, r->temp, r->dir, r->name) < 0) {
		fault_errno(f, "%s: cannot be replaced", r->path);
		unlinkat(r->dir, r->temp, 0);
		return f->code;
	}
	return flush_dir(r->dir) < 0 ? fault_errno(f, "%s: its directory cannot be flushed to disk", r->path) : 0;
}

/* Gives the file beside it the owner of the one that is replaced, as far as we may; its mode, or `otherwise` when there is none. */
static mode_t inherit(const struct replacing *r, int fd, mode_t otherwise)
{
	struct stat st, now;

	if (!r->inherits || fstatat(r->dir, r->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return otherwise;
	if (fchown(fd, st.st_uid, st.st_gid) < 0 && (fstat(fd, &now) < 0 || now.st_uid != st.st_uid))
		return otherwise;
	return st.st_mode & 0777;
}

static int fill_file(int fd, mode_t mode, struct text bytes, const char *path, struct fault *f)
{
	int code = fs_write_at(fd, 0, bytes, path, f);

	if (code < 0)
		return code;
	if (set_mode(fd, mode) < 0)
		return fault_errno(f, "%s: cannot be given mode %04o", path, (unsigned)mode);
	return fsync(fd) < 0 ? fault_errno(f, "%s: cannot be flushed to disk", path) : 0;
}

static int replace_file(const struct replacing *r, mode_t mode, struct text bytes, struct fault *f)
{
	FD_AUTO fd = -1;
	int code;

	unlinkat(r->dir, r->temp, 0);
	fd = openat(r->dir, r->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_errno(f, "%s: no file can be made in its directory", r->path);
	code = fill_file(fd, inherit(r, fd, mode), bytes, r->path, f);
	if (code == 0)
		return put_in_place(r, f);
	unlinkat(r->dir, r->temp, 0);
	return code;
}

int fs_write(int root, const char *path, mode_t mode, struct text bytes, struct fault *f)
{
	struct replacing r = { .path = path };
	FD_AUTO dir = fs_open_parent(root, path, r.name);

	if (dir < 0)
		return fault_errno(f, "%s: no file can be made in its directory", path);
	r.dir = dir;
	snprintf(r.temp, sizeof r.temp, ".nixgraft-%.200s", r.name);
	return replace_file(&r, mode, bytes, f);
}

/* Nobody holds a lock here: the process's number keeps two that write one file apart. */
int fs_write_host(const char *path, mode_t mode, struct text bytes, struct fault *f)
{
	char folder[PATH_MAX], *slash;
	struct replacing r = { .path = path, .inherits = true };
	FD_AUTO dir = -1;
	struct stat st;

	/* A link is followed: what it leads to is written. */
	if (!realpath(path, folder)) {
		if (lstat(path, &st) == 0)
			return fault_set(f, FAULT_SYSTEM, "%s: is a link that leads to no file; make that file, or remove the link", path);
		snprintf(folder, sizeof folder, "%s%s", strchr(path, '/') ? "" : "./", path);
	} else if (stat(folder, &st) == 0 && !S_ISREG(st.st_mode)) {
		return fault_set(f, FAULT_SYSTEM, "%s: not a regular file", path);
	}
	slash = strrchr(folder, '/');
	snprintf(r.name, sizeof r.name, "%s", slash + 1);
	snprintf(r.temp, sizeof r.temp, ".nixgraft-%ld-%.200s", (long)getpid(), r.name);
	slash[1] = '\0';
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fault_errno(f, "%s: its directory cannot be opened", path);
	r.dir = dir;
	return replace_file(&r, mode, bytes, f);
}

static bool links_to(int dir, const char *name, const char *target)
{
	char now[PATH_MAX];
	ssize_t len = readlinkat(dir, name, now, sizeof now);

	return len >= 0 && text_equal((struct text){ now, (size_t)len }, text_of(target));
}

int fs_link(int root, const char *path, const char *target, struct fault *f)
{
	struct replacing r = { .path = path };
	FD_AUTO dir = fs_open_parent(root, path, r.name);

	if (dir >= 0 && links_to(dir, r.name, target))
		return 0;
	snprintf(r.temp, sizeof r.temp, ".nixgraft-%.200s", r.name);
	r.dir = dir;
	if (dir >= 0)
		unlinkat(dir, r.temp, 0);
	if (dir < 0 || symlinkat(target, dir, r.temp) < 0)
		return fault_errno(f, "%s: no symlink can be made in its directory", path);
	return put_in_place(&r, f);
}

/* Opens a directory that is to be emptied, and makes it writable. A mode without r needs the change before the open. */
static int open_doomed(int dir, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, flags);
	struct stat st;

	if (fd < 0 && errno == EACCES && fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(dir, name, flags);
	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700)
		fchmod(fd, 0700);
	return fd;
}

static int remove_entry(int dir, const char *name, unsigned depth, struct fault *f);

/* One pass over the entries; *removed counts them: some file systems skip entries while others go. */
static int empty_dir(DIR *d, unsigned depth, size_t *removed, struct fault *f)
{
	struct dirent *entry;
	int code = 0;

	rewinddir(d);
	for (*removed = 0; code == 0 && (entry = readdir(d));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		code = remove_entry(dirfd(d), entry->d_name, depth + 1, f);
		++*removed;
	}
	return code;
}

static int remove_dir(int dir, const char *name, unsigned depth, struct fault *f)
{
	FD_AUTO fd = open_doomed(dir, name);
	__attribute__((cleanup(close_dir))) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	size_t removed;
	int code;

	if (!d)
		return errno == ENOENT ? 0 : fault_errno(f, "%s: the directory cannot be opened for removal", name);
	fd = -1; /* the stream's now */
	if (depth >= TREE_DEPTH_MAX)
		return fault_set(f, FAULT_SYSTEM, "%s: more than %d directories deep; remove it by hand", name,
				 TREE_DEPTH_MAX);
	do {
		code = empty_dir(d, depth, &removed, f);
		if (code < 0)
			return fault_wrap(f, "in %s", name);
		if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
	} while (errno == ENOTEMPTY && removed > 0);
	return fault_errno(f, "%s: the directory cannot be removed", name);
}

static int remove_entry(int dir, const char *name, unsigned depth, struct fault *f)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	return errno == EISDIR ? remove_dir(dir, name, depth, f) : fault_errno(f, "%s: cannot be removed", name);
}

int fs_unlink(int root, const char *path, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, path, name);

	if (dir >= 0 && unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return fault_errno(f, "cannot remove %s", path);
	return 0;
}

int fs_remove_tree(int dir, const char *name, struct fault *f)
{
	return remove_entry(dir, name, 0, f);
}

int fs_write_at(int fd, uint64_t offset, struct text bytes, const char *what, struct fault *f)
{
	while (bytes.len) {
		ssize_t n = pwrite(fd, bytes.at, bytes.len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "%s: cannot be written", what);
		offset += (size_t)n;
		bytes = text_skip(bytes, (size_t)n);
	}
	return 0;
}

int fs_flush(int fd, struct fault *f)
{
	return syncfs(fd) < 0 ? fault_errno(f, "the file system cannot be flushed to disk") : 0;
}

/* ---- room ---- */

/* Opens `path`, or its nearest parent that is there; a link that leads nowhere is there, and cannot be opened. */
static int open_nearest(int root, const char *path)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	struct stat st;
	int fd = -1;

	if (len >= sizeof part)
		errno = ENAMETOOLONG;
	else
		memcpy(part, path, len + 1);
	while (len < sizeof part && (fd = fs_open(root, len ? part : "/", O_PATH)) < 0 && errno == ENOENT && len) {
		if (fs_stat(root, part, &st) == 0) {
			errno = ENOENT;
			break;
		}
		while (len > 0 && part[--len] != '/')
			;
		part[len] = '\0';
	}
	return fd;
}

int fs_free(int root, const char *path, uint64_t *bytes, uint64_t *inodes, struct fault *f)
{
	FD_AUTO fd = open_nearest(root, path);
	struct statvfs st;

	if (fd < 0 || fstatvfs(fd, &st) < 0)
		return fault_errno(f, "%s: its file system cannot be looked at", path);
	*bytes = (uint64_t)st.f_bavail * st.f_frsize;
	*inodes = st.f_files ? st.f_favail : UINT64_MAX; /* btrfs and the like have no fixed number */
	return 0;
}

bool fs_may_write(int root, const char *folder)
{
	FD_AUTO fd = open_nearest(root, folder);

	return fd >= 0 && faccessat(fd, ".", W_OK, AT_EACCESS) == 0;
}
