#include "format/shellgrammar.h"

#include "format/shellcommand.h"
#include "format/shelldollar.h"
#include "format/shellword.h"

static int read_command(struct shell_reader *r, enum shell_join join, bool negated);

static bool is_one_of(struct text word, const char *const *list)
{
	for (; *list; list++)
		if (text_equal(word, text_of(*list)))
			return true;
	return false;
}

/* Does what ends a list come next? */
static bool closes(struct shell_reader *r)
{
	static const char *const words[] = { "then", "else", "elif", "fi", "do", "done", "esac", "}", NULL };
	char room[SHELL_AHEAD];
	int c = shellread_peek(r);
	if (c == SHELL_END || c == ')')
		return true;
	if (c == ';')
		return shellread_second(r) == ';' || shellread_second(r) == '&';
	return is_one_of(shellread_ahead(r, room), words);
}

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
	if (c == ';' && !closes(r)) {
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
		if (closes(r))
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

/* A block of commands of which there must be one; `where` names it. */
static int read_block(struct shell_reader *r, enum shell_block_kind kind, const char *where)
{
	size_t block, count = r->commands.count;
	if (shellread_block(r, kind, r->command, &block) < 0 || read_list(r, block) < 0)
		return r->fault->code;
	if (r->commands.count == count)
		return shellread_unexpected(r, where);
	return 0;
}

/* Takes the word that must come; `of` is the place of what it belongs to. */
static int expect(struct shell_reader *r, const char *word, const char *rule)
{
	shellread_blanks(r);
	if (text_equal(TEXT(")"), text_of(word)) ? shellread_take(r, word) : shellread_word(r, word))
		return 0;
	return shellread_unexpected(r, rule);
}

static int read_subshell(struct shell_reader *r)
{
	shellread_skip(r);
	if (read_block(r, SHELL_SUBSHELL, "a command must stand in ( )") < 0)
		return r->fault->code;
	return expect(r, ")", "\"(\" must end with \")\"");
}

static int read_group(struct shell_reader *r, enum shell_block_kind kind)
{
	shellread_take(r, "{");
	if (read_block(r, kind, "a command must stand in { }") < 0)
		return r->fault->code;
	return expect(r, "}", "\"{\" must end with \"}\"");
}

static int read_if(struct shell_reader *r)
{
	shellread_take(r, "if");
	do {
		if (read_block(r, SHELL_CONDITION, "a command must stand behind \"if\"") < 0 ||
		    expect(r, "then", "\"if\" must have a \"then\"") < 0 ||
		    read_block(r, SHELL_BRANCH, "a command must stand behind \"then\"") < 0)
			return r->fault->code;
	} while (shellread_word(r, "elif"));
	if (shellread_word(r, "else") && read_block(r, SHELL_BRANCH, "a command must stand behind \"else\"") < 0)
		return r->fault->code;
	return expect(r, "fi", "\"if\" must end with \"fi\"");
}

/* From "do" to "done". */
static int read_loop(struct shell_reader *r)
{
	if (expect(r, "do", "a loop must have a \"do\"") < 0 ||
	    read_block(r, SHELL_LOOP, "a command must stand behind \"do\"") < 0)
		return r->fault->code;
	return expect(r, "done", "\"do\" must end with \"done\"");
}

static int read_while(struct shell_reader *r, const char *word)
{
	shellread_take(r, word);
	if (read_block(r, SHELL_CONDITION, "a command must stand behind \"while\"") < 0)
		return r->fault->code;
	return read_loop(r);
}

/* Appends a word to a compound command's operands. */
struct operands {
	LIST(struct shell_word) list; /* so far */
};

static int read_operand(struct shell_reader *r, enum shell_mode mode, struct operands *out)
{
	struct shell_word word;
	shellread_blanks(r);
	if (!shellword_comes(r) && mode == SHELL_PLAIN)
		return shellread_unexpected(r, "a word must stand here");
	if (shellword_read(r, mode, &word) < 0)
		return r->fault->code;
	LIST_PUSH(&out->list, r->arena, word);
	return 0;
}

static void give_operands(struct shell_reader *r, size_t index, const struct operands *o)
{
	r->commands.at[index].operands = o->list.at;
	r->commands.at[index].operand_count = o->list.count;
}

/* for (( ; ; )), behind "for". */
static int read_sum_loop(struct shell_reader *r, size_t index)
{
	size_t place = shellread_place(r);
	r->commands.at[index].which = SHELL_ARITHMETIC;
	shellread_take(r, "((");
	if (shelldollar_arithmetic(r, place) < 0)
		return r->fault->code;
	r->commands.at[index].sum_end = shellread_behind(r);
	shellread_blanks(r);
	shellread_take(r, ";");
	if (shellword_newlines(r) < 0)
		return r->fault->code;
	return read_loop(r);
}

static int read_for(struct shell_reader *r, const char *word)
{
	struct operands o = { 0 };
	size_t index = r->command;
	shellread_take(r, word);
	shellread_blanks(r);
	if (shellread_peek(r) == '(' && shellread_second(r) == '(')
		return read_sum_loop(r, index);
	int c = shellread_peek(r);
	if (!shellread_name(c) || (c >= '0' && c <= '9'))
		return shellread_unexpected(r, "\"for\" must have a variable's name behind it");
	if (read_operand(r, SHELL_PLAIN, &o) < 0 || shellword_newlines(r) < 0)
		return r->fault->code;
	if (shellread_word(r, "in"))
		for (shellread_blanks(r); shellword_comes(r); shellread_blanks(r))
			if (read_operand(r, SHELL_PLAIN, &o) < 0)
				return r->fault->code;
	give_operands(r, index, &o);
	if (!closes(r))
		shellread_take(r, ";");
	if (shellword_newlines(r) < 0)
		return r->fault->code;
	return read_loop(r);
}

/* One arm: its patterns, its commands and what ends it. */
static int read_arm(struct shell_reader *r, size_t owner)
{
	struct operands patterns = { 0 };
	size_t block;
	shellread_take(r, "(");
	do {
		if (read_operand(r, SHELL_PLAIN, &patterns) < 0)
			return r->fault->code;
		shellread_blanks(r);
	} while (shellread_take(r, "|"));
	if (expect(r, ")", "a case's pattern must end with \")\"") < 0 || shellread_block(r, SHELL_ARM, owner, &block) < 0 ||
	    read_list(r, block) < 0)
		return r->fault->code;
	r->blocks.at[block].patterns = patterns.list.at;
	r->blocks.at[block].pattern_count = patterns.list.count;
	r->blocks.at[block].falls = shellread_take(r, ";;&") || shellread_take(r, ";&");
	if (!r->blocks.at[block].falls && !shellread_take(r, ";;")) {
		char room[SHELL_AHEAD];
		if (!text_equal(shellread_ahead(r, room), TEXT("esac")))
			return shellread_unexpected(r, "a case's arm must end with \";;\" or \"esac\"");
	}
	return shellword_newlines(r);
}

static int read_case(struct shell_reader *r)
{
	struct operands o = { 0 };
	size_t index = r->command;
	shellread_take(r, "case");
	if (read_operand(r, SHELL_PLAIN, &o) < 0 || shellword_newlines(r) < 0)
		return r->fault->code;
	give_operands(r, index, &o);
	if (expect(r, "in", "\"case\" must have a word and \"in\"") < 0 || shellword_newlines(r) < 0)
		return r->fault->code;
	while (!shellread_word(r, "esac"))
		if (read_arm(r, index) < 0)
			return r->fault->code;
	return 0;
}

/* Takes an operator of [[ ]] as a word; false when none comes. */
static bool take_test_operator(struct shell_reader *r, struct operands *o)
{
	static const char *const all[] = { "&&", "||", "(", ")", "<", ">" };
	struct shell_word word = { .begin = shellread_place(r) };
	if ((shellread_peek(r) == '<' || shellread_peek(r) == '>') && shellread_second(r) == '(')
		return false;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (shellread_take(r, all[i])) {
			word.end = shellread_behind(r);
			word.value = text_of(all[i]);
			word.known = true;
			LIST_PUSH(&o->list, r->arena, word);
			return true;
		}
	return false;
}

static int read_test(struct shell_reader *r)
{
	struct operands o = { 0 };
	enum shell_mode mode = SHELL_PLAIN;
	size_t index = r->command;
	shellread_take(r, "[[");
	for (;;) {
		if (shellword_newlines(r) < 0)
			return r->fault->code;
		if (shellread_word(r, "]]"))
			break;
		if (shellread_count(r) < 0)
			return r->fault->code;
		if (mode == SHELL_PLAIN && take_test_operator(r, &o))
			continue;
		if (shellread_peek(r) == SHELL_END || read_operand(r, mode, &o) < 0)
			return shellread_unexpected(r, "\"[[\" must end with \"]]\"");
		const struct shell_word *last = &o.list.at[o.list.count - 1];
		mode = last->part_count == 1 && text_equal(last->parts->raw, TEXT("=~")) ? SHELL_REGEX : SHELL_PLAIN;
	}
	give_operands(r, index, &o);
	return o.list.count ? 0 : shellread_unexpected(r, "something must stand in [[ ]]");
}

static bool body_comes(struct shell_reader *r)
{
	static const char *const words[] = { "{", "if", "while", "until", "for", "case", "select", "[[", NULL };
	char room[SHELL_AHEAD];
	return shellread_peek(r) == '(' || is_one_of(shellread_ahead(r, room), words);
}

/* A function's body, behind its name and ( ). */
static int read_body(struct shell_reader *r, size_t index)
{
	size_t block;
	char room[SHELL_AHEAD];
	r->command = index;
	r->commands.at[index].which = SHELL_DEFINITION;
	if (shellword_newlines(r) < 0)
		return r->fault->code;
	if (!body_comes(r))
		return shellread_unexpected(r, "a function's body must be { }, ( ) or another compound command");
	if (text_equal(shellread_ahead(r, room), TEXT("{")))
		return read_group(r, SHELL_FUNCTION);
	if (shellread_peek(r) == '(' && shellread_second(r) != '(') {
		shellread_skip(r);
		if (read_block(r, SHELL_FUNCTION, "a command must stand in ( )") < 0)
			return r->fault->code;
		return expect(r, ")", "\"(\" must end with \")\"");
	}
	size_t outer = r->block;
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
static int read_function(struct shell_reader *r)
{
	struct operands o = { 0 };
	size_t index = r->command;
	shellread_take(r, "function");
	if (read_operand(r, SHELL_PLAIN, &o) < 0)
		return r->fault->code;
	give_operands(r, index, &o);
	shellread_blanks(r);
	if (shellread_peek(r) == '(' && shellread_second(r) == ')')
		shellread_take(r, "()");
	return read_body(r, index);
}

/* (( )), or ( ) that begins with another one. */
static int read_sum_or_subshell(struct shell_reader *r, size_t index)
{
	struct shell_source before = r->in;
	size_t place = shellread_place(r);
	bool arithmetic = false;
	if (shellread_take(r, "((") && shelldollar_is_arithmetic(r, &arithmetic) < 0)
		return r->fault->code;
	if (arithmetic) {
		r->commands.at[index].which = SHELL_ARITHMETIC;
		if (shelldollar_arithmetic(r, place) < 0)
			return r->fault->code;
		r->commands.at[index].sum_end = shellread_behind(r);
		return 0;
	}
	r->in = before;
	return read_subshell(r);
}

static int read_compound(struct shell_reader *r, size_t index, struct text word)
{
	enum shell_compound *which = &r->commands.at[index].which;
	*which = SHELL_BRACKETS;
	if (!word.len)
		return read_sum_or_subshell(r, index);
	if (word.at[0] == '{')
		return read_group(r, SHELL_GROUP);
	if (word.at[0] == '[') {
		*which = SHELL_TEST;
		return read_test(r);
	}
	if (word.at[0] == 'i') {
		*which = SHELL_IF;
		return read_if(r);
	}
	if (word.at[0] == 'c') {
		*which = SHELL_CASE;
		return read_case(r);
	}
	if (word.at[0] == 'w' || word.at[0] == 'u') {
		*which = word.at[0] == 'w' ? SHELL_WHILE : SHELL_UNTIL;
		return read_while(r, word.at[0] == 'w' ? "while" : "until");
	}
	*which = SHELL_FOR;
	return word.len == 3 ? read_for(r, "for") : word.at[0] == 's' ? read_for(r, "select") : read_function(r);
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
	c->compound = true;
	shellread_skip(r);
	if (expect(r, ")", "a function's name must have \"()\" behind it") < 0 || read_body(r, index) < 0)
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
	if (!body_comes(r))
		r->in = before;
}

static int read_command(struct shell_reader *r, enum shell_join join, bool negated)
{
	static const char *const words[] = { "{", "if", "while", "until", "for", "case", "select", "[[", "function", NULL };
	char room[SHELL_AHEAD];
	struct text word = { 0 };
	size_t index;
	pass_time(r);
	if (closes(r))
		return shellread_unexpected(r, "a command must stand here");
	if (shellread_command(r, join, negated, &index) < 0)
		return r->fault->code;
	r->command = index;
	if (shellread_peek(r) != '(') {
		word = shellread_ahead(r, room);
		if (!is_one_of(word, words))
			return read_simple(r, index);
	}
	r->commands.at[index].compound = true;
	if (read_compound(r, index, word) < 0)
		return r->fault->code;
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
