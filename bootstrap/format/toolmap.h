/* toolmap: the tables that say which nixpkgs attribute gives what Debian, a forge's release or a registry gave:
 * overlays/apt-map.tsv and overlays/release-map.tsv, both built into the program, and a team's own.
 *
 *     # comment                                 columns are separated by one tab each; "-" is an empty one
 *     # key <tab> attribute <tab> commands <tab> verdict <tab> verified <tab> note
 *     git           git       git               move    yes  -
 *     fd-find       fd        fd=fdfind         move    yes  -         what is fd there is fdfind with Debian
 *     *-dev         -         -                 keep    -    headers and libraries to build against
 *     github:cli/cli gh       gh                move    yes  -
 *
 * Keys of apt-map.tsv are Debian packages; of release-map.tsv "<kind>:<name>": github:, gitlab:, npm:, pypi:, crates:, go:, gem:, image:, feature:,
 * url:, and source: for apt's sources by host and path, whose "commands" are the packages that come from there. One "*" stands for any bytes. The
 * exact key wins, then the one with the most bytes beside its "*". commands: with a comma or a blank between. verdict: move, keep, review, missing;
 * move has an attribute, keep and missing have none. verified: was the attribute seen in nixpkgs itself? Lines are sorted bytewise by key; a key
 * stands once. */
#ifndef FORMAT_TOOLMAP_H
#define FORMAT_TOOLMAP_H

#include "base/arena.h"
#include "base/fault.h"

/* What to do. */
enum toolmap_verdict {
	VERDICT_MOVE,    /* take it from Nix */
	VERDICT_KEEP,    /* leave it where it is */
	VERDICT_REVIEW,  /* a person should decide */
	VERDICT_MISSING, /* nixpkgs does not have it */
};

/* One line of a table. */
struct toolmap_entry {
	struct text key;               /* as above */
	struct text attribute;         /* in nixpkgs; none with keep and missing */
	struct texts commands;         /* programs that it must give; may be none */
	struct texts former;           /* names that Debian alone has for some of them: "fdfind" of "fd=fdfind" */
	enum toolmap_verdict verdict;  /* what to do */
	bool verified;                 /* was the attribute seen in nixpkgs? */
	struct text note;              /* for people; or none */
};

/* A table. */
struct toolmap {
	struct toolmap_entry *at; /* sorted by key */
	size_t count;             /* how many */
};

/* Reads a table; `what` names it in messages. The texts are slices of `bytes`. FAULT_INPUT names line and rule. */
MUST_CHECK int toolmap_parse(struct text bytes, const char *what, struct arena *a, struct toolmap *out, struct fault *f);

/* The entry for a key, or NULL; *exact tells whether no "*" was needed. */
const struct toolmap_entry *toolmap_find(const struct toolmap *map, struct text key, bool *exact);

/* Does a key, which may have one "*", stand for that name? */
bool toolmap_matches(struct text pattern, struct text key);

/* "move", "keep", "review", "missing". */
const char *toolmap_verdict_name(enum toolmap_verdict verdict);

#endif
