/* fetch: the files of missing paths, from the caches through the spool to whoever unpacks them. */
#ifndef STORE_FETCH_H
#define STORE_FETCH_H

#include "store/cache.h"

/* What is done with what comes in. Called by the thread that runs fetch_files. */
struct fetch_sink {
	/* A file is whole and right; the callee closes fd. A code below 0 (reason in f) ends the fetch. */
	int (*file)(void *context, const struct cache_file *file, int fd, struct fault *f);
	/* `bytes` more came in; 0 now and then while nothing does. */
	void (*progress)(void *context, uint64_t bytes);
	/* May `size` more bytes be kept in memory instead of on disk? */
	bool (*in_memory)(void *context, uint64_t size);
	void *context; /* the caller's */
};

/* Fetches the files in the given order, HTTP_IN_FLIGHT at once, into the spool directory `spool`. FAULT_NETWORK, FAULT_VERIFY and
 * FAULT_SYSTEM name path and cache. What is half here stays in the spool for the next run. */
MUST_CHECK int fetch_files(struct caches *c, int spool, struct cache_files files, const struct fetch_sink *sink,
			   struct fault *f);

#endif
