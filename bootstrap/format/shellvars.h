/* shellvars: what is known of a script's variables at one point of it. Changes are noted, so that they can be taken back. */
#ifndef FORMAT_SHELLVARS_H
#define FORMAT_SHELLVARS_H

#include "base/arena.h"

/* Whom to ask for a variable that the script has not set itself. */
struct shell_variables {
	/* True and its value, or false when it is not known. Also asked for a substitution as it is written, for instance
	 * "$(dpkg --print-architecture)". */
	bool (*get)(const void *of, struct text name, struct text *value);
	const void *of; /* passed to it */
};

/* What is known of a variable. */
enum shell_knowledge {
	SHELL_UNKNOWN, /* nothing */
	SHELL_PARTLY,  /* the value has parts that stand there as written */
	SHELL_KNOWN,   /* the value */
	SHELL_UNSET,   /* that it has none */
};

/* A variable's value. */
struct shell_value {
	enum shell_knowledge is; /* what is known */
	struct text text;        /* the value, with SHELL_PARTLY and SHELL_KNOWN */
};

/* A variable. */
struct shell_var {
	struct shell_value value; /* now */
	bool asked;               /* the value is there: set, or asked for */
	size_t where;             /* index of the function's command in which it was set; SHELL_NONE: in none */
	size_t last;              /* index of the last command that sets it, anywhere */
	bool set;                 /* is there such a command? */
	bool shared;              /* a function sets it, and not as its own */
	size_t stamp;             /* of the last look that met it */
};

/* What a variable was before it was set. */
struct shell_undo {
	size_t index;            /* of the variable */
	struct shell_var before; /* as it was */
};

/* What a variable became in a branch. */
struct shell_change {
	size_t index;             /* of the variable */
	struct shell_value value; /* what it was at the branch's end */
};

/* Changes of one or more branches, in order. */
struct shell_changes {
	LIST(struct shell_change) list; /* in the arena */
};

/* All variables that a script names. */
struct shell_vars {
	struct texts names;                      /* sorted, unique */
	struct shell_var *at;                    /* of each */
	const struct shell_variables *variables; /* whom to ask; may be NULL */
	struct arena *arena;                     /* of the lists */
	size_t function;              /* index of the function's command that is gone through, or SHELL_NONE */
	size_t stamp;                 /* counts looks */
	LIST(struct shell_undo) undo; /* newest last */
};

/* Begins with these names, which are sorted here. */
void shellvars_make(struct shell_vars *v, struct texts names, const struct shell_variables *variables, struct arena *a);

/* A command of that index sets it: `shared` when it stands in a function and the variable is not the function's own. */
void shellvars_note(struct shell_vars *v, struct text name, size_t command, bool shared);

/* What is known of it now. */
struct shell_value shellvars_get(struct shell_vars *v, struct text name);

/* Sets it. */
void shellvars_set(struct shell_vars *v, struct text name, struct shell_value value);

/* Now, for the next two. */
size_t shellvars_mark(const struct shell_vars *v);

/* Takes back what was set since the mark. */
void shellvars_rewind(struct shell_vars *v, size_t mark);

/* Appends what has changed since the mark, and takes it back. */
void shellvars_collect(struct shell_vars *v, size_t mark, struct shell_changes *out);

/* Sets what has changed: to the first value that it was set to, or, when not `certain`, to nothing known. */
void shellvars_apply(struct shell_vars *v, const struct shell_changes *changes, bool certain);

#endif
