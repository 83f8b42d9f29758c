/* shell: a POSIX shell script as its simple commands, each with the place of every word, so that commands and words can be
 * taken out. What runs is not decided here, but values are followed as far as they are plain.
 *
 *     set -eux; case ${TARGETARCH} in amd64) A=x86_64 ;; arm64) A=aarch64 ;; esac
 *     curl -fsSL https://example.org/tool-$A.tar.gz | tar -xz -C /usr/local/bin tool && rm -rf /tmp/*
 *
 * bash's [[ ]], $'', function NAME, &>, |&, <<< and arrays are read over, so that real scripts pass. FAULT_INPUT names line
 * and rule for what is no script. Source: POSIX.1-2024, XCU 2.10 Shell Grammar; bash(1). */
#ifndef FORMAT_SHELL_H
#define FORMAT_SHELL_H

#include "base/arena.h"
#include "base/fault.h"

#define SHELL_NONE SIZE_MAX /* no block */

/* What stands between a command and the one before it in the same block. */
enum shell_join {
	SHELL_FIRST,      /* it is the block's first */
	SHELL_SEQUENCE,   /* ; or a newline */
	SHELL_AND,        /* && */
	SHELL_OR,         /* || */
	SHELL_PIPE,       /* | or |& */
	SHELL_BACKGROUND, /* & */
};

/* What holds commands. */
enum shell_block_kind {
	SHELL_PROGRAM,      /* the whole script; always the first block */
	SHELL_SUBSHELL,     /* ( ) */
	SHELL_GROUP,        /* { } */
	SHELL_SUBSTITUTION, /* $( ), ` ` or <( ); its commands belong to a word */
	SHELL_CONDITION,    /* between if, elif, while or until, and then or do */
	SHELL_BRANCH,       /* between then, elif or else, and the next of these or fi */
	SHELL_LOOP,         /* between do and done */
	SHELL_ARM,          /* of a case */
	SHELL_FUNCTION,     /* a function's body */
};

/* A part of a script that holds commands. if, for, case... are seen as one command without words in the outer block, and
 * its blocks, whose `owner` it is. */
struct shell_block {
	enum shell_block_kind kind; /* which */
	size_t parent;              /* index of the block around, or SHELL_NONE */
	size_t owner;               /* index of the command that it belongs to, or SHELL_NONE for the program */
	size_t begin, end;          /* bytes of the script, without its own brackets or words */
	bool taken;                 /* false: an arm or branch that cannot run, as far as values are known */
};

/* A word of a command. */
struct shell_word {
	size_t begin, end;  /* bytes of the script */
	struct text value;  /* without quotes, known variables put in; what is not known stands there as written */
	bool known;         /* is all of it known? (globs and ~ are left as they are and count as known) */
};

/* A redirection. */
struct shell_redirect {
	size_t begin, end;        /* bytes of the script, with the operator; of a here-document, only its operator and name */
	struct text op;           /* ">", ">>", "<", "<<", "<<-", "<<<", ">&", "&>", ... */
	int fd;                   /* as given, else 0 or 1 by the operator */
	struct shell_word target; /* file, descriptor, or the here-document's name */
	struct text content;      /* of a here-document, as written; none otherwise */
};

/* NAME=word before a command, or alone. */
struct shell_assignment {
	struct text name;        /* of the variable */
	struct shell_word value; /* what follows "=" */
};

/* One simple command, or one compound command (then without words). */
struct shell_command {
	size_t begin, end;            /* bytes of the script, with assignments and redirections, without what joins it */
	enum shell_join join;         /* to the one before in its block */
	size_t block;                 /* index of the block that it stands in */
	bool negated;                 /* behind "!" */
	bool compound;                /* if, for, while, case, ( ), { }, a function's definition, [[ ]] */
	struct shell_assignment *assignments; /* in order */
	size_t assignment_count;      /* how many */
	struct shell_word *words;     /* the command's name first; may be none */
	size_t word_count;            /* how many */
	struct shell_redirect *redirects; /* in order */
	size_t redirect_count;        /* how many */
};

/* A script. Commands are in the order of their first byte; an owner comes before what its blocks hold. */
struct shell {
	struct text script;             /* the caller's bytes */
	struct shell_command *commands; /* all, of all blocks */
	size_t command_count;           /* how many */
	struct shell_block *blocks;     /* all; the first is the program */
	size_t block_count;             /* how many */
};

/* Whom to ask for a variable that the script has not set itself. */
struct shell_variables {
	/* True and its value, or false when it is not known. */
	bool (*get)(const void *of, struct text name, struct text *value);
	const void *of; /* passed to it */
};

/* Reads the script, which must outlive `out`; the rest lives in the arena. `what` names it in messages; `variables` may have
 * a NULL get. An assignment to a plain or known value is followed to what comes after it; of branches and arms of which one
 * must be taken and none is known to be, the first that sets a variable sets it. */
MUST_CHECK int shell_parse(struct text script, const char *what, const struct shell_variables *variables, struct arena *a,
			   struct shell *out, struct fault *f);

/* The name of the program that a command runs: its first word's last component, behind env, sudo, exec, command, time, nice,
 * and their options and assignments; *first gets that word's index. None when it has no words or is not known. */
struct text shell_program(const struct shell_command *command, size_t *first);

#endif
