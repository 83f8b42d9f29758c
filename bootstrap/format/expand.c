#include "format/expand.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/unicode.h"
#include "format/wordlist.h"
#include "format/wordpattern.h"

#define SHOWN_MAX 100 /* bytes of a foreign word in a message */
#define NO_SIGN "behind a variable's name in \"${\" must stand } + - ? # % / or :+ :- :?"

/* The written word being read. */
struct reader {
	const struct expand *how;
	struct arena *arena;
	struct fault *fault;
	struct text all;    /* as written */
	struct text rest;   /* not yet read */
	struct buffer word; /* the word that has begun; there is one, whatever the nesting, as in the source */
	bool keep_escapes;  /* now */
	bool known;         /* so far */
	unsigned depth;     /* of "${" */
	size_t made;        /* bytes that variables gave so far */
	bool limited;       /* was it a limit that refused it? */
};

static int read_until(struct reader *r, uint32_t stop, bool keep_escapes, struct buffer *to, struct wordlist *words);

static int refuse(const struct reader *r, const char *rule)
{
	struct text shown = r->all;
	if (shown.len > SHOWN_MAX)
		shown.len = SHOWN_MAX;
	return fault_set(r->fault, FAULT_INPUT, "\"" TEXT_F "\": %s", TEXT_A(shown), rule);
}

static int limit(struct reader *r, const char *rule)
{
	r->limited = true;
	return refuse(r, rule);
}

static uint32_t peek(const struct reader *r)
{
	size_t len;
	return unicode_first(r->rest, &len);
}

/* The next character, as bytes. */
static struct text take(struct reader *r)
{
	struct text c = r->rest;
	unicode_first(r->rest, &c.len);
	r->rest = text_skip(r->rest, c.len);
	return c;
}

static bool is_escape(const struct reader *r, struct text c)
{
	return c.len == 1 && c.at[0] == r->how->escape;
}

/* ---- variables ---- */

/* A "${", read. */
struct substitution {
	struct text written; /* from "$" on */
	struct text name;    /* of the variable */
	char sign;      /* one of +-?#%/; none: another one behind ":", with which only an unknown variable may stand */
	bool empty_too; /* behind ":" */
	bool twice;     /* "//" */
	struct text word;        /* behind the sign, expanded; "/": the pattern */
	struct text other;       /* "/": what is put in */
	enum expand_state state; /* of the variable */
	struct text value;       /* and its value */
};

static bool is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* A name; digits alone when it begins with one, and one of the special parameters. */
static struct text take_name(struct reader *r)
{
	struct text name = { r->rest.at, 0 };
	uint32_t first = peek(r), c;
	if (first < 0x80 && first && text_has(TEXT("@*#?-$!0"), (char)first) && !is_digit(first))
		return take(r);
	while ((c = peek(r)) != UNICODE_END && (is_digit(first) ? is_digit(c) : unicode_word(c)))
		name.len += take(r).len;
	return name;
}

static enum expand_state look_up(const struct reader *r, struct text name, struct text *value)
{
	*value = TEXT("");
	enum expand_state state = r->how->get ? r->how->get(r->how->of, name, value) : EXPAND_UNKNOWN;
	if (state != EXPAND_SET || !value->at)
		*value = TEXT("");
	return state;
}

/* What a variable gives. */
static int put(struct reader *r, struct buffer *to, struct text t)
{
	r->made += t.len;
	if (r->made > EXPAND_MAX)
		return limit(r, "with its variables it is too long for an environment");
	buffer_text(to, t);
	return 0;
}

/* What is not known stays. */
static int put_back(struct reader *r, struct text written, struct buffer *to)
{
	r->known = false;
	buffer_text(to, written);
	return 0;
}

/* "$NAME" and "${NAME}". */
static int put_variable(struct reader *r, struct text name, struct text written, struct buffer *to)
{
	struct text value;
	enum expand_state state = look_up(r, name, &value);
	bool known = state == EXPAND_SET || state == EXPAND_UNSET;
	return known ? put(r, to, value) : put_back(r, written, to);
}

static int put_edited(struct reader *r, const struct substitution *s, struct buffer *to)
{
	const struct wordpattern_edit edit = { s->sign, s->twice, s->word, s->other };
	struct text edited;
	if (!wordpattern_apply(&edit, s->value, r->arena, &edited))
		return refuse(r,
			      "a pattern has at most 256 characters, and in it \"\\\" stands before * ? or \\ alone");
	return put(r, to, edited);
}

static int put_required(struct reader *r, const struct substitution *s, bool there, struct buffer *to)
{
	BUFFER_AUTO b = { 0 };
	if (there)
		return put(r, to, s->value);
	buffer_printf(&b, TEXT_F ": " TEXT_F, TEXT_A(s->name),
		      TEXT_A(s->word.len ? s->word : TEXT("is not allowed to be unset or empty")));
	return refuse(r, b.at);
}

static int put_substitution(struct reader *r, const struct substitution *s, struct buffer *to)
{
	bool there = s->state == EXPAND_SET && (!s->empty_too || s->value.len);
	bool chooses = s->sign == '-' || s->sign == '+';
	if (s->state == EXPAND_UNKNOWN || (s->state == EXPAND_OPEN && !chooses))
		return put_back(r, s->written, to);
	if (!s->sign)
		return refuse(r, NO_SIGN);
	if (s->sign == '-')
		return put(r, to, there ? s->value : s->word);
	if (s->sign == '+')
		return put(r, to, there ? s->word : TEXT(""));
	if (s->sign == '?')
		return put_required(r, s, there, to);
	return put_edited(r, s, to);
}

/* A word inside "${", up to `stop`. */
static int take_inner(struct reader *r, char stop, bool keep_escapes, struct text *out)
{
	BUFFER_AUTO b = { 0 };
	struct wordlist ignored = { .word = &r->word, .arena = r->arena };
	int code = read_until(r, (unsigned char)stop, keep_escapes, &b, &ignored);
	*out = arena_copy(r->arena, buffer_view(&b));
	return code;
}

/* Behind the sign. */
static int take_operands(struct reader *r, struct substitution *s)
{
	bool raw = s->sign == '#' || s->sign == '%';
	if (s->sign != '/')
		return take_inner(r, '}', raw, &s->word);
	s->twice = peek(r) == '/';
	if (s->twice)
		take(r);
	int code = take_inner(r, '/', true, &s->word);
	return code == 0 ? take_inner(r, '}', true, &s->other) : code;
}

/* Behind "${"; `written` begins with the "$". */
static int read_braces(struct reader *r, struct text written, struct buffer *to)
{
	struct substitution s = { .written = written };
	uint32_t first = peek(r);
	if (first == UNICODE_END || first == '{' || first == '}' || first == ':')
		return refuse(r, "\"${\" must be followed by a variable's name");
	s.name = take_name(r);
	struct text sign = take(r);
	written.len = (size_t)(r->rest.at - written.at);
	if (text_equal(sign, TEXT("}")))
		return put_variable(r, s.name, written, to);
	s.empty_too = text_equal(sign, TEXT(":"));
	if (s.empty_too)
		sign = take(r);
	if (sign.len == 1 && text_has(s.empty_too ? TEXT("+-?") : TEXT("+-?#%/"), sign.at[0]))
		s.sign = sign.at[0];
	else if (!s.empty_too || !sign.len || text_has(TEXT("#%"), sign.at[0]))
		return refuse(r, NO_SIGN);
	int code = take_operands(r, &s);
	s.written.len = (size_t)(r->rest.at - written.at);
	s.state = look_up(r, s.name, &s.value);
	return code == 0 ? put_substitution(r, &s, to) : code;
}

static int read_dollar(struct reader *r, struct buffer *to)
{
	struct text written = take(r);
	if (peek(r) != '{') {
		struct text name = take_name(r);
		written.len += name.len;
		if (name.len)
			return put_variable(r, name, written, to);
		buffer_text(to, written);
		return 0;
	}
	if (++r->depth > EXPAND_DEPTH_MAX)
		return limit(r, "there is too much nesting of \"${\"");
	take(r);
	int code = read_braces(r, written, to);
	r->depth--;
	return code;
}

/* ---- quotes ---- */

static int read_single(struct reader *r, struct buffer *to)
{
	struct text c = take(r);
	size_t end = 0;
	while (end < r->rest.len && r->rest.at[end] != '\'')
		end++;
	if (end == r->rest.len)
		return refuse(r, "there is no second ' for the first one");
	struct text inner = { r->rest.at, end };
	r->rest = text_skip(r->rest, end + 1);
	if (r->how->keep_quotes)
		inner = (struct text){ c.at, end + 2 };
	buffer_text(to, inner);
	return 0;
}

/* Behind an escape character within double quotes, which is `c`. */
static void read_escaped(struct reader *r, struct text c, struct buffer *to)
{
	uint32_t next = peek(r);
	if (r->keep_escapes)
		buffer_text(to, c);
	if (next == UNICODE_END)
		return;
	if (next == '"' || next == '$' || next == (unsigned char)r->how->escape)
		c = take(r);
	buffer_text(to, c);
}

static int read_double(struct reader *r, struct buffer *to)
{
	struct text c = take(r);
	int code = 0;
	if (r->how->keep_quotes)
		buffer_text(to, c);
	while (code == 0 && peek(r) != '"') {
		if (peek(r) == UNICODE_END)
			return refuse(r, "there is no second \" for the first one");
		if (peek(r) == '$') {
			code = read_dollar(r, to);
			continue;
		}
		c = take(r);
		if (is_escape(r, c))
			read_escaped(r, c, to);
		else
			buffer_text(to, c);
	}
	c = take(r);
	if (r->how->keep_quotes)
		buffer_text(to, c);
	return code;
}

/* Blanks behind "<<" belong to the word. */
static void read_less(struct reader *r, struct buffer *to)
{
	struct text all = take(r);
	if (peek(r) == '<') {
		all.len += take(r).len;
		while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r')
			all.len += take(r).len;
	}
	buffer_text(to, all);
}

/* ---- all ---- */

/* A character that is none of the special ones. */
static void read_plain(struct reader *r, struct buffer *to, struct wordlist *words)
{
	struct text c = take(r);
	if (!is_escape(r, c)) {
		wordlist_split(words, c);
		buffer_text(to, c);
		return;
	}
	if (r->keep_escapes) {
		wordlist_add(words, c);
		buffer_text(to, c);
	}
	c = take(r);
	if (c.len)
		wordlist_add(words, c);
	buffer_text(to, c);
}

/* What begins with one of $ < ' ". */
static int read_special(struct reader *r, uint32_t c, struct buffer *to, struct wordlist *words)
{
	BUFFER_AUTO piece = { 0 };
	int code = 0;
	if (c == '$')
		code = read_dollar(r, &piece);
	else if (c == '<')
		read_less(r, &piece);
	else
		code = c == '"' ? read_double(r, &piece) : read_single(r, &piece);
	if (c == '$')
		wordlist_split(words, buffer_view(&piece));
	else
		wordlist_add(words, buffer_view(&piece));
	buffer_text(to, buffer_view(&piece));
	return code;
}

/* Up to `stop`, which is taken, or to the end. */
static int read_until(struct reader *r, uint32_t stop, bool keep_escapes, struct buffer *to, struct wordlist *words)
{
	bool outer = r->keep_escapes;
	int code = 0;
	uint32_t c;
	buffer_reset(&r->word);
	r->keep_escapes = keep_escapes;
	while (code == 0 && (c = peek(r)) != UNICODE_END && c != stop) {
		bool special = c == '$' || c == '<' || (!r->how->plain_quotes && (c == '\'' || c == '"'));
		if (special)
			code = read_special(r, c, to, words);
		else
			read_plain(r, to, words);
	}
	r->keep_escapes = outer;
	if (code == 0 && stop != UNICODE_END && peek(r) != stop)
		return refuse(r, stop == '}' ? "there is no } for \"${\"" : "there is no second / in \"${\"");
	take(r);
	wordlist_end(words);
	return code;
}

int expand_word(struct text written, const struct expand *how, struct arena *a, struct expanded *out, struct fault *f)
{
	struct reader r = { .how = how, .arena = a, .fault = f, .all = written, .rest = written, .known = true };
	BUFFER_AUTO text = { 0 };
	struct wordlist words = { .word = &r.word, .arena = a };
	if (peek(&r) == 0xfeff) /* a mark of byte order is no character */
		take(&r);
	int code = read_until(&r, UNICODE_END, how->keep_escapes, &text, &words);
	*out = (struct expanded){ arena_copy(a, buffer_view(&text)), LIST_TEXTS(words.whole), r.known, r.limited };
	buffer_drop(&r.word);
	return code;
}
