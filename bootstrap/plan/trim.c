#include "plan/trim.h"

#include <string.h>

/* A pipeline of the script's own sequence. */
struct unit {
	size_t begin, end;    /* bytes of the script */
	enum shell_join join; /* to the one before */
	size_t commands;      /* how many */
	size_t gone;          /* how many of them go */
	bool negated;         /* behind "!" */
	bool idle;            /* has no effect of its own */
	bool safe;            /* one command that does not fail: echo, rm -f */
};

struct units {
	struct unit *at;
	size_t count;
};

void trim_make(const struct scan_script *script, struct arena *a, struct trim *out)
{
	size_t count = script->shell.command_count;
	*out = (struct trim){ .script = script };
	out->commands = arena_alloc(a, count, sizeof *out->commands);
	out->words = arena_alloc(a, count, sizeof *out->words);
}

void trim_command(struct trim *t, size_t command)
{
	t->commands[command] = true;
	t->touched = true;
}

void trim_word(struct trim *t, struct arena *a, size_t command, size_t word)
{
	if (!t->words[command])
		t->words[command] = arena_alloc(a, t->script->shell.commands[command].word_count, sizeof **t->words);
	t->words[command][word] = true;
	t->touched = true;
}

/* ---- the sequence ---- */

static bool is_idle(const struct shell_command *c)
{
	static const struct text idle[] = { TEXT_INIT("set"), TEXT_INIT("export"), TEXT_INIT("cd"), TEXT_INIT("true"), TEXT_INIT(":"),
					    TEXT_INIT("umask"), TEXT_INIT("unset") };
	if (c->compound || c->redirect_count)
		return false;
	for (size_t i = 0; c->word_count && i < sizeof idle / sizeof *idle; i++)
		if (text_equal(c->words[0].value, idle[i]))
			return true;
	return !c->word_count;
}

static bool is_temporary(const struct shell *s, struct text name)
{
	for (size_t i = 0; i < s->command_count; i++)
		for (size_t k = 0; k < s->commands[i].assignment_count; k++) {
			const struct shell_assignment *v = &s->commands[i].assignments[k];
			const char *raw = s->script.at + v->value.begin;
			if (text_equal(v->name, name))
				return memmem(raw, v->value.end - v->value.begin, "$(mktemp", 8) != NULL;
		}
	return false;
}

/* rm -rf "$folder", which this script made with mktemp. */
static bool removes_temporary(const struct shell *s, const struct shell_command *c)
{
	size_t operands = 0;
	if (c->word_count < 2 || c->redirect_count || !text_equal(c->words[0].value, TEXT("rm")))
		return false;
	for (size_t i = 1; i < c->word_count; i++) {
		struct text raw = { s->script.at + c->words[i].begin, c->words[i].end - c->words[i].begin };
		while (raw.len && text_has(TEXT("\"${"), *raw.at))
			raw = text_skip(raw, 1);
		while (raw.len && text_has(TEXT("\"}"), raw.at[raw.len - 1]))
			raw.len--;
		if (!text_starts(c->words[i].value, TEXT("-")) && (++operands, !is_temporary(s, raw)))
			return false;
	}
	return operands;
}

static bool never_fails(const struct shell_command *c)
{
	size_t first = 0;
	struct text program = shell_program(c, &first);
	if (text_equal(program, TEXT("echo")) || text_equal(program, TEXT("printf")))
		return true;
	return text_equal(program, TEXT("rm")) && first + 1 < c->word_count && text_starts(c->words[first + 1].value, TEXT("-")) &&
	       text_has(c->words[first + 1].value, 'f');
}

static void add_command(struct units *units, const struct shell *s, const struct shell_command *c, bool gone)
{
	if (c->join != SHELL_PIPE || !units->count)
		units->at[units->count++] = (struct unit){ .begin = c->begin, .join = c->join, .idle = true };
	struct unit *u = &units->at[units->count - 1];
	u->end = c->end;
	u->commands++;
	u->gone += gone;
	u->negated = u->negated || c->negated;
	u->idle = u->idle && (is_idle(c) || removes_temporary(s, c));
	u->safe = u->commands == 1 && u->join != SHELL_AND && never_fails(c);
}

static void units_make(const struct trim *t, struct arena *a, struct units *out)
{
	const struct shell *s = &t->script->shell;
	*out = (struct units){ arena_alloc(a, s->command_count, sizeof *out->at), 0 };
	for (size_t i = 0; i < s->command_count; i++)
		if (s->commands[i].block == 0)
			add_command(out, s, &s->commands[i], t->commands[i]);
}

/* ---- what cannot be done ---- */

static bool goes_inside(const struct trim *t)
{
	for (size_t i = 0; i < t->script->shell.command_count; i++)
		if (t->commands[i] && t->script->shell.commands[i].block != 0)
			return true;
	return false;
}

static bool is_loose(enum shell_join join)
{
	return join == SHELL_OR || join == SHELL_BACKGROUND;
}

static struct text unit_obstacle(const struct units *units, size_t i)
{
	const struct unit *u = &units->at[i];
	if (u->gone < u->commands)
		return TEXT("a pipeline does other things, too");
	if (u->negated || is_loose(u->join) || (i + 1 < units->count && is_loose(units->at[i + 1].join)))
		return TEXT("what comes after it depends on how it ends");
	return (struct text){ 0 };
}

struct text trim_obstacle(const struct trim *t)
{
	struct arena scratch = { 0 };
	struct units units;
	struct text found = goes_inside(t) ? TEXT("it stands inside another command") : (struct text){ 0 };
	units_make(t, &scratch, &units);
	for (size_t i = 0; i < units.count && !found.len; i++)
		if (units.at[i].gone)
			found = unit_obstacle(&units, i);
	arena_drop(&scratch);
	return found;
}

bool trim_leaves_nothing(const struct trim *t)
{
	struct arena scratch = { 0 };
	struct units units;
	bool nothing = true;
	units_make(t, &scratch, &units);
	for (size_t i = 0; i < units.count; i++)
		nothing = nothing && (units.at[i].gone || units.at[i].idle);
	arena_drop(&scratch);
	return nothing;
}

/* ---- places in the file ---- */

static size_t begin_of(const struct trim *t, size_t at)
{
	return t->script->source->at[at];
}

static size_t end_of(const struct trim *t, size_t at)
{
	return at ? t->script->source->at[at - 1] + 1u : t->script->source->at[0];
}

/* ---- commands ---- */

/* `set -e` or so, in a command. */
static bool sets_errexit(const struct shell_command *c)
{
	for (size_t i = 1; i < c->word_count && text_equal(c->words[0].value, TEXT("set")); i++) {
		struct text word = c->words[i].value;
		if (text_equal(word, TEXT("errexit")) || (text_starts(word, TEXT("-")) && !text_starts(word, TEXT("--")) && text_has(word, 'e')))
			return true;
	}
	return false;
}

/* Did the end of the script hang on what goes alone? Then what stays before it may have failed: `rm x; apt-get install -y jq`. */
static bool hid_failures(const struct trim *t, const struct units *units, size_t first)
{
	if (!first || units->at[first].join != SHELL_SEQUENCE || units->at[first - 1].idle || units->at[first - 1].safe)
		return false;
	for (size_t i = 0; i < t->script->shell.command_count; i++) {
		const struct shell_command *c = &t->script->shell.commands[i];
		if (c->begin >= units->at[first].begin)
			break;
		if (c->block == 0 && sets_errexit(c))
			return false;
	}
	return true;
}

/* The units from the one to the other go. Of the two ways that joined them to what stays, the looser stays: in `a; b && c` without b, c is
 * run whatever a does, as before. */
static void cut_units(const struct trim *t, const struct units *units, const size_t range[2], struct edits *e, struct arena *a)
{
	const struct unit *u = units->at;
	size_t first = range[0], last = range[1];
	bool ends = last + 1 == units->count;
	bool keeps_left = !ends && u[first].join == SHELL_SEQUENCE && u[last + 1].join != SHELL_SEQUENCE;
	if (ends && hid_failures(t, units, first)) {
		edits_cut(e, a, begin_of(t, u[first].begin), end_of(t, u[last].end));
		edits_insert(e, a, begin_of(t, u[first].begin), TEXT("true"));
	} else if (first && !keeps_left)
		edits_cut(e, a, end_of(t, u[first - 1].end), end_of(t, u[last].end));
	else
		edits_cut(e, a, begin_of(t, u[first].begin), begin_of(t, u[last + 1].begin));
}

static void cut_commands(const struct trim *t, const struct units *units, struct edits *e, struct arena *a)
{
	for (size_t i = 0; i < units->count; i++) {
		size_t range[2] = { i, i };
		if (!units->at[i].gone)
			continue;
		while (i + 1 < units->count && units->at[i + 1].gone)
			range[1] = ++i;
		cut_units(t, units, range, e, a);
	}
}

/* ---- words ---- */

/* Is the byte in the file between two tokens of the script: '#' of a comment, '\n' of a continued line? */
static bool has_between(const struct trim *t, const struct edits *e, const size_t range[2], char byte)
{
	size_t begin = end_of(t, range[0]), end = begin_of(t, range[1]);
	return begin < end && memchr(e->bytes.at + begin, byte, end - begin);
}

static bool has_comment(const struct trim *t, const struct edits *e, size_t from, size_t to)
{
	return has_between(t, e, (size_t[]){ from, to }, '#');
}

/* Do comments head groups of words? Then the first of the lines below the command's own has one; else each tells of one word. */
static bool is_grouped(const struct trim *t, const struct shell_command *c, const struct edits *e)
{
	for (size_t i = 1; i < c->word_count; i++) {
		size_t range[2] = { c->words[i - 1].end, c->words[i].begin };
		if (has_between(t, e, range, '\n'))
			return has_between(t, e, range, '#');
	}
	return false;
}

/* Where the token before, or after, word `i` ends, or begins: redirections count. */
static size_t token_before(const struct shell_command *c, size_t i)
{
	size_t end = c->words[i - 1].end;
	for (size_t k = 0; k < c->redirect_count; k++)
		if (c->redirects[k].end <= c->words[i].begin && c->redirects[k].end > end)
			end = c->redirects[k].end;
	return end;
}

/* The words first..last go, between which no comment stands. A comment above them goes too, unless it heads words that stay. */
static void cut_words(const struct trim *t, const struct shell_command *c, const size_t range[2], struct edits *e, struct arena *a)
{
	size_t first = range[0], last = range[1];
	size_t before = token_before(c, first);
	bool heads = has_comment(t, e, before, c->words[first].begin) && last + 1 < c->word_count && is_grouped(t, c, e) &&
		     !has_comment(t, e, c->words[last].end, c->words[last + 1].begin);
	if (heads)
		edits_cut(e, a, begin_of(t, c->words[first].begin), begin_of(t, c->words[last + 1].begin));
	else
		edits_cut(e, a, end_of(t, before), end_of(t, c->words[last].end));
}

static void cut_words_of(const struct trim *t, size_t command, struct edits *e, struct arena *a)
{
	const struct shell_command *c = &t->script->shell.commands[command];
	const bool *goes = t->words[command];
	for (size_t i = 1; i < c->word_count; i++) {
		size_t range[2] = { i, i };
		if (!goes[i])
			continue;
		while (i + 1 < c->word_count && goes[i + 1] && !has_comment(t, e, c->words[i].end, c->words[i + 1].begin))
			range[1] = ++i;
		cut_words(t, c, range, e, a);
	}
}

void trim_edits(const struct trim *t, struct arena *a, struct edits *e)
{
	struct units units;
	if (!t->touched || trim_leaves_nothing(t))
		return;
	units_make(t, a, &units);
	cut_commands(t, &units, e, a);
	for (size_t i = 0; i < t->script->shell.command_count; i++)
		if (t->words[i] && !t->commands[i])
			cut_words_of(t, i, e, a);
}
