/* scanmention: downloads that instructions name by their paths, which another origin would not have. */
#ifndef PLAN_SCANMENTION_H
#define PLAN_SCANMENTION_H

#include "plan/scanflow.h"

/* Looks at ENTRYPOINT, CMD, HEALTHCHECK, SHELL and ENV: a download that is named there stays. */
void scan_mention(const struct scan_place *place);

#endif
