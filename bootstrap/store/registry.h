/* registry: Nix's database of valid paths, schema 10 (Nix 2.3 to 2.36).
 *
 *     ValidPaths  path (full), hash "sha256:<hex>", registrationTime, deriver (full) | NULL, narSize, ultimate NULL,
 *                 sigs space-separated | NULL, ca | NULL
 *     Refs        referrer, reference: ids, self included
 *
 * Rows are written directly, since `nix-store --load-db` cannot carry signatures. Any other schema is refused, never
 * migrated. Source: Nix libstore/schema.sql, local-store.cc (addValidPath, queryPathInfoUncached). */
#ifndef STORE_REGISTRY_H
#define STORE_REGISTRY_H

#include "base/arena.h"
#include "base/fault.h"
#include "format/lock.h"
#include "store/layout.h"

/* A valid path as the database has it. Texts in the arena of the reading. */
struct registry_row {
	struct text path;        /* base name */
	struct text hash;        /* "sha256:<hex>" */
	uint64_t nar_size;       /* bytes */
	struct text signatures;  /* space-separated or none */
	struct text ca;          /* or none */
	struct texts references; /* base names, sorted; only with `references` */
};

/* All rows, sorted by base name. */
struct registry {
	bool exists;               /* is there a database? */
	bool has_references;       /* were references read? */
	struct registry_row *rows; /* rows of other store directories are left out */
	size_t count;              /* how many */
};

/* Reads the database beneath `root`; one that does not exist has no rows. `references`: read those too. The database and its -wal
 * keep every byte; beside a -wal that is not empty SQLite makes the -shm, or writes to it. FAULT_SYSTEM: not schema 10, or unreadable. */
MUST_CHECK int registry_read(const struct root *root, bool references, struct arena *a, struct registry *out,
			     struct fault *f);

/* What the database says of `path` otherwise than the lock: half a sentence, or NULL. References only if they were read. */
const char *registry_wrong(const struct registry *r, const struct lock_path *path);

/* The row of a base name, or NULL. */
const struct registry_row *registry_find(const struct registry *r, struct text path);

/* What is to be registered. */
struct registry_news {
	const struct lock_path *const *paths; /* each once; their references among them, or valid already */
	size_t count;                         /* how many */
	int64_t time;                         /* seconds since 1970, for new rows */
};

/* Registers them in one transaction; a path that is valid already has its row brought up to date. A database that does not exist is
 * made whole under another name and renamed: the same paths give the same bytes. The caller holds the locks. */
MUST_CHECK int registry_write(const struct root *root, const struct registry_news *news, struct fault *f);

#endif
