/* retry: what an HTTP failure means, and how long to wait before the next try.
 *
 * Source: Nix libstore/filetransfer.cc, TransferItem::finish. */
#ifndef SYS_RETRY_H
#define SYS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* What a status other than 200 and 206 means for the request. */
enum retry_class {
	RETRY_MISSING,   /* there is no such file: 404, 410; 403, as file stores say it */
	RETRY_MOVED,     /* it is elsewhere: 301, 302, 303, 307, 308 */
	RETRY_LOCKED,    /* the server wants credentials: 401 */
	RETRY_PROXY,     /* the proxy wants credentials: 407 */
	RETRY_TRANSIENT, /* another try may do: 408, 5xx but the final ones */
	RETRY_BUSY,      /* likewise, after a longer wait: 429, 503 */
	RETRY_FINAL,     /* anything else, and 501, 505, 511 */
};

/* The class of an HTTP status. */
enum retry_class retry_class_of(long status);

/* Would another try end as this libcurl result (a CURLcode) did? True for what is wrong with us, the URL or the TLS
 * certificate; connections that fail or break off are worth another try. */
bool retry_is_final(int result);

/* Milliseconds to wait after a failure, with up to a quarter more at random, HTTP_WAIT_MAX_MS at the most.
 *   failed   tries that have failed, from 1
 *   asked_s  Retry-After in seconds, which replaces our own wait; 0 for none */
unsigned retry_wait_ms(enum retry_class class, unsigned failed, int64_t asked_s);

#endif
