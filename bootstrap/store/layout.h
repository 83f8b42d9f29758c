/* layout: where things are beneath a root, and the directories of a single-user Nix.
 *
 * Source: Nix libstore/local-store.cc (constructor), globals.cc. */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include "base/bounds.h"
#include "base/fault.h"
#include "base/text.h"

#define LAYOUT_HALF_NIX ".nixgraft-nix"         /* what "/nix" is called, beside it, while it comes to be and while it goes */

/* A root: where a Debian tree begins. */
struct root {
	int fd;           /* the directory; whoever opened it closes it */
	const char *path; /* its absolute name on the host without a final slash, "" for "/" */
};

#define NIX_STATE "/nix/var/nix"
#define NIX_DB NIX_STATE "/db/db.sqlite"        /* the registry of valid paths */
#define NIX_SCHEMA NIX_STATE "/db/schema"       /* "10", no newline */
#define NIX_BIG_LOCK NIX_STATE "/db/big-lock"   /* held shared by every running Nix */
#define NIX_GC_LOCK NIX_STATE "/gc.lock"        /* held exclusively by a running garbage collector */
#define NIX_PROFILES NIX_STATE "/profiles"      /* every link below is a GC root */
#define NIX_CONF "/etc/nix/nix.conf"
#define NIX_REGISTRY "/etc/nix/registry.json"

#define GRAFT_STATE "/nix/var/nixgraft"         /* nixgraft's own state */
#define GRAFT_LOCK GRAFT_STATE "/lock"          /* held exclusively by a running apply */
#define GRAFT_SPOOL GRAFT_STATE "/spool"        /* files being fetched */
#define GRAFT_RECEIPT GRAFT_STATE "/receipt.json"
#define GRAFT_PENDING GRAFT_STATE "/pending"    /* what a run is fetching, base names, one a line */
#define GRAFT_LOCKS GRAFT_STATE "/locks"         /* "<N>.lock": the closure.lock that generation N follows */
#define GRAFT_PROFILE_NAME "nixgraft"
#define GRAFT_PROFILE NIX_PROFILES "/" GRAFT_PROFILE_NAME /* link to the current generation's link */
#define GRAFT_STAGE_PREFIX ".nixgraft-"         /* names of half-made objects in the store directory */

/* FAULT_SYSTEM when /nix, the store or the state directory beneath `root` is a symlink or no directory; absence is fine. */
MUST_CHECK int layout_check(int root, struct fault *f);

/* Is there a /nix, or could we make one? FAULT_SYSTEM tells the ways out. */
MUST_CHECK int layout_may_make(int root, struct fault *f);

/* Keeps others from making or removing "/nix" itself: a lock on the root's own directory, until the descriptor is closed; -1 where there
 * are no such locks. */
int layout_hold(int root);

/* Makes /nix where there is none, with `receipt` as its first: both at once, by rename, so that a killed run cannot leave a /nix that
 * nobody knows who made. FAULT_SYSTEM tells the ways out. */
MUST_CHECK int layout_make_nix(int root, struct text receipt, struct fault *f);

/* Makes what is missing of a single-user installation's directories beneath `root`, 0755, owned by the caller, and
 * gcroots/profiles; existing ones stay as they are. `user` NUL-terminated: whose per-user directories, NULL for none.
 * FAULT_SYSTEM names the path. */
MUST_CHECK int layout_make(int root, const char *user, struct fault *f);

/* Who is told before a lock that somebody else holds is waited for. */
struct waiter {
	void (*tell)(const void *context, const char *whom); /* `whom`: "another nixgraft", "a Nix", "Nix's garbage collector" */
	const void *context;                                 /* of his */
};

/* Takes GRAFT_LOCK, NIX_BIG_LOCK or NIX_GC_LOCK exclusively, and waits for it; `waiter` is NULL when nobody is to be told. *fd is the
 * caller's to close. FAULT_SYSTEM: it cannot be opened. */
MUST_CHECK int layout_lock(int root, const char *path, const struct waiter *waiter, int *fd, struct fault *f);

#endif
