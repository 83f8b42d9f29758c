/* slow_stream: a source for tests: memory in blocks of a few bytes, each in a place of its own, that may fail on the way. */
#ifndef UNIT_SLOW_STREAM_H
#define UNIT_SLOW_STREAM_H

#include <stdlib.h>
#include <string.h>

#include "sys/stream.h"

struct slow_stream {
	struct stream stream; /* the source */
	struct text rest;     /* what is still to come */
	size_t step;          /* bytes of a block */
	size_t until;         /* bytes after which it fails; SIZE_MAX for never */
	char *block;          /* the last one; freed at the next call, so that a late reader is caught */
};

static int slow_stream_next(struct stream *s, struct text *block, struct fault *f)
{
	struct slow_stream *slow = (struct slow_stream *)s;
	size_t len = slow->rest.len < slow->step ? slow->rest.len : slow->step;

	free(slow->block);
	slow->block = NULL;
	if (len > slow->until)
		len = slow->until;
	if (slow->until == 0)
		return fault_set(f, FAULT_NETWORK, "the line went dead");
	if (!len)
		return 0;
	slow->block = malloc(len);
	memcpy(slow->block, slow->rest.at, len);
	slow->rest = text_skip(slow->rest, len);
	if (slow->until != SIZE_MAX)
		slow->until -= len;
	*block = (struct text){ slow->block, len };
	return 0;
}

static void slow_stream_open(struct slow_stream *slow, struct text bytes, size_t step, size_t until)
{
	*slow = (struct slow_stream){ .stream.next = slow_stream_next, .rest = bytes, .step = step, .until = until };
}

static void slow_stream_close(struct slow_stream *slow)
{
	free(slow->block);
	slow->block = NULL;
}

#endif
