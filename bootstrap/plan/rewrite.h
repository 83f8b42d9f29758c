/* rewrite: the new Containerfile: what moved to Nix is taken out, one graft is put in, and every other byte stays. */
#ifndef PLAN_REWRITE_H
#define PLAN_REWRITE_H

#include "base/buffer.h"
#include "plan/scan.h"

/* What is to go. */
struct rewrite_plan {
	const struct scan *scan;        /* of the file */
	const struct software **gone;   /* those that move; each must be rewritable (edit.why_not is none) */
	size_t gone_count;              /* how many */
	struct text graft;              /* lines to put in once a stage, before its first change; whole lines */
};

/* Appends the new file to `to`. A command whose last package goes is taken out with what joins it, and what served it alone
 * (`apt-get update`, the lists' removal) with it; a RUN that has no command left goes, with the comment lines right above it. */
void rewrite_make(const struct rewrite_plan *plan, struct arena *a, struct buffer *to);

#endif
