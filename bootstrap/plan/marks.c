#include "plan/marks.h"

#include "plan/aptcommand.h"

/* ---- what goes ---- */

size_t marks_script(const struct scan *scan, const struct software_edit *e)
{
	for (size_t i = 0; i < scan->scripts.count; i++)
		if (scan->scripts.at[i].instruction == e->instruction && scan->scripts.at[i].index == e->script)
			return i;
	return SIZE_MAX;
}

static void mark(struct marks *m, const struct software *s)
{
	const struct software_edit *e = &s->edit;
	m->stages[s->stage] = true;
	if (e->whole) {
		m->instructions[e->instruction] = true;
		return;
	}
	struct trim *t = &m->trims[marks_script(m->scan, e)];
	for (size_t i = 0; i < e->word_count; i++)
		trim_word(t, m->arena, e->command, e->words[i]);
	for (size_t i = 0; i < e->command_count; i++)
		trim_command(t, e->commands[i]);
}

static bool words_go(const struct trim *t, const struct software_edit *e)
{
	const bool *goes = t->words[e->command];
	for (size_t i = 0; goes && i < e->word_count; i++)
		if (!goes[e->words[i]])
			return false;
	return goes;
}

static bool commands_go(const struct trim *t, const struct software_edit *e)
{
	for (size_t i = 0; i < e->command_count; i++)
		if (!t->commands[e->commands[i]])
			return false;
	return e->command_count;
}

/* Does a piece of software that has the command for a helper stay? */
static bool is_needed(const struct marks *m, const struct software_edit *by, size_t command)
{
	for (size_t i = 0; i < m->scan->software.count; i++) {
		const struct software_edit *e = &m->scan->software.at[i].edit;
		if (e->instruction != by->instruction || e->script != by->script || commands_go(&m->trims[marks_script(m->scan, e)], e))
			continue;
		for (size_t k = 0; k < e->helper_count; k++)
			if (e->helpers[k] == command)
				return true;
	}
	return false;
}

/* A command goes, if the rest can do without it as it stands. */
static void mark_spare(struct trim *t, size_t command)
{
	trim_command(t, command);
	if (trim_obstacle(t).len)
		t->commands[command] = false;
}

/* What served several goes with the last of them. */
static void mark_helpers(struct marks *m, const struct software_edit *e)
{
	for (size_t i = 0; i < e->helper_count; i++)
		if (!is_needed(m, e, e->helpers[i]))
			mark_spare(&m->trims[marks_script(m->scan, e)], e->helpers[i]);
}

/* A command of which no package is left goes itself. */
static void mark_emptied(struct marks *m)
{
	const struct software_list *all = &m->scan->software;
	for (size_t i = 0; i < all->count; i++) {
		const struct software_edit *e = &all->at[i].edit;
		size_t script = e->word_count ? marks_script(m->scan, e) : SIZE_MAX;
		if (script == SIZE_MAX || !words_go(&m->trims[script], e))
			continue;
		bool left = false;
		for (size_t k = 0; k < all->count && !left; k++) {
			const struct software_edit *other = &all->at[k].edit;
			left = other->instruction == e->instruction && other->script == e->script && other->word_count &&
			       other->command == e->command && !words_go(&m->trims[script], other);
		}
		if (!left)
			trim_command(&m->trims[script], e->command);
	}
}

/* ---- apt's upkeep ---- */

static size_t stage_of(const struct marks *m, size_t script)
{
	return m->scan->stages.states[m->scan->scripts.at[script].instruction].stage;
}

/* Is `stage` the stage `base`, or one that builds on it? A stage's base stands before it. */
static bool builds_on(const struct marks *m, size_t stage, size_t base)
{
	while (stage != STAGE_NONE && stage != base)
		stage = m->scan->stages.at[stage].base;
	return stage == base;
}

static bool has_role(const struct trim *t, enum apt_role role)
{
	size_t first;
	for (size_t i = 0; i < t->script->shell.command_count; i++)
		if (!t->commands[i] && apt_role(&t->script->shell.commands[i], &first) == role)
			return true;
	return false;
}

static bool needs_apt(const struct trim *t)
{
	return has_role(t, APT_USE) || has_role(t, APT_MAYBE);
}

static bool stage_needs_apt(const struct marks *m, size_t stage)
{
	for (size_t i = 0; i < m->scan->scripts.count; i++)
		if (builds_on(m, stage_of(m, i), stage) && needs_apt(&m->trims[i]))
			return true;
	return false;
}

/* Does nothing but upkeep, so that it is there for other instructions? */
static bool is_upkeep(const struct trim *t)
{
	size_t first;
	for (size_t i = 0; i < t->script->shell.command_count; i++) {
		enum apt_role role = apt_role(&t->script->shell.commands[i], &first);
		if (role != APT_UPDATE && role != APT_CLEAN && role != APT_SWEEP)
			return false;
	}
	return t->script->shell.command_count;
}

/* Marks the script's commands of that role, unless the rest could not do without them. */
static void mark_role(struct trim *t, enum apt_role role)
{
	const struct shell *s = &t->script->shell;
	size_t first;
	for (size_t i = 0; i < s->command_count; i++) {
		if (!t->commands[i] && apt_role(&s->commands[i], &first) == role)
			mark_spare(t, i);
	}
}

static bool stage_purges(const struct marks *m, size_t stage)
{
	for (size_t i = 0; i < m->scan->scripts.count; i++)
		if (stage_of(m, i) == stage && has_role(&m->trims[i], APT_PURGE))
			return true;
	return false;
}

static void mark_upkeep(struct marks *m, size_t script)
{
	struct trim *t = &m->trims[script];
	bool others = stage_needs_apt(m, stage_of(m, script));
	if (needs_apt(t) || !(t->touched || (is_upkeep(t) && m->stages[stage_of(m, script)] && !others)))
		return;
	if (!others || has_role(t, APT_CLEAN))
		mark_role(t, APT_UPDATE);
	if (!has_role(t, APT_UPDATE))
		mark_role(t, APT_CLEAN);
	if (!stage_purges(m, stage_of(m, script)))
		mark_role(t, APT_SWEEP);
}

/* ---- what was to be purged later ---- */

static void mark_purged_in(struct marks *m, struct trim *t, struct text package)
{
	const struct shell *s = &t->script->shell;
	size_t first;
	for (size_t i = 0; i < s->command_count; i++) {
		size_t left = 0, hits = 0;
		enum apt_role role = apt_role(&s->commands[i], &first);
		if (t->commands[i] || (role != APT_PURGE && role != APT_NAMES))
			continue;
		for (size_t k = first; k < s->commands[i].word_count; k++) {
			struct text word = s->commands[i].words[k].value;
			bool hit = text_equal(word, package);
			if (hit)
				trim_word(t, m->arena, i, k);
			hits += hit;
			left += !(t->words[i] && t->words[i][k]) && !text_starts(word, TEXT("-"));
		}
		if (hits && !left)
			mark_spare(t, i);
	}
}

static void mark_purged(struct marks *m, const struct software *s)
{
	for (size_t k = 0; s->way == WAY_APT && k < m->scan->scripts.count; k++)
		if (builds_on(m, stage_of(m, k), s->stage))
			mark_purged_in(m, &m->trims[k], s->name);
}

/* ---- all together ---- */

static void begin(const struct scan *scan, struct arena *a, struct marks *out)
{
	*out = (struct marks){ .scan = scan, .arena = a };
	out->trims = arena_alloc(a, scan->scripts.count, sizeof *out->trims);
	out->instructions = arena_alloc(a, scan->file->count, sizeof *out->instructions);
	out->stages = arena_alloc(a, scan->stages.count, sizeof *out->stages);
	for (size_t i = 0; i < scan->scripts.count; i++)
		trim_make(&scan->scripts.at[i], a, &out->trims[i]);
}

void marks_make(const struct scan *scan, const struct software **gone, size_t count, struct arena *a, struct marks *out)
{
	begin(scan, a, out);
	for (size_t i = 0; i < count; i++)
		mark(out, gone[i]);
	for (size_t i = 0; i < count; i++)
		mark_helpers(out, &gone[i]->edit);
	mark_emptied(out);
	for (size_t i = 0; i < count; i++)
		mark_purged(out, gone[i]);
	for (size_t i = 0; i < scan->scripts.count; i++)
		mark_upkeep(out, i);
	for (size_t i = 0; i < scan->scripts.count; i++)
		if (out->trims[i].touched && trim_leaves_nothing(&out->trims[i]))
			out->instructions[scan->scripts.at[i].instruction] = true;
}
