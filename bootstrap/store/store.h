/* store: the store directory beneath a root while we change it: locks, staging, objects put in place by rename.
 *
 * Beside a running Nix: nixgraft's own lock is held exclusively (a second apply waits), Nix's gc.lock shared (no garbage is
 * collected meanwhile), its big-lock shared, or exclusively while there is no database yet, and the lock file of each path
 * from before it is put in place until after it is registered. Source: Nix libstore/gc.cc, pathlocks.cc. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <pthread.h>

#include "base/arena.h"
#include "base/fault.h"
#include "format/lock.h"
#include "store/layout.h"
#include "sys/stream.h"

/* A lock file of Nix that we hold. */
struct store_held {
	struct text path; /* base name of the path it is for */
	int fd;           /* holds the flock */
};

/* A store being changed. Made by store_begin, ended by store_end. store_add and store_adopt are safe from several threads. */
struct store {
	const struct root *root; /* the caller's; NULL before begin and after end */
	int dir;                /* the store directory */
	int own, big, gc;       /* the locks */
	bool live;              /* was there a database, so that a Nix may be running? */
	pthread_mutex_t mutex;  /* guards what follows */
	struct arena arena;     /* holds the lists */
	LIST(struct store_held) held; /* locks of paths */
	LIST(struct text) added;      /* objects put in place and not registered */
};

/* Makes the layout (for `user`, see layout_make), takes the locks (waiting for them), removes what a killed run left staged.
 * `waiter`, if given, is told before it waits for another apply. */
MUST_CHECK int store_begin(struct store *s, const struct root *root, const char *user, const struct waiter *waiter,
			   struct fault *f);

/* Gives the locks back. store_end of a zeroed store is legal. */
void store_end(struct store *s);

/* Is the object of `path` in the store directory, right to the last bit and mode? One that stands there and is not is no
 * fault: *right false. Takes Nix's lock of the path first. */
MUST_CHECK int store_adopt(struct store *s, const struct lock_path *path, bool *right, struct fault *f);

/* Makes the object of `path` from its NAR: staged, checked for exact size and digest, sealed, and renamed into the store; an
 * object that stands there is replaced. On a fault nothing is left. FAULT_VERIFY tells what differs. */
MUST_CHECK int store_add(struct store *s, const struct lock_path *path, struct stream *nar, struct fault *f);

/* Removes the objects that were added since the last store_keep: after a failed run. */
void store_undo(struct store *s);

/* They are registered now: store_undo leaves them alone. */
void store_keep(struct store *s);

/* Removes an object that is not registered, if it is there, and holds its lock until the end: a Nix that waits for it makes it anew. */
MUST_CHECK int store_discard(struct store *s, struct text path, struct fault *f);

/* Holds the lock of a path until the end, waiting for it. */
MUST_CHECK int store_hold(struct store *s, struct text path, struct fault *f);

#endif
