/* finding: what a checkup looks at, and what it finds. The checks stand in checkshell, checkpath, checknix and
 * checkgraft. */
#ifndef STORE_FINDING_H
#define STORE_FINDING_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/fault.h"
#include "format/lock.h"
#include "store/account.h"
#include "store/layout.h"
#include "store/receipt.h"

/* How bad it is. */
enum finding_severity {
	FINDING_PROBLEM, /* something does not work, or will not */
	FINDING_NOTE,    /* good to know */
};

/* Something found. Texts in the checkup's arena, without control characters. */
struct finding {
	enum finding_severity severity; /* how bad */
	const char *check;              /* name of the check */
	struct text subject;            /* a path, a variable, a command */
	struct text reason;             /* what is wrong with it, one line */
	struct text remedy;             /* what to do: a command, or half a sentence */
};

/* A checkup: what is looked at, and what was found. */
struct checkup {
	const struct root *root;          /* looked at */
	const struct lock *lock;          /* that it follows, or would; NULL: none can be read, `no_lock` says why */
	const struct lock_system *system; /* what of the lock is chosen for the root; NULL: as the lock */
	struct text no_lock;              /* or none */
	struct text lock_name;            /* that was named with --lock, NUL-terminated; none: it was not */
	bool lock_is_bad;                 /* is it there, but not to be followed? */
	bool follows_other;               /* does the root follow another lock than that, by its receipt? */
	const struct receipt *receipt;    /* of the last apply; NULL: there is none, or `no_receipt` says why */
	struct text no_receipt;           /* or none */
	struct arena *arena;              /* for the findings */
	struct account user;              /* whose installation it is: the receipt's user, else the caller */
	bool user_is_gone;                /* the receipt names one that the root does not know */
	uid_t self;                       /* the caller */
	bool running;                     /* is the root our own "/"? Then what this process has counts, too */
	struct texts commands;            /* names in WIRING_LINKS that lead into the profile, sorted */
	const char *check;                /* name of the check under way */
	LIST(struct finding) findings;    /* in order of looking */
	size_t problems;                  /* how many of them are problems */
};

/* A check; tables end with an all-zero entry. */
struct check {
	const char *name;                /* for reports */
	void (*look)(struct checkup *c); /* looks, and adds findings; a fault of looking is a finding, too */
	bool running;                    /* only where the root is our own "/"? */
};

/* Add a finding. `subject` and `remedy` outlive the checkup; the rest is printf-like, the reason. */
void finding_problem(struct checkup *c, struct text subject, struct text remedy, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
void finding_note(struct checkup *c, struct text subject, struct text remedy, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A fault as a problem: what its message says behind the last "; " is the remedy, or else `remedy` is. */
void finding_fault(struct checkup *c, struct text subject, struct text remedy, struct text message);

/* "nixgraft <words>", with --root where it is not our own "/", and --lock where one was named and the verb takes it: a remedy. */
struct text finding_verb(const struct checkup *c, const char *words);

/* Is there something at `path` beneath the root, links followed? */
bool finding_exists(const struct checkup *c, const char *path);

/* The Nix system of the program at `path` beneath the root, by its ELF header; none when it is no such program. */
struct text finding_program_system(const struct checkup *c, const char *path);

#endif
