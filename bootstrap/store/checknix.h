/* checknix: the place: /nix and its mounts, owners, access lists, room, and the machine that runs what is there. */
#ifndef STORE_CHECKNIX_H
#define STORE_CHECKNIX_H

#include "store/finding.h"

/* The checks. */
extern const struct check CHECKS_NIX[];

#endif
