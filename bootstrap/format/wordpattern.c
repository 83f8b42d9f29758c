#include "format/wordpattern.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/unicode.h"

#define ANY 0x110000u  /* "?": above all characters */
#define STAR 0x110001u /* "*" */

bool wordpattern_make(struct text written, struct arena *a, struct wordpattern *out)
{
	size_t len;
	*out = (struct wordpattern){ arena_alloc(a, written.len, sizeof *out->at), 0 };
	for (struct text rest = written; rest.len && out->count <= WORDPATTERN_MAX; rest = text_skip(rest, len)) {
		uint32_t c = unicode_first(rest, &len);
		bool plain = c == '\\';
		if (plain) {
			rest = text_skip(rest, 1);
			c = unicode_first(rest, &len);
			if (c > 0x7f || !text_has(TEXT("?*\\/}"), (char)c))
				return false;
		}
		out->at[out->count++] = plain ? c : c == '?' ? ANY : c == '*' ? STAR : c;
	}
	return out->count <= WORDPATTERN_MAX;
}

/* A value to match, and what it is matched with; backwards, both are seen from their ends. */
struct match {
	const struct wordpattern *pattern;
	bool backward;
	uint32_t *at;   /* the value's characters */
	size_t *offset; /* of each its first byte, and the value's length */
	size_t count;   /* how many */
	size_t head;    /* characters of the pattern before its first star, or all */
	size_t latest;  /* where what follows the first star can begin at the latest; without a star, beyond all */
	size_t end;     /* where that ends */
	bool possible;  /* do the parts behind stars stand there at all? */
};

static uint32_t token(const struct match *m, size_t i)
{
	return m->pattern->at[m->backward ? m->pattern->count - 1 - i : i];
}

static uint32_t character(const struct match *m, size_t i)
{
	return m->at[m->backward ? m->count - 1 - i : i];
}

/* Do the tokens first..end, which have no star, match at `place`? */
static bool part_stands(const struct match *m, size_t first, size_t end, size_t place)
{
	if (place > m->count || end - first > m->count - place)
		return false;
	for (size_t i = first; i < end; i++)
		if (token(m, i) != ANY && token(m, i) != character(m, place + i - first))
			return false;
	return true;
}

/* From the end: each part as late as can be. */
static void find_latest(struct match *m)
{
	size_t limit = m->count, last = m->pattern->count;
	m->possible = true;
	m->latest = SIZE_MAX;
	for (size_t end = last; end > m->head && m->possible;) {
		size_t first = end, place;
		while (token(m, first - 1) != STAR)
			first--;
		m->possible = end - first <= limit;
		place = m->possible ? limit - (end - first) : 0;
		while (m->possible && !part_stands(m, first, end, place))
			m->possible = place-- > 0;
		if (end == last)
			m->end = place + (end - first);
		m->latest = limit = place;
		end = first - 1;
	}
}

static void match_make(struct match *m, struct text value, struct arena *a)
{
	size_t len;
	m->at = arena_alloc(a, value.len, sizeof *m->at);
	m->offset = arena_alloc(a, value.len + 1, sizeof *m->offset);
	for (size_t i = 0; i < value.len; i += len) {
		m->offset[m->count] = i;
		m->at[m->count++] = unicode_first(text_skip(value, i), &len);
	}
	m->offset[m->count] = value.len;
	while (m->head < m->pattern->count && token(m, m->head) != STAR)
		m->head++;
	find_latest(m);
}

/* Does the pattern match at `start`? The longest match ends at *end. */
static bool longest_at(const struct match *m, size_t start, size_t *end)
{
	if (!m->possible || !part_stands(m, 0, m->head, start) ||
	    (m->latest != SIZE_MAX && start + m->head > m->latest))
		return false;
	*end = m->latest == SIZE_MAX ? start + m->head : m->end;
	return true;
}

/* The shortest: each part as early as can be. */
static bool shortest_at(const struct match *m, size_t start, size_t *end)
{
	if (!longest_at(m, start, end))
		return false;
	*end = start + m->head;
	for (size_t first = m->head; first < m->pattern->count;) {
		size_t next = ++first;
		while (next < m->pattern->count && token(m, next) != STAR)
			next++;
		while (!part_stands(m, first, next, *end))
			++*end;
		*end += next - first;
		first = next;
	}
	return true;
}

static size_t measure(struct match *m, struct text value, bool longest, struct arena *a)
{
	size_t end = 0;
	match_make(m, value, a);
	if (!(longest ? longest_at(m, 0, &end) : shortest_at(m, 0, &end)))
		end = 0;
	return end;
}

struct text wordpattern_without_prefix(const struct wordpattern *p, struct text value, bool longest, struct arena *a)
{
	struct match m = { .pattern = p };
	size_t end = measure(&m, value, longest, a);
	return text_skip(value, m.offset[end]);
}

struct text wordpattern_without_suffix(const struct wordpattern *p, struct text value, bool longest, struct arena *a)
{
	struct match m = { .pattern = p, .backward = true };
	size_t end = measure(&m, value, longest, a);
	return (struct text){ value.at, m.offset[m.count - end] };
}

/* "$NAME" or "${NAME}" behind its "$", cut off; false when it is none. */
static bool cut_group(struct text *rest, struct text *name)
{
	bool braces = text_starts(*rest, TEXT("{"));
	struct text from = text_skip(*rest, braces);
	size_t end = 0, len;
	while (unicode_word(unicode_first(text_skip(from, end), &len)))
		end += len;
	if (!end || (braces && !text_starts(text_skip(from, end), TEXT("}"))))
		return false;
	*name = (struct text){ from.at, end };
	*rest = text_skip(from, end + braces);
	return true;
}

/* What replaces all is a template of Go's regexp, whose only group is the match, "$0". */
static void add_template(struct buffer *b, struct text template, struct text match)
{
	struct text plain, name;
	while (text_cut(&template, '$', &plain)) {
		buffer_text(b, plain);
		if (!template.at)
			return;
		if (cut_group(&template, &name)) {
			buffer_text(b, text_equal(name, TEXT("0")) ? match : TEXT(""));
			continue;
		}
		buffer_add(b, "$", 1);
		template = text_skip(template, text_starts(template, TEXT("$")));
	}
}

static struct text characters(const struct match *m, struct text value, size_t from, size_t to)
{
	return (struct text){ value.at + m->offset[from], m->offset[to] - m->offset[from] };
}

struct text wordpattern_replaced(const struct wordpattern *p, struct text value, struct text replacement, bool all,
				 struct arena *a)
{
	struct match m = { .pattern = p };
	BUFFER_AUTO b = { 0 };
	size_t copied = 0, end; /* of m.offset */
	match_make(&m, value, a);
	for (size_t start = 0; start <= m.count; start++) {
		if (!longest_at(&m, start, &end))
			continue;
		buffer_text(&b, characters(&m, value, copied, start));
		/* An empty match right behind another one is none. */
		bool counts = end > copied || start == 0;
		copied = end;
		if (!all) {
			buffer_text(&b, replacement);
			break;
		}
		if (counts)
			add_template(&b, replacement, characters(&m, value, start, end));
		if (end > start)
			start = end - 1;
	}
	buffer_text(&b, characters(&m, value, copied, m.count));
	return arena_copy(a, buffer_view(&b));
}

bool wordpattern_apply(const struct wordpattern_edit *edit, struct text value, struct arena *a, struct text *out)
{
	const char sign[] = { edit->sign };
	bool longest = edit->sign != '/' && text_starts(edit->pattern, (struct text){ sign, 1 });
	struct wordpattern p;
	if (!wordpattern_make(text_skip(edit->pattern, longest), a, &p))
		return false;
	if (edit->sign == '/')
		*out = wordpattern_replaced(&p, value, edit->replacement, edit->all, a);
	else if (edit->sign == '#')
		*out = wordpattern_without_prefix(&p, value, longest, a);
	else
		*out = wordpattern_without_suffix(&p, value, longest, a);
	return true;
}
