/* versionscheck: does each command that a lock exposes stand for the lock's store path on PATH? Looks only: nothing is executed. */
#ifndef CMD_VERSIONSCHECK_H
#define CMD_VERSIONSCHECK_H

#include "cmd/target.h"
#include "cmd/versionsform.h"
#include "store/receipt.h"

/* How a command stands on a PATH. */
enum versions_state {
	VERSIONS_RIGHT,    /* what PATH finds leads where the lock's file does */
	VERSIONS_MISSING,  /* its link is not there */
	VERSIONS_FOREIGN,  /* in the place of its link stands somebody else's file */
	VERSIONS_BROKEN,   /* its link leads to no program */
	VERSIONS_OTHER,    /* its link leads to another store path than the lock's */
	VERSIONS_OFF_PATH, /* its link is right, and PATH lacks the folder */
	VERSIONS_SHADOWED, /* its link is right, and another program comes before it */
};

/* A command that was looked at. Texts in the arena. */
struct versions_command {
	const struct expectation *tool; /* of the lock */
	struct text name;               /* as typed */
	struct text wanted;             /* the lock's file: "/nix/store/...-git-2.51.0/bin/git" */
	struct text link;               /* where its link is to be: "/usr/local/bin/git" */
	struct text found;              /* what PATH finds; none when nothing */
	struct text leads_to;           /* where that, or the link where it does not stand, leads; none when nowhere */
	enum versions_state state;      /* how it stands, on the first PATH on which it does not */
	size_t path;                    /* which PATH that is */
};

/* A PATH that is searched. */
struct versions_path {
	const char *word;  /* for programs: "path", "rootLogin", "userLogin" */
	const char *name;  /* for people */
	struct text value; /* its folders */
};

#define VERSIONS_PATHS 3 /* PATH itself, and that of login shells of root and of others */

/* A check. Texts in the arena. */
struct versions_check {
	const struct target *target;   /* the root */
	const struct versions *expect; /* what the lock lets one expect */
	struct text folder;            /* where the links are: WIRING_LINKS, or the profile's own when nothing is linked */
	struct versions_path paths[VERSIONS_PATHS]; /* searched, in order */
	size_t path_count;             /* how many */
	struct versions_command *commands; /* in the order of the tools */
	size_t count;                  /* how many */
	size_t wrong;                  /* how many of them are not right */
};

/* Looks at the root of c->target for all that c->expect has, which the caller has set; `choice` tells what is linked there. `path`: the
 * only PATH to search; none: that of this process, where the root is its own, else that of an image, and that of login shells, where
 * /etc/profile says it plainly. The rest of *c is in the arena. */
void versions_check_make(struct versions_check *c, const struct receipt_choice *choice, struct text path, struct arena *a);

/* Appends a line for each cause of a command that is not right: what is so, and what to do. */
void versions_check_tell(const struct versions_check *c, const struct call *call, struct buffer *to);

/* The word for a state: "right", "missing", "foreign", "broken", "other", "off PATH", "shadowed". */
const char *versions_state_name(enum versions_state state);

#endif
