/* The writing half of json.h. */
#include <assert.h>
#include <inttypes.h>

#include "format/json.h"

static void break_line(struct json_out *o)
{
	buffer_text(o->to, TEXT("\n"));
	for (unsigned i = 0; i < o->depth; i++)
		buffer_text(o->to, TEXT("  "));
}

/* What stands before a key, an item or a value: a comma, then a blank or a new line. */
static void begin_item(struct json_out *o)
{
	if (o->after_key) {
		o->after_key = false;
		return;
	}
	if (!o->first)
		buffer_text(o->to, TEXT(","));
	if (!o->inline_from && o->depth && (o->first || !o->joined))
		break_line(o);
	else if (!o->first)
		buffer_text(o->to, TEXT(" "));
	o->first = false;
	o->joined = false;
}

static const char *escape_of(unsigned char c)
{
	static const char *const names[] = {
		['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",  ['\f'] = "\\f",
		['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
	};

	return c < sizeof names / sizeof *names ? names[c] : NULL;
}

static void put_escaped(struct json_out *o, struct text character)
{
	unsigned char c = (unsigned char)character.at[0];
	const char *escape = escape_of(c);

	if (escape)
		buffer_text(o->to, text_of(escape));
	else if (character.len == 1 && (c < 0x20 || c == 0x7f))
		buffer_printf(o->to, "\\u%04x", c);
	else
		buffer_text(o->to, character);
}

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static void put_string(struct json_out *o, struct text t)
{
	buffer_text(o->to, TEXT("\""));
	while (t.len) {
		size_t n = 0;

		while (n < t.len && is_plain(t.at[n]))
			n++;
		buffer_add(o->to, t.at, n);
		t = text_skip(t, n);
		if (!t.len)
			break;
		n = text_utf8(t);
		put_escaped(o, n ? (struct text){ t.at, n } : TEXT("\xef\xbf\xbd"));
		t = text_skip(t, n ? n : 1);
	}
	buffer_text(o->to, TEXT("\""));
}

void json_begin(struct json_out *o, struct buffer *to)
{
	*o = (struct json_out){ .to = to, .first = true };
}

void json_open(struct json_out *o, char bracket, bool one_line)
{
	begin_item(o);
	buffer_add(o->to, &bracket, 1);
	o->depth++;
	o->first = true;
	if (one_line && !o->inline_from)
		o->inline_from = o->depth;
}

void json_close(struct json_out *o, char bracket)
{
	assert(o->depth && !o->after_key);
	o->depth--;
	if (!o->first && !o->inline_from)
		break_line(o);
	if (o->inline_from > o->depth)
		o->inline_from = 0;
	buffer_text(o->to, bracket == '{' || bracket == '}' ? TEXT("}") : TEXT("]"));
	o->first = false;
	o->joined = false;
}

void json_key(struct json_out *o, const char *key)
{
	json_key_text(o, text_of(key));
}

void json_key_text(struct json_out *o, struct text key)
{
	begin_item(o);
	put_string(o, key);
	buffer_text(o->to, TEXT(": "));
	o->after_key = true;
}

void json_join(struct json_out *o)
{
	o->joined = true;
}

void json_put_text(struct json_out *o, struct text value)
{
	begin_item(o);
	put_string(o, value);
}

void json_put_u64(struct json_out *o, uint64_t value)
{
	begin_item(o);
	buffer_printf(o->to, "%" PRIu64, value);
}

void json_put_bool(struct json_out *o, bool value)
{
	begin_item(o);
	buffer_text(o->to, value ? TEXT("true") : TEXT("false"));
}

void json_put_texts(struct json_out *o, const struct text *items, size_t count)
{
	json_open(o, '[', true);
	for (size_t i = 0; i < count; i++)
		json_put_text(o, items[i]);
	json_close(o, ']');
}

void json_pair_u64(struct json_out *o, const char *key, uint64_t value)
{
	json_key(o, key);
	json_put_u64(o, value);
}

void json_pair_bool(struct json_out *o, const char *key, bool value)
{
	json_key(o, key);
	json_put_bool(o, value);
}

void json_pair_texts(struct json_out *o, const char *key, struct texts value)
{
	json_key(o, key);
	json_put_texts(o, value.at, value.count);
}

void json_pair(struct json_out *o, const char *key, struct text value)
{
	json_key(o, key);
	json_put_text(o, value);
}

void json_end(struct json_out *o)
{
	assert(!o->depth);
	buffer_text(o->to, TEXT("\n"));
}
