/* wordlist: words that are put together from pieces: what quotes held together is added as it is, all else is
 * split at white space. */
#ifndef FORMAT_WORDLIST_H
#define FORMAT_WORDLIST_H

#include "base/arena.h"
#include "base/buffer.h"

/* Words being collected. */
struct wordlist {
	LIST(struct text) whole; /* those that have ended */
	bool inside;             /* has one begun? */
	struct buffer *word;     /* the one that has begun; the caller's */
	struct arena *arena;     /* for those that have ended */
};

/* Adds to the word that has begun, or begins one. */
void wordlist_add(struct wordlist *w, struct text t);

/* The same, but white space ends words. */
void wordlist_split(struct wordlist *w, struct text t);

/* Ends the word that has begun; one without bytes is none. */
void wordlist_end(struct wordlist *w);

#endif
