/* jsonc: JSON with comments and trailing commas, made plain: each byte of these becomes a blank, so that lines and columns stay.
 *
 *     { // to the line's end
 *       "a": [1, 2,], &c.
 *     }
 *
 * What is wrong with it otherwise is for the JSON parser to say. */
#ifndef FORMAT_JSONC_H
#define FORMAT_JSONC_H

#include "base/arena.h"

/* The same bytes without comments, trailing commas and a byte order mark, in the arena. */
struct text jsonc_plain(struct text bytes, struct arena *a);

#endif
