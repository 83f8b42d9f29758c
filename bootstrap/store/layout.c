#include "store/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "sys/fs.h"

/* Who owns the store could lead root elsewhere. */
static const char *const REAL[] = { "/nix",      STORE_DIR,    "/nix/var",   NIX_STATE,    NIX_STATE "/db",
				    GRAFT_STATE, GRAFT_LOCKS, GRAFT_SPOOL, NIX_PROFILES, NIX_PROFILES "/per-user",
				    NIX_STATE "/gcroots", NIX_STATE "/gcroots/per-user" };

static const char *const DIRECTORIES[] = {
	STORE_DIR,
	STORE_DIR "/.links",
	NIX_STATE "/db",
	NIX_STATE "/temproots",
	NIX_PROFILES "/per-user",
	NIX_STATE "/gcroots/per-user",
	GRAFT_STATE,
	GRAFT_LOCKS,
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

int layout_check(int root, struct fault *f)
{
	for (size_t i = 0; i < COUNT(REAL); i++) {
		struct stat st;
		if (fs_stat(root, REAL[i], &st) < 0) {
			if (errno == ENOENT)
				continue;
			return fault_errno(f, "%s", REAL[i]);
		}
		if (!S_ISDIR(st.st_mode))
			return fault_set(f, FAULT_SYSTEM,
					 "%s is not a directory (Nix allows no symlink here); move it away or mount "
					 "a real directory there",
					 REAL[i]);
	}
	return 0;
}

static int fill_nix(int root, struct text receipt, struct fault *f)
{
	int code = fs_make_dirs(root, "/" LAYOUT_HALF_NIX "/var/nixgraft", 0755, f);
	if (code == 0)
		code = fs_write(root, "/" LAYOUT_HALF_NIX "/var/nixgraft/receipt.json", 0644, receipt, f);
	if (code == 0 && renameat(root, LAYOUT_HALF_NIX, root, "nix") < 0)
		code = fault_errno(f, "/nix");
	return code;
}

static int no_nix(const char *why, struct fault *f)
{
	return fault_set(f, FAULT_SYSTEM, "cannot make /nix (run as root, or let root make it and give it to you: install -d -o USER /nix, "
			 "or mount a volume there): %s", why);
}

int layout_hold(int root)
{
	int fd = fs_open(root, "/", O_RDONLY | O_DIRECTORY);
	while (fd >= 0 && flock(fd, LOCK_EX) < 0 && errno == EINTR)
		;
	return fd;
}

int layout_make_nix(int root, struct text receipt, struct fault *f)
{
	struct stat st;
	struct fault why = { 0 }, ignored = { 0 };
	if (fs_stat(root, "/nix", &st) == 0)
		return 0;
	FD_AUTO held = layout_hold(root);
	if (fs_stat(root, "/nix", &st) == 0) /* made by another run, meanwhile */
		return 0;
	if (fs_remove_tree(root, LAYOUT_HALF_NIX, &why) == 0 && fill_nix(root, receipt, &why) == 0)
		return 0;
	if (fs_remove_tree(root, LAYOUT_HALF_NIX, &ignored) < 0)
		fault_clear(&ignored);
	return no_nix(why.text, f);
}

int layout_may_make(int root, struct fault *f)
{
	struct stat st;
	if (fs_stat(root, "/nix", &st) == 0 || fs_may_write(root, "/"))
		return 0;
	return no_nix(strerror(errno), f);
}

static int make_user(int root, const char *user, struct fault *f)
{
	static const char *const above[] = { NIX_PROFILES "/per-user", NIX_STATE "/gcroots/per-user" };
	for (size_t i = 0; i < COUNT(above); i++) {
		char path[512];
		snprintf(path, sizeof path, "%s/%s", above[i], user);
		int code = fs_make_dirs(root, path, 0755, f);
		if (code < 0)
			return code;
	}
	return 0;
}

int layout_make(int root, const char *user, struct fault *f)
{
	int code = layout_check(root, f);
	for (size_t i = 0; code == 0 && i < COUNT(DIRECTORIES); i++)
		code = fs_make_dirs(root, DIRECTORIES[i], 0755, f);
	if (code == 0 && user)
		code = make_user(root, user, f);
	if (code < 0)
		return code;
	/* Not fs_link: no lock is held yet, and its half-made link would be another run's to clean up. */
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, NIX_STATE "/gcroots/profiles", name);
	if (dir < 0 || (symlinkat(NIX_PROFILES, dir, name) < 0 && errno != EEXIST))
		return fault_errno(f, NIX_STATE "/gcroots/profiles");
	return 0;
}

/* Whose each lock is. */
static const struct holder {
	const char *path; /* of the lock */
	const char *whom; /* in words */
} HOLDERS[] = {
	{ GRAFT_LOCK, "another nixgraft" },
	{ NIX_BIG_LOCK, "a Nix" },
	{ NIX_GC_LOCK, "Nix's garbage collector" },
};

int layout_lock(int root, const char *path, const struct waiter *waiter, int *fd, struct fault *f)
{
	int code = fs_lock(root, path, FS_LOCK_EXCLUSIVE_TRY, fd, f);
	if (code < 0 || *fd >= 0)
		return code;
	for (size_t i = 0; waiter && i < COUNT(HOLDERS); i++)
		if (strcmp(path, HOLDERS[i].path) == 0)
			waiter->tell(waiter->context, HOLDERS[i].whom);
	return fs_lock(root, path, FS_LOCK_EXCLUSIVE, fd, f);
}
