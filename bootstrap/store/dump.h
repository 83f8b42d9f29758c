/* dump: a store object on disk read back as a NAR.
 *
 * It goes through the same parser and the same checks as a fetched one: what is verified is what is shipped. */
#ifndef STORE_DUMP_H
#define STORE_DUMP_H

#include "base/fault.h"
#include "sys/stream.h"

struct dump_walk; /* the reader's place in the tree */

/* The entry `name` of `dir` as a NAR. With `strict`, a mode or mtime that Nix would not have made is FAULT_VERIFY. */
struct dump {
	struct stream stream;   /* the source */
	struct dump_walk *walk; /* NULL after close */
};

/* FAULT_VERIFY when the entry is missing or is neither file, directory nor symlink. Close also after a fault. `dir` stays the
 * caller's. */
MUST_CHECK int dump_open(struct dump *d, int dir, const char *name, bool strict, struct fault *f);
void dump_close(struct dump *d);

/* Is the entry the object of this NAR size and digest, with `strict` in every mode and mtime too? 0, or FAULT_VERIFY that
 * tells the difference. */
MUST_CHECK int dump_check(int dir, const char *name, bool strict, uint64_t size, const struct digest *digest,
			  struct fault *f);

#endif
