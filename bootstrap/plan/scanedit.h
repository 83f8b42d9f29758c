/* scanedit: what became of each download, and which commands served it alone. */
#ifndef PLAN_SCANEDIT_H
#define PLAN_SCANEDIT_H

#include "plan/scanflow.h"

/* At the end: adds all downloads that are software, keys or sources to what was found. */
void scan_edit_all(struct scan_work *work);

#endif
