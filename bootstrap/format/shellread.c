#include "format/shellread.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bounds.h"

#define SHOWN_MAX 40 /* bytes of a script in a message */
#define RULE_MAX 400 /* bytes of a message */

static bool continues(struct text bytes, size_t pos)
{
	return pos + 1 < bytes.len && bytes.at[pos] == '\\' && bytes.at[pos + 1] == '\n';
}

static int byte_at(struct text bytes, size_t *pos)
{
	while (continues(bytes, *pos))
		*pos += 2;
	return *pos < bytes.len ? (unsigned char)bytes.at[*pos] : SHELL_END;
}

int shellread_peek(struct shell_reader *r)
{
	return byte_at(r->in.bytes, &r->in.pos);
}

int shellread_second(struct shell_reader *r)
{
	size_t pos = r->in.pos;
	if (byte_at(r->in.bytes, &pos) == SHELL_END)
		return SHELL_END;
	pos++;
	return byte_at(r->in.bytes, &pos);
}

void shellread_skip(struct shell_reader *r)
{
	if (shellread_peek(r) != SHELL_END)
		r->in.last = ++r->in.pos;
}

bool shellread_take(struct shell_reader *r, const char *bytes)
{
	size_t pos = r->in.pos;
	for (; *bytes; bytes++, pos++)
		if (byte_at(r->in.bytes, &pos) != (unsigned char)*bytes)
			return false;
	r->in.pos = r->in.last = pos;
	return true;
}

void shellread_blanks(struct shell_reader *r)
{
	int c;
	while ((c = shellread_peek(r)) == ' ' || c == '\t')
		r->in.pos++;
	if (c == '#')
		while (r->in.pos < r->in.bytes.len && r->in.bytes.at[r->in.pos] != '\n')
			r->in.pos++;
}

bool shellread_ends(int c)
{
	return c == SHELL_END || text_has(TEXT(" \t\n;&|<>()"), (char)c);
}

bool shellread_name(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct text shellread_ahead(struct shell_reader *r, char room[SHELL_AHEAD])
{
	size_t pos = r->in.pos, len = 0;
	for (int c; !shellread_ends(c = byte_at(r->in.bytes, &pos)); pos++) {
		if (len == SHELL_AHEAD)
			return (struct text){ 0 };
		room[len++] = (char)c;
	}
	return (struct text){ room, len };
}

bool shellread_word(struct shell_reader *r, const char *word)
{
	char room[SHELL_AHEAD];
	return text_equal(shellread_ahead(r, room), text_of(word)) && shellread_take(r, word);
}

size_t shellread_place(struct shell_reader *r)
{
	shellread_peek(r);
	return r->in.at ? r->in.at[r->in.pos] : r->in.pos;
}

size_t shellread_behind(const struct shell_reader *r)
{
	return r->in.at ? r->in.at[r->in.last] : r->in.last;
}

struct text shellread_since(const struct shell_reader *r, size_t begin)
{
	if (r->in.last < begin)
		return (struct text){ r->in.bytes.at + begin, 0 };
	return (struct text){ r->in.bytes.at + begin, r->in.last - begin };
}

struct text shellread_clean(const struct shell_reader *r, size_t begin)
{
	struct text all = shellread_since(r, begin);
	char *copy;
	size_t len = 0;
	if (!all.len || !memmem(all.at, all.len, "\\\n", 2))
		return all;
	copy = arena_alloc(r->arena, all.len, 1);
	for (size_t i = 0; i < all.len; i++) {
		if (continues(all, i))
			i++;
		else
			copy[len++] = all.at[i];
	}
	return (struct text){ copy, len };
}

int shellread_refuse(const struct shell_reader *r, size_t place, const char *fmt, ...)
{
	char rule[RULE_MAX];
	size_t line = 1;
	va_list args;
	va_start(args, fmt);
	vsnprintf(rule, sizeof rule, fmt, args);
	va_end(args);
	for (size_t i = 0; i < place && i < r->script.len; i++)
		line += r->script.at[i] == '\n';
	return fault_set(r->fault, FAULT_INPUT, "%s:%zu: %s", r->what, line, rule);
}

int shellread_unexpected(struct shell_reader *r, const char *rule)
{
	size_t place = shellread_place(r), len = 0;
	struct text rest = text_skip(r->in.bytes, r->in.pos);
	int c = shellread_peek(r);
	if (c == SHELL_END)
		return shellread_refuse(r, place, "%s, but the script ends", rule);
	if (c == '\n')
		return shellread_refuse(r, place, "%s, but the line ends", rule);
	while (len < rest.len && len < SHOWN_MAX && !shellread_ends((unsigned char)rest.at[len]))
		len++;
	if (!len)
		while (len < rest.len && len < 3 && rest.at[len] == rest.at[0])
			len++;
	return shellread_refuse(r, place, "%s, not \"%.*s\"", rule, (int)len, rest.at);
}

int shellread_enter(struct shell_reader *r)
{
	if (r->depth == SHELL_DEPTH_MAX)
		return shellread_refuse(r, shellread_place(r), "more than %d blocks or substitutions in one another",
					SHELL_DEPTH_MAX);
	r->depth++;
	return 0;
}

int shellread_count(struct shell_reader *r)
{
	if (r->words == SHELL_WORDS_MAX)
		return shellread_refuse(r, shellread_place(r), "more than %u words and parts of words",
					SHELL_WORDS_MAX);
	r->words++;
	return 0;
}

int shellread_part(struct shell_reader *r, struct shell_part part, struct shell_parts *out)
{
	if (shellread_count(r) < 0)
		return r->fault->code;
	LIST_PUSH(&out->list, r->arena, part);
	return 0;
}

int shellread_block(struct shell_reader *r, enum shell_block_kind kind, size_t owner, size_t *out)
{
	struct shell_block block = {
		.kind = kind, .parent = r->blocks.count ? r->block : SHELL_NONE, .owner = owner, .taken = true
	};
	if (r->blocks.count == SHELL_COMMANDS_MAX)
		return shellread_refuse(r, shellread_place(r), "more than %d blocks", SHELL_COMMANDS_MAX);
	block.begin = block.end = shellread_behind(r);
	*out = r->blocks.count;
	LIST_PUSH(&r->blocks, r->arena, block);
	return 0;
}

int shellread_command(struct shell_reader *r, enum shell_join join, bool negated, size_t *out)
{
	struct shell_command command = { .join = join, .block = r->block, .negated = negated };
	if (r->commands.count == SHELL_COMMANDS_MAX)
		return shellread_refuse(r, shellread_place(r), "more than %d commands", SHELL_COMMANDS_MAX);
	command.begin = command.end = shellread_place(r);
	*out = r->commands.count;
	LIST_PUSH(&r->commands, r->arena, command);
	return 0;
}
