#include "format/shellcompound.h"

#include "format/shelldollar.h"
#include "format/shellword.h"

/* The words that compound commands begin with. */
static const struct {
	struct text word;          /* as it is written */
	enum shell_compound which; /* of them */
} WORDS[] = {
	{ TEXT_INIT("{"), SHELL_BRACKETS },  { TEXT_INIT("if"), SHELL_IF },   { TEXT_INIT("while"), SHELL_WHILE },
	{ TEXT_INIT("until"), SHELL_UNTIL }, { TEXT_INIT("for"), SHELL_FOR }, { TEXT_INIT("select"), SHELL_FOR },
	{ TEXT_INIT("case"), SHELL_CASE },   { TEXT_INIT("[["), SHELL_TEST },
};

enum shell_compound shellcompound_comes(struct shell_reader *r)
{
	char room[SHELL_AHEAD];
	if (shellread_peek(r) == '(')
		return SHELL_BRACKETS;
	struct text word = shellread_ahead(r, room);
	for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
		if (text_equal(word, WORDS[i].word))
			return WORDS[i].which;
	return SHELL_SIMPLE;
}

bool shellcompound_closes(struct shell_reader *r)
{
	static const char *const words[] = { "then", "else", "elif", "fi", "do", "done", "esac", "}" };
	char room[SHELL_AHEAD];
	int c = shellread_peek(r);
	if (c == SHELL_END || c == ')')
		return true;
	if (c == ';')
		return shellread_second(r) == ';' || shellread_second(r) == '&';
	struct text word = shellread_ahead(r, room);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equal(word, text_of(words[i])))
			return true;
	return false;
}

/* A block of commands of which there must be one; `where` names it. */
static int read_block(struct shell_reader *r, enum shell_block_kind kind, const char *where)
{
	size_t block, count = r->commands.count;
	if (shellread_block(r, kind, r->command, &block) < 0 || r->list(r, block) < 0)
		return r->fault->code;
	if (r->commands.count == count)
		return shellread_unexpected(r, where);
	return 0;
}

/* Takes the word, or ")", that must come. */
static int expect(struct shell_reader *r, const char *word, const char *rule)
{
	shellread_blanks(r);
	if (text_equal(TEXT(")"), text_of(word)) ? shellread_take(r, word) : shellread_word(r, word))
		return 0;
	return shellread_unexpected(r, rule);
}

int shellcompound_brackets(struct shell_reader *r, enum shell_block_kind kind)
{
	if (shellread_take(r, "(")) {
		if (read_block(r, kind, "a command must stand in ( )") < 0)
			return r->fault->code;
		return expect(r, ")", "\"(\" must end with \")\"");
	}
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

static int read_while(struct shell_reader *r)
{
	if (!shellread_take(r, "while"))
		shellread_take(r, "until");
	if (read_block(r, SHELL_CONDITION, "a command must stand behind \"while\"") < 0)
		return r->fault->code;
	return read_loop(r);
}

/* Words of a compound command. */
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

static int read_for(struct shell_reader *r)
{
	struct operands o = { 0 };
	size_t index = r->command;
	if (!shellread_take(r, "for"))
		shellread_take(r, "select");
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
	if (!shellcompound_closes(r))
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
	if (expect(r, ")", "a case's pattern must end with \")\"") < 0 ||
	    shellread_block(r, SHELL_ARM, owner, &block) < 0 || r->list(r, block) < 0)
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
	return shellcompound_brackets(r, SHELL_SUBSHELL);
}

int shellcompound_read(struct shell_reader *r, size_t index, enum shell_compound which)
{
	r->commands.at[index].compound = true;
	r->commands.at[index].which = which;
	switch (which) {
	case SHELL_BRACKETS:
		return shellread_peek(r) == '(' ? read_sum_or_subshell(r, index)
						: shellcompound_brackets(r, SHELL_GROUP);
	case SHELL_IF:
		return read_if(r);
	case SHELL_WHILE:
	case SHELL_UNTIL:
		return read_while(r);
	case SHELL_FOR:
		return read_for(r);
	case SHELL_CASE:
		return read_case(r);
	case SHELL_TEST:
		return read_test(r);
	case SHELL_SIMPLE:
	case SHELL_DEFINITION:
	case SHELL_ARITHMETIC:
	default:
		return shellread_unexpected(r, "a compound command must stand here");
	}
}
