/* unicode: characters of UTF-8 text, and the few classes of them that a Containerfile's rules ask for.
 *
 * Source: Unicode's White_Space property, whole. What is a letter is a short table: beyond ASCII and Latin-1 all
 * are letters but blocks of punctuation, symbols and marks. */
#ifndef FORMAT_UNICODE_H
#define FORMAT_UNICODE_H

#include <stdint.h>

#include "base/text.h"

#define UNICODE_END UINT32_MAX /* no character: the end of the text */

/* The first character of `t`, and its bytes in *len. A byte that begins none counts as U+FFFD; UNICODE_END and 0
 * at the end. */
uint32_t unicode_first(struct text t, size_t *len);

/* White_Space? The first 256 are what is asked of single bytes. */
bool unicode_space(uint32_t c);

/* May it stand in a name: a letter, a digit or "_"? */
bool unicode_word(uint32_t c);

/* `t` without White_Space before and behind it. */
struct text unicode_trim(struct text t);

/* Is `t` well-formed UTF-8 without NUL? *bad gets the offset of the first byte that is not. */
bool unicode_valid(struct text t, size_t *bad);

#endif
