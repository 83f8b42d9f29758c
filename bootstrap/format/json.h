/* json: reading JSON with places in its messages, and writing it byte for byte the same every time.
 *
 * Reading is by jansson; duplicate keys, NUL, invalid UTF-8, trailing bytes, numbers that 64 bits cannot hold and
 * nesting beyond JSON_DEPTH_MAX are refused. A reader holds a `struct json_at`: a value and the way to it, so that
 * each message names the place: `closure.lock: systems.x86_64-linux.nix: must be a string`. */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"

struct json_t; /* a value of jansson's */

/* A value and where it stands. `up` points to the reader one level out, which must outlive this one. */
struct json_at {
	struct json_t *value;     /* borrowed from the document; NULL when absent */
	const struct json_at *up; /* the object or array around it; NULL at the root */
	const char *key;          /* its key, or the document's name at the root; NULL in an array */
	size_t index;             /* its index in an array */
};

/* Parses `bytes`; `what` (a file name) begins every message and must outlive `root`. FAULT_INPUT with line and
 * column. The caller drops the root with json_drop, which is legal on a zeroed one and after a fault. Texts and keys
 * given out live as long, and are NUL-terminated. */
MUST_CHECK int json_parse(struct text bytes, const char *what, struct json_at *root, struct fault *f);
void json_drop(struct json_at *root);

/* A FAULT_INPUT at this place: "<what>: <place>: <fmt>". */
int json_fault(const struct json_at *at, struct fault *f, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Member `key` of the object `at` as *child. False when absent or null (or `at` is no object). */
bool json_member(const struct json_at *at, const char *key, struct json_at *child);

/* Required member `key` of a kind; FAULT_INPUT when absent or of another kind. */
MUST_CHECK int json_get_object(const struct json_at *at, const char *key, struct json_at *child, struct fault *f);
MUST_CHECK int json_get_array(const struct json_at *at, const char *key, struct json_at *child, struct fault *f);
MUST_CHECK int json_get_text(const struct json_at *at, const char *key, struct text *out, struct fault *f);
MUST_CHECK int json_get_u64(const struct json_at *at, const char *key, uint64_t max, uint64_t *out, struct fault *f);

/* Optional text member: absent or null gives none ({NULL,0}); another kind is FAULT_INPUT. */
MUST_CHECK int json_opt_text(const struct json_at *at, const char *key, struct text *out, struct fault *f);

/* Optional true or false: absent or null gives false; another kind is FAULT_INPUT. */
MUST_CHECK int json_opt_bool(const struct json_at *at, const char *key, bool *out, struct fault *f);

/* Kinds of a value. */
bool json_holds_object(const struct json_at *at);
bool json_holds_array(const struct json_at *at);

/* The value itself as a string (for array items). FAULT_INPUT otherwise. */
MUST_CHECK int json_text(const struct json_at *at, struct text *out, struct fault *f);

/* How many members or items; 0 for other values. */
size_t json_count(const struct json_at *at);

/* The next item, or the next member in bytewise order of the keys, as *child; false at the end. *child is zeroed
 * before the first call and not changed between: `for (struct json_at child = { 0 }; json_next(at, &child);)`. */
bool json_next(const struct json_at *at, struct json_at *child);

/* Refuses members of the object whose key is not in `keys` (NULL ends it) or whose value is null: for strict
 * formats. */
MUST_CHECK int json_only(const struct json_at *object, const char *const *keys, struct fault *f);

/* An array of texts, none empty, at most `max` of them. */
MUST_CHECK int json_texts(const struct json_at *list, size_t max, struct arena *a, struct texts *out,
			  struct fault *f);

/* ---- writing ---- */

/* A writer into a buffer. Containers are broken over lines, two blanks a level, or kept on one line. */
struct json_out {
	struct buffer *to; /* where it writes; the opener's */
	unsigned depth;    /* open containers */
	unsigned inline_from; /* depth from which all stays on one line; 0 while broken */
	bool first;        /* nothing yet in the innermost container */
	bool after_key;    /* a key stands without its value */
	bool joined;       /* the next member goes on the line of the one before */
};

/* Begins a document in `to`; ends it with a newline. */
void json_begin(struct json_out *o, struct buffer *to);
void json_end(struct json_out *o);

/* Opens and closes an object '{' or an array '['; json_close takes '}' and ']' as well. `one_line` keeps it and
 * what is in it on one line; an empty one takes no line of its own anyway. */
void json_open(struct json_out *o, char bracket, bool one_line);
void json_close(struct json_out *o, char bracket);

/* Writes a key; the next call writes its value. json_pair does both, for a string or what its name says (texts: on one line). */
void json_key(struct json_out *o, const char *key);
void json_key_text(struct json_out *o, struct text key);
void json_pair(struct json_out *o, const char *key, struct text value);
void json_pair_u64(struct json_out *o, const char *key, uint64_t value);
void json_pair_bool(struct json_out *o, const char *key, bool value);
void json_pair_texts(struct json_out *o, const char *key, struct texts value);

/* The next member or item stays on the line of the one before, if there is one. */
void json_join(struct json_out *o);

/* Write a value. Strings must be UTF-8; control characters, '"' and '\' are escaped, invalid bytes become U+FFFD. */
void json_put_text(struct json_out *o, struct text value);
void json_put_u64(struct json_out *o, uint64_t value);
void json_put_bool(struct json_out *o, bool value);

/* An array of texts on one line. */
void json_put_texts(struct json_out *o, const struct text *items, size_t count);

#endif
