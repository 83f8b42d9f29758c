/* firstnix: the first Nix of a machine: pinned by its store path, locked from its cache under signatures, applied to the running system, so
 * that there is one to evaluate a flake with. */
#ifndef CMD_FIRSTNIX_H
#define CMD_FIRSTNIX_H

#include "cmd/command.h"
#include "cmd/locking.h"

/* The Nix of a machine, or the one that it gets. */
struct firstnix {
	struct call *call;      /* the verb's: --nix, --cache, --trusted-key, --user, --without-nix */
	struct text program;    /* the one that is there; none: there is none */
	bool wanted;            /* is one to be installed? */
	struct text path;       /* then: its base name in the store */
	bool linked;            /* may its commands be linked into /usr/local/bin? */
	struct text lock_name;  /* the lock that it goes into */
	bool locked;            /* does a lock of that name have it already? */
	struct call lock_call;  /* `nixgraft lock` of it */
	struct locking locking; /* that */
	uint64_t generation;    /* after firstnix_apply: which one has it */
	uint64_t fetched_bytes; /* after firstnix_apply */
	uint64_t unpacked_bytes; /* after firstnix_apply */
};

/* Looks whether there is a Nix, and which one it would be else. FAULT_USAGE: none is known for this machine, or a lock is there without one;
 * FAULT_SYSTEM: /nix can neither be used nor made; all tell the ways out. Close with firstnix_close, also after a fault. */
MUST_CHECK int firstnix_plan(struct firstnix *n, struct call *call, struct text lock_name, struct fault *f);
void firstnix_close(struct firstnix *n);

/* Finds its closure in the caches; nothing is written yet. Faults as of locking_walk. */
MUST_CHECK int firstnix_lock(struct firstnix *n, struct fault *f);

/* Writes the lock, and makes the running system follow it. Faults as of graft_plan and graft_carry_out. */
MUST_CHECK int firstnix_apply(struct firstnix *n, struct fault *f);

/* The options that it reads, for the verb's table. */
#define FIRSTNIX_OPTIONS                                                                                               \
	{ "nix", 0, "PATH", "install the Nix of this store path (default: where there is none, one known for this machine)" }, \
	{ "without-nix", 0, NULL, "write the files only" },                                                            \
	{ "only-nix", 0, NULL, "write no files; bring a Nix where there is none, in a lock of its own, nix.lock" },    \
	{ "cache", 'c', "URL", "fetch that Nix from here (repeatable, in order; default: " TRUST_NIXOS_URL ")" },      \
	{ "trusted-key", 'k', "NAME:BASE64", "a key to believe in these caches (repeatable)" },                        \
	{ "user", 'u', "USER", "whose installation it is (as with apply)" }

#endif
