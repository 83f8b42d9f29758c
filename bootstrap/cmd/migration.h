/* migration: what `nixgraft migrate` reads: files, tables, the image's packages, the tools that the flake has; and its judgement of a file. */
#ifndef CMD_MIGRATION_H
#define CMD_MIGRATION_H

#include "base/buffer.h"
#include "cmd/command.h"
#include "plan/migrate.h"
#include "store/layout.h"

/* What is known beside the files. Zero-initialise with root.fd -1; close with migration_close. */
struct migration {
	struct call *call;          /* the verb's */
	struct text architecture;   /* "amd64", as a Containerfile has it in TARGETARCH */
	struct root root;           /* of --root */
	bool has_debian;            /* has it packages? */
	struct dpkg dpkg;           /* those */
	LIST(struct toolmap) maps;  /* --map in order, then those built in */
	LIST(struct text) locked;   /* names and attributes of the tools that flake.nix and closure.lock have, sorted, unique */
	struct text flake;          /* the name of the flake: DIR/flake.nix */
	struct text flake_bytes;    /* its bytes; none: there is none */
};

/* A file that brings software into an image. */
struct migration_file {
	struct text name;           /* as given, or "standard input" */
	bool devcontainer;          /* a devcontainer.json; else a Containerfile */
	struct text bytes;          /* of it, in the arena */
	struct containerfile file;  /* what they say, when it is one */
	struct scan scan;           /* what comes in */
	struct migrate judged;      /* what to do about it */
};

/* Reads --map, --root, --arch, --flake and what they name. FAULT_USAGE, FAULT_INPUT, FAULT_SYSTEM. */
MUST_CHECK int migration_open(struct migration *m, struct call *call, struct fault *f);

/* Reads the file `name` ("-": standard input) and judges it. FAULT_INPUT: it is not there, or malformed. */
MUST_CHECK int migration_read(struct migration *m, struct text name, struct migration_file *out, struct fault *f);

/* Judges out->bytes; `name` and `devcontainer` are set. */
MUST_CHECK int migration_judge(struct migration *m, struct migration_file *out, struct fault *f);

void migration_close(struct migration *m);

#endif
