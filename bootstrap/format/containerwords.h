/* containerwords: how a Containerfile's instruction is split into flags and words. Quotes and escape characters
 * stay in words, and are taken off flags.
 *
 * Source: BuildKit frontend/dockerfile/parser/{split_command,line_parsers}.go. As there, flags are read byte by
 * byte, as if in Latin-1: what is not ASCII in them comes out encoded twice. */
#ifndef FORMAT_CONTAINERWORDS_H
#define FORMAT_CONTAINERWORDS_H

#include "base/arena.h"

/* Takes the flags off what follows a keyword: "--name=value", up to the first word that is none, or "--". Gives
 * what is left. */
struct text containerwords_flags(struct text t, char escape, struct arena *a, struct texts *flags);

/* Words with blanks between them; none is seen in quotes or behind the escape character. Slices of `t`. */
struct texts containerwords_quoted(struct text t, char escape, struct arena *a);

/* Words with blanks between them, whatever quotes say. Slices of `t`. */
struct texts containerwords_plain(struct text t, struct arena *a);

/* A blank between words and behind a keyword? */
bool containerwords_blank(char c);

/* White space, when bytes are taken for characters? */
bool containerwords_byte_space(char c);

#endif
