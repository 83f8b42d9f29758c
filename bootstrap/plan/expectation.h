/* expectation: what a lock lets one expect of an image, tool by tool, for tests that assert it. Pure. */
#ifndef PLAN_EXPECTATION_H
#define PLAN_EXPECTATION_H

#include "base/arena.h"
#include "format/lock.h"

/* A tool, or Nix. Texts are the lock's, but for `variable`. */
struct expectation {
	struct text name;      /* of the tool; "nix" for Nix */
	struct text version;   /* may be empty */
	struct text attribute; /* may be empty */
	struct text pname;     /* may be empty */
	struct text path;      /* base name of the store path */
	struct texts commands; /* in its bin folder, sorted: those that are exposed */
	struct text variable;  /* the name in capitals, digits and '_', which no other has: "GIT", "GIT_2" */
};

/* All of them. */
struct expectations {
	struct expectation *at; /* sorted by name, Nix last */
	size_t count;           /* with Nix */
	bool has_nix;           /* is Nix the last one? */
	size_t command_count;   /* of all of them */
};

/* What `system` lets one expect; `only` (sorted) are the commands that are exposed, NULL: all. In the arena. */
void expectations_make(const struct lock_system *system, const struct texts *only, struct arena *a, struct expectations *out);

#endif
