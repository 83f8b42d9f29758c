#include "store/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "store/layout.h"
#include "sys/fs.h"

#define DEPTH_MAX 256 /* directories within one another, as fs_remove_tree */

int stamp_read(int64_t *seconds, struct fault *f)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t number;
	*seconds = STAMP_NONE;
	if (!epoch || !*epoch)
		return 0;
	if (!text_u64(text_of(epoch), INT64_MAX, &number))
		return fault_set(f, FAULT_USAGE, "SOURCE_DATE_EPOCH=%s must be a number of seconds since 1970; set it to one, or unset it", epoch);
	*seconds = (int64_t)number;
	return 0;
}

static bool is_later(const struct stat *st, int64_t seconds)
{
	return st->st_mtim.tv_sec > seconds || (st->st_mtim.tv_sec == seconds && st->st_mtim.tv_nsec > 0);
}

/* What is not there, and what we may not change, is left alone. */
static int stamp(int dir, const char *name, int64_t seconds, struct fault *f)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = seconds } };
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "%s", name);
	if (!is_later(&st, seconds) || utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	bool barred = errno == EPERM || errno == EACCES || errno == EROFS;
	return barred ? 0 : fault_errno(f, "%s: its time cannot be set", name);
}

static int stamp_tree(int dir, const char *name, int64_t seconds, unsigned depth, struct fault *f)
{
	struct arena scratch = { 0 };
	struct texts names;
	FD_AUTO inside = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int code = 0;
	if (inside >= 0 && depth < DEPTH_MAX) {
		code = fs_list(inside, "/", &scratch, &names, f);
		for (size_t i = 0; code == 0 && i < names.count; i++)
			code = stamp_tree(inside, names.at[i].at, seconds, depth + 1, f);
		arena_drop(&scratch);
	}
	return code == 0 ? stamp(dir, name, seconds, f) : code;
}

/* The path and the folder that it is in. */
static int stamp_path(int root, const char *path, int64_t seconds, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, path, name);
	if (dir < 0)
		return errno == ENOENT || errno == EACCES ? 0 : fault_errno(f, "%s", path);
	int code = stamp(dir, name, seconds, f);
	return code == 0 ? stamp(dir, ".", seconds, f) : code;
}

static int stamp_nix(int root, int64_t seconds, struct fault *f)
{
	FD_AUTO nix = fs_open(root, "/nix", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (nix < 0)
		return fault_errno(f, "/nix");
	int code = stamp_tree(nix, "var", seconds, 0, f);
	if (code == 0)
		code = stamp_path(root, STORE_DIR "/.links", seconds, f);
	return code == 0 ? stamp(nix, ".", seconds, f) : code;
}

int stamp_set(int root, const struct receipt *receipt, int64_t seconds, struct fault *f)
{
	int code = stamp_nix(root, seconds, f);
	for (size_t i = 0; code == 0 && i < receipt->wire_count; i++)
		code = stamp_path(root, receipt->wires[i].path.at, seconds, f);
	for (size_t i = 0; code == 0 && i < receipt->folders.count; i++)
		code = stamp_path(root, receipt->folders.at[i].at, seconds, f);
	return code;
}
