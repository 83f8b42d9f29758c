#include "plan/stages.h"

#include <strings.h>

#include "base/bounds.h"

/* A file being followed. */
struct follower {
	const struct containerfile *file;
	struct arena *arena;
	struct fault *fault;
	struct stages *out;
	struct stage_state now;               /* before the instruction at hand */
	const struct stage_variable *globals; /* set before the first FROM */
	struct stage_state *ends;             /* of each stage: what holds behind it */
	size_t variables;                     /* set so far */
	size_t values;                        /* bytes of what was expanded */
};

static int refuse(const struct follower *w, const struct instruction *in, const char *rule)
{
	return fault_set(w->fault, FAULT_INPUT, "line %u: " TEXT_F ": %s", in->line, TEXT_A(in->keyword), rule);
}

/* ---- variables ---- */

static const struct stage_variable *find(const struct stage_variable *list, struct text name)
{
	const struct stage_variable *argument = NULL;
	for (; list; list = list->before) {
		if (!text_equal(list->name, name))
			continue;
		if (list->env)
			return list;
		argument = argument ? argument : list;
	}
	return argument;
}

bool stage_variable(const struct stage_state *state, struct text name, struct text *value)
{
	const struct stage_variable *variable = find(state->variables, name);
	bool known = variable && variable->value.at;
	if (known)
		*value = variable->value;
	return known;
}

enum expand_state stage_expand_state(const void *of, struct text name, struct text *value)
{
	const struct stage_state *state = of;
	const struct stage_variable *variable = find(state->variables, name);
	if (!variable)
		return EXPAND_UNKNOWN;
	*value = variable->value;
	if (variable->value.at)
		return EXPAND_SET;
	return variable->env ? EXPAND_UNKNOWN : EXPAND_OPEN;
}

/* In FROM and before it nothing else can set a variable. */
static enum expand_state global_state(const void *of, struct text name, struct text *value)
{
	enum expand_state state = stage_expand_state(of, name, value);
	return state == EXPAND_UNKNOWN ? EXPAND_UNSET : state;
}

/* Expands in the state at hand; false when not all is known. What cannot be expanded stays as it is written. */
static bool expand(struct follower *w, struct text written, struct text *out)
{
	const struct expand how = { .escape = w->file->escape,
				    .get = w->now.stage == STAGE_NONE ? global_state : stage_expand_state,
				    .of = &w->now };
	struct expanded made;
	struct fault why = { 0 };
	*out = written;
	if (w->values > STAGE_VALUES_MAX)
		return false;
	int code = expand_word(written, &how, w->arena, &made, &why);
	if (code == 0)
		*out = made.text;
	w->values += out->len;
	return code == 0 && made.known;
}

static int set(struct follower *w, const struct instruction *in, struct text name, struct text value)
{
	struct stage_variable *variable = arena_alloc(w->arena, 1, sizeof *variable);
	if (++w->variables > STAGE_VARIABLES_MAX)
		return refuse(w, in, "the file sets more variables than are followed");
	*variable = (struct stage_variable){ name, value, in->kind == INSTRUCTION_ENV, w->now.variables };
	w->now.variables = variable;
	return 0;
}

/* All values see what was before the instruction. */
static int carry_env(struct follower *w, const struct instruction *in)
{
	struct texts made = { arena_alloc(w->arena, in->words.count, sizeof(struct text)), in->words.count };
	int code = 0;
	for (size_t i = 0; i < in->words.count; i++) {
		bool known = expand(w, in->words.at[i], &made.at[i]);
		if (!known && i % 2)
			made.at[i] = (struct text){ 0 };
	}
	for (size_t i = 0; i + 1 < made.count && code == 0; i += 2)
		code = set(w, in, made.at[i], made.at[i + 1]);
	return code;
}

/* ARG NAME: the value from before the first FROM, or none; what a base stage has set stays. */
static int carry_bare_argument(struct follower *w, const struct instruction *in, struct text name)
{
	const struct stage_variable *global = find(w->globals, name);
	if (w->now.stage != STAGE_NONE && global && global->value.at)
		return set(w, in, name, global->value);
	return find(w->now.variables, name) ? 0 : set(w, in, name, (struct text){ 0 });
}

static int carry_arg(struct follower *w, const struct instruction *in)
{
	int code = 0;
	for (size_t i = 0; i < in->words.count && code == 0; i++) {
		struct text name, value = in->words.at[i], made;
		text_cut(&value, '=', &name);
		if (!value.at)
			code = carry_bare_argument(w, in, name);
		else
			code = set(w, in, name, expand(w, value, &made) ? made : (struct text){ 0 });
	}
	return code;
}

/* ---- the rest of what an instruction leaves ---- */

/* "." and ".." are gone, and there is one "/" between names. */
static struct text clean_path(struct text path, struct arena *a)
{
	char *out = arena_alloc(a, path.len + 2, 1);
	struct text part;
	size_t len = 0;
	while (text_cut(&path, '/', &part)) {
		if (!part.len || text_equal(part, TEXT(".")))
			continue;
		if (text_equal(part, TEXT(".."))) {
			while (len && out[--len] != '/')
				;
			continue;
		}
		out[len++] = '/';
		memcpy(out + len, part.at, part.len);
		len += part.len;
	}
	if (!len)
		out[len++] = '/';
	return (struct text){ out, len };
}

static void carry_workdir(struct follower *w, const struct instruction *in)
{
	struct text path;
	if (!in->words.count)
		return;
	expand(w, in->words.at[0], &path);
	if (text_starts(path, TEXT("/")))
		w->now.workdir = clean_path(path, w->arena);
	else if (w->now.workdir.at)
		w->now.workdir = clean_path(
			arena_printf(w->arena, TEXT_F "/" TEXT_F, TEXT_A(w->now.workdir), TEXT_A(path)), w->arena);
}

static int carry_out(struct follower *w, const struct instruction *in)
{
	if (in->kind == INSTRUCTION_ENV)
		return carry_env(w, in);
	if (in->kind == INSTRUCTION_ARG)
		return carry_arg(w, in);
	if (in->kind == INSTRUCTION_USER && in->words.count)
		expand(w, in->words.at[0], &w->now.user);
	if (in->kind == INSTRUCTION_WORKDIR)
		carry_workdir(w, in);
	if (in->kind == INSTRUCTION_SHELL && in->json)
		w->now.shell = in->words;
	return 0;
}

/* ---- stages ---- */

static bool name_is(struct text a, struct text b)
{
	return a.len == b.len && a.len && !strncasecmp(a.at, b.at, a.len);
}

/* The last of that name. */
static size_t find_named(const struct stages *stages, size_t below, struct text name)
{
	for (size_t i = below < stages->count ? below : stages->count; i > 0; i--)
		if (name_is(stages->at[i - 1].name, name))
			return i - 1;
	return STAGE_NONE;
}

size_t stages_find(const struct stages *stages, size_t below, struct text name)
{
	size_t named = find_named(stages, below, name);
	uint64_t index;
	if (named != STAGE_NONE || !text_u64(name, SIZE_MAX - 1, &index))
		return named;
	return index < below && index < stages->count ? (size_t)index : STAGE_NONE;
}

static bool name_valid(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char lower = (char)(t.at[i] | 0x20);
		bool letter = lower >= 'a' && lower <= 'z';
		if (!letter && (i == 0 || !text_has(TEXT("0123456789-_."), t.at[i])))
			return false;
	}
	return t.len > 0;
}

static int begin_stage(struct follower *w, size_t at)
{
	const struct instruction *in = &w->file->at[at];
	const struct texts words = in->words;
	size_t index = w->out->count;
	struct stage *stage = &w->out->at[index];
	bool named = words.count == 3 && name_is(words.at[1], TEXT("AS"));
	if (words.count != 1 && !named)
		return refuse(w, in, "must be an image, or an image, AS and a name");
	if (named && !name_valid(words.at[2]))
		return refuse(w, in, "a stage's name is a letter, and letters, digits and -_. behind it");
	if (index > 0)
		w->ends[index - 1] = w->now;
	w->now = (struct stage_state){ .stage = STAGE_NONE, .variables = w->globals };
	*stage = (struct stage){ .name = named ? words.at[2] : (struct text){ 0 }, .first = at, .end = at + 1 };
	expand(w, words.at[0], &stage->image);
	stage->base = find_named(w->out, index, stage->image);
	w->now.stage = index;
	w->out->states[at] = w->now;
	w->now = stage->base == STAGE_NONE ? (struct stage_state){ 0 } : w->ends[stage->base];
	w->now.stage = index;
	w->out->count++;
	return 0;
}

static int follow(struct follower *w, size_t at)
{
	const struct instruction *in = &w->file->at[at];
	if (in->kind == INSTRUCTION_FROM)
		return begin_stage(w, at);
	if (!w->out->count && in->kind != INSTRUCTION_ARG)
		return refuse(w, in, "before the first FROM only ARG may stand");
	w->out->states[at] = w->now;
	int code = carry_out(w, in);
	if (w->out->count)
		w->out->at[w->out->count - 1].end = at + 1;
	else
		w->globals = w->now.variables;
	return code;
}

/* What builders set by themselves. */
static int set_platform(struct follower *w, struct text architecture)
{
	static const char *const of[] = { "TARGET", "BUILD" };
	const struct instruction arg = { .kind = INSTRUCTION_ARG };
	int code = 0;
	for (size_t i = 0; i < 2 && code == 0; i++) {
		struct text platform = arena_printf(w->arena, "linux/" TEXT_F, TEXT_A(architecture));
		struct text variant = architecture, name;
		text_cut(&variant, '/', &name);
		const struct text pairs[][2] = { { TEXT("PLATFORM"), platform },
						 { TEXT("OS"), TEXT("linux") },
						 { TEXT("ARCH"), name },
						 { TEXT("VARIANT"), variant.at ? variant : TEXT("") } };
		for (size_t k = 0; k < 4 && code == 0; k++)
			code = set(w, &arg, arena_printf(w->arena, "%s" TEXT_F, of[i], TEXT_A(pairs[k][0])),
				   pairs[k][1]);
	}
	w->globals = w->now.variables;
	return code;
}

int stages_make(const struct containerfile *file, struct text architecture, struct arena *a, struct stages *out,
		struct fault *f)
{
	struct follower w = { .file = file, .arena = a, .fault = f, .out = out, .now = { .stage = STAGE_NONE } };
	*out = (struct stages){ .at = arena_alloc(a, file->count, sizeof *out->at),
				.states = arena_alloc(a, file->count, sizeof *out->states) };
	w.ends = arena_alloc(a, file->count, sizeof *w.ends);
	int code = set_platform(&w, architecture);
	for (size_t i = 0; i < file->count && code == 0; i++)
		code = follow(&w, i);
	if (code == 0 && !out->count)
		return fault_set(f, FAULT_INPUT, "there is no FROM in it");
	return code;
}
