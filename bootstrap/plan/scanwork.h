/* scanwork: what the scan's modules share while a file is looked through: the script at hand, its commands, what was found. */
#ifndef PLAN_SCANWORK_H
#define PLAN_SCANWORK_H

#include "plan/scan.h"
#include "plan/scanname.h"

struct scan_flow; /* downloads on their way: plan/scanflow */

/* A scan that is under way. */
struct scan_work {
	struct scan *out;       /* what was found so far */
	struct arena *arena;    /* all of it lives here */
	LIST(size_t) lines;     /* of the file: where each line begins */
	size_t steps;           /* comparisons that are left */
	unsigned depth;         /* scripts in words of scripts */
	struct scan_flow *flow; /* downloads on their way */
};

/* What goes through the output of a command, or what a variable holds. */
struct scan_stream {
	enum {
		STREAM_NONE,  /* nothing that was downloaded */
		STREAM_FILE,  /* a download as it is, or unpacked */
		STREAM_PART,  /* something that was taken out of it: a version, a line of checksums */
		STREAM_SUM,   /* its checksum, as computed here */
		STREAM_WORDS, /* what echo, printf or a here-document says */
	} kind;               /* of what */
	size_t fetch;         /* which download */
	struct text words;    /* STREAM_WORDS: that text, with what is known put in; `fetch`: what a part of it was taken from */
	size_t writer;        /* STREAM_WORDS out of a file: one more than the index of the command that wrote it; else 0 */
};

/* A script. It lives as long as the scan. */
struct scan_place {
	struct scan_work *work;          /* the scan */
	const struct shell *shell;       /* what it says; NULL of COPY and ADD */
	const struct placed *source;     /* places of its bytes in the file; NULL when it stands in a string */
	const struct instruction *of;    /* its instruction; NULL in a devcontainer.json */
	const struct stage_state *state; /* what holds there; NULL in a devcontainer.json */
	size_t instruction;              /* its index; SIZE_MAX in a devcontainer.json */
	size_t script;                   /* which script of the instruction; SIZE_MAX when it stands in a string */
	size_t at;                       /* byte of the file: of the instruction, or of the string */
	struct text why_not;             /* why nothing of it may be taken out; none when it may */
	const size_t *before, *after;    /* of each command: its neighbours in its block, or SIZE_MAX */
	struct scan_stream *streams;     /* of each command: its output */
	struct scan_stream *inner;       /* of each command: what its substitutions give */
};

/* A command, and the program that it runs. */
struct scan_call {
	const struct scan_place *place;      /* the script */
	size_t index;                        /* which command */
	const struct shell_command *command; /* the same */
	struct text program;                 /* behind sudo, env, timeout and such */
	size_t first;                        /* its word */
	bool fed;                            /* do its words come from xargs, too? */
};

/* The byte of the file, of a byte of a script. */
size_t scan_byte(const struct scan_place *place, size_t byte);

/* The line of a byte of the file. */
unsigned scan_line(const struct scan_work *work, size_t at);

/* Tells a doubt about a byte of the file: "line 12: ...". */
void scan_doubt(struct scan_work *work, size_t at, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same about a command. */
#define SCAN_DOUBT(call, ...)                                                                                          \
	scan_doubt((call)->place->work, scan_byte((call)->place, (call)->command->begin), __VA_ARGS__)

/* Adds software; its line is set here, and a version that is not known is none. Gives what was added, for changes until the next is added; NULL when there is too much. */
struct software *scan_add(struct scan_work *work, const struct software *item);

/* Adds what a word of a package manager's command names: stage, place and edit are set here. `check` and `pin` are in `item`. */
struct software *scan_add_word(const struct scan_call *call, size_t word, struct software item);

/* Why neither that command nor words of it may be taken out; none when they may. */
struct text scan_why_not(const struct scan_place *place, size_t command);

/* Does the command run only when one before it says so: "[ -n "$X" ] && ..."? Without it, what it hangs on may end the script. */
bool scan_hangs(const struct scan_place *place, size_t command);

/* The same, for one that goes with all of its pipeline. */
struct text scan_why_not_together(const struct scan_place *place, size_t command);

/* The command of the program's own block that holds this one, through substitutions alone; SIZE_MAX when something else is
 * between. */
size_t scan_top(const struct scan_place *place, size_t command);

/* Finds the program of a command. False when it has none. */
bool scan_call_make(const struct scan_place *place, size_t command, struct scan_call *out);

/* A word of the command; none when it has not so many. */
struct text scan_word(const struct scan_call *call, size_t index);

/* Takes from what is left of comparisons; false when that is used up. */
bool scan_step(struct scan_work *work, size_t steps);

#endif
