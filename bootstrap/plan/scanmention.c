#include "plan/scanmention.h"

#include <stdlib.h>

#include "plan/scantext.h"

#define BETWEEN " \t\n\"'[](){},;:=&|<>" /* what stands between paths in an instruction */

static bool is_debian(struct text path)
{
	return scan_in(" /bin /sbin /usr/bin /usr/sbin ", scan_folder(path));
}

static void note(struct scan *scan, struct arena *a, struct text path, unsigned line)
{
	struct scan_mention m = { scan_base(path), line };
	if (is_debian(path) && m.program.len)
		LIST_PUSH(&scan->mentions, a, m);
}

/* The next absolute path. */
static bool next_path(struct text *rest, struct text *path)
{
	while (rest->len) {
		size_t n = 0;
		while (n < rest->len && !text_has(TEXT(BETWEEN), rest->at[n]))
			n++;
		*path = scan_head(*rest, n);
		*rest = text_skip(*rest, n < rest->len ? n + 1 : n);
		if (path->len > 1 && path->at[0] == '/')
			return true;
	}
	return false;
}

/* What /usr/local/bin has is there afterwards, too; PATH may name what is gone. */
static bool is_harmless(const struct scan_place *place, struct text path)
{
	bool env = place->of->kind == INSTRUCTION_ENV;
	return scan_in(" /usr/local/bin /usr/local/sbin ", scan_folder(path)) || (env && scan_is_bin(path));
}

void scan_mention(const struct scan_place *place)
{
	struct scan_work *work = place->work;
	struct text rest = place->of->rest.text, path;
	while (next_path(&rest, &path)) {
		size_t fetch = is_harmless(place, path) ? FETCH_NONE : scan_flow_at(place, path, false);
		note(work->out, work->arena, path, place->of->line);
		if (fetch != FETCH_NONE)
			scan_flow_keep(place, fetch, arena_printf(work->arena, "line %u calls it by its path", place->of->line));
	}
}

/* ---- all of the file ---- */

static void note_scripts(struct scan_work *work)
{
	for (size_t i = 0; i < work->out->scripts.count; i++) {
		const struct scan_script *s = &work->out->scripts.at[i];
		for (size_t k = 0; k < s->shell.command_count; k++) {
			const struct shell_command *c = &s->shell.commands[k];
			for (size_t w = 0; w < c->word_count; w++)
				note(work->out, work->arena, c->words[w].value, scan_line(work, s->source->at[c->words[w].begin]));
		}
	}
}

static int by_program(const void *a, const void *b)
{
	const struct scan_mention *x = a, *y = b;
	int order = text_compare(x->program, y->program);
	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void sort(struct scan *scan)
{
	size_t kept = 0;
	if (scan->mentions.count)
		qsort(scan->mentions.at, scan->mentions.count, sizeof *scan->mentions.at, by_program);
	for (size_t i = 0; i < scan->mentions.count; i++)
		if (!kept || !text_equal(scan->mentions.at[kept - 1].program, scan->mentions.at[i].program))
			scan->mentions.at[kept++] = scan->mentions.at[i];
	scan->mentions.count = kept;
}

void scan_mention_all(struct scan_work *work)
{
	struct software_list *list = &work->out->software;
	note_scripts(work);
	sort(work->out);
	for (size_t i = 0; i < list->count; i++) {
		unsigned line = list->at[i].way == WAY_APT ? scan_mentioned(work->out, list->at[i].name) : 0;
		if (line && !list->at[i].edit.why_not.len)
			list->at[i].edit.why_not = arena_printf(work->arena, "line %u calls it by its path", line);
	}
}

unsigned scan_mentioned(const struct scan *scan, struct text program)
{
	size_t low = 0, high = scan->mentions.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (text_compare(scan->mentions.at[middle].program, program) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < scan->mentions.count && text_equal(scan->mentions.at[low].program, program) ? scan->mentions.at[low].line : 0;
}
