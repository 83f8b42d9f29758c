/* orphans: what a run that was killed brought into the store and nobody has: no row tells of it, no kept lock, and the run at hand does not
 * want it. Nix's collector would take it; where there is no Nix nobody would. */
#ifndef STORE_ORPHANS_H
#define STORE_ORPHANS_H

#include "format/lock.h"
#include "store/store.h"

/* Removes the orphans of a run whose lock is still pending (history.h); `want` is what the run at hand brings in. Under the store's locks. */
MUST_CHECK int orphans_sweep(struct store *s, const struct lock_system *want, struct arena *a, struct fault *f);

#endif
