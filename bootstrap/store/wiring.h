/* wiring: the bytes of the files that nixgraft writes outside the store, and the variables that say the same. */
#ifndef STORE_WIRING_H
#define STORE_WIRING_H

#include "base/arena.h"
#include "format/lock.h"

#define WIRING_LINKS "/usr/local/bin" /* where commands are linked */
#define WIRING_BUNDLE "/etc/ssl/certs/ca-certificates.crt" /* where Debian's ca-certificates has its CA bundle */

/* /etc/profile.d/nixgraft.sh: PATH, the CA bundle and locales for login shells; what is set already stays. `linked`: are commands
 * linked into WIRING_LINKS? Else the profile's own folder comes first on PATH. */
struct text wiring_profile_d(const struct lock_system *system, bool linked, struct arena *a);

/* What of a base the environment depends on. */
struct wiring_base {
	bool has_bundle;  /* Debian's CA bundle is there */
	bool has_locales; /* Debian's locale archive is there */
};

/* An environment variable. */
struct wiring_variable {
	const char *name;  /* its name */
	struct text value; /* without quotes */
};

/* Do these bytes of a file say that nixgraft made it? All that the functions here spell do. */
bool wiring_made(struct text bytes);

/* The CA bundle that there is on that base, absolute: Debian's, or else the lock's own; none when there is neither. `system` may be
 * NULL. In the arena. */
struct text wiring_bundle(const struct lock_system *system, const struct wiring_base *base, struct arena *a);

/* The variables that programs from a store want on that base, and no more; PATH is not among them. Debian's own programs read
 * none of them. In the arena; *count is how many. */
struct wiring_variable *wiring_variables(const struct lock_system *system, const struct wiring_base *base, struct arena *a,
					 size_t *count);

/* Looks at the base beneath `root`. */
struct wiring_base wiring_look(int root);

/* /etc/nix/nix.conf of a single-user Nix that uses the lock's caches and keys. `emulated`: its programs run under qemu-user,
 * which cannot filter system calls. Source: Nix libstore/globals.hh. */
struct text wiring_nix_conf(const struct lock *lock, bool emulated, struct arena *a);

/* /etc/nix/registry.json: the flake's inputs as they are locked, and nothing else. Source: Nix libflake/registry.cc. */
struct text wiring_registry(const struct lock *lock, struct arena *a);

#endif
