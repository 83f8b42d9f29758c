/* closure: what of a lock's paths is reachable from where, and what each tool costs. Pure.
 *
 * A tool's roots are its path and all its outputs, as apply keeps them; Nix's root is its path. */
#ifndef PLAN_CLOSURE_H
#define PLAN_CLOSURE_H

#include "base/arena.h"
#include "format/lock.h"

/* Paths of a system. */
struct closure {
	size_t *at;         /* indexes of system->paths, ascending */
	size_t count;       /* how many */
	uint64_t nar_bytes; /* their NarSizes */
};

/* What a tool, or Nix, costs in bytes of NAR. */
struct closure_size {
	uint64_t own_bytes;    /* of paths that nothing else reaches: what leaves when it leaves */
	uint64_t shared_bytes; /* of paths that others reach too */
};

/* What a system's parts cost. */
struct closure_sizes {
	struct closure_size *tools; /* as system->tools */
	struct closure_size nix;    /* 0 and 0 when there is none */
	uint64_t nar_bytes;         /* of all paths of the system */
};

/* What is reachable by references from `roots` (base names, in any order), they themselves included; a root that is no
 * path of the system is passed over. In the arena. */
void closure_of(const struct lock_system *system, struct texts roots, struct arena *a, struct closure *out);

/* The system with its tools only: no Nix, and the paths that the tools reach. Points into `system`, but for the list of
 * paths, which is in the arena. */
void closure_subset(const struct lock_system *system, struct arena *a, struct lock_system *out);

/* What each tool and Nix cost. Takes time in the sum of their closures. In the arena. */
void closure_measure(const struct lock_system *system, struct arena *a, struct closure_sizes *out);

#endif
