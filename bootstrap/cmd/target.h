/* target: what a verb works on: a root and the lock that describes it. */
#ifndef CMD_TARGET_H
#define CMD_TARGET_H

#include "base/buffer.h"
#include "cmd/command.h"
#include "format/lock.h"
#include "store/account.h"
#include "store/layout.h"

/* A root and a lock. Zero-initialise with root.fd -1; close with target_close. */
struct target {
	struct root root;            /* opened here */
	struct text lock_name;       /* as given, for messages */
	bool kept;                   /* is it one that the root keeps of a generation? */
	struct buffer bytes;         /* the lock's */
	struct digest digest;        /* of those */
	struct text system;          /* the Nix system of the root's programs */
	bool emulated;               /* differs from this machine's */
	struct account account;      /* for whom: --user, else who owns the store already, else who runs this */
	struct lock lock;            /* after target_parse */
	const struct lock_system *want; /* after target_parse: the lock's part for the system */
};

/* Opens --root (default "/"). FAULT_SYSTEM: there is none. The caller closes root->fd. */
MUST_CHECK int target_root(struct root *root, struct call *call, struct fault *f);

/* Opens --root (default "/") and reads --lock (default "closure.lock"); tells the root's system from the ELF header of its own shell,
 * executing nothing; a root without one has this machine's, or --system. FAULT_INPUT: no lock; FAULT_SYSTEM: no root, or --system
 * contradicts it. */
MUST_CHECK int target_open(struct target *t, struct call *call, struct fault *f);

/* As target_open, but where --lock is not given, the lock that the root itself follows comes before "closure.lock". */
MUST_CHECK int target_open_own(struct target *t, struct call *call, struct fault *f);

/* As target_open, but where neither --lock is given nor a "closure.lock" is here, the lock that the root itself follows. */
MUST_CHECK int target_open_any(struct target *t, struct call *call, struct fault *f);

/* As target_open, with the lock that generation `number` of the root follows. FAULT_INPUT: none is kept. */
MUST_CHECK int target_open_generation(struct target *t, uint64_t number, struct call *call, struct fault *f);

/* Parses the lock, once. FAULT_INPUT: malformed; FAULT_SYSTEM: it has nothing for the root's system. */
MUST_CHECK int target_parse(struct target *t, struct call *call, struct fault *f);

void target_close(struct target *t);

/* The options that it reads, for the verbs' tables. */
#define TARGET_OPTIONS                                                                                                 \
	{ "lock", 'l', "FILE", "the lock to follow (default: closure.lock; - reads standard input)" },                 \
	{ "root", 'r', "DIR", "the Debian tree to work on (default: /)" },                                             \
	{ "system", 's', "SYSTEM", "which system of the lock (default: that of the root's own programs)" }

#endif
