#include "store/nixdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/fs.h"

#define FOLDER NIX_STATE "/db"
#define PATH_SIZE 4200

/* A run that was killed may have left root's new database in a folder that it gave away already. A secret of root's is none. */
static void give_file(int folder, const char *name, const struct stat *owner)
{
	struct stat st;
	FD_AUTO fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_nlink == 1 && st.st_mode & S_IROTH &&
	    fchown(fd, owner->st_uid, owner->st_gid) < 0)
		errno = 0; /* opening it tells */
}

static int act(struct nixdb *n, const char *name, enum dbfile_mode mode, struct fault *f)
{
	struct stat st;
	if (fstat(n->folder, &st) < 0)
		return fault_errno(f, FOLDER);
	if (geteuid() != 0 || st.st_uid == 0)
		return 0;
	if (mode == DBFILE_WRITE)
		give_file(n->folder, name, &st);
	n->acting = proc_act_as(&n->self, st.st_uid, st.st_gid);
	if (n->acting || mode == DBFILE_READ)
		return 0;
	return fault_set(f, FAULT_SYSTEM, FOLDER " belongs to user %lu, and root may not act as that user here; run this as that user, or give "
			 "the store to root with `nixgraft rechown --user root`", (unsigned long)st.st_uid);
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
	int code = act(n, name, mode, f);
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
