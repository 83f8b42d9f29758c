/* orphans: what a run that was killed had fetched and nobody has: no row tells of it, no generation's lock names it, and the run at hand
 * does not want it. Nix's collector would take it; where there is no Nix nobody would. A run says what it fetches before it does
 * (GRAFT_PENDING), so that nothing else is ever taken for its own. */
#ifndef STORE_ORPHANS_H
#define STORE_ORPHANS_H

#include "format/lock.h"
#include "store/store.h"

/* What a run that has not ended was fetching: base names, sorted, in the arena; none when there is none, or what is there is no such list. */
struct texts orphans_read(int root, struct arena *a);

/* Has a run not ended? */
bool orphans_pending(int root);

/* Says what is to be fetched: base names of objects that do not stand in the store. Until orphans_end. */
MUST_CHECK int orphans_begin(int root, struct texts names, struct fault *f);
MUST_CHECK int orphans_end(int root, struct fault *f);

/* Removes the orphans of a run that has not ended; `want` is what the run at hand brings in. Under the store's locks. */
MUST_CHECK int orphans_sweep(struct store *s, const struct lock_system *want, struct arena *a, struct fault *f);

#endif
