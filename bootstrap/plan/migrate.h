/* migrate: what to do about each piece of software that a scan has found: move it to Nix, keep it, or let a person decide. */
#ifndef PLAN_MIGRATE_H
#define PLAN_MIGRATE_H

#include "format/dpkg.h"
#include "format/toolmap.h"
#include "plan/scan.h"

/* What is known beside the file. */
struct migrate_facts {
	const struct toolmap *maps;   /* a team's own first, then those built in */
	size_t map_count;             /* how many */
	const struct dpkg *installed; /* of the image that the file makes, or NULL */
	struct texts locked;          /* names of the tools that the flake or the lock has already, sorted */
};

/* How sure the attribute is. */
enum migrate_sureness {
	SURENESS_NONE,   /* there is no attribute */
	SURENESS_GUESS,  /* by the name alone */
	SURENESS_LIKELY, /* in the map, but not verified; or by a pattern */
	SURENESS_SURE,   /* in the map and verified */
};

/* A proposal for one piece of software. */
struct migrate_proposal {
	const struct software *software;  /* of the scan */
	enum toolmap_verdict verdict;     /* what to do */
	struct text attribute;            /* in nixpkgs; none unless move or review */
	struct texts commands;            /* programs that it must give */
	enum migrate_sureness sureness;   /* of the attribute */
	struct text reason;               /* one line, for people */
	struct text installed;            /* Debian's version in the image, with facts.installed; else none */
};

/* How well a file does. Each is a number of pieces of software. */
struct migrate_score {
	size_t all;       /* found */
	size_t pinned;    /* PIN_VERSION and PIN_DIGEST */
	size_t verified;  /* CHECK_REGISTRY and better */
	size_t both;      /* pinned and verified */
	size_t movable;   /* verdict move */
	size_t kept;      /* verdict keep */
	size_t open;      /* review and missing */
};

/* All of a file. */
struct migrate {
	struct migrate_proposal *at; /* in order of the scan */
	size_t count;                /* how many */
	struct migrate_score score;  /* the sums */
};

/* Judges all; never fails. */
void migrate_make(const struct scan *scan, const struct migrate_facts *facts, struct arena *a, struct migrate *out);

#endif
