#include "format/containerfile.h"

#include <string.h>
#include <strings.h>

#include "base/bounds.h"
#include "format/containerjson.h"
#include "format/containerline.h"
#include "format/containerwords.h"
#include "format/expand.h"
#include "format/unicode.h"

/* A file being read. */
struct reader {
	struct containerlines lines;
	struct containerline now;                         /* the logical line at hand */
	struct instruction *chain[ONBUILD_DEPTH_MAX + 1]; /* its instruction, and those that ONBUILD holds */
	size_t chained;                                   /* how many */
	struct arena *arena;
};

static int refuse(const struct reader *r, const struct instruction *in, const char *rule)
{
	return fault_set(r->lines.fault, FAULT_INPUT, "%s:%u: " TEXT_F ": %s", r->lines.what, r->now.line,
			 TEXT_A(in->keyword), rule);
}

/* ---- words ---- */

static int take_instruction(struct reader *r, struct placed line, struct instruction *out);

static int one_word(struct reader *r, struct instruction *out)
{
	out->words = (struct texts){ arena_alloc(r->arena, 1, sizeof(struct text)), out->rest.text.len > 0 };
	out->words.at[0] = out->rest.text;
	return 0;
}

static int plain_words(struct reader *r, struct instruction *out)
{
	out->words = containerwords_plain(out->rest.text, r->arena);
	return 0;
}

static int quoted_words(struct reader *r, struct instruction *out)
{
	out->words = containerwords_quoted(out->rest.text, r->lines.escape, r->arena);
	return 0;
}

static int no_words(struct reader *r, struct instruction *out)
{
	(void)r;
	out->words = (struct texts){ 0 };
	return 0;
}

/* An array of strings is taken; 1 when there is none. */
static int json_words(struct reader *r, struct text t, struct instruction *out)
{
	switch (containerjson_read(unicode_trim(t), r->arena, &out->words)) {
	case CONTAINERJSON_STRINGS:
		out->json = true;
		return 0;
	case CONTAINERJSON_OTHER:
		return refuse(r, out, "a JSON array must hold strings alone");
	case CONTAINERJSON_DEEP:
		return refuse(r, out, "what looks like JSON is nested too deep");
	case CONTAINERJSON_NONE:
	default:
		return 1;
	}
}

static int json_or_one(struct reader *r, struct instruction *out)
{
	int code = json_words(r, out->rest.text, out);
	return code > 0 ? one_word(r, out) : code;
}

static int json_or_plain(struct reader *r, struct instruction *out)
{
	int code = json_words(r, out->rest.text, out);
	return code > 0 ? plain_words(r, out) : code;
}

/* NAME=value... , or as it was once, NAME value. */
static int pair_words(struct reader *r, struct instruction *out)
{
	struct texts words = containerwords_quoted(out->rest.text, r->lines.escape, r->arena);
	LIST(struct text) list = { 0 };
	struct text name, value = out->rest.text;
	bool old = words.count && !text_has(words.at[0], '=');
	if (old) {
		name = (struct text){ value.at, 0 };
		while (name.len < value.len && !containerwords_blank(value.at[name.len]))
			name.len++;
		value = text_skip(value, name.len);
		while (value.len && containerwords_blank(value.at[0]))
			value = text_skip(value, 1);
		if (!value.len)
			return refuse(r, out, "must be followed by NAME=value pairs");
		LIST_PUSH(&list, r->arena, name);
		LIST_PUSH(&list, r->arena, value);
	}
	for (size_t i = 0; i < words.count && !old; i++) {
		value = words.at[i];
		text_cut(&value, '=', &name);
		if (!value.at)
			return refuse(r, out, "each word must be NAME=value");
		LIST_PUSH(&list, r->arena, name);
		LIST_PUSH(&list, r->arena, value);
	}
	out->words = LIST_TEXTS(list);
	return 0;
}

/* HEALTHCHECK: NONE, or CMD and a command. */
static int health_words(struct reader *r, struct instruction *out)
{
	struct text type = { out->rest.text.at, 0 }, rest = out->rest.text;
	LIST(struct text) list = { 0 };
	while (type.len < rest.len && !containerwords_byte_space(rest.at[type.len]))
		type.len++;
	if (!type.len)
		return 0;
	rest = text_skip(rest, type.len);
	while (rest.len && containerwords_byte_space(rest.at[0]))
		rest = text_skip(rest, 1);
	int code = json_words(r, rest, out);
	if (code < 0)
		return code;
	LIST_PUSH(&list, r->arena, type);
	for (size_t i = 0; i < out->words.count && code == 0; i++)
		LIST_PUSH(&list, r->arena, out->words.at[i]);
	if (code > 0 && rest.len)
		LIST_PUSH(&list, r->arena, rest);
	out->words = LIST_TEXTS(list);
	return 0;
}

static const struct {
	const char *keyword;
	int (*read)(struct reader *r, struct instruction *out); /* NULL: another instruction follows */
} KINDS[] = {
	[INSTRUCTION_FROM] = { "FROM", plain_words },
	[INSTRUCTION_ADD] = { "ADD", json_or_plain },
	[INSTRUCTION_ARG] = { "ARG", quoted_words },
	[INSTRUCTION_CMD] = { "CMD", json_or_one },
	[INSTRUCTION_COPY] = { "COPY", json_or_plain },
	[INSTRUCTION_ENTRYPOINT] = { "ENTRYPOINT", json_or_one },
	[INSTRUCTION_ENV] = { "ENV", pair_words },
	[INSTRUCTION_EXPOSE] = { "EXPOSE", plain_words },
	[INSTRUCTION_HEALTHCHECK] = { "HEALTHCHECK", health_words },
	[INSTRUCTION_LABEL] = { "LABEL", pair_words },
	[INSTRUCTION_MAINTAINER] = { "MAINTAINER", one_word },
	[INSTRUCTION_ONBUILD] = { "ONBUILD", NULL },
	[INSTRUCTION_RUN] = { "RUN", json_or_one },
	[INSTRUCTION_SHELL] = { "SHELL", json_or_one },
	[INSTRUCTION_STOPSIGNAL] = { "STOPSIGNAL", one_word },
	[INSTRUCTION_USER] = { "USER", one_word },
	[INSTRUCTION_VOLUME] = { "VOLUME", json_or_plain },
	[INSTRUCTION_WORKDIR] = { "WORKDIR", one_word },
	[INSTRUCTION_OTHER] = { "", no_words },
};

static enum instruction_kind kind_of(struct text keyword)
{
	size_t i = 0;
	while (i < INSTRUCTION_OTHER &&
	       (keyword.len != strlen(KINDS[i].keyword) || strncasecmp(keyword.at, KINDS[i].keyword, keyword.len) != 0))
		i++;
	return (enum instruction_kind)i;
}

/* ---- here-documents ---- */

static size_t quotes_in(struct text t)
{
	size_t count = 0;
	for (size_t i = 0; i < t.len; i++)
		count += t.at[i] == '\'' || t.at[i] == '"';
	return count;
}

/* "3<<-", and what stands behind it; false when the word does not begin so. */
static bool read_operator(struct text word, struct heredoc *out, struct text *name)
{
	uint64_t fd = 0;
	for (; word.len && word.at[0] >= '0' && word.at[0] <= '9'; word = text_skip(word, 1))
		fd = fd > UINT32_MAX ? fd : fd * 10 + (uint64_t)(word.at[0] - '0');
	if (!text_starts(word, TEXT("<<")))
		return false;
	word = text_skip(word, 2);
	out->fd = fd > UINT32_MAX ? UINT32_MAX : (unsigned)fd;
	out->chomp = text_starts(word, TEXT("-"));
	word = text_skip(word, out->chomp);
	while (word.len && text_has(TEXT(" \t\n\f\r"), word.at[0]))
		word = text_skip(word, 1);
	*name = word;
	return word.len && !text_has(word, '<');
}

/* Its name's quotes: those that stay when all are taken off were none. 1, or 0 when it is no single word. */
static int read_name(struct reader *r, const struct instruction *in, struct text written, struct heredoc *out)
{
	struct expand how = { .escape = '\\' };
	struct expanded bare, raw;
	struct fault why = { 0 };
	if (expand_word(written, &how, r->arena, &bare, &why) < 0)
		return refuse(r, in, why.text);
	if (bare.words.count != 1)
		return 0;
	how.keep_quotes = true;
	if (expand_word(written, &how, r->arena, &raw, &why) < 0)
		return refuse(r, in, why.text);
	if (raw.words.count != 1)
		return refuse(r, in, "the name of the here-document cannot be read");
	out->name = bare.words.at[0];
	out->expand = quotes_in(bare.words.at[0]) == quotes_in(raw.words.at[0]);
	return 1;
}

/* Can it have here-documents? */
static bool takes_heredocs(const struct instruction *in)
{
	if (in->kind == INSTRUCTION_ONBUILD && in->trigger)
		in = in->trigger;
	return !in->json &&
	       (in->kind == INSTRUCTION_RUN || in->kind == INSTRUCTION_COPY || in->kind == INSTRUCTION_ADD);
}

/* A line whose quotes do not close has no here-documents. */
static int find_operators(struct reader *r, const struct instruction *in, struct texts *out)
{
	const struct expand how = { .escape = '\\', .keep_quotes = true, .keep_escapes = true };
	struct expanded line = { 0 };
	struct fault why = { 0 };
	*out = (struct texts){ 0 };
	if (!takes_heredocs(in) || !memmem(r->now.text.text.at, r->now.text.text.len, "<<", 2))
		return 0;
	if (expand_word(r->now.text.text, &how, r->arena, &line, &why) == 0)
		*out = line.words;
	return line.limited ? refuse(r, in, why.text) : 0;
}

static int take_heredocs(struct reader *r, struct instruction *in)
{
	LIST(struct heredoc) list = { 0 };
	struct texts words;
	int code = find_operators(r, in, &words);
	for (size_t i = 0; i < words.count && code >= 0; i++) {
		struct heredoc one = { 0 };
		struct text name;
		code = read_operator(words.at[i], &one, &name) ? read_name(r, in, name, &one) : 0;
		if (code > 0)
			LIST_PUSH(&list, r->arena, one);
	}
	for (size_t i = 0; i < list.count && code >= 0; i++)
		code = containerlines_heredoc(&r->lines, list.at[i].name, list.at[i].chomp, &list.at[i].content);
	in->heredocs = list.at;
	in->heredoc_count = list.count;
	return code < 0 ? code : 0;
}

/* ---- instructions ---- */

static int take_trigger(struct reader *r, struct instruction *out)
{
	if (!out->rest.text.len)
		return 0;
	if (r->chained > ONBUILD_DEPTH_MAX)
		return refuse(r, out, "there is too much nesting of ONBUILD");
	struct instruction *trigger = arena_alloc(r->arena, 1, sizeof *trigger);
	out->trigger = trigger;
	return take_instruction(r, out->rest, trigger);
}

/* Without here-documents and ends. */
static int take_instruction(struct reader *r, struct placed line, struct instruction *out)
{
	struct text all = unicode_trim(line.text);
	size_t len = 0;
	while (len < all.len && !containerwords_blank(all.at[len]))
		len++;
	*out = (struct instruction){ .keyword = { all.at, len }, .line = r->now.line };
	r->chain[r->chained++] = out;
	out->begin = len ? line.at[all.at - line.text.at] : r->now.begin;
	out->kind = kind_of(out->keyword);
	all = text_skip(all, len);
	while (all.len && containerwords_blank(all.at[0]))
		all = text_skip(all, 1);
	all = unicode_trim(containerwords_flags(all, r->lines.escape, r->arena, &out->flags));
	out->rest = placed_part(line, all, r->arena);
	return KINDS[out->kind].read ? KINDS[out->kind].read(r, out) : take_trigger(r, out);
}

/* What is known only behind the here-documents. */
static void set_ends(struct reader *r, const struct instruction *in)
{
	for (size_t i = 0; i < r->chained; i++) {
		r->chain[i]->end = r->lines.offset;
		r->chain[i]->last_line = r->lines.line;
		r->chain[i]->heredocs = in->heredocs;
		r->chain[i]->heredoc_count = in->heredoc_count;
	}
}

static int read_all(struct reader *r, struct containerfile *out)
{
	LIST(struct instruction) list = { 0 };
	int code;
	while ((code = containerlines_next(&r->lines, &r->now)) > 0) {
		struct instruction in;
		r->chained = 0;
		code = take_instruction(r, r->now.text, &in);
		if (code == 0)
			code = take_heredocs(r, &in);
		if (code < 0)
			break;
		set_ends(r, &in);
		LIST_PUSH(&list, r->arena, in);
	}
	out->at = list.at;
	out->count = list.count;
	out->escape = r->lines.escape;
	if (code == 0 && !list.count)
		return fault_set(r->lines.fault, FAULT_INPUT, "%s: there is no instruction in it", r->lines.what);
	return code;
}

int containerfile_parse(struct text bytes, const char *what, struct arena *a, struct containerfile *out,
			struct fault *f)
{
	struct reader r = { .lines = { .bytes = bytes, .what = what, .arena = a, .fault = f }, .arena = a };
	size_t bad;
	unsigned line = 1;
	*out = (struct containerfile){ .bytes = bytes };
	if (bytes.len > CONTAINERFILE_MAX)
		return fault_set(f, FAULT_INPUT, "%s: has %zu bytes, at most %u are read", what, bytes.len,
				 CONTAINERFILE_MAX);
	if (!unicode_valid(bytes, &bad)) {
		for (size_t i = 0; i < bad; i++)
			line += bytes.at[i] == '\n';
		return containerlines_refuse(&r.lines, line, "there is a byte that is no UTF-8, or NUL");
	}
	int code = read_all(&r, out);
	containerlines_drop(&r.lines);
	return code;
}
