/* choice: what of a lock is installed and linked, as options say it. */
#ifndef CMD_CHOICE_H
#define CMD_CHOICE_H

#include "cmd/command.h"
#include "format/lock.h"
#include "store/receipt.h"

/* Puts the list "a,b,c", "all" or "none" of --expose into the choice, in the arena. */
void choice_commands(struct receipt_choice *choice, struct text list, struct arena *a);

/* FAULT_USAGE when --expose was given and names a command that `system` does not have. */
MUST_CHECK int choice_check(const struct receipt_choice *choice, const struct lock_system *system, struct call *call,
			    struct fault *f);

#endif
