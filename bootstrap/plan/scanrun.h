/* scanrun: scripts and programs that a script runs: downloads, or files of the build context. */
#ifndef PLAN_SCANRUN_H
#define PLAN_SCANRUN_H

#include "plan/scanflow.h"

/* Looks at shells, interpreters, "." and eval. False when the program is none of them. */
bool scan_running(const struct scan_call *call);

/* Any other program: it runs a download, or it uses one in a manner that is not known. */
void scan_run_other(const struct scan_call *call);

#endif
