/* trim: takes commands and words out of a script of an instruction, with what joins them and the comments that are theirs. */
#ifndef PLAN_TRIM_H
#define PLAN_TRIM_H

#include "plan/edits.h"
#include "plan/scan.h"

/* What goes of one script. */
struct trim {
	const struct scan_script *script; /* which */
	bool *commands;                   /* of each command: does it go? */
	bool **words;                     /* of each command: which of its words go; NULL: none */
	bool touched;                     /* does anything go? */
};

/* Nothing goes yet. */
void trim_make(const struct scan_script *script, struct arena *a, struct trim *out);

/* A command goes; a word of one goes. Indexes of the script. */
void trim_command(struct trim *t, size_t command);
void trim_word(struct trim *t, struct arena *a, size_t command, size_t word);

/* Why what is marked cannot be taken out so that the rest does what it did, as words for people; none when it can. Only what
 * stands in the script's own sequence can, with whole pipelines, and nothing beside "||" or "&". */
struct text trim_obstacle(const struct trim *t);

/* Is what stays without effect of its own: `set -eux`, assignments, cd, or nothing at all? */
bool trim_leaves_nothing(const struct trim *t);

/* Adds the cuts in the file `bytes`, unless nothing is left. */
void trim_edits(const struct trim *t, struct arena *a, struct edits *e);

#endif
