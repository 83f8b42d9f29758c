/* profile: numbered generations of what is exposed: GRAFT_PROFILE -> nixgraft-<N>-link -> store path.
 *
 * Being links below NIX_PROFILES makes every generation a GC root. Source: Nix libstore/profiles.cc. */
#ifndef STORE_PROFILE_H
#define STORE_PROFILE_H

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

#endif
