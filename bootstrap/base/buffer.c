#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

#define BUFFER_FIRST_BYTES ((size_t)256) /* of the first allocation */

/* Room for `more` bytes and a NUL behind what there is. */
static void make_room(struct buffer *b, size_t more)
{
	size_t need, room = b->room ? b->room : BUFFER_FIRST_BYTES;
	char *moved;

	if (__builtin_add_overflow(b->len, more, &need) || need > SIZE_MAX / 4)
		fault_no_memory();
	if (need < b->room)
		return;
	while (room <= need)
		room *= 2;
	moved = realloc(b->at, room);
	if (!moved)
		fault_no_memory();
	b->at = moved;
	b->room = room;
}

void buffer_add(struct buffer *b, const void *bytes, size_t len)
{
	make_room(b, len);
	if (len)
		memcpy(b->at + b->len, bytes, len);
	b->len += len;
	b->at[b->len] = '\0';
}

void buffer_text(struct buffer *b, struct text t)
{
	buffer_add(b, t.at, t.len);
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
	va_list args;
	char *made;
	int len;

	va_start(args, fmt);
	len = vasprintf(&made, fmt, args);
	va_end(args);
	if (len < 0)
		fault_no_memory();
	buffer_add(b, made, (size_t)len);
	free(made);
}

struct text buffer_view(const struct buffer *b)
{
	return (struct text){ b->at, b->len };
}

void buffer_reset(struct buffer *b)
{
	b->len = 0;
	if (b->at)
		b->at[0] = '\0';
}

void buffer_drop(struct buffer *b)
{
	free(b->at);
	*b = (struct buffer){ 0 };
}
