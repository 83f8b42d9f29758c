/* wordpattern: the patterns of "${NAME#pattern}" and its kin in a Containerfile: "?" is one character, "*" any
 * number, "\" makes "?", "*" and "\" plain; there are no brackets. Source: BuildKit
 * frontend/dockerfile/shell/lex.go, convertShellPatternToRegex. */
#ifndef FORMAT_WORDPATTERN_H
#define FORMAT_WORDPATTERN_H

#include "base/arena.h"

/* A pattern, read. */
struct wordpattern {
	uint32_t *at; /* characters, and above them the two that match others */
	size_t count; /* how many */
};

/* Reads one; false when "\" stands before what is none of "?*\/}", or last, and when it has more than
 * WORDPATTERN_MAX characters. */
bool wordpattern_make(struct text written, struct arena *a, struct wordpattern *out);

/* `value` without the shortest, or longest, beginning that the pattern matches; all of it when there is none. */
struct text wordpattern_without_prefix(const struct wordpattern *p, struct text value, bool longest, struct arena *a);

/* The same with its end. */
struct text wordpattern_without_suffix(const struct wordpattern *p, struct text value, bool longest, struct arena *a);

/* `value` with `replacement` for the first match, or for all; matches are the longest from the left. */
struct text wordpattern_replaced(const struct wordpattern *p, struct text value, struct text replacement, bool all,
				 struct arena *a);

/* What stands in "${NAME" behind the name. */
struct wordpattern_edit {
	char sign;               /* '#', '%' or '/' */
	bool all;                /* "//" */
	struct text pattern;     /* as written; with '#' and '%' the same sign before it asks for the longest */
	struct text replacement; /* of '/' */
};

/* Makes the edit; false when the pattern is none. */
bool wordpattern_apply(const struct wordpattern_edit *edit, struct text value, struct arena *a, struct text *out);

#endif
