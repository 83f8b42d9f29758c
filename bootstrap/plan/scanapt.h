/* scanapt: Debian packages that a command installs. */
#ifndef PLAN_SCANAPT_H
#define PLAN_SCANAPT_H

#include "plan/scanwork.h"

/* Looks at apt-get, apt, aptitude and their like. Files that are installed (./tool.deb) are not its own: plan/scanfollow. */
void scan_apt(const struct scan_call *call);

#endif
