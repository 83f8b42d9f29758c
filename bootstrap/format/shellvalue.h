/* shellvalue: puts the values of a script's words together from their parts and from what is known of variables. */
#ifndef FORMAT_SHELLVALUE_H
#define FORMAT_SHELLVALUE_H

#include "base/fault.h"
#include "format/shellpart.h"
#include "format/shelltree.h"
#include "format/shellvars.h"

/* What is gone through. */
struct shell_values {
	struct shell_vars vars; /* the variables */
	struct arena *arena;    /* of the values */
	const char *what;       /* the script's name in messages */
	struct fault *fault;    /* set when a call answers below zero */
	size_t bytes;           /* of all values so far */
	size_t steps;           /* that matching may still take */
};

/* Sets the word's value, known and splits. */
MUST_CHECK int shellvalue_word(struct shell_values *v, struct shell_word *word);

/* The word as a pattern, in the arena; *known: is all of it? */
MUST_CHECK int shellvalue_pattern(struct shell_values *v, const struct shell_word *word, struct text *out, bool *known);

/* What a variable is when the word, without its first `skip` bytes, is assigned to it. */
struct shell_value shellvalue_of(const struct shell_word *word, size_t skip);

#endif
