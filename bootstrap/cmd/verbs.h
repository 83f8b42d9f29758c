/* verbs: one line for each verb; main's table points at them. */
#ifndef CMD_VERBS_H
#define CMD_VERBS_H

#include "cmd/command.h"

extern const struct command cmd_lock;       /* write closure.lock */
extern const struct command cmd_apply;      /* make a root follow it */
extern const struct command cmd_verify;     /* check that a root does */
extern const struct command cmd_completion; /* print a shell's completion script */

#endif
