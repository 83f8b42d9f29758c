/* migrateview: the report for people, and that foreign text does no harm on a terminal. */
#include "verb.h"

#include "cmd/migrateview.h"

static const char MAP[] = "*-dev\t-\t-\tkeep\t-\theaders and libraries to build against\n"
			  "git\tgit\tgit\tmove\tyes\t-\n"
			  "github:cli/cli\tgh\tgh\tmove\tyes\t-\n"
			  "ripgrep\tripgrep\trg\tmove\tno\t-\n"
			  "uv\tuv\ta b c d e f\tmove\tyes\t-\n";

static const struct software SOFTWARE[] = {
	{ .way = WAY_APT, .name = TEXT_INIT("git"), .check = CHECK_REGISTRY, .line = 12 },
	{ .way = WAY_APT, .name = TEXT_INIT("libssl-dev"), .check = CHECK_REGISTRY, .line = 12 },
	{ .way = WAY_APT, .name = TEXT_INIT("ripgrep"), .version = TEXT_INIT("13.0.0-4+b2"), .pin = PIN_VERSION, .check = CHECK_REGISTRY,
	  .line = 13 },
	{ .way = WAY_DOWNLOAD, .name = TEXT_INIT("github:cli/cli"), .version = TEXT_INIT("v2.62.0"), .pin = PIN_VERSION,
	  .check = CHECK_SAME_ORIGIN, .line = 20, .note = TEXT_INIT("checksum from the same release"),
	  .edit.why_not = TEXT_INIT("others need its command") },
	{ .way = WAY_PIPED, .name = TEXT_INIT("url:raw.example.org/a/very/long/path/install.sh"), .check = CHECK_TRANSPORT, .line = 120 },
	{ .way = WAY_APT, .name = TEXT_INIT("\x1b[31mfrob\xc3\xbc\xc2\x9b"), .line = 9 },
	{ .way = WAY_APT, .name = TEXT_INIT("uv"), .line = 9 },
	{ .way = WAY_NPM, .name = TEXT_INIT("npm:frob"), .line = 9 },
};

static const char REPORT[] =
	"Containerfile: how software comes in, and what to do about it\n"
	"\n"
	"move to Nix: 4\n"
	"  line  what                    way       pinned   verified     attribute\n"
	"    12  git                     apt       no       registry     git\n"
	"    13  ripgrep 13.0.0-4+b2     apt       version  registry     ripgrep (likely) gives rg\n"
	"          by the table alone\n"
	"    20  github:cli/cli v2.62.0  download  version  same-origin  gh\n"
	"          checksum from the same release; to take out by hand: others need its command\n"
	"     9  uv                      apt       no       none         uv gives a, b, c, d and 2 more\n"
	"\n"
	"decide (with a question mark: in no table, a guess by the name): 3\n"
	"  line  what                              way    pinned  verified  attribute: why\n"
	"   120  url:raw.example..path/install.sh  piped  no      https\n"
	"          what a script from the network installs cannot be seen\n"
	"     9  ?[31mfrob\xc3\xbc?                       apt    no      none      in no table\n"
	"     9  npm:frob                          npm    no      none      frob?\n"
	"\n"
	"keep: 1\n"
	"  line  what        way  pinned  verified  why\n"
	"    12  libssl-dev  apt  no      registry  headers and libraries to build against\n"
	"\n"
	"not looked into:\n"
	"  line 40: it is python?\n"
	"\n"
	"score: of 8 pinned 2 (25 %), verified 3 (38 %), both 1 (13 %); after the move both 4 (50 %)\n"
	"covered: nixpkgs can give 4 (50 %), stay 1 (13 %), to be decided 3 (38 %)\n"
	"\n"
	"next: `nixgraft migrate --write --dry-run Containerfile` shows the new file and flake.nix;\n"
	"  `--only git` moves one at a time\n";

static void judge(struct migration_file *file, struct toolmap *map, struct arena *a)
{
	struct fault f = { 0 };
	if (toolmap_parse(text_of(MAP), "map", a, map, &f))
		fail_msg("%s", f.text);
	struct migrate_facts facts = { .maps = map, .map_count = 1 };
	migrate_make(&file->scan, &facts, a, &file->judged);
}

static void the_report_is_grouped_and_fits(void **state)
{
	struct call call = { 0 };
	struct migration m = { .call = &call };
	struct migration_file file = { .name = TEXT("Containerfile") };
	struct software copy[sizeof SOFTWARE / sizeof *SOFTWARE];
	struct toolmap map;
	struct capture c;
	(void)state;
	memcpy(copy, SOFTWARE, sizeof copy);
	file.scan.software = (struct software_list){ copy, sizeof copy / sizeof *copy, 0 };
	LIST_PUSH(&file.scan.doubts, &call.arena, TEXT("line 40: it is python\a"));
	judge(&file, &map, &call.arena);
	capture_begin(&c);
	migrateview_print(&m, &file);
	capture_end(&c);
	assert_string_equal(c.out, REPORT);
	capture_drop(&c);
	arena_drop(&call.arena);
}

static void nothing_is_said_to_be_nothing(void **state)
{
	struct call call = { 0 };
	struct migration m = { .call = &call };
	struct migration_file file = { .name = TEXT("a\nb") };
	struct capture c;
	(void)state;
	capture_begin(&c);
	migrateview_print(&m, &file);
	capture_end(&c);
	assert_string_equal(c.out, "a?b: nothing that brings software in was found\n");
	capture_drop(&c);
	arena_drop(&call.arena);
}

static void foreign_text_is_made_harmless(void **state)
{
	static const char *const table[][3] = {
		{ "plain", "plain", "plain" },
		{ "a\x1b[2J\x07\x7f", "a?[2J??", "a?[2J??" },
		{ "two\nlines\tand\r", "two?lines?and?", "two\nlines\tand?" },
		{ "\xc2\x9b\xc2\xa0\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "?\xc2\xa0\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
		  "?\xc2\xa0\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\x9b\xff\xc3", "???", "???" },
		{ "", "", "" },
	};
	struct arena a = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		for (int lines = 0; lines < 2; lines++) {
			struct text got = migrateview_clean(text_of(table[i][0]), lines, &a);
			if (!text_equal(got, text_of(table[i][1 + lines])))
				fail_msg("%zu: '" TEXT_F "'", i, TEXT_A(got));
		}
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_grouped_and_fits),
		cmocka_unit_test(nothing_is_said_to_be_nothing),
		cmocka_unit_test(foreign_text_is_made_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
