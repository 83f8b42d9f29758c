#include "cmd/updating.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bounds.h"
#include "cmd/say.h"
#include "plan/change.h"

/* "a, b, c" */
static struct text join(struct texts names, struct arena *a)
{
	BUFFER_AUTO all = { 0 };
	for (size_t i = 0; i < names.count; i++)
		buffer_printf(&all, "%s" TEXT_F, i ? ", " : "", TEXT_A(names.at[i]));
	return arena_copy(a, buffer_view(&all));
}

/* ---- what is asked for ---- */

static struct texts names_of(const struct lock *lock, struct arena *a)
{
	LIST(struct text) names = { 0 };
	for (size_t i = 0; i < lock->system_count; i++) {
		const struct lock_system *s = &lock->systems[i];
		for (size_t k = 0; k < s->tool_count; k++)
			LIST_PUSH(&names, a, s->tools[k].name);
		if (s->nix.len)
			LIST_PUSH(&names, a, TEXT("nix"));
	}
	struct texts sorted = LIST_TEXTS(names);
	texts_sort_unique(&sorted);
	return sorted;
}

static int check_tools(struct updating *u, struct fault *f)
{
	const struct locking *l = u->locking;
	if (u->named.count && !l->exists)
		return fault_set(f, FAULT_INPUT, "%s: there is no such lock; make it with `nixgraft lock`", l->file);
	struct texts known = names_of(&l->before, &u->call->arena);
	for (size_t i = 0; i < u->named.count; i++)
		if (texts_find(known, u->named.at[i]) < 0)
			return fault_set(f, FAULT_USAGE, "%s has no tool '" TEXT_F "'%s" TEXT_F, l->file, TEXT_A(u->named.at[i]),
					 known.count ? "; it has " : "", TEXT_A(join(known, &u->call->arena)));
	return 0;
}

static struct texts inputs_of(const struct flakelock *lock, struct arena *a)
{
	LIST(struct text) names = { 0 };
	for (size_t i = 0; i < lock->input_count; i++)
		LIST_PUSH(&names, a, lock->inputs[i].name);
	struct texts sorted = LIST_TEXTS(names);
	texts_sort_unique(&sorted);
	return sorted;
}

static int check_inputs(struct updating *u, struct texts given, struct fault *f)
{
	struct texts known = inputs_of(&u->before, &u->call->arena);
	for (size_t i = 0; u->had_flake && i < given.count; i++)
		if (texts_find(known, given.at[i]) < 0)
			return fault_set(f, FAULT_USAGE, "--input: %s has no input '" TEXT_F "'%s" TEXT_F, u->keep.name, TEXT_A(given.at[i]),
					 known.count ? "; it has " : "", TEXT_A(join(known, &u->call->arena)));
	/* What Nix would take for an option. */
	for (size_t i = 0; i < given.count; i++)
		if (!given.at[i].len || given.at[i].at[0] == '-')
			return fault_set(f, FAULT_USAGE, "--input: '" TEXT_F "' is no name of an input", TEXT_A(given.at[i]));
	return 0;
}

/* What can be told without Nix first. */
static int check_flake(struct updating *u, struct fault *f)
{
	struct text name = arena_printf(&u->call->arena, TEXT_F "/flake.nix", TEXT_A(u->flake.folder));
	if (access(name.at, F_OK) < 0)
		return fault_set(f, FAULT_USAGE, "%s: there is no such flake to update; `nixgraft init` makes one, --flake DIR names one", name.at);
	if (check_tools(u, f) < 0)
		return f->code;
	if (!u->flake.nix.len)
		return fault_set(f, FAULT_USAGE, "there is no Nix here that could update the flake; `nixgraft init --only-nix` brings one, and "
						 "so does `nixgraft apply` of a lock that has one");
	return 0;
}

static int read_before(struct updating *u, struct fault *f)
{
	struct arena *a = &u->call->arena;
	u->had_flake = u->keep.exists;
	if (!u->had_flake)
		return 0;
	return flakelock_parse(arena_copy(a, buffer_view(&u->keep.bytes)), u->keep.name, a, &u->before, f);
}

int updating_begin(struct updating *u, struct locking *locking, struct fault *f)
{
	struct call *call = locking->call;
	*u = (struct updating){ .call = call, .locking = locking };
	for (size_t i = 0; i < call->operands.count; i++)
		if (!call->operands.at[i].len)
			return fault_set(f, FAULT_USAGE, "'' is no tool");
	u->named = LIST_TEXTS(call->operands);
	texts_sort_unique(&u->named);
	flake_name(&u->flake, call);
	int code = check_flake(u, f);
	if (code == 0 && !hold_is(&locking->hold, u->flake.folder.at))
		hold_take(&u->hold, u->flake.folder.at, false, call);
	if (code == 0)
		code = keep_begin(&u->keep, u->flake.lock_name.at, FLAKE_LOCK_MAX, f);
	if (code == 0)
		code = read_before(u, f);
	return code == 0 ? check_inputs(u, call_texts(call, "input"), f) : code;
}

/* ---- moving ---- */

static void find_changed(struct updating *u)
{
	struct arena *a = &u->call->arena;
	const struct locking *l = u->locking;
	LIST(struct text) names = { 0 };
	for (size_t i = 0; i < l->inputs.systems.count; i++) {
		const struct lock_system *now = &l->inputs.systems.at[i];
		struct changes changes;
		changes_make(l->exists ? lock_system_find(&l->before, now->name) : NULL, now, a, &changes);
		for (size_t k = 0; k < changes.tools.count; k++)
			LIST_PUSH(&names, a, changes.tools.at[k].name);
	}
	u->changed = LIST_TEXTS(names);
	texts_sort_unique(&u->changed);
}

/* What of the changed tools was asked for, or what was not. */
static struct texts changed_part(const struct updating *u, bool asked)
{
	LIST(struct text) names = { 0 };
	for (size_t i = 0; i < u->changed.count; i++)
		if ((!u->named.count || texts_find(u->named, u->changed.at[i]) >= 0) == asked)
			LIST_PUSH(&names, &u->call->arena, u->changed.at[i]);
	return LIST_TEXTS(names);
}

static int move(struct updating *u, struct texts inputs, struct fault *f)
{
	struct text what = join(inputs, &u->call->arena);
	if (inputs.count)
		say_note(u->call, "updating the input%s " TEXT_F, text_plural(inputs.count), TEXT_A(what));
	else
		say_note(u->call, "updating all inputs");
	int code = flake_update(&u->flake, inputs, f);
	if (code == 0)
		code = inputs_evaluate(u->call, u->locking->exists ? &u->locking->before : NULL, &u->locking->inputs, f);
	if (code == 0)
		find_changed(u);
	return code;
}

/* Moves each input by itself to see whether it brings one of the tools: flake.nix alone knows, and only Nix reads it. */
static int find_inputs(struct updating *u, struct texts *found, struct fault *f)
{
	struct texts all = inputs_of(&u->before, &u->call->arena);
	LIST(struct text) ours = { 0 };
	int code = check_inputs(u, all, f);
	for (size_t i = 0; code == 0 && i < all.count; i++) {
		code = move(u, (struct texts){ &all.at[i], 1 }, f);
		if (code == 0 && changed_part(u, true).count)
			LIST_PUSH(&ours, &u->call->arena, all.at[i]);
		if (code == 0)
			code = keep_restore(&u->keep, f);
	}
	*found = LIST_TEXTS(ours);
	return code;
}

static int refuse_others(struct updating *u, struct texts inputs, struct fault *f)
{
	struct arena *a = &u->call->arena;
	struct texts others = changed_part(u, false);
	if (!others.count || call_flag(u->call, "with-others"))
		return 0;
	return fault_set(f, FAULT_DIFFERS,
			 TEXT_F " would change too, by the flake's input%s " TEXT_F "; nothing was changed. --with-others takes them along; a "
				"tool that is to move alone needs an input of its own in flake.nix",
			 TEXT_A(join(others, a)), text_plural(inputs.count), TEXT_A(join(inputs, a)));
}

/* Nothing newer of what was asked for: then nothing moves, not even for the others. */
static int stay(struct updating *u, struct fault *f)
{
	u->changed = (struct texts){ 0 };
	return keep_restore(&u->keep, f);
}

int updating_move(struct updating *u, struct fault *f)
{
	struct texts inputs = call_texts(u->call, "input");
	int code = 0;
	if (!inputs.count && u->named.count && u->before.input_count > 1) {
		code = find_inputs(u, &inputs, f);
		if (code < 0 || !inputs.count)
			return code < 0 ? code : stay(u, f);
	} else if (!inputs.count && u->named.count) {
		inputs = inputs_of(&u->before, &u->call->arena);
	}
	code = move(u, inputs, f);
	if (code == 0 && u->named.count && !changed_part(u, true).count)
		return stay(u, f);
	return code == 0 && u->named.count ? refuse_others(u, inputs, f) : code;
}

int updating_end(struct updating *u, bool keeps, struct fault *f)
{
	struct fault late = { 0 };
	if (u->keep.name && !keeps && keep_restore(&u->keep, &late) < 0) {
		if (f->code < 0)
			fault_wrap(f, "%s is not as before (%s)", u->keep.name, late.text);
		else
			fault_set(f, late.code, "%s", late.text);
	}
	keep_end(&u->keep);
	hold_drop(&u->hold);
	return f->code;
}
