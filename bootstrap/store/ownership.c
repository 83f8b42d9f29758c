#include "store/ownership.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/bounds.h"
#include "store/layout.h"
#include "sys/fs.h"
#include "sys/pool.h"

#define DEPTH_MAX 256 /* directories within one another, as fs_remove_tree */

/* The giving under way, shared by the workers. */
struct giving {
	const struct ownership_gift *gift;
	int dir;               /* where the jobs' names are */
	_Atomic size_t changed;
	_Atomic size_t seen;
};

bool ownership_tell(int root, uid_t *owner)
{
	struct stat st;
	if (fs_stat(root, STORE_DIR, &st) < 0)
		return false;
	*owner = st.st_uid;
	return true;
}

/* Without CAP_FSETID a change of owner takes set-id bits away; nothing in a store has any. */
static int give(struct giving *g, int dir, const char *name, const struct stat *st)
{
	const struct account *to = g->gift->to;
	atomic_fetch_add(&g->seen, 1);
	if (st->st_uid == to->uid && st->st_gid == to->gid)
		return 0;
	if (fchownat(dir, name, to->uid, to->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	atomic_fetch_add(&g->changed, 1);
	return 0;
}

/* How a tree is walked. */
struct walk {
	struct giving *giving;
	bool whole;     /* files, too */
	unsigned depth; /* directories above */
};

static int give_tree(struct walk w, int dir, const char *name);

static int give_entries(struct walk w, DIR *list)
{
	struct dirent *entry;
	while ((entry = readdir(list))) {
		const char *name = entry->d_name;
		bool dots = name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
		bool folder = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
		if (!dots && (folder || w.whole) && give_tree(w, dirfd(list), name) < 0)
			return -1;
	}
	return 0;
}

/* A directory is given before what is in it: a run that is cut short is completed by the next. */
static int give_tree(struct walk w, int dir, const char *name)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISDIR(st.st_mode))
		return w.whole ? give(w.giving, dir, name, &st) : 0;
	if (++w.depth > DEPTH_MAX) {
		errno = ELOOP;
		return -1;
	}
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	if (!list) {
		fs_close(&fd);
		return errno == ENOENT ? 0 : -1;
	}
	int code = give(w.giving, dir, name, &st);
	if (code == 0)
		code = give_entries(w, list);
	int why = errno;
	closedir(list);
	errno = why;
	return code;
}

static int refused(const struct ownership_gift *gift, const char *what, struct fault *f)
{
	return fault_errno(f, "cannot give %s to user %s (it takes root, or CAP_CHOWN)", what, gift->to->name.at);
}

static int give_work(void *context, void *job, struct fault *f)
{
	struct giving *g = context;
	const struct text *name = job;
	struct walk w = { .giving = g, .whole = g->gift->whole || texts_find(g->gift->fresh, *name) >= 0 };
	if (give_tree(w, g->dir, name->at) == 0)
		return 0;
	return refused(g->gift, name->at, f);
}

static void add_up(const struct giving *g, struct ownership_change *change)
{
	change->changed += atomic_load(&g->changed);
	change->seen += atomic_load(&g->seen);
}

static int give_all(struct giving *g, struct texts names, struct fault *f)
{
	struct pool *pool;
	struct pool_plan plan = { g->gift->jobs, names.count ? names.count : 1, give_work, g };
	int code = pool_open(&pool, &plan, f);
	if (code < 0)
		return code;
	for (size_t i = 0; i < names.count; i++)
		pool_push(pool, &names.at[i]);
	return pool_close(pool, true, f);
}

int ownership_give_store(int root, const struct ownership_gift *gift, struct ownership_change *change, struct fault *f)
{
	struct giving g = { .gift = gift };
	struct arena scratch = { 0 };
	struct texts names;
	struct stat st;
	FD_AUTO dir = fs_open(root, STORE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (dir < 0 || fstat(dir, &st) < 0)
		return fault_errno(f, STORE_DIR);
	g.dir = dir;
	int code = fs_list(root, STORE_DIR, &scratch, &names, f);
	if (code == 0)
		code = give_all(&g, names, f);
	if (code == 0 && give(&g, dir, ".", &st) < 0)
		code = refused(gift, STORE_DIR, f);
	add_up(&g, change);
	arena_drop(&scratch);
	return code;
}

int ownership_give_state(int root, const struct ownership_gift *gift, struct ownership_change *change, struct fault *f)
{
	struct giving g = { .gift = gift };
	struct arena scratch = { 0 };
	struct stat st;
	char name[FS_NAME_SIZE];
	int code = 0;
	FD_AUTO nix = fs_open(root, "/nix", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (nix < 0 || fstat(nix, &st) < 0)
		return fault_errno(f, "/nix");
	if (give_tree((struct walk){ .giving = &g, .whole = true }, nix, "var") < 0 || give(&g, nix, ".", &st) < 0)
		code = refused(gift, "/nix/var", f);
	struct text link = arena_printf(&scratch, TEXT_F "/.nix-profile", TEXT_A(gift->to->home));
	FD_AUTO home = gift->to->home.len ? fs_open_parent(root, link.at, name) : -1;
	if (code == 0 && home >= 0 && fstatat(home, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode) &&
	    give(&g, home, name, &st) < 0)
		code = refused(gift, link.at, f);
	add_up(&g, change);
	arena_drop(&scratch);
	return code;
}
