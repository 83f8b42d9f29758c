/* scan: finds every way by which software enters an image, in a Containerfile and in a devcontainer.json. */
#ifndef PLAN_SCAN_H
#define PLAN_SCAN_H

#include "format/shell.h"
#include "plan/software.h"
#include "plan/stages.h"

/* A shell script of an instruction, read. */
struct scan_script {
	size_t instruction;          /* index in the file */
	size_t index;                /* 0: the shell form's text; 1..: its here-document of that number */
	const struct placed *source; /* the script's bytes and their places in the file */
	struct shell shell;          /* what it says */
};

/* What was found. Everything lives in the arena and in the file's bytes. */
struct scan {
	const struct containerfile *file; /* the caller's; NULL of a devcontainer.json */
	struct stages stages;             /* of the file */
	LIST(struct scan_script) scripts; /* in order; those that could be read */
	struct software_list software;    /* in order of lines */
	LIST(struct text) doubts;         /* what could not be looked into, and why: "line 12: ..." */
};

/* Looks through a Containerfile, for `architecture` ("amd64"). A script that is no shell's (another SHELL, a here-document for python) or
 * that cannot be read is told in `doubts`. FAULT_INPUT as stages_make. */
MUST_CHECK int scan_containerfile(const struct containerfile *file, struct text architecture, struct arena *a,
				  struct scan *out, struct fault *f);

/* Looks through a devcontainer.json, JSON with comments and trailing commas: features and lifecycle commands. `what` names it in messages. */
MUST_CHECK int scan_devcontainer(struct text bytes, const char *what, struct arena *a, struct scan *out, struct fault *f);

#endif
