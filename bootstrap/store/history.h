/* history: the closure.lock that each generation follows, kept beneath the root: what a rollback returns to, and the truth of a
 * root that has no lock at hand. */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"

/* Reads the lock of generation `number` into `out`; FS_ABSENT when there is none. */
MUST_CHECK int history_read(int root, uint64_t number, struct buffer *out, struct fault *f);

/* Is a lock kept of generation `number`? */
bool history_has(int root, uint64_t number);

/* Keeps `lock` as that of generation `number`, and forgets those of generations that are gone. */
MUST_CHECK int history_write(int root, uint64_t number, struct text lock, struct fault *f);

/* Numbers of generations. */
struct history_numbers {
	uint64_t *at; /* in the arena, ascending */
	size_t count; /* how many */
};

/* Which generations' locks are kept, of generations that are gone too. */
MUST_CHECK int history_list(int root, struct arena *a, struct history_numbers *out, struct fault *f);

/* Forgets the locks of generations that are gone. */
MUST_CHECK int history_prune(int root, struct fault *f);

#endif
