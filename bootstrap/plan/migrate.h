/* migrate: what to do about each piece of software that a scan has found: move it to Nix, keep it, or let a person decide. Pure.
 *
 * The first table that knows it decides; an exact key before a pattern (format/toolmap). What no table knows is never moved: it is kept where
 * dpkg shows that it is Debian's own business, else its name is a guess, and a person decides. A source of apt's goes when all that
 * comes from it goes. */
#ifndef PLAN_MIGRATE_H
#define PLAN_MIGRATE_H

#include "format/dpkg.h"
#include "format/toolmap.h"
#include "plan/scan.h"

/* The programs of an installed package. */
struct migrate_programs {
	struct text package; /* its name */
	struct texts names;  /* of what it has in bin and sbin directories, sorted */
};

/* What is known beside the file. */
struct migrate_facts {
	const struct toolmap *maps;   /* a team's own first, then those built in */
	size_t map_count;             /* how many */
	const struct dpkg *installed; /* of the image that the file makes, or NULL */
	const struct migrate_programs *programs; /* of packages that are installed and that the file names; sorted by package */
	size_t program_count;         /* how many */
	struct texts locked;          /* names of the tools that the flake or the lock has already, sorted */
	struct texts only;            /* what is to move in this run, as migrate_named knows it; none: all that can */
};

/* How sure the attribute is. */
enum migrate_sureness {
	SURENESS_NONE,   /* there is no attribute */
	SURENESS_GUESS,  /* by the name alone */
	SURENESS_LIKELY, /* in the map, but not verified; or by a pattern */
	SURENESS_SURE,   /* in the map and verified; or it moves, and the flake has it already */
};

/* A proposal for one piece of software. */
struct migrate_proposal {
	const struct software *software;  /* of the scan */
	enum toolmap_verdict verdict;     /* what to do */
	struct text attribute;            /* in nixpkgs; none unless move or review */
	struct texts commands;            /* programs that it must give, sorted: the map's, else the package's, else what the file shows */
	struct texts former;              /* names that Debian alone has for some of them: "fdfind" of fd */
	bool told;                        /* are they the map's? */
	struct texts others;              /* programs that the package has besides, sorted; with facts.programs */
	enum migrate_sureness sureness;   /* of the attribute */
	struct text reason;               /* one line, for people; none where the attribute is sure and no more is to be said */
	struct text installed;            /* Debian's version in the image, with facts.installed; else none */
	bool locked;                      /* does the flake or the lock have it already? */
	bool chosen;                      /* does it move in this run? */
	struct text obstacle;             /* why it must be taken out by hand then, one line; none when plan/rewrite can */
};

/* How well a file does. Each is a number of pieces of software; sources of apt's are none. */
struct migrate_score {
	size_t all;       /* found */
	size_t pinned;    /* PIN_VERSION and PIN_DIGEST */
	size_t verified;  /* CHECK_REGISTRY and better */
	size_t both;      /* pinned and verified */
	size_t movable;   /* verdict move */
	size_t kept;      /* verdict keep */
	size_t open;      /* review and missing */
	size_t after;     /* pinned and verified once all that can move has moved */
};

/* All of a file. */
struct migrate {
	struct migrate_proposal *at; /* in order of the scan */
	size_t count;                /* how many */
	struct migrate_score score;  /* the sums */
};

/* Judges all; never fails. */
void migrate_make(const struct scan *scan, const struct migrate_facts *facts, struct arena *a, struct migrate *out);

/* Is it what a person calls `name`: its attribute, a command, its name with or without kind and owner? */
bool migrate_named(const struct migrate_proposal *p, struct text name);

/* "none", "guess", "likely", "sure". */
const char *migrate_sureness_name(enum migrate_sureness sureness);

#endif
