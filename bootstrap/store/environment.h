/* environment: the store object that holds what a generation exposes: a folder of symlinks, made by nixgraft itself.
 *
 *     bin/<command>                                    -> /nix/store/<tool>/bin/<command>
 *     share/man/man<N>/<page>                          -> of every output of an exposed tool
 *     share/bash-completion/completions/<file>            likewise
 *     share/zsh/site-functions/<file>                     likewise
 *     share/fish/vendor_completions.d/<file>              likewise
 *     share/nixgraft/roots                             every root of the lock, a line each: so they are its references
 *
 * It is content-addressed ("fixed:r:sha256:..."), so it is valid without a signature and the same lock gives the same path
 * everywhere. Where two tools have a page or completion of one name, the first tool's by name wins. */
#ifndef STORE_ENVIRONMENT_H
#define STORE_ENVIRONMENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"
#include "format/lock.h"

#define ENVIRONMENT_NAME "nixgraft-environment"

/* An environment as it will stand in the store. */
struct environment {
	struct lock_path path; /* base name, digest, size, references, ca; the rest is none */
	struct buffer nar;     /* its NAR; dropped by the caller */
	struct texts shared;   /* the files in it that are pages or completions: "share/man/man1/jq.1.gz"; sorted */
};

/* Makes the environment of `system`, whose objects stand in the store beneath `root`. FAULT_INPUT when a command that the lock
 * exposes is not there. Texts in the arena. */
MUST_CHECK int environment_make(int root, const struct lock_system *system, struct arena *a, struct environment *out,
				struct fault *f);

/* Is the path `wanted` (base name) among the roots of the environment `base`, which stands beneath `root`? So it is told whether a
 * generation was made with Nix. False also when it cannot be read. */
bool environment_has_root(int root, struct text base, struct text wanted);

#endif
