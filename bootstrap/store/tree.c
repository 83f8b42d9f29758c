#include "store/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "format/nar.h"
#include "sys/fs.h"

/* Files in a store are as old as the epoch's first second. */
static const struct timespec MTIME[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };

/* The directories that are open, and the file that is being written. */
struct writer {
	const char *root;          /* name of the root node in dirs[0] */
	int dirs[NAR_DEPTH_MAX + 1]; /* dirs[0] is the caller's; the last is where entries go */
	unsigned depth;            /* index of the last */
	int file;                  /* the open file, or -1 */
	uint64_t offset;           /* bytes written to it */
	bool executable;           /* its mode */
	char where[NAR_NAME_MAX + 1]; /* the last name, for messages */
};

static const char *entry(struct writer *w, const char *name)
{
	const char *entry_name = *name ? name : w->root;
	snprintf(w->where, sizeof w->where, "%s", entry_name);
	return entry_name;
}

static int refused(struct writer *w, const char *what, struct fault *f)
{
	return fault_errno(f, "%s '%s' in the store object", what, w->where);
}

/* A default ACL of the store directory would come down on the root node; below it there is none left to inherit. */
static void shed_acl(int fd)
{
	fremovexattr(fd, "system.posix_acl_default");
	fremovexattr(fd, "system.posix_acl_access");
}

static int on_directory(void *context, const char *name, struct fault *f)
{
	struct writer *w = context;
	int up = w->dirs[w->depth];
	const char *made = entry(w, name);
	if (mkdirat(up, made, 0755) < 0)
		return refused(w, "cannot make directory", f);
	int fd = openat(up, made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return refused(w, "cannot open directory", f);
	w->dirs[++w->depth] = fd;
	if (w->depth == 1)
		shed_acl(fd);
	return 0;
}

static int on_directory_end(void *context, struct fault *f)
{
	struct writer *w = context;
	int fd = w->dirs[w->depth--];
	int code = 0;
	if (fchmod(fd, 0555) < 0 || futimens(fd, MTIME) < 0)
		code = refused(w, "cannot seal a directory after", f);
	close(fd);
	return code;
}

static int on_file(void *context, const char *name, bool executable, uint64_t size, struct fault *f)
{
	struct writer *w = context;
	(void)size;
	w->file = openat(w->dirs[w->depth], entry(w, name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->file < 0)
		return refused(w, "cannot make file", f);
	w->offset = 0;
	w->executable = executable;
	if (w->depth == 0)
		shed_acl(w->file);
	return 0;
}

static int on_file_data(void *context, struct text bytes, struct fault *f)
{
	struct writer *w = context;
	int code = fs_write_at(w->file, w->offset, bytes, w->where, f);
	w->offset += bytes.len;
	return code;
}

static int on_file_end(void *context, struct fault *f)
{
	struct writer *w = context;
	int fd = w->file;
	int code = 0;
	w->file = -1;
	if (fchmod(fd, w->executable ? 0555 : 0444) < 0 || futimens(fd, MTIME) < 0)
		code = refused(w, "cannot seal file", f);
	if (close(fd) < 0 && code == 0)
		code = refused(w, "cannot write file", f);
	return code;
}

static int on_symlink(void *context, const char *name, const char *target, struct fault *f)
{
	struct writer *w = context;
	const char *made = entry(w, name);
	if (symlinkat(target, w->dirs[w->depth], made) < 0 ||
	    utimensat(w->dirs[w->depth], made, MTIME, AT_SYMLINK_NOFOLLOW) < 0)
		return refused(w, "cannot make symlink", f);
	return 0;
}

static const struct nar_ops UNPACK = {
	.directory = on_directory,
	.directory_end = on_directory_end,
	.file = on_file,
	.file_data = on_file_data,
	.file_end = on_file_end,
	.symlink = on_symlink,
};

int tree_unpack(int dir, const char *name, struct stream *from, struct fault *f)
{
	struct writer w = { .root = name, .dirs = { dir }, .file = -1 };
	int code = nar_parse(from, &UNPACK, &w, f);
	fs_close(&w.file);
	for (; w.depth > 0; w.depth--)
		close(w.dirs[w.depth]);
	return code;
}
