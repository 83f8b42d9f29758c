/* walk: the closure of some roots, narinfo by narinfo, level by level, each believed only by signature or content.
 *
 * All narinfos of a level are in flight at once. A path is taken from the first cache, in order of priority, that has it
 * under a signature that is believed. */
#ifndef STORE_WALK_H
#define STORE_WALK_H

#include "base/arena.h"
#include "base/fault.h"
#include "store/cache.h"
#include "store/trust.h"

/* A closure found. */
struct walk {
	struct lock_path *paths; /* sorted by base name, closed under references */
	size_t count;            /* how many */
	size_t measured;         /* how many files had to be downloaded once for lack of FileHash */
};

/* Walks from `roots` (base names). FAULT_NETWORK: a path is in no cache; FAULT_VERIFY: only without a trusted signature; both name
 * the path and by whom it is referred to, up to a root. FAULT_INPUT: a narinfo is malformed. */
MUST_CHECK int walk_closure(struct caches *caches, const struct trust *trust, struct texts roots, struct walk *out,
			    struct fault *f);

#endif
