/* transfer: one HTTP request under way: its tries and redirects, and what each answer means. http schedules them. */
#ifndef SYS_TRANSFER_H
#define SYS_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/text.h"

/* What came of a request that reached a server. */
enum http_answer {
	HTTP_FOUND,   /* 200 or a resumed 206, all bytes received */
	HTTP_MISSING, /* 404 or 410; also 403, which file stores answer for absent keys */
};

/* One request; the caller's memory until `done` was called. */
struct http_request {
	const char *url;  /* http or https, NUL-terminated, the caller's until done */
	bool head;        /* HEAD instead of GET */
	uint64_t max;     /* bytes of the body at the most; one more is FAULT_VERIFY (0 only with head) */
	uint64_t have;    /* bytes that the receiver has from an earlier run: asked for by Range if > 0 */
	/* Takes the next bytes of the body. A code below 0 (reason in f) ends the request with that fault. May be NULL. */
	int (*body)(struct http_request *r, struct text bytes, struct fault *f);
	/* The body begins again at 0: forget what came so far, `have` included. May be NULL: then a request with a `body`
	 * that would have to begin again ends with FAULT_NETWORK. */
	int (*restart)(struct http_request *r, struct fault *f);
	/* The end. code 0: `answer` holds; else the fault, its text in f (valid during the call only). May add further
	 * requests. A code below 0 stops http_run with what f then holds: `return code` passes the fault on. */
	int (*done)(struct http_request *r, int code, enum http_answer answer, struct fault *f);
	void *context;    /* the caller's own */
};

struct transfer; /* a request under way; taken up again for the next one */

/* What all transfers of a client share. */
struct transfer_setup {
	const char *agent;  /* User-Agent; the client's */
	const char *bundle; /* file of the trusted CAs, NULL when there is none; the client's */
	const char *netrc;  /* $NETRC, or NULL for ~/.netrc; the environment's */
};

/* Where a transfer stands after libcurl ended its present hop. */
enum transfer_step {
	TRANSFER_FOUND,   /* done: HTTP_FOUND */
	TRANSFER_MISSING, /* done: HTTP_MISSING */
	TRANSFER_FAILED,  /* done: transfer_fault tells */
	TRANSFER_AGAIN,   /* to be aimed and run once more after the wait */
};

/* A transfer for `setup` (the client's, outlives it). NULL when libcurl has no memory. transfer_drop(NULL) is legal. */
struct transfer *transfer_make(const struct transfer_setup *setup);
void transfer_drop(struct transfer *t);

/* Takes up a request. FAULT_INPUT when its URL is none, or neither http nor https. Credentials in the URL go to its own
 * origin only, and to no message. */
MUST_CHECK int transfer_begin(struct transfer *t, struct http_request *r, struct fault *f);

/* The request taken up last. */
struct http_request *transfer_request(struct transfer *t);

/* Sets the curl handle up for the next hop or try and returns it (libcurl's CURL);
 * NULL when that fails: transfer_fault tells. */
void *transfer_aim(struct transfer *t);

/* Judges how the hop ended: `result` is libcurl's CURLcode. With TRANSFER_AGAIN, *wait_ms is how long to wait before. */
enum transfer_step transfer_judge(struct transfer *t, int result, unsigned *wait_ms);

/* The fault of a transfer that failed; unset before. The next transfer_begin clears it. */
struct fault *transfer_fault(struct transfer *t);

#endif
