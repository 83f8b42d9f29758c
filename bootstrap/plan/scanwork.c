#include "plan/scanwork.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/bounds.h"
#include "plan/scantext.h"

unsigned scan_line(const struct scan_work *work, size_t at)
{
	size_t low = 0, high = work->lines.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (work->lines.at[middle] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return (unsigned)low;
}

size_t scan_byte(const struct scan_place *place, size_t byte)
{
	return place->source && byte <= place->source->text.len ? place->source->at[byte] : place->at;
}

void scan_doubt(struct scan_work *work, size_t at, const char *fmt, ...)
{
	char said[512];
	va_list args;
	if (work->out->doubts.count >= SCAN_DOUBTS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(said, sizeof said, fmt, args);
	va_end(args);
	LIST_PUSH(&work->out->doubts, work->arena, arena_printf(work->arena, "line %u: %s", scan_line(work, at), said));
}

struct software *scan_add(struct scan_work *work, const struct software *item)
{
	struct software_list *list = &work->out->software;
	if (list->count == SCAN_SOFTWARE_MAX) {
		scan_doubt(work, item->at, "more than %d pieces of software; the rest is not told", SCAN_SOFTWARE_MAX);
		return NULL;
	}
	LIST_PUSH(list, work->arena, *item);
	struct software *added = &list->at[list->count - 1];
	added->line = scan_line(work, item->at);
	if (text_has(added->version, '$') || text_has(added->version, '`')) {
		added->version = (struct text){ 0 };
		added->pin = PIN_NONE;
		if (!added->note.len)
			added->note = TEXT("the version is not in the file");
	}
	return added;
}

struct software *scan_add_word(const struct scan_call *call, size_t word, struct software item)
{
	const struct scan_place *place = call->place;
	size_t *words = arena_alloc(place->work->arena, 1, sizeof *words);
	words[0] = word;
	item.at = scan_byte(place, call->command->words[word].begin);
	item.stage = place->state ? place->state->stage : 0;
	item.edit = (struct software_edit){ .instruction = place->instruction, .script = place->script };
	item.edit.command = call->index;
	item.edit.why_not = scan_why_not(place, call->index);
	if (!item.edit.why_not.len && call->fed)
		item.edit.why_not = TEXT("xargs adds names to the command");
	if (item.edit.why_not.len)
		item.edit.instruction = place->source ? place->instruction : SIZE_MAX;
	item.edit.words = words;
	item.edit.word_count = 1;
	return scan_add(place->work, &item);
}

/* ---- what may be taken out ---- */

static struct text why_not_block(enum shell_block_kind kind)
{
	static const struct text why[] = {
		[SHELL_PROGRAM] = { 0 },
		[SHELL_SUBSHELL] = TEXT_INIT("it stands in ( )"),
		[SHELL_GROUP] = TEXT_INIT("it stands in { }"),
		[SHELL_SUBSTITUTION] = TEXT_INIT("it stands in a substitution"),
		[SHELL_CONDITION] = TEXT_INIT("it is a condition"),
		[SHELL_BRANCH] = TEXT_INIT("it stands in an if"),
		[SHELL_LOOP] = TEXT_INIT("it stands in a loop"),
		[SHELL_ARM] = TEXT_INIT("it stands in a case"),
		[SHELL_FUNCTION] = TEXT_INIT("it stands in a function"),
	};
	return why[kind];
}

static struct text why_not_here(const struct scan_place *place, size_t command)
{
	const struct shell_command *c = &place->shell->commands[command];
	size_t after = place->after[command];
	enum shell_join next = after == SIZE_MAX ? SHELL_FIRST : place->shell->commands[after].join;
	if (place->why_not.len)
		return place->why_not;
	if (!place->source)
		return TEXT("it stands in a string or in an array");
	if (c->negated)
		return TEXT("it stands behind !");
	if (c->join == SHELL_OR || next == SHELL_OR)
		return TEXT("what happens when it fails is written with ||");
	if (c->join == SHELL_BACKGROUND || next == SHELL_BACKGROUND)
		return TEXT("it runs in the background");
	return why_not_block(place->shell->blocks[c->block].kind);
}

bool scan_hangs(const struct scan_place *place, size_t command)
{
	size_t before = place->before[command], first;
	const struct shell_command *c;
	if (before == SIZE_MAX || place->shell->commands[command].join != SHELL_AND)
		return false;
	c = &place->shell->commands[before];
	if (c->compound)
		return text_starts((struct text){ place->shell->script.at + c->begin, c->end - c->begin }, TEXT("[["));
	return scan_in(" [ test command type which grep egrep id getent hash false ", shell_program(c, &first)) ||
	       (c->word_count && scan_in(" command exec ", c->words[0].value));
}

struct text scan_why_not_together(const struct scan_place *place, size_t command)
{
	return why_not_here(place, command);
}

struct text scan_why_not(const struct scan_place *place, size_t command)
{
	struct text why = why_not_here(place, command);
	size_t after = place->after[command];
	bool piped = place->shell->commands[command].join == SHELL_PIPE ||
		     (after != SIZE_MAX && place->shell->commands[after].join == SHELL_PIPE);
	if (!why.len && piped)
		return TEXT("it is a part of a pipeline");
	return !why.len && scan_hangs(place, command) ? TEXT("it hangs on a condition") : why;
}

size_t scan_top(const struct scan_place *place, size_t command)
{
	for (;;) {
		const struct shell_block *block = &place->shell->blocks[place->shell->commands[command].block];
		if (block->kind == SHELL_PROGRAM)
			return command;
		if (block->kind != SHELL_SUBSTITUTION || block->owner == SHELL_NONE)
			return SIZE_MAX;
		command = block->owner;
	}
}

/* ---- programs ---- */

/* Programs that run another, and how many operands of theirs come before it. */
static const struct wrapper {
	const char *names;
	const char *valued;
	size_t operands;
} wrappers[] = {
	{ " timeout ", " -s --signal -k --kill-after ", 1 },
	{ " eatmydata nohup retry chronic fakeroot busybox unbuffer setsid ", " ", 0 },
	{ " stdbuf ionice ", " -i -o -e -n -c ", 0 },
	{ " gosu su-exec ", " ", 1 },
	{ " runuser ", " -u --user -g --group ", 0 },
	{ " xargs ", " -n -P -I -L -d -a -s -E --arg-file --max-args --max-procs --delimiter --replace ", 0 },
};

static const struct wrapper *wrapper_of(struct text program)
{
	for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
		if (scan_in(wrappers[i].names, program))
			return &wrappers[i];
	return NULL;
}

/* The word behind the wrapper's own; none of its options may follow. */
static size_t behind(const struct scan_call *call, const struct wrapper *w)
{
	const struct shell_command *c = call->command;
	size_t skip = w->operands, i = call->first + 1;
	for (; i < c->word_count; i++) {
		struct text word = c->words[i].value;
		if (text_equal(word, TEXT("--")))
			continue;
		if (word.len > 1 && word.at[0] == '-')
			i += scan_in(w->valued, word);
		else if (skip)
			skip--;
		else
			break;
	}
	return i;
}

/* The program of the words from `first` on. "./aws/install" is not install. */
static void find_program(struct scan_call *call, size_t first)
{
	struct shell_command rest = *call->command;
	size_t skipped = 0;
	rest.words += first;
	rest.word_count -= first;
	call->program = shell_program(&rest, &skipped);
	call->first = first + skipped;
	if (call->first < call->command->word_count && call->program.len) {
		struct text path = call->command->words[call->first].value;
		if (text_has(path, '/') && !scan_is_bin(scan_folder(path)))
			call->program = path;
	}
}

/* "$SUDO apt-get install" */
static bool begins_unknown(const struct shell_command *c)
{
	return c->word_count > 1 && !c->words[0].known && text_starts(c->words[0].value, TEXT("$")) &&
	       !text_starts(c->words[0].value, TEXT("$("));
}

bool scan_call_make(const struct scan_place *place, size_t command, struct scan_call *out)
{
	*out = (struct scan_call){ .place = place, .index = command, .command = &place->shell->commands[command] };
	if (!out->command->word_count)
		return false;
	find_program(out, begins_unknown(out->command));
	for (const struct wrapper *w; (w = wrapper_of(out->program));) {
		size_t first = behind(out, w);
		out->fed |= text_equal(out->program, TEXT("xargs"));
		if (first >= out->command->word_count)
			break;
		find_program(out, first);
	}
	return out->program.len > 0;
}

struct text scan_word(const struct scan_call *call, size_t index)
{
	return index < call->command->word_count ? call->command->words[index].value : (struct text){ 0 };
}

bool scan_step(struct scan_work *work, size_t steps)
{
	bool left = work->steps >= steps;
	if (work->steps && !left)
		scan_doubt(work, 0, "the file is too big to follow all of its downloads");
	work->steps = left ? work->steps - steps : 0;
	return left;
}
