/* shellgrammar: reads a script's lists of commands, and the compound ones. */
#ifndef FORMAT_SHELLGRAMMAR_H
#define FORMAT_SHELLGRAMMAR_H

#include "format/shellread.h"

/* Reads the whole script that the reader stands at the beginning of. */
MUST_CHECK int shellgrammar_read(struct shell_reader *r);

#endif
