/* lockpackage: reading the member "package" of a lock's tool or Nix, as strictly as the rest of the lock. For lockread only. */
#ifndef FORMAT_LOCKPACKAGE_H
#define FORMAT_LOCKPACKAGE_H

#include "format/lockfield.h"

/* Into a struct package. An empty object is refused: a lock leaves out what is not known. */
MUST_CHECK int lock_read_package(struct lock_reader *r, const struct json_at *at, void *slot);

#endif
