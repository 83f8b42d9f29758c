/* scanmention: programs that are called by their paths, which another origin would not have. */
#ifndef PLAN_SCANMENTION_H
#define PLAN_SCANMENTION_H

#include "plan/scanflow.h"

/* Looks at ENTRYPOINT, CMD, HEALTHCHECK, SHELL and ENV: a download that is named there stays. */
void scan_mention(const struct scan_place *place);

/* At the end: what all scripts and instructions call by a path; packages of these names stay. */
void scan_mention_all(struct scan_work *work);

#endif
