#include "store/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "store/layout.h"
#include "sys/fs.h"

#define DEPTH_MAX 256 /* directories within one another, as fs_remove_tree */

int stamp_read(struct stamp *s, struct fault *f)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t number;
	s->seconds = STAMP_NONE;
	if (!epoch || !*epoch)
		return 0;
	if (!text_u64(text_of(epoch), INT64_MAX, &number))
		return fault_set(f, FAULT_USAGE, "SOURCE_DATE_EPOCH=%s must be a number of seconds since 1970; set it to one, or unset it", epoch);
	s->seconds = (int64_t)number;
	return 0;
}

/* Coarse, as the kernel's own for files: a finer one could be later than that of a file made just after. */
void stamp_begin(struct stamp *s)
{
	clock_gettime(CLOCK_REALTIME_COARSE, &s->since);
}

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* What is not there, and what we may not change, is left alone. */
static int stamp(const struct stamp *s, int dir, const char *name, struct fault *f)
{
	const struct timespec wanted = { .tv_sec = s->seconds }, times[2] = { { .tv_nsec = UTIME_OMIT }, wanted };
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "%s", name);
	bool right = is_before(st.st_mtim, s->since) || !is_before(wanted, st.st_mtim);
	if (right || utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	bool barred = errno == EPERM || errno == EACCES || errno == EROFS;
	return barred ? 0 : fault_errno(f, "%s: its time cannot be set", name);
}

static int stamp_tree(const struct stamp *s, int dir, const char *name, unsigned depth, struct fault *f)
{
	struct arena scratch = { 0 };
	struct texts names;
	FD_AUTO inside = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int code = 0;
	if (inside >= 0 && depth < DEPTH_MAX) {
		code = fs_list(inside, "/", &scratch, &names, f);
		for (size_t i = 0; code == 0 && i < names.count; i++)
			code = stamp_tree(s, inside, names.at[i].at, depth + 1, f);
		arena_drop(&scratch);
	}
	return code == 0 ? stamp(s, dir, name, f) : code;
}

/* The path and the folder that it is, or was, in. */
static int stamp_path(const struct stamp *s, int root, const char *path, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, path, name);
	if (dir < 0)
		return errno == ENOENT || errno == EACCES ? 0 : fault_errno(f, "%s", path);
	int code = stamp(s, dir, name, f);
	return code == 0 ? stamp(s, dir, ".", f) : code;
}

static int stamp_nix(const struct stamp *s, int root, struct fault *f)
{
	FD_AUTO nix = fs_open(root, "/nix", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (nix < 0)
		return fault_errno(f, "/nix");
	int code = stamp_tree(s, nix, "var", 0, f);
	if (code == 0)
		code = stamp_path(s, root, STORE_DIR "/.links", f);
	return code == 0 ? stamp(s, nix, ".", f) : code;
}

int stamp_set(int root, const struct stamp *s, const struct wire_plan *plan, struct fault *f)
{
	if (s->seconds == STAMP_NONE)
		return 0;
	int code = stamp_nix(s, root, f);
	for (size_t i = 0; code == 0 && i < plan->wires.count; i++)
		code = stamp_path(s, root, plan->wires.at[i].path.at, f);
	for (size_t i = 0; code == 0 && i < plan->obsolete.count; i++)
		code = stamp_path(s, root, plan->obsolete.at[i].at, f);
	for (size_t i = 0; code == 0 && i < plan->folders.count; i++)
		code = stamp_path(s, root, plan->folders.at[i].at, f);
	return code;
}
