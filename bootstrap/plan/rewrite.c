#include "plan/rewrite.h"

#include <string.h>

#include "plan/argument.h"

/* A file being rewritten. */
struct rewriting {
	const struct rewrite_plan *plan;
	const struct scan *scan;
	const struct containerfile *file;
	struct arena *arena;
	struct marks marks;
	struct edits edits;
};

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

static void cut_empty_line(struct rewriting *r, size_t at)
{
	struct text bytes = r->file->bytes;
	if (at < bytes.len && line_head(bytes, at) == '\n')
		edits_cut(&r->edits, r->arena, at, line_end(bytes, at));
}

/* With one of two empty lines that would meet. */
static void cut_instruction(struct rewriting *r, size_t instruction)
{
	struct text bytes = r->file->bytes;
	size_t begin = begin_with_comments(r, instruction), end = r->file->at[instruction].end;
	bool empty_above = !begin || line_head(bytes, line_begin(bytes, begin - 1)) == '\n';
	edits_cut(&r->edits, r->arena, begin, end);
	if (empty_above)
		cut_empty_line(r, end);
}

/* ---- the graft ---- */

static bool is_preamble(enum instruction_kind kind)
{
	return kind != INSTRUCTION_RUN && kind != INSTRUCTION_COPY && kind != INSTRUCTION_ADD && kind != INSTRUCTION_ONBUILD &&
	       kind != INSTRUCTION_OTHER;
}

static bool is_root(struct text user)
{
	struct text name;
	return text_cut(&user, ':', &name) && (text_equal(name, TEXT("root")) || text_equal(name, TEXT("0")));
}

/* The instruction before which the graft comes: root must do it. */
static size_t graft_place(const struct containerfile *file, const struct stage *stage)
{
	size_t i = stage->first + 1;
	while (i + 1 < stage->end && is_preamble(file->at[i].kind) &&
	       !(file->at[i].kind == INSTRUCTION_USER && !is_root(file->at[i].rest.text)))
		i++;
	return i;
}

static bool applies(const struct shell *s)
{
	for (size_t k = 0; k < s->command_count; k++) {
		size_t first = 0;
		const struct shell_command *c = &s->commands[k];
		if (text_equal(shell_program(c, &first), TEXT("nixgraft")) && first + 1 < c->word_count &&
		    text_equal(c->words[first + 1].value, TEXT("apply")))
			return true;
	}
	return false;
}

static void graft(struct rewriting *r, size_t stage)
{
	struct text bytes = r->file->bytes;
	size_t place = graft_place(r->file, &r->scan->stages.at[stage]), at = begin_with_comments(r, place);
	struct text user = r->scan->stages.states[place].user, text = r->plan->graft;
	bool empty_above = !at || line_head(bytes, line_begin(bytes, at - 1)) == '\n';
	if (user.len && !is_root(user))
		text = arena_printf(r->arena, "USER root\n" TEXT_F "USER " TEXT_F "\n", TEXT_A(text), TEXT_A(user));
	edits_insert(&r->edits, r->arena, at, arena_printf(r->arena, "%s" TEXT_F "\n", empty_above ? "" : "\n", TEXT_A(text)));
	/* The graft's own empty line stands for that below what goes here. */
	if (r->marks.instructions[place] && !empty_above)
		cut_empty_line(r, r->file->at[place].end);
}

static void graft_stages(struct rewriting *r)
{
	bool *has = arena_alloc(r->arena, r->scan->stages.count, sizeof *has);
	for (size_t i = 0; i < r->scan->scripts.count; i++)
		if (applies(&r->scan->scripts.at[i].shell))
			has[r->scan->stages.states[r->scan->scripts.at[i].instruction].stage] = true;
	for (size_t i = 0; i < r->scan->stages.count; i++) {
		size_t base = r->scan->stages.at[i].base;
		has[i] = has[i] || (base != STAGE_NONE && has[base]);
		if (has[i] || !r->marks.stages[i])
			continue;
		graft(r, i);
		has[i] = true;
	}
}

/* ---- all together ---- */

void rewrite_make(const struct rewrite_plan *plan, struct arena *a, struct buffer *to)
{
	struct rewriting r = { .plan = plan, .scan = plan->scan, .file = plan->scan->file, .arena = a };
	marks_make(plan->scan, plan->gone, plan->gone_count, a, &r.marks);
	r.edits.bytes = r.file->bytes;
	for (size_t i = 0; i < plan->scan->scripts.count; i++)
		trim_edits(&r.marks.trims[i], a, &r.edits);
	for (size_t i = 0; i < r.file->count; i++)
		if (r.marks.instructions[i])
			cut_instruction(&r, i);
	edits_sort(&r.edits);
	argument_mark(&r.marks, &r.edits);
	for (size_t i = 0; i < r.file->count; i++)
		if (r.marks.instructions[i] && r.file->at[i].kind == INSTRUCTION_ARG)
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
	for (size_t i = 0; i < path.len; i++)
		if (text_has(TEXT("*?["), path.at[i]))
			path.len = i;
	while (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	for (struct text rest = path; text_cut(&rest, '/', &part);)
		last = part;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (text_starts(folders[i], path))
			return true;
	return text_equal(last, s->command) || text_ends(s->name, last);
}

/* Is one of them the other, or a folder around it? */
static bool overlap(struct text a, struct text b)
{
	return text_starts(a, b) || text_starts(b, a);
}

/* Where the installers of languages put things; apt's are copies(). */
static bool copies_of_language(struct text path, const struct software *s)
{
	static const struct text folders[] = { TEXT_INIT("/usr/local/lib/"), TEXT_INIT("/usr/local/bin"), TEXT_INIT("/usr/lib/node_modules"),
					       TEXT_INIT("/usr/bin"), TEXT_INIT("/usr/local/cargo"), TEXT_INIT("/root/"), TEXT_INIT("/go/"),
					       TEXT_INIT("/home/") };
	if (s->way < WAY_PIP || s->way > WAY_GEM)
		return false;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (overlap(path, folders[i]))
			return true;
	if (s->way == WAY_GEM && overlap(path, TEXT("/usr/local/bundle")))
		return true;
	for (struct text part; text_cut(&path, '/', &part);)
		if (text_equal(part, TEXT("bin")))
			return true;
	return false;
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

/* RUN --mount=type=bind,from=STAGE,source=/usr/bin/jq,target=... */
static bool mounts(const struct scan *scan, size_t instruction, const struct software *s)
{
	const struct instruction *in = &scan->file->at[instruction];
	for (size_t k = 0; in->kind == INSTRUCTION_RUN && k < in->flags.count; k++) {
		struct text rest = in->flags.at[k], part, source = TEXT("/");
		size_t from = STAGE_NONE;
		if (!text_starts(rest, TEXT("--mount=")))
			continue;
		for (rest = text_skip(rest, 8); text_cut(&rest, ',', &part);) {
			if (text_starts(part, TEXT("from=")))
				from = stages_find(&scan->stages, scan->stages.states[instruction].stage, text_skip(part, 5));
			else if (text_starts(part, TEXT("source=")) || text_starts(part, TEXT("src=")))
				source = text_skip(part, part.at[1] == 'r' ? 4 : 7);
		}
		if (from == s->stage && copies(source, s))
			return true;
	}
	return false;
}

/* A stage's program that another stage copies would be a link there. */
static struct text copied_out(const struct scan *scan, const struct software *s, struct arena *a)
{
	for (size_t i = scan->stages.at[s->stage].end; i < scan->file->count; i++) {
		const struct texts *words = &scan->file->at[i].words;
		if (mounts(scan, i, s))
			return arena_printf(a, "line %u mounts it from its stage", scan->file->at[i].line);
		for (size_t k = 0; k + 1 < words->count && copies_from(scan, i, s->stage); k++)
			if (copies(words->at[k], s) || copies_of_language(words->at[k], s))
				return arena_printf(a, "line %u copies it out of its stage", scan->file->at[i].line);
	}
	return (struct text){ 0 };
}

/* USER as it was written, that holds before the instruction; none: that of the base image. */
static struct text user_before(const struct scan *scan, size_t instruction)
{
	size_t stage = scan->stages.states[instruction].stage;
	for (size_t end = instruction; stage != STAGE_NONE; stage = scan->stages.at[stage].base) {
		for (size_t i = end; i-- > scan->stages.at[stage].first;)
			if (scan->file->at[i].kind == INSTRUCTION_USER)
				return scan->file->at[i].rest.text;
		size_t base = scan->stages.at[stage].base;
		end = base == STAGE_NONE ? 0 : scan->stages.at[base].end;
	}
	return (struct text){ 0 };
}

/* Root must graft: the user of the base is known, or nothing speaks for another. */
static struct text not_root(const struct scan *scan, const struct software *s, size_t script)
{
	struct text user = user_before(scan, graft_place(scan->file, &scan->stages.at[s->stage]));
	if (text_has(user, '$'))
		return TEXT("the user that the stage begins with is not known");
	if (user.len || script == SIZE_MAX || scan->stages.states[s->edit.instruction].user.len)
		return (struct text){ 0 };
	const struct scan_script *in = &scan->scripts.at[script];
	size_t command = s->edit.command_count ? s->edit.commands[0] : s->edit.command;
	const struct shell_command *c = command < in->shell.command_count ? &in->shell.commands[command] : NULL;
	if (c && c->word_count && text_equal(c->words[0].value, TEXT("sudo")))
		return TEXT("it is run with sudo, and the user of the base image is not known: say `USER root` before it");
	return (struct text){ 0 };
}

/* The links to the tools, and the program that makes them, come into /usr/local/bin. */
static bool path_lacks_links(const struct scan *scan, const struct software *s)
{
	struct text path, folder;
	if (!stage_variable(&scan->stages.states[scan->stages.at[s->stage].end - 1], TEXT("PATH"), &path) || text_has(path, '$'))
		return false;
	while (text_cut(&path, ':', &folder))
		if (text_equal(folder, TEXT("/usr/local/bin")) || text_equal(folder, TEXT("/usr/local/bin/")))
			return false;
	return true;
}

/* apt-get install jq > /log: what comes later may read it. */
static bool leaves_file(const struct scan_script *in, const struct software_edit *e)
{
	const struct shell_command *c = &in->shell.commands[e->command];
	for (size_t i = 0; e->word_count && i < c->redirect_count; i++) {
		const struct shell_redirect *r = &c->redirects[i];
		if (text_has(r->op, '>') && !text_ends(r->op, TEXT("&")) && !text_starts(r->target.value, TEXT("/dev/")))
			return true;
	}
	return false;
}

struct text rewrite_obstacle(const struct scan *scan, const struct software *s, struct arena *a)
{
	const struct software_edit *e = &s->edit;
	struct trim trim;
	struct text found;
	size_t script = marks_script(scan, e);
	if (e->why_not.len)
		return e->why_not;
	if (e->instruction >= scan->file->count || (script == SIZE_MAX && !e->whole))
		return TEXT("its place in the file is not known");
	found = not_root(scan, s, script);
	if (found.len)
		return found;
	if (path_lacks_links(scan, s))
		return TEXT("PATH lacks /usr/local/bin, where the links to the tools come");
	found = copied_out(scan, s, a);
	if (found.len || e->whole)
		return found;
	if (leaves_file(&scan->scripts.at[script], e))
		return TEXT("what it says is written to a file");
	trim_make(&scan->scripts.at[script], a, &trim);
	if (e->word_count)
		trim_command(&trim, e->command);
	for (size_t i = 0; i < e->command_count; i++)
		trim_command(&trim, e->commands[i]);
	return trim_obstacle(&trim);
}
