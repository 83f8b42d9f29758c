/* migratework: what `nixgraft migrate --write` does: a new Containerfile, and the flake's tools, as a difference first. */
#ifndef CMD_MIGRATEWORK_H
#define CMD_MIGRATEWORK_H

#include "cmd/migration.h"
#include "plan/linediff.h"

#define MIGRATEWORK_IMAGE "localhost/nixgraft" /* the image that the program is copied from, unless --from names another */

/* A file that is to be changed or made. */
struct migratework_change {
	struct text name;    /* of the file */
	bool is_new;         /* was there none? */
	struct text after;   /* its bytes then; none of a file that is not written */
	struct text diff;    /* what differs, as plan/linediff tells it */
	struct linediff_count count; /* how much */
};

/* All of a call. */
struct migratework {
	struct migration *migration;
	LIST(struct migratework_change) changes; /* the files, then the flake's; written from the last to the first */
	LIST(struct text) by_hand;               /* what a person has to do, a line each */
	struct texts paste;                      /* lines for a flake.nix that nixgraft cannot edit */
};

/* Finds out what is to be changed in `count` files, which were judged. Writes nothing. FAULT_INPUT: a new file would not be one. */
MUST_CHECK int migratework_plan(struct migratework *w, struct migration *m, const struct migration_file *files, size_t count,
				struct fault *f);

/* Writes all of it, each file by rename. FAULT_SYSTEM. */
MUST_CHECK int migratework_write(const struct migratework *w, struct fault *f);

#endif
