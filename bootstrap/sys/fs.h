/* fs: files beneath a root, changed by whole steps only. (fs.c finds and opens, fsjob.c reads whole files and changes.)
 *
 * A root is a directory descriptor. Paths beneath it are given absolute as the target sees them ("/etc/passwd"), and
 * symlinks on the way are followed as if the process had chrooted there, so nothing leads outside, and ".." stops at
 * the root. Resolving is by openat with O_NOFOLLOW, one component at a time: it also works where openat2 does not
 * (qemu-user, gVisor, old seccomp profiles). Every change is a temporary name and a rename. */
#ifndef SYS_FS_H
#define SYS_FS_H

#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"

#define FS_NAME_SIZE 256 /* bytes of a file name with its NUL */

/* Closes *fd when it is >= 0 and sets it to -1: for __attribute__((cleanup)). */
void fs_close(int *fd);
#define FD_AUTO __attribute__((cleanup(fs_close))) int

/* Opens the directory `path` of the host (not beneath a root) for use as a root. FAULT_SYSTEM when it is none. */
MUST_CHECK int fs_root_open(const char *path, int *root, struct fault *f);

/* Opens `path` beneath `root` with open(2) `flags` (O_CLOEXEC and, for the last component, following are implied;
 * O_NOFOLLOW in flags keeps a last symlink from being followed; with O_CREAT the mode is 0644 whatever the umask).
 * Returns the descriptor, or -1 with errno: the caller decides whether absence is a fault. ELOOP after 40 links. */
int fs_open(int root, const char *path, int flags);

/* The parent directory of `path` beneath `root`, and the last component's name. Links before the last component are
 * followed. Returns the directory's descriptor or -1 with errno. */
int fs_open_parent(int root, const char *path, char name[FS_NAME_SIZE]);

/* lstat beneath the root: 0, or -1 with errno. */
int fs_stat(int root, const char *path, struct stat *st);

/* The target of the symlink `path` beneath root, in the arena; none ({NULL,0}) when it is missing or no symlink. */
struct text fs_read_link(int root, const char *path, struct arena *a);

/* The path that `path` beneath root leads to when no link is left in it, as the target sees it, in the arena; none when it leads
 * nowhere. */
struct text fs_real(int root, const char *path, struct arena *a);

/* Makes the directory and its missing parents with `mode` whatever the umask or a default ACL; an existing one
 * (also through a symlink) is left as it is. FAULT_SYSTEM names the path. */
MUST_CHECK int fs_make_dirs(int root, const char *path, mode_t mode, struct fault *f);

#define FS_ABSENT 1 /* what reading returns of a file that is not there: no fault, the caller decides */

/* The whole file into `out` (reset first). 0, or FS_ABSENT; FAULT_SYSTEM when unreadable or no regular file, FAULT_INPUT
 * when longer than `max` bytes. */
MUST_CHECK int fs_read(int root, const char *path, size_t max, struct buffer *out, struct fault *f);

/* As fs_read of the host's own `path`, relative to the working directory; "-" is standard input. Pipes are read too. */
MUST_CHECK int fs_read_host(const char *path, size_t max, struct buffer *out, struct fault *f);

/* Replaces or makes the file `path` (its directory must be there): temporary name beside it, ".nixgraft-<name>", which a
 * killed run leaves and the next takes (so the caller holds what keeps two from writing one path at once), exact mode without ACL,
 * fsync, rename, fsync of the directory. A symlink `path` is itself replaced, a directory is not. */
MUST_CHECK int fs_write(int root, const char *path, mode_t mode, struct text bytes, struct fault *f);

/* As fs_write of the host's own `path`, relative to the working directory, but a link is followed, one that leads nowhere refused, and a file
 * that is there keeps its mode and, if we may, its owner: who runs us by sudo goes on to own his files. */
MUST_CHECK int fs_write_host(const char *path, mode_t mode, struct text bytes, struct fault *f);

/* Replaces or makes the symlink `path` -> `target` by rename and fsync of the directory; does nothing when it is so
 * already. A directory is not replaced. */
MUST_CHECK int fs_link(int root, const char *path, const char *target, struct fault *f);

/* Removes the file or link `path`; a missing one is no fault. */
MUST_CHECK int fs_unlink(int root, const char *path, struct fault *f);

/* Removes `name` in `dir` with all beneath it, following no link, making directories writable on the way.
 * A missing one is no fault; more than 256 directories within one another are. */
MUST_CHECK int fs_remove_tree(int dir, const char *name, struct fault *f);

/* Sorted names in the directory `path` beneath root, without "." and ".."; a missing directory gives none. */
MUST_CHECK int fs_list(int root, const char *path, struct arena *a, struct texts *names, struct fault *f);

/* How fs_lock waits. */
enum fs_lock_mode { FS_LOCK_SHARED, FS_LOCK_EXCLUSIVE, FS_LOCK_EXCLUSIVE_TRY };

/* flock on `path` beneath root, made (mode 0600) when missing; *fd holds it until closed. With _TRY a held lock gives 0
 * and *fd == -1. FAULT_SYSTEM, too, when it is a link, or has a second name and something in it: that may be anybody's. An empty
 * one with a second name is replaced. */
MUST_CHECK int fs_lock(int root, const char *path, enum fs_lock_mode mode, int *fd, struct fault *f);

/* Removes the lock file `name` in `dir` that `fd` holds, as Nix does: the name goes, and a byte in the file that has none any more tells who
 * waits on it that it is stale. Source: Nix libstore/pathlocks.cc (deleteLockFile). */
void fs_unlock(int dir, const char *name, int fd);

/* Bytes and inodes free to us on the file system of `path` beneath root (nearest existing parent). */
MUST_CHECK int fs_free(int root, const char *path, uint64_t *bytes, uint64_t *inodes, struct fault *f);

/* May we make entries in the directory `folder` beneath root, or while it is missing, in its nearest existing parent? errno
 * tells why not. */
bool fs_may_write(int root, const char *folder);

/* Writes all bytes at `offset`; FAULT_SYSTEM "<what>: ..." otherwise. */
MUST_CHECK int fs_write_at(int fd, uint64_t offset, struct text bytes, const char *what, struct fault *f);

/* Flushes the whole file system that `fd` is on (syncfs). */
MUST_CHECK int fs_flush(int fd, struct fault *f);

#endif
