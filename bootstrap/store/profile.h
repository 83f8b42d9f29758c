/* profile: numbered generations of what is exposed: GRAFT_PROFILE -> nixgraft-<N>-link -> store path.
 *
 * Being links below NIX_PROFILES makes every generation a GC root. Source: Nix libstore/profiles.cc. */
#ifndef STORE_PROFILE_H
#define STORE_PROFILE_H

#include <time.h>

#include "base/arena.h"
#include "base/fault.h"

/* A profile as it stands. */
struct profile {
	uint64_t current;      /* number of the generation in force; 0 when there is none */
	uint64_t newest;       /* highest number in use; 0 when there is none */
	struct text path;      /* base name that the current one leads to; none when there is none */
	struct text newest_path; /* base name that the newest one leads to */
};

/* Reads the profile beneath `root`; texts in the arena. */
MUST_CHECK int profile_read(int root, struct arena *a, struct profile *out, struct fault *f);

/* Makes `path` (base name) the generation in force: nothing when it is, the newest one again when that leads there, else a new
 * one. *generation is its number. The caller holds nixgraft's lock; Nix's lock of the profile is taken here. */
MUST_CHECK int profile_commit(int root, struct text path, uint64_t *generation, struct fault *f);

/* The number that profile_commit of `path` would choose now. */
MUST_CHECK int profile_next(int root, struct text path, uint64_t *generation, struct fault *f);

/* A generation. */
struct profile_generation {
	uint64_t number;       /* from 1 */
	struct text path;      /* base name that it leads to */
	struct timespec made;  /* time of its link */
};

/* All generations in order of their numbers, in the arena. */
struct profile_generations {
	struct profile_generation *at; /* the first */
	size_t count;                  /* how many */
};

/* Lists the generations beneath `root`. */
MUST_CHECK int profile_list(int root, struct arena *a, struct profile_generations *out, struct fault *f);

/* Is this absolute path the profile itself, or one of its generations? */
bool profile_owns(struct text path);

/* Makes generation `number`, which exists, the one in force: one rename. Locks as profile_commit. */
MUST_CHECK int profile_switch(int root, uint64_t number, struct fault *f);

/* Removes all generations but `keep`, which is in force, or with 0 the profile too. Locks as profile_commit. */
MUST_CHECK int profile_prune(int root, uint64_t keep, struct fault *f);

#endif
