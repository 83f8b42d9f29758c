/* A manifest that is read becomes a system that a closure.lock can have: given the paths it names, it is read again. */
#include <stdlib.h>

#include "format/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The paths that the system names, with made-up facts. */
static void give_paths(struct lock_system *system, struct text cache, struct arena *a)
{
	LIST(struct text) names = { 0 };
	struct texts unique;

	if (system->nix.len)
		LIST_PUSH(&names, a, system->nix);
	for (size_t i = 0; i < system->tool_count; i++) {
		for (size_t k = 0; k < system->tools[i].output_count; k++)
			LIST_PUSH(&names, a, system->tools[i].outputs[k].path);
	}
	unique = (struct texts){ names.at, names.count };
	texts_sort_unique(&unique);
	system->path_count = unique.count;
	system->paths = arena_alloc(a, system->path_count, sizeof *system->paths);
	for (size_t i = 0; i < system->path_count; i++)
		system->paths[i] = (struct lock_path){ .path = unique.at[i],
						       .nar_size = 1,
						       .file_size = 1,
						       .cache = cache,
						       .url = TEXT("nar/x"),
						       .file_origin = LOCK_DOWNLOAD };
}

static void check(struct lock_system *system, struct arena *a)
{
	struct text key = TEXT("k:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=");
	struct lock_cache cache = { TEXT("file:///x"), { &key, 1 } };
	struct lock lock = { .caches = &cache, .cache_count = 1, .systems = system, .system_count = 1 }, back;
	BUFFER_AUTO bytes = { 0 };
	struct fault f = { 0 };

	give_paths(system, cache.url, a);
	lock_write(&lock, &bytes);
	if (lock_parse(buffer_view(&bytes), "written", a, &back, &f))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lock_system system = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };
	int code = manifest_parse((struct text){ (const char *)data, size }, "fuzz", &a, &system, &f);

	if (code != 0 && code != FAULT_INPUT)
		abort();
	if (!code)
		check(&system, &a);
	arena_drop(&a);
	return 0;
}
