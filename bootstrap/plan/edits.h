/* edits: changes to a text that leave every other byte as it stands. */
#ifndef PLAN_EDITS_H
#define PLAN_EDITS_H

#include "base/arena.h"
#include "base/buffer.h"

/* Bytes that go, or with begin == end a text that comes. */
struct edit {
	size_t begin;     /* offset in the text */
	size_t end;       /* offset behind the last byte that goes */
	struct text text; /* what comes in their place; none with a cut */
};

/* All of them; zero-initialise and set `bytes`. */
struct edits {
	struct text bytes;      /* the text; the caller's */
	LIST(struct edit) list; /* in any order until edits_apply */
};

/* Takes bytes out; cuts may overlap. */
void edits_cut(struct edits *e, struct arena *a, size_t begin, size_t end);

/* Puts `text`, which must outlive `e`, before the byte at `at`; it comes even where that byte is cut. */
void edits_insert(struct edits *e, struct arena *a, size_t at, struct text text);

/* Sorts the edits by their place; of one place, insertions first. */
void edits_sort(struct edits *e);

/* Is the byte at `at` cut? After edits_sort. */
bool edits_is_cut(const struct edits *e, size_t at);

/* Appends the changed text. */
void edits_apply(struct edits *e, struct buffer *to);

#endif
