#include "store/removal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/holdings.h"
#include "store/nixdb.h"
#include "store/receipt.h"
#include "sys/fs.h"

#define LOCK_NAME "lock"
#define RECEIPT_NAME "receipt.json"

/* ---- locks ---- */

/* Where the folder is gone already, nobody can be at work in it. */
static int lock(int root, const char *path, const struct waiter *waiter, int *fd, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO folder = fs_open_parent(root, path, name);
	return folder < 0 && errno == ENOENT ? 0 : layout_lock(root, path, waiter, fd, f);
}

int removal_begin(struct removal *r, const struct root *root, const struct waiter *waiter, struct fault *f)
{
	*r = (struct removal){ root, -1, -1, -1 };
	int code = layout_check(root->fd, f);
	if (code == 0)
		code = lock(root->fd, GRAFT_LOCK, waiter, &r->own, f);
	if (code == 0)
		code = lock(root->fd, NIX_BIG_LOCK, waiter, &r->big, f);
	return code == 0 ? lock(root->fd, NIX_GC_LOCK, waiter, &r->gc, f) : code;
}

void removal_end(struct removal *r)
{
	if (!r->root)
		return;
	fs_close(&r->gc);
	fs_close(&r->big);
	fs_close(&r->own);
	*r = (struct removal){ 0 };
}

/* ---- rows ---- */

static int run_for_each(struct dbfile *db, const char *sql, struct texts paths, struct fault *f)
{
	struct dbquery *q = NULL;
	struct arena scratch = { 0 };
	bool row;
	int code = dbquery_make(&q, db, sql, f);
	for (size_t i = 0; code == 0 && i < paths.count; i++) {
		dbquery_text(q, 1, arena_printf(&scratch, STORE_PREFIX TEXT_F, TEXT_A(paths.at[i])));
		code = dbquery_step(q, &row, f);
	}
	dbquery_drop(q);
	arena_drop(&scratch);
	return code;
}

static int forget(struct dbfile *db, struct texts paths, struct fault *f)
{
	int code = dbfile_run(db, "begin immediate", f);
	if (code == 0)
		code = run_for_each(db, "delete from Refs where referrer = (select id from ValidPaths where path = ?1)", paths, f);
	if (code == 0)
		code = run_for_each(db, "delete from ValidPaths where path = ?1", paths, f);
	return code == 0 ? dbfile_run(db, "commit", f) : code;
}

int removal_forget(struct removal *r, struct texts paths, struct fault *f)
{
	struct nixdb file;
	struct stat st;
	if (!paths.count || fs_stat(r->root->fd, NIX_DB, &st) < 0)
		return 0;
	int code = nixdb_open(&file, r->root, "db.sqlite", DBFILE_WRITE, f);
	if (code < 0)
		return fault_wrap(f, "deleting rows of " NIX_DB);
	code = forget(file.db, paths, f);
	if (code == 0)
		return nixdb_finish(&file, f);
	nixdb_close(&file);
	return fault_wrap(f, "deleting rows of " NIX_DB);
}

/* The database itself goes first: its journals alone are nothing. */
int removal_forget_all(struct removal *r, struct fault *f)
{
	static const char *const names[] = { "db.sqlite", "db.sqlite-wal", "db.sqlite-shm", "schema" };
	FD_AUTO dir = fs_open(r->root->fd, NIX_STATE "/db", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	int code = 0;
	for (size_t i = 0; dir >= 0 && code == 0 && i < sizeof names / sizeof *names; i++)
		code = fs_remove_tree(dir, names[i], f);
	return code;
}

/* ---- objects ---- */

int removal_delete(struct removal *r, struct texts paths, struct fault *f)
{
	struct arena scratch = { 0 };
	FD_AUTO dir = fs_open(r->root->fd, STORE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	int code = 0;
	for (size_t i = 0; dir >= 0 && code == 0 && i < paths.count; i++)
		code = fs_remove_tree(dir, arena_copy(&scratch, paths.at[i]).at, f);
	arena_drop(&scratch);
	return code < 0 ? fault_wrap(f, "in " STORE_DIR) : 0;
}

/* ---- state ---- */

/* Removes `name` in the directory `folder` beneath the root, with all that is in it. */
static int drop_tree(int root, const char *folder, const char *name, struct fault *f)
{
	FD_AUTO dir = fs_open(root, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (dir < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "%s", folder);
	return fs_remove_tree(dir, name, f);
}

/* Removes the directory if it is empty; true when it is gone. */
static bool drop_folder(int root, const char *path)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, path, name);
	return (dir >= 0 && unlinkat(dir, name, AT_REMOVEDIR) == 0) || errno == ENOENT;
}

static int drop_beside(int root, struct fault *f)
{
	struct arena scratch = { 0 };
	struct texts names;
	FD_AUTO dir = fs_open(root, STORE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	int code = fs_list(root, STORE_DIR, &scratch, &names, f);
	for (size_t i = 0; dir >= 0 && code == 0 && i < names.count; i++)
		if (holdings_beside(dir, names.at[i]))
			code = fs_remove_tree(dir, names.at[i].at, f);
	arena_drop(&scratch);
	return code;
}

int removal_drop_nix(struct removal *r, struct fault *f)
{
	int root = r->root->fd, code = drop_beside(root, f);
	if (code == 0)
		code = drop_tree(root, "/nix/var", "nix", f);
	if (code == 0)
		code = drop_tree(root, "/nix/var/log", "nix", f);
	if (code == 0)
		drop_folder(root, "/nix/var/log");
	if (code == 0)
		drop_folder(root, STORE_DIR);
	return code;
}

/* All but the lock, which is held, and the receipt. */
static int clear_graft(int root, struct fault *f)
{
	struct arena scratch = { 0 };
	struct texts names;
	int code = fs_list(root, GRAFT_STATE, &scratch, &names, f);
	for (size_t i = 0; code == 0 && i < names.count; i++)
		if (!text_equal(names.at[i], TEXT(LOCK_NAME)) && !text_equal(names.at[i], TEXT(RECEIPT_NAME)))
			code = drop_tree(root, GRAFT_STATE, names.at[i].at, f);
	arena_drop(&scratch);
	return code;
}

static bool holds_only(int root, const char *folder, const char *name)
{
	struct arena scratch = { 0 };
	struct texts names;
	struct fault ignored = { 0 };
	bool only = fs_list(root, folder, &scratch, &names, &ignored) == 0 && names.count == 1 && text_equal(names.at[0], text_of(name));
	arena_drop(&scratch);
	return only;
}

/* One rename makes receipt and "/nix" vanish together. */
static bool move_nix_away(int root)
{
	return holds_only(root, "/nix", "var") && holds_only(root, "/nix/var", "nixgraft") && renameat(root, "nix", root, LAYOUT_HALF_NIX) == 0;
}

int removal_drop_graft(struct removal *r, bool made_nix, bool *left, struct fault *f)
{
	int root = r->root->fd, code = clear_graft(root, f);
	FD_AUTO held = layout_hold(root);
	*left = false;
	if (code == 0)
		code = fs_remove_tree(root, LAYOUT_HALF_NIX, f);
	if (code < 0)
		return code;
	if (made_nix && move_nix_away(root))
		return fs_remove_tree(root, LAYOUT_HALF_NIX, f);
	code = drop_tree(root, GRAFT_STATE, RECEIPT_NAME, f);
	if (code == 0)
		code = drop_tree(root, GRAFT_STATE, LOCK_NAME, f);
	if (code < 0)
		return code;
	*left = !drop_folder(root, GRAFT_STATE);
	drop_folder(root, "/nix/var");
	*left = *left || (made_nix && !drop_folder(root, "/nix"));
	return 0;
}

static bool is_leftover(int root)
{
	struct arena scratch = { 0 };
	struct texts names;
	struct stat st;
	struct fault ignored = { 0 };
	bool left = fs_stat(root, GRAFT_STATE, &st) == 0 && S_ISDIR(st.st_mode) &&
		    fs_list(root, GRAFT_STATE, &scratch, &names, &ignored) == 0 &&
		    (!names.count || (names.count == 1 && text_equal(names.at[0], TEXT(LOCK_NAME))));
	arena_drop(&scratch);
	return left;
}

int removal_complete(const struct root *root, struct fault *f)
{
	FD_AUTO held = -1;
	bool left;
	FD_AUTO half = layout_hold(root->fd);
	int code = layout_check(root->fd, f);
	if (code == 0)
		code = fs_remove_tree(root->fd, LAYOUT_HALF_NIX, f);
	fs_close(&half);
	if (code < 0 || !is_leftover(root->fd))
		return code;
	code = fs_lock(root->fd, GRAFT_LOCK, FS_LOCK_EXCLUSIVE_TRY, &held, f);
	if (code < 0 || held < 0 || !is_leftover(root->fd))
		return code;
	return removal_drop_graft(&(struct removal){ .root = root }, false, &left, f);
}
