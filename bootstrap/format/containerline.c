#include "format/containerline.h"

#include <strings.h>

#include "base/bounds.h"
#include "format/unicode.h"

#define BYTE_ORDER_MARK TEXT("\xef\xbb\xbf")
#define DIRECTIVE_BLANKS TEXT(" \t\n\f\r")

int containerlines_refuse(const struct containerlines *c, unsigned line, const char *rule)
{
	return fault_set(c->fault, FAULT_INPUT, "%s:%u: %s", c->what, line, rule);
}

void containerlines_drop(struct containerlines *c)
{
	buffer_drop(&c->text);
	buffer_drop(&c->places);
}

/* ---- lines of the file ---- */

/* The next one, with its newline: 1, 0 at the end. */
static int take_line(struct containerlines *c, struct text *out)
{
	struct text rest = text_skip(c->bytes, c->offset), line;
	if (!rest.len)
		return 0;
	text_cut(&rest, '\n', &line);
	c->line++;
	if (line.len > CONTAINERFILE_LINE_MAX)
		return containerlines_refuse(c, c->line, "the line is longer than builders take (65535 bytes)");
	if (rest.at)
		line.len++;
	c->offset += line.len;
	if (c->line == 1 && text_starts(line, BYTE_ORDER_MARK))
		line = text_skip(line, 3);
	*out = line;
	return 1;
}

static struct text without_newline(struct text t)
{
	while (t.len && (t.at[t.len - 1] == '\n' || t.at[t.len - 1] == '\r'))
		t.len--;
	return t;
}

static struct text without_blanks_before(struct text t)
{
	size_t len;
	while (t.len && unicode_space(unicode_first(t, &len)))
		t = text_skip(t, len);
	return t;
}

/* Takes the escape character off the end of a line that is continued. */
static bool cut_continuation(const struct containerlines *c, struct text *t)
{
	size_t end = t->len;
	while (end && (t->at[end - 1] == ' ' || t->at[end - 1] == '\t'))
		end--;
	if (!end || t->at[end - 1] != c->escape || (end > 1 && t->at[end - 2] == c->escape))
		return false;
	t->len = end - 1;
	return true;
}

/* ---- directives ---- */

static struct text trim_directive(struct text t)
{
	while (t.len && text_has(DIRECTIVE_BLANKS, t.at[0]))
		t = text_skip(t, 1);
	while (t.len && text_has(DIRECTIVE_BLANKS, t.at[t.len - 1]))
		t.len--;
	return t;
}

/* Which of the known ones: 0 syntax, 1 escape, 2 check; -1: none. */
static int directive_of(struct text line, struct text *value)
{
	static const char *const names[] = { "syntax", "escape", "check" };
	struct text name, rest = text_skip(line, 1);
	text_cut(&rest, '=', &name);
	name = trim_directive(name);
	*value = trim_directive(rest);
	for (int i = 0; i < 3 && rest.len; i++)
		if (name.len == strlen(names[i]) && !strncasecmp(name.at, names[i], name.len))
			return i;
	return -1;
}

/* A line before the first that is no directive. */
static int read_directive(struct containerlines *c, struct text line)
{
	struct text value;
	int which = text_starts(line, TEXT("#")) ? directive_of(line, &value) : -1;
	c->body = which < 0;
	if (which < 0)
		return 0;
	if (c->directives & 1u << which)
		return containerlines_refuse(c, c->line, "this directive stands there twice");
	c->directives |= 1u << which;
	if (which != 1)
		return 0;
	if (!text_equal(value, TEXT("\\")) && !text_equal(value, TEXT("`")))
		return containerlines_refuse(c, c->line, "the escape directive takes \\ or `");
	c->escape = value.at[0];
	return 0;
}

/* ---- logical lines ---- */

static void append(struct containerlines *c, struct text t)
{
	buffer_text(&c->text, t);
	for (size_t i = 0; i < t.len; i++) {
		uint32_t place = (uint32_t)(t.at + i - c->bytes.at);
		buffer_add(&c->places, &place, sizeof place);
	}
}

/* What was put together; `none` is the place of nothing. */
static struct placed finish(struct containerlines *c, size_t none)
{
	size_t len = c->text.len;
	uint32_t *at = arena_alloc(c->arena, len + 1, sizeof *at);
	if (len)
		memcpy(at, c->places.at, len * sizeof *at);
	at[len] = len ? at[len - 1] + 1 : (uint32_t)none;
	struct placed out = { arena_copy(c->arena, buffer_view(&c->text)), at };
	buffer_reset(&c->text);
	buffer_reset(&c->places);
	return out;
}

/* The lines that continue the first one. */
static int take_continued(struct containerlines *c)
{
	bool continued = true;
	struct text line;
	int code = 1;
	while (continued && (code = take_line(c, &line)) > 0) {
		struct text begin = without_blanks_before(line);
		if (!begin.len || begin.at[0] == '#')
			continue;
		line = without_newline(line);
		continued = cut_continuation(c, &line);
		append(c, line);
	}
	return code < 0 ? code : 0;
}

int containerlines_next(struct containerlines *c, struct containerline *out)
{
	struct text line;
	int code;
	if (!c->line)
		c->escape = '\\';
	while ((code = take_line(c, &line)) > 0) {
		line = without_blanks_before(without_newline(line));
		if (!c->body && read_directive(c, line) < 0)
			return c->fault->code;
		if (text_starts(line, TEXT("#")))
			continue;
		size_t begin = (size_t)(line.at - c->bytes.at);
		unsigned number = c->line;
		bool continued = cut_continuation(c, &line);
		if (!continued && !line.len)
			continue;
		append(c, line);
		code = continued ? take_continued(c) : 0;
		*out = (struct containerline){ finish(c, begin), begin, number };
		return code < 0 ? code : 1;
	}
	return code;
}

int containerlines_heredoc(struct containerlines *c, struct text name, bool chomp, struct placed *out)
{
	unsigned first = c->line;
	size_t begin = c->offset;
	struct text line;
	int code;
	while ((code = take_line(c, &line)) > 0) {
		while (chomp && line.len && line.at[0] == '\t')
			line = text_skip(line, 1);
		if (!text_equal(without_newline(line), name)) {
			append(c, line);
			continue;
		}
		*out = finish(c, begin);
		return 0;
	}
	if (code < 0)
		return code;
	return fault_set(c->fault, FAULT_INPUT,
			 "%s:%u: the here-document has no end: a line that is \"" TEXT_F "\" alone", c->what, first,
			 TEXT_A(name));
}
