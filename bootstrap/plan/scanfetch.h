/* scanfetch: commands that download, and ADD of a URL. */
#ifndef PLAN_SCANFETCH_H
#define PLAN_SCANFETCH_H

#include "plan/scanflow.h"

/* Looks at curl, wget, aria2c, gh release download: the download goes to a file, or into the command's stream. */
void scan_fetch(const struct scan_call *call);

#endif
