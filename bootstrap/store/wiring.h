/* wiring: the bytes of the files that nixgraft writes outside the store. Pure. */
#ifndef STORE_WIRING_H
#define STORE_WIRING_H

#include "base/arena.h"
#include "format/lock.h"

/* /etc/profile.d/nixgraft.sh: PATH, XDG_DATA_DIRS and the CA bundle for login shells, each only added to. */
struct text wiring_profile_d(const struct lock_system *system, struct arena *a);

/* /etc/nix/nix.conf of a single-user Nix that uses the lock's caches and keys. `emulated`: its programs run under qemu-user,
 * which cannot filter system calls. Source: Nix libstore/globals.hh. */
struct text wiring_nix_conf(const struct lock *lock, bool emulated, struct arena *a);

/* /etc/nix/registry.json: the flake's inputs as they are locked, and nothing else. Source: Nix libflake/registry.cc. */
struct text wiring_registry(const struct lock *lock, struct arena *a);

#endif
