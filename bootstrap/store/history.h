/* history: the closure.lock that each generation follows, kept beneath the root: what a rollback returns to, and the truth of a
 * root that has no lock at hand. */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"
#include "format/lock.h"

/* Reads the lock of generation `number` into `out`; FS_ABSENT when there is none. */
MUST_CHECK int history_read(int root, uint64_t number, struct buffer *out, struct fault *f);

/* Is a lock kept of generation `number`? */
bool history_has(int root, uint64_t number);

/* Keeps `lock` as that of generation `number`, which need not be there yet. */
MUST_CHECK int history_write(int root, uint64_t number, struct text lock, struct fault *f);

/* Numbers of generations. */
struct history_numbers {
	uint64_t *at; /* in the arena, ascending */
	size_t count; /* how many */
};

/* Which generations' locks are kept, of generations that are gone too. */
MUST_CHECK int history_list(int root, struct arena *a, struct history_numbers *out, struct fault *f);

/* What kept locks have for a system. */
struct history_systems {
	const struct lock_system **at; /* in the arena */
	uint64_t *numbers;             /* of their generations */
	size_t count;                  /* how many */
};

/* Reads all kept locks' parts for `system`; one that cannot be read, or has none, is left out. */
MUST_CHECK int history_systems(int root, struct text system, struct arena *a, struct history_systems *out, struct fault *f);

/* Forgets the locks of generations that are gone. */
MUST_CHECK int history_prune(int root, struct fault *f);

#endif
