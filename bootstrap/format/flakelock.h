/* flakelock: what nixgraft needs of a flake.lock: which inputs the root has and what they are locked to.
 *
 * Versions 5 to 7. An input is a node's name, or a path of input names from the root ("follows").
 * Source: Nix libflake/flake/lockfile.cc. */
#ifndef FORMAT_FLAKELOCK_H
#define FORMAT_FLAKELOCK_H

#include "base/arena.h"
#include "base/encode.h"
#include "base/fault.h"
#include "format/json.h"

/* One input of the root. Texts in the arena; none where flake.lock says nothing. */
struct flake_input {
	struct text name;       /* the root's name for it */
	struct text type;       /* "github", "git", "tarball", "path", ... */
	struct text owner;      /* of a forge */
	struct text repo;       /* of a forge */
	struct text url;        /* of git and tarball */
	struct text rev;        /* 40 hex digits; may be none */
	struct text nar_hash;   /* SRI as given */
	uint64_t last_modified; /* seconds since 1970; 0 when not given */
};

/* A flake.lock. */
struct flakelock {
	struct digest digest;       /* SHA-256 of the file's bytes */
	struct flake_input *inputs; /* sorted by name */
	size_t input_count;         /* how many */
};

/* Reads a flake.lock; `what` names it in messages. FAULT_INPUT names place and rule. */
MUST_CHECK int flakelock_parse(struct text bytes, const char *what, struct arena *a, struct flakelock *out,
			       struct fault *f);

/* Reads the members that say what an input is locked to, a node's "locked" or the same in a closure.lock, into
 * `out` except its name; other members are left alone. FAULT_INPUT names place and rule. */
MUST_CHECK int flakelock_read_input(const struct json_at *locked, struct arena *a, struct flake_input *out,
				    struct fault *f);

#endif
