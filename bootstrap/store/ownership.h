/* ownership: whose the store is. A single-user Nix changes only what its user owns; what is merely read may stay anybody's. */
#ifndef STORE_OWNERSHIP_H
#define STORE_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "store/account.h"

/* Who gets what. Of an object its directories are given, which is what Nix needs to delete it; its files only where they are
 * asked for, since an overlay copies each file up that changes hands; and all of them where the one who had them until now could go
 * on changing what the new owner runs. */
struct ownership_gift {
	const struct account *to; /* the new owner */
	struct account former;    /* see ownership_tell_former; no name: there is none to be named */
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

/* Does the store pass from a user who is not root to a different account? Then gift->former is he, and gift->whole is set: what is
 * his is given by all its names. `known`: the name of the receipt's user, or none. A user of that name, not root, whose old number is
 * nobody's any more has only got another one. (The number must be nobody's since a receipt says what the owner of the store
 * wants.) gift->to must be set; texts in the arena. */
MUST_CHECK int ownership_tell_former(const struct root *root, struct text known, struct arena *a, struct ownership_gift *gift,
				     struct fault *f);

/* Gives what is in the store directory, then the directory itself; what was done is added to *change. Modes, times and
 * bytes stay. The directory's owner tells whose the store is: give the state before, so that what is cut short is noticed. FAULT_SYSTEM when the kernel does not allow it. Source: Nix libstore/posix-fs-canonicalise.cc, libutil/util.cc
 * (deletePath, which makes directories writable first). */
MUST_CHECK int ownership_give_store(int root, const struct ownership_gift *gift, struct ownership_change *change, struct fault *f);

/* Gives "/nix" itself and all of "/nix/var" to the account, and ~/.nix-profile where there is one. */
MUST_CHECK int ownership_give_state(int root, const struct ownership_gift *gift, struct ownership_change *change, struct fault *f);

#endif
