/* containerline: the logical lines of a Containerfile: what is left of continued lines, comments, empty lines and
 * directives, with the place of every byte. Source: BuildKit frontend/dockerfile/parser/{parser,directives}.go. */
#ifndef FORMAT_CONTAINERLINE_H
#define FORMAT_CONTAINERLINE_H

#include "base/buffer.h"
#include "base/fault.h"
#include "format/placed.h"

/* A file being read: fill in the first four members. */
struct containerlines {
	struct text bytes;    /* the whole file, valid UTF-8 */
	const char *what;     /* its name in messages */
	struct arena *arena;  /* for what is handed out */
	struct fault *fault;  /* where the cause goes */
	size_t offset;        /* bytes read so far */
	unsigned line;        /* lines read so far */
	char escape;          /* '\\' or '`', once the first line was read */
	unsigned directives;  /* a bit for each that was seen */
	bool body;            /* no more directives: something else was seen */
	struct buffer text;   /* the line being put together */
	struct buffer places; /* uint32_t of each of its bytes */
};

/* A logical line. */
struct containerline {
	struct placed text; /* blanks before it are gone */
	size_t begin;       /* its first byte in the file */
	unsigned line;      /* its first line */
};

/* The next logical line: 1, 0 at the end, or FAULT_INPUT. */
MUST_CHECK int containerlines_next(struct containerlines *c, struct containerline *out);

/* What stands before a line that is `name` alone, which is read over; with `chomp` without leading tabs. */
MUST_CHECK int containerlines_heredoc(struct containerlines *c, struct text name, bool chomp, struct placed *out);

/* Frees what it works with. */
void containerlines_drop(struct containerlines *c);

/* FAULT_INPUT "<what>:<line>: <rule>". */
int containerlines_refuse(const struct containerlines *c, unsigned line, const char *rule);

#endif
