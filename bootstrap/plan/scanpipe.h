/* scanpipe: commands that let downloads and words through: echo, cat, tee, dd, grep, jq and theirs. */
#ifndef PLAN_SCANPIPE_H
#define PLAN_SCANPIPE_H

#include "plan/scanflow.h"

/* Looks at one command. False when the program is none of them. */
bool scan_piping(const struct scan_call *call);

/* The command takes a part out of what comes, or out of a file that it names. */
void scan_pipe_filter(const struct scan_call *call);

#endif
