#include "format/shelldollar.h"

#include <string.h>

#include "base/bounds.h"

static bool is_quoted(enum shell_mode mode)
{
	return mode == SHELL_QUOTED || mode == SHELL_ARGUMENT_QUOTED || mode == SHELL_HEREDOC || mode == SHELL_SUM;
}

static int add_opaque(struct shell_reader *r, enum shell_mode mode, size_t begin, struct shell_parts *out)
{
	struct shell_part part = { .kind = SHELL_OPAQUE, .quoted = is_quoted(mode), .raw = shellread_since(r, begin) };
	return shellread_part(r, part, out);
}

/* The commands of a substitution whose opening was taken. */
static int read_inside(struct shell_reader *r)
{
	size_t block, outer = r->block, command = r->command;
	if (shellread_block(r, SHELL_SUBSTITUTION, command, &block) < 0 || r->list(r, block) < 0)
		return r->fault->code;
	r->block = outer;
	r->command = command;
	return 0;
}

static int read_parentheses(struct shell_reader *r, size_t place, const char *opening)
{
	if (read_inside(r) < 0)
		return r->fault->code;
	if (shellread_peek(r) == SHELL_END)
		return shellread_refuse(r, place, "\"%s\" has no \")\"", opening);
	if (!shellread_take(r, ")"))
		return shellread_unexpected(r, "a substitution must end with \")\"");
	return 0;
}

/* Passes what is quoted, as far as a look ahead needs to know. */
static size_t pass_quotes(struct text bytes, size_t pos)
{
	char quote = bytes.at[pos];
	if (quote == '\\')
		return pos + 2;
	for (pos++; pos < bytes.len && bytes.at[pos] != quote; pos++)
		if (quote == '"' && bytes.at[pos] == '\\')
			pos++;
	return pos + 1;
}

int shelldollar_is_arithmetic(struct shell_reader *r, bool *is)
{
	struct text bytes = r->in.bytes;
	size_t pos = r->in.pos, open = 2;
	*is = false;
	while (pos < bytes.len && open > 1) {
		char c = bytes.at[pos];
		size_t next = c == '\\' || c == '\'' || c == '"' ? pass_quotes(bytes, pos) : pos + 1;
		open += c == '(';
		open -= c == ')';
		r->steps += next - pos;
		pos = next;
	}
	if (r->steps > SHELL_STEPS_MAX)
		return shellread_refuse(r, shellread_place(r), "too much to look through in \"((\" without \"))\"");
	*is = open == 1 && pos < bytes.len && bytes.at[pos] == ')';
	return 0;
}

int shelldollar_arithmetic(struct shell_reader *r, size_t begin)
{
	struct shell_parts parts = { 0 };
	if (shellread_enter(r) < 0 || r->parts(r, SHELL_SUM, &parts) < 0)
		return r->fault->code;
	r->depth--;
	if (!shellread_take(r, "))"))
		return shellread_refuse(r, begin, "\"((\" has no \"))\"");
	return 0;
}

static int read_group(struct shell_reader *r, enum shell_mode mode, size_t begin, struct shell_parts *out)
{
	size_t place = r->in.at ? r->in.at[begin] : begin;
	bool arithmetic = false;
	shellread_skip(r);
	if (shellread_peek(r) == '(') {
		struct shell_source before = r->in;
		shellread_skip(r);
		if (shelldollar_is_arithmetic(r, &arithmetic) < 0)
			return r->fault->code;
		if (!arithmetic)
			r->in = before;
	}
	if (arithmetic ? shelldollar_arithmetic(r, place) : read_parentheses(r, place, "$("))
		return r->fault->code;
	return add_opaque(r, mode, begin, out);
}

int shelldollar_process(struct shell_reader *r, struct shell_parts *out)
{
	size_t begin = r->in.pos, place = shellread_place(r);
	shellread_skip(r);
	shellread_skip(r);
	if (read_parentheses(r, place, "<(") < 0)
		return r->fault->code;
	return add_opaque(r, SHELL_PLAIN, begin, out);
}

/* What is between two ` `: a backslash before ` \ or $ is gone, and in quotes before ", too. */
static void unescape(struct shell_reader *r, enum shell_mode mode, size_t end, struct shell_source *out)
{
	struct text from = { r->in.bytes.at, end };
	uint32_t *at = arena_alloc(r->arena, end - r->in.pos + 1, sizeof *at);
	char *bytes = arena_alloc(r->arena, end - r->in.pos + 1, 1);
	size_t len = 0, i = r->in.pos;
	for (; i < end; i++) {
		at[len] = r->in.at ? r->in.at[i] : (uint32_t)i;
		if (from.at[i] == '\\' && i + 1 < end &&
		    text_has(mode == SHELL_QUOTED ? TEXT("`\\$\"") : TEXT("`\\$"), from.at[i + 1]))
			i++;
		bytes[len++] = from.at[i];
	}
	at[len] = r->in.at ? r->in.at[i] : (uint32_t)i;
	*out = (struct shell_source){ { bytes, len }, at, 0, 0 };
}

int shelldollar_backquote(struct shell_reader *r, enum shell_mode mode, struct shell_parts *out)
{
	size_t begin = r->in.pos, place = shellread_place(r), end;
	struct shell_source outer;
	bool escaped = false;
	shellread_skip(r);
	for (end = r->in.pos; end < r->in.bytes.len && r->in.bytes.at[end] != '`'; end++)
		if (r->in.bytes.at[end] == '\\') {
			escaped = true;
			end++;
		}
	if (end >= r->in.bytes.len)
		return shellread_refuse(r, place, "\"`\" has no second one");
	outer = r->in;
	if (escaped)
		unescape(r, mode, end, &r->in);
	else
		r->in.bytes.len = end;
	if (read_inside(r) < 0)
		return r->fault->code;
	if (shellread_peek(r) != SHELL_END)
		return shellread_unexpected(r, "a substitution must end with \"`\"");
	outer.pos = outer.last = end + 1;
	r->in = outer;
	return add_opaque(r, mode, begin, out);
}

/* What one of the letters behind a backslash stands for in $' '. */
static char named_byte(char c)
{
	static const char names[] = "abefnrtvE", bytes[] = "\a\b\033\f\n\r\t\v\033";
	const char *found = c ? strchr(names, c) : NULL;
	return found ? bytes[found - names] : c;
}

static size_t digits_value(struct text t, size_t max, unsigned base, unsigned *value)
{
	size_t i = 0;
	*value = 0;
	for (; i < t.len && i < max; i++) {
		const char *digits = "0123456789abcdef",
			   *found = t.at[i] ? strchr(digits, t.at[i] | ('A' <= t.at[i] ? 0x20 : 0)) : NULL;
		if (!found || found - digits >= base)
			break;
		*value = *value * base + (unsigned)(found - digits);
	}
	return i;
}

/* The byte behind a backslash in $' ', and how many bytes it takes. */
static size_t escaped_byte(struct text t, char *out)
{
	unsigned value;
	size_t taken;
	if (t.at[0] == 'x' && (taken = digits_value(text_skip(t, 1), 2, 16, &value)) > 0) {
		*out = (char)value;
		return taken + 1;
	}
	taken = digits_value(t, 3, 8, &value);
	*out = taken ? (char)value : named_byte(t.at[0]);
	return taken ? taken : 1;
}

static int read_ansi(struct shell_reader *r, size_t begin, struct shell_parts *out)
{
	struct shell_part part = { .kind = SHELL_LITERAL, .quoted = true };
	size_t end = r->in.pos + 1, len = 0, place = shellread_place(r);
	char *bytes;
	for (; end < r->in.bytes.len && r->in.bytes.at[end] != '\''; end++)
		end += r->in.bytes.at[end] == '\\';
	if (end >= r->in.bytes.len)
		return shellread_refuse(r, place, "a quote has no second one");
	bytes = arena_alloc(r->arena, end - begin, 1);
	for (size_t i = r->in.pos + 1; i < end; i++) {
		struct text rest = { r->in.bytes.at + i + 1, end - i - 1 };
		bytes[len] = r->in.bytes.at[i];
		if (bytes[len] == '\\')
			i += escaped_byte(rest, &bytes[len]);
		len++;
	}
	r->in.pos = r->in.last = end + 1;
	part.raw = shellread_since(r, begin);
	part.text = (struct text){ bytes, len };
	return shellread_part(r, part, out);
}

/* A variable's name, a number or a special parameter; empty when there is none. */
static struct text read_name(struct shell_reader *r)
{
	size_t begin;
	int c = shellread_peek(r);
	begin = r->in.pos;
	if (c != SHELL_END && text_has(TEXT("@*#?-$!0123456789"), (char)c))
		shellread_skip(r);
	else
		while (shellread_name(shellread_peek(r)))
			shellread_skip(r);
	return r->in.last > begin ? shellread_clean(r, begin) : (struct text){ r->in.bytes.at + begin, 0 };
}

static struct text read_operator(struct shell_reader *r)
{
	static const char *const all[] = { ":-", ":=", ":?", ":+", "-",  "=", "?",  "+", "##", "#",
					   "%%", "%",  "//", "/",  "^^", "^", ",,", ",", "@",  ":" };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (shellread_take(r, all[i]))
			return text_of(all[i]);
	return (struct text){ 0 };
}

/* In quotes, single quotes are quotes only behind # % and /. */
static enum shell_mode argument_mode(enum shell_mode mode, struct text op)
{
	return is_quoted(mode) && !text_has(TEXT("#%/"), op.at[0]) ? SHELL_ARGUMENT_QUOTED : SHELL_ARGUMENT;
}

/* Behind the name in ${ }: an index, an operator and its argument. */
static int read_rest(struct shell_reader *r, enum shell_mode mode, struct shell_part *part)
{
	struct shell_parts argument = { 0 }, index = { 0 };
	bool opaque = part->op.len > 0;
	if (shellread_take(r, "[")) {
		if (r->parts(r, SHELL_SUBSCRIPT, &index) < 0)
			return r->fault->code;
		if (!shellread_take(r, "]"))
			return shellread_unexpected(r, "an index must end with \"]\"");
		part->op = TEXT("?!");
		opaque = true;
	}
	if (shellread_peek(r) == '}')
		return 0;
	struct text op = read_operator(r);
	if (!op.len)
		return shellread_unexpected(r, "\"${\" must have a name, an operator and \"}\"");
	if (r->parts(r, argument_mode(mode, op), &argument) < 0)
		return r->fault->code;
	part->op = opaque ? TEXT("?!") : op;
	part->argument = argument.list.at;
	part->argument_count = argument.list.count;
	return 0;
}

/* "#" before a name asks for its length, "!" for the variable that it names. */
static struct text read_prefix(struct shell_reader *r)
{
	int c = shellread_peek(r), next = shellread_second(r);
	if ((c != '#' && c != '!') || (!shellread_name(next) && next != '@' && next != '*'))
		return (struct text){ 0 };
	shellread_skip(r);
	return c == '#' ? TEXT("len") : TEXT("?!");
}

static int read_braces(struct shell_reader *r, enum shell_mode mode, size_t begin, struct shell_parts *out)
{
	struct shell_part part = { .kind = SHELL_VARIABLE, .quoted = is_quoted(mode) };
	size_t place = r->in.at ? r->in.at[begin] : begin;
	shellread_skip(r);
	if (shellread_enter(r) < 0)
		return r->fault->code;
	part.op = read_prefix(r);
	part.text = read_name(r);
	while (part.text.len && part.text.at[0] <= '9' && part.text.at[0] >= '0' && shellread_name(shellread_peek(r)))
		shellread_skip(r);
	if (!part.text.len)
		return shellread_unexpected(r, "\"${\" must have a variable's name behind it");
	if (read_rest(r, mode, &part) < 0)
		return r->fault->code;
	if (!shellread_take(r, "}"))
		return shellread_refuse(r, place, "\"${\" has no \"}\"");
	r->depth--;
	part.raw = shellread_since(r, begin);
	return shellread_part(r, part, out);
}

int shelldollar_read(struct shell_reader *r, enum shell_mode mode, struct shell_parts *out)
{
	struct shell_part part = { .kind = SHELL_VARIABLE, .quoted = is_quoted(mode) };
	size_t begin = r->in.pos;
	int c;
	shellread_skip(r);
	c = shellread_peek(r);
	if (c == '(')
		return read_group(r, mode, begin, out);
	if (c == '{')
		return read_braces(r, mode, begin, out);
	if (c == '\'' && !is_quoted(mode))
		return read_ansi(r, begin, out);
	if (c == '"' && !is_quoted(mode))
		return 0;
	part.text = read_name(r);
	if (!part.text.len) {
		part.kind = SHELL_LITERAL;
		part.text = TEXT("$");
	}
	part.raw = shellread_since(r, begin);
	return shellread_part(r, part, out);
}
