/* lockfield: reading JSON objects by tables of their members, strictly, and the single values that a lock has.
 *
 * Each reader takes a value, checks it and writes it to its slot: a field of the struct being read, or the whole
 * struct where it fills several fields. Faults are FAULT_INPUT with place and rule. For lockread and lockpackage only. */
#ifndef FORMAT_LOCKFIELD_H
#define FORMAT_LOCKFIELD_H

#include "format/json.h"
#include "format/lock.h"

/* A reading under way. */
struct lock_reader {
	struct arena *arena; /* for all that is read */
	struct fault *fault; /* the caller's */
	struct lock *lock;   /* what is read; its caches come before its systems */
	struct texts names;  /* base names of the system's paths, sorted, which all lists share */
	uint64_t *prefixes;  /* lock_prefix of each name: ascending, and small enough for a CPU's cache */
};

/* A member of an object. */
struct lock_field {
	const char *key; /* NULL ends a table */
	bool required;   /* is it a fault when it is missing? */
	/* Reads its value. */
	int (*read)(struct lock_reader *r, const struct json_at *at, void *slot);
	size_t offset;   /* of its slot, bytes into the struct being read */
};

/* What a list of texts may have. */
struct lock_list {
	size_t max; /* items */
	/* Reads one into a struct text. */
	int (*read)(struct lock_reader *r, const struct json_at *at, void *slot);
};

/* The first 8 bytes of a base name as a number of the same order; shorter ones are filled up with zeros. */
uint64_t lock_prefix(struct text base);

/* The object `at` into the struct `to`, member after member in the order of `fields`; no others may be there. */
MUST_CHECK int lock_read_fields(struct lock_reader *r, const struct json_at *at, const struct lock_field *fields,
				void *to);

/* An array of texts, sorted bytewise, none twice. */
MUST_CHECK int lock_read_list(struct lock_reader *r, const struct json_at *at, struct lock_list rule,
			      struct texts *out);

/* A string for which `is_valid` holds; `rule` says what that is, behind "must be". */
MUST_CHECK int lock_read_valid(struct lock_reader *r, const struct json_at *at, struct text *slot,
			       bool (*is_valid)(struct text), const char *rule);

/* How many members the object `at` has, at most `max`; then each item or member of `at` into its place in the array
 * `items`, whose items have `size` bytes. */
MUST_CHECK int lock_count_members(struct lock_reader *r, const struct json_at *at, size_t max, size_t *count);
MUST_CHECK int lock_read_each(struct lock_reader *r, const struct json_at *at, void *items, size_t size,
			      int (*read)(struct lock_reader *r, const struct json_at *at, void *slot));

/* The key of `at` as the name of a tool, output or system, into a struct text. */
MUST_CHECK int lock_read_name(struct lock_reader *r, const struct json_at *at, void *slot);

/* Into a struct text: a store path as its base name; one of the system's paths, by the shared text; free text; a
 * command's name; a content address; a public key; a signature; a cache's URL; a file's URL below its cache. */
MUST_CHECK int lock_read_store_path(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_known_path(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_line(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_command(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_ca(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_key(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_signature(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_cache_url(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_file_url(struct lock_reader *r, const struct json_at *at, void *slot);

/* Into a struct digest; a uint64_t, bytes of a NAR or file, not 0; an enum codec. */
MUST_CHECK int lock_read_digest(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_size(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_codec(struct lock_reader *r, const struct json_at *at, void *slot);

/* Into an enum lock_origin: of a NAR, of a file, of a tool. */
MUST_CHECK int lock_read_nar_origin(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_file_origin(struct lock_reader *r, const struct json_at *at, void *slot);
MUST_CHECK int lock_read_tool_origin(struct lock_reader *r, const struct json_at *at, void *slot);

#endif
