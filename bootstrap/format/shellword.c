#include "format/shellword.h"

#include <string.h>

#include "base/buffer.h"
#include "format/shelldollar.h"

/* The parts of one word while they are read. */
struct word {
	struct shell_reader *r;    /* from where */
	enum shell_mode mode;      /* how */
	struct shell_parts *parts; /* to where */
	size_t begin;              /* index of the first byte */
	size_t open;               /* parentheses of a pattern or of arithmetic that are open */
};

/* What is not a plain byte, in each mode. */
static struct text special(enum shell_mode mode)
{
	static const struct text sets[] = {
		[SHELL_PLAIN] = TEXT_INIT("\\'\"$` \t\n;&|<>()"),
		[SHELL_REGEX] = TEXT_INIT("\\'\"$` \t\n()"),
		[SHELL_QUOTED] = TEXT_INIT("\\\"$`"),
		[SHELL_ARGUMENT] = TEXT_INIT("\\'\"$`}"),
		[SHELL_ARGUMENT_QUOTED] = TEXT_INIT("\\\"$`}"),
		[SHELL_SUBSCRIPT] = TEXT_INIT("\\'\"$`]"),
		[SHELL_HEREDOC] = TEXT_INIT("\\$`"),
		[SHELL_SUM] = TEXT_INIT("\\'\"$`()"),
	};
	return sets[mode];
}

static bool is_quoted(enum shell_mode mode)
{
	return mode == SHELL_QUOTED || mode == SHELL_ARGUMENT_QUOTED || mode == SHELL_HEREDOC;
}

static int add_literal(struct word *w, size_t begin, struct text bytes, bool quoted)
{
	struct shell_part part = { .kind = SHELL_LITERAL, .quoted = quoted, .text = bytes };
	part.raw = shellread_since(w->r, begin);
	return shellread_part(w->r, part, w->parts);
}

/* Plain bytes; the first is one, whatever it is. */
static int read_literal(struct word *w)
{
	struct shell_source *in = &w->r->in;
	struct text specials = special(w->mode);
	size_t begin = in->pos;
	do {
		in->pos++;
	} while (in->pos < in->bytes.len && !text_has(specials, in->bytes.at[in->pos]));
	in->last = in->pos;
	return add_literal(w, begin, shellread_since(w->r, begin), is_quoted(w->mode));
}

static int read_backslash(struct word *w)
{
	struct shell_source *in = &w->r->in;
	struct text after = text_skip(in->bytes, in->pos + 1), specials = TEXT("$`\"\\}");
	size_t begin = in->pos;
	bool quoted = is_quoted(w->mode);
	if (w->mode == SHELL_HEREDOC)
		specials = TEXT("$`\\");
	else if (w->mode == SHELL_QUOTED)
		specials = TEXT("$`\"\\");
	if (!after.len || (quoted && !text_has(specials, after.at[0]))) {
		shellread_skip(w->r);
		return add_literal(w, begin, TEXT("\\"), true);
	}
	in->pos = in->last = begin + 2;
	return add_literal(w, begin, (struct text){ after.at, 1 }, true);
}

static int read_single(struct word *w)
{
	struct shell_source *in = &w->r->in;
	size_t begin = in->pos + 1, place = shellread_place(w->r);
	const char *end = memchr(in->bytes.at + begin, '\'', in->bytes.len - begin);
	if (!end)
		return shellread_refuse(w->r, place, "a quote (') has no second one");
	in->pos = in->last = (size_t)(end - in->bytes.at) + 1;
	return add_literal(w, begin - 1, (struct text){ in->bytes.at + begin, in->last - begin - 1 }, true);
}

static int read_double(struct word *w)
{
	size_t place = shellread_place(w->r), count = w->parts->list.count;
	shellread_skip(w->r);
	if (shellread_enter(w->r) < 0 || shellword_parts(w->r, SHELL_QUOTED, w->parts) < 0)
		return w->r->fault->code;
	w->r->depth--;
	if (!shellread_take(w->r, "\""))
		return shellread_refuse(w->r, place, "a quote (\") has no second one");
	return w->parts->list.count == count ? add_literal(w, w->r->in.pos, TEXT(""), true) : 0;
}

/* Does "(" belong to the word, as in bash's ?(a|b)? */
static bool opens_group(const struct word *w)
{
	size_t pos = w->r->in.pos;
	return pos > w->begin && text_has(TEXT("?*+@!"), w->r->in.bytes.at[pos - 1]);
}

/* Is what comes next behind the last part? */
static bool at_end(const struct word *w, int c)
{
	if (c == SHELL_END)
		return true;
	switch (w->mode) {
	case SHELL_PLAIN:
		if (w->open || ((c == '<' || c == '>') && shellread_second(w->r) == '('))
			return false;
		return c == '(' ? !opens_group(w) : shellread_ends(c);
	case SHELL_REGEX:
		return !w->open && (c == ' ' || c == '\t' || c == '\n');
	case SHELL_QUOTED:
		return c == '"';
	case SHELL_ARGUMENT:
	case SHELL_ARGUMENT_QUOTED:
		return c == '}';
	case SHELL_SUBSCRIPT:
		return c == ']';
	case SHELL_SUM:
		return c == ')' && !w->open;
	case SHELL_HEREDOC:
	default:
		return false;
	}
}

static int read_part(struct word *w, int c)
{
	bool plain = w->mode == SHELL_PLAIN && !w->open;
	if (c == '\\')
		return read_backslash(w);
	if (c == '$')
		return shelldollar_read(w->r, w->mode, w->parts);
	if (c == '`')
		return shelldollar_backquote(w->r, w->mode, w->parts);
	if (c == '\'' && text_has(special(w->mode), '\''))
		return read_single(w);
	if (c == '"' && w->mode != SHELL_HEREDOC)
		return read_double(w);
	if ((c == '<' || c == '>') && plain && shellread_second(w->r) == '(')
		return shelldollar_process(w->r, w->parts);
	if (text_has(special(w->mode), '(')) {
		w->open += c == '(';
		w->open -= c == ')' && w->open;
	}
	return read_literal(w);
}

int shellword_parts(struct shell_reader *r, enum shell_mode mode, struct shell_parts *out)
{
	struct word w = { .r = r, .mode = mode, .parts = out, .begin = r->in.pos };
	for (int c; !at_end(&w, c = shellread_peek(r));)
		if (read_part(&w, c) < 0)
			return r->fault->code;
	if (w.open && mode != SHELL_SUM)
		return shellread_unexpected(r, "\"(\" in a pattern must have a \")\"");
	return 0;
}

int shellword_read(struct shell_reader *r, enum shell_mode mode, struct shell_word *out)
{
	struct shell_parts parts = { 0 };
	if (shellread_count(r) < 0)
		return r->fault->code;
	*out = (struct shell_word){ .begin = shellread_place(r) };
	r->in.last = r->in.pos;
	if (r->parts(r, mode, &parts) < 0)
		return r->fault->code;
	out->end = r->in.last > 0 ? shellread_behind(r) : out->begin;
	if (out->end < out->begin)
		out->end = out->begin;
	out->parts = parts.list.at;
	out->part_count = parts.list.count;
	return 0;
}

bool shellword_comes(struct shell_reader *r)
{
	int c = shellread_peek(r);
	return !shellread_ends(c) || ((c == '<' || c == '>') && shellread_second(r) == '(');
}

int shellword_array(struct shell_reader *r, struct shell_word *out)
{
	struct shell_part part = { .kind = SHELL_OPAQUE };
	struct shell_parts parts = { 0 };
	struct shell_word item;
	size_t begin = r->in.pos;
	*out = (struct shell_word){ .begin = shellread_place(r) };
	shellread_skip(r);
	for (;;) {
		if (shellword_newlines(r) < 0)
			return r->fault->code;
		if (!shellword_comes(r))
			break;
		if (shellword_read(r, SHELL_PLAIN, &item) < 0)
			return r->fault->code;
	}
	if (!shellread_take(r, ")"))
		return shellread_unexpected(r, "an array must end with \")\"");
	part.raw = shellread_since(r, begin);
	if (shellread_part(r, part, &parts) < 0)
		return r->fault->code;
	out->end = shellread_behind(r);
	out->parts = parts.list.at;
	out->part_count = 1;
	return 0;
}

int shellword_announce(struct shell_reader *r, size_t redirect, const struct shell_word *name, bool tabs)
{
	struct shell_waiting waiting = { .command = r->command, .redirect = redirect, .tabs = tabs };
	BUFFER_AUTO b = { 0 };
	for (size_t i = 0; i < name->part_count; i++) {
		const struct shell_part *part = &name->parts[i];
		buffer_text(&b, part->kind == SHELL_LITERAL ? part->text : part->raw);
		waiting.quoted |= part->quoted;
	}
	waiting.name = arena_copy(r->arena, buffer_view(&b));
	LIST_PUSH(&r->waiting, r->arena, waiting);
	return 0;
}

/* The content: up to the line that is the name, which is taken. */
static struct text cut_content(struct shell_reader *r, const struct shell_waiting *w)
{
	struct text rest = text_skip(r->in.bytes, r->in.pos), line;
	const char *begin = rest.at;
	bool joined = false;
	while (rest.at && rest.len) {
		text_cut(&rest, '\n', &line);
		const char *at = line.at;
		while (w->tabs && line.len && line.at[0] == '\t')
			line = text_skip(line, 1);
		if (!joined && text_equal(line, w->name)) {
			r->in.pos = rest.at ? (size_t)(rest.at - r->in.bytes.at) : r->in.bytes.len;
			return (struct text){ begin, (size_t)(at - begin) };
		}
		joined = !w->quoted && line.len && line.at[line.len - 1] == '\\';
	}
	size_t pos = r->in.pos;
	r->in.pos = r->in.bytes.len;
	return (struct text){ pos < r->in.bytes.len ? r->in.bytes.at + pos : NULL, r->in.bytes.len - pos };
}

/* Substitutions in a here-document's content run commands, too. */
static int read_content(struct shell_reader *r, const struct shell_waiting *w)
{
	struct shell_source outer = r->in;
	struct shell_parts parts = { 0 };
	size_t block = r->block, command = r->command;
	r->in.pos = r->in.last = (size_t)(w->content.at - outer.bytes.at);
	r->in.bytes.len = r->in.pos + w->content.len;
	r->command = w->command;
	r->block = r->commands.at[w->command].block;
	if (shellread_enter(r) < 0 || r->parts(r, SHELL_HEREDOC, &parts) < 0)
		return r->fault->code;
	r->depth--;
	r->in = outer;
	r->block = block;
	r->command = command;
	return 0;
}

static int read_heredocs(struct shell_reader *r)
{
	while (r->come < r->waiting.count) {
		struct shell_waiting *w = &r->waiting.at[r->come++];
		w->content = cut_content(r, w);
		if (w->content.len && !w->quoted &&
		    read_content(r, &(struct shell_waiting){ .command = w->command, .content = w->content }) < 0)
			return r->fault->code;
	}
	return 0;
}

int shellword_newlines(struct shell_reader *r)
{
	for (;;) {
		shellread_blanks(r);
		if (shellread_peek(r) != '\n')
			return 0;
		r->in.pos++;
		if (read_heredocs(r) < 0)
			return r->fault->code;
	}
}
