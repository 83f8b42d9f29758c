/* package: what a flake knows about the package that a tool comes from. Nothing that apply does depends on it: it is for who
 * names the tools to others (software bills of materials, change records). In a lock the member "package" of a tool or Nix:
 *     {"pname": "git", "description": ..., "homepage": ..., "licenses": ["GPL-2.0-only"], "mainProgram": "git",
 *      "cpe": "cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*", "purl": "pkg:...", "derivation": <store path>,
 *      "sources": [{"urls": [...], "hash": "sha256-...", "mode": "flat"}], "patches": [...], "knownVulnerabilities": [...]}
 * What is not known is left out, all of it too. Source: nixpkgs, pkgs/stdenv/generic/check-meta.nix and meta.identifiers. */
#ifndef FORMAT_PACKAGE_H
#define FORMAT_PACKAGE_H

#include "format/json.h"

/* Something that a package is built of. */
struct package_source {
	struct texts urls; /* where it is to be had, the first one first; at least one, or a hash */
	struct text hash;  /* as SRI where that is known, else "<algorithm>:..."; or none */
	struct text mode;  /* what the hash is of: "flat", the file, or "recursive", the NAR of the unpacked tree; none: not known */
};

/* A package. Texts are free text without control characters, or none. */
struct package {
	struct text pname;       /* the name without the version */
	struct text description; /* one line */
	struct text homepage;    /* URL */
	struct texts licenses;   /* SPDX identifiers where there are such, else names; sorted */
	struct text main_program;/* the command that is called as the package is meant */
	struct text cpe;         /* "cpe:..." */
	struct text purl;        /* "pkg:..." */
	struct text derivation;  /* base name of the .drv */
	struct package_source *sources; /* sorted by package_source_compare */
	size_t source_count;     /* how many */
	struct texts patches;    /* names, sorted */
	struct texts vulnerabilities; /* that nixpkgs warns of: identifiers or sentences; sorted */
};

/* Is nothing known? */
bool package_is_empty(const struct package *p);

/* Writes the member "package"; nothing when nothing is known. */
void package_pair(struct json_out *o, const struct package *p);

/* Order of sources: by their URLs, one after the other, then by hash and mode; 0 for the same. */
int package_source_compare(const struct package_source *a, const struct package_source *b);

/* Sorts the sources; of equal ones one is left. */
void package_sort_sources(struct package *p);

/* What the texts of a package must be: a CPE, a package URL, the mode of a source, its hash ("<algorithm>-" or "<algorithm>:" and printable
 * characters), the base name of a derivation. */
bool package_cpe_valid(struct text cpe);
bool package_purl_valid(struct text purl);
bool package_mode_valid(struct text mode);
bool package_hash_valid(struct text hash);
bool package_derivation_valid(struct text base);

#endif
