/* say: what a person reads while a verb runs: notes, warnings, errors and progress, all on stderr.
 *
 * Colour only on a terminal and not with NO_COLOR; a progress line only on a terminal. */
#ifndef CMD_SAY_H
#define CMD_SAY_H

#include "base/fault.h"
#include "cmd/command.h"

/* A line to stderr, unless the call is quiet; printf-like, without newline. */
void say_note(const struct call *call, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The error line "nixgraft <verb>: <text>"; `verb` may be NULL. */
void say_fault(const char *verb, const struct fault *f);

/* Bytes for people: "999 B", "12.3 MB" (powers of 1000), in `out`. */
#define SAY_SIZE 24
const char *say_bytes(uint64_t bytes, char out[SAY_SIZE]);

/* A progress line. */
struct say_progress {
	bool shown;         /* is there a terminal to show it on? */
	bool drawn;         /* does a line stand there now? */
	uint64_t bytes_all; /* to come in all */
	size_t paths_all;   /* to come in all */
	uint64_t last_ms;   /* when it was drawn last; monotonic */
};

/* Begins, updates (at most ten times a second; the signature of install_options.progress) and clears the line. */
void say_progress_begin(struct say_progress *p, const struct call *call, uint64_t bytes_all, size_t paths_all);
void say_progress(void *progress, uint64_t bytes, size_t paths);
void say_progress_end(struct say_progress *p);

#endif
