#include "format/toolmap.h"

#include <string.h>

#include "base/bounds.h"

#define SHOWN_MAX 100 /* bytes of a foreign value in a message */

enum column { KEY, ATTRIBUTE, COMMANDS, VERDICT, VERIFIED, NOTE, COLUMNS };

static const char *const NAMES[] = { "key", "attribute", "commands", "verdict", "verified", "note" };
static const char *const VERDICTS[] = {
	[VERDICT_MOVE] = "move", [VERDICT_KEEP] = "keep", [VERDICT_REVIEW] = "review", [VERDICT_MISSING] = "missing",
};
#define VERDICT_COUNT (sizeof VERDICTS / sizeof *VERDICTS)

/* A table being read. */
struct reader {
	const char *what;
	size_t line; /* from 1 */
	struct text column[COLUMNS];
	struct arena *arena;
	struct fault *fault;
};

static int refuse(const struct reader *r, enum column c, const char *rule)
{
	struct text shown = r->column[c];
	shown.len = shown.len > SHOWN_MAX ? SHOWN_MAX : shown.len;
	return fault_set(r->fault, FAULT_INPUT, "%s:%zu: %s '" TEXT_F "': %s", r->what, r->line, NAMES[c], TEXT_A(shown), rule);
}

/* ---- columns ---- */

static bool is_text(struct text t)
{
	for (size_t n; t.len; t = text_skip(t, n)) {
		n = text_utf8(t);
		if (!n || (unsigned char)t.at[0] < 0x20 || t.at[0] == 0x7f)
			return false;
	}
	return true;
}

static size_t count_stars(struct text t)
{
	size_t stars = 0;
	for (size_t i = 0; i < t.len; i++)
		stars += t.at[i] == '*';
	return stars;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Names as Nix takes them without quotes, with a point between. */
static bool is_attribute(struct text t)
{
	struct text part;
	while (text_cut(&t, '.', &part)) {
		if (!part.len || !is_letter(part.at[0]))
			return false;
		for (size_t i = 0; i < part.len; i++)
			if (!is_letter(part.at[i]) && !text_has(TEXT("0123456789-'"), part.at[i]))
				return false;
	}
	return true;
}

/* Such as stand in a string of Nix or of a shell without more ado. */
static bool is_command(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (text_has(TEXT("\"'`\\$"), t.at[i]))
			return false;
	return t.len <= NAR_NAME_MAX && text_graphic(t) && !text_has(t, '/') && t.at[0] != '.' && t.at[0] != '-';
}

static int read_commands(const struct reader *r, struct toolmap_entry *e)
{
	LIST(struct text) found = { 0 }, former = { 0 };
	struct text all = r->column[COMMANDS], word, name;
	char between = text_has(all, ',') ? ',' : ' ';
	while (text_cut(&all, between, &word)) {
		text_cut(&word, '=', &name);
		if (!name.len || !is_command(name) || (word.at && (!word.len || !is_command(word))))
			return refuse(r, COMMANDS, "must be names of programs, or NAME=DEBIANS-NAME, with one comma or blank between");
		if (found.count == COMMANDS_MAX)
			return refuse(r, COMMANDS, "too many");
		LIST_PUSH(&found, r->arena, name);
		if (word.len)
			LIST_PUSH(&former, r->arena, word);
	}
	e->commands = LIST_TEXTS(found);
	e->former = LIST_TEXTS(former);
	return 0;
}

static int read_words(const struct reader *r, struct toolmap_entry *e)
{
	size_t v = 0;
	while (v < VERDICT_COUNT && !text_equal(r->column[VERDICT], text_of(VERDICTS[v])))
		v++;
	if (v == VERDICT_COUNT)
		return refuse(r, VERDICT, "must be move, keep, review or missing");
	e->verdict = (enum toolmap_verdict)v;
	e->verified = text_equal(r->column[VERIFIED], TEXT("yes"));
	if (!e->verified && r->column[VERIFIED].len && !text_equal(r->column[VERIFIED], TEXT("no")))
		return refuse(r, VERIFIED, "must be yes, no or -");
	return 0;
}

static int read_entry(const struct reader *r, struct toolmap_entry *e)
{
	const struct text *c = r->column;
	bool wants = e->verdict == VERDICT_MOVE, may = wants || e->verdict == VERDICT_REVIEW;
	if (!text_graphic(c[KEY]) || c[KEY].len > TOOLMAP_KEY_MAX || count_stars(c[KEY]) > 1)
		return refuse(r, KEY, "must be 1 to 300 printable characters without blanks, one of them at most a *");
	if (c[ATTRIBUTE].len > TOOLMAP_KEY_MAX || (c[ATTRIBUTE].len && !is_attribute(c[ATTRIBUTE])))
		return refuse(r, ATTRIBUTE, "must be an attribute of nixpkgs, such as jq or python3Packages.black");
	if (c[ATTRIBUTE].len ? !may : wants)
		return refuse(r, ATTRIBUTE, "move must have one; keep and missing must have none");
	if (!is_text(c[NOTE]))
		return refuse(r, NOTE, "must be UTF-8 without control characters");
	e->key = c[KEY];
	e->attribute = c[ATTRIBUTE];
	e->note = c[NOTE];
	return read_commands(r, e);
}

/* ---- lines ---- */

static int read_line(struct reader *r, struct text line, struct toolmap_entry *e)
{
	struct text rest = line;
	for (size_t i = 0; i < COLUMNS; i++) {
		if (!text_cut(&rest, '\t', &r->column[i]) || !r->column[i].len)
			return fault_set(r->fault, FAULT_INPUT,
					 "%s:%zu: %s: must not be empty; a line has six columns with one tab between, and - where "
					 "there is nothing", r->what, r->line, NAMES[i]);
		if (text_equal(r->column[i], TEXT("-")))
			r->column[i] = (struct text){ 0 };
	}
	if (rest.at)
		return fault_set(r->fault, FAULT_INPUT, "%s:%zu: must end after six columns, the note", r->what, r->line);
	int code = read_words(r, e);
	return code == 0 ? read_entry(r, e) : code;
}

static int check_order(const struct reader *r, const struct toolmap_entry *before, const struct toolmap_entry *e)
{
	int order = text_compare(before->key, e->key);
	if (order < 0)
		return 0;
	return refuse(r, KEY, order ? "must stand before the line above: lines are sorted bytewise by key" : "stands there twice");
}

int toolmap_parse(struct text bytes, const char *what, struct arena *a, struct toolmap *out, struct fault *f)
{
	struct reader r = { .what = what, .arena = a, .fault = f };
	LIST(struct toolmap_entry) entries = { 0 };
	struct text line;
	int code = 0;
	*out = (struct toolmap){ 0 };
	if (bytes.len > TOOLMAP_MAX)
		return fault_set(f, FAULT_INPUT, "%s: must have at most %u bytes", what, TOOLMAP_MAX);
	while (code == 0 && text_cut(&bytes, '\n', &line)) {
		struct toolmap_entry e = { 0 };
		r.line++;
		if (!line.len || line.at[0] == '#')
			continue;
		if (entries.count == TOOLMAP_ENTRIES_MAX)
			return fault_set(f, FAULT_INPUT, "%s:%zu: must have at most %u entries", what, r.line, TOOLMAP_ENTRIES_MAX);
		code = read_line(&r, line, &e);
		if (code == 0 && entries.count)
			code = check_order(&r, &entries.at[entries.count - 1], &e);
		LIST_PUSH(&entries, a, e);
	}
	*out = (struct toolmap){ entries.at, code == 0 ? entries.count : 0 };
	return code;
}

/* ---- looking up ---- */

static const struct toolmap_entry *find_exact(const struct toolmap *map, struct text key)
{
	size_t low = 0, high = map->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = text_compare(map->at[middle].key, key);
		if (order == 0)
			return &map->at[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool toolmap_matches(struct text pattern, struct text key)
{
	struct text tail = pattern, head;
	text_cut(&tail, '*', &head);
	if (!tail.at)
		return text_equal(pattern, key);
	return key.len >= head.len + tail.len && text_starts(key, head) && text_ends(key, tail);
}

const struct toolmap_entry *toolmap_find(const struct toolmap *map, struct text key, bool *exact)
{
	const struct toolmap_entry *best = text_has(key, '*') ? NULL : find_exact(map, key);
	*exact = best != NULL;
	for (size_t i = 0; !*exact && i < map->count; i++) {
		const struct toolmap_entry *e = &map->at[i];
		if (text_has(e->key, '*') && toolmap_matches(e->key, key) && (!best || e->key.len > best->key.len))
			best = e;
	}
	return best;
}

const char *toolmap_verdict_name(enum toolmap_verdict verdict)
{
	return VERDICTS[verdict];
}
