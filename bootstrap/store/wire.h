/* wire: what makes a generation visible outside the store: links on PATH, the profile.d piece, Nix's configuration.
 *
 *     /usr/local/bin/<command>     -> GRAFT_PROFILE/bin/<command>        required
 *     /etc/profile.d/nixgraft.sh   for login shells                      required
 *     /etc/nix/nix.conf, registry.json, ~/.nix-profile                   with a Nix only; another's are kept
 *
 * Nothing that nixgraft did not make is overwritten. A file is its own when its bytes are those to be written or those that the
 * receipt tells; a symlink, when it leads into the profile. LD_LIBRARY_PATH is never touched. */
#ifndef STORE_WIRE_H
#define STORE_WIRE_H

#include "base/arena.h"
#include "base/fault.h"
#include "format/lock.h"
#include "store/account.h"
#include "store/receipt.h"

/* How a wire stands. */
enum wire_state {
	WIRE_ABSENT,  /* to be made */
	WIRE_RIGHT,   /* as it should be */
	WIRE_STALE,   /* ours, to be replaced */
	WIRE_FOREIGN, /* somebody else's */
};

/* A file or link outside the store. */
struct wire {
	struct text path;      /* absolute, as the target sees it */
	struct text target;    /* of a symlink; none for a file */
	struct text bytes;     /* of a file */
	struct text also;      /* other bytes that are as good, or none */
	bool optional;         /* somebody else's is kept, with a note */
	enum wire_state state; /* now */
};

/* All of them. Texts in the planner's arena. */
struct wire_plan {
	LIST(struct wire) wires;       /* wanted */
	LIST(struct text) obsolete;    /* ours, no longer wanted */
	LIST(struct text) shadowed;    /* programs of the base that an exposed command now comes before */
};

/* What a plan is made from. */
struct wire_want {
	const struct lock *lock;           /* the caches and the flake's inputs */
	const struct lock_system *system;  /* the commands */
	const struct account *account;     /* whose ~/.nix-profile */
	const struct receipt *receipt;     /* of the last apply, or NULL */
	bool emulated;                     /* does the system differ from this machine's? */
};

/* Looks at the root and tells what is to be done; changes nothing. */
MUST_CHECK int wire_plan_make(int root, const struct wire_want *want, struct arena *a, struct wire_plan *out,
			      struct fault *f);

/* FAULT_SYSTEM naming the first wire that cannot be made: a required one that is somebody else's (not with `force`, but
 * then one that cannot be moved aside because "<path>.before-nixgraft" exists), or one in a directory that we may not write. */
MUST_CHECK int wire_plan_check(int root, const struct wire_plan *plan, bool force, struct arena *a, struct fault *f);

/* Carries the plan out. With `force` foreign files are moved aside to "<path>.before-nixgraft" first, optional ones too. */
MUST_CHECK int wire_plan_apply(int root, const struct wire_plan *plan, bool force, struct arena *a, struct fault *f);

/* Puts what the plan made into the receipt. */
void wire_plan_record(const struct wire_plan *plan, bool force, struct arena *a, struct receipt *receipt);

/* The first wire of the receipt that does not stand as it tells (NUL-terminated, the receipt's), or NULL: all do. */
const char *wire_broken(int root, const struct receipt *receipt);

#endif
