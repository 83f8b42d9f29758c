/* jsonvalue: JSON text as a tree of values; json is how everybody else reads it.
 *
 * RFC 8259, and stricter: the root is an object or an array, keys are unique, NUL is in no string, bytes are
 * UTF-8, at most JSON_DEPTH_MAX arrays and objects stand in each other. Our own because a lock of 100,000 paths
 * has 140 MB: jansson takes four seconds and half a gigabyte for it, this one a fraction; the tests hold it
 * against jansson. */
#ifndef FORMAT_JSONVALUE_H
#define FORMAT_JSONVALUE_H

#include "base/arena.h"
#include "base/fault.h"

/* Kinds of values. */
enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOL,
	JSON_KIND_WHOLE,  /* digits only, below 2^64 */
	JSON_KIND_NUMBER, /* any other number: its value is never asked for */
	JSON_KIND_STRING,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT,
};

struct json_entry; /* a member of an object */

/* A value; what it points to is in the arena of the tree or, a string without escapes, in the text itself. */
struct json_value {
	enum json_kind kind; /* which member of the union counts */
	size_t count;        /* bytes of a string, items of an array, members of an object */
	union {
		bool truth;                 /* BOOL */
		uint64_t whole;             /* WHOLE */
		const char *string;         /* STRING, UTF-8; no NUL follows */
		struct json_value *items;   /* ARRAY, in the order of the text */
		struct json_entry *entries; /* OBJECT, sorted bytewise by key */
	};
};

/* A member of an object. */
struct json_entry {
	struct text key;         /* NUL-terminated */
	struct json_value value; /* its value */
};

/* Reads all of `bytes`, which must outlive the tree. `what` (a file name) begins messages. FAULT_INPUT with line,
 * column (in bytes, from 1) and rule. */
MUST_CHECK int json_value_parse(struct text bytes, const char *what, struct arena *a, struct json_value *out,
				struct fault *f);

/* The member `key` of an object, or NULL; of any other value, NULL. */
const struct json_entry *json_value_member(const struct json_value *object, struct text key);

#endif
