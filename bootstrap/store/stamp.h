/* stamp: one time for what an apply made, so that two builds of an image differ in no byte of it. Store objects have theirs, 1.
 * Source: the specification of SOURCE_DATE_EPOCH (reproducible-builds.org): a later time is brought down to it, an earlier one stays. */
#ifndef STORE_STAMP_H
#define STORE_STAMP_H

#include <stdint.h>
#include <time.h>

#include "base/fault.h"
#include "store/wire.h"

#define STAMP_NONE (-1) /* no time is asked for */

/* What time, and for what. */
struct stamp {
	int64_t seconds;       /* since 1970, or STAMP_NONE */
	struct timespec since; /* only for what was changed from then on: the rest is others', or another run's */
};

/* Reads the environment's SOURCE_DATE_EPOCH; not set or empty is STAMP_NONE. FAULT_USAGE: it is no number. */
MUST_CHECK int stamp_read(struct stamp *s, struct fault *f);

/* What changes from now on is to be stamped. */
void stamp_begin(struct stamp *s);

/* Brings the modification times of what was changed since then down to the stamp's: "/nix" and what is in it but store objects, the plan's
 * wires and folders, and the folders that these are or were in. A time stays where we may not change it. FAULT_SYSTEM names what cannot
 * be looked at. */
MUST_CHECK int stamp_set(int root, const struct stamp *s, const struct wire_plan *plan, struct fault *f);

#endif
