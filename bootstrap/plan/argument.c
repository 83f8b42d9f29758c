#include "plan/argument.h"

#include <string.h>

#include "base/bounds.h"
#include "plan/aptcommand.h"
#include "plan/scantext.h"

/* The ARGs of a file. */
struct arguments {
	struct marks *marks;
	const struct edits *edits;
	bool *unseen; /* of each stage: does it run what may read the environment, or does nothing of it go? */
	size_t steps; /* bytes and edits that may still be looked at */
};

static bool is_name_byte(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* ---- stages ---- */

/* A script that is piped in is somebody else's and knows nothing of this file's arguments. */
static bool reads_environment(const struct shell_command *c)
{
	size_t first = 0;
	struct text program = shell_program(c, &first);
	if (c->join == SHELL_PIPE && scan_in(" sh bash dash ", program))
		return false;
	if (c->word_count && (text_equal(c->words[0].value, TEXT("env")) || text_starts(program, TEXT("python"))))
		return true;
	return apt_role(c, &first) == APT_MAYBE || scan_in(" printenv envsubst node perl ruby export declare ", program);
}

static bool script_is_unseen(const struct trim *t)
{
	for (size_t i = 0; i < t->script->shell.command_count; i++)
		if (!t->commands[i] && reads_environment(&t->script->shell.commands[i]))
			return true;
	return false;
}

/* A stage hands its arguments on to those that build on it. */
static void find_unseen(struct arguments *g)
{
	const struct scan *scan = g->marks->scan;
	for (size_t i = 0; i < scan->stages.count; i++)
		g->unseen[i] = !g->marks->stages[i];
	for (size_t i = 0; i < scan->scripts.count; i++)
		if (script_is_unseen(&g->marks->trims[i]))
			g->unseen[scan->stages.states[scan->scripts.at[i].instruction].stage] = true;
	for (size_t i = scan->stages.count; i-- > 0;)
		if (scan->stages.at[i].base != STAGE_NONE && g->unseen[i])
			g->unseen[scan->stages.at[i].base] = true;
}

/* ---- uses ---- */

/* Is only "ARG" and blanks before it on its line? */
static bool is_declaration(struct text bytes, size_t at)
{
	size_t from = at;
	while (from && (bytes.at[from - 1] == ' ' || bytes.at[from - 1] == '\t'))
		from--;
	if (from == at || from < 3 || (bytes.at[from - 3] | 32) != 'a' || (bytes.at[from - 2] | 32) != 'r' || (bytes.at[from - 1] | 32) != 'g')
		return false;
	for (from -= 3; from && (bytes.at[from - 1] == ' ' || bytes.at[from - 1] == '\t');)
		from--;
	return !from || bytes.at[from - 1] == '\n';
}

static bool is_comment(struct text bytes, size_t at)
{
	while (at && bytes.at[at - 1] != '\n')
		at--;
	while (at < bytes.len && (bytes.at[at] == ' ' || bytes.at[at] == '\t'))
		at++;
	return at < bytes.len && bytes.at[at] == '#';
}

static bool spend(struct arguments *g, size_t cost)
{
	if (cost > g->steps)
		return false;
	g->steps -= cost;
	return true;
}

/* Was the variable used, and only in what goes? */
static bool only_gone_uses(struct arguments *g, struct text name)
{
	struct text bytes = g->edits->bytes, rest = bytes;
	size_t uses = 0;
	if (!spend(g, bytes.len))
		return false;
	for (size_t found; (found = scan_find(rest, name)) != SIZE_MAX; rest = text_skip(rest, found + name.len)) {
		size_t at = (size_t)(rest.at - bytes.at) + found, end = at + name.len;
		if ((at && is_name_byte(bytes.at[at - 1])) || (end < bytes.len && is_name_byte(bytes.at[end])))
			continue;
		if (!spend(g, g->edits->list.count))
			return false;
		if (edits_is_cut(g->edits, at))
			uses++;
		else if (!is_declaration(bytes, at) && !is_comment(bytes, at))
			return false;
	}
	return uses;
}

/* ---- the instructions ---- */

static struct text name_of(const struct instruction *in)
{
	struct text rest, name = { 0 };
	if (in->kind != INSTRUCTION_ARG || in->words.count != 1)
		return name;
	rest = in->words.at[0];
	text_cut(&rest, '=', &name);
	return name;
}

static bool must_stay(const struct arguments *g, size_t instruction)
{
	size_t stage = g->marks->scan->stages.states[instruction].stage;
	return stage != STAGE_NONE && g->unseen[stage];
}

/* One from before the first FROM stays with those of the stages. */
static void mark_all(struct arguments *g, struct text name)
{
	const struct containerfile *file = g->marks->scan->file;
	bool stays = false;
	for (size_t i = file->count; i-- > 0;) {
		bool before = g->marks->scan->stages.states[i].stage == STAGE_NONE;
		if (!text_equal(name_of(&file->at[i]), name))
			continue;
		stays = stays || must_stay(g, i);
		if (!must_stay(g, i) && !(before && stays))
			g->marks->instructions[i] = true;
	}
}

void argument_mark(struct marks *m, const struct edits *edits)
{
	const struct containerfile *file = m->scan->file;
	struct arguments g = { m, edits, arena_alloc(m->arena, m->scan->stages.count, sizeof *g.unseen), ARGUMENT_STEPS_MAX };
	find_unseen(&g);
	for (size_t i = 0; i < file->count; i++) {
		struct text name = name_of(&file->at[i]);
		if (name.len && !m->instructions[i] && !must_stay(&g, i) && only_gone_uses(&g, name) && spend(&g, file->count))
			mark_all(&g, name);
	}
}
