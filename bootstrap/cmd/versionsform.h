/* versionsform: what a lock lets one expect, spelled for those who read it: people, pytest, shells, other programs. */
#ifndef CMD_VERSIONSFORM_H
#define CMD_VERSIONSFORM_H

#include "base/buffer.h"
#include "plan/expectation.h"

/* What is spelled. */
struct versions {
	struct text system;        /* "x86_64-linux" */
	struct expectations tools; /* of it */
};

/* A form. */
struct versions_form {
	const char *name; /* as --format has it */
	void (*write)(const struct versions *v, struct buffer *to); /* appends all of it */
};

#define VERSIONS_FORMS "table|json|pytest|shell" /* the names of all of them */

/* The form of that name, or NULL. */
const struct versions_form *versions_form(struct text name);

#endif
