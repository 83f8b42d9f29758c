/* scanserve: which commands of a script serve downloads, and nothing else. */
#ifndef PLAN_SCANSERVE_H
#define PLAN_SCANSERVE_H

#include "plan/scanflow.h"

/* The commands of one download. */
struct scan_service {
	size_t fetch;         /* which one */
	struct text why_not;  /* why they cannot be taken out; none when they can */
	LIST(size_t) commands; /* that serve it alone */
	LIST(size_t) helpers;  /* that serve others too */
};

/* Fills the services of some downloads of one script; their `fetch` is set. */
void scan_serve(const struct scan_place *place, struct scan_service *services, size_t count);

#endif
