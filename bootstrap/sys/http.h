/* http: many GET and HEAD requests at once, by libcurl's multi interface.
 *
 * HTTP/2 where the server offers it, keep-alive otherwise. TLS verified against NIX_SSL_CERT_FILE, SSL_CERT_FILE,
 * CURL_CA_BUNDLE, else the first CA bundle of the usual places. Proxies by the usual environment variables, netrc
 * by ~/.netrc or $NETRC. Only http and https. Redirects are followed by hand: at most HTTP_REDIRECTS_MAX, never from
 * https to http, credentials never to another origin. Transient failures (connection errors, resets, stalls, 408, 429,
 * 5xx but 501, 505 and 511) are tried HTTP_TRIES times with growing waits; Retry-After is honoured up to
 * HTTP_WAIT_MAX_MS. A GET that broke off goes on by Range when the server said Accept-Ranges: bytes (the answer's
 * Content-Range is checked), else from the beginning: the receiver is told by `restart`.
 * Source: Nix libstore/filetransfer.cc for the classes of status. */
#ifndef SYS_HTTP_H
#define SYS_HTTP_H

#include "sys/transfer.h" /* struct http_request, enum http_answer */

struct http; /* the client: connections and transfers; one thread */

/* A client. `user_agent` NUL-terminated. FAULT_SYSTEM when libcurl cannot start. http_close(NULL) is legal. */
MUST_CHECK int http_open(struct http **h, const char *user_agent, struct fault *f);
void http_close(struct http *h);

/* Queues a request; it starts in http_run, in order of queueing, at most HTTP_IN_FLIGHT at once over at most
 * HTTP_CONNECTIONS connections to a host. */
void http_add(struct http *h, struct http_request *r);

/* From now on http_run calls `tick(context)` in each of its rounds, at least once every TICK_MS, also while nothing comes in. NULL: no
 * longer. */
void http_while_waiting(struct http *h, void (*tick)(void *context), void *context);

/* Runs until every request is done, or one `done` returns a fault: then the rest is dropped without a call. May be called
 * again, with further requests; connections stay open in between. */
MUST_CHECK int http_run(struct http *h, struct fault *f);

/* The CA bundle in use, or NULL when none was found; for messages and --version. */
const char *http_ca_bundle(void);

#endif
