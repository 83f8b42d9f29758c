/* shellcommand: reads a script's simple commands: assignments, words and redirections. */
#ifndef FORMAT_SHELLCOMMAND_H
#define FORMAT_SHELLCOMMAND_H

#include "format/shellread.h"

/* Reads what stands there into the command of that index, which is r->command. */
MUST_CHECK int shellcommand_read(struct shell_reader *r, size_t index);

/* Reads the redirections behind a compound command. */
MUST_CHECK int shellcommand_redirects(struct shell_reader *r, size_t index);

#endif
