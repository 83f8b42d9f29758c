/* graft: the steps that make a root follow its lock, shared by the verbs that do so. (graft.c opens and plans, graftsame.c tells when
 * there is nothing to do, graftwork.c carries out.)
 *
 *     graft_open -> graft_unchanged? -> graft_plan (looks only) -> graft_carry_out (changes) -> graft_report
 *
 * Everything that can be refused is refused in graft_plan, before anything changes. What makes the change visible, the profile and
 * the wires, comes last, by rename. */
#ifndef CMD_GRAFT_H
#define CMD_GRAFT_H

#include "cmd/target.h"
#include "store/install.h"
#include "store/receipt.h"
#include "store/registry.h"
#include "store/stamp.h"
#include "store/trust.h"
#include "store/wire.h"

/* A graft under way. */
struct graft {
	struct call *call;             /* the verb's */
	struct target target;          /* root and lock */
	struct receipt receipt;        /* of the last apply */
	bool has_receipt;              /* is there one? */
	struct trust trust;            /* whose signatures count */
	struct caches caches;          /* where files come from */
	struct registry registry;      /* valid paths before */
	const size_t *broken;          /* indexes into the system's paths that count as missing though they are valid */
	size_t broken_count;           /* how many */
	const size_t *damaged;         /* those of them whose object is known to be wrong */
	size_t damaged_count;          /* how many */
	struct install_paths missing;  /* paths to be registered */
	struct cache_files files;      /* of those to be fetched, located */
	uint64_t fetch_bytes;          /* of those files */
	uint64_t unpack_bytes;         /* of those NARs */
	struct wire_plan wires;        /* what is to be seen outside the store */
	uint64_t jobs;                 /* workers */
	uint64_t generation;           /* in force afterwards */
	uint64_t back_to;              /* generation to return to; 0: the lock's own, a new one if need be */
	struct receipt_choice choice;  /* what is installed and linked of the lock */
	bool gives;                    /* does what is there change hands in the end? */
	struct text environment;       /* base name of its store object */
	struct stamp stamp;            /* SOURCE_DATE_EPOCH, for what this run makes */
	bool anew;                     /* does it follow the lock anew? Then what a rollback left otherwise does not count */
	struct texts back;             /* what --force moved aside once, and has returned to its place */
	bool force;                    /* move foreign files aside? */
	bool repair;                   /* put rows right even where they are there? */
};

/* The options that it reads, for the verbs' tables. */
#define GRAFT_OPTIONS                                                                                                  \
	{ "cache", 'c', "URL", "fetch from this cache instead of the lock's (repeatable, in order)" },                 \
	{ "trusted-key", 'k', "NAME:BASE64", "believe only this key instead of the lock's (repeatable)" },             \
	{ "offline", 0, NULL, "use no network: only file:// caches" },                                                 \
	{ "jobs", 'j', "N", "unpack with N workers (default: one for each processor)" },                               \
	{ "force", 'f', NULL, "move files that are in the way aside, to <file>.before-nixgraft" },                     \
	{ "user", 'u', "USER", "a name or number: whose installation it is (default: who owns /nix/store, else you)" }, \
	{ "sync", 0, NULL, "wait until the disk has it all (default for /, not for another --root)" },                 \
	{ "no-sync", 0, NULL, "do not wait for the disk (for image builds)" }

/* What of the lock is installed and linked; remembered by the receipt. For verbs that may change it. */
#define GRAFT_CHOICES                                                                                                  \
	{ "expose", 'e', "COMMANDS", "link only these into /usr/local/bin: a,b,c, or all, or none" },                  \
	{ "without-nix", 0, NULL, "tools only: no Nix, no database" },                                                 \
	{ "with-nix", 0, NULL, "Nix too, after all" }

/* Runs a verb without operands: `steps` on a graft that it opens itself and that is closed afterwards, also after a fault. */
MUST_CHECK int graft_run(struct call *call, int (*steps)(struct graft *g, struct call *call, struct fault *f), struct fault *f);

/* Opens target and receipt. Close with graft_close, also after a fault. */
MUST_CHECK int graft_open(struct graft *g, struct call *call, struct fault *f);
void graft_close(struct graft *g);

/* As graft_open, for a verb that looks: without a lock at hand, that of the root itself. */
MUST_CHECK int graft_open_any(struct graft *g, struct call *call, struct fault *f);

/* As graft_open, to return to generation `number`. */
MUST_CHECK int graft_open_generation(struct graft *g, uint64_t number, struct call *call, struct fault *f);

/* Did the last apply follow this very lock, and does all that it made still stand? Reads a few links and names, no lock file. */
MUST_CHECK int graft_unchanged(struct graft *g, bool *unchanged, struct fault *f);

/* Takes the choice of the call, or else that of the receipt. FAULT_USAGE: the options contradict one another. */
MUST_CHECK int graft_choose(struct graft *g, struct fault *f);

/* Parses the lock and takes the part of it that is chosen. What graft_plan does first. */
MUST_CHECK int graft_parse(struct graft *g, struct fault *f);

/* Looks at the registry and tells what is missing, broken or registered otherwise. What graft_plan does, and again under the locks. */
MUST_CHECK int graft_find_missing(struct graft *g, struct fault *f);

/* Opens the caches of the call or the lock, and locates the files that are missing in them. */
MUST_CHECK int graft_locate(struct graft *g, struct fault *f);

/* Plans the wires and refuses what is in the way. `shared`: the environment's pages and completions, NULL before they are known. */
MUST_CHECK int graft_plan_wires(struct graft *g, const struct texts *shared, struct fault *f);

/* What should be seen outside the store: the lock's wishes and the last receipt. After graft_parse. */
struct wire_want graft_truth(const struct graft *g);

/* Preflight: parses the lock, checks signatures, what is in the way, what is missing, that every missing file is in a cache, and
 * space. Changes nothing. */
MUST_CHECK int graft_plan(struct graft *g, struct fault *f);

/* Does it: fetch, unpack, register, generation, wires, receipt. On a fault the store is as before. */
MUST_CHECK int graft_carry_out(struct graft *g, struct fault *f);

#endif
