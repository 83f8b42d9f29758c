/* standing: how the tools of a root stand: what `status` tells. */
#ifndef CMD_STANDING_H
#define CMD_STANDING_H

#include "cmd/target.h"
#include "plan/closure.h"
#include "plan/shadow.h"
#include "store/profile.h"
#include "store/receipt.h"

/* How a command's link in WIRING_LINKS stands. */
enum standing_state {
	STANDING_LINKED,   /* it leads to the tool's command */
	STANDING_UNLINKED, /* not wanted: --expose */
	STANDING_MISSING,  /* wanted, and not there */
	STANDING_BROKEN,   /* ours, and it leads nowhere or elsewhere */
	STANDING_FOREIGN,  /* somebody else's file or link is in its place */
};

/* A command of a tool. */
struct standing_command {
	struct text name;          /* as typed */
	enum standing_state state; /* of its link */
};

/* A tool, or Nix. */
struct standing_tool {
	struct text name;                  /* of the tool; "nix" for Nix */
	struct text version;               /* may be empty */
	struct text path;                  /* base name */
	struct texts names;                /* of its commands, sorted */
	struct standing_command *commands; /* names.count of them */
	struct texts linked;               /* names of those that are linked, sorted */
	struct closure_size size;          /* what it costs */
};

/* All of it. */
struct standing {
	struct target target;        /* root, and the lock that it follows */
	struct receipt receipt;      /* of the last apply */
	struct profile profile;      /* the generation in force */
	struct lock_system system;   /* what of the lock is installed: with the tools alone, no Nix */
	struct standing_tool *tools; /* in the lock's order; Nix, if it is there, behind them */
	size_t tool_count;           /* without Nix */
	bool has_nix;                /* is Nix installed, too? */
	uint64_t nar_bytes;          /* of all paths */
	size_t objects;              /* in the store directory, whoever made them */
	bool has_debian;             /* is there a package database? */
	struct dpkg debian;          /* then: the packages */
	struct shadows shadows;      /* programs of the base that linked commands come before */
};

/* Looks at --root. FAULT_DIFFERS: it follows no lock, or not the one that --lock names. Close with standing_close. */
MUST_CHECK int standing_open(struct standing *s, struct call *call, struct fault *f);
void standing_close(struct standing *s);

/* The word for a state: "linked", "unlinked", "missing", "broken", "foreign". */
const char *standing_state_name(enum standing_state state);

/* How apt calls a package: "<name>", and "<name>:<architecture>" when that is another than dpkg's own. In the arena. */
struct text standing_package_name(const struct standing *s, const struct dpkg_package *package, struct arena *a);

#endif
