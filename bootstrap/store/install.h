/* install: missing paths made present: fetched by one thread, unpacked and checked by a pool of workers as they come.
 *
 * Memory is bounded by the number of workers, not by sizes: files wait in the spool. */
#ifndef STORE_INSTALL_H
#define STORE_INSTALL_H

#include "store/cache.h"
#include "store/store.h"

/* How an install is done and followed. */
struct install_options {
	unsigned jobs; /* workers, 1..JOBS_MAX */
	/* Told now and then by the calling thread, also while nothing moves: bytes and paths done so far. NULL: nobody listens. */
	void (*progress)(void *context, uint64_t bytes, size_t paths);
	void *context; /* of progress */
};

/* Paths that are to be registered. */
struct install_paths {
	const struct lock_path **at; /* the first `fetch` must be fetched, the others stand in the store */
	size_t count;                /* how many in all */
	size_t fetch;                /* how many at the front */
};

/* Sorts out which paths stand in the store already though nobody registered them (a killed run, a copied store): those that are
 * right to the last bit are moved to the end, and `fetch` is what is left. */
MUST_CHECK int install_adopt(struct store *s, unsigned jobs, struct install_paths *paths, struct fault *f);

/* Fetches and unpacks `files` (located by cache_locate), biggest file first. On a fault the objects made so far stay listed in
 * the store for store_undo. FAULT_* of fetch and store_add. */
MUST_CHECK int install_files(struct store *s, struct caches *caches, struct cache_files files,
			     const struct install_options *options, struct fault *f);

#endif
