#include "format/flaketools.h"

#include <string.h>

#include "base/bounds.h"

#define OPENING "tools = pkgs: {"
#define CLOSING "};"
#define STEP "  " /* how much further in the tools of an empty block stand */

/* A line of the file. */
struct line {
	struct text all;    /* with its end */
	struct text indent; /* blanks before */
	struct text body;   /* without blanks around */
	size_t at;          /* offset */
};

/* A file being read line by line. */
struct lines {
	struct text rest;  /* not read yet */
	size_t at;         /* offset of that */
	bool in_comment;   /* has a slash-star begun? */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct text trim(struct text t)
{
	while (t.len && is_blank(t.at[t.len - 1]))
		t.len--;
	while (t.len && is_blank(t.at[0]))
		t = text_skip(t, 1);
	return t;
}

static bool text_holds(struct text t, const char *part)
{
	return t.len && memmem(t.at, t.len, part, strlen(part));
}

/* A comment of several lines begins and ends a line, or is taken for less than it is. */
static bool step_comment(struct lines *l, struct text body)
{
	bool was = l->in_comment;
	if (!was && text_starts(body, TEXT("/*")))
		l->in_comment = !text_holds(text_skip(body, 2), "*/");
	else if (was && text_holds(body, "*/"))
		l->in_comment = false;
	return was || text_starts(body, TEXT("/*")) || text_starts(body, TEXT("#"));
}

static bool next_line(struct lines *l, struct line *out, bool *comment)
{
	if (!l->rest.len)
		return false;
	const char *end = memchr(l->rest.at, '\n', l->rest.len);
	size_t len = end ? (size_t)(end - l->rest.at) + 1 : l->rest.len;
	*out = (struct line){ .all = { l->rest.at, len }, .at = l->at };
	out->body = trim(out->all);
	out->indent = (struct text){ out->all.at, out->body.len ? (size_t)(out->body.at - out->all.at) : 0 };
	l->rest = (struct text){ l->rest.at + len, l->rest.len - len };
	l->at += len;
	*comment = step_comment(l, out->body);
	return true;
}

/* What stands before a comment that ends the line. */
static struct text without_comment(struct text body)
{
	bool quoted = false;
	for (size_t i = 0; i < body.len; i++) {
		quoted ^= body.at[i] == '"';
		if (!quoted && body.at[i] == '#' && i > 0 && is_blank(body.at[i - 1]))
			return trim((struct text){ body.at, i });
	}
	return body;
}

/* ---- names ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_inner(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '\'';
}

static bool is_keyword(struct text t)
{
	static const char *const words[] = { "if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equal(t, text_of(words[i])))
			return true;
	return false;
}

static size_t bare_length(struct text t)
{
	size_t n = 0;
	while (n < t.len && (n ? is_inner(t.at[n]) : is_letter(t.at[n])))
		n++;
	return n;
}

static bool part_valid(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] < 0x20 || t.at[i] > 0x7e || text_has(TEXT("\"\\$"), t.at[i]))
			return false;
	return t.len > 0;
}

/* A name, bare or in quotes, at the beginning of *t. */
static bool take_name(struct text *t, struct text *name)
{
	size_t n = bare_length(*t);
	if (n) {
		*name = (struct text){ t->at, n };
		*t = text_skip(*t, n);
		return !is_keyword(*name);
	}
	if (!text_starts(*t, TEXT("\"")))
		return false;
	struct text rest = text_skip(*t, 1);
	text_cut(&rest, '"', name);
	*t = rest;
	return rest.at && part_valid(*name);
}

/* "python3Packages.pyyaml", from what follows "pkgs"; none when it is something else. */
static struct text read_attribute(struct text t, struct arena *a)
{
	struct text all = { 0 }, part;
	while (text_starts(t, TEXT("."))) {
		t = text_skip(t, 1);
		if (!take_name(&t, &part) || text_has(part, '.'))
			return (struct text){ 0 };
		all = all.len ? arena_printf(a, TEXT_F "." TEXT_F, TEXT_A(all), TEXT_A(part)) : part;
	}
	return text_equal(t, TEXT(";")) ? all : (struct text){ 0 };
}

static void put_name(struct text name, struct buffer *to)
{
	bool bare = bare_length(name) == name.len && !is_keyword(name);
	buffer_printf(to, bare ? TEXT_F : "\"" TEXT_F "\"", TEXT_A(name));
}

bool flaketools_valid(struct text name, struct text attribute)
{
	struct text part;
	if (!part_valid(name) || !attribute.len)
		return false;
	while (text_cut(&attribute, '.', &part))
		if (!part_valid(part))
			return false;
	return true;
}

void flaketools_line(const struct flake_tool *tool, struct buffer *to)
{
	struct text rest = tool->attribute, part;
	put_name(tool->name, to);
	buffer_text(to, TEXT(" = pkgs"));
	while (text_cut(&rest, '.', &part)) {
		buffer_text(to, TEXT("."));
		put_name(part, to);
	}
	buffer_text(to, TEXT(";"));
}

/* ---- the block ---- */

/* The block being read. */
struct block {
	struct flaketools *out;
	LIST(struct flake_tool) tools;
	struct text indent;  /* of the line that opens it */
	size_t remarks;      /* offset of the comments right above the line */
	bool remarked;       /* are there any? */
	bool open, closed;   /* has its first line been seen, and its last? */
	struct arena *arena;
	const char *what;
};

/* Is it the line of a tool? Only those that stand as far in as the first. */
static bool read_tool(struct block *b, const struct line *line, struct flake_tool *tool)
{
	struct text rest = without_comment(line->body);
	if (b->tools.count && !text_equal(line->indent, b->out->indent))
		return false;
	if (!take_name(&rest, &tool->name))
		return false;
	rest = trim(rest);
	if (!text_starts(rest, TEXT("=")) || text_starts(rest, TEXT("==")))
		return false;
	rest = trim(text_skip(rest, 1));
	tool->attribute = text_starts(rest, TEXT("pkgs.")) ? read_attribute(text_skip(rest, 4), b->arena) : (struct text){ 0 };
	return true;
}

static int add_tool(struct block *b, const struct line *line, struct fault *f)
{
	struct flake_tool tool = { .at = b->remarked ? b->remarks : line->at };
	if (!read_tool(b, line, &tool))
		return 0;
	for (size_t i = 0; i < b->tools.count; i++)
		if (text_equal(b->tools.at[i].name, tool.name))
			return fault_set(f, FAULT_INPUT, "%s: the tool '" TEXT_F "' stands there twice; remove one", b->what, TEXT_A(tool.name));
	if (b->tools.count == TOOLS_MAX)
		return fault_set(f, FAULT_INPUT, "%s: has more than %d tools, the most that one can have", b->what, TOOLS_MAX);
	b->out->indent = line->indent;
	if (b->tools.count && text_compare(b->tools.at[b->tools.count - 1].name, tool.name) > 0)
		b->out->sorted = false;
	LIST_PUSH(&b->tools, b->arena, tool);
	return 0;
}

static void open_block(struct block *b, const struct line *line)
{
	b->open = true;
	b->indent = line->indent;
	b->remarked = false;
	b->out->newline = text_ends(line->all, TEXT("\r\n")) ? TEXT("\r\n") : TEXT("\n");
	b->out->indent = arena_printf(b->arena, TEXT_F STEP, TEXT_A(line->indent));
}

static void close_block(struct block *b, const struct line *line)
{
	b->closed = true;
	b->out->end = line->at;
}

static int read_line(struct block *b, const struct line *line, bool comment, struct fault *f)
{
	if (comment) {
		b->remarks = b->remarked ? b->remarks : line->at;
		b->remarked = true;
		return 0;
	}
	struct text body = without_comment(line->body);
	bool opens = text_equal(body, TEXT(OPENING));
	int code = 0;
	if (opens && b->open)
		return fault_set(f, FAULT_DIFFERS, "%s: more than one line `" OPENING "`: which block has the tools is not known", b->what);
	if (opens)
		open_block(b, line);
	else if (b->open && !b->closed && text_equal(body, TEXT(CLOSING)) && text_equal(line->indent, b->indent))
		close_block(b, line);
	else if (b->open && !b->closed)
		code = add_tool(b, line, f);
	b->remarked = false;
	return code;
}

int flaketools_parse(struct text flake, const char *what, struct arena *a, struct flaketools *out, struct fault *f)
{
	struct lines lines = { .rest = flake };
	struct block b = { .out = out, .arena = a, .what = what };
	struct line line;
	bool comment;
	int code = 0;
	*out = (struct flaketools){ .sorted = true };
	if (flake.len > FLAKE_NIX_MAX)
		return fault_set(f, FAULT_INPUT, "%s: has more than %u bytes, the most that is read", what, FLAKE_NIX_MAX);
	while (code == 0 && next_line(&lines, &line, &comment))
		code = read_line(&b, &line, comment, f);
	if (code == 0 && !b.open)
		code = fault_set(f, FAULT_DIFFERS, "%s: has no line `" OPENING "`, after which tools could be added", what);
	if (code == 0 && !b.closed)
		code = fault_set(f, FAULT_INPUT, "%s: the block `" OPENING "` must end with a line `" CLOSING "` as far in as its first", what);
	out->tools = (struct flake_tools){ b.tools.at, b.tools.count };
	return code;
}

/* ---- edits ---- */

static bool block_has(const struct flaketools *block, struct text name)
{
	for (size_t i = 0; i < block->tools.count; i++)
		if (text_equal(block->tools.at[i].name, name))
			return true;
	return false;
}

static void put_line(const struct flaketools *block, const struct flake_tool *tool, struct buffer *to)
{
	buffer_text(to, block->indent);
	flaketools_line(tool, to);
	buffer_text(to, block->newline);
}

/* The new tool that comes next after `last` (NULL: the first) and before `before` (NULL: the end). */
static const struct flake_tool *next_added(const struct flaketools *block, struct flake_tools added, const struct text *last,
					   const struct text *before)
{
	const struct flake_tool *best = NULL;
	for (size_t i = 0; i < added.count; i++) {
		struct text name = added.at[i].name;
		if (block_has(block, name) || (last && text_compare(name, *last) <= 0) || (before && text_compare(name, *before) >= 0))
			continue;
		if (!best || text_compare(name, best->name) < 0)
			best = &added.at[i];
	}
	return best;
}

static const struct text *put_before(const struct flaketools *block, struct flake_tools added, const struct text *last,
				     const struct text *before, struct buffer *to)
{
	const struct flake_tool *next;
	while ((next = next_added(block, added, last, before))) {
		put_line(block, next, to);
		last = &next->name;
	}
	return last;
}

void flaketools_add(struct text flake, const struct flaketools *block, struct flake_tools added, struct buffer *to)
{
	const struct text *last = NULL;
	size_t done = 0;
	for (size_t i = 0; block->sorted && i < block->tools.count; i++) {
		const struct flake_tool *tool = &block->tools.at[i];
		buffer_text(to, (struct text){ flake.at + done, tool->at - done });
		done = tool->at;
		last = put_before(block, added, last, &tool->name, to);
	}
	buffer_text(to, (struct text){ flake.at + done, block->end - done });
	put_before(block, added, last, NULL, to);
	buffer_text(to, text_skip(flake, block->end));
}

void flaketools_replace(struct text flake, const struct flaketools *block, struct flake_tools tools, struct buffer *to)
{
	struct flaketools empty = *block;
	size_t from = block->tools.count ? block->tools.at[0].at : block->end;
	empty.tools.count = 0;
	buffer_text(to, (struct text){ flake.at, from });
	put_before(&empty, tools, NULL, NULL, to);
	buffer_text(to, text_skip(flake, block->end));
}

/* ---- the URL of an input ---- */

/* What stands between the quotes of a line that says it, else none. */
static struct text url_of(const struct line *line, struct text name)
{
	struct text rest = line->body, url, taken;
	if (text_starts(rest, TEXT("inputs.")))
		rest = text_skip(rest, 7);
	if (!take_name(&rest, &taken) || !text_equal(taken, name) || !text_starts(rest, TEXT(".url")))
		return (struct text){ 0 };
	rest = trim(text_skip(rest, 4));
	if (!text_starts(rest, TEXT("=")))
		return (struct text){ 0 };
	rest = trim(text_skip(rest, 1));
	if (!text_starts(rest, TEXT("\"")))
		return (struct text){ 0 };
	rest = text_skip(rest, 1);
	text_cut(&rest, '"', &url);
	return text_starts(rest, TEXT(";")) ? url : (struct text){ 0 };
}

int flaketools_set_url(struct text flake, struct text name, struct text url, struct buffer *to, struct fault *f)
{
	struct lines lines = { .rest = flake };
	struct line line;
	struct text found = { 0 };
	bool comment;
	if (!part_valid(url) || text_has(url, ' ') || url.len > URL_MAX)
		return fault_set(f, FAULT_USAGE, "'" TEXT_F "' is no URL of an input: printable ASCII without blanks, quotes, backslashes and dollars",
				 TEXT_A(url));
	while (next_line(&lines, &line, &comment)) {
		struct text now = comment ? (struct text){ 0 } : url_of(&line, name);
		if (now.at && found.at)
			return fault_set(f, FAULT_DIFFERS, "more than one line says `" TEXT_F ".url`", TEXT_A(name));
		found = now.at ? now : found;
	}
	if (!found.at)
		return fault_set(f, FAULT_DIFFERS, "no line says `inputs." TEXT_F ".url = \"...\";`", TEXT_A(name));
	buffer_text(to, (struct text){ flake.at, (size_t)(found.at - flake.at) });
	buffer_text(to, url);
	buffer_text(to, (struct text){ found.at + found.len, flake.len - (size_t)(found.at - flake.at) - found.len });
	return 0;
}
