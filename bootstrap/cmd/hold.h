/* hold: a folder held while its locks are made, so that two runs at once do not mix flake.lock of one with closure.lock of the other. */
#ifndef CMD_HOLD_H
#define CMD_HOLD_H

#include "cmd/command.h"

/* A folder held, or not. */
struct hold {
	bool held; /* is there anything to drop? */
	int fd;    /* then: the folder, with a flock on it */
};

/* Holds `folder`: for itself, or `shared` with others who only read. Waits for who holds it, and says so. A folder that is not there yet, or
 * whose file system has no such locks, is not held. Nothing is written. */
void hold_take(struct hold *h, const char *folder, bool shared, const struct call *call);

/* The folder that the file `name` is in, in the arena. */
const char *hold_folder_of(const char *name, struct arena *a);

/* Is it that folder which is held? */
bool hold_is(const struct hold *h, const char *folder);

void hold_drop(struct hold *h);

#endif
