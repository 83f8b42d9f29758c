/* change: what differs between the tools of two locks, or of two generations. Pure. */
#ifndef PLAN_CHANGE_H
#define PLAN_CHANGE_H

#include "base/arena.h"
#include "format/lock.h"

/* How a tool differs. */
enum change_kind {
	CHANGE_ADDED,
	CHANGE_REMOVED,
	CHANGE_VERSION,  /* another version */
	CHANGE_REBUILT,  /* the same version, another store path */
	CHANGE_COMMANDS, /* the same store path, other commands */
};

/* A tool that differs. Texts are the locks'. */
struct change {
	enum change_kind kind; /* how */
	struct text name;      /* of the tool; "nix" for the Nix that is installed */
	struct text from, to;  /* versions; none where there is no tool */
};

/* All that differs. */
struct changes {
	LIST(struct change) tools; /* sorted by name, Nix last */
	struct texts vanished;     /* commands that are exposed no more, sorted */
	struct texts appeared;     /* commands that were not exposed before, sorted */
};

/* Compares two systems, without what is only known about their packages; either may be NULL: nothing there. Lists in the arena. */
void changes_make(const struct lock_system *from, const struct lock_system *to, struct arena *a, struct changes *out);

/* The word for a kind: "added", "removed", "changed", "rebuilt", "commands". */
const char *change_kind_name(enum change_kind kind);

/* The version of a system's Nix, none without one. A lock that names none: what follows the name in the store path. */
struct text change_nix_version(const struct lock_system *system);

/* All commands that a system exposes, sorted, in the arena; NULL exposes none. */
struct texts change_commands(const struct lock_system *system, struct arena *a);

#endif
