/* weburl: an http or https URL, its credentials apart from it. */
#ifndef SYS_WEBURL_H
#define SYS_WEBURL_H

#include <stdbool.h>

/* A URL. Zero-initialise; drop with weburl_drop. Members are malloc'd, NULL while unread. */
struct weburl {
	char *text;     /* the URL without credentials: fit for messages */
	char *origin;   /* "<scheme>://<host>:<port>" */
	char *user;     /* decoded, NULL when the URL has none */
	char *password; /* likewise */
	bool secure;    /* https? */
};

/* Reads `text` (NUL-terminated) into `u`, whatever it held. NULL, or the words for what is wrong: longer than URL_MAX,
 * not a URL (RFC 3986), or neither http nor https. */
const char *weburl_read(struct weburl *u, const char *text);

/* Reads where a server sends those who ask for `from`: `text` is its Location, NULL when it did not say, and may be
 * relative. NULL, or the words for what is
 * wrong; besides those of weburl_read that is a way from https to http, and credentials in the URL. */
const char *weburl_follow(struct weburl *u, const struct weburl *from, const char *text);

/* Same scheme, host and port: may credentials for the one go to the other? */
bool weburl_same_origin(const struct weburl *a, const struct weburl *b);

/* Frees the members; u is empty again. */
void weburl_drop(struct weburl *u);

#endif
