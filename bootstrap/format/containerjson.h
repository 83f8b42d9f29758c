/* containerjson: the JSON form of a Containerfile's instruction: ["/bin/sh", "-c", "true"].
 *
 * What looks like an array and is no JSON is the shell form. Reads as Go's encoding/json does: lone surrogates
 * become U+FFFD, and a number beyond a double's range makes it no JSON. Source: RFC 8259; BuildKit
 * frontend/dockerfile/parser/line_parsers.go, parseJSON. */
#ifndef FORMAT_CONTAINERJSON_H
#define FORMAT_CONTAINERJSON_H

#include "base/arena.h"

/* What it is. */
enum containerjson {
	CONTAINERJSON_NONE,    /* no JSON array: the shell form */
	CONTAINERJSON_STRINGS, /* an array of strings */
	CONTAINERJSON_OTHER,   /* an array that holds something else, which builders refuse */
	CONTAINERJSON_DEEP,    /* nested deeper than is read */
};

/* Reads what follows an instruction's flags; `out` gets the strings, in the arena or slices of `t`. */
enum containerjson containerjson_read(struct text t, struct arena *a, struct texts *out);

#endif
