/* marks: what goes of a Containerfile when some software does: instructions, commands, words, and what served only these. */
#ifndef PLAN_MARKS_H
#define PLAN_MARKS_H

#include "plan/trim.h"

/* What goes. */
struct marks {
	const struct scan *scan; /* of the file */
	struct arena *arena;     /* holds all this */
	struct trim *trims;      /* of each script of the scan */
	bool *instructions;      /* of each instruction: does it go as a whole? */
	bool *stages;            /* of each stage: does anything of it go? */
	bool *needs;             /* of each stage: does what is left of it, or of one that builds on it, need apt's lists? */
	bool *purges;            /* of each stage: is a purge of packages left? */
	LIST(size_t) naming;     /* scripts that purge, hold or mark packages by name */
	size_t steps;            /* comparisons that are left for these; then they stay as they are */
};

/* Which script of the scan an edit is about; SIZE_MAX: none. */
size_t marks_script(const struct scan *scan, const struct software_edit *edit);

/* Marks all that goes with the `count` pieces of software `gone`, for each of which rewrite_obstacle is none. */
void marks_make(const struct scan *scan, const struct software **gone, size_t count, struct arena *a, struct marks *out);

#endif
