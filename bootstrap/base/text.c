#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct text text_of(const char *s)
{
	return (struct text){ s, s ? strlen(s) : 0 };
}

bool text_equal(struct text a, struct text b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

int text_compare(struct text a, struct text b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.at, b.at, common) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

int text_compare_items(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

bool text_starts(struct text t, struct text part)
{
	return t.len >= part.len && text_equal((struct text){ t.at, part.len }, part);
}

bool text_ends(struct text t, struct text part)
{
	return t.len >= part.len && text_equal(text_skip(t, t.len - part.len), part);
}

bool text_has(struct text t, char c)
{
	return t.len && memchr(t.at, c, t.len);
}

struct text text_skip(struct text t, size_t n)
{
	if (n > t.len)
		return (struct text){ 0 };
	if (n == 0)
		return t;
	return (struct text){ t.at + n, t.len - n };
}

bool text_cut(struct text *rest, char sep, struct text *head)
{
	const char *end;

	*head = *rest;
	if (!rest->at)
		return false;
	end = rest->len ? memchr(rest->at, sep, rest->len) : NULL;
	if (!end) {
		*rest = (struct text){ 0 };
		return true;
	}
	head->len = (size_t)(end - rest->at);
	*rest = text_skip(*rest, head->len + 1);
	return true;
}

bool text_u64(struct text t, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!t.len || (t.len > 1 && t.at[0] == '0'))
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(t.at[i] - '0'), &value))
			return false;
	}
	*out = value;
	return value <= max;
}

const char *text_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void texts_sort_unique(struct texts *t)
{
	size_t kept = 0;

	if (t->count)
		qsort(t->at, t->count, sizeof *t->at, text_compare_items);
	for (size_t i = 0; i < t->count; i++) {
		if (!kept || !text_equal(t->at[kept - 1], t->at[i]))
			t->at[kept++] = t->at[i];
	}
	t->count = kept;
}

ptrdiff_t texts_find(struct texts sorted, struct text key)
{
	const struct text *hit = NULL;

	if (sorted.count)
		hit = bsearch(&key, sorted.at, sorted.count, sizeof key, text_compare_items);
	return hit ? hit - sorted.at : -1;
}

bool texts_equal(struct texts a, struct texts b)
{
	if (a.count != b.count)
		return false;
	for (size_t i = 0; i < a.count; i++) {
		if (!text_equal(a.at[i], b.at[i]))
			return false;
	}
	return true;
}

/* Unicode 15, table 3-7: the range of the second byte is what excludes overlong forms, surrogates and > U+10FFFF. */
static const struct utf8_row {
	unsigned char first_low, first_high, second_low, second_high, len;
} utf8_rows[] = {
	{ 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static bool utf8_fits(const struct utf8_row *row, const unsigned char *at, size_t len)
{
	if (at[0] < row->first_low || at[0] > row->first_high || len < row->len)
		return false;
	if (row->len > 1 && (at[1] < row->second_low || at[1] > row->second_high))
		return false;
	for (size_t i = 2; i < row->len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return false;
	}
	return true;
}

size_t text_utf8(struct text t)
{
	for (size_t i = 0; t.len && i < sizeof utf8_rows / sizeof *utf8_rows; i++) {
		if (utf8_fits(&utf8_rows[i], (const unsigned char *)t.at, t.len))
			return utf8_rows[i].len;
	}
	return 0;
}

bool text_graphic(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] <= ' ' || t.at[i] > '~')
			return false;
	}
	return t.len > 0;
}
