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
	_Atomic size_t left;
};

bool ownership_tell(int root, uid_t *owner)
{
	struct stat st;
	if (fs_stat(root, STORE_DIR, &st) < 0)
		return false;
	*owner = st.st_uid;
	return true;
}

/* Root keeps his number, whatever a receipt says. */
static bool only_renumbered(const struct account *to, const struct account *owner, struct text known)
{
	uint64_t number;
	bool is_nobodys = text_u64(owner->name, UINT32_MAX, &number);
	return to->uid != 0 && is_nobodys && known.at && text_equal(known, to->name);
}

int ownership_tell_former(const struct root *root, struct text known, struct arena *a, struct ownership_gift *gift, struct fault *f)
{
	struct account owner;
	uid_t uid;
	if (!ownership_tell(root->fd, &uid) || uid == 0 || uid == gift->to->uid)
		return 0;
	int code = account_read(root, uid, a, &owner, f);
	if (code < 0 || only_renumbered(gift->to, &owner, known))
		return code;
	gift->former = owner;
	gift->whole = true;
	return 0;
}

/* Who owns a folder may link root's own files into it. What has another name may be such a one, and what root keeps secret is none of
 * a store's, but for empty lock files. What was the former owner's is no stranger's. */
static bool may_be_a_strangers(const struct ownership_gift *gift, const struct stat *st)
{
	if (gift->former.name.at && st->st_uid == gift->former.uid)
		return false;
	bool secret = st->st_uid == 0 && S_ISREG(st->st_mode) && !(st->st_mode & S_IROTH) && st->st_size;
	return secret || (!S_ISDIR(st->st_mode) && st->st_nlink > 1);
}

/* By the descriptor, so that it is what was looked at. Without CAP_FSETID a change of owner takes set-id bits away; nothing in a store has any. */
static int give(struct giving *g, int fd)
{
	const struct account *to = g->gift->to;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -1;
	atomic_fetch_add(&g->seen, 1);
	if (st.st_uid == to->uid && st.st_gid == to->gid)
		return 0;
	if (may_be_a_strangers(g->gift, &st)) {
		atomic_fetch_add(&g->left, 1);
		return 0;
	}
	if (!g->gift->pretend && fchownat(fd, "", to->uid, to->gid, AT_EMPTY_PATH) < 0)
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
static int give_folder(struct walk w, int fd)
{
	int code = give(w.giving, fd), why;
	int inside = code == 0 ? openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *list = inside < 0 ? NULL : fdopendir(inside);
	if (!list) {
		fs_close(&inside);
		return -1;
	}
	code = give_entries(w, list);
	why = errno;
	closedir(list);
	errno = why;
	return code;
}

static int give_tree(struct walk w, int dir, const char *name)
{
	struct stat st;
	FD_AUTO fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISDIR(st.st_mode))
		return w.whole ? give(w.giving, fd) : 0;
	if (++w.depth > DEPTH_MAX) {
		errno = ELOOP;
		return -1;
	}
	return give_folder(w, fd);
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
	change->left += atomic_load(&g->left);
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
	FD_AUTO dir = fs_open(root, STORE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (dir < 0)
		return fault_errno(f, STORE_DIR);
	g.dir = dir;
	int code = fs_list(root, STORE_DIR, &scratch, &names, f);
	if (code == 0)
		code = give_all(&g, names, f);
	if (code == 0 && give(&g, dir) < 0)
		code = refused(gift, STORE_DIR, f);
	add_up(&g, change);
	arena_drop(&scratch);
	return code;
}

/* Only the link is given: what it leads to is the profile. */
static int give_link(struct giving *g, int root, const struct account *to)
{
	struct arena scratch = { 0 };
	struct stat st;
	struct text path = arena_printf(&scratch, TEXT_F "/.nix-profile", TEXT_A(to->home));
	FD_AUTO link = to->home.len ? fs_open(root, path.at, O_PATH | O_NOFOLLOW) : -1;
	arena_drop(&scratch);
	return link >= 0 && fstat(link, &st) == 0 && S_ISLNK(st.st_mode) ? give(g, link) : 0;
}

int ownership_give_state(int root, const struct ownership_gift *gift, struct ownership_change *change, struct fault *f)
{
	struct giving g = { .gift = gift };
	struct walk w = { .giving = &g, .whole = true };
	int code = 0;
	FD_AUTO nix = fs_open(root, "/nix", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (nix < 0)
		return fault_errno(f, "/nix");
	if (give_tree(w, nix, "var") < 0 || give(&g, nix) < 0)
		code = refused(gift, "/nix/var", f);
	else if (give_link(&g, root, gift->to) < 0)
		code = refused(gift, "~/.nix-profile", f);
	add_up(&g, change);
	return code;
}
