#include "plan/marks.h"

#include "base/bounds.h"
#include "plan/aptcommand.h"

/* ---- what goes ---- */

/* Scripts are in the order of the file. */
size_t marks_script(const struct scan *scan, const struct software_edit *e)
{
	size_t low = 0, high = scan->scripts.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct scan_script *s = &scan->scripts.at[middle];
		if (s->instruction < e->instruction || (s->instruction == e->instruction && s->index < e->script))
			low = middle + 1;
		else
			high = middle;
	}
	if (low < scan->scripts.count && scan->scripts.at[low].instruction == e->instruction && scan->scripts.at[low].index == e->script)
		return low;
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

/* What served several goes with the last of them: all at once, since a pipeline goes as a whole. */
static void mark_helpers(struct marks *m, const struct software_edit *e)
{
	struct trim *t = e->helper_count ? &m->trims[marks_script(m->scan, e)] : NULL;
	bool *new = arena_alloc(m->arena, e->helper_count, sizeof *new);
	for (size_t i = 0; i < e->helper_count; i++) {
		new[i] = !t->commands[e->helpers[i]] && !is_needed(m, e, e->helpers[i]);
		if (new[i])
			trim_command(t, e->helpers[i]);
	}
	bool stays = t && trim_obstacle(t).len;
	for (size_t i = 0; i < e->helper_count; i++)
		if (stays && new[i])
			t->commands[e->helpers[i]] = false;
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
static bool builds_on(struct marks *m, size_t stage, size_t base)
{
	while (stage != STAGE_NONE && stage > base && m->steps) {
		stage = m->scan->stages.at[stage].base;
		m->steps--;
	}
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

/* What is left of apt's work in the stages, and for a stage in those that build on it. */
static void find_upkeep(struct marks *m)
{
	const struct stages *stages = &m->scan->stages;
	m->needs = arena_alloc(m->arena, stages->count, sizeof *m->needs);
	m->purges = arena_alloc(m->arena, stages->count, sizeof *m->purges);
	for (size_t i = 0; i < m->scan->scripts.count; i++) {
		m->needs[stage_of(m, i)] |= needs_apt(&m->trims[i]);
		m->purges[stage_of(m, i)] |= has_role(&m->trims[i], APT_PURGE);
	}
	for (size_t i = stages->count; i-- > 0;)
		if (stages->at[i].base != STAGE_NONE)
			m->needs[stages->at[i].base] |= m->needs[i];
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

static void mark_upkeep(struct marks *m, size_t script)
{
	struct trim *t = &m->trims[script];
	bool others = m->needs[stage_of(m, script)];
	if (needs_apt(t) || !(t->touched || (is_upkeep(t) && m->stages[stage_of(m, script)] && !others)))
		return;
	if (!others || has_role(t, APT_CLEAN))
		mark_role(t, APT_UPDATE);
	if (!has_role(t, APT_UPDATE))
		mark_role(t, APT_CLEAN);
	if (!m->purges[stage_of(m, script)])
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

/* The scripts that name packages so. */
static void find_naming(struct marks *m)
{
	for (size_t i = 0; i < m->scan->scripts.count; i++)
		if (has_role(&m->trims[i], APT_PURGE) || has_role(&m->trims[i], APT_NAMES))
			LIST_PUSH(&m->naming, m->arena, i);
}

static void mark_purged(struct marks *m, const struct software *s)
{
	for (size_t k = 0; s->way == WAY_APT && k < m->naming.count && m->steps; k++) {
		struct trim *t = &m->trims[m->naming.at[k]];
		size_t cost = t->script->shell.command_count;
		m->steps -= cost < m->steps ? cost : m->steps;
		if (builds_on(m, stage_of(m, m->naming.at[k]), s->stage))
			mark_purged_in(m, t, s->name);
	}
}

/* ---- all together ---- */

static void begin(const struct scan *scan, struct arena *a, struct marks *out)
{
	*out = (struct marks){ .scan = scan, .arena = a, .steps = MARK_STEPS_MAX };
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
	find_naming(out);
	for (size_t i = 0; i < count; i++)
		mark_purged(out, gone[i]);
	find_upkeep(out);
	for (size_t i = 0; i < scan->scripts.count; i++)
		mark_upkeep(out, i);
	for (size_t i = 0; i < scan->scripts.count; i++)
		if (out->trims[i].touched && trim_leaves_nothing(&out->trims[i]))
			out->instructions[scan->scripts.at[i].instruction] = true;
}
