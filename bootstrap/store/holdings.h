/* holdings: what is in a store, what of it nixgraft knows as its own, and what others hold. Looks only.
 *
 * Ours are the paths that the receipt tells, an unfinished one too, those of the kept locks of all generations, and every
 * environment, whose name nobody else gives; while the receipt is unfinished also objects without a row, which the killed run put
 * there. Others' GC roots are links below NIX_PROFILES and NIX_STATE/gcroots that lead to the store, by way of other links or not, and
 * files there with a store path's name; the profile of nixgraft is not among them.
 * Source: Nix libstore/gc.cc (findRoots). */
#ifndef STORE_HOLDINGS_H
#define STORE_HOLDINGS_H

#include "base/arena.h"
#include "base/fault.h"
#include "store/layout.h"
#include "store/receipt.h"

/* A row of the database, an entry of the store directory, or both. */
struct holding {
	struct text path;        /* base name */
	uint64_t nar_size;       /* bytes, by the row or by a kept lock; else 0 */
	struct texts references; /* base names, by the row */
	bool registered;         /* has it a row? */
	bool stands;             /* is it in the store directory? */
	bool ours;               /* by receipt, kept lock or name */
	bool environment;        /* by its name */
};

/* A GC root that is not ours. */
struct holdings_root {
	struct text link; /* absolute, as the target sees it */
	struct text path; /* base name that it leads to */
};

/* All there is. Texts in the arena of the reading. */
struct holdings {
	struct holding *at;               /* sorted by path; without what Nix and nixgraft keep beside the objects */
	size_t count;                     /* how many */
	LIST(struct holdings_root) roots; /* of others */
};

/* Reads it beneath `root`. A kept lock that cannot be read is passed over: what only it tells counts as others'. FAULT_SYSTEM: the
 * database or a directory is unreadable. */
MUST_CHECK int holdings_read(const struct root *root, const struct receipt *receipt, struct arena *a, struct holdings *out,
			     struct fault *f);

/* The object of that base name, or NULL. */
struct holding *holdings_find(const struct holdings *h, struct text path);

/* Is this entry of the store directory `dir` no object, but something that Nix or nixgraft keeps beside them: .links, the lock file of a
 * path, staging? `name` NUL-terminated. Source: Nix libstore/pathlocks.cc (mode 0600, which no object has). */
bool holdings_beside(int dir, struct text name);

#endif
