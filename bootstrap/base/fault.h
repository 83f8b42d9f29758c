/* fault: one cause of failure, its class and its one-line message.
 *
 * A fallible function returns 0 or a negative FAULT_*, is MUST_CHECK, and takes `struct fault *` last. The first
 * cause wins: whoever meets an already set fault only wraps it. Minus the code is the exit status. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Classes of failure; minus the value is the exit status of the program, documented in nixgraft(1). */
enum fault_code {
	FAULT_NONE = 0,     /* done */
	FAULT_DIFFERS = -1, /* a negative answer: differs, stale */
	FAULT_USAGE = -2,   /* the command line is off */
	FAULT_NETWORK = -3, /* a cache did not answer, or does not have the file */
	FAULT_VERIFY = -4,  /* a hash, size, signature or store object is not what was pinned */
	FAULT_SYSTEM = -5,  /* the local system refused: disk, rights, a foreign file in the way */
	FAULT_INPUT = -6,   /* an input file is malformed */
};

#define FAULT_TEXT_MAX 2048 /* bytes of a message; a longer one is cut with "..." */

/* A failure. Zero-initialise; no allocation, nothing to drop. */
struct fault {
	int code;                  /* FAULT_NONE until set, then an enum fault_code */
	char text[FAULT_TEXT_MAX]; /* one line: what, where, which rule, what to do; control bytes are shown as '?' */
};

/* Sets the cause unless one is set already. Returns f->code, so that `return fault_set(...)` reads well.
 *   code  a FAULT_* below zero
 *   fmt   printf format of the message, without a newline */
int fault_set(struct fault *f, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As fault_set with FAULT_SYSTEM and ": <strerror(errno)>" appended; errno is read first. Returns f->code. */
int fault_errno(struct fault *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "<fmt>: " before the message of a fault that is set: the caller says where. Returns f->code. */
int fault_wrap(struct fault *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Forgets the cause: the caller has dealt with it. */
void fault_clear(struct fault *f);

/* The exit status of a code: 0..6. */
int fault_status(int code);

/* Memory is exhausted: says so on stderr and ends the program with status 5, without running anything else. */
__attribute__((noreturn)) void fault_no_memory(void);

#endif
