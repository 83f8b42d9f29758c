/* storepath: names of store objects, and the one computed from content.
 *
 * Inside the program a store path is its base name "<hash>-<name>"; only at the edges does STORE_PREFIX come on.
 * Source: Nix libstore/path.cc (checkName), libstore/store-dir-config (makeFixedOutputPath), nix-env's
 * parseDrvName. */
#ifndef FORMAT_STOREPATH_H
#define FORMAT_STOREPATH_H

#include "base/arena.h"
#include "base/bounds.h"
#include "base/encode.h"

#define STOREPATH_BASE_MAX (STORE_HASH_CHARS + 1 + STORE_NAME_MAX) /* bytes of a base name */

/* Is `base` a valid base name: 32 nix-base32 characters, '-', 1..211 of [0-9A-Za-z+-._?=], and the name neither "."
 * nor ".." nor beginning ".-" or "..-"? */
bool storepath_valid(struct text base);

/* The base name of a full path "/nix/store/<base>"; none when `path` is not exactly that. */
struct text storepath_base(struct text path);

/* Its hash part (32 characters) and its name; `base` must be valid. */
struct text storepath_hash(struct text base);
struct text storepath_name(struct text base);

/* "git-2.51.0" -> "git" and "2.51.0": the name ends at the first '-' not followed by a letter; no such '-' gives
 * an empty version. */
void storepath_split_name(struct text name, struct text *pname, struct text *version);

/* The base name of the content-addressed object with this NAR digest (recursive, SHA-256), these references (sorted base
 * names, without itself) and this name: Nix's makeFixedOutputPath with method NixArchive. In the arena. */
struct text storepath_make_ca(struct text name, const struct digest *nar, struct texts references, struct arena *a);

/* Does the path `base` follow from its own `ca` ("fixed:r:sha256:<nix32>"), NAR digest and references (sorted base names;
 * may contain itself)? Only then do name, content and references vouch for each other without a signature. False for any
 * other kind of ca, and when the hash in `ca` is not the NAR digest: a self-reference usually makes it the hash of the
 * rewritten NAR, from which the real NAR's digest does not follow. */
bool storepath_ca_holds(struct text base, struct text ca, const struct digest *nar, struct texts references);

#endif
