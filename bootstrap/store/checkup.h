/* checkup: does a root let the tools of its lock work? What keeps them from it is named, with a remedy; nothing is
 * changed, no program is run. */
#ifndef STORE_CHECKUP_H
#define STORE_CHECKUP_H

#include "store/finding.h"

/* Runs every check. The caller has set root, running, lock, lock_name, system, no_lock, lock_is_bad, follows_other, receipt,
 * no_receipt and arena, and zeroed the rest. */
void checkup_run(struct checkup *c);

#endif
