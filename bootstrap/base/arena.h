/* arena: memory that is given back all at once; one arena per command holds its parsed text and lists.
 *
 * Memory exhaustion ends the program with exit status 5: every change this program makes is safe against that. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <string.h>

#include "base/text.h"

struct arena_block; /* one malloc'd block of the chain */

/* An arena. Zero-initialise; drop with arena_drop. Not for use by two threads at once. */
struct arena {
	struct arena_block *last; /* the block being filled, NULL at first */
};

/* Zeroed memory for `count` items of `size` bytes, aligned for any type; lives until arena_drop. Never NULL. */
void *arena_alloc(struct arena *a, size_t count, size_t size);

/* A NUL-terminated copy of `t` in the arena. */
struct text arena_copy(struct arena *a, struct text t);

/* A formatted, NUL-terminated text in the arena. */
struct text arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Gives all memory back; the arena is empty and usable again. */
void arena_drop(struct arena *a);

/* A growing array whose items live in an arena: `LIST(struct text) names = {0}; LIST_PUSH(&names, arena, value);` */
#define LIST(type)                                                                                                     \
	struct {                                                                                                       \
		type *at;     /* the items, in the arena */                                                            \
		size_t count; /* how many */                                                                           \
		size_t room;  /* how many fit before it moves */                                                       \
	}

/* The items of a LIST(struct text) as texts; valid until it next grows. */
#define LIST_TEXTS(list) ((struct texts){ (list).at, (list).count })

/* Appends `value`; items may move, so keep indexes and not pointers while a list grows. */
#define LIST_PUSH(list, arena, value)                                                                                  \
	do {                                                                                                           \
		if ((list)->count == (list)->room)                                                                     \
			(list)->at = arena_grow((arena), (list)->at, &(list)->room, sizeof *(list)->at);               \
		(list)->at[(list)->count++] = (value);                                                                 \
	} while (0)

/* For LIST_PUSH: the items moved into twice the room (at least 8). */
void *arena_grow(struct arena *a, const void *items, size_t *room, size_t size);

#endif
