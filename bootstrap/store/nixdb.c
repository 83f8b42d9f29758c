#include "store/nixdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/fs.h"

#define FOLDER NIX_STATE "/db"
#define PATH_SIZE 4200

/* Root's new database, no secret of root's and nothing of another name? */
static bool is_database(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == 0 && st->st_nlink == 1 && st->st_mode & S_IROTH;
}

/* A run that was killed may have left it in a folder that it gave away already. */
static void give_file(int folder, const char *name)
{
	struct stat st, owner;
	FD_AUTO fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool give = fd >= 0 && fstat(fd, &st) == 0 && fstat(folder, &owner) == 0 && owner.st_uid != 0 && is_database(&st);
	if (give && fchown(fd, owner.st_uid, owner.st_gid) < 0)
		errno = 0; /* opening it tells */
}

static int act(struct nixdb *n, const struct root *root, enum dbfile_mode mode, struct fault *f)
{
	struct stat st;
	if (fstat(n->folder, &st) < 0)
		return fault_errno(f, FOLDER);
	if (geteuid() != 0 || st.st_uid == 0)
		return 0;
	n->acting = proc_act_as(&n->self, st.st_uid, st.st_gid);
	if (n->acting || mode == DBFILE_READ)
		return 0;
	return fault_set(f, FAULT_SYSTEM, FOLDER " belongs to user %lu, and root may not act as that user here; run this as that user, or give "
			 "the store to root with `nixgraft rechown --user root%s%s`", (unsigned long)st.st_uid, *root->path ? " --root " : "", root->path);
}

int nixdb_open(struct nixdb *n, const struct root *root, const char *name, enum dbfile_mode mode, struct fault *f)
{
	char path[PATH_SIZE], shown[PATH_SIZE];
	n->db = NULL;
	n->acting = false;
	n->folder = fs_open(root->fd, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (n->folder < 0)
		return fault_errno(f, FOLDER);
	snprintf(shown, sizeof shown, "%s" FOLDER "/%s", root->path, name);
	snprintf(path, sizeof path, "/proc/self/fd/%d/.", n->folder);
	if (access(path, F_OK) == 0)
		snprintf(path, sizeof path, "/proc/self/fd/%d/%s", n->folder, name);
	else
		snprintf(path, sizeof path, "%s", shown);
	if (mode == DBFILE_WRITE)
		give_file(n->folder, name);
	int code = act(n, root, mode, f);
	if (code == 0)
		code = dbfile_open(&n->db, path, shown, mode, f);
	if (code < 0)
		nixdb_close(n);
	return code;
}

static void end(struct nixdb *n)
{
	if (n->acting)
		proc_act_as_self(&n->self);
	fs_close(&n->folder);
	n->db = NULL;
	n->acting = false;
}

int nixdb_finish(struct nixdb *n, struct fault *f)
{
	int code = dbfile_finish(n->db, f);
	end(n);
	return code;
}

void nixdb_close(struct nixdb *n)
{
	dbfile_close(n->db);
	end(n);
}

int nixdb_check(const struct root *root, struct fault *f)
{
	struct nixdb n = { .folder = fs_open(root->fd, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) };
	int code = n.folder < 0 ? 0 : act(&n, root, DBFILE_WRITE, f);
	end(&n);
	return code;
}
