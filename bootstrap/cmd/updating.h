/* updating: the inputs of a flake moved so that some tools, or all, are newer, and what that changes.
 *
 * All tools that come from one input move with it: one flake.lock cannot tell two revisions of an input. So a tool alone can be updated only
 * where it has an input of its own; else who asks for it is told which others would come along. */
#ifndef CMD_UPDATING_H
#define CMD_UPDATING_H

#include "cmd/flake.h"
#include "cmd/keep.h"
#include "cmd/locking.h"

/* An update under way. */
struct updating {
	struct call *call;        /* the verb's: operands are the tools; --input, --with-others */
	struct locking *locking;  /* the lock; its inputs are what the tools are now */
	struct flake flake;       /* where they come from */
	struct hold hold;         /* its folder, if it is not the lock's */
	struct keep keep;         /* flake.lock as it was */
	bool had_flake;           /* was there one? */
	struct flakelock before;  /* then: what it said */
	struct texts named;       /* the tools asked for, sorted; none: all */
	struct texts changed;     /* after updating_move: tools that differ from the lock, sorted; "nix" is one */
};

/* Looks at lock and flake. FAULT_USAGE: no flake there, no Nix, or a tool or an input that there is not. End with updating_end. */
MUST_CHECK int updating_begin(struct updating *u, struct locking *locking, struct fault *f);

/* Moves the inputs, in flake.lock, that it takes, and evaluates: fills `changed` and locking->inputs. Where none of the tools asked for
 * changes, flake.lock is as before. FAULT_DIFFERS: other tools would change too, and --with-others was not given. */
MUST_CHECK int updating_move(struct updating *u, struct fault *f);

/* Puts flake.lock back unless `keeps`; a fault that is set stays the cause. Returns its code, or FAULT_SYSTEM. */
MUST_CHECK int updating_end(struct updating *u, bool keeps, struct fault *f);

#endif
