#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"

#define ARENA_BLOCK_BYTES ((size_t)64 << 10) /* of a block that many pieces share */

/* One calloc'd block: the header, then `size` bytes of which `used` are taken. */
struct arena_block {
	struct arena_block *before; /* the next older block */
	size_t used;                /* bytes given out */
	size_t size;                /* bytes behind the header */
	alignas(max_align_t) char bytes[];
};

static struct arena_block *block_make(size_t size)
{
	struct arena_block *block = NULL;
	size_t whole;

	if (!__builtin_add_overflow(size, sizeof *block, &whole))
		block = calloc(1, whole);
	if (!block)
		fault_no_memory();
	block->size = size;
	return block;
}

/* A big piece gets a block of its own, behind the one being filled, which stays in use. */
static void *take_alone(struct arena *a, size_t size)
{
	struct arena_block *block = block_make(size);

	block->used = size;
	if (a->last) {
		block->before = a->last->before;
		a->last->before = block;
	} else {
		a->last = block;
	}
	return block->bytes;
}

static void *take(struct arena *a, size_t size, size_t align)
{
	size_t begin = a->last ? (a->last->used + align - 1) & ~(align - 1) : 0;

	if (size > ARENA_BLOCK_BYTES / 4)
		return take_alone(a, size);
	if (!a->last || begin > a->last->size || size > a->last->size - begin) {
		struct arena_block *block = block_make(ARENA_BLOCK_BYTES);

		block->before = a->last;
		a->last = block;
		begin = 0;
	}
	a->last->used = begin + size;
	return a->last->bytes + begin;
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
	size_t whole;

	if (__builtin_mul_overflow(count, size, &whole))
		fault_no_memory();
	return take(a, whole, alignof(max_align_t));
}

struct text arena_copy(struct arena *a, struct text t)
{
	char *copy = take(a, t.len + 1, 1);

	if (t.len)
		memcpy(copy, t.at, t.len);
	return (struct text){ copy, t.len };
}

struct text arena_printf(struct arena *a, const char *fmt, ...)
{
	struct text copy;
	va_list args;
	char *made;
	int len;

	va_start(args, fmt);
	len = vasprintf(&made, fmt, args);
	va_end(args);
	if (len < 0)
		fault_no_memory();
	copy = arena_copy(a, (struct text){ made, (size_t)len });
	free(made);
	return copy;
}

void arena_drop(struct arena *a)
{
	while (a->last) {
		struct arena_block *block = a->last;

		a->last = block->before;
		free(block);
	}
}

void *arena_grow(struct arena *a, const void *items, size_t *room, size_t size)
{
	size_t wider = *room ? *room * 2 : 8;
	void *moved = arena_alloc(a, wider, size);

	if (*room)
		memcpy(moved, items, *room * size);
	*room = wider;
	return moved;
}
