/* rewrite: the new Containerfile: what moves to Nix is taken out, one graft is put in, and every other byte stays. */
#ifndef PLAN_REWRITE_H
#define PLAN_REWRITE_H

#include "base/buffer.h"
#include "plan/scan.h"

/* What is to go. */
struct rewrite_plan {
	const struct scan *scan;       /* of the file */
	const struct software **gone;  /* those that move; rewrite_obstacle has none for each */
	size_t gone_count;             /* how many */
	struct text graft;             /* whole lines to put in once a stage, before its first RUN, COPY or ADD */
};

/* Why a piece of software cannot be taken out of the file, one line for people; none when it can. */
struct text rewrite_obstacle(const struct scan *scan, const struct software *software, struct arena *a);

/* Appends the new file to `to`. With what goes:
 *   a command whose last package goes, and what joins it
 *   `apt-get update` and the removal of lists and archives, where nothing is left that needs them
 *   its name in a later `apt-get purge`
 *   a RUN that has no command left, with the comment lines right above it
 *   an ARG that only the removed bytes used
 * A stage gets no graft when it, or a stage that it builds on, has or gets one. */
void rewrite_make(const struct rewrite_plan *plan, struct arena *a, struct buffer *to);

#endif
