/* skeleton: the files with which a project begins to use nixgraft: flake.nix and graft.nix from the template, and lines of .gitignore. */
#ifndef CMD_SKELETON_H
#define CMD_SKELETON_H

#include "cmd/command.h"

/* What happens to a file. */
enum skeleton_state {
	SKELETON_NEW,   /* it is not there */
	SKELETON_SAME,  /* it is there, and as it would be written */
	SKELETON_ADDED, /* lines are added to it */
};

/* One of them. Texts in the call's arena. */
struct skeleton_file {
	const char *name;          /* "flake.nix" */
	struct text path;          /* with the folder */
	struct text bytes;         /* what it will hold */
	enum skeleton_state state; /* what happens to it */
};

#define SKELETON_FILES 3 /* flake.nix, graft.nix, .gitignore */

/* All of them. */
struct skeleton {
	struct skeleton_file files[SKELETON_FILES]; /* in that order */
	bool ignores_lock; /* does .gitignore keep closure.lock or flake.lock out of the repository? */
};

/* Looks what would be written into `folder`, with the tools of --tool and the nixpkgs of --nixpkgs. FAULT_USAGE: those are off; FAULT_SYSTEM:
 * a file is there that says something else. */
MUST_CHECK int skeleton_plan(struct skeleton *s, struct call *call, struct text folder, struct fault *f);

/* Writes what is new or added to; makes the folder if it is missing. */
MUST_CHECK int skeleton_write(const struct skeleton *s, struct text folder, struct fault *f);

/* The options that it reads, for the verb's table. */
#define SKELETON_OPTIONS                                                                                               \
	{ "tool", 't', "NAME=ATTRIBUTE", "begin with this tool of nixpkgs, or just NAME, not the template's (repeatable)" }, \
	{ "nixpkgs", 0, "URL", "take packages from this nixpkgs: a flake's URL, such as path:/DIR or a mirror" }

#endif
