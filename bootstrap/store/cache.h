/* cache: binary caches, near (file://) and far (http, https): small texts, presence, and files into the spool.
 *
 * Nothing here decides what is right: the caller verifies texts, the spool verifies files. */
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include "base/arena.h"
#include "base/fault.h"
#include "format/lock.h"
#include "sys/http.h"

/* A binary cache. */
struct cache {
	struct text url;    /* as given, without a final slash */
	const char *folder; /* the directory of a file:// cache, else NULL */
};

/* Caches in order of priority. Zero-initialise; end with caches_close. */
struct caches {
	struct cache *at;    /* in the opener's arena */
	size_t count;        /* how many */
	struct http *http;   /* NULL when all are near */
	struct arena *arena; /* the opener's */
};

/* Takes up the caches of `urls`; `offline` leaves those with a network out. FAULT_USAGE: an unsupported URL, or with offline
 * none left. */
MUST_CHECK int caches_open(struct caches *c, struct texts urls, bool offline, struct arena *a, struct fault *f);
void caches_close(struct caches *c);

/* Reads nix-cache-info of every cache: FAULT_INPUT when one is for another store directory; a missing one is fine. */
MUST_CHECK int caches_check(struct caches *c, struct fault *f);

/* Gets the narinfos of `paths` (base names) from cache `which`, all in flight at once. answers[i] in the arena, none when the
 * cache has none. */
MUST_CHECK int cache_narinfos(struct caches *c, size_t which, struct texts paths, struct text *answers, struct fault *f);

/* A file of which nobody told digest and size. */
struct cache_unknown {
	struct text url;      /* below the cache */
	uint64_t max;         /* bytes at the most; more is FAULT_VERIFY */
	struct digest digest; /* filled in */
	uint64_t size;        /* filled in */
};

/* Reads each file of cache `which` once, for its digest and size. FAULT_NETWORK names a missing one. */
MUST_CHECK int cache_measure(struct caches *c, size_t which, struct cache_unknown *files, size_t count,
			     struct fault *f);

/* A file to be fetched. */
struct cache_file {
	const struct lock_path *path; /* what it is for, with URL, size and digest */
	size_t which;                 /* the cache that has it */
};

/* Files in the order in which they are to be fetched. */
struct cache_files {
	struct cache_file *at; /* the first */
	size_t count;          /* how many */
};

/* Finds each file: first in the cache that the lock names, if it is among these, then by priority. FAULT_NETWORK names the
 * first that is in none, and how many more. */
MUST_CHECK int cache_locate(struct caches *c, struct cache_files files, struct fault *f);

/* The URL of a file, or with a file:// cache its path, NUL-terminated in the caches' arena. */
const char *cache_address(struct caches *c, const struct cache_file *file);

/* Opens the file in a file:// cache; the caller closes *fd. FAULT_NETWORK when it is not there. */
MUST_CHECK int cache_open_near(struct caches *c, const struct cache_file *file, int *fd, struct fault *f);

#endif
