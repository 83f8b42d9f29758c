/* verbs: one line for each verb, and the table of them all. */
#ifndef CMD_VERBS_H
#define CMD_VERBS_H

#include "cmd/command.h"

extern const struct command cmd_init;             /* begin: a flake, and a Nix to evaluate it */
extern const struct command cmd_lock;             /* write closure.lock */
extern const struct command cmd_update;           /* move the flake's inputs and closure.lock */
extern const struct command cmd_apply;            /* make a root follow it */
extern const struct command cmd_verify;           /* check that a root does */
extern const struct command cmd_env;              /* print the environment variables that its tools want */
extern const struct command cmd_status;           /* tell each tool: version, commands, what it shadows, what it costs */
extern const struct command cmd_versions;         /* tell what tests may expect of an image, or look whether it is so */
extern const struct command cmd_doctor;           /* look for what keeps tools from working, with remedies */
extern const struct command cmd_generations;      /* list generations */
extern const struct command cmd_diff_generations; /* tell two of them apart */
extern const struct command cmd_rollback;         /* return to one */
extern const struct command cmd_rechown;          /* give the store to its user again */
extern const struct command cmd_remove;           /* take back what apply made */
extern const struct command cmd_migrate;          /* find how software comes into a Containerfile, and move it */
extern const struct command cmd_completion;       /* print a shell's completion script */

/* All of them, in the order of the help; ends with NULL. */
extern const struct command *const VERBS[];

#endif
