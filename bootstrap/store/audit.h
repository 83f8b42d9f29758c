/* audit: does what stands beneath a root equal what the lock says? Everything wrong is named; nothing is repaired, nothing written. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "base/arena.h"
#include "base/fault.h"
#include "format/lock.h"
#include "store/wire.h"

/* What a finding is about. */
enum audit_kind {
	AUDIT_OBJECT,   /* a store object: content, modes, times; and its row, when that is wrong too */
	AUDIT_ROW,      /* its row in the database */
	AUDIT_PROFILE,  /* the generation in force and its links */
	AUDIT_FILE,     /* a file or link outside the store */
	AUDIT_KINDS,
};

/* Something wrong. Texts in the auditor's arena. */
struct audit_finding {
	enum audit_kind kind; /* about what */
	struct text subject;  /* the full path */
	struct text reason;   /* what is wrong, one line */
};

/* An audit. */
struct audit {
	LIST(struct audit_finding) findings; /* empty: all is right */
	LIST(size_t) broken;                 /* indexes into the system's paths whose object or row is wrong */
	LIST(size_t) damaged;                /* those of them whose object is wrong */
	size_t objects;                      /* store objects looked at */
	uint64_t bytes;                      /* of their NARs */
	size_t files;                        /* files and links outside the store looked at */
	size_t foreign;                      /* those of them that are somebody else's, and in the way of a repair without force */
	struct text in_the_way;              /* the first of these, or none */
};

/* What is audited. */
struct audit_want {
	const struct root *root; /* the root */
	struct wire_want truth;  /* the lock, and what should be seen outside the store because of it */
	unsigned jobs;           /* workers, 1..JOBS_MAX */
};

/* The word for a kind, for reports: "object", "row", "profile", "file". */
const char *audit_kind_name(enum audit_kind kind);

/* Looks at everything. A fault only where looking itself fails. */
MUST_CHECK int audit_run(const struct audit_want *want, struct arena *a, struct audit *out, struct fault *f);

#endif
