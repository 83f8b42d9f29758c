/* dump: a store object on disk read back as a NAR.
 *
 * It goes through the same parser and the same checks as a fetched one: what is verified is what is shipped. */
#ifndef STORE_DUMP_H
#define STORE_DUMP_H

#include "base/fault.h"
#include "format/lock.h"
#include "sys/stream.h"

struct dump_walk; /* the reader's place in the tree */

/* A store object as a NAR. A mode or mtime that Nix would not have made is FAULT_VERIFY. */
struct dump {
	struct stream stream;   /* the source */
	struct dump_walk *walk; /* NULL after close */
};

/* Opens the entry `name` of `dir`. FAULT_VERIFY when it is missing or is neither file, directory nor symlink. Close also after a fault. `dir` stays the
 * caller's. */
MUST_CHECK int dump_open(struct dump *d, int dir, const char *name, struct fault *f);
void dump_close(struct dump *d);

/* Is the object of `path` in the store directory `dir` right, in content, modes and mtimes? 0, or FAULT_VERIFY that tells the
 * difference. */
MUST_CHECK int dump_check(int dir, const struct lock_path *path, struct fault *f);

#endif
