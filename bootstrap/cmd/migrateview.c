#include "cmd/migrateview.h"

#include <stdio.h>

#define COLUMNS 100    /* of a report for people */
#define WHAT_MAX 32    /* columns of a name, at most */
#define COMMANDS_TOLD 4 /* programs that are named */

/* ---- foreign text ---- */

/* Is what `t` begins with, of `len` bytes, safe to show? */
static bool is_shown(struct text t, size_t len)
{
	unsigned char c = (unsigned char)t.at[0];
	if (len == 2)
		return c != 0xc2 || (unsigned char)t.at[1] >= 0xa0;
	return len > 2 || (len == 1 && c >= 0x20 && c != 0x7f);
}

struct text migrateview_clean(struct text t, bool lines, struct arena *a)
{
	char *copy = arena_alloc(a, t.len + 1, 1);
	size_t len = 0;
	while (t.len) {
		size_t n = text_utf8(t);
		bool keep = is_shown(t, n) || (lines && (t.at[0] == '\n' || t.at[0] == '\t'));
		n = n ? n : 1;
		memcpy(copy + len, keep ? t.at : "?", keep ? n : 1);
		len += keep ? n : 1;
		t = text_skip(t, n);
	}
	return (struct text){ copy, len };
}

/* Characters: bytes of UTF-8 that do not continue one. */
static size_t width_of(struct text t)
{
	size_t width = 0;
	for (size_t i = 0; i < t.len; i++)
		width += ((unsigned char)t.at[i] & 0xc0) != 0x80;
	return width;
}

/* Bytes of the first `width` characters. */
static size_t length_of(struct text t, size_t width)
{
	size_t len = 0;
	for (; len < t.len && width > 0; width--)
		do
			len++;
		while (len < t.len && ((unsigned char)t.at[len] & 0xc0) == 0x80);
	return len;
}

/* With dots in the middle when it is longer than `max` characters: host and file of a URL are at its ends. */
static struct text cut_to(struct text t, size_t max, struct arena *a)
{
	size_t width = width_of(t), head = (max - 2) / 2;
	if (width <= max)
		return t;
	struct text first = { t.at, length_of(t, head) }, last = text_skip(t, length_of(t, width - (max - 2 - head)));
	return arena_printf(a, TEXT_F ".." TEXT_F, TEXT_A(first), TEXT_A(last));
}

/* ---- the table ---- */

/* A line of the table. */
struct row {
	const struct migrate_proposal *proposal;
	struct text what;
	const char *cells[3]; /* way, pinned, verified */
	struct text attribute; /* with what it gives */
	struct text why;
};

#define CELLS 3
static const char *const HEADS[CELLS] = { "way", "pinned", "verified" };

/* Those of one verdict. */
struct table {
	struct row *rows;
	size_t count;
	int what; /* columns of names */
	int line; /* columns of line numbers */
	int cells[CELLS];
};

static void add_commands(struct buffer *b, const struct migrate_proposal *p)
{
	struct texts c = p->commands;
	if (!p->attribute.len || !c.count || (c.count == 1 && text_equal(c.at[0], p->attribute)))
		return;
	buffer_printf(b, " gives");
	for (size_t i = 0; i < c.count && i < COMMANDS_TOLD; i++)
		buffer_printf(b, "%s " TEXT_F, i ? "," : "", TEXT_A(c.at[i]));
	if (c.count > COMMANDS_TOLD)
		buffer_printf(b, " and %zu more", c.count - COMMANDS_TOLD);
}

static void add_part(struct buffer *b, const char *title, struct text part)
{
	if (part.len)
		buffer_printf(b, "%s%s" TEXT_F, b->len ? "; " : "", title, TEXT_A(part));
}

static struct text attribute_cell(const struct migrate_proposal *p, struct arena *a)
{
	static const char *const signs[] = {
		[SURENESS_NONE] = "", [SURENESS_GUESS] = "?", [SURENESS_LIKELY] = " (likely)", [SURENESS_SURE] = "",
	};
	BUFFER_AUTO b = { 0 };
	if (!p->attribute.len)
		return (struct text){ 0 };
	buffer_printf(&b, TEXT_F "%s", TEXT_A(p->attribute), signs[p->sureness]);
	add_commands(&b, p);
	return migrateview_clean(buffer_view(&b), false, a);
}

static struct text why_cell(const struct migrate_proposal *p, struct arena *a)
{
	BUFFER_AUTO b = { 0 };
	if (p->sureness != SURENESS_GUESS)
		add_part(&b, "", p->reason);
	if (!p->software->upgrade)
		add_part(&b, "", p->software->note);
	if (p->verdict == VERDICT_MOVE)
		add_part(&b, "to take out by hand: ", p->obstacle);
	return migrateview_clean(buffer_view(&b), false, a);
}

static void widen(int *column, size_t width)
{
	*column = *column < (int)width ? (int)width : *column;
}

static void make_row(struct table *t, struct row *r, const struct migrate_proposal *p, struct arena *a)
{
	const struct software *s = p->software;
	struct text what = s->version.len ? arena_printf(a, TEXT_F " " TEXT_F, TEXT_A(s->name), TEXT_A(s->version)) : s->name;
	*r = (struct row){ p, cut_to(migrateview_clean(what, false, a), WHAT_MAX, a),
			   { software_way_name(s->way), software_pin_name(s->pin), software_check_name(s->check) },
			   attribute_cell(p, a), why_cell(p, a) };
	widen(&t->what, width_of(r->what));
	for (size_t i = 0; i < CELLS; i++)
		widen(&t->cells[i], text_of(r->cells[i]).len);
	widen(&t->line, arena_printf(a, "%u", s->line).len);
}

static void make_table(struct table *t, const struct migrate *m, enum toolmap_verdict verdict, struct arena *a)
{
	*t = (struct table){ arena_alloc(a, m->count, sizeof *t->rows), 0, 4, 4, { 0 } };
	for (size_t i = 0; i < CELLS; i++)
		widen(&t->cells[i], text_of(HEADS[i]).len);
	for (size_t i = 0; i < m->count; i++)
		if (m->at[i].verdict == verdict)
			make_row(t, &t->rows[t->count++], &m->at[i], a);
}

/* Ends a line that stands at column `at`; what is too long goes on at column `indent`. */
static void print_words(struct text words, int at, int indent)
{
	struct text word;
	bool first = true;
	while (text_cut(&words, ' ', &word)) {
		int width = (int)width_of(word);
		if (!first && at + 1 + width > COLUMNS) {
			printf("\n%*s", indent, "");
			at = indent;
			first = true;
		}
		printf("%s" TEXT_F, first ? "" : " ", TEXT_A(word));
		at += width + !first;
		first = false;
	}
	printf("\n");
}

static int last_column(const struct table *t)
{
	int at = 2 + t->line + 2 + t->what + 2;
	for (size_t i = 0; i < CELLS; i++)
		at += t->cells[i] + 2;
	return at;
}

/* The reason stands beside the attribute if it fits, else below. */
static void print_row(const struct table *t, const struct row *r)
{
	bool both = r->attribute.len && r->why.len;
	int width = (int)(width_of(r->attribute) + width_of(r->why)) + 2 * both;
	bool beside = last_column(t) + width <= COLUMNS, last = r->attribute.len || (beside && r->why.len);
	int below = 2 + t->line + 2 + 2;
	printf("  %*u  " TEXT_F "%*s", t->line, r->proposal->software->line, TEXT_A(r->what), t->what - (int)width_of(r->what), "");
	for (size_t i = 0; i < CELLS; i++)
		printf("  %-*s", i + 1 < CELLS || last ? t->cells[i] : 0, r->cells[i]);
	printf("%s" TEXT_F "%s" TEXT_F "\n", last ? "  " : "", TEXT_A(r->attribute), beside && both ? ": " : "",
	       TEXT_A(beside ? r->why : (struct text){ 0 }));
	if (!beside && r->why.len) {
		printf("%*s", below, "");
		print_words(r->why, below, below);
	}
}

/* The groups of the report, in order. */
static const struct group {
	enum toolmap_verdict verdict;
	const char *title;
	const char *last; /* head of the last column */
} GROUPS[] = {
	{ VERDICT_MOVE, "move to Nix", "attribute" },
	{ VERDICT_REVIEW, "decide (with a question mark: in no table, a guess by the name)", "attribute: why" },
	{ VERDICT_MISSING, "not in nixpkgs", "why" },
	{ VERDICT_KEEP, "keep", "why" },
};

static void print_group(const struct migrate *m, const struct group *g, struct arena *a)
{
	struct table t;
	make_table(&t, m, g->verdict, a);
	if (!t.count)
		return;
	printf("\n%s: %zu\n  %*s  %-*s  ", g->title, t.count, t.line, "line", t.what, "what");
	for (size_t i = 0; i < CELLS; i++)
		printf("%-*s  ", t.cells[i], HEADS[i]);
	printf("%s\n", g->last);
	for (size_t i = 0; i < t.count; i++)
		print_row(&t, &t.rows[i]);
}

/* ---- below the table ---- */

static void print_share(const char *title, size_t part, size_t all, const char *end)
{
	printf("%s %zu (%zu %%)%s", title, part, (100 * part + all / 2) / all, end);
}

/* moved: do flake.nix or closure.lock have tools? */
static void print_score(const struct migrate_score *s, bool moved)
{
	if (!s->all)
		return;
	printf("\nscore: of %zu", s->all);
	print_share(" pinned", s->pinned, s->all, ",");
	print_share(" verified", s->verified, s->all, ",");
	print_share(" both", s->both, s->all, s->movable ? ";" : "\n");
	if (s->movable)
		print_share(" after the move both", s->after, s->all, "\n");
	print_share("covered: nixpkgs can give", s->movable, s->all, ",");
	print_share(" stay", s->kept, s->all, ",");
	print_share(" to be decided", s->open, s->all, "\n");
	if (moved)
		printf("not counted: the tools of flake.nix and closure.lock, which `nixgraft lock` pins and verifies\n");
}

static void print_doubts(const struct scan *scan, struct arena *a)
{
	if (scan->doubts.count)
		printf("\nnot looked into:\n");
	for (size_t i = 0; i < scan->doubts.count; i++) {
		printf("  ");
		print_words(migrateview_clean(scan->doubts.at[i], false, a), 2, 4);
	}
}

static const struct migrate_proposal *first_chosen(const struct migrate *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->at[i].chosen && m->at[i].attribute.len)
			return &m->at[i];
	return NULL;
}

static void print_next(const struct migration *m, const struct migration_file *file)
{
	const struct migrate_proposal *p = first_chosen(&file->judged);
	struct text name = migrateview_clean(file->name, false, &m->call->arena);
	if (!p)
		return;
	if (file->devcontainer)
		printf("\nnext: `nixgraft migrate --write --dry-run " TEXT_F "` shows what flake.nix gets; the lines of the "
		       "devcontainer.json\n  are taken out by hand\n", TEXT_A(name));
	else if (!text_equal(file->name, TEXT("standard input")))
		printf("\nnext: `nixgraft migrate --write --dry-run " TEXT_F "` shows the new file and flake.nix;\n"
		       "  `--only " TEXT_F "` moves one at a time\n", TEXT_A(name), TEXT_A(p->attribute));
}

void migrateview_print(const struct migration *m, const struct migration_file *file)
{
	struct arena *a = &m->call->arena;
	printf(TEXT_F ": %s\n", TEXT_A(migrateview_clean(file->name, false, a)),
	       file->judged.count ? "how software comes in, and what to do about it" : "nothing that brings software in was found");
	for (size_t i = 0; i < sizeof GROUPS / sizeof *GROUPS; i++)
		print_group(&file->judged, &GROUPS[i], a);
	print_doubts(&file->scan, a);
	print_score(&file->judged.score, m->locked.count);
	print_next(m, file);
}

/* ---- for machines ---- */

static void put_some(struct json_out *o, const char *key, struct text value)
{
	if (value.len)
		json_pair(o, key, value);
}

static void put_stage(struct json_out *o, const struct migration_file *file, const struct software *s)
{
	if (file->devcontainer)
		return;
	json_pair_u64(o, "stage", s->stage);
	if (s->stage < file->scan.stages.count)
		put_some(o, "stageName", file->scan.stages.at[s->stage].name);
}

static void put_software(struct json_out *o, const struct migration_file *file, const struct migrate_proposal *p, struct arena *a)
{
	const struct software *s = p->software;
	json_open(o, '{', false);
	json_pair_u64(o, "line", s->line);
	put_stage(o, file, s);
	json_pair(o, "way", text_of(software_way_name(s->way)));
	json_pair(o, "name", s->name);
	json_pair(o, "key", software_key(s, a));
	put_some(o, "version", s->version);
	put_some(o, "origin", s->origin);
	put_some(o, "command", s->command);
	json_pair(o, "pinned", text_of(software_pin_name(s->pin)));
	json_pair(o, "verified", text_of(software_check_name(s->check)));
	put_some(o, "note", s->note);
	json_pair(o, "verdict", text_of(toolmap_verdict_name(p->verdict)));
	put_some(o, "attribute", p->attribute);
	json_pair(o, "sureness", text_of(migrate_sureness_name(p->sureness)));
	json_pair_texts(o, "commands", p->commands);
	json_pair_texts(o, "otherCommands", p->others);
	put_some(o, "installed", p->installed);
	put_some(o, "reason", p->reason);
	json_pair_bool(o, "locked", p->locked);
	json_pair_bool(o, "moves", p->chosen);
	put_some(o, "byHand", p->obstacle);
	json_close(o, '}');
}

void migrateview_json_score(struct json_out *o, const struct migrate_score *score)
{
	const struct {
		const char *key;
		size_t value;
	} members[] = {
		{ "all", score->all },	     { "pinned", score->pinned },     { "verified", score->verified }, { "both", score->both },
		{ "move", score->movable },  { "keep", score->kept },	      { "open", score->open },	       { "after", score->after },
	};
	json_key(o, "score");
	json_open(o, '{', true);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		json_pair_u64(o, members[i].key, members[i].value);
	json_close(o, '}');
}

void migrateview_json(struct json_out *o, const struct migration_file *file, struct arena *a)
{
	json_pair(o, "file", file->name);
	json_pair(o, "kind", file->devcontainer ? TEXT("devcontainer") : TEXT("containerfile"));
	json_key(o, "software");
	json_open(o, '[', false);
	for (size_t i = 0; i < file->judged.count; i++)
		put_software(o, file, &file->judged.at[i], a);
	json_close(o, ']');
	json_pair_texts(o, "doubts", LIST_TEXTS(file->scan.doubts));
	migrateview_json_score(o, &file->judged.score);
}
