/* shellcompound: reads a script's compound commands: ( ), { }, if, while, until, for, case, [[ ]], (( )). */
#ifndef FORMAT_SHELLCOMPOUND_H
#define FORMAT_SHELLCOMPOUND_H

#include "format/shellread.h"

/* Which compound command comes next: by "(" or by its reserved word; SHELL_SIMPLE when none does. A function's definition is
 * not known by that. */
enum shell_compound shellcompound_comes(struct shell_reader *r);

/* Reads it into the command of that index, which is r->command, without the redirections behind it. */
MUST_CHECK int shellcompound_read(struct shell_reader *r, size_t index, enum shell_compound which);

/* Reads ( ) or { }, which comes next, as one block of that kind. */
MUST_CHECK int shellcompound_brackets(struct shell_reader *r, enum shell_block_kind kind);

/* Does what ends a list come next: a reserved word, ")", ";;" or the end? */
bool shellcompound_closes(struct shell_reader *r);

#endif
