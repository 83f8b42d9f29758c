/* checkpath: whose programs a shell gets: what PATH finds instead of the lock's commands, and which Nix is asked. */
#ifndef STORE_CHECKPATH_H
#define STORE_CHECKPATH_H

#include "store/finding.h"

/* The checks. */
extern const struct check CHECKS_PATH[];

#endif
