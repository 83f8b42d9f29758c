#include "format/containerwords.h"

#include "base/buffer.h"
#include "format/unicode.h"

bool containerwords_blank(char c)
{
	return text_has(TEXT(" \t\v\f\r"), c);
}

bool containerwords_byte_space(char c)
{
	return unicode_space((unsigned char)c);
}

/* ---- flags ---- */

/* The byte as the character of its number. */
static void add_byte(struct buffer *b, char c)
{
	unsigned char byte = (unsigned char)c;
	char utf8[2] = { (char)(0xc0 | byte >> 6), (char)(0x80 | (byte & 0x3f)) };
	if (byte < 0x80)
		buffer_add(b, &c, 1);
	else
		buffer_add(b, utf8, 2);
}

/* Reads a flag up to white space; true when it is to be counted: an empty one is when it had quotes. */
static bool read_flag(struct text *rest, char escape, struct buffer *b)
{
	char quote = '\0';
	bool quoted = false;
	size_t i = 0;
	for (; i < rest->len && (quote || !containerwords_byte_space(rest->at[i])); i++) {
		char c = rest->at[i];
		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? '\0' : c;
			quoted = true;
			continue;
		}
		if (c == escape && ++i == rest->len)
			break;
		add_byte(b, rest->at[i]);
	}
	*rest = text_skip(*rest, i);
	return quoted || b->len;
}

struct text containerwords_flags(struct text t, char escape, struct arena *a, struct texts *flags)
{
	LIST(struct text) list = { 0 };
	bool more = true;
	while (more) {
		BUFFER_AUTO b = { 0 };
		while (t.len && containerwords_byte_space(t.at[0]))
			t = text_skip(t, 1);
		more = text_starts(t, TEXT("--"));
		if (!more || !read_flag(&t, escape, &b))
			continue;
		more = !text_equal(buffer_view(&b), TEXT("--"));
		if (more)
			LIST_PUSH(&list, a, arena_copy(a, buffer_view(&b)));
	}
	*flags = LIST_TEXTS(list);
	return t;
}

/* ---- words ---- */

/* Cuts off the word that `rest` begins with. */
static struct text cut_quoted(struct text *rest, char escape)
{
	struct text word = *rest;
	uint32_t quote = 0;
	size_t i = 0, len;
	for (; i < rest->len; i += len) {
		uint32_t c = unicode_first(text_skip(*rest, i), &len);
		bool escapes = c == (unsigned char)escape && quote != '\'';
		if (!quote && unicode_space(c))
			break;
		if (escapes && i + len == rest->len) {
			*rest = text_skip(*rest, rest->len);
			word.len = i;
			return word;
		}
		if (!quote && (c == '\'' || c == '"'))
			quote = c;
		else if (c == quote)
			quote = 0;
		if (!escapes)
			continue;
		i += len;
		unicode_first(text_skip(*rest, i), &len);
	}
	word.len = i;
	*rest = text_skip(*rest, i);
	return word;
}

struct texts containerwords_quoted(struct text t, char escape, struct arena *a)
{
	LIST(struct text) list = { 0 };
	size_t len;
	while (t.len) {
		if (unicode_space(unicode_first(t, &len))) {
			t = text_skip(t, len);
			continue;
		}
		struct text word = cut_quoted(&t, escape);
		if (word.len)
			LIST_PUSH(&list, a, word);
	}
	return LIST_TEXTS(list);
}

struct texts containerwords_plain(struct text t, struct arena *a)
{
	LIST(struct text) list = { 0 };
	while (t.len) {
		struct text word = { t.at, 0 };
		while (word.len < t.len && !containerwords_blank(t.at[word.len]))
			word.len++;
		if (word.len)
			LIST_PUSH(&list, a, word);
		t = text_skip(t, word.len);
		while (t.len && containerwords_blank(t.at[0]))
			t = text_skip(t, 1);
	}
	return LIST_TEXTS(list);
}
