#include "format/shellvars.h"

#define NONE SIZE_MAX

void shellvars_make(struct shell_vars *v, struct texts names, const struct shell_variables *variables, struct arena *a)
{
	texts_sort_unique(&names);
	*v = (struct shell_vars){ .names = names, .variables = variables, .arena = a, .function = NONE };
	v->at = arena_alloc(a, names.count, sizeof *v->at);
	for (size_t i = 0; i < names.count; i++)
		v->at[i].where = NONE;
}

void shellvars_note(struct shell_vars *v, struct text name, size_t command, bool shared)
{
	ptrdiff_t i = texts_find(v->names, name);
	if (i < 0)
		return;
	v->at[i].last = command;
	v->at[i].set = true;
	v->at[i].shared |= shared;
}

/* Does the value that was set hold at this point? Not what functions set, and what may change before one is called. */
static bool holds(const struct shell_vars *v, const struct shell_var *var)
{
	if (var->where == v->function)
		return v->function != NONE || !var->shared;
	return !var->shared && (!var->set || var->last < v->function);
}

struct shell_value shellvars_get(struct shell_vars *v, struct text name)
{
	ptrdiff_t i = texts_find(v->names, name);
	struct shell_var *var = i < 0 ? NULL : &v->at[i];
	struct text value;
	if (!var)
		return (struct shell_value){ 0 };
	if (!var->asked) {
		var->asked = true;
		if (v->variables && v->variables->get && v->variables->get(v->variables->of, name, &value))
			var->value = (struct shell_value){ SHELL_KNOWN, value };
	}
	return holds(v, var) ? var->value : (struct shell_value){ 0 };
}

static void set(struct shell_vars *v, size_t i, struct shell_value value)
{
	struct shell_undo undo = { i, v->at[i] };
	LIST_PUSH(&v->undo, v->arena, undo);
	v->at[i].value = value;
	v->at[i].asked = true;
	v->at[i].where = v->function;
}

void shellvars_set(struct shell_vars *v, struct text name, struct shell_value value)
{
	ptrdiff_t i = texts_find(v->names, name);
	if (i >= 0)
		set(v, (size_t)i, value);
}

size_t shellvars_mark(const struct shell_vars *v)
{
	return v->undo.count;
}

void shellvars_rewind(struct shell_vars *v, size_t mark)
{
	while (v->undo.count > mark) {
		const struct shell_undo *undo = &v->undo.at[--v->undo.count];
		v->at[undo->index] = undo->before;
	}
}

void shellvars_collect(struct shell_vars *v, size_t mark, struct shell_changes *out)
{
	v->stamp++;
	for (size_t i = mark; i < v->undo.count; i++) {
		struct shell_var *var = &v->at[v->undo.at[i].index];
		struct shell_change change = { v->undo.at[i].index, var->value };
		if (var->stamp == v->stamp)
			continue;
		var->stamp = v->stamp;
		LIST_PUSH(&out->list, v->arena, change);
	}
	shellvars_rewind(v, mark);
}

void shellvars_apply(struct shell_vars *v, const struct shell_changes *changes, bool certain)
{
	v->stamp++;
	for (size_t i = 0; i < changes->list.count; i++) {
		const struct shell_change *change = &changes->list.at[i];
		if (v->at[change->index].stamp == v->stamp)
			continue;
		v->at[change->index].stamp = v->stamp;
		set(v, change->index, certain ? change->value : (struct shell_value){ 0 });
	}
}
