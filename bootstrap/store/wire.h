/* wire: what makes a generation visible outside the store: links on PATH, the profile.d piece, Nix's configuration. (wire.c tells
 * what is wanted and how it stands, wirework.c does it and takes it back.)
 *
 *     /usr/local/bin/<command>     -> GRAFT_PROFILE/bin/<command>        required
 *     /etc/profile.d/nixgraft.sh   for login shells                      required
 *     <place>/<file>               -> GRAFT_PROFILE/share/...            manual pages and completions, in the places of who
 *                                                                        reads them (store/reader), where the base has him
 *     /etc/nix/nix.conf, registry.json, ~/.nix-profile                   with a Nix only
 *
 * Nothing that nixgraft did not make is overwritten. A file is its own when its bytes are those to be written, or those that the
 * receipt tells and that say so (wiring_made); a symlink, when it leads into the profile. What is not required gives way to somebody else's, and to a directory
 * that we may not write. LD_LIBRARY_PATH is never touched. */
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
	WIRE_BARRED,  /* optional, to be made or replaced, and we may not write there */
	WIRE_UNSEEN,  /* optional, and we may not look there: in somebody else's home */
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
	LIST(struct text) left;        /* likewise, in the receipt, but where we may not write: for a later apply */
	LIST(struct text) shadowed;    /* programs of the base that an exposed command now comes before */
	struct texts folders;          /* directories that nixgraft made or will make for them, sorted */
};

/* What a plan is made from. */
struct wire_want {
	const struct lock *lock;           /* the caches and the flake's inputs */
	const struct lock_system *system;  /* the commands */
	const struct account *account;     /* whose ~/.nix-profile */
	const struct receipt *receipt;     /* of the last apply, or NULL */
	struct receipt_choice choice;      /* what of it is linked */
	const struct texts *shared;        /* the environment's pages and completions, or NULL: not known yet, leave them alone */
	bool emulated;                     /* does the system differ from this machine's? */
};

#define WIRE_FILE_MODE 0644

/* The directory of an absolute path, with its final slash, in the arena. */
struct text wire_folder(struct text path, struct arena *a);

/* The links in WIRING_LINKS that lead into the profile, whoever's receipt tells of them, in the arena. */
MUST_CHECK int wire_links(int root, struct arena *a, struct texts *out, struct fault *f);

/* Does it stand beneath `root` as the receipt tells, and says of itself that nixgraft made it? */
bool wire_stands(int root, const struct receipt_wire *wire, struct arena *a);

/* Is the command linked into /usr/local/bin? */
bool wire_exposes(const struct receipt_choice *choice, struct text command);

/* Looks at the root and tells what is to be done; changes nothing. */
MUST_CHECK int wire_plan_make(int root, const struct wire_want *want, struct arena *a, struct wire_plan *out,
			      struct fault *f);

/* FAULT_SYSTEM naming the first wire that cannot be made: a required one that is somebody else's (not with `force`, but
 * then any that cannot be moved aside: a directory, or because "<path>" ASIDE exists), or one in a directory that we may not
 * write. */
MUST_CHECK int wire_plan_check(int root, const struct wire_plan *plan, bool force, struct arena *a, struct fault *f);

/* Carries the plan out. With `force` foreign files are moved aside to "<path>" ASIDE first, optional ones too. */
MUST_CHECK int wire_plan_apply(int root, const struct wire_plan *plan, bool force, struct arena *a, struct fault *f);

/* Removes what a killed run had half made beside the receipt's wires. */
void wire_sweep(int root, const struct receipt *receipt, struct arena *a);

/* Puts what the plan made into the receipt; `before` is that of the last apply, or NULL. */
void wire_plan_record(const struct wire_plan *plan, bool force, const struct receipt *before, struct arena *a,
		      struct receipt *receipt);

/* What taking it all back comes to. */
struct wire_undo {
	LIST(struct text) gone; /* wires that stand as the receipt tells, and links into the profile: they go */
	LIST(struct text) back; /* what was moved aside and can return */
	LIST(struct text) left; /* changed since, or in the way of what was moved aside: they stay */
};

/* Looks at what the receipt tells; changes nothing. FAULT_SYSTEM names the first wire in a directory that we may not write. */
MUST_CHECK int wire_undo_make(int root, const struct receipt *receipt, struct arena *a, struct wire_undo *out, struct fault *f);

/* Does it: removes, moves back, then removes the directories that the receipt tells and that are empty then ("/nix" is left). */
MUST_CHECK int wire_take_back(int root, const struct receipt *receipt, const struct wire_undo *undo, struct arena *a, struct fault *f);

/* Moves back what was moved aside and has its place free; the receipt keeps those that are still aside. `back`: which. */
MUST_CHECK int wire_give_back(int root, struct receipt *receipt, struct arena *a, struct texts *back, struct fault *f);

/* The first wire of the receipt that does not stand as it tells (NUL-terminated, the receipt's), or NULL: all do. */
const char *wire_broken(int root, const struct receipt *receipt);

#endif
