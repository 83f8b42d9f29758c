/* placed: text that was put together from pieces of a file, and where each byte of it stands there. */
#ifndef FORMAT_PLACED_H
#define FORMAT_PLACED_H

#include "base/arena.h"

/* Text put together from pieces of the file. */
struct placed {
	struct text text;   /* continuations, and comments between them, are gone */
	const uint32_t *at; /* text.len + 1 places: of each byte in the file, and behind the last */
};

/* A part of it, by the slice of its text; its places are in the arena. A part without bytes keeps the place that
 * it has. */
struct placed placed_part(struct placed whole, struct text part, struct arena *a);

#endif
