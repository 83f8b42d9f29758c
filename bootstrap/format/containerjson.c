#include "format/containerjson.h"

#include <math.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buffer.h"

/* JSON being read. */
struct reader {
	struct text rest; /* not yet read */
	unsigned depth;   /* of arrays and objects */
	bool deep;        /* too deep */
	bool huge;        /* a number is beyond all doubles */
};

static char next(const struct reader *r)
{
	return r->rest.len ? r->rest.at[0] : '\0';
}

static bool take(struct reader *r, struct text t)
{
	if (!text_starts(r->rest, t))
		return false;
	r->rest = text_skip(r->rest, t.len);
	return true;
}

static void skip_blanks(struct reader *r)
{
	while (r->rest.len && text_has(TEXT(" \t\r\n"), next(r)))
		r->rest = text_skip(r->rest, 1);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits, or -1. */
static int hex4(struct text t)
{
	int value = 0;
	for (size_t i = 0; i < 4; i++) {
		int digit = i < t.len ? hex_digit(t.at[i]) : -1;
		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* ---- is it JSON? ---- */

/* A string; `inner` gets what stands between its quotes. */
static bool skip_string(struct reader *r, struct text *inner)
{
	size_t i = 1;
	if (next(r) != '"')
		return false;
	for (; i < r->rest.len && r->rest.at[i] != '"'; i++) {
		if ((unsigned char)r->rest.at[i] < 0x20)
			return false;
		if (r->rest.at[i] != '\\')
			continue;
		i++;
		if (i < r->rest.len && r->rest.at[i] == 'u' && hex4(text_skip(r->rest, i + 1)) < 0)
			return false;
		if (i >= r->rest.len || !text_has(TEXT("\"\\/bfnrtu"), r->rest.at[i]))
			return false;
	}
	if (i >= r->rest.len)
		return false;
	*inner = (struct text){ r->rest.at + 1, i - 1 };
	r->rest = text_skip(r->rest, i + 1);
	return true;
}

static size_t skip_digits(struct reader *r)
{
	size_t count = 0;
	for (; next(r) >= '0' && next(r) <= '9'; count++)
		r->rest = text_skip(r->rest, 1);
	return count;
}

static bool skip_number(struct reader *r)
{
	BUFFER_AUTO copy = { 0 };
	struct text whole = r->rest;
	take(r, TEXT("-"));
	if (!take(r, TEXT("0")) && !skip_digits(r))
		return false;
	if (take(r, TEXT(".")) && !skip_digits(r))
		return false;
	if (take(r, TEXT("e")) || take(r, TEXT("E"))) {
		if (!take(r, TEXT("+")))
			take(r, TEXT("-"));
		if (!skip_digits(r))
			return false;
	}
	whole.len -= r->rest.len;
	buffer_text(&copy, whole);
	r->huge = r->huge || isinf(strtod(copy.at, NULL));
	return true;
}

static bool skip_value(struct reader *r);

/* "[" or "{" up to its end; an object's values have names. */
static bool skip_nested(struct reader *r, bool object)
{
	struct text name, end = object ? TEXT("}") : TEXT("]");
	r->deep = r->deep || r->depth == CONTAINERFILE_JSON_DEPTH_MAX;
	if (r->deep)
		return false;
	r->depth++;
	r->rest = text_skip(r->rest, 1);
	skip_blanks(r);
	bool more = next(r) != end.at[0];
	while (more) {
		skip_blanks(r);
		if (object && !skip_string(r, &name))
			return false;
		skip_blanks(r);
		if (object && !take(r, TEXT(":")))
			return false;
		if (!skip_value(r))
			return false;
		more = take(r, TEXT(","));
	}
	r->depth--;
	return take(r, end);
}

/* With the blanks around it. */
static bool skip_value(struct reader *r)
{
	struct text inner;
	bool there;
	skip_blanks(r);
	if (next(r) == '[' || next(r) == '{')
		there = skip_nested(r, next(r) == '{');
	else if (next(r) == '"')
		there = skip_string(r, &inner);
	else
		there = take(r, TEXT("true")) || take(r, TEXT("false")) || take(r, TEXT("null")) || skip_number(r);
	skip_blanks(r);
	return there;
}

/* ---- its strings ---- */

static void add_character(struct buffer *b, unsigned c)
{
	char utf8[4] = { (char)c };
	size_t len = 1;
	if (c >= 0x10000) {
		utf8[0] = (char)(0xf0 | c >> 18);
		utf8[len++] = (char)(0x80 | (c >> 12 & 0x3f));
	} else if (c >= 0x800) {
		utf8[0] = (char)(0xe0 | c >> 12);
	} else if (c >= 0x80) {
		utf8[0] = (char)(0xc0 | c >> 6);
	}
	if (c >= 0x800)
		utf8[len++] = (char)(0x80 | (c >> 6 & 0x3f));
	if (c >= 0x80)
		utf8[len++] = (char)(0x80 | (c & 0x3f));
	buffer_add(b, utf8, len);
}

/* Behind "\u": bytes that were read. */
static size_t add_escaped(struct buffer *b, struct text t)
{
	int first = hex4(t), second = text_starts(text_skip(t, 4), TEXT("\\u")) ? hex4(text_skip(t, 6)) : -1;
	bool pair = first >= 0xd800 && first < 0xdc00 && second >= 0xdc00 && second < 0xe000;
	if (pair)
		add_character(b, 0x10000 + ((unsigned)(first - 0xd800) << 10) + (unsigned)(second - 0xdc00));
	else
		add_character(b, first >= 0xd800 && first < 0xe000 ? 0xfffd : (unsigned)first);
	return pair ? 10 : 4;
}

static struct text unescape(struct text inner, struct arena *a)
{
	static const char codes[] = "bfnrt\"\\/", values[] = "\b\f\n\r\t\"\\/";
	BUFFER_AUTO b = { 0 };
	if (!text_has(inner, '\\'))
		return inner;
	for (size_t i = 0; i < inner.len; i++) {
		if (inner.at[i] != '\\')
			buffer_add(&b, &inner.at[i], 1);
		else if (inner.at[++i] == 'u')
			i += add_escaped(&b, text_skip(inner, i + 1));
		else
			buffer_add(&b, &values[strchr(codes, inner.at[i]) - codes], 1);
	}
	return arena_copy(a, buffer_view(&b));
}

/* The array is JSON. */
static enum containerjson read_strings(struct reader *r, struct arena *a, struct texts *out)
{
	LIST(struct text) list = { 0 };
	struct text inner;
	take(r, TEXT("["));
	skip_blanks(r);
	while (next(r) != ']') {
		if (!skip_string(r, &inner))
			return CONTAINERJSON_OTHER;
		LIST_PUSH(&list, a, unescape(inner, a));
		skip_blanks(r);
		take(r, TEXT(","));
		skip_blanks(r);
	}
	*out = LIST_TEXTS(list);
	return CONTAINERJSON_STRINGS;
}

enum containerjson containerjson_read(struct text t, struct arena *a, struct texts *out)
{
	struct reader r = { .rest = t }, again = r;
	if (next(&r) != '[')
		return CONTAINERJSON_NONE;
	bool json = skip_value(&r) && !r.rest.len && !r.huge;
	if (r.deep)
		return CONTAINERJSON_DEEP;
	return json ? read_strings(&again, a, out) : CONTAINERJSON_NONE;
}
