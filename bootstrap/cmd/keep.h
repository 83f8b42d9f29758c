/* keep: a file that another program is about to change, kept so that it can be as before: after a fault, and when a signal ends us. */
#ifndef CMD_KEEP_H
#define CMD_KEEP_H

#include "base/buffer.h"
#include "base/fault.h"

/* A file as it was. One at a time is guarded. */
struct keep {
	const char *name;    /* of the host; the caller's */
	struct buffer bytes; /* what was in it */
	bool exists;         /* was it there? */
};

/* Reads the file, which may be missing, and from now on puts it back when SIGINT, SIGTERM or SIGHUP ends the program. FAULT_SYSTEM: it cannot
 * be read; FAULT_INPUT: more than `max` bytes. End with keep_end, also after a fault. */
MUST_CHECK int keep_begin(struct keep *k, const char *name, size_t max, struct fault *f);

/* Puts it back; a file that was missing is removed. FAULT_SYSTEM: it could not be. */
MUST_CHECK int keep_restore(const struct keep *k, struct fault *f);

/* Signals that would put it back wait from now on, while what belongs to it is written; keep_go lets them come. */
void keep_pause(void);
void keep_go(void);

/* From now on it may be as it is. */
void keep_end(struct keep *k);

#endif
