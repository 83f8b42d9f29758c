/* say: what a person reads while a verb runs: notes, warnings, errors and progress, all on stderr; and words that reports on stdout share.
 *
 * Colour only on a terminal and not with NO_COLOR; progress on a terminal is one line that is drawn again and again, elsewhere a
 * line every few seconds. */
#ifndef CMD_SAY_H
#define CMD_SAY_H

#include "base/fault.h"
#include "cmd/command.h"
#include "format/json.h"
#include "store/account.h"
#include "store/layout.h"

/* A line to stderr, unless the call is quiet; printf-like, without newline. */
void say_note(const struct call *call, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Says for whom the call waits, unless it is quiet: for whoever takes locks. */
struct waiter say_waiter(const struct call *call);

/* The note that the store was that user's, and what to do about it; none without a name. */
void say_former(const struct call *call, const struct account *former);

/* The error line "nixgraft <verb>: <text>"; `verb` may be NULL. */
void say_fault(const char *verb, const struct fault *f);

/* A line of a report on stdout, "  <title>: <word> <word>"; none when there are no words. */
void say_words(const char *title, struct texts words);

/* Likewise of files and links. Manual pages and completions are too many to name: they are counted, "... and 198 manual pages and
 * completions". */
void say_files(const char *title, struct texts paths);

/* "manual page or completion", and of another number than one "manual pages and completions". */
const char *say_pages(size_t count);

/* Begins the one JSON document that a verb prints with --json, an object, in `bytes`; ends it and prints it on stdout. The caller drops
 * `bytes`. */
void say_json_begin(struct json_out *o, struct buffer *bytes);
void say_json_end(struct json_out *o);

/* Bytes for people: "999 B", "12.3 MB" (powers of 1000), in `out`. */
#define SAY_SIZE 24
const char *say_bytes(uint64_t bytes, char out[SAY_SIZE]);

/* How far a transfer was at some time. */
struct say_sample {
	uint64_t ms;    /* the time, by say_progress.clock */
	uint64_t bytes; /* that had come in */
};

#define SAY_SAMPLES 8 /* half a second apart: the rate is that of the last four seconds */

/* The progress of one transfer:
 *     "  34.5 of 69.8 MB (49 %),  12.1 MB/s, 37 of 72 paths left, about 3 s" on a terminal, cut to its width
 *     "nixgraft: 34.5 of 69.8 MB fetched, 37 of 72 paths left" elsewhere, if it takes longer than a few seconds */
struct say_progress {
	bool quiet;              /* is nothing to be told? */
	bool live;               /* is it a terminal? */
	bool drawn;              /* does a line stand there now? */
	uint64_t bytes_all;      /* to come in all */
	size_t paths_all;        /* to come in all */
	uint64_t (*clock)(void); /* monotonic, in milliseconds; a test may put another in its place after the beginning */
	uint64_t told_ms;        /* when it was told last; at first, when the first bytes came */
	struct say_sample samples[SAY_SAMPLES]; /* the last ones, as a ring */
	size_t sampled;          /* how many there ever were */
};

/* Begins, updates (the signature of install_options.progress; what is too early to be told is not) and clears the line. */
void say_progress_begin(struct say_progress *p, const struct call *call, uint64_t bytes_all, size_t paths_all);
void say_progress(void *progress, uint64_t bytes, size_t paths);
void say_progress_end(struct say_progress *p);

#endif
