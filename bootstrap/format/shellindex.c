#include "format/shellindex.h"

#include "base/bounds.h"
#include "format/shellsets.h"

static void link_all(struct shell_index *x)
{
	struct shell *s = x->shell;
	x->next = arena_alloc(x->arena, s->command_count, sizeof *x->next);
	x->blocks = arena_alloc(x->arena, s->command_count, sizeof *x->blocks);
	x->first = arena_alloc(x->arena, s->block_count, sizeof *x->first);
	x->next_block = arena_alloc(x->arena, s->block_count, sizeof *x->next_block);
	for (size_t i = 0; i < s->block_count; i++)
		x->first[i] = x->next_block[i] = SHELL_NONE;
	for (size_t i = s->command_count; i-- > 0;) {
		size_t block = s->commands[i].block;
		x->next[i] = x->first[block];
		x->first[block] = i;
		x->blocks[i] = SHELL_NONE;
	}
	for (size_t i = s->block_count; i-- > 0;) {
		size_t owner = s->blocks[i].owner;
		if (owner == SHELL_NONE)
			continue;
		x->next_block[i] = x->blocks[owner];
		x->blocks[owner] = i;
	}
}

static void name_parts(struct shell_index *x, const struct shell_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (parts[i].kind == SHELL_VARIABLE)
			LIST_PUSH(&x->names, x->arena, parts[i].text);
		name_parts(x, parts[i].argument, parts[i].argument_count);
	}
}

static void name_words(struct shell_index *x, const struct shell_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		name_parts(x, words[i].parts, words[i].part_count);
}

static void name_setting(void *to, const struct shell_setting *setting)
{
	struct shell_index *x = to;
	LIST_PUSH(&x->names, x->arena, setting->name);
}

static void name_all(struct shell_index *x)
{
	const struct shell *s = x->shell;
	for (size_t i = 0; i < s->command_count; i++) {
		const struct shell_command *c = &s->commands[i];
		name_words(x, c->words, c->word_count);
		name_words(x, c->operands, c->operand_count);
		for (size_t k = 0; k < c->assignment_count; k++)
			name_words(x, &c->assignments[k].value, 1);
		for (size_t k = 0; k < c->redirect_count; k++)
			name_words(x, &c->redirects[k].target, 1);
		shellsets_each(s->script, c, name_setting, x);
	}
	for (size_t i = 0; i < s->block_count; i++)
		name_words(x, s->blocks[i].patterns, s->blocks[i].pattern_count);
}

/* Which command of a function a setting belongs to. */
struct note {
	struct shell_vars *vars; /* to be told */
	size_t command;          /* that sets */
	bool function;           /* does it stand in one? */
};

static void note_setting(void *to, const struct shell_setting *setting)
{
	const struct note *n = to;
	shellvars_note(n->vars, setting->name, n->command, n->function && !setting->local);
}

static void note_all(const struct shell_index *x, struct shell_vars *vars)
{
	const struct shell *s = x->shell;
	bool *inside = arena_alloc(x->arena, s->block_count, sizeof *inside);
	for (size_t i = 0; i < s->block_count; i++)
		inside[i] = s->blocks[i].kind == SHELL_FUNCTION || (i && inside[s->blocks[i].parent]);
	for (size_t i = 0; i < s->command_count; i++) {
		struct note note = { vars, i, inside[s->commands[i].block] };
		shellsets_each(s->script, &s->commands[i], note_setting, &note);
	}
}

int shellindex_make(struct shell_index *x, const struct shell_variables *variables, struct shell_values *v)
{
	link_all(x);
	name_all(x);
	shellvars_make(&v->vars, LIST_TEXTS(x->names), variables, x->arena);
	if (v->vars.names.count > SHELL_VARIABLES_MAX)
		return fault_set(v->fault, FAULT_INPUT, "%s: more than %d variables", v->what, SHELL_VARIABLES_MAX);
	note_all(x, &v->vars);
	return 0;
}
