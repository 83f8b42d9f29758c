/* shellread: the bytes of a script, one after the other, and what is made of them. A backslash and a newline are skipped
 * wherever a shell skips them. */
#ifndef FORMAT_SHELLREAD_H
#define FORMAT_SHELLREAD_H

#include "base/fault.h"
#include "format/shellpart.h"
#include "format/shelltree.h"

#define SHELL_END (-1) /* there is no byte left */
#define SHELL_AHEAD 12 /* bytes of room for a reserved word */

/* Where parts of words are read, which says what is special and what ends them. */
enum shell_mode {
	SHELL_PLAIN,           /* a word: blanks and operators end it */
	SHELL_REGEX,           /* behind =~: blanks end it */
	SHELL_QUOTED,          /* " " */
	SHELL_ARGUMENT,        /* ${X# } */
	SHELL_ARGUMENT_QUOTED, /* "${X- }" */
	SHELL_SUBSCRIPT,       /* ${X[ ]} */
	SHELL_HEREDOC,         /* all that is there */
	SHELL_SUM,             /* $(( )): what is in parentheses, up to the ")" that was not opened */
};

/* Parts of a word, in order. */
struct shell_parts {
	LIST(struct shell_part) list; /* in the arena */
};

/* Where one reads: the script, a part of it, or a part without some of its backslashes. */
struct shell_source {
	struct text bytes;  /* what is read */
	const uint32_t *at; /* the place in the script of each byte; NULL: bytes begin where the script does */
	size_t pos;         /* index of the next byte */
	size_t last;        /* index behind the last byte that was taken */
};

/* A here-document that was announced and has not come yet. */
struct shell_waiting {
	size_t command;      /* index of its command */
	size_t redirect;     /* which of its redirections */
	struct text name;    /* the line that ends it */
	bool tabs;           /* "<<-" */
	bool quoted;         /* its name was: nothing is put in */
	struct text content; /* once it has come */
};

/* A script being read. */
struct shell_reader {
	struct shell_source in;                            /* where */
	struct text script;                                /* all of it */
	const char *what;                                  /* its name in messages */
	struct arena *arena;                               /* of all that is made */
	struct fault *fault;                               /* set when a call answers below zero */
	size_t depth;                                      /* what is open */
	size_t words;                                      /* words and parts so far */
	size_t steps;                                      /* bytes looked at twice */
	size_t block;                                      /* index of the block that is being read */
	size_t command;                                    /* index of the command that is being read */
	LIST(struct shell_command) commands;               /* so far */
	LIST(struct shell_block) blocks;                   /* so far */
	LIST(struct shell_waiting) waiting;                /* here-documents, in order */
	size_t come;                                       /* of which so many have come */
	int (*list)(struct shell_reader *r, size_t block); /* reads commands up to what ends a block */
	/* Reads parts of a word up to what ends the mode. */
	int (*parts)(struct shell_reader *r, enum shell_mode mode, struct shell_parts *out);
};

/* The next byte, or SHELL_END; and the one behind it. */
int shellread_peek(struct shell_reader *r);
int shellread_second(struct shell_reader *r);

/* Takes the byte that shellread_peek gave. */
void shellread_skip(struct shell_reader *r);

/* Takes these bytes if they come next. */
bool shellread_take(struct shell_reader *r, const char *bytes);

/* Takes blanks and a comment. */
void shellread_blanks(struct shell_reader *r);

/* Does the byte end a word: a blank, a newline, one of ;&|<>(), the end? */
bool shellread_ends(int c);

/* May the byte stand in a variable's name? */
bool shellread_name(int c);

/* The next word as far as it may be a reserved one: none when it is too long for that. Takes nothing. */
struct text shellread_ahead(struct shell_reader *r, char room[SHELL_AHEAD]);

/* Takes the reserved word if it comes next. */
bool shellread_word(struct shell_reader *r, const char *word);

/* The place in the script of the next byte, and of what is behind the last one that was taken. */
size_t shellread_place(struct shell_reader *r);
size_t shellread_behind(const struct shell_reader *r);

/* What was taken since index `begin`, and the same without backslashes before newlines. */
struct text shellread_since(const struct shell_reader *r, size_t begin);
struct text shellread_clean(const struct shell_reader *r, size_t begin);

/* Sets the fault "<what>:<line>: ..." for a place of the script. */
int shellread_refuse(const struct shell_reader *r, size_t place, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same for what comes next, which is named: "<what>:<line>: <rule>, not "...". */
int shellread_unexpected(struct shell_reader *r, const char *rule);

/* Goes one deeper, or refuses. `depth` goes down again by hand. */
MUST_CHECK int shellread_enter(struct shell_reader *r);

/* Counts a word, or refuses; the same for a part of one, which is appended. */
MUST_CHECK int shellread_count(struct shell_reader *r);
MUST_CHECK int shellread_part(struct shell_reader *r, struct shell_part part, struct shell_parts *out);

/* A new block, a new command: its index in *out. */
MUST_CHECK int shellread_block(struct shell_reader *r, enum shell_block_kind kind, size_t owner, size_t *out);
MUST_CHECK int shellread_command(struct shell_reader *r, enum shell_join join, bool negated, size_t *out);

#endif
