/* receipt: what the last apply did, beneath /nix: so that the next run can tell in milliseconds that nothing is to be done, what is
 * nixgraft's own, and what to take back. It holds no time: the same lock gives the same bytes. docs/formats.md shows one. */
#ifndef STORE_RECEIPT_H
#define STORE_RECEIPT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/encode.h"
#include "base/fault.h"

#define RECEIPT_VERSION 1
#define ASIDE ".before-nixgraft" /* behind the name of a file that --force moved away */

/* A file or link that was made outside the store. */
struct receipt_wire {
	struct text path;     /* absolute, as the target sees it */
	struct text target;   /* of a symlink; none for a file */
	struct digest digest; /* of a file's bytes */
};

/* What was chosen for a root; a later apply keeps to it unless it is told otherwise. */
struct receipt_choice {
	bool tools_only;       /* no Nix and no database */
	bool some;             /* only the commands in `commands` are linked into /usr/local/bin, not all of the lock's */
	struct texts commands; /* then: those, sorted; may be empty */
};

/* A receipt. Texts in the arena it was read into, or the writer's. */
struct receipt {
	struct text made_by;        /* version of the nixgraft that wrote it */
	struct digest lock;         /* SHA-256 of closure.lock */
	struct text system;         /* which of its systems */
	struct text user;           /* for whom */
	struct text environment;    /* base name of the generation's store object */
	uint64_t generation;        /* its number */
	struct texts paths;         /* base names that the lock wants, sorted */
	struct receipt_wire *wires; /* in order of making */
	size_t wire_count;          /* how many */
	struct texts kept;          /* somebody else's files that stand where optional wires would */
	struct texts late;          /* what could not be written, for want of rights: to be made up for by whoever may */
	struct texts aside;         /* somebody else's files that were moved to "<path>" ASIDE, sorted */
	struct texts folders;       /* directories that were made, sorted; "/nix" among them when it was not there */
	struct receipt_choice choice; /* what is installed and linked */
	bool rolled_back;           /* the generation that was returned to has a Nix and none was chosen, or the other way round */
	bool unfinished;            /* written before the first visible step, and not yet after the last */
};

/* Reads a receipt's bytes, which need not outlive the call. FAULT_INPUT names the place and the rule. */
MUST_CHECK int receipt_parse(struct text bytes, struct arena *a, struct receipt *out, struct fault *f);

/* Reads the receipt beneath `root`; *found false when there is none. FAULT_INPUT when it is malformed. */
MUST_CHECK int receipt_read(int root, struct arena *a, struct receipt *out, bool *found, struct fault *f);

/* Appends its bytes; made_by is this nixgraft. */
void receipt_spell(const struct receipt *receipt, struct buffer *to);

/* Writes it beneath `root`. */
MUST_CHECK int receipt_write(int root, const struct receipt *receipt, struct fault *f);

/* Removes it; none is fine. */
MUST_CHECK int receipt_drop(int root, struct fault *f);

/* What the receipt says of a wire, or NULL. */
const struct receipt_wire *receipt_find(const struct receipt *receipt, struct text path);

#endif
