/* delta: the difference of two sorted sets, by one merge: what apply is to fetch, what a diff tells. Pure. */
#ifndef PLAN_DELTA_H
#define PLAN_DELTA_H

#include "base/arena.h"
#include "base/text.h"

/* Indexes into the two lists. */
struct delta {
	LIST(size_t) missing; /* of `want`: not in `have` */
	LIST(size_t) shared;  /* of `want`: in both */
	LIST(size_t) extra;   /* of `have`: not in `want` */
};

/* Compares two lists that are sorted bytewise and unique. The result is in the arena. */
void delta_make(struct texts want, struct texts have, struct arena *a, struct delta *out);

#endif
