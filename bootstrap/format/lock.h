/* lock: closure.lock, the only input of everything but `nixgraft lock` itself (docs/closure.lock.schema.json).
 *     {"version": 1, "flake": {"lock": <digest of flake.lock>, "inputs": {<name>: {<as struct flake_input>}}},
 *      "caches": [{"url": ..., "keys": [...]}],
 *      "systems": {"x86_64-linux": {
 *        "nix": {"attribute": ..., "version": ..., "path": <store path>, "commands": [...], "package": {...}},
 *        "tools": {<name>: {"attribute": ..., "version": ..., "path": ..., "outputs": {...}, "commands": [...],
 *                           "origin": ..., "package": {<as format/package.h>}}},
 *        "paths": {<store path>: {"narHash": <digest>, "narSize": N, "references": [...], "signatures": [...],
 *                                 "deriver": <store path>, "ca": ..., "cache": ..., "url": ..., "compression": ...,
 *                                 "fileHash": <digest>, "fileSize": N, "origin": {"nar": ..., "file": ...}}}}}}
 * Members without a value (flake, nix, attribute, version, package, deriver, ca, all of an input) are left out; digests are SRI.
 * The bytes are a function of the content: keys and lists sorted, two blanks a level, a list of several items an item a
 * line, a final newline; lock_write(lock_parse(bytes)) gives `bytes` again. Reading is strict: unknown and null members,
 * unsorted lists, other versions, dangling references and one command of two tools are refused. */
#ifndef FORMAT_LOCK_H
#define FORMAT_LOCK_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/codec.h"
#include "base/encode.h"
#include "base/fault.h"
#include "format/flakelock.h"
#include "format/package.h"

#define LOCK_VERSION 1 /* the schema's version, member "version" */

/* Where a fact comes from. */
enum lock_origin {
	LOCK_SIGNED,      /* "signed narinfo": a trusted key vouches for it */
	LOCK_CONTENT,     /* "content address": the store path follows from it */
	LOCK_UNSIGNED,    /* "unsigned narinfo": the cache says so, nobody vouches */
	LOCK_DOWNLOAD,    /* "download": computed from the file itself at lock time */
	LOCK_EVALUATION,  /* "evaluation": Nix evaluated the flake */
	LOCK_COMMAND,     /* "command line": given to nixgraft lock */
};

/* A binary cache and whom it is believed for. */
struct lock_cache {
	struct text url;   /* file://, http:// or https://, without a final slash */
	struct texts keys; /* "<name>:<base64>", sorted, at least 1 */
};

/* One output of a tool. */
struct lock_output {
	struct text name; /* "out", "man", ... */
	struct text path; /* base name */
};

/* A tool that the image gets. */
struct lock_tool {
	struct text name;            /* as the team calls it */
	struct text attribute;       /* in the flake; none from the command line */
	struct text version;         /* may be empty */
	struct text path;            /* base name: where its commands are */
	struct lock_output *outputs; /* sorted by name, at least 1, `path` among them */
	size_t output_count;         /* how many */
	struct texts commands;       /* names in <path>/bin to expose, sorted; may be empty */
	enum lock_origin origin;     /* LOCK_EVALUATION or LOCK_COMMAND */
	struct package package;      /* what is known about it; may be empty */
};

/* A store path with all that apply needs to fetch and check it. */
struct lock_path {
	struct text path;          /* base name */
	struct digest nar_digest;  /* of the NAR */
	uint64_t nar_size;         /* bytes */
	struct texts references;   /* base names, sorted; each is a path of this system; may contain itself */
	struct texts signatures;   /* "<name>:<base64>", sorted */
	struct text deriver;       /* base name or none */
	struct text ca;            /* or none */
	struct text cache;         /* URL of the lock_cache that it was found in */
	struct text url;           /* of the file, below the cache */
	enum codec codec;          /* of the file */
	struct digest file_digest; /* of the file */
	uint64_t file_size;        /* bytes of the file */
	enum lock_origin nar_origin;  /* of digest, size, references: LOCK_SIGNED or LOCK_CONTENT */
	enum lock_origin file_origin; /* of digest and size of the file: LOCK_UNSIGNED or LOCK_DOWNLOAD */
};

/* The closure for one Nix system. */
struct lock_system {
	struct text name;        /* "x86_64-linux" */
	struct text nix;         /* base name of the Nix to install, or none: tools only */
	struct text nix_attribute; /* in the flake, or none */
	struct text nix_version; /* as evaluated; none: only its store path tells */
	struct texts nix_commands; /* its commands to expose, sorted */
	struct package nix_package; /* what is known about it; may be empty */
	struct lock_tool *tools; /* sorted by name */
	size_t tool_count;       /* how many */
	struct lock_path *paths; /* sorted by base name, closed under references */
	size_t path_count;       /* how many */
};

/* A closure.lock. Everything lives in one arena. */
struct lock {
	bool has_flake;              /* does it belong to a flake.lock? */
	struct flakelock flake;      /* then: that one's digest and inputs */
	struct lock_cache *caches;   /* in priority order */
	size_t cache_count;          /* how many */
	struct lock_system *systems; /* sorted by name */
	size_t system_count;         /* how many */
};

/* Reads a lock; `what` names it in messages and must outlive the call. FAULT_INPUT names place and rule. */
MUST_CHECK int lock_parse(struct text bytes, const char *what, struct arena *a, struct lock *out, struct fault *f);

/* Appends the lock's bytes. */
void lock_write(const struct lock *lock, struct buffer *to);

/* The word that a lock says for an origin. */
const char *lock_origin_name(enum lock_origin origin);

/* The system of that name, or NULL. */
struct lock_system *lock_system_find(const struct lock *lock, struct text name);

/* The path of that base name in `system`, or NULL. */
struct lock_path *lock_path_find(const struct lock_system *system, struct text path);

#endif
