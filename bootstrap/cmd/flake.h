/* flake: a flake in a folder, and the Nix of this machine that evaluates it and moves its inputs. */
#ifndef CMD_FLAKE_H
#define CMD_FLAKE_H

#include "base/buffer.h"
#include "cmd/command.h"

/* A flake. Texts in the call's arena. */
struct flake {
	struct call *call;        /* the verb's */
	struct text nix;          /* the Nix that is run */
	struct text folder;       /* where it is: "." */
	struct text reference;    /* what it is called: "." or "./sub" or "path:." */
	bool local;               /* is that a folder's name? Nix then runs in there, since a name can be no URL: "a b", "a#b" */
	struct text lock_name;    /* its flake.lock: "./flake.lock" */
};

/* The Nix of this machine: on PATH, or where nixgraft, Nix itself and NixOS put one; none when there is none. In the arena. */
struct text flake_find_nix(struct arena *a);

/* The flake of --flake (default: the working directory), with the Nix of this machine, which may be none. */
void flake_name(struct flake *flake, struct call *call);

/* What `nix eval --json <flake>#graft.<system>` says; *what names it in messages. FAULT_INPUT: Nix could not say it; if that may be since git
 * does not track a file, which Nix then does not see, the message says so. */
MUST_CHECK int flake_evaluate(const struct flake *flake, struct text system, struct buffer *manifest, struct text *what, struct fault *f);

/* Lets Nix write into flake.lock what these inputs are now (none: all of them), and what it lacks. FAULT_INPUT likewise. */
MUST_CHECK int flake_update(const struct flake *flake, struct texts inputs, struct fault *f);

/* Ends the Nix that evaluates or updates just now, if one does; for signal handlers. */
void flake_stop(void);

/* Is the folder in a git work tree? Then Nix sees only files that git tracks. */
bool flake_in_git(const char *folder);

#endif
