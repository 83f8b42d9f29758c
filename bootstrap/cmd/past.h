/* past: the generations of a root with their locks, for the verbs that tell of them or return to them. */
#ifndef CMD_PAST_H
#define CMD_PAST_H

#include "cmd/command.h"
#include "format/json.h"
#include "format/lock.h"
#include "plan/change.h"
#include "store/layout.h"
#include "store/profile.h"
#include "store/receipt.h"

/* The generations of a root. */
struct past {
	struct root root;                  /* opened here */
	struct text system;                /* Nix system of its last apply; none before */
	struct receipt_choice choice;      /* of the user: what of a lock is installed and linked */
	uint64_t current;                  /* the generation in force; 0: none */
	struct profile_generations all;    /* in order */
};

/* Opens --root and lists its generations. Close with past_close. */
MUST_CHECK int past_open(struct past *p, struct call *call, struct fault *f);
void past_close(struct past *p);

/* Its operand as the number of a generation that is there; FAULT_USAGE when it is none. */
MUST_CHECK int past_number(const struct past *p, struct text word, uint64_t *number, struct fault *f);

/* What generation `number` follows: the part of its lock for the root's system, without Nix when only tools are installed; *system NULL
 * when no lock is kept. In the arena. */
MUST_CHECK int past_lock(const struct past *p, uint64_t number, struct arena *a, const struct lock_system **system, struct fault *f);

/* What differs between two of those, either NULL; commands that are not linked come and go unsaid. In the arena. */
void past_changes(const struct past *p, const struct lock_system *from, const struct lock_system *to, struct arena *a,
		  struct changes *out);

/* Puts what differs into an object: the members "tools", "vanished" and "appeared". */
void past_put(struct json_out *o, const struct changes *changes);

/* Prints what differs, a tool a line, then the commands. */
void past_print(const struct changes *changes);

#endif
