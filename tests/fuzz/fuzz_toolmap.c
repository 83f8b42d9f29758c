/* Whatever is read as a table is sorted, has words that hold, and finds each of its keys again. */
#include <stdlib.h>

#include "base/bounds.h"
#include "format/toolmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct toolmap *map, size_t i)
{
	const struct toolmap_entry *e = &map->at[i];
	bool exact;
	must(text_graphic(e->key) && e->key.len <= TOOLMAP_KEY_MAX);
	must(e->verdict != VERDICT_MOVE || e->attribute.len > 0);
	must((e->verdict != VERDICT_KEEP && e->verdict != VERDICT_MISSING) || !e->attribute.len);
	for (size_t k = 0; k < e->commands.count; k++)
		must(text_graphic(e->commands.at[k]) && !text_has(e->commands.at[k], '/'));
	must(i == 0 || text_compare(map->at[i - 1].key, e->key) < 0);
	must(toolmap_matches(e->key, e->key));
	const struct toolmap_entry *found = toolmap_find(map, e->key, &exact);
	must(found && exact == !text_has(e->key, '*') && (!exact || found == e));
	must(toolmap_verdict_name(e->verdict) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct toolmap map;
	int code = toolmap_parse(bytes, "input", &a, &map, &f);
	must(code == f.code && (code == 0 || code == FAULT_INPUT));
	for (size_t i = 0; i < map.count; i++)
		check(&map, i);
	arena_drop(&a);
	return 0;
}
