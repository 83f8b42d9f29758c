#include "plan/closure.h"

#include <assert.h>

/* The references as indexes, and who was where. */
struct walk {
	const struct lock_system *system;
	size_t *first;  /* of each path: its first reference in `to`; one more at the end */
	size_t *to;     /* indexes of paths */
	size_t *seen;   /* of each path: the last tour that came by */
	size_t *queue;  /* of the tour: paths reached */
	size_t reached; /* how many */
	size_t tour;    /* number of the tour, from 1 */
};

static void walk_make(struct walk *w, const struct lock_system *system, struct arena *a)
{
	size_t edges = 0;
	*w = (struct walk){ .system = system };
	for (size_t i = 0; i < system->path_count; i++)
		edges += system->paths[i].references.count;
	w->first = arena_alloc(a, system->path_count + 1, sizeof *w->first);
	w->to = arena_alloc(a, edges, sizeof *w->to);
	w->seen = arena_alloc(a, system->path_count, sizeof *w->seen);
	w->queue = arena_alloc(a, system->path_count, sizeof *w->queue);
	edges = 0;
	for (size_t i = 0; i < system->path_count; i++) {
		struct texts references = system->paths[i].references;
		for (size_t k = 0; k < references.count; k++) {
			const struct lock_path *path = lock_path_find(system, references.at[k]);
			assert(path);
			w->to[edges++] = (size_t)(path - system->paths);
		}
		w->first[i + 1] = edges;
	}
}

static void visit(struct walk *w, size_t path)
{
	if (w->seen[path] == w->tour)
		return;
	w->seen[path] = w->tour;
	w->queue[w->reached++] = path;
}

static void visit_root(struct walk *w, struct text root)
{
	const struct lock_path *path = lock_path_find(w->system, root);
	if (path)
		visit(w, (size_t)(path - w->system->paths));
}

static void visit_tool(struct walk *w, const struct lock_tool *tool)
{
	visit_root(w, tool->path);
	for (size_t i = 0; i < tool->output_count; i++)
		visit_root(w, tool->outputs[i].path);
}

static void begin(struct walk *w)
{
	w->tour++;
	w->reached = 0;
}

static void follow(struct walk *w)
{
	for (size_t i = 0; i < w->reached; i++)
		for (size_t k = w->first[w->queue[i]]; k < w->first[w->queue[i] + 1]; k++)
			visit(w, w->to[k]);
}

static void list_reached(const struct walk *w, struct arena *a, struct closure *out)
{
	*out = (struct closure){ .at = arena_alloc(a, w->reached, sizeof *out->at) };
	for (size_t i = 0; i < w->system->path_count; i++) {
		if (w->seen[i] != w->tour)
			continue;
		out->at[out->count++] = i;
		out->nar_bytes += w->system->paths[i].nar_size;
	}
}

void closure_of(const struct lock_system *system, struct texts roots, struct arena *a, struct closure *out)
{
	struct walk w;
	walk_make(&w, system, a);
	begin(&w);
	for (size_t i = 0; i < roots.count; i++)
		visit_root(&w, roots.at[i]);
	follow(&w);
	list_reached(&w, a, out);
}

void closure_subset(const struct lock_system *system, struct arena *a, struct lock_system *out)
{
	struct closure kept;
	struct walk w;
	walk_make(&w, system, a);
	begin(&w);
	for (size_t i = 0; i < system->tool_count; i++)
		visit_tool(&w, &system->tools[i]);
	follow(&w);
	list_reached(&w, a, &kept);
	*out = *system;
	out->nix = out->nix_attribute = out->nix_version = (struct text){ 0 };
	out->nix_package = (struct package){ 0 };
	out->nix_commands = (struct texts){ 0 };
	out->paths = arena_alloc(a, kept.count, sizeof *out->paths);
	out->path_count = kept.count;
	for (size_t i = 0; i < kept.count; i++)
		out->paths[i] = system->paths[kept.at[i]];
}

/* ---- sizes ---- */

#define SEVERAL SIZE_MAX /* reached by more than one */

/* Adds a tour to the bill: all that it reached is shared, until it shows that nobody else comes by. */
static void bill(const struct walk *w, size_t *only, struct closure_size *size)
{
	for (size_t i = 0; i < w->reached; i++) {
		size_t path = w->queue[i];
		only[path] = only[path] ? SEVERAL : w->tour;
		size->shared_bytes += w->system->paths[path].nar_size;
	}
}

void closure_measure(const struct lock_system *system, struct arena *a, struct closure_sizes *out)
{
	struct walk w;
	walk_make(&w, system, a);
	size_t *only = arena_alloc(a, system->path_count, sizeof *only);
	*out = (struct closure_sizes){ .tools = arena_alloc(a, system->tool_count, sizeof *out->tools) };
	for (size_t i = 0; i < system->tool_count; i++) {
		begin(&w);
		visit_tool(&w, &system->tools[i]);
		follow(&w);
		bill(&w, only, &out->tools[i]);
	}
	begin(&w);
	visit_root(&w, system->nix);
	follow(&w);
	bill(&w, only, &out->nix);
	for (size_t i = 0; i < system->path_count; i++) {
		uint64_t bytes = system->paths[i].nar_size;
		out->nar_bytes += bytes;
		if (only[i] == 0 || only[i] == SEVERAL)
			continue;
		struct closure_size *size = only[i] <= system->tool_count ? &out->tools[only[i] - 1] : &out->nix;
		size->own_bytes += bytes;
		size->shared_bytes -= bytes;
	}
}
