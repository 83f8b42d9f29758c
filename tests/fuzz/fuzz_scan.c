/* Whatever a Containerfile says, what is found in it stands in its order, has a name, and names lines, instructions, commands and
 * words that are there; an edit takes words, commands or a whole instruction, and nothing when it says why not. The same bytes as
 * a devcontainer.json give nothing that could be rewritten. */
#include <stdlib.h>

#include "base/bounds.h"
#include "plan/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static const struct scan_script *script_of(const struct scan *scan, const struct software_edit *e)
{
	for (size_t i = 0; i < scan->scripts.count; i++)
		if (scan->scripts.at[i].instruction == e->instruction && scan->scripts.at[i].index == e->script)
			return &scan->scripts.at[i];
	return NULL;
}

/* All that goes stands in the program's own block. */
static void check_commands(const struct shell *shell, const size_t *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		must(at[i] < shell->command_count && shell->commands[at[i]].block == 0);
}

static void check_edit(const struct scan *scan, const struct software *s)
{
	const struct software_edit *e = &s->edit;
	if (e->why_not.len)
		return;
	must(e->instruction < scan->file->count);
	if (e->whole) {
		must(!e->word_count && !e->command_count && !e->helper_count);
		return;
	}
	const struct scan_script *script = script_of(scan, e);
	must(script && (e->word_count > 0) != (e->command_count + e->helper_count > 0));
	check_commands(&script->shell, e->commands, e->command_count);
	check_commands(&script->shell, e->helpers, e->helper_count);
	if (e->word_count)
		check_commands(&script->shell, &e->command, 1);
	for (size_t i = 0; i < e->word_count; i++)
		must(e->words[i] < script->shell.commands[e->command].word_count);
}

static void check(const struct scan *scan, size_t size)
{
	must(scan->software.count <= SCAN_SOFTWARE_MAX && scan->doubts.count <= SCAN_DOUBTS_MAX);
	for (size_t i = 0; i < scan->software.count; i++) {
		const struct software *s = &scan->software.at[i];
		must(s->name.len > 0 && s->at <= size && s->line > 0);
		must(i == 0 || scan->software.at[i - 1].at <= s->at);
		must(software_way_name(s->way) && software_pin_name(s->pin) && software_check_name(s->check));
		if (scan->file)
			check_edit(scan, s);
		else
			must(s->edit.why_not.len > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	struct arena a = { 0 };
	struct fault f = { 0 }, g = { 0 };
	struct containerfile file;
	struct scan scan;
	if (containerfile_parse(bytes, "input", &a, &file, &f) == 0 && scan_containerfile(&file, TEXT("amd64"), &a, &scan, &f) == 0)
		check(&scan, size);
	must(f.code == 0 || f.code == FAULT_INPUT);
	if (scan_devcontainer(bytes, "input", &a, &scan, &g) == 0)
		check(&scan, size);
	must(g.code == 0 || g.code == FAULT_INPUT);
	arena_drop(&a);
	return 0;
}
