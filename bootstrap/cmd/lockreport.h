/* lockreport: what is said of a lock that was made, by the verbs that make one. */
#ifndef CMD_LOCKREPORT_H
#define CMD_LOCKREPORT_H

#include "cmd/locking.h"
#include "format/json.h"

/* Puts the members of its report into an object: "result", "lock", "reasons", "measured" and "systems", each with what differs from before; sizes only
 * after a walk. */
void lockreport_put(struct json_out *o, const struct locking *l);

/* Prints it: the result, why the old one is stale, a line a system, and what differs from before. */
void lockreport_print(const struct locking *l);

#endif
