/* place: where nixgraft may have made something outside the store. Who owns the store can write a receipt, and root reads it: a receipt
 * cannot make other places nixgraft's own. */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include "base/arena.h"
#include "store/receipt.h"

#define PROFILE_D "/etc/profile.d/nixgraft.sh"

/* May nixgraft have made something there? A receipt cannot make other places its own. */
bool place_is_ours(struct text path);

/* May nixgraft have made that folder: is a wire's place in it, or in one of those in it? "/nix" is. */
bool place_holds_ours(struct text folder, struct arena *a);

/* May nixgraft have made what a receipt tells? Who owns the store can write a receipt, and root reads it: only a link into
 * NIX_PROFILES in a place of ours, or the profile.d piece or one of Nix's two files, can be. */
bool place_may_have(const struct receipt_wire *wire);

#endif
