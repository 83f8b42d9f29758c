/* stale: why a lock no longer says what its flake.lock or its tools manifest says. Pure. */
#ifndef PLAN_STALE_H
#define PLAN_STALE_H

#include "base/arena.h"
#include "format/lock.h"

/* Reasons, one line each, in the arena; empty: the lock is current. */
struct stale {
	LIST(struct text) reasons; /* in order of finding */
};

/* Compares the lock with a flake.lock; `flake` NULL: there is none. */
void stale_flake(const struct lock *lock, const struct flakelock *flake, struct arena *a, struct stale *out);

/* Compares the lock's part for a system with a manifest's (whose paths are not looked at): Nix, tools and all that they say, but
 * what is only known about their packages: it changes nothing in an image, and the next `nixgraft lock` writes it. */
void stale_system(const struct lock *lock, const struct lock_system *manifest, struct arena *a, struct stale *out);

#endif
