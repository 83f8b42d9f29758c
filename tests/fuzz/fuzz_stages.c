/* Whatever Containerfile is followed: stages lie one behind the other, build on earlier ones alone, and are found
 * by name and number; each instruction belongs to its stage; what is known of a variable is what expanding it
 * gives; directories are absolute. */
#include <stdlib.h>

#include "plan/stages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_stages(const struct containerfile *file, const struct stages *s)
{
	must(s->count > 0 && s->at[s->count - 1].end == file->count);
	for (size_t i = 0; i < s->count; i++) {
		const struct stage *stage = &s->at[i];
		must(file->at[stage->first].kind == INSTRUCTION_FROM && stage->first < stage->end);
		must(i == 0 || s->at[i - 1].end == stage->first);
		must(stage->base == STAGE_NONE || (stage->base < i && s->at[stage->base].name.len));
		must(!stage->name.at || stages_find(s, i + 1, stage->name) == i);
		for (size_t k = stage->first; k < stage->end; k++)
			must(s->states[k].stage == i);
	}
	for (size_t k = 0; k < s->at[0].first; k++)
		must(s->states[k].stage == STAGE_NONE);
}

static void check_state(const struct stage_state *state)
{
	must(!state->workdir.at || text_starts(state->workdir, TEXT("/")));
	size_t count = 0;
	for (const struct stage_variable *v = state->variables; v && count++ < 8; v = v->before) {
		struct text value, again;
		bool known = stage_variable(state, v->name, &value);
		enum expand_state how = stage_expand_state(state, v->name, &again);
		must(known == (how == EXPAND_SET) && how != EXPAND_UNSET);
		must(!known || text_equal(value, again));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct containerfile file;
	struct stages s;
	int code = containerfile_parse(bytes, "input", &a, &file, &f);
	if (code == 0) {
		code = stages_make(&file, TEXT("arm/v7"), &a, &s, &f);
		must(code == f.code && (code == 0 || code == FAULT_INPUT));
	}
	if (code == 0) {
		check_stages(&file, &s);
		for (size_t i = 0; i < file.count; i++)
			check_state(&s.states[i]);
	}
	arena_drop(&a);
	return 0;
}
