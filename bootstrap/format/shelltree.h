/* shelltree: the parts of a shell script, as format/shell gives them. Places are bytes of the script. */
#ifndef FORMAT_SHELLTREE_H
#define FORMAT_SHELLTREE_H

#include "base/arena.h"

#define SHELL_NONE SIZE_MAX /* no block, no command */

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
	SHELL_SUBSTITUTION, /* $( ), ` ` or <( ); its commands belong to a word or a here-document */
	SHELL_CONDITION,    /* between if, elif, while or until, and then or do */
	SHELL_BRANCH,       /* between then, elif or else, and the next of these or fi */
	SHELL_LOOP,         /* between do and done */
	SHELL_ARM,          /* of a case */
	SHELL_FUNCTION,     /* a function's body */
};

/* Which compound command. */
enum shell_compound {
	SHELL_SIMPLE,     /* none: it has words, assignments or redirections */
	SHELL_BRACKETS,   /* ( ) or { } */
	SHELL_IF,         /* if */
	SHELL_WHILE,      /* while */
	SHELL_UNTIL,      /* until */
	SHELL_FOR,        /* for NAME in, and bash's select */
	SHELL_CASE,       /* case */
	SHELL_DEFINITION, /* a function's */
	SHELL_TEST,       /* bash's [[ ]] */
	SHELL_ARITHMETIC, /* bash's (( )) and for (( )) */
};

struct shell_part; /* format/shellpart */

/* A word of a command. */
struct shell_word {
	size_t begin, end; /* bytes of the script */
	struct text value; /* without quotes, with variables as far as they are known; the unknown as it is written */
	bool known;        /* is all of it known? (globs and ~ are left as they are and count as known) */
	bool splits;       /* a variable without quotes has blanks in its value: the shell makes several words of it */
	const struct shell_part *parts; /* what the value is put together from */
	size_t part_count;              /* how many */
};

/* A part of a script that holds commands. if, for, case... are seen as one command without words in the outer block, and
 * its blocks, whose `owner` it is. The body of a function is its block, without a group in it. */
struct shell_block {
	enum shell_block_kind kind;  /* which */
	size_t parent;               /* index of the block around, or SHELL_NONE */
	size_t owner;                /* index of the command that it belongs to, or SHELL_NONE for the program */
	size_t begin, end;           /* bytes of the script, without its own brackets or words */
	bool taken;                  /* false: it, or one around it, cannot run, as far as values are known */
	struct shell_word *patterns; /* of an arm */
	size_t pattern_count;        /* how many */
	bool falls;                  /* an arm that ends in ;& or ;;& */
};

/* A redirection. */
struct shell_redirect {
	size_t begin, end; /* bytes of the script, with the operator; of a here-document, only its operator and name */
	struct text op;    /* ">", ">>", "<", "<<", "<<-", "<<<", ">&", "&>", ... */
	int fd;            /* as given, else 0 or 1 by the operator */
	struct shell_word target; /* file, descriptor, or the here-document's name */
	struct text
		content; /* of a here-document, as written; none otherwise, and when the script ends before it begins */
};

/* NAME=word before a command, or alone. */
struct shell_assignment {
	struct text name;        /* of the variable; of an array's item with "[...]" */
	bool appends;            /* bash's += */
	struct shell_word value; /* what follows "=" */
};

/* One simple command, or one compound command (then without words). */
struct shell_command {
	size_t begin, end; /* bytes of the script, with assignments and redirections, without "!" and what joins it */
	enum shell_join join;      /* to the one before in its block */
	size_t block;              /* index of the block that it stands in */
	bool negated;              /* behind "!" */
	bool skipped;              /* cannot run, as far as values are known: by its block, or by && and || before it */
	bool compound;             /* if, for, while, case, ( ), { }, a function's definition, [[ ]] */
	enum shell_compound which; /* which of them */
	struct shell_assignment *assignments; /* in order */
	size_t assignment_count;              /* how many */
	struct shell_word *words;             /* the command's name first; may be none */
	size_t word_count;                    /* how many */
	struct shell_redirect *redirects;     /* in order */
	size_t redirect_count;                /* how many */
	struct shell_word
		*operands;    /* case: its subject; for: name, then words; [[ ]]: all in it; a function: its name */
	size_t operand_count; /* how many */
	size_t sum_end;       /* of (( )) and for (( )): the byte behind "))" */
};

/* A script. Commands are in the order of their first byte; an owner comes before what its blocks hold. */
struct shell {
	struct text script;             /* the caller's bytes */
	struct shell_command *commands; /* all, of all blocks */
	size_t command_count;           /* how many */
	struct shell_block *blocks;     /* all; the first is the program */
	size_t block_count;             /* how many */
};

#endif
