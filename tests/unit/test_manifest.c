#include "samples.h"

#include "base/bounds.h"
#include "format/manifest.h"

static const char *const rules[][2] = {
	{ "out-path-missing", "outPath: is missing" },
	{ "out-path-number", "outPath: must be a string" },
	{ "out-path-", "outPath: must be a store path" },
	{ "outputs-without-path", "the tool's outPath must be among them" },
	{ "outputs-array", "outputs: must be an object" },
	{ "outputs-bad-path", "outputs.doc: must be a store path" },
	{ "output-name-slash", "a name has 1 to 255 printable characters" },
	{ "commands-string", "commands: must be an array" },
	{ "commands-clash-nix", "'nix-store' is exposed by two tools, 'n' and 'nix itself'" },
	{ "commands-clash", "'git' is exposed by two tools, 'git' and 'git2'" },
	{ "command-empty", "must not be empty" },
	{ "command-number", "must be a string" },
	{ "command-", "a name has 1 to 255 printable characters" },
	{ "main-program-slash", "a name has 1 to 255 printable characters" },
	{ "main-program-number", "mainProgram: must be a string" },
	{ "version-number", "version: must be a string" },
	{ "version-newline", "version has control characters" },
	{ "attribute-array", "attribute: must be a string" },
	{ "tool-string-no-path", "tools.git: must be a store path" },
	{ "tool-name-", "a name has 1 to 255 printable characters" },
	{ "tools-missing", "tools: is missing" },
	{ "tools-array", "tools: must be an object" },
	{ "package-licenses-string", "licenses: must be an array of at most 256" },
	{ "package-licenses-object", "licenses[0]: must be a string" },
	{ "package-licenses-many", "licenses: must be an array of at most 256" },
	{ "package-description-number", "git.description: must be a string" },
	{ "package-description-long", "git.description: has more than 4096 bytes" },
	{ "package-cpe", "cpe: must be a CPE name" },
	{ "package-purl", "purl: must be a package URL" },
	{ "package-derivation-", "drvPath: must be a derivation" },
	{ "package-hash", "sources[0].hash: must be the hash of a source" },
	{ "package-mode", "mode: must be \"flat\" or \"recursive\"" },
	{ "package-source-text", "sources[0]: must be an object" },
	{ "package-sources-object", "sources: must be an array of at most 1024" },
	{ "package-urls-text", "sources[0].urls: must be an array of at most 256" },
	{ "nix-without-path", "nix.outPath: is missing" },
	{ "nix-commands-clash", "'git' is exposed by two tools, 'git' and 'nix itself'" },
	{ "nix-version-number", "nix.version: must be a string" },
	{ "nix-not-path", "nix: must be a store path" },
	{ "nix-number", "nix: must be a string" },
	{ "system-missing", "system: is missing" },
	{ "system-slash", "system: a name has" },
	{ "not-json", "not proper JSON" },
};

static void good_is_read(const char *name, struct text bytes)
{
	struct lock_system system = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };

	if (manifest_parse(bytes, name, &a, &system, &f))
		fail_msg("%s", f.text);
	assert_true(text_equal(system.name, TEXT("x86_64-linux")));
	assert_int_equal(system.path_count, 0);
	arena_drop(&a);
}

static void bad_is_refused(const char *name, struct text bytes)
{
	struct lock_system system = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };

	assert_int_equal(manifest_parse(bytes, name, &a, &system, &f), FAULT_INPUT);
	arena_drop(&a);
	sample_says(rules, sizeof rules / sizeof *rules, name, name, f.text);
}

static void samples(void **state)
{
	(void)state;
	samples_walk("tests/data/manifest/good", good_is_read);
	samples_walk("tests/data/manifest/bad", bad_is_refused);
}

/* What a manifest says, as a lock has it: on one line, sorted, each once, hashes as SRI. */
static void check_package(const char *name, struct text bytes)
{
	struct lock_system s = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };
	const struct package *git;

	if (strcmp(name, "package.json") != 0)
		return;
	assert_int_equal(manifest_parse(bytes, name, &a, &s, &f), 0);
	memset((void *)(uintptr_t)bytes.at, 'x', bytes.len);
	assert_true(text_ends(s.nix, TEXT("-nix-2.31.2")));
	assert_true(text_equal(s.nix_attribute, TEXT("nixVersions.latest")));
	assert_true(text_equal(s.nix_version, TEXT("2.31.2")));
	assert_int_equal(s.nix_commands.count, 2);
	assert_true(text_equal(s.nix_commands.at[0], TEXT("nix")));
	assert_null(s.nix_package.homepage.at);
	assert_int_equal(s.nix_package.source_count, 1);
	assert_true(text_starts(s.nix_package.sources[0].hash, TEXT("sha256-")));
	git = &s.tools[0].package;
	assert_true(text_equal(git->description, TEXT("Distributed version control")));
	assert_true(text_equal(git->derivation, TEXT("n28ig2fbmskksqmrc29k98j9646rgv4v-git-2.51.0.drv")));
	assert_int_equal(git->licenses.count, 2);
	assert_true(text_equal(git->licenses.at[0], TEXT("BSD-3-Clause")));
	assert_int_equal(git->source_count, 2);
	assert_true(text_equal(git->sources[0].urls.at[0], TEXT("https://example.org/b")));
	assert_true(text_equal(git->sources[0].hash, TEXT("sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=")));
	assert_int_equal(git->sources[1].urls.count, 2);
	assert_true(text_equal(git->sources[1].urls.at[0], TEXT("https://example.org/z")));
	assert_true(text_equal(git->sources[1].hash, TEXT("sha512-x")));
	assert_true(text_equal(git->sources[1].mode, TEXT("recursive")));
	assert_null(git->sources[0].mode.at);
	assert_true(text_equal(git->patches.at[0], TEXT("a.patch")));
	assert_true(text_equal(git->vulnerabilities.at[0], TEXT("CVE-1 and more")));
	assert_true(package_is_empty(&s.tools[1].package));
	arena_drop(&a);
}

static void what_is_known_of_a_package_is_taken(void **state)
{
	(void)state;
	samples_walk("tests/data/manifest/good", check_package);
}

#define HASH "00bgd045z0d4icpbc2yyz4gx48ak44la"
#define GIT HASH "-git-2.51.0"

static void read(const char *json, struct arena *a, struct lock_system *system)
{
	struct fault f = { 0 };

	*system = (struct lock_system){ 0 };
	if (manifest_parse(text_of(json), "manifest", a, system, &f))
		fail_msg("%s", f.text);
}

static void all_members_are_taken(void **state)
{
	struct arena a = { 0 };
	struct lock_system s;
	const struct lock_tool *tool;

	(void)state;
	read("{\"system\":\"x86_64-linux\",\"nix\":\"/nix/store/" HASH "-nix-2.31.2\",\"tools\":{\"team git\":{"
	     "\"attribute\":\"gitFull\",\"version\":\"v2\",\"outPath\":\"/nix/store/" GIT "\","
	     "\"outputs\":{\"out\":\"/nix/store/" GIT "\",\"doc\":\"/nix/store/" GIT "-doc\"},"
	     "\"commands\":[\"git-shell\",\"git\",\"git\"],\"mainProgram\":\"x\"}}}",
	     &a, &s);
	assert_true(text_equal(s.nix, TEXT(HASH "-nix-2.31.2")));
	assert_int_equal(s.nix_commands.count, 11);
	assert_int_equal(s.tool_count, 1);
	tool = &s.tools[0];
	assert_true(text_equal(tool->name, TEXT("team git")));
	assert_true(text_equal(tool->attribute, TEXT("gitFull")));
	assert_true(text_equal(tool->version, TEXT("v2")));
	assert_true(text_equal(tool->path, TEXT(GIT)));
	assert_int_equal(tool->origin, LOCK_EVALUATION);
	assert_int_equal(tool->output_count, 2);
	assert_true(text_equal(tool->outputs[0].name, TEXT("doc")));
	assert_true(text_equal(tool->outputs[1].path, TEXT(GIT)));
	assert_int_equal(tool->commands.count, 2);
	assert_true(text_equal(tool->commands.at[0], TEXT("git")));
	assert_true(text_equal(tool->commands.at[1], TEXT("git-shell")));
	arena_drop(&a);
}

static void missing_members_are_filled(void **state)
{
	struct arena a = { 0 };
	struct lock_system s;

	(void)state;
	read("{\"system\":\"x86_64-linux\",\"tools\":{\"git\":{\"outPath\":\"/nix/store/" GIT "\"},"
	     "\"other\":{\"outPath\":\"/nix/store/" GIT "\",\"mainProgram\":\"main\"},"
	     "\"third\":{\"outPath\":\"/nix/store/" GIT "\",\"commands\":[]}}}",
	     &a, &s);
	assert_null(s.nix.at);
	assert_int_equal(s.nix_commands.count, 0);
	assert_true(text_equal(s.tools[0].attribute, TEXT("git")));
	assert_true(text_equal(s.tools[0].version, TEXT("2.51.0")));
	assert_int_equal(s.tools[0].output_count, 1);
	assert_true(text_equal(s.tools[0].outputs[0].name, TEXT("out")));
	assert_true(text_equal(s.tools[0].outputs[0].path, TEXT(GIT)));
	assert_int_equal(s.tools[0].commands.count, 1);
	assert_true(text_equal(s.tools[0].commands.at[0], TEXT("git")));
	assert_true(text_equal(s.tools[1].commands.at[0], TEXT("main")));
	assert_int_equal(s.tools[2].commands.count, 0);
	arena_drop(&a);
}

static void a_tool_of_the_command_line(void **state)
{
	struct arena a = { 0 };
	struct lock_tool tool;

	(void)state;
	manifest_tool(&tool, TEXT("git"), TEXT(GIT), &a);
	assert_true(text_equal(tool.name, TEXT("git")));
	assert_null(tool.attribute.at);
	assert_true(text_equal(tool.version, TEXT("2.51.0")));
	assert_true(text_equal(tool.path, TEXT(GIT)));
	assert_int_equal(tool.output_count, 1);
	assert_true(text_equal(tool.outputs[0].path, TEXT(GIT)));
	assert_int_equal(tool.commands.count, 1);
	assert_true(text_equal(tool.commands.at[0], TEXT("git")));
	assert_int_equal(tool.origin, LOCK_COMMAND);
	arena_drop(&a);
}

static void commands_of_nix_are_sorted(void **state)
{
	struct lock_system s = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };

	(void)state;
	manifest_nix_commands(&s, &a);
	for (size_t i = 1; i < s.nix_commands.count; i++)
		assert_true(text_compare(s.nix_commands.at[i - 1], s.nix_commands.at[i]) < 0);
	assert_int_equal(manifest_check_commands(&s, &f), 0);
	s.tools = arena_alloc(&a, 1, sizeof *s.tools);
	s.tool_count = 1;
	manifest_tool(&s.tools[0], TEXT("nix-shell"), TEXT(GIT), &a);
	assert_int_equal(manifest_check_commands(&s, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "'nix-shell' is exposed by two tools, 'nix itself' and 'nix-shell'"));
	arena_drop(&a);
}

static void too_many_bytes_are_refused(void **state)
{
	struct lock_system s = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(manifest_parse((struct text){ "{}", MANIFEST_MAX + 1 }, "x", &a, &s, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "at most 16777216"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(what_is_known_of_a_package_is_taken),
		cmocka_unit_test(all_members_are_taken),
		cmocka_unit_test(missing_members_are_filled),
		cmocka_unit_test(a_tool_of_the_command_line),
		cmocka_unit_test(commands_of_nix_are_sorted),
		cmocka_unit_test(too_many_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
