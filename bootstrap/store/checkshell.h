/* checkshell: what surrounds a program: the linker's variables and files, umask, user, home, certificates, locale. */
#ifndef STORE_CHECKSHELL_H
#define STORE_CHECKSHELL_H

#include "store/finding.h"

/* The checks. */
extern const struct check CHECKS_SHELL[];

#endif
