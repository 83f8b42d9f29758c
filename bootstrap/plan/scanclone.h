/* scanclone: git clone, and what it is set to afterwards. */
#ifndef PLAN_SCANCLONE_H
#define PLAN_SCANCLONE_H

#include "plan/scanflow.h"

/* Looks at one command. */
void scan_clone(const struct scan_call *call);

#endif
