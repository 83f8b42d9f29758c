/* ownership: whose the store is. A single-user Nix changes only what its user owns; what is merely read may stay anybody's. */
#ifndef STORE_OWNERSHIP_H
#define STORE_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "store/account.h"

/* Who gets what. Of an object its directories are given, which is what Nix needs to delete it; its files only where they are
 * asked for, since an overlay copies each file up that changes hands. */
struct ownership_gift {
	const struct account *to; /* the new owner */
	bool whole;               /* the files of all objects too */
	struct texts fresh;       /* else: the objects (base names, sorted) whose files too */
	unsigned jobs;            /* workers, 1..JOBS_MAX */
	bool pretend;             /* only count */
};

/* What was done. */
struct ownership_change {
	size_t changed; /* files, directories and links that changed hands */
	size_t seen;    /* looked at */
	size_t left;    /* another's, maybe: they have a second name, or are root's and secret; not given */
};

/* The owner of the store directory beneath `root`; false while there is none. */
bool ownership_tell(int root, uid_t *owner);

/* Gives what is in the store directory, then the directory itself; what was done is added to *change. Modes, times and
 * bytes stay. FAULT_SYSTEM when the kernel does not allow it. Source: Nix libstore/posix-fs-canonicalise.cc, libutil/util.cc
 * (deletePath, which makes directories writable first). */
MUST_CHECK int ownership_give_store(int root, const struct ownership_gift *gift, struct ownership_change *change, struct fault *f);

/* Gives "/nix" itself and all of "/nix/var" to the account, and ~/.nix-profile where there is one. */
MUST_CHECK int ownership_give_state(int root, const struct ownership_gift *gift, struct ownership_change *change, struct fault *f);

#endif
