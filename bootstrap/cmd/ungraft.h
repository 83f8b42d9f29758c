/* ungraft: the steps that take back what grafts made, as far as is asked for.
 *
 *     ungraft_open -> ungraft_plan (looks only) -> ungraft_carry_out (changes)
 *
 * Where the tools go and the Nix stays, the root follows its own lock without its tools first, by the engine of apply: a generation of
 * its own, whose lock is kept as any other. So no other verb needs to know of that state: it is a root that follows a lock with
 * nothing but Nix. Then what only older generations needed is deleted. */
#ifndef CMD_UNGRAFT_H
#define CMD_UNGRAFT_H

#include "cmd/graft.h"
#include "plan/sweep.h"
#include "store/holdings.h"
#include "store/profile.h"

/* How far it goes. */
enum ungraft_scope {
	UNGRAFT_NOTHING, /* nothing is there to remove */
	UNGRAFT_TOOLS,   /* our tools, beside somebody else's Nix or a lock's that stays */
	UNGRAFT_ALL,     /* all that was made, Nix and its state too */
};

/* A removal under way. */
struct ungraft {
	struct call *call;         /* the verb's */
	struct root root;          /* opened here */
	struct receipt receipt;    /* of the last apply */
	bool has_receipt;          /* is there one? */
	struct profile profile;    /* ours */
	enum ungraft_scope scope;  /* how far it goes */
	bool nix_stays;            /* does the Nix that our lock brought stay? Then: */
	struct graft graft;        /* of the lock without its tools */
	bool grafted;              /* is it in place already? */
	struct text stays[2];      /* base names that stay: Nix, and the environment with its commands, which is yet to be made */
	uint64_t made_bytes;       /* NarSize of that environment */
	struct holdings holdings;  /* what there is */
	struct sweep sweep;        /* what of it goes; indexes into the holdings */
	size_t kept;               /* store paths of ours that stay, the environment among them */
	uint64_t kept_bytes;       /* their NarSizes */
	size_t generations;        /* that go */
	struct wire_undo wires;    /* what is taken back and left */
};

/* Opens the root and reads what an apply left. Close with ungraft_close, also after a fault. */
MUST_CHECK int ungraft_open(struct ungraft *u, struct call *call, struct fault *f);
void ungraft_close(struct ungraft *u);

/* Tells how far it goes and what goes. `purge`: Nix too. FAULT_SYSTEM: others' store paths would be lost, or a wire is where we
 * may not write. Changes nothing. */
MUST_CHECK int ungraft_plan(struct ungraft *u, bool purge, struct fault *f);

/* Does it, under the locks, as things stand then. */
MUST_CHECK int ungraft_carry_out(struct ungraft *u, struct fault *f);

#endif
