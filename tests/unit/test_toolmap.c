/* toolmap: tables of what replaces what. */
#include "samples.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/toolmap.h"

#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))

static const char SMALL[] = "# head\n"
			    "*\t-\t-\treview\t-\tanything\n"
			    "*-dev\t-\t-\tkeep\t-\theaders\n"
			    "clang\tllvmPackages.clang\tclang,clang++\treview\tyes\t-\n"
			    "git\tgit\tgit git-shell\tmove\tyes\t-\n"
			    "lib*\t-\t-\tkeep\t-\ta library\n"
			    "lib*-dev\t-\t-\tkeep\t-\tboth\n"
			    "pip-licenses\t-\tpip-licenses\tmissing\tno\tsay \xc3\xbc\n"
			    "silver*\tsilver-searcher\tag\tmove\tno\t-\n";

static void parse(const char *bytes, struct arena *a, struct toolmap *map)
{
	struct fault f = { 0 };
	if (toolmap_parse(text_of(bytes), "map.tsv", a, map, &f))
		fail_msg("%s", f.text);
}

static void columns_are_read(void **state)
{
	struct arena a = { 0 };
	struct toolmap map;
	(void)state;
	parse(SMALL, &a, &map);
	assert_int_equal(map.count, 8);
	const struct toolmap_entry *clang = &map.at[2], *git = &map.at[3], *licenses = &map.at[6], *silver = &map.at[7];
	IS(map.at[0].key, "*");
	IS(clang->key, "clang");
	IS(clang->attribute, "llvmPackages.clang");
	assert_int_equal(clang->commands.count, 2);
	IS(clang->commands.at[1], "clang++");
	assert_int_equal(clang->verdict, VERDICT_REVIEW);
	assert_true(clang->verified);
	assert_null(clang->note.at);
	assert_int_equal(git->commands.count, 2);
	IS(git->commands.at[1], "git-shell");
	assert_int_equal(git->verdict, VERDICT_MOVE);
	assert_int_equal(licenses->verdict, VERDICT_MISSING);
	assert_null(licenses->attribute.at);
	IS(licenses->note, "say \xc3\xbc");
	assert_false(licenses->verified || silver->verified);
	assert_int_equal(map.at[1].verdict, VERDICT_KEEP);
	assert_int_equal(map.at[1].commands.count, 0);
	arena_drop(&a);
}

static void the_exact_key_wins_then_the_longest_pattern(void **state)
{
	static const struct {
		const char *key, *found;
		bool exact;
	} table[] = {
		{ "git", "git", true },		  { "clang", "clang", true },	  { "silver", "silver*", false },
		{ "silversearcher-ag", "silver*", false }, { "zlib1g-dev", "*-dev", false }, { "libssl3", "lib*", false },
		{ "libssl-dev", "lib*-dev", false }, { "lib-dev", "lib*-dev", false },	  { "li-dev", "*-dev", false },
		{ "gi", "*", false },		  { "", "*", false },		  { "git*", "*", false },
		{ "lib*", "lib*", false },	  { "pip-licenses", "pip-licenses", true },
	};
	struct arena a = { 0 };
	struct toolmap map;
	(void)state;
	parse(SMALL, &a, &map);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		bool exact;
		const struct toolmap_entry *e = toolmap_find(&map, text_of(table[i].key), &exact);
		if (!e || !text_equal(e->key, text_of(table[i].found)) || exact != table[i].exact)
			fail_msg("%s: found " TEXT_F, table[i].key, TEXT_A(e ? e->key : TEXT("nothing")));
	}
	arena_drop(&a);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct arena a = { 0 };
	struct toolmap map = { 0 };
	bool exact = true;
	(void)state;
	assert_null(toolmap_find(&map, TEXT("git"), &exact));
	assert_false(exact);
	parse("lib*-dev\t-\t-\tkeep\t-\t-\n", &a, &map);
	assert_null(toolmap_find(&map, TEXT("lib-de"), &exact));
	/* The star's two sides do not overlap. */
	parse("aba*aba\t-\t-\tkeep\t-\t-\n", &a, &map);
	assert_null(toolmap_find(&map, TEXT("ababa"), &exact));
	assert_non_null(toolmap_find(&map, TEXT("abaaba"), &exact));
	assert_true(toolmap_matches(TEXT("docker-*"), TEXT("docker-ce")));
	assert_true(toolmap_matches(TEXT("gh"), TEXT("gh")));
	assert_false(toolmap_matches(TEXT("gh"), TEXT("ghc")));
	arena_drop(&a);
}

static void limits_hold(void **state)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct toolmap map;
	BUFFER_AUTO b = { 0 };
	(void)state;
	for (unsigned i = 0; i < TOOLMAP_ENTRIES_MAX; i++)
		buffer_printf(&b, "%08u\ta\ta\tmove\tyes\t-\n", i);
	assert_int_equal(toolmap_parse(buffer_view(&b), "map.tsv", &a, &map, &f), 0);
	assert_int_equal(map.count, TOOLMAP_ENTRIES_MAX);
	buffer_printf(&b, "a\ta\ta\tmove\tyes\t-\n");
	assert_int_equal(toolmap_parse(buffer_view(&b), "map.tsv", &a, &map, &f), FAULT_INPUT);
	assert_string_equal(f.text, "map.tsv:32769: must have at most 32768 entries");
	assert_int_equal(map.count, 0);
	fault_clear(&f);
	buffer_reset(&b);
	while (b.len <= TOOLMAP_MAX)
		buffer_printf(&b, "# 4567890123456789012345678901234567890\n");
	assert_int_equal(toolmap_parse(buffer_view(&b), "map.tsv", &a, &map, &f), FAULT_INPUT);
	assert_string_equal(f.text, "map.tsv: must have at most 4194304 bytes");
	arena_drop(&a);
}

static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(toolmap_verdict_name(VERDICT_MOVE), "move");
	assert_string_equal(toolmap_verdict_name(VERDICT_KEEP), "keep");
	assert_string_equal(toolmap_verdict_name(VERDICT_REVIEW), "review");
	assert_string_equal(toolmap_verdict_name(VERDICT_MISSING), "missing");
}

static void check_good(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct toolmap map;
	if (toolmap_parse(bytes, name, &a, &map, &f))
		fail_msg("%s", f.text);
	arena_drop(&a);
}

static void good_samples_are_read(void **state)
{
	(void)state;
	samples_walk("tests/data/toolmap/good", check_good);
}

/* How a sample's name begins, what is said of it. */
static const char *const RULES[][2] = {
	{ "five-columns", ":1: note: must not be empty; a line has six columns" },
	{ "seven-columns", ":1: must end after six columns" },
	{ "column-empty", ":1: commands: must not be empty" },
	{ "two-tabs", ":1: attribute: must not be empty" },
	{ "blanks-between", ":1: attribute: must not be empty" },
	{ "key-none", ":1: key '': must be 1 to 300" },
	{ "key-", ":1: key '" },
	{ "order", ":2: key 'git': must stand before the line above" },
	{ "twice", ":2: key 'git': stands there twice" },
	{ "attribute-of-move", ":2: attribute '': move must have one" },
	{ "attribute-of-keep", ":1: attribute 'git': move must have one; keep and missing must have none" },
	{ "attribute-of-missing", ":1: attribute 'git': move must have one; keep and missing must have none" },
	{ "attribute-", "must be an attribute of nixpkgs" },
	{ "commands-", "must be names of programs" },
	{ "verdict-", "must be move, keep, review or missing" },
	{ "verified-", ":1: verified 'sure': must be yes, no or -" },
	{ "note-", "must be UTF-8 without control characters" },
};

static void check_bad(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct toolmap map;
	if (toolmap_parse(bytes, name, &a, &map, &f) != FAULT_INPUT)
		fail_msg("%s was taken", name);
	assert_int_equal(map.count, 0);
	sample_says(RULES, sizeof RULES / sizeof *RULES, name, name, f.text);
	arena_drop(&a);
}

static void bad_samples_are_refused(void **state)
{
	(void)state;
	samples_walk("tests/data/toolmap/bad", check_bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_read),
		cmocka_unit_test(the_exact_key_wins_then_the_longest_pattern),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(verdicts_have_names),
		cmocka_unit_test(good_samples_are_read),
		cmocka_unit_test(bad_samples_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
