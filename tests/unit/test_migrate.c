/* migrate: verdicts, as tests/plan/migrate-*.case tell them. Lines of a case:
 *     map KEY|ATTRIBUTE|COMMANDS|VERDICT|VERIFIED|NOTE     of the table that is built; "map next" begins one that comes after it
 *     soft WAY NAME [line=N] [stage=N] [pin=none|range|version|digest] [check=none|https|origin|registry|key|pinned] [command=C] upgrade|stuck
 *     dpkg KEY:VALUE                                       a line of dpkg's status, a package after the other ("dpkg -" ends one)
 *     programs PACKAGE A,B                                 what it has in bin directories
 *     locked NAME, only NAME                               one a line
 *     want VERDICT ATTRIBUTE SURENESS STATE COMMANDS|REASON  STATE: chosen, locked, both, no; "-" is none
 *     others NAME,...  installed VERSION                   of the last that was wanted
 *     score ALL PINNED VERIFIED BOTH MOVABLE KEPT OPEN AFTER */
#include "cases.h"

#include "base/buffer.h"
#include "plan/migrate.h"

/* A case as it is read. */
struct trial {
	struct arena arena;
	struct buffer tables[2];
	size_t table;
	struct buffer status;
	LIST(struct software) soft;
	LIST(struct migrate_programs) programs;
	LIST(struct text) locked;
	LIST(struct text) only;
	struct dpkg dpkg;
	struct toolmap maps[2];
	struct migrate out;
	bool made;
	size_t wanted;
	const char *name;
};

static size_t index_of(struct trial *t, struct text word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] && text_equal(word, text_of(words[i])))
			return i;
	fail_msg("%s: what is '" TEXT_F "'?", t->name, TEXT_A(word));
	return 0;
}
#define INDEX(t, word, words) index_of(t, word, words, sizeof words / sizeof *words)

static const char *const WAYS[] = { "apt",  "source", "deb", "piped", "download", "add", "image",  "pip",    "pipx",
				    "uv",   "npm",    "cargo", "go",  "gem",	  "clone", "script", "feature" };
static const char *const PINS[] = { "none", "range", "version", "digest" };
static const char *const CHECKS[] = { "none", "https", "origin", "registry", "key", "pinned" };

static unsigned number(struct text t, unsigned otherwise)
{
	uint64_t n;
	if (!t.at)
		return otherwise;
	assert_true(text_u64(t, 1000, &n));
	return (unsigned)n;
}

static void read_soft(struct trial *t, struct text words)
{
	struct software s = { 0 };
	struct text all = words, word, pin = case_value(words, "pin"), check = case_value(words, "check");
	text_cut(&words, ' ', &word);
	s.way = (enum software_way)INDEX(t, word, WAYS);
	text_cut(&words, ' ', &s.name);
	s.line = number(case_value(all, "line"), (unsigned)t->soft.count + 1);
	s.stage = number(case_value(all, "stage"), 0);
	s.command = case_value(all, "command");
	s.pin = pin.at ? (enum software_pin)INDEX(t, pin, PINS) : PIN_NONE;
	s.check = check.at ? (enum software_check)INDEX(t, check, CHECKS) : CHECK_NONE;
	s.upgrade = text_ends(all, TEXT(" upgrade"));
	s.edit.why_not = text_ends(all, TEXT(" stuck")) ? TEXT("it is stuck") : (struct text){ 0 };
	LIST_PUSH(&t->soft, &t->arena, s);
}

static void read_map(struct trial *t, struct text words)
{
	if (text_equal(words, TEXT("next"))) {
		t->table++;
		assert_true(t->table < 2);
		return;
	}
	for (size_t i = 0; i < words.len; i++)
		buffer_add(&t->tables[t->table], words.at[i] == '|' ? "\t" : words.at + i, 1);
	buffer_add(&t->tables[t->table], "\n", 1);
}

static void read_programs(struct trial *t, struct text words)
{
	struct migrate_programs p;
	text_cut(&words, ' ', &p.package);
	p.names = case_list(words, &t->arena);
	LIST_PUSH(&t->programs, &t->arena, p);
}

static void make(struct trial *t)
{
	struct fault f = { 0 };
	struct scan scan = { 0 };
	if (t->made)
		return;
	t->made = true;
	for (size_t i = 0; i <= t->table; i++)
		if (toolmap_parse(buffer_view(&t->tables[i]), t->name, &t->arena, &t->maps[i], &f))
			fail_msg("%s", f.text);
	if (dpkg_parse(buffer_view(&t->status), t->name, &t->arena, &t->dpkg, &f))
		fail_msg("%s", f.text);
	scan.software = (struct software_list){ t->soft.at, t->soft.count, t->soft.room };
	struct migrate_facts facts = { t->maps, t->table + 1, t->status.len ? &t->dpkg : NULL, t->programs.at, t->programs.count,
				       LIST_TEXTS(t->locked), LIST_TEXTS(t->only) };
	/* In an arena of its own, so that a list that is none of it is seen. */
	migrate_make(&scan, &facts, &t->arena, &t->out);
}

static void show_list(struct buffer *b, struct texts list)
{
	for (size_t i = 0; i < list.count; i++)
		buffer_printf(b, "%s" TEXT_F, i ? "," : "", TEXT_A(list.at[i]));
	if (!list.count)
		buffer_printf(b, "-");
}

static void want_text(struct trial *t, struct buffer *got, struct text want)
{
	if (!text_equal(buffer_view(got), want))
		fail_msg("%s: %zu: wanted '" TEXT_F "'\n         got '" TEXT_F "'", t->name, t->wanted, TEXT_A(want), TEXT_A(buffer_view(got)));
}

static void check_want(struct trial *t, struct text want)
{
	BUFFER_AUTO got = { 0 };
	make(t);
	assert_true(t->wanted < t->out.count);
	const struct migrate_proposal *p = &t->out.at[t->wanted++];
	buffer_printf(&got, "%s " TEXT_F " %s %s ", toolmap_verdict_name(p->verdict), TEXT_A(p->attribute.len ? p->attribute : TEXT("-")),
		      migrate_sureness_name(p->sureness), p->chosen ? p->locked ? "both" : "chosen" : p->locked ? "locked" : "no");
	show_list(&got, p->commands);
	buffer_printf(&got, "|" TEXT_F, TEXT_A(p->reason));
	want_text(t, &got, want);
	if (p->software != &t->soft.at[t->wanted - 1])
		fail_msg("%s: not in the scan's order", t->name);
}

static void check_others(struct trial *t, struct text want)
{
	BUFFER_AUTO got = { 0 };
	show_list(&got, t->out.at[t->wanted - 1].others);
	want_text(t, &got, want);
}

static void check_installed(struct trial *t, struct text want)
{
	BUFFER_AUTO got = { 0 };
	buffer_text(&got, t->out.at[t->wanted - 1].installed);
	want_text(t, &got, want);
}

static void check_score(struct trial *t, struct text want)
{
	BUFFER_AUTO got = { 0 };
	make(t);
	const struct migrate_score *s = &t->out.score;
	buffer_printf(&got, "%zu %zu %zu %zu %zu %zu %zu %zu", s->all, s->pinned, s->verified, s->both, s->movable, s->kept, s->open, s->after);
	want_text(t, &got, want);
}

static void read_line(struct trial *t, const struct case_line *line)
{
	if (case_word(line, "map"))
		read_map(t, line->rest);
	else if (case_word(line, "soft"))
		read_soft(t, line->rest);
	else if (case_word(line, "dpkg"))
		buffer_printf(&t->status, TEXT_F "\n", TEXT_A(text_equal(line->rest, TEXT("-")) ? TEXT("") : line->rest));
	else if (case_word(line, "programs"))
		read_programs(t, line->rest);
	else if (case_word(line, "locked"))
		LIST_PUSH(&t->locked, &t->arena, line->rest);
	else if (case_word(line, "only"))
		LIST_PUSH(&t->only, &t->arena, line->rest);
	else if (case_word(line, "want"))
		check_want(t, line->rest);
	else if (case_word(line, "others"))
		check_others(t, line->rest);
	else if (case_word(line, "installed"))
		check_installed(t, line->rest);
	else if (case_word(line, "score"))
		check_score(t, line->rest);
	else
		fail_msg("%s: what is '" TEXT_F "'?", t->name, TEXT_A(line->word));
}

static void check_case(const char *name, struct text bytes)
{
	struct trial t = { .name = name };
	struct case_line line;
	if (strncmp(name, "migrate-", 8))
		return;
	while (case_next(&bytes, &line))
		read_line(&t, &line);
	if (t.wanted != t.soft.count)
		fail_msg("%s: %zu of %zu are looked at", name, t.wanted, t.soft.count);
	for (size_t i = 0; i < 2; i++)
		buffer_drop(&t.tables[i]);
	buffer_drop(&t.status);
	arena_drop(&t.arena);
}

static void cases_hold(void **state)
{
	(void)state;
	samples_walk("tests/plan", check_case);
}

static void nothing_gives_nothing(void **state)
{
	struct arena a = { 0 };
	struct scan scan = { 0 };
	struct migrate_facts facts = { 0 };
	struct migrate out;
	(void)state;
	migrate_make(&scan, &facts, &a, &out);
	assert_int_equal(out.count, 0);
	assert_int_equal(out.score.all, 0);
	arena_drop(&a);
}

static void keys_are_those_of_the_tables(void **state)
{
	static const struct {
		enum software_way way;
		const char *name, *key;
	} table[] = {
		{ WAY_APT, "git", "git" },
		{ WAY_APT, "libc6:arm64", "libc6" },
		{ WAY_DOWNLOAD, "github:cli/cli", "github:cli/cli" },
		{ WAY_DOWNLOAD, "example.org/tool", "url:example.org/tool" },
		{ WAY_PIPED, "url:just.systems/install.sh", "url:just.systems/install.sh" },
		{ WAY_SOURCE, "url:cli.github.com/packages", "source:cli.github.com/packages" },
		{ WAY_SOURCE, "source:cli.github.com/packages", "source:cli.github.com/packages" },
		{ WAY_NPM, "@scope/name", "npm:@scope/name" },
		{ WAY_NPM, "npm:@scope/name", "npm:@scope/name" },
		{ WAY_PIP, "ruff", "pypi:ruff" },
		{ WAY_UV, "pypi:ruff", "pypi:ruff" },
		{ WAY_CARGO, "github:a/b", "github:a/b" },
		{ WAY_IMAGE, "localhost:5000/a/b", "image:localhost:5000/a/b" },
		{ WAY_FEATURE, "ghcr.io/devcontainers/features/git", "feature:ghcr.io/devcontainers/features/git" },
	};
	struct arena a = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct software s = { .way = table[i].way, .name = text_of(table[i].name) };
		struct text key = software_key(&s, &a);
		if (!text_equal(key, text_of(table[i].key)))
			fail_msg("%s: " TEXT_F, table[i].name, TEXT_A(key));
	}
	arena_drop(&a);
}

static void names_are_those_that_people_say(void **state)
{
	struct text commands[] = { TEXT("a"), TEXT("gh") };
	struct software s = { .way = WAY_DOWNLOAD, .name = TEXT("github:cli/cli"), .command = TEXT("gh-bin") };
	struct migrate_proposal p = { .software = &s, .attribute = TEXT("gh-attr"), .commands = { commands, 2 } };
	static const char *const yes[] = { "github:cli/cli", "cli/cli", "cli", "gh-bin", "gh-attr", "a", "gh" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(migrate_named(&p, text_of(yes[i])));
	assert_false(migrate_named(&p, TEXT("")));
	assert_false(migrate_named(&p, TEXT("github:")));
	assert_false(migrate_named(&p, TEXT("g")));
	p.attribute = s.command = (struct text){ 0 };
	assert_false(migrate_named(&p, TEXT("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_hold),
		cmocka_unit_test(nothing_gives_nothing),
		cmocka_unit_test(keys_are_those_of_the_tables),
		cmocka_unit_test(names_are_those_that_people_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
