/* buffer: bytes that grow, for what we write: files, JSON, NARs made in memory.
 *
 * Memory exhaustion ends the program with exit status 5, as in arena. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/text.h"

/* Growing bytes. Zero-initialise; drop with buffer_drop. Always NUL-terminated once something was added. */
struct buffer {
	char *at;    /* malloc'd; NULL while empty */
	size_t len;  /* bytes, without the NUL */
	size_t room; /* bytes allocated */
};

/* Appends `len` bytes. */
void buffer_add(struct buffer *b, const void *bytes, size_t len);

/* Appends a text. */
void buffer_text(struct buffer *b, struct text t);

/* Appends formatted text. */
void buffer_printf(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What the buffer holds now; valid until it next grows. */
struct text buffer_view(const struct buffer *b);

/* Empties it and keeps the memory. */
void buffer_reset(struct buffer *b);

/* Frees it; legal on an empty one. */
void buffer_drop(struct buffer *b);

#define BUFFER_AUTO __attribute__((cleanup(buffer_drop))) struct buffer

#endif
