/* stamp: one time for what an apply made, so that two builds of an image differ in no byte of it. Store objects have theirs, 1.
 * Source: the specification of SOURCE_DATE_EPOCH (reproducible-builds.org): a later time is brought down to it, an earlier one stays. */
#ifndef STORE_STAMP_H
#define STORE_STAMP_H

#include <stdint.h>

#include "base/fault.h"
#include "store/receipt.h"

#define STAMP_NONE (-1) /* no time is asked for */

/* The environment's SOURCE_DATE_EPOCH in seconds since 1970, or STAMP_NONE when it is not set, or empty. FAULT_USAGE: it is no number. */
MUST_CHECK int stamp_read(int64_t *seconds, struct fault *f);

/* Brings the modification times of all that was made beneath `root` down to `seconds`: "/nix" and what is in it but store objects, the
 * receipt's wires and folders, and the folders that these are in. A time stays where we may not change it. FAULT_SYSTEM names what
 * cannot be looked at. */
MUST_CHECK int stamp_set(int root, const struct receipt *receipt, int64_t seconds, struct fault *f);

#endif
