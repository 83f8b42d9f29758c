/* linediff: what differs between two texts, line by line, as `patch -p1` and `git apply` take it. Pure.
 *
 *     --- a/Containerfile            /dev/null when there was none before
 *     +++ b/Containerfile
 *     @@ -1,4 +1,3 @@                the unified format, three lines around each change
 *
 * The fewest lines are told, unless more than DIFF_EDITS_MAX differ: then all between the first and the last that differ. Source: Myers, "An
 * O(ND) Difference Algorithm and Its Variations" (1986); POSIX.1-2024 diff -u; git-diff(1) for names that are quoted. */
#ifndef PLAN_LINEDIFF_H
#define PLAN_LINEDIFF_H

#include "base/arena.h"
#include "base/buffer.h"

/* Two texts of one file. */
struct linediff {
	struct text name;   /* of the file, relative */
	struct text before; /* its bytes; none (at NULL): there was no such file */
	struct text after;  /* its bytes then */
};

/* How much differs. */
struct linediff_count {
	size_t removed; /* lines */
	size_t added;   /* lines */
};

/* Appends the difference to `to`, and counts it; nothing when there is none. The arena gets what it needs meanwhile. */
struct linediff_count linediff_make(const struct linediff *d, struct arena *a, struct buffer *to);

#endif
