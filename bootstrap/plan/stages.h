/* stages: the stages of a Containerfile, and what each instruction would see: variables, user, shell, directory.
 *
 * Followed is what the file says by itself, as if no build argument were given. What the base image brings is not
 * known. Source: Dockerfile reference, "Understand how ARG and FROM interact", "Using ARG variables", "Automatic
 * platform ARGs"; BuildKit frontend/dockerfile/{instructions,dockerfile2llb}. */
#ifndef PLAN_STAGES_H
#define PLAN_STAGES_H

#include "format/containerfile.h"
#include "format/expand.h"

#define STAGE_NONE SIZE_MAX /* no stage */

/* A variable that ENV or ARG sets, and those set before it. Lists share their tails and never change. */
struct stage_variable {
	struct text name;                    /* of the variable */
	struct text value;                   /* expanded; none when not known: an ARG without default */
	bool env;                            /* ENV; false: ARG, which loses against an ENV of the name */
	const struct stage_variable *before; /* the one set before, or NULL */
};

/* What holds at an instruction, before it is carried out. */
struct stage_state {
	size_t stage;                           /* index, of FROM its own; STAGE_NONE before the first FROM */
	const struct stage_variable *variables; /* the last one set, or NULL; of FROM those from before the first */
	struct text user;                       /* expanded as far as known; none: the base's */
	struct texts shell;                     /* SHELL's words; none: /bin/sh -c */
	struct text workdir;                    /* expanded as far as known, absolute; none: the base's */
};

/* A stage: FROM to before the next FROM. */
struct stage {
	struct text name;  /* behind AS; none without */
	struct text image; /* expanded as far as known: an image's name, "scratch", or a stage's */
	size_t base;       /* index of the stage that `image` names, or STAGE_NONE */
	size_t first;      /* index of its FROM */
	size_t end;        /* index behind its last instruction */
};

/* All of them. */
struct stages {
	struct stage *at;           /* in order */
	size_t count;               /* how many */
	struct stage_state *states; /* of each instruction of the file */
};

/* Follows the file; a stage that builds on another begins with that one's variables. ARG without a value in the
 * file counts as unknown, but TARGETARCH, TARGETOS, TARGETPLATFORM, TARGETVARIANT and the same of BUILD, which are
 * those of linux on `architecture` ("amd64"). FAULT_INPUT: an instruction before the first FROM that is no ARG; no
 * FROM at all; a FROM that is not "FROM image [AS name]". */
MUST_CHECK int stages_make(const struct containerfile *file, struct text architecture, struct arena *a,
			   struct stages *out, struct fault *f);

/* The stage of that name (any case) or number, among the first `below`; of one name the last. STAGE_NONE when
 * there is none. */
size_t stages_find(const struct stages *stages, size_t below, struct text name);

/* True and its value when the variable is known in that state. */
bool stage_variable(const struct stage_state *state, struct text name, struct text *value);

/* How it stands, for expand_word: `get` with a struct stage_state. */
enum expand_state stage_expand_state(const void *state, struct text name, struct text *value);

#endif
