#include "format/jsonvalue.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/buffer.h"

/* A parse under way. */
struct parser {
	struct text rest;             /* what is still to be read */
	struct text all;              /* the whole */
	const char *what;             /* its name in messages */
	unsigned depth;               /* open containers */
	struct arena *keep;           /* for the tree */
	struct arena scratch;         /* for `open` */
	struct buffer unescaped;      /* the string being read, if it has escapes */
	LIST(struct json_entry) open; /* members and items of the open containers, outermost first */
	struct fault *fault;          /* the caller's */
};

static int refuse(struct parser *p, const char *rule)
{
	size_t line = 1, column = 1, offset = p->all.len - p->rest.len;

	for (size_t i = 0; i < offset; i++) {
		column = p->all.at[i] == '\n' ? 1 : column + 1;
		line += p->all.at[i] == '\n';
	}
	return fault_set(p->fault, FAULT_INPUT, "%s: line %zu, column %zu: not proper JSON: %s", p->what, line, column,
			 rule);
}

static void skip(struct parser *p, size_t n)
{
	p->rest.at += n;
	p->rest.len -= n;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The next byte behind white space, or NUL at the end (and for a NUL, which no rule of the grammar takes either). */
static char peek(struct parser *p)
{
	size_t n = 0;

	while (n < p->rest.len && is_white(p->rest.at[n]))
		n++;
	skip(p, n);
	return p->rest.len ? p->rest.at[0] : '\0';
}

static bool take(struct parser *p, char c)
{
	if (peek(p) != c || !p->rest.len)
		return false;
	skip(p, 1);
	return true;
}

/* ---- strings ---- */

static bool take_hex4(struct parser *p, unsigned *unit)
{
	*unit = 0;
	for (size_t i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		char c = i < p->rest.len ? p->rest.at[i] : '\0';
		const char *hit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

		if (!hit)
			return false;
		*unit = *unit << 4 | (unsigned)(hit - digits);
	}
	skip(p, 4);
	return true;
}

static void add_utf8(struct buffer *to, unsigned point)
{
	unsigned char bytes[4];
	size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; point >>= 6)
		bytes[i] = (unsigned char)(0x80 | (point & 0x3f));
	bytes[0] = (unsigned char)(lead[n] | point);
	buffer_add(to, bytes, n);
}

/* What follows "\u". */
static int unescape_unicode(struct parser *p)
{
	unsigned point, low;

	if (!take_hex4(p, &point))
		return refuse(p, "four hex digits must follow \\u");
	if (point >= 0xd800 && point < 0xdc00) {
		if (!text_starts(p->rest, TEXT("\\u")))
			return refuse(p, "half a surrogate pair");
		skip(p, 2);
		if (!take_hex4(p, &low) || low < 0xdc00 || low > 0xdfff)
			return refuse(p, "half a surrogate pair");
		point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
	} else if (point >= 0xdc00 && point < 0xe000) {
		return refuse(p, "half a surrogate pair");
	}
	if (!point)
		return refuse(p, "\\u0000 is not allowed in a string");
	add_utf8(&p->unescaped, point);
	return 0;
}

/* At a backslash. */
static int unescape(struct parser *p)
{
	static const char escapes[] = "\"\\/bfnrtu", meanings[] = "\"\\/\b\f\n\r\t";
	const char *hit = p->rest.len > 1 && p->rest.at[1] ? strchr(escapes, p->rest.at[1]) : NULL;

	if (!hit)
		return refuse(p, "an escape that JSON does not know");
	skip(p, 2);
	if (*hit == 'u')
		return unescape_unicode(p);
	buffer_add(&p->unescaped, &meanings[hit - escapes], 1);
	return 0;
}

static bool is_plain(char c)
{
	return c >= ' ' && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* Bytes up to a quote, a backslash, or what no string may have. */
static int find_run(struct parser *p, size_t *run)
{
	const char *at = p->rest.at;
	size_t n = 0, len = p->rest.len;

	for (;;) {
		size_t character;

		while (n < len && is_plain(at[n]))
			n++;
		*run = n;
		if (n < len && (at[n] == '"' || at[n] == '\\'))
			return 0;
		character = n < len && (unsigned char)at[n] >= ' ' ? text_utf8(text_skip(p->rest, n)) : 0;
		if (!character)
			break;
		n += character;
	}
	skip(p, n);
	if (n == len)
		return refuse(p, "a string without its closing quote");
	return refuse(p, (unsigned char)at[n] < ' ' ? "a control character in a string; escape it" : "not UTF-8");
}

/* Behind the opening quote. Without escapes, `out` is where it stands in the text. */
static int parse_string(struct parser *p, struct text *out)
{
	size_t run = 0;
	int code;

	buffer_reset(&p->unescaped);
	while (!(code = find_run(p, &run)) && p->rest.at[run] == '\\') {
		buffer_add(&p->unescaped, p->rest.at, run);
		skip(p, run);
		code = unescape(p);
		if (code)
			return code;
	}
	if (code)
		return code;
	*out = (struct text){ p->rest.at, run };
	skip(p, run + 1);
	if (p->unescaped.len) {
		buffer_text(&p->unescaped, *out);
		*out = arena_copy(p->keep, buffer_view(&p->unescaped));
	}
	return 0;
}

/* ---- numbers and words ---- */

static size_t count_digits(struct text t)
{
	size_t n = 0;

	while (n < t.len && t.at[n] >= '0' && t.at[n] <= '9')
		n++;
	return n;
}

static bool skip_digits(struct text *t)
{
	size_t n = count_digits(*t);

	*t = text_skip(*t, n);
	return n > 0;
}

static bool skip_fraction_and_exponent(struct text *t)
{
	if (t->len && *t->at == '.') {
		*t = text_skip(*t, 1);
		if (!skip_digits(t))
			return false;
	}
	if (!t->len || (*t->at != 'e' && *t->at != 'E'))
		return true;
	*t = text_skip(*t, 1);
	if (t->len && (*t->at == '+' || *t->at == '-'))
		*t = text_skip(*t, 1);
	return skip_digits(t);
}

static int parse_number(struct parser *p, struct json_value *out)
{
	struct text t = p->rest, whole;
	size_t sign = *t.at == '-';

	t = text_skip(t, sign);
	whole = (struct text){ t.at, count_digits(t) };
	t = text_skip(t, whole.len);
	if (!whole.len || (whole.len > 1 && *whole.at == '0') || !skip_fraction_and_exponent(&t))
		return refuse(p, "a malformed number");
	out->kind = JSON_KIND_NUMBER;
	if (!sign && t.at == whole.at + whole.len && text_u64(whole, UINT64_MAX, &out->whole))
		out->kind = JSON_KIND_WHOLE;
	skip(p, p->rest.len - t.len);
	return 0;
}

static int parse_word(struct parser *p, struct json_value *out)
{
	static const struct {
		struct text word;
		struct json_value value;
	} words[] = {
		{ { "null", 4 }, { .kind = JSON_KIND_NULL } },
		{ { "true", 4 }, { .kind = JSON_KIND_BOOL, .truth = true } },
		{ { "false", 5 }, { .kind = JSON_KIND_BOOL, .truth = false } },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_starts(p->rest, words[i].word)) {
			*out = words[i].value;
			skip(p, words[i].word.len);
			return 0;
		}
	}
	return refuse(p, p->rest.len ? "a value is expected here" : "it ends too early");
}

/* ---- containers ---- */

static int compare_entries(const void *a, const void *b)
{
	return text_compare(((const struct json_entry *)a)->key, ((const struct json_entry *)b)->key);
}

/* Sorted unless they are already, as in every file that we wrote; then equal ones are neighbours. */
static int close_object(struct parser *p, struct json_entry *entries, size_t count, struct json_value *out)
{
	bool sorted = true;

	for (size_t i = 1; i < count && sorted; i++)
		sorted = compare_entries(&entries[i - 1], &entries[i]) < 0;
	if (!sorted)
		qsort(entries, count, sizeof *entries, compare_entries);
	for (size_t i = 1; i < count && !sorted; i++) {
		if (!compare_entries(&entries[i - 1], &entries[i]))
			return refuse(p, arena_printf(p->keep, "the object that ends here has the key \"%s\" twice",
						      entries[i].key.at)
						 .at);
	}
	out->kind = JSON_KIND_OBJECT;
	out->entries = arena_alloc(p->keep, count, sizeof *out->entries);
	if (count)
		memcpy(out->entries, entries, count * sizeof *entries);
	return 0;
}

static int close_array(struct parser *p, const struct json_entry *entries, size_t count, struct json_value *out)
{
	out->kind = JSON_KIND_ARRAY;
	out->items = arena_alloc(p->keep, count, sizeof *out->items);
	for (size_t i = 0; i < count; i++)
		out->items[i] = entries[i].value;
	return 0;
}

static int parse_value(struct parser *p, struct json_value *out);

static int parse_entry(struct parser *p, bool keyed, struct json_entry *out)
{
	int code = 0;

	if (keyed) {
		if (!take(p, '"'))
			return refuse(p, "a key in double quotes is expected here");
		code = parse_string(p, &out->key);
		if (!code)
			out->key = arena_copy(p->keep, out->key);
		if (!code && !take(p, ':'))
			return refuse(p, "':' is expected here");
	}
	return code ? code : parse_value(p, &out->value);
}

/* Behind the opening bracket. */
static int parse_container(struct parser *p, bool keyed, struct json_value *out)
{
	char bracket = keyed ? '}' : ']';
	size_t mark = p->open.count;
	struct json_entry *entries;

	if (++p->depth > JSON_DEPTH_MAX)
		return refuse(p, arena_printf(p->keep, "nested deeper than %d arrays and objects", JSON_DEPTH_MAX).at);
	for (bool more = !take(p, bracket); more;) {
		struct json_entry entry = { 0 };
		int code = parse_entry(p, keyed, &entry);

		if (code)
			return code;
		LIST_PUSH(&p->open, &p->scratch, entry);
		more = take(p, ',');
		if (!more && !take(p, bracket))
			return refuse(p, keyed ? "',' or '}' is expected here" : "',' or ']' is expected here");
	}
	p->depth--;
	out->count = p->open.count - mark;
	entries = out->count ? p->open.at + mark : NULL;
	p->open.count = mark;
	return keyed ? close_object(p, entries, out->count, out) : close_array(p, entries, out->count, out);
}

static int parse_value(struct parser *p, struct json_value *out)
{
	struct text string;
	char c = peek(p);
	int code;

	if (take(p, '{'))
		return parse_container(p, true, out);
	if (take(p, '['))
		return parse_container(p, false, out);
	if (c == '-' || (c >= '0' && c <= '9'))
		return parse_number(p, out);
	if (!take(p, '"'))
		return parse_word(p, out);
	code = parse_string(p, &string);
	if (!code)
		*out = (struct json_value){ .kind = JSON_KIND_STRING, .count = string.len, .string = string.at };
	return code;
}

int json_value_parse(struct text bytes, const char *what, struct arena *a, struct json_value *out, struct fault *f)
{
	struct parser p = { .rest = bytes, .all = bytes, .what = what, .keep = a, .fault = f };
	char first = peek(&p);
	int code;

	*out = (struct json_value){ 0 };
	if (first != '{' && first != '[')
		code = refuse(&p, "it must begin with '{' or '['");
	else
		code = parse_value(&p, out);
	peek(&p);
	if (!code && p.rest.len)
		code = refuse(&p, "nothing may follow the end");
	arena_drop(&p.scratch);
	buffer_drop(&p.unescaped);
	return code;
}

const struct json_entry *json_value_member(const struct json_value *object, struct text key)
{
	struct json_entry wanted = { .key = key };

	if (object->kind != JSON_KIND_OBJECT || !object->count)
		return NULL;
	return bsearch(&wanted, object->entries, object->count, sizeof wanted, compare_entries);
}
