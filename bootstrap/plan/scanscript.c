#include "plan/scanscript.h"

#include "base/bounds.h"
#include "plan/scanapt.h"
#include "plan/scanclone.h"
#include "plan/scanfetch.h"
#include "plan/scanfollow.h"
#include "plan/scanlang.h"
#include "plan/scantext.h"
#include "plan/scanverify.h"

static bool variable_get(const void *of, struct text name, struct text *value)
{
	const struct scan_place *place = of;
	return place->state && stage_variable(place->state, name, value);
}

bool scan_is_shell(struct text path)
{
	return scan_in(" sh bash dash ash zsh ksh ", scan_base(path));
}

/* ---- scripts in scripts ---- */

static void look_inside(const struct scan_call *call, struct text script, const struct placed *source, size_t index)
{
	struct scan_work *work = call->place->work;
	struct scan_place like = *call->place;
	struct text folder = work->flow->folder;
	if (work->depth >= SCAN_NESTING_MAX) {
		SCAN_DOUBT(call, "scripts in scripts nest too deep");
		return;
	}
	like.at = scan_byte(call->place, call->command->begin);
	like.source = source;
	like.script = source ? index : SIZE_MAX;
	if (source && call->place->shell->blocks[call->command->block].kind != SHELL_PROGRAM)
		like.why_not = TEXT("the whole script stands in a part of another");
	scan_script(&like, script);
	work->flow->folder = folder;
}

/* sh -c WORD, su USER -c WORD */
static void look_at_code(const struct scan_call *call)
{
	const struct shell_command *c = call->command;
	bool shell = scan_is_shell(call->program);
	if (!shell && !scan_in(" su runuser script eval ", call->program))
		return;
	if (text_equal(call->program, TEXT("eval")) && c->word_count > call->first + 1) {
		look_inside(call, c->words[call->first + 1].value, NULL, 0);
		return;
	}
	for (size_t i = call->first + 1; i + 1 < c->word_count; i++) {
		struct text word = c->words[i].value;
		bool code = word.len > 1 && word.at[0] == '-' && word.at[1] != '-' && word.at[word.len - 1] == 'c';
		if (!code && !text_equal(word, TEXT("--command")))
			continue;
		look_inside(call, c->words[i + 1].value, NULL, 0);
		return;
	}
}

/* bash <<EOF: a here-document of the instruction is a script with places of its own. */
static bool look_at_heredoc(const struct scan_call *call, const struct shell_redirect *r)
{
	const struct instruction *of = call->place->of;
	for (size_t i = 0; of && call->place->script == 0 && i < of->heredoc_count; i++) {
		if (!text_equal(of->heredocs[i].name, r->target.value))
			continue;
		look_inside(call, of->heredocs[i].content.text, &of->heredocs[i].content, i + 1);
		return true;
	}
	return false;
}

static void look_at_input(const struct scan_call *call)
{
	bool shell = scan_is_shell(call->program);
	struct scan_stream in = scan_flow_input(call);
	if (!shell && scan_in(" python python3 perl ruby node php pwsh ", call->program) && in.kind == STREAM_WORDS)
		SCAN_DOUBT(call, "a script for " TEXT_F " was not looked into", TEXT_A(call->program));
	if (!shell || in.kind != STREAM_WORDS)
		return;
	for (size_t i = 0; i < call->command->redirect_count; i++) {
		const struct shell_redirect *r = &call->command->redirects[i];
		if (text_starts(r->op, TEXT("<<")) && !text_equal(r->op, TEXT("<<<")) && look_at_heredoc(call, r))
			return;
	}
	look_inside(call, in.words, NULL, 0);
}

/* ---- one command ---- */

static void assign(const struct scan_place *place, size_t command)
{
	const struct shell_command *c = &place->shell->commands[command];
	struct scan_flow *flow = place->work->flow;
	for (size_t i = 0; i < c->assignment_count; i++) {
		struct scan_held held = { c->assignments[i].name, place->inner[command] };
		if (held.stream.kind == STREAM_NONE && !c->assignments[i].value.known)
			held.stream = scan_flow_variable(place, c->assignments[i].value.value);
		if (held.stream.kind != STREAM_NONE || flow->held.count)
			LIST_PUSH(&flow->held, place->work->arena, held);
	}
}

/* What a substitution or a part of a compound command gives goes to the command that it belongs to: of a pipeline, what the
 * last one says. */
static void hand_out(const struct scan_place *place, size_t command)
{
	const struct shell_block *block = &place->shell->blocks[place->shell->commands[command].block];
	size_t after = place->after[command];
	struct scan_stream out = place->streams[command];
	bool last = after == SIZE_MAX || place->shell->commands[after].join != SHELL_PIPE;
	if (block->owner == SHELL_NONE || !last || out.kind == STREAM_NONE)
		return;
	if (block->kind != SHELL_SUBSTITUTION) {
		if (place->streams[block->owner].kind == STREAM_NONE)
			place->streams[block->owner] = out;
		return;
	}
	struct scan_stream *inner = &place->inner[block->owner];
	if (inner->kind == STREAM_NONE || inner->kind == STREAM_WORDS || out.kind != STREAM_WORDS)
		*inner = out;
}

static void look_at(const struct scan_place *place, size_t command)
{
	struct scan_call call;
	if (place->shell->commands[command].compound) {
		scan_verify_compare(place, command);
		hand_out(place, command);
		return;
	}
	if (!place->shell->commands[command].word_count)
		assign(place, command);
	if (scan_call_make(place, command, &call)) {
		scan_apt(&call);
		scan_languages(&call);
		scan_clone(&call);
		scan_fetch(&call);
		scan_follow(&call);
		scan_follow_output(&call);
		look_at_code(&call);
		look_at_input(&call);
	}
	hand_out(place, command);
}

/* ---- all commands ---- */

/* Blocks that cannot run, as far as values are known. */
static bool *find_idle(const struct scan_place *place)
{
	const struct shell *s = place->shell;
	bool *idle = arena_alloc(place->work->arena, s->block_count, sizeof *idle);
	for (size_t i = 0; i < s->block_count; i++) {
		size_t parent = s->blocks[i].parent;
		idle[i] = !s->blocks[i].taken || (parent < i && idle[parent]);
	}
	return idle;
}

/* Commands of substitutions come before the one that they belong to; those of loops and the like as they stand. */
static void walk(const struct scan_place *place)
{
	const struct shell *s = place->shell;
	bool *idle = find_idle(place);
	size_t *waiting = arena_alloc(place->work->arena, s->command_count, sizeof *waiting), count = 0;
	for (size_t i = 0; i <= s->command_count; i++) {
		while (count && (i == s->command_count || s->commands[waiting[count - 1]].end <= s->commands[i].begin)) {
			size_t command = waiting[--count];
			if (!idle[s->commands[command].block])
				look_at(place, command);
		}
		if (i < s->command_count)
			waiting[count++] = i;
	}
}

static void find_neighbours(struct scan_place *place)
{
	const struct shell *s = place->shell;
	struct arena *a = place->work->arena;
	size_t *before = arena_alloc(a, s->command_count, sizeof *before), *after = arena_alloc(a, s->command_count, sizeof *after);
	size_t *last = arena_alloc(a, s->block_count, sizeof *last);
	for (size_t i = 0; i < s->block_count; i++)
		last[i] = SIZE_MAX;
	for (size_t i = 0; i < s->command_count; i++) {
		size_t block = s->commands[i].block;
		before[i] = last[block];
		after[i] = SIZE_MAX;
		if (last[block] != SIZE_MAX)
			after[last[block]] = i;
		last[block] = i;
	}
	place->before = before;
	place->after = after;
}

static void clear_streams(struct scan_place *place)
{
	size_t count = place->shell->command_count;
	place->streams = arena_alloc(place->work->arena, count, sizeof *place->streams);
	place->inner = arena_alloc(place->work->arena, count, sizeof *place->inner);
	for (size_t i = 0; i < count; i++)
		place->streams[i].fetch = place->inner[i].fetch = FETCH_NONE;
}

void scan_script(const struct scan_place *like, struct text script)
{
	struct scan_work *work = like->work;
	struct scan_place *place = arena_alloc(work->arena, 1, sizeof *place);
	struct shell *shell = arena_alloc(work->arena, 1, sizeof *shell);
	struct shell_input in = { script, "script", { variable_get, place } };
	struct fault f = { 0 };
	*place = *like;
	if (shell_parse(&in, work->arena, shell, &f)) {
		scan_doubt(work, place->at, "not read as a shell's: %s", f.text);
		return;
	}
	place->shell = shell;
	find_neighbours(place);
	clear_streams(place);
	if (place->source) {
		struct scan_script kept = { place->instruction, place->script, place->source, *shell };
		LIST_PUSH(&work->out->scripts, work->arena, kept);
	}
	work->depth++;
	walk(place);
	work->depth--;
}

void scan_array(const struct scan_place *like, struct texts words)
{
	struct arena *a = like->work->arena;
	struct scan_place place = *like;
	size_t room = 1, len = 0;
	place.source = NULL;
	place.script = SIZE_MAX;
	if (words.count >= 3 && scan_is_shell(words.at[0]) && text_ends(words.at[1], TEXT("c"))) {
		scan_script(&place, words.at[2]);
		return;
	}
	for (size_t i = 0; i < words.count; i++)
		room += words.at[i].len * 4 + 3;
	char *to = arena_alloc(a, room, 1);
	for (size_t i = 0; i < words.count; i++) {
		to[len++] = ' ';
		to[len++] = '\'';
		for (size_t k = 0; k < words.at[i].len; k++) {
			char c = words.at[i].at[k];
			if (c == '\'') {
				memcpy(to + len, "'\\'", 3);
				len += 3;
			}
			to[len++] = c;
		}
		to[len++] = '\'';
	}
	scan_script(&place, (struct text){ to, len });
}
