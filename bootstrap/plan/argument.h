/* argument: which ARG of a Containerfile only what goes has used.
 *
 * A build argument is in the environment of what a RUN runs, so a name counts as used wherever it stands as a word of its own, with or without
 * "$", and a stage that runs what cannot be seen keeps its arguments. */
#ifndef PLAN_ARGUMENT_H
#define PLAN_ARGUMENT_H

#include "plan/edits.h"
#include "plan/marks.h"

/* Marks them as instructions that go. The edits are those of all else that goes, sorted. */
void argument_mark(struct marks *m, const struct edits *edits);

#endif
