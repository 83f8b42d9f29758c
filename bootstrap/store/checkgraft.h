/* checkgraft: what an apply made, or would meet: lock, receipt, generation, links and files, database, another Nix. */
#ifndef STORE_CHECKGRAFT_H
#define STORE_CHECKGRAFT_H

#include "store/finding.h"

/* The checks. */
extern const struct check CHECKS_GRAFT[];

#endif
