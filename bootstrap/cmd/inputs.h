/* inputs: what `nixgraft lock` is asked to lock: the tools of each system, and the flake.lock that they come from. */
#ifndef CMD_INPUTS_H
#define CMD_INPUTS_H

#include "cmd/command.h"
#include "format/lock.h"

/* What was asked for. */
struct inputs {
	LIST(struct lock_system) systems; /* sorted by name; without paths */
	bool has_flake;                   /* is there a flake.lock? */
	struct flakelock flake;           /* then: that one */
	bool tells_flake;                 /* may this call say whether the lock has a flake? (not with --tool) */
};

/* Reads --tool, --expose and --nix; or --manifest; or runs Nix on --flake for each --system. `existing` NULL: there is no lock yet.
 * With --check, Nix is not run unless --flake is given, and `systems` may be empty. FAULT_USAGE and FAULT_INPUT tell what is off. */
MUST_CHECK int inputs_read(struct call *call, const struct lock *existing, struct inputs *out, struct fault *f);

/* Runs Nix on --flake for each --system, whatever else is given, and reads its flake.lock. Without --system: those that `existing` has. */
MUST_CHECK int inputs_evaluate(struct call *call, const struct lock *existing, struct inputs *out, struct fault *f);

#endif
