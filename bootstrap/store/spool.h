/* spool: a fetched file before anything reads it: size and digest are checked while it is written.
 *
 * Small files are kept in memory, larger ones in GRAFT_SPOOL under "<hash part>-<hex of the file's digest>", so that a later run goes on
 * where a broken one stopped. Only a file that is whole and right is handed on. */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include "base/bounds.h"
#include "base/fault.h"
#include "format/lock.h"
#include "sys/crypto.h"

#define SPOOL_NAME_SIZE (STORE_HASH_CHARS + 1 + 2 * DIGEST_BYTES + 1) /* chars of a spool file's name with the NUL */

/* A file coming in. Zero-initialise; spool_close is legal at any time. */
struct spool {
	int fd;                     /* where it is written; -1 while closed */
	int dir;                    /* the spool directory; the caller's */
	uint64_t size;              /* bytes expected */
	uint64_t have;              /* bytes so far */
	bool resumed;               /* were some of an earlier run? then a wrong digest may be that run's */
	struct digest digest;       /* expected */
	struct hasher *hasher;      /* over the bytes so far */
	char name[SPOOL_NAME_SIZE]; /* its name in the directory; "" in memory */
};

/* Opens the directory GRAFT_SPOOL beneath `root`, made when missing. */
MUST_CHECK int spool_directory(int root, int *dir, struct fault *f);

/* Removes GRAFT_SPOOL and all in it. */
MUST_CHECK int spool_clear(int root, struct fault *f);

/* Begins the file of `path` in the directory `dir`, or with `in_memory` without a name. A part of an earlier run is taken
 * up: s->have tells how much. */
MUST_CHECK int spool_open(struct spool *s, int dir, bool in_memory, const struct lock_path *path, struct fault *f);

/* The next bytes. FAULT_VERIFY at the first byte beyond the size. */
MUST_CHECK int spool_write(struct spool *s, struct text bytes, struct fault *f);

/* Forgets the bytes so far. */
MUST_CHECK int spool_restart(struct spool *s, struct fault *f);

/* All bytes are there: FAULT_VERIFY when they are too few or of another digest; the bad file is removed. Else *fd is the file,
 * to be read from offset 0 and closed by the caller. Its name stays until spool_done. */
MUST_CHECK int spool_end(struct spool *s, int *fd, struct fault *f);

/* Removes the name of the file of `path`, which was used; one in memory has none. */
void spool_done(int dir, const struct lock_path *path);

/* Closes and keeps what is there for a later run. */
void spool_close(struct spool *s);

#endif
