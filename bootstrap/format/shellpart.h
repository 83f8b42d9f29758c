/* shellpart: what the words of a shell script are put together from. Texts are slices of the script or of the arena. */
#ifndef FORMAT_SHELLPART_H
#define FORMAT_SHELLPART_H

#include "base/text.h"

/* Kinds of parts. */
enum shell_part_kind {
	SHELL_LITERAL,  /* bytes */
	SHELL_VARIABLE, /* $NAME or ${NAME<op>argument} */
	SHELL_OPAQUE,   /* a substitution, arithmetic, an array: cannot be known */
};

/* A part of a word. */
struct shell_part {
	enum shell_part_kind kind; /* which */
	bool quoted;               /* inside quotes, or behind a backslash */
	struct text raw;           /* as written, without quotes */
	struct text text;          /* of a literal: the bytes; of a variable: its name */
	struct text op;            /* of ${ }: "", ":-", "##", ...; "len" for ${#NAME}, "?!" for what is read over */
	const struct shell_part *argument; /* of ${ }: what follows the operator */
	size_t argument_count;             /* how many parts that has */
};

#endif
