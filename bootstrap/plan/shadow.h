/* shadow: which Debian programs the linked commands come before, and what would be lost with their packages. Pure. */
#ifndef PLAN_SHADOW_H
#define PLAN_SHADOW_H

#include "plan/purge.h"

/* A program of the base. */
struct shadow_program {
	struct text path;                   /* absolute; what follows the last slash is its command */
	const struct dpkg_package *package; /* of the database; NULL: no package's */
};

/* Some of them. */
struct shadow_programs {
	struct shadow_program *at; /* the first */
	size_t count;              /* how many */
};

/* A package with programs that are shadowed. */
struct shadow {
	const struct dpkg_package *package; /* of the database; NULL: programs that are no package's */
	struct texts covered;               /* paths of its programs that a linked command comes before; in the given order */
	struct texts lost;                  /* paths of programs that go with it and that no linked command replaces; the same order */
	struct purge_verdict verdict;       /* may it be purged? PURGE_ABSENT without a package */
	uint64_t installed_kib;             /* of it and of all that goes with it, as dpkg has it */
};

/* All of them. */
struct shadows {
	struct shadow *at; /* in the order of their first programs */
	size_t count;      /* how many */
};

/* The name of the command that a path is. */
struct text shadow_command(struct text path);

/* Finds them. `commands` are those that are linked on PATH before the base's, sorted. In the arena; texts are the callers'. */
void shadows_make(const struct dpkg *db, struct shadow_programs programs, struct texts commands, struct arena *a, struct shadows *out);

/* Of a package's programs that are shadowed those that are one of `commands` (sorted), in the arena. */
struct texts shadow_by(const struct shadow *shadow, struct texts commands, struct arena *a);

#endif
