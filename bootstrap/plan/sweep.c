#include "plan/sweep.h"

#include "plan/closure.h"

/* The objects as a lock has them, so that closure.h can walk them. */
static struct lock_system as_system(const struct sweep_object *objects, size_t count, struct arena *a)
{
	struct lock_system s = { .paths = arena_alloc(a, count, sizeof *s.paths), .path_count = count };
	for (size_t i = 0; i < count; i++)
		s.paths[i].path = objects[i].path;
	for (size_t i = 0; i < count; i++) {
		struct texts all = objects[i].references, *known = &s.paths[i].references;
		known->at = arena_alloc(a, all.count, sizeof *known->at);
		for (size_t k = 0; k < all.count; k++)
			if (lock_path_find(&s, all.at[k]))
				known->at[known->count++] = all.at[k];
	}
	return s;
}

/* Marks what the chosen objects reach, themselves included. */
static void mark(const struct lock_system *s, const bool *chosen, bool *reached, struct arena *a)
{
	struct texts roots = { arena_alloc(a, s->path_count, sizeof *roots.at), 0 };
	struct closure closure;
	for (size_t i = 0; i < s->path_count; i++)
		if (chosen[i])
			roots.at[roots.count++] = s->paths[i].path;
	closure_of(s, roots, a, &closure);
	for (size_t i = 0; i < closure.count; i++)
		reached[closure.at[i]] = true;
}

void sweep_judge(const struct sweep_object *objects, size_t count, struct arena *a, struct sweep *out)
{
	struct lock_system s = as_system(objects, count, a);
	bool *chosen = arena_alloc(a, count, 1), *ours = arena_alloc(a, count, 1), *live = arena_alloc(a, count, 1);
	*out = (struct sweep){ 0 };
	for (size_t i = 0; i < count; i++)
		chosen[i] = objects[i].environment;
	mark(&s, chosen, ours, a);
	for (size_t i = 0; i < count; i++) {
		ours[i] = ours[i] || objects[i].ours;
		chosen[i] = objects[i].held || !ours[i];
	}
	mark(&s, chosen, live, a);
	for (size_t i = 0; i < count; i++) {
		if (!ours[i]) {
			LIST_PUSH(&out->others, a, i);
		} else if (live[i]) {
			LIST_PUSH(&out->kept, a, i);
			out->kept_bytes += objects[i].nar_size;
		} else {
			LIST_PUSH(&out->gone, a, i);
			out->gone_bytes += objects[i].nar_size;
		}
	}
}
