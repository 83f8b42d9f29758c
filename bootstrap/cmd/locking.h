/* locking: a lock being made, for the verbs that do so: read the old one, read what is asked for, walk the caches, write.
 *
 *     locking_open -> inputs_read -> locking_walk -> locking_write -> lockreport_...        (`lock`, `update`, `init`)
 *
 * It reads the options of LOCKING_OPTIONS. */
#ifndef CMD_LOCKING_H
#define CMD_LOCKING_H

#include "base/buffer.h"
#include "cmd/hold.h"
#include "cmd/inputs.h"
#include "plan/stale.h"

/* A lock being made. */
struct locking {
	struct call *call;     /* whose options count */
	const char *file;      /* the lock's name */
	struct hold hold;      /* its folder */
	struct buffer old;     /* its bytes now */
	bool exists;           /* is there one? */
	struct lock before;    /* what it says */
	struct inputs inputs;  /* what is asked for */
	struct lock after;     /* what it will say; after locking_walk */
	struct stale stale;    /* why it is stale, for who looks */
	size_t measured;       /* files downloaded for their hash */
	const char *result;    /* for the report; after locking_write: "written", "unchanged", "would be written" */
};

/* Holds the folder of the lock that --lock names (default: closure.lock), and reads it if there is one. FAULT_USAGE: "-"; FAULT_INPUT: it is malformed. Close with
 * locking_close, also after a fault. */
MUST_CHECK int locking_open(struct locking *l, struct call *call, struct fault *f);
void locking_close(struct locking *l);

/* Finds the closure of `inputs` in the caches and puts `after` together; systems that are not asked for stay as they were. Faults as of
 * walk_closure, and FAULT_USAGE: whom to believe for a cache is not known. */
MUST_CHECK int locking_walk(struct locking *l, struct fault *f);

/* Writes `after`, unless it is the same or `planned`. FAULT_INPUT: it could not be read again. */
MUST_CHECK int locking_write(struct locking *l, bool planned, struct fault *f);

/* Where the paths come from, for the verbs' tables. */
#define LOCKING_OPTIONS                                                                                                \
	{ "lock", 'l', "FILE", "the lock to write or update (default: closure.lock)" },                                \
	{ "cache", 'c', "URL", "a cache to lock from (repeatable, in order; default: the lock's, else " TRUST_NIXOS_URL ")" }, \
	{ "trusted-key", 'k', "NAME:BASE64", "a key to believe in these caches (repeatable)" }

#endif
