/* closure: what is reachable in a lock, and what each tool costs. */
#include "samples.h"

#include "base/buffer.h"
#include "plan/closure.h"

/* Paths are single letters, a to h; sizes are powers of two, so that a sum tells its parts.
 *     ada -> a (out) and b (man)      a -> c, a     c -> d     b -> none
 *     bob -> e (out)                  e -> d        d -> f     f -> d: a circle
 *     nix -> g                        g -> c, h     h, x: x is reached by nobody */
static const struct {
	const char *path, *references;
} PATHS[] = {
	{ "a", "ac" }, { "b", "" },   { "c", "d" }, { "d", "f" }, { "e", "d" },
	{ "f", "d" },  { "g", "ch" }, { "h", "" },  { "x", "" },
};

#define COUNT (sizeof PATHS / sizeof *PATHS)

static uint64_t size_of(size_t path)
{
	return 1ULL << path;
}

static struct texts letters(struct arena *a, const char *word)
{
	LIST(struct text) list = { 0 };
	for (const char *at = word; *at; at++)
		LIST_PUSH(&list, a, ((struct text){ at, 1 }));
	return LIST_TEXTS(list);
}

static struct lock_tool tool(struct arena *a, const char *name, const char *outputs)
{
	struct texts paths = letters(a, outputs);
	struct lock_output *list = arena_alloc(a, paths.count, sizeof *list);
	for (size_t i = 0; i < paths.count; i++)
		list[i] = (struct lock_output){ arena_printf(a, "out%zu", i), paths.at[i] };
	return (struct lock_tool){ .name = text_of(name),
				   .path = paths.at[0],
				   .outputs = list,
				   .output_count = paths.count,
				   .commands = letters(a, "k") };
}

static void make(struct arena *a, struct lock_system *out)
{
	*out = (struct lock_system){ .name = TEXT("x86_64-linux"),
				     .nix = TEXT("g"),
				     .nix_commands = letters(a, "n"),
				     .tool_count = 2,
				     .path_count = COUNT };
	out->tools = arena_alloc(a, 2, sizeof *out->tools);
	out->tools[0] = tool(a, "ada", "ab");
	out->tools[1] = tool(a, "bob", "e");
	out->paths = arena_alloc(a, COUNT, sizeof *out->paths);
	for (size_t i = 0; i < COUNT; i++) {
		out->paths[i].path = text_of(PATHS[i].path);
		out->paths[i].nar_size = size_of(i);
		out->paths[i].references = letters(a, PATHS[i].references);
	}
}

static void reaches(const struct lock_system *system, const char *roots, const char *want)
{
	struct arena a = { 0 };
	BUFFER_AUTO b = { 0 };
	struct closure c;
	uint64_t bytes = 0;
	closure_of(system, letters(&a, roots), &a, &c);
	for (size_t i = 0; i < c.count; i++) {
		buffer_text(&b, system->paths[c.at[i]].path);
		bytes += size_of(c.at[i]);
	}
	assert_string_equal(b.at ? b.at : "", want);
	assert_int_equal(c.nar_bytes, bytes);
	arena_drop(&a);
}

static void references_are_followed(void **state)
{
	struct arena a = { 0 };
	struct lock_system system;
	(void)state;
	make(&a, &system);
	reaches(&system, "", "");
	reaches(&system, "b", "b");
	reaches(&system, "a", "acdf");
	reaches(&system, "f", "df");
	reaches(&system, "g", "cdfgh");
	reaches(&system, "eab", "abcdef");
	reaches(&system, "bb?b", "b");
	arena_drop(&a);
}

static void a_subset_has_the_tools_only(void **state)
{
	struct arena a = { 0 };
	BUFFER_AUTO b = { 0 };
	struct lock_system system, subset;
	(void)state;
	make(&a, &system);
	closure_subset(&system, &a, &subset);
	for (size_t i = 0; i < subset.path_count; i++) {
		buffer_text(&b, subset.paths[i].path);
		assert_ptr_equal(lock_path_find(&subset, subset.paths[i].path), &subset.paths[i]);
		for (size_t k = 0; k < subset.paths[i].references.count; k++)
			assert_non_null(lock_path_find(&subset, subset.paths[i].references.at[k]));
	}
	assert_string_equal(b.at, "abcdef");
	assert_int_equal(subset.paths[4].nar_size, size_of(4));
	assert_null(subset.nix.at);
	assert_int_equal(subset.nix_commands.count, 0);
	assert_true(text_equal(subset.name, system.name));
	assert_int_equal(subset.tool_count, 2);
	assert_ptr_equal(subset.tools, system.tools);
	assert_int_equal(system.path_count, COUNT);
	assert_non_null(system.nix.at);
	arena_drop(&a);
}

static uint64_t sum(const char *paths)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < COUNT; i++)
		bytes += strchr(paths, PATHS[i].path[0]) ? size_of(i) : 0;
	return bytes;
}

static void must_cost(const struct closure_size *size, const char *own, const char *shared)
{
	assert_int_equal(size->own_bytes, sum(own));
	assert_int_equal(size->shared_bytes, sum(shared));
}

static void own_and_shared_are_told_apart(void **state)
{
	struct arena a = { 0 };
	struct lock_system system;
	struct closure_sizes sizes;
	(void)state;
	make(&a, &system);
	closure_measure(&system, &a, &sizes);
	must_cost(&sizes.tools[0], "ab", "cdf");
	must_cost(&sizes.tools[1], "e", "df");
	must_cost(&sizes.nix, "gh", "cdf");
	assert_int_equal(sizes.nar_bytes, sum("abcdefghx"));
	system.nix = (struct text){ 0 };
	closure_measure(&system, &a, &sizes);
	must_cost(&sizes.tools[0], "abc", "df");
	must_cost(&sizes.nix, "", "");
	system.tools[1] = tool(&a, "bob", "a");
	closure_measure(&system, &a, &sizes);
	must_cost(&sizes.tools[0], "b", "acdf");
	must_cost(&sizes.tools[1], "", "acdf");
	arena_drop(&a);
}

static void nothing_costs_nothing(void **state)
{
	struct arena a = { 0 };
	struct lock_system none = { 0 }, subset;
	struct closure_sizes sizes;
	(void)state;
	closure_measure(&none, &a, &sizes);
	must_cost(&sizes.nix, "", "");
	assert_int_equal(sizes.nar_bytes, 0);
	closure_subset(&none, &a, &subset);
	assert_int_equal(subset.path_count, 0);
	reaches(&none, "ab", "");
	arena_drop(&a);
}

/* ---- any graph: what leaves with a tool is what is not reachable without it ---- */

#define ANY_PATHS 60
#define ANY_TOOLS 7

static void make_any(struct arena *a, uint64_t *chance, struct lock_system *out)
{
	*out = (struct lock_system){ .tool_count = ANY_TOOLS, .path_count = ANY_PATHS };
	out->paths = arena_alloc(a, ANY_PATHS, sizeof *out->paths);
	out->tools = arena_alloc(a, ANY_TOOLS, sizeof *out->tools);
	for (size_t i = 0; i < ANY_PATHS; i++)
		out->paths[i].path = arena_printf(a, "%03zu", i);
	for (size_t i = 0; i < ANY_PATHS; i++) {
		LIST(struct text) references = { 0 };
		for (size_t k = 0; k < ANY_PATHS; k++)
			if (random_next(chance) % 50 == 0)
				LIST_PUSH(&references, a, out->paths[k].path);
		out->paths[i].references = LIST_TEXTS(references);
		out->paths[i].nar_size = 1 + random_next(chance) % 1000;
	}
	for (size_t i = 0; i < ANY_TOOLS; i++)
		out->tools[i].path = out->paths[random_next(chance) % ANY_PATHS].path;
	out->nix = out->paths[random_next(chance) % ANY_PATHS].path;
}

/* Bytes reachable from all tools and Nix, but for one of them: ANY_TOOLS is Nix, more is nobody. */
static uint64_t bytes_without(const struct lock_system *system, size_t one, struct arena *a)
{
	struct text roots[ANY_TOOLS + 1];
	struct closure c;
	size_t count = 0;
	for (size_t i = 0; i <= ANY_TOOLS; i++)
		if (i != one)
			roots[count++] = i < ANY_TOOLS ? system->tools[i].path : system->nix;
	closure_of(system, (struct texts){ roots, count }, a, &c);
	return c.nar_bytes;
}

static void any_graph_adds_up(void **state)
{
	uint64_t chance = 0x9e3779b97f4a7c15;
	(void)state;
	for (int round = 0; round < 100; round++) {
		struct arena a = { 0 };
		struct lock_system system;
		struct closure_sizes sizes;
		make_any(&a, &chance, &system);
		closure_measure(&system, &a, &sizes);
		uint64_t all = bytes_without(&system, SIZE_MAX, &a);
		for (size_t i = 0; i <= ANY_TOOLS; i++) {
			struct text root = i < ANY_TOOLS ? system.tools[i].path : system.nix;
			struct closure_size *size = i < ANY_TOOLS ? &sizes.tools[i] : &sizes.nix;
			struct closure c;
			closure_of(&system, (struct texts){ &root, 1 }, &a, &c);
			assert_int_equal(size->own_bytes, all - bytes_without(&system, i, &a));
			assert_int_equal(size->own_bytes + size->shared_bytes, c.nar_bytes);
		}
		arena_drop(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_are_followed),
		cmocka_unit_test(a_subset_has_the_tools_only),
		cmocka_unit_test(own_and_shared_are_told_apart),
		cmocka_unit_test(nothing_costs_nothing),
		cmocka_unit_test(any_graph_adds_up),
	};
	return cmocka_run_group_tests_name("closure", tests, NULL, NULL);
}
