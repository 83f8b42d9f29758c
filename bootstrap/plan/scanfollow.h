/* scanfollow: what commands do with downloads: unpack, move, mark, run, install, write, take a part out. */
#ifndef PLAN_SCANFOLLOW_H
#define PLAN_SCANFOLLOW_H

#include "plan/scanflow.h"

/* Looks at one command whose substitutions were looked at before. */
void scan_follow(const struct scan_call *call);

/* Its redirections, after all else: what its stream carries is written to files. */
void scan_follow_output(const struct scan_call *call);

#endif
