/* removal: taking objects, their rows, and at the end the state itself away again.
 *
 *     removal_begin -> removal_forget -> removal_delete -> removal_drop_nix? -> removal_drop_graft -> removal_end
 *
 * Rows go before their objects, the receipt goes last: a run that is killed leaves objects without rows, and what the next needs to know
 * to complete it. nixgraft's own lock, Nix's big-lock and its gc.lock are held exclusively, in this order: a Nix at work holds the
 * second and may want the third. So no Nix is at work meanwhile, and temporary roots need not be looked at.
 * Source: Nix libstore/local-store.cc (constructor), gc.cc (addTempRoot). */
#ifndef STORE_REMOVAL_H
#define STORE_REMOVAL_H

#include "base/arena.h"
#include "base/fault.h"
#include "store/layout.h"

/* A removal under way. Zero-initialise. */
struct removal {
	const struct root *root; /* the caller's; NULL before begin and after end */
	int own, big, gc;        /* the locks */
};

/* Takes the locks, of what is there, and waits for them; `waiter`, if given, is told before each wait. FAULT_SYSTEM: what is below
 * "/nix" is not as layout_check wants it. */
MUST_CHECK int removal_begin(struct removal *r, const struct root *root, const struct waiter *waiter, struct fault *f);

/* Gives the locks back. removal_end of a zeroed one is legal. */
void removal_end(struct removal *r);

/* Deletes the rows of these paths (base names), all in one transaction; a path without a row is passed over. No row that stays may refer
 * to one of them. */
MUST_CHECK int removal_forget(struct removal *r, struct texts paths, struct fault *f);

/* Deletes the whole database. */
MUST_CHECK int removal_forget_all(struct removal *r, struct fault *f);

/* Deletes these objects (base names) from the store directory; one that is not there is passed over. */
MUST_CHECK int removal_delete(struct removal *r, struct texts paths, struct fault *f);

/* Removes what is no object from the store directory, and Nix's state: NIX_STATE and the logs of its builds. */
MUST_CHECK int removal_drop_nix(struct removal *r, struct fault *f);

/* Removes nixgraft's own state, the receipt last, and what is empty then of "/nix/var" and, with `made_nix`, "/nix". *left: there
 * is something else in a directory that was to go, or it is a mount, or not ours to remove. */
MUST_CHECK int removal_drop_graft(struct removal *r, bool made_nix, bool *left, struct fault *f);

/* Completes a removal that was killed after the receipt was gone, or takes back an apply that was killed before there was one. Does
 * nothing while a receipt is there, or somebody is at work. */
MUST_CHECK int removal_complete(const struct root *root, struct fault *f);

#endif
