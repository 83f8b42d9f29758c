/* shellword: reads a script's words, and the here-documents behind a line. */
#ifndef FORMAT_SHELLWORD_H
#define FORMAT_SHELLWORD_H

#include "format/shellread.h"

/* Reads a word, which may be empty: `mode` is SHELL_PLAIN or SHELL_REGEX. Its value is not put together yet. */
MUST_CHECK int shellword_read(struct shell_reader *r, enum shell_mode mode, struct shell_word *out);

/* Reads an array's items, from "(" to ")", as one opaque word. */
MUST_CHECK int shellword_array(struct shell_reader *r, struct shell_word *out);

/* Does a word come next? */
bool shellword_comes(struct shell_reader *r);

/* Takes newlines, with blanks, comments, and the here-documents that were announced before them. */
MUST_CHECK int shellword_newlines(struct shell_reader *r);

/* A here-document announced by a redirection of a command, the word of which was read. */
MUST_CHECK int shellword_announce(struct shell_reader *r, size_t redirect, const struct shell_word *name, bool tabs);

/* For the reader: parts up to what ends the mode. */
MUST_CHECK int shellword_parts(struct shell_reader *r, enum shell_mode mode, struct shell_parts *out);

#endif
