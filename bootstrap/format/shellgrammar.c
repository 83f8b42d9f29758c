#include "format/shellgrammar.h"

#include "format/shellcommand.h"
#include "format/shellcompound.h"
#include "format/shellword.h"

static int read_command(struct shell_reader *r, enum shell_join join, bool negated);

/* One or more commands with | between them. */
static int read_pipeline(struct shell_reader *r, enum shell_join join)
{
	bool negated = false;
	while (shellread_word(r, "!")) {
		negated = !negated;
		shellread_blanks(r);
	}
	for (;;) {
		if (read_command(r, join, negated) < 0)
			return r->fault->code;
		shellread_blanks(r);
		if (shellread_peek(r) != '|' || shellread_second(r) == '|')
			return 0;
		shellread_skip(r);
		shellread_take(r, "&");
		if (shellword_newlines(r) < 0)
			return r->fault->code;
		join = SHELL_PIPE;
		negated = false;
	}
}

/* Pipelines with && and || between them. */
static int read_and_or(struct shell_reader *r, enum shell_join join)
{
	for (;;) {
		if (read_pipeline(r, join) < 0)
			return r->fault->code;
		shellread_blanks(r);
		if (shellread_take(r, "&&"))
			join = SHELL_AND;
		else if (shellread_take(r, "||"))
			join = SHELL_OR;
		else
			return 0;
		if (shellword_newlines(r) < 0)
			return r->fault->code;
	}
}

/* What separates two lists: SHELL_FIRST when nothing does. */
static enum shell_join read_separator(struct shell_reader *r)
{
	int c = shellread_peek(r);
	if (c == '\n')
		return SHELL_SEQUENCE;
	if (c == ';' && !shellcompound_closes(r)) {
		shellread_skip(r);
		return SHELL_SEQUENCE;
	}
	if (c == '&') {
		shellread_skip(r);
		return SHELL_BACKGROUND;
	}
	return SHELL_FIRST;
}

static int read_list(struct shell_reader *r, size_t block)
{
	enum shell_join join = SHELL_FIRST;
	size_t outer = r->block, command = r->command;
	if (shellread_enter(r) < 0)
		return r->fault->code;
	r->block = block;
	do {
		if (shellword_newlines(r) < 0)
			return r->fault->code;
		if (shellcompound_closes(r))
			break;
		if (read_and_or(r, join) < 0)
			return r->fault->code;
		join = read_separator(r);
	} while (join != SHELL_FIRST);
	r->blocks.at[block].end = shellread_place(r);
	r->block = outer;
	r->command = command;
	r->depth--;
	return 0;
}

/* A function's body, behind its name and ( ). */
static int read_body(struct shell_reader *r, size_t index)
{
	size_t block, outer = r->block;
	r->command = index;
	r->commands.at[index].compound = true;
	r->commands.at[index].which = SHELL_DEFINITION;
	if (shellword_newlines(r) < 0)
		return r->fault->code;
	enum shell_compound which = shellcompound_comes(r);
	if (which == SHELL_SIMPLE)
		return shellread_unexpected(r, "a function's body must be { }, ( ) or another compound command");
	if (which == SHELL_BRACKETS && shellread_second(r) != '(')
		return shellcompound_brackets(r, SHELL_FUNCTION);
	if (shellread_block(r, SHELL_FUNCTION, index, &block) < 0)
		return r->fault->code;
	r->blocks.at[block].begin = shellread_place(r);
	r->block = block;
	if (shellread_enter(r) < 0 || read_command(r, SHELL_FIRST, false) < 0)
		return r->fault->code;
	r->depth--;
	r->block = outer;
	r->blocks.at[block].end = shellread_behind(r);
	return 0;
}

/* bash's "function NAME", with or without ( ). */
static int read_function(struct shell_reader *r, size_t index)
{
	struct shell_word *name = arena_alloc(r->arena, 1, sizeof *name);
	shellread_blanks(r);
	if (!shellword_comes(r))
		return shellread_unexpected(r, "\"function\" must have a name behind it");
	if (shellword_read(r, SHELL_PLAIN, name) < 0)
		return r->fault->code;
	r->commands.at[index].operands = name;
	r->commands.at[index].operand_count = 1;
	shellread_blanks(r);
	shellread_take(r, "()");
	return read_body(r, index);
}

/* A simple command, or a function's definition that begins like one. */
static int read_simple(struct shell_reader *r, size_t index)
{
	struct shell_command *c;
	if (shellcommand_read(r, index) < 0)
		return r->fault->code;
	if (shellread_peek(r) != '(')
		return 0;
	c = &r->commands.at[index];
	if (c->word_count != 1 || c->assignment_count || c->redirect_count)
		return shellread_unexpected(r, "a command must end here");
	c->operands = c->words;
	c->operand_count = 1;
	c->words = NULL;
	c->word_count = 0;
	shellread_skip(r);
	shellread_blanks(r);
	if (!shellread_take(r, ")"))
		return shellread_unexpected(r, "a function's name must have \"()\" behind it");
	if (read_body(r, index) < 0)
		return r->fault->code;
	return shellcommand_redirects(r, index);
}

/* bash's "time" before a compound command is no word of it. */
static void pass_time(struct shell_reader *r)
{
	struct shell_source before = r->in;
	if (!shellread_word(r, "time"))
		return;
	shellread_blanks(r);
	if (shellcompound_comes(r) == SHELL_SIMPLE)
		r->in = before;
}

static int read_command(struct shell_reader *r, enum shell_join join, bool negated)
{
	size_t index;
	int code;
	pass_time(r);
	if (shellcompound_closes(r))
		return shellread_unexpected(r, "a command must stand here");
	if (shellread_command(r, join, negated, &index) < 0)
		return r->fault->code;
	r->command = index;
	enum shell_compound which = shellcompound_comes(r);
	if (which != SHELL_SIMPLE)
		code = shellcompound_read(r, index, which);
	else if (shellread_word(r, "function"))
		code = read_function(r, index);
	else
		return read_simple(r, index);
	if (code < 0)
		return code;
	r->command = index;
	return shellcommand_redirects(r, index);
}

int shellgrammar_read(struct shell_reader *r)
{
	size_t block;
	r->list = read_list;
	r->parts = shellword_parts;
	if (shellread_block(r, SHELL_PROGRAM, SHELL_NONE, &block) < 0 || read_list(r, block) < 0)
		return r->fault->code;
	if (shellread_peek(r) != SHELL_END)
		return shellread_unexpected(r, "a command must stand here");
	return 0;
}
