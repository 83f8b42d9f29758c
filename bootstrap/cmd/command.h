/* command: a verb as a table entry, and a call of one with its options read. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"

/* An option of a verb; tables end with an all-zero entry. */
struct option_spec {
	const char *name;  /* long name, without "--" */
	char letter;       /* short name, or 0 */
	const char *value; /* what its value is called in the help, "FILE", "DIR" and "USER" for such, or "a|b|c"; NULL: it is a flag */
	const char *help;  /* one line */
};

struct call;

/* A verb. */
struct command {
	const char *name;                  /* as typed */
	const char *summary;               /* one line */
	const char *operands;              /* what follows the options in the usage line, or "a|b|c"; NULL: nothing */
	const char *text;                  /* what --help says besides: lines, an example */
	const struct option_spec *options; /* its own; the common ones are added */
	int (*run)(struct call *call, struct fault *f); /* 0 or a fault code */
};

/* One option that was given. */
struct call_option {
	const struct option_spec *spec; /* which */
	struct text value;              /* its value; none for a flag */
};

/* A verb being run. */
struct call {
	const struct command *command; /* which */
	const struct command *const *verbs; /* all there are, in the order of the help; ends with NULL */
	struct arena arena;            /* holds all that the verb reads and makes; dropped by main */
	LIST(struct call_option) options; /* in order of giving */
	LIST(struct text) operands;    /* what is no option */
	bool json;                     /* --json: results on stdout are one JSON document */
	bool quiet;                    /* --quiet: no progress, no notes */
	bool answered;                 /* has the verb printed its result, so that a fault is a negative answer? */
};

/* Reads argv (without the program's and the verb's names). FAULT_USAGE names the option. "--" ends the options; "-x v", "-xv", "--long v" and
 * "--long=v" are all fine, and flags of one letter may be joined, before such a one too: "-nq", "-nr DIR". */
MUST_CHECK int call_parse(struct call *call, int argc, char **argv, struct fault *f);

/* Adds an option of the call's verb, as if it had been given: for a verb that uses another. `value` (NUL-terminated) none: a flag. */
void call_give(struct call *call, const char *name, struct text value);

/* Was the option given? */
bool call_flag(const struct call *call, const char *name);

/* Its last value, or `otherwise`. */
struct text call_text(const struct call *call, const char *name, const char *otherwise);

/* All its values in order, in the arena. */
struct texts call_texts(struct call *call, const char *name);

/* Its last value as a number 1..max; *out stays as it is when the option was not given. FAULT_USAGE when it is none. */
MUST_CHECK int call_number(const struct call *call, const char *name, uint64_t max, uint64_t *out, struct fault *f);

/* FAULT_USAGE when there are operands. */
MUST_CHECK int call_no_operands(const struct call *call, struct fault *f);

/* The options that every verb has; ends with an all-zero entry. */
extern const struct option_spec COMMON_OPTIONS[];

/* Prints the help of a verb on stdout. */
void command_help(const struct command *command);

#endif
