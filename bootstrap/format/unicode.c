#include "format/unicode.h"

#define REPLACEMENT 0xfffdu /* for what is no character */

/* From and to, both included. */
struct range {
	uint32_t from;
	uint32_t to;
};

static const struct range SPACES[] = {
	{ 0x09, 0x0d },     { 0x20, 0x20 },     { 0x85, 0x85 },     { 0xa0, 0xa0 },     { 0x1680, 0x1680 },
	{ 0x2000, 0x200a }, { 0x2028, 0x2029 }, { 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 },
};

/* Punctuation, symbols and marks, beyond ASCII. */
static const struct range NO_LETTERS[] = {
	{ 0x80, 0xa9 },        { 0xab, 0xb4 },     { 0xb6, 0xb9 },     { 0xbb, 0xbf },     { 0xd7, 0xd7 },
	{ 0xf7, 0xf7 },        { 0x300, 0x36f },   { 0x2000, 0x2070 }, { 0x20a0, 0x20ff }, { 0x2190, 0x2bff },
	{ 0x3000, 0x3004 },    { 0x3007, 0x3030 }, { 0xe000, 0xf8ff }, { 0xfe00, 0xfe6f }, { 0xfeff, 0xff0f },
	{ 0xff1a, 0xff20 },    { 0xff3b, 0xff40 }, { 0xff5b, 0xff65 }, { 0xfff0, 0xffff }, { 0x1f000, 0x1faff },
	{ 0xe0000, 0x10ffff },
};

#define IN(ranges, c) in_ranges(ranges, sizeof(ranges) / sizeof *(ranges), c)

static bool in_ranges(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

uint32_t unicode_first(struct text t, size_t *len)
{
	static const unsigned char lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	*len = t.len ? text_utf8(t) : 0;
	if (!t.len)
		return UNICODE_END;
	if (!*len) {
		*len = 1;
		return REPLACEMENT;
	}
	uint32_t c = (unsigned char)t.at[0] & lead[*len];
	for (size_t i = 1; i < *len; i++)
		c = c << 6 | ((unsigned char)t.at[i] & 0x3f);
	return c;
}

bool unicode_space(uint32_t c)
{
	return IN(SPACES, c);
}

bool unicode_word(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
	return c != UNICODE_END && !IN(NO_LETTERS, c);
}

struct text unicode_trim(struct text t)
{
	size_t begin = t.len, end = t.len, len;
	bool found = false;
	for (size_t i = 0; i < t.len; i += len) {
		if (unicode_space(unicode_first(text_skip(t, i), &len)))
			continue;
		if (!found)
			begin = i;
		found = true;
		end = i + len;
	}
	return (struct text){ t.at ? t.at + begin : NULL, end - begin };
}

bool unicode_valid(struct text t, size_t *bad)
{
	size_t i = 0, len = 1;
	while (i < t.len && len && t.at[i]) {
		len = text_utf8(text_skip(t, i));
		i += len;
	}
	*bad = i;
	return i == t.len;
}
