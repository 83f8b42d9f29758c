#include "format/shellcommand.h"

#include "format/shellword.h"

#define DESCRIPTOR_DIGITS 9 /* more are no descriptor */

/* What a command has, while it is read. */
struct made {
	LIST(struct shell_assignment) assignments; /* in order */
	LIST(struct shell_word) words;             /* in order */
	LIST(struct shell_redirect) redirects;     /* in order */
};

static void finish(struct shell_reader *r, size_t index, const struct made *m)
{
	struct shell_command *c = &r->commands.at[index];
	c->assignments = m->assignments.at;
	c->assignment_count = m->assignments.count;
	c->words = m->words.at;
	c->word_count = m->words.count;
	c->redirects = m->redirects.at;
	c->redirect_count = m->redirects.count;
}

/* Digits of a descriptor that come next before < or >: how many bytes. */
static size_t descriptor(const struct shell_reader *r)
{
	struct text rest = text_skip(r->in.bytes, r->in.pos);
	size_t i = 0;
	while (i < rest.len && i < DESCRIPTOR_DIGITS && rest.at[i] >= '0' && rest.at[i] <= '9')
		i++;
	return i && i < rest.len && (rest.at[i] == '<' || rest.at[i] == '>') ? i : 0;
}

static bool redirect_comes(struct shell_reader *r)
{
	int c = shellread_peek(r), next = shellread_second(r);
	if (c == '&')
		return next == '>';
	return ((c == '<' || c == '>') && next != '(') || descriptor(r);
}

static struct text read_operator(struct shell_reader *r)
{
	static const char *const all[] = { "<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">", "&>>", "&>" };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (shellread_take(r, all[i]))
			return text_of(all[i]);
	return (struct text){ 0 };
}

static int read_redirect(struct shell_reader *r, struct made *m)
{
	struct shell_redirect redirect = { .begin = shellread_place(r) };
	size_t digits = descriptor(r);
	uint64_t fd = 0;
	for (size_t i = 0; i < digits; i++) {
		fd = fd * 10 + (uint64_t)(shellread_peek(r) - '0');
		shellread_skip(r);
	}
	redirect.op = read_operator(r);
	redirect.fd = digits ? (int)fd : redirect.op.at[0] != '<';
	shellread_blanks(r);
	if (!shellword_comes(r))
		return shellread_unexpected(r, "a redirection must have a word behind it");
	if (shellword_read(r, SHELL_PLAIN, &redirect.target) < 0)
		return r->fault->code;
	redirect.end = redirect.target.end;
	if (text_equal(redirect.op, TEXT("<<")) || text_equal(redirect.op, TEXT("<<-")))
		if (shellword_announce(r, m->redirects.count, &redirect.target, redirect.op.len == 3) < 0)
			return r->fault->code;
	LIST_PUSH(&m->redirects, r->arena, redirect);
	return 0;
}

/* An assignment's name that comes next, "[index]" with it: how many bytes. */
static size_t assigned_name(const struct shell_reader *r)
{
	struct text rest = text_skip(r->in.bytes, r->in.pos);
	size_t i = 0;
	if (!rest.len || (rest.at[0] >= '0' && rest.at[0] <= '9'))
		return 0;
	while (i < rest.len && shellread_name((unsigned char)rest.at[i]))
		i++;
	if (i && i < rest.len && rest.at[i] == '[') {
		size_t open = 0;
		do {
			open += rest.at[i] == '[';
			open -= rest.at[i] == ']';
			i++;
		} while (open && i < rest.len && !text_has(TEXT(" \t\n;"), rest.at[i]));
	}
	return i;
}

/* The bytes of NAME= or NAME+= that come next; 0: none do. */
static size_t assignment_comes(const struct shell_reader *r, bool *appends)
{
	struct text rest = text_skip(r->in.bytes, r->in.pos);
	size_t i = assigned_name(r);
	*appends = i && i + 1 < rest.len && rest.at[i] == '+' && rest.at[i + 1] == '=';
	if (*appends)
		return i + 2;
	return i && i < rest.len && rest.at[i] == '=' ? i + 1 : 0;
}

static int read_assignment(struct shell_reader *r, size_t len, bool appends, struct made *m)
{
	struct shell_assignment assignment = { .appends = appends };
	int code;
	assignment.name = (struct text){ r->in.bytes.at + r->in.pos, len - 1 - appends };
	r->in.pos = r->in.last = r->in.pos + len;
	if (shellread_peek(r) == '(')
		code = shellword_array(r, &assignment.value);
	else
		code = shellword_read(r, SHELL_PLAIN, &assignment.value);
	if (code < 0)
		return r->fault->code;
	LIST_PUSH(&m->assignments, r->arena, assignment);
	return 0;
}

/* Does the command, "export" for instance, take NAME=( )? */
static bool declares(const struct made *m)
{
	static const struct text names[] = { TEXT_INIT("declare"), TEXT_INIT("typeset"), TEXT_INIT("local"),
					     TEXT_INIT("export"), TEXT_INIT("readonly") };
	const struct shell_word *first = m->words.at;
	if (!m->words.count || first->part_count != 1 || first->parts->kind != SHELL_LITERAL)
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_equal(first->parts->text, names[i]))
			return true;
	return false;
}

static int read_word(struct shell_reader *r, struct made *m)
{
	struct shell_word word;
	bool appends;
	if (!m->words.count) {
		size_t len = assignment_comes(r, &appends);
		if (len)
			return read_assignment(r, len, appends, m);
	}
	if (shellword_read(r, SHELL_PLAIN, &word) < 0)
		return r->fault->code;
	if (shellread_peek(r) == '(' && r->in.pos && r->in.bytes.at[r->in.pos - 1] == '=' && declares(m)) {
		struct shell_word items;
		if (shellword_array(r, &items) < 0)
			return r->fault->code;
		items.begin = word.begin;
		word = items;
	}
	LIST_PUSH(&m->words, r->arena, word);
	return 0;
}

int shellcommand_read(struct shell_reader *r, size_t index)
{
	struct made m = { 0 };
	int code = 0;
	for (;;) {
		shellread_blanks(r);
		if (redirect_comes(r))
			code = read_redirect(r, &m);
		else if (shellword_comes(r))
			code = read_word(r, &m);
		else
			break;
		if (code < 0)
			return code;
		r->commands.at[index].end = shellread_behind(r);
		if (m.words.count == 1 && !m.assignments.count && !m.redirects.count) {
			shellread_blanks(r);
			if (shellread_peek(r) == '(')
				break;
		}
	}
	finish(r, index, &m);
	if (!m.words.count && !m.assignments.count && !m.redirects.count)
		return shellread_unexpected(r, "a command must stand here");
	return 0;
}

int shellcommand_redirects(struct shell_reader *r, size_t index)
{
	struct made m = { 0 };
	for (;;) {
		r->commands.at[index].end = shellread_behind(r);
		shellread_blanks(r);
		if (!redirect_comes(r))
			break;
		if (read_redirect(r, &m) < 0)
			return r->fault->code;
	}
	finish(r, index, &m);
	return 0;
}
