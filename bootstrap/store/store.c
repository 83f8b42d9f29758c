#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "format/storepath.h"
#include "store/dump.h"
#include "store/layout.h"
#include "store/tree.h"
#include "sys/fs.h"

#define LOCK_MODE (S_IFREG | 0600) /* of a path's lock file (Nix libstore/pathlocks.cc, openLockFile) */
#define NAME_SIZE (STOREPATH_BASE_MAX + sizeof GRAFT_STAGE_PREFIX + 8)

static int take_locks(struct store *s, const struct waiter *waiter, struct fault *f)
{
	struct stat st;
	int code = layout_lock(s->root->fd, GRAFT_LOCK, waiter, &s->own, f);
	if (code == 0)
		code = fs_lock(s->root->fd, NIX_GC_LOCK, FS_LOCK_SHARED, &s->gc, f);
	s->live = fs_stat(s->root->fd, NIX_DB, &st) == 0;
	if (code == 0)
		code = fs_lock(s->root->fd, NIX_BIG_LOCK, s->live ? FS_LOCK_SHARED : FS_LOCK_EXCLUSIVE, &s->big, f);
	return code;
}

/* A path's lock file that nobody holds: a dead run's. Its mode tells it from a store object of such a name. */
static void drop_stale_lock(struct store *s, struct text name)
{
	struct text path = { name.at, name.len - strlen(".lock") };
	struct stat st;
	if (!text_ends(name, TEXT(".lock")) || !storepath_valid(path))
		return;
	FD_AUTO fd = openat(s->dir, name.at, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0 || st.st_mode != LOCK_MODE || st.st_size)
		return;
	fs_unlock(s->dir, name.at, fd);
}

/* Under our own lock every staged object is a dead run's. */
static int sweep(struct store *s, struct fault *f)
{
	struct arena scratch = { 0 };
	struct texts names;
	int code = fs_list(s->dir, "/", &scratch, &names, f);
	for (size_t i = 0; code == 0 && i < names.count; i++)
		if (text_starts(names.at[i], TEXT(GRAFT_STAGE_PREFIX)))
			code = fs_remove_tree(s->dir, names.at[i].at, f);
	for (size_t i = 0; code == 0 && i < names.count; i++)
		drop_stale_lock(s, names.at[i]);
	arena_drop(&scratch);
	return code;
}

int store_begin(struct store *s, const struct root *root, const char *user, const struct waiter *waiter, struct fault *f)
{
	*s = (struct store){ .root = root, .dir = -1, .own = -1, .big = -1, .gc = -1 };
	pthread_mutex_init(&s->mutex, NULL);
	int code = layout_make(root->fd, user, f);
	if (code == 0)
		code = take_locks(s, waiter, f);
	if (code == 0 && (s->dir = fs_open(root->fd, STORE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) < 0)
		code = fault_errno(f, STORE_DIR);
	return code == 0 ? sweep(s, f) : code;
}

static void release(struct store *s, const struct store_held *held)
{
	char name[NAME_SIZE];
	snprintf(name, sizeof name, TEXT_F ".lock", TEXT_A(held->path));
	fs_unlock(s->dir, name, held->fd);
	close(held->fd);
}

void store_end(struct store *s)
{
	if (!s->root)
		return;
	for (size_t i = 0; i < s->held.count; i++)
		release(s, &s->held.at[i]);
	fs_close(&s->dir);
	fs_close(&s->big);
	fs_close(&s->gc);
	fs_close(&s->own);
	arena_drop(&s->arena);
	pthread_mutex_destroy(&s->mutex);
	*s = (struct store){ 0 };
}

static bool is_held(struct store *s, struct text path)
{
	for (size_t i = 0; i < s->held.count; i++)
		if (text_equal(s->held.at[i].path, path))
			return true;
	return false;
}

/* Opens the lock file and waits for it; *fd is -1 when it went stale while we waited. */
static int try_lock(struct store *s, const char *name, int *fd, struct fault *f)
{
	struct stat st;
	*fd = openat(s->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0)
		return fault_errno(f, "cannot open the lock " STORE_DIR "/%s", name);
	while (flock(*fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return fault_errno(f, "cannot lock " STORE_DIR "/%s", name);
	if (fstat(*fd, &st) < 0 || st.st_size != 0)
		fs_close(fd);
	return 0;
}

static int hold(struct store *s, struct text path, struct fault *f)
{
	char name[NAME_SIZE];
	struct store_held held = { path, -1 };
	if (!s->live)
		return 0;
	pthread_mutex_lock(&s->mutex);
	bool mine = is_held(s, path);
	pthread_mutex_unlock(&s->mutex);
	if (mine)
		return 0;
	snprintf(name, sizeof name, TEXT_F ".lock", TEXT_A(path));
	int code = 0;
	while (code == 0 && held.fd < 0)
		code = try_lock(s, name, &held.fd, f);
	if (code < 0) {
		fs_close(&held.fd);
		return code;
	}
	pthread_mutex_lock(&s->mutex);
	LIST_PUSH(&s->held, &s->arena, held);
	pthread_mutex_unlock(&s->mutex);
	return 0;
}

static void base_name(char out[NAME_SIZE], const char *prefix, struct text part)
{
	snprintf(out, NAME_SIZE, "%s" TEXT_F, prefix, TEXT_A(part));
}

int store_adopt(struct store *s, const struct lock_path *p, bool *right, struct fault *f)
{
	char name[NAME_SIZE];
	struct stat st;
	*right = false;
	base_name(name, "", p->path);
	if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault_errno(f, STORE_DIR "/%s", name);
	int code = hold(s, p->path, f);
	if (code < 0)
		return code;
	struct fault why = { 0 };
	code = dump_check(s->dir, p, &why);
	*right = code == 0;
	return code == FAULT_SYSTEM ? fault_set(f, code, STORE_DIR "/%s: %s", name, why.text) : 0;
}

/* What stands in the way steps aside first: rename cannot replace a directory that is not empty. An overlay moves no directory that
 * a lower layer of the image has (EXDEV): such a one is removed where it stands. It was found wrong, its locks are held, and the new
 * object is complete and sealed; a run that is killed before that one is in place leaves none, which the next run makes again. */
static int clear_place(struct store *s, const char *name, const char *aside, struct fault *f)
{
	if (renameat(s->dir, name, s->dir, aside) == 0 || errno == ENOENT)
		return 0;
	if (errno == EXDEV)
		return fs_remove_tree(s->dir, name, f);
	return fault_errno(f, "cannot move " STORE_DIR "/%s aside", name);
}

static int put_in_place(struct store *s, const char *stage, struct text path, struct fault *f)
{
	char name[NAME_SIZE], aside[NAME_SIZE];
	base_name(name, "", path);
	base_name(aside, GRAFT_STAGE_PREFIX "old-", storepath_hash(path));
	int code = clear_place(s, name, aside, f);
	if (code < 0)
		return code;
	if (renameat(s->dir, stage, s->dir, name) < 0)
		return fault_errno(f, "cannot put " STORE_DIR "/%s in place", name);
	pthread_mutex_lock(&s->mutex);
	LIST_PUSH(&s->added, &s->arena, path);
	pthread_mutex_unlock(&s->mutex);
	return fs_remove_tree(s->dir, aside, f);
}

int store_add(struct store *s, const struct lock_path *p, struct stream *nar, struct fault *f)
{
	char stage[NAME_SIZE];
	struct stream_check check;
	base_name(stage, GRAFT_STAGE_PREFIX, storepath_hash(p->path));
	int code = hold(s, p->path, f);
	if (code < 0)
		return code;
	stream_check_open(&check, nar, p->nar_size, &p->nar_digest, "NAR");
	code = tree_unpack(s->dir, stage, &check.stream, f);
	stream_check_close(&check);
	if (code == 0)
		code = put_in_place(s, stage, p->path, f);
	if (code < 0) {
		struct fault ignored = { 0 };
		if (fs_remove_tree(s->dir, stage, &ignored) < 0)
			return code; /* the next run sweeps it */
	}
	return code;
}

void store_undo(struct store *s)
{
	char name[NAME_SIZE];
	for (size_t i = 0; i < s->added.count; i++) {
		struct fault ignored = { 0 };
		base_name(name, "", s->added.at[i]);
		if (fs_remove_tree(s->dir, name, &ignored) < 0)
			continue; /* unregistered: the next run checks and replaces it */
	}
	store_keep(s);
}

void store_keep(struct store *s)
{
	s->added.count = 0;
}

int store_hold(struct store *s, struct text path, struct fault *f)
{
	return hold(s, path, f);
}

int store_discard(struct store *s, struct text path, struct fault *f)
{
	char name[NAME_SIZE];
	base_name(name, "", path);
	int code = hold(s, path, f);
	return code == 0 ? fs_remove_tree(s->dir, name, f) : code;
}
