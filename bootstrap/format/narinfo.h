/* narinfo: what a binary cache says of one store path.
 *
 *     StorePath: /nix/store/<hash>-<name>        required, of the asked path (mix-up attack)
 *     URL: nar/<...>.nar.xz                      required, relative, see narinfo_url_safe
 *     Compression: xz                            missing or empty means bzip2
 *     FileHash: sha256:<nix32>  FileSize: 1196   may be missing; not signed
 *     NarHash: sha256:<nix32>   NarSize: 2400    required, signed
 *     References: <base> <base> ...              signed; base names; missing or empty: none
 *     Deriver: <base>.drv | unknown-deriver      not signed
 *     Sig: <key name>:<base64>                   repeated
 *     CA: fixed:r:sha256:<nix32>                 not signed; proves itself
 *
 * Stricter than Nix: duplicate fields, CR, NUL, unknown hash algorithms, sizes with a sign or leading zero, unsafe URLs
 * and lines without "<field>: " are refused; unknown fields are ignored, and a missing last newline is forgiven.
 * Source: Nix libstore/nar-info.cc. */
#ifndef FORMAT_NARINFO_H
#define FORMAT_NARINFO_H

#include "base/arena.h"
#include "base/codec.h"
#include "base/encode.h"
#include "base/fault.h"

/* A narinfo; texts live in the arena it was read into. */
struct narinfo {
	struct text path;          /* base name */
	struct text url;           /* as given, safe, relative to the cache */
	enum codec codec;          /* of the file */
	bool has_file;             /* were FileHash and a FileSize > 0 given? one alone counts as none */
	struct digest file_digest; /* of the compressed file */
	uint64_t file_size;        /* bytes of the compressed file */
	struct digest nar_digest;  /* of the NAR */
	uint64_t nar_size;         /* bytes, 1..NAR_SIZE_MAX */
	struct texts references;   /* base names, sorted, unique */
	struct texts signatures;   /* "<name>:<base64>" as given, sorted, unique */
	struct text deriver;       /* base name; none when unknown */
	struct text ca;            /* none when absent */
};

/* Reads a narinfo that was asked for the path `asked` (base name; none: any path, for tests of samples). FAULT_INPUT
 * names the field and the rule; FAULT_VERIFY when it is for another path. `bytes` need not outlive the call. */
MUST_CHECK int narinfo_parse(struct text bytes, struct text asked, struct arena *a, struct narinfo *out,
			     struct fault *f);

/* May `url` be fetched below a cache? Refuses empty, absolute, "..", "//", '\', NUL (these percent-encoded, too), a
 * scheme, control bytes, blanks, bytes beyond ASCII, and more than URL_MAX bytes. */
bool narinfo_url_safe(struct text url);

/* The text that signatures sign: "1;<path>;sha256:<nix32>;<size>;<refs>", references full paths, comma-joined, in the
 * arena. References sorted and unique. */
struct text narinfo_fingerprint(struct text path, const struct digest *nar, uint64_t nar_size,
				struct texts references, struct arena *a);

/* Reads nix-cache-info: FAULT_INPUT unless StoreDir is ours (a missing one is taken as ours). */
MUST_CHECK int narinfo_cache_info(struct text bytes, struct fault *f);

#endif
