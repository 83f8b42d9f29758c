/* sweep: which objects of a store go when nixgraft takes back its own, and which stay. Pure. */
#ifndef PLAN_SWEEP_H
#define PLAN_SWEEP_H

#include "base/arena.h"

/* An object of the store, as it is known before. */
struct sweep_object {
	struct text path;        /* base name */
	struct texts references; /* base names; those of no object are passed over */
	uint64_t nar_size;       /* bytes; 0 when nobody knows */
	bool ours;               /* did nixgraft bring it? */
	bool environment;        /* of a generation: nixgraft brought all that it reaches, too */
	bool held;               /* does something that stays lead to it? */
};

/* The judgement: indexes of the objects, ascending. */
struct sweep {
	LIST(size_t) gone;   /* ours, and nobody needs them */
	LIST(size_t) kept;   /* ours, but held, or needed by what is held or by others' objects */
	LIST(size_t) others; /* not ours: they stay */
	uint64_t gone_bytes; /* NarSizes of those that go */
	uint64_t kept_bytes; /* of those of ours that stay */
};

/* Judges `count` objects, sorted by path. Every object of others counts as needed, with all that it reaches. What nobody reaches that
 * goes is never reached by what stays: rows can be deleted as they are listed. In the arena. */
void sweep_judge(const struct sweep_object *objects, size_t count, struct arena *a, struct sweep *out);

#endif
