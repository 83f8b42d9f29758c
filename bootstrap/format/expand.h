/* expand: the words of a Containerfile with their quotes taken off and variables put in.
 *
 *     $X ${X}                      the value
 *     ${X:-word} ${X-word}         or word, when X is unset (":": or empty)
 *     ${X:+word} ${X+word}         word when X is set (and not empty), or nothing
 *     ${X:?text} ${X?text}         the value; a fault when X is unset (or empty)
 *     ${X#p} ${X##p}               the value without the shortest, or longest, beginning that the pattern matches
 *     ${X%p} ${X%%p}               the same with its end
 *     ${X/p/word} ${X//p/word}     the value with word for the first match, or for all
 *     'as it is'  "with variables" \c
 *
 * What is not known stays in the text as it is written. FAULT_INPUT tells the word and the rule. Source: BuildKit
 * frontend/dockerfile/shell/lex.go. */
#ifndef FORMAT_EXPAND_H
#define FORMAT_EXPAND_H

#include "base/arena.h"
#include "base/fault.h"

/* How a variable stands. */
enum expand_state {
	EXPAND_UNKNOWN, /* it may have any value, or none */
	EXPAND_OPEN,    /* unset unless the builder is told a value: "$X" is not known, "${X:-word}" is word */
	EXPAND_UNSET,   /* it is unset */
	EXPAND_SET,     /* it has a value, maybe an empty one */
};

/* How to expand. */
struct expand {
	char escape;       /* '\\' or '`' */
	bool keep_quotes;  /* quotes stay in the text, though they quote */
	bool keep_escapes; /* escape characters stay, too */
	bool plain_quotes; /* quotes are characters as all others: in here-documents */
	/* How the variable stands; with EXPAND_SET its value. NULL: all are unknown. */
	enum expand_state (*get)(const void *of, struct text name, struct text *value);
	const void *of; /* passed to it */
};

/* What came of it. */
struct expanded {
	struct text text;   /* the whole, blanks as written */
	struct texts words; /* split at blanks that are not quoted */
	bool known;         /* is all of it known? */
	bool limited;       /* of what is refused: because it passes a limit of bounds.h? */
};

/* Expands; the result is in the arena. */
MUST_CHECK int expand_word(struct text written, const struct expand *how, struct arena *a, struct expanded *out,
			   struct fault *f);

#endif
