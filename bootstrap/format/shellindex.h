/* shellindex: what a walk through a script needs to know before: what follows what, and which variables there are. */
#ifndef FORMAT_SHELLINDEX_H
#define FORMAT_SHELLINDEX_H

#include "format/shellvalue.h"

/* Links between a script's commands and blocks; SHELL_NONE ends each row. */
struct shell_index {
	struct shell *shell;     /* the script */
	struct arena *arena;     /* of the links */
	size_t *next;            /* of a command: the next one in its block */
	size_t *first;           /* of a block: its first command */
	size_t *blocks;          /* of a command: its first block */
	size_t *next_block;      /* of a block: its owner's next one */
	LIST(struct text) names; /* of all variables that are named */
};

/* Makes the links for x->shell, and v->vars, which knows then which command sets what. */
MUST_CHECK int shellindex_make(struct shell_index *x, const struct shell_variables *variables, struct shell_values *v);

#endif
