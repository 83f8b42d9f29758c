/* scanplace: commands that unpack a download, move it into its place, mark or remove it. */
#ifndef PLAN_SCANPLACE_H
#define PLAN_SCANPLACE_H

#include "plan/scanflow.h"

/* Looks at tar, unzip, gunzip, mv, cp, install, ln, chmod, rm and their like. False when the program is none of them. */
bool scan_placing(const struct scan_call *call);

#endif
