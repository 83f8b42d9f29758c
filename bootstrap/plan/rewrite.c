#include "plan/rewrite.h"

#include <string.h>

#include "plan/aptcommand.h"
#include "plan/trim.h"

/* A file being rewritten. */
struct rewriting {
	const struct rewrite_plan *plan;
	const struct scan *scan;
	const struct containerfile *file;
	struct arena *arena;
	struct trim *trims; /* of each script of the scan */
	bool *gone;         /* of each instruction: does it go as a whole? */
	bool *changed;      /* of each stage: does anything of it go? */
	struct edits edits;
};

/* ---- what goes ---- */

static size_t script_of(const struct scan *scan, const struct software_edit *e)
{
	for (size_t i = 0; i < scan->scripts.count; i++)
		if (scan->scripts.at[i].instruction == e->instruction && scan->scripts.at[i].index == e->script)
			return i;
	return SIZE_MAX;
}

static bool is_whole(const struct software_edit *e)
{
	return !e->word_count && !e->command_count;
}

static void mark(struct rewriting *r, const struct software *s)
{
	const struct software_edit *e = &s->edit;
	r->changed[s->stage] = true;
	if (is_whole(e)) {
		r->gone[e->instruction] = true;
		return;
	}
	struct trim *t = &r->trims[script_of(r->scan, e)];
	for (size_t i = 0; i < e->word_count; i++)
		trim_word(t, r->arena, e->command, e->words[i]);
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

/* A command of which no package is left goes itself. */
static void mark_emptied(struct rewriting *r)
{
	const struct software_list *all = &r->scan->software;
	for (size_t i = 0; i < all->count; i++) {
		const struct software_edit *e = &all->at[i].edit;
		size_t script = e->word_count ? script_of(r->scan, e) : SIZE_MAX;
		if (script == SIZE_MAX || !words_go(&r->trims[script], e))
			continue;
		bool left = false;
		for (size_t k = 0; k < all->count && !left; k++) {
			const struct software_edit *other = &all->at[k].edit;
			left = other->instruction == e->instruction && other->script == e->script && other->word_count &&
			       other->command == e->command && !words_go(&r->trims[script], other);
		}
		if (!left)
			trim_command(&r->trims[script], e->command);
	}
}

/* ---- apt's upkeep ---- */

static size_t stage_of(const struct rewriting *r, size_t script)
{
	return r->scan->stages.states[r->scan->scripts.at[script].instruction].stage;
}

/* Is `stage` the stage `base`, or one that builds on it? A stage's base stands before it. */
static bool builds_on(const struct rewriting *r, size_t stage, size_t base)
{
	while (stage != STAGE_NONE && stage != base)
		stage = r->scan->stages.at[stage].base;
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

static bool stage_needs_apt(const struct rewriting *r, size_t stage)
{
	for (size_t i = 0; i < r->scan->scripts.count; i++)
		if (builds_on(r, stage_of(r, i), stage) && needs_apt(&r->trims[i]))
			return true;
	return false;
}

/* Does nothing but upkeep, so that it is there for other instructions? */
static bool is_upkeep(const struct trim *t)
{
	size_t first;
	for (size_t i = 0; i < t->script->shell.command_count; i++) {
		enum apt_role role = apt_role(&t->script->shell.commands[i], &first);
		if (role != APT_UPDATE && role != APT_CLEAN)
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
		if (t->commands[i] || apt_role(&s->commands[i], &first) != role)
			continue;
		trim_command(t, i);
		if (trim_obstacle(t).len)
			t->commands[i] = false;
	}
}

static void mark_upkeep(struct rewriting *r, size_t script)
{
	struct trim *t = &r->trims[script];
	bool others = stage_needs_apt(r, stage_of(r, script));
	if (needs_apt(t) || !(t->touched || (is_upkeep(t) && r->changed[stage_of(r, script)] && !others)))
		return;
	if (!others || has_role(t, APT_CLEAN))
		mark_role(t, APT_UPDATE);
	if (!has_role(t, APT_UPDATE))
		mark_role(t, APT_CLEAN);
}

/* ---- what was to be purged later ---- */

static void mark_purged_in(struct rewriting *r, struct trim *t, struct text package)
{
	const struct shell *s = &t->script->shell;
	size_t first;
	for (size_t i = 0; i < s->command_count; i++) {
		size_t left = 0, hits = 0;
		if (t->commands[i] || apt_role(&s->commands[i], &first) != APT_PURGE)
			continue;
		for (size_t k = first; k < s->commands[i].word_count; k++) {
			struct text word = s->commands[i].words[k].value;
			bool hit = text_equal(word, package);
			if (hit)
				trim_word(t, r->arena, i, k);
			hits += hit;
			left += !(t->words[i] && t->words[i][k]) && !text_starts(word, TEXT("-"));
		}
		if (hits && !left)
			trim_command(t, i);
		if (trim_obstacle(t).len)
			t->commands[i] = false;
	}
}

static void mark_purged(struct rewriting *r)
{
	for (size_t i = 0; i < r->plan->gone_count; i++)
		for (size_t k = 0; r->plan->gone[i]->way == WAY_APT && k < r->scan->scripts.count; k++)
			if (builds_on(r, stage_of(r, k), r->plan->gone[i]->stage))
				mark_purged_in(r, &r->trims[k], r->plan->gone[i]->name);
}

/* ---- lines ---- */

static size_t line_begin(struct text bytes, size_t at)
{
	while (at && bytes.at[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(struct text bytes, size_t at)
{
	const char *newline = at < bytes.len ? memchr(bytes.at + at, '\n', bytes.len - at) : NULL;
	return newline ? (size_t)(newline - bytes.at) + 1 : bytes.len;
}

/* The first byte of the line at `at` that is no blank; '\n' for an empty line, and at the end. */
static char line_head(struct text bytes, size_t at)
{
	while (at < bytes.len && (bytes.at[at] == ' ' || bytes.at[at] == '\t' || bytes.at[at] == '\r'))
		at++;
	return at < bytes.len ? bytes.at[at] : '\n';
}

/* Where an instruction begins with the comment lines right above it; those at the head of the file are not its own. */
static size_t begin_with_comments(const struct rewriting *r, size_t instruction)
{
	struct text bytes = r->file->bytes;
	size_t begin = line_begin(bytes, r->file->at[instruction].begin), above = begin;
	while (above && line_head(bytes, line_begin(bytes, above - 1)) == '#')
		above = line_begin(bytes, above - 1);
	return above ? above : begin;
}

/* With one of two empty lines that would meet. */
static void cut_instruction(struct rewriting *r, size_t instruction)
{
	struct text bytes = r->file->bytes;
	size_t begin = begin_with_comments(r, instruction), end = r->file->at[instruction].end;
	bool empty_above = !begin || line_head(bytes, line_begin(bytes, begin - 1)) == '\n';
	if (empty_above && end < bytes.len && line_head(bytes, end) == '\n')
		end = line_end(bytes, end);
	edits_cut(&r->edits, r->arena, begin, end);
}

/* ---- ARG ---- */

static bool is_name_byte(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Does "$" at `at` put in the variable? */
static bool refers(struct text bytes, size_t at, struct text name)
{
	struct text rest = text_skip(bytes, at + 1);
	if (rest.len && *rest.at == '{')
		rest = text_skip(rest, 1);
	return text_starts(rest, name) && (rest.len == name.len || !is_name_byte(rest.at[name.len]));
}

/* Was the variable used, and only in what goes? */
static bool only_gone_uses(const struct rewriting *r, struct text name)
{
	struct text bytes = r->file->bytes;
	size_t uses = 0;
	for (size_t at = 0; at < bytes.len; at++) {
		if (bytes.at[at] != '$' || !refers(bytes, at, name))
			continue;
		if (!edits_is_cut(&r->edits, at))
			return false;
		uses++;
	}
	return uses;
}

static void cut_arguments(struct rewriting *r)
{
	for (size_t i = 0; i < r->file->count; i++) {
		const struct instruction *in = &r->file->at[i];
		struct text rest, name;
		if (in->kind != INSTRUCTION_ARG || in->words.count != 1 || r->gone[i])
			continue;
		rest = in->words.at[0];
		if (text_cut(&rest, '=', &name) && name.len && only_gone_uses(r, name))
			r->gone[i] = true;
	}
}

/* ---- the graft ---- */

static bool is_preamble(enum instruction_kind kind)
{
	return kind != INSTRUCTION_RUN && kind != INSTRUCTION_COPY && kind != INSTRUCTION_ADD && kind != INSTRUCTION_ONBUILD &&
	       kind != INSTRUCTION_OTHER;
}

static bool is_root(const struct instruction *user)
{
	struct text name, rest = user->rest.text;
	return text_cut(&rest, ':', &name) && (text_equal(name, TEXT("root")) || text_equal(name, TEXT("0")));
}

/* The instruction before which the graft comes: root must do it. */
static size_t graft_place(const struct rewriting *r, const struct stage *stage)
{
	size_t i = stage->first + 1;
	while (i + 1 < stage->end && is_preamble(r->file->at[i].kind) &&
	       !(r->file->at[i].kind == INSTRUCTION_USER && !is_root(&r->file->at[i])))
		i++;
	return i;
}

static bool is_grafted(const struct rewriting *r, size_t stage)
{
	for (size_t i = 0; i < r->scan->scripts.count; i++) {
		const struct shell *s = &r->scan->scripts.at[i].shell;
		for (size_t k = 0; stage_of(r, i) == stage && k < s->command_count; k++) {
			size_t first = 0;
			const struct shell_command *c = &s->commands[k];
			if (text_equal(shell_program(c, &first), TEXT("nixgraft")) && first + 1 < c->word_count &&
			    text_equal(c->words[first + 1].value, TEXT("apply")))
				return true;
		}
	}
	return false;
}

static void graft(struct rewriting *r, size_t stage)
{
	struct text bytes = r->file->bytes;
	size_t at = begin_with_comments(r, graft_place(r, &r->scan->stages.at[stage]));
	bool empty_above = !at || line_head(bytes, line_begin(bytes, at - 1)) == '\n';
	edits_insert(&r->edits, r->arena, at,
		     arena_printf(r->arena, "%s" TEXT_F "\n", empty_above ? "" : "\n", TEXT_A(r->plan->graft)));
}

static void graft_stages(struct rewriting *r)
{
	bool *has = arena_alloc(r->arena, r->scan->stages.count, sizeof *has);
	for (size_t i = 0; i < r->scan->stages.count; i++) {
		size_t base = r->scan->stages.at[i].base;
		has[i] = is_grafted(r, i) || (base != STAGE_NONE && has[base]);
		if (has[i] || !r->changed[i])
			continue;
		graft(r, i);
		has[i] = true;
	}
}

/* ---- all together ---- */

static void rewriting_make(struct rewriting *r, const struct rewrite_plan *plan, struct arena *a)
{
	const struct scan *scan = plan->scan;
	*r = (struct rewriting){ .plan = plan, .scan = scan, .file = scan->file, .arena = a, .edits = { .bytes = scan->file->bytes } };
	r->trims = arena_alloc(a, scan->scripts.count, sizeof *r->trims);
	r->gone = arena_alloc(a, scan->file->count, sizeof *r->gone);
	r->changed = arena_alloc(a, scan->stages.count, sizeof *r->changed);
	for (size_t i = 0; i < scan->scripts.count; i++)
		trim_make(&scan->scripts.at[i], a, &r->trims[i]);
}

static void decide(struct rewriting *r)
{
	for (size_t i = 0; i < r->plan->gone_count; i++)
		mark(r, r->plan->gone[i]);
	mark_emptied(r);
	mark_purged(r);
	for (size_t i = 0; i < r->scan->scripts.count; i++)
		mark_upkeep(r, i);
	for (size_t i = 0; i < r->scan->scripts.count; i++)
		if (r->trims[i].touched && trim_leaves_nothing(&r->trims[i]))
			r->gone[r->scan->scripts.at[i].instruction] = true;
}

void rewrite_make(const struct rewrite_plan *plan, struct arena *a, struct buffer *to)
{
	struct rewriting r;
	rewriting_make(&r, plan, a);
	decide(&r);
	for (size_t i = 0; i < plan->scan->scripts.count; i++)
		trim_edits(&r.trims[i], a, &r.edits);
	for (size_t i = 0; i < r.file->count; i++)
		if (r.gone[i])
			cut_instruction(&r, i);
	edits_sort(&r.edits);
	cut_arguments(&r);
	for (size_t i = 0; i < r.file->count; i++)
		if (r.gone[i] && r.file->at[i].kind == INSTRUCTION_ARG)
			cut_instruction(&r, i);
	graft_stages(&r);
	edits_apply(&r.edits, to);
}

/* ---- what stands in the way ---- */

/* Is `path` a folder with programs in it, or the program itself? */
static bool copies(struct text path, const struct software *s)
{
	static const struct text folders[] = { TEXT_INIT("/usr/local/bin"), TEXT_INIT("/usr/bin"), TEXT_INIT("/bin"), TEXT_INIT("/opt/") };
	struct text last = path, part;
	while (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	for (struct text rest = path; text_cut(&rest, '/', &part);)
		last = part;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (text_starts(folders[i], path))
			return true;
	return text_equal(last, s->command) || text_ends(s->name, last);
}

static bool copies_from(const struct scan *scan, size_t instruction, size_t stage)
{
	const struct instruction *in = &scan->file->at[instruction];
	for (size_t k = 0; in->kind == INSTRUCTION_COPY && k < in->flags.count; k++) {
		struct text from = in->flags.at[k];
		if (text_starts(from, TEXT("--from=")) &&
		    stages_find(&scan->stages, scan->stages.states[instruction].stage, text_skip(from, 7)) == stage)
			return true;
	}
	return false;
}

/* A stage's program that another stage copies would be a link there. */
static struct text copied_out(const struct scan *scan, const struct software *s, struct arena *a)
{
	for (size_t i = 0; i < scan->file->count; i++) {
		const struct texts *words = &scan->file->at[i].words;
		for (size_t k = 0; k + 1 < words->count && copies_from(scan, i, s->stage); k++)
			if (copies(words->at[k], s))
				return arena_printf(a, "line %u copies it out of its stage", scan->file->at[i].line);
	}
	return (struct text){ 0 };
}

struct text rewrite_obstacle(const struct scan *scan, const struct software *s, struct arena *a)
{
	const struct software_edit *e = &s->edit;
	struct trim trim;
	struct text found;
	size_t script = script_of(scan, e);
	if (e->why_not.len)
		return e->why_not;
	if (e->instruction >= scan->file->count || (script == SIZE_MAX && !is_whole(e)))
		return TEXT("its place in the file is not known");
	found = copied_out(scan, s, a);
	if (found.len || is_whole(e))
		return found;
	trim_make(&scan->scripts.at[script], a, &trim);
	if (e->word_count)
		trim_command(&trim, e->command);
	for (size_t i = 0; i < e->command_count; i++)
		trim_command(&trim, e->commands[i]);
	return trim_obstacle(&trim);
}
