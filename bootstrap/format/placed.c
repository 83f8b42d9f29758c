#include "format/placed.h"

struct placed placed_part(struct placed whole, struct text part, struct arena *a)
{
	size_t first = part.at ? (size_t)(part.at - whole.text.at) : whole.text.len;
	uint32_t *at = arena_alloc(a, part.len + 1, sizeof *at);
	memcpy(at, whole.at + first, (part.len + 1) * sizeof *at);
	if (part.len)
		at[part.len] = at[part.len - 1] + 1;
	return (struct placed){ part, at };
}
