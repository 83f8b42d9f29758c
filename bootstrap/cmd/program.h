/* program: the words without a verb, a verb's run, and the exit status. */
#ifndef CMD_PROGRAM_H
#define CMD_PROGRAM_H

#include "cmd/command.h"

/* Runs the program. `verbs`: all there are, in the order of the help, ending with NULL; argc and argv as main got them. Returns the
 * exit status, 0..6. */
int program_run(const struct command *const *verbs, int argc, char **argv);

#endif
