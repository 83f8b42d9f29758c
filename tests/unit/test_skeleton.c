/* skeleton: the files that a project begins with, and what is left alone. */
#include "cmd/skeleton.h"

#include "base/assets.h"
#include "format/flaketools.h"
#include "tiny.h"

/* What is planned in the working directory for a line of options; the call is the caller's to drop. */
static int plan(struct skeleton *s, struct call *call, const char *line, struct fault *f)
{
	struct words w;
	words_make(&w, line);
	call_make(call, &cmd_init, &w);
	int code = skeleton_plan(s, call, TEXT("."), f);
	free(w.line);
	return code;
}

static void refuses(const char *line, int code, const char *words)
{
	struct skeleton s;
	struct call call;
	struct fault f = { 0 };
	assert_int_equal(plan(&s, &call, line, &f), code);
	if (!strstr(f.text, words))
		fail_msg("\"%s\": %s", line, f.text);
	arena_drop(&call.arena);
}

/* Plans and writes. */
static void writes(const char *line)
{
	struct skeleton s;
	struct call call;
	struct fault f = { 0 };
	if (plan(&s, &call, line, &f) || skeleton_write(&s, TEXT("."), &f))
		fail_msg("%s", f.text);
	arena_drop(&call.arena);
}

static void the_template_can_be_edited(void **state)
{
	struct arena a = { 0 };
	struct flaketools block;
	struct fault f = { 0 };
	BUFFER_AUTO to = { 0 };
	(void)state;
	assert_int_equal(flaketools_parse(asset_flake_nix(), "template", &a, &block, &f), 0);
	assert_true(block.tools.count >= 2 && block.sorted);
	assert_int_equal(flaketools_set_url(asset_flake_nix(), TEXT("nixpkgs"), TEXT("path:/x"), &to, &f), 0);
	arena_drop(&a);
}

static void the_template_is_written_once(void **state)
{
	struct tiny *t = *state;
	writes("");
	assert_true(text_equal(tiny_get(t, "flake.nix"), asset_flake_nix()));
	assert_true(text_equal(tiny_get(t, "graft.nix"), asset_graft_nix()));
	assert_true(text_equal(tiny_get(t, ".gitignore"), asset_gitignore()));
	struct skeleton s;
	struct call call;
	struct fault f = { 0 };
	assert_int_equal(plan(&s, &call, "", &f), 0);
	for (size_t i = 0; i < SKELETON_FILES; i++)
		assert_int_equal(s.files[i].state, SKELETON_SAME);
	arena_drop(&call.arena);
	refuses("--tool jq", FAULT_SYSTEM, "flake.nix is there already, and nothing is overwritten");
	tiny_put(t, "graft.nix", TEXT("{ }"));
	refuses("", FAULT_SYSTEM, "graft.nix is there already");
}

static void tools_and_nixpkgs_are_those_that_are_given(void **state)
{
	struct tiny *t = *state;
	writes("--tool z --tool black=python3Packages.black --nixpkgs path:/x");
	struct text flake = tiny_get(t, "flake.nix");
	assert_non_null(strstr(flake.at, "        black = pkgs.python3Packages.black;\n        z = pkgs.z;\n      };\n"));
	assert_non_null(strstr(flake.at, "  inputs.nixpkgs.url = \"path:/x\";\n"));
	assert_null(strstr(flake.at, "jq"));
	refuses("--tool a\"b", FAULT_USAGE, "--tool 'a\"b': must be NAME or NAME=ATTRIBUTE");
	refuses("--tool a=", FAULT_USAGE, "--tool 'a='");
	refuses("--tool =a", FAULT_USAGE, "--tool '=a'");
	refuses("--tool a --tool a=b", FAULT_USAGE, "'a' is given twice");
	refuses("--nixpkgs a\"b", FAULT_USAGE, "--nixpkgs: 'a\"b' is no URL");
}

static void gitignore_gets_what_it_lacks(void **state)
{
	static const struct {
		const char *now, *then;
		enum skeleton_state state;
		bool ignores_lock;
	} table[] = {
		{ "*.o", "*.o\n\n# Nix", SKELETON_ADDED, false },
		{ "result\n", "result\n/result-*\n/.direnv/\n", SKELETON_ADDED, false },
		{ "result/\r\n/result-*\n.direnv", "result/\r\n/result-*\n.direnv", SKELETON_SAME, false },
		{ "*.lock\n", "*.lock\n\n# Nix", SKELETON_ADDED, true },
		{ "/closure.lock\n", "/closure.lock\n\n", SKELETON_ADDED, true },
	};
	struct tiny *t = *state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct skeleton s;
		struct call call;
		struct fault f = { 0 };
		tiny_put(t, ".gitignore", text_of(table[i].now));
		assert_int_equal(plan(&s, &call, "", &f), 0);
		assert_int_equal(s.files[2].state, table[i].state);
		assert_int_equal(s.ignores_lock, table[i].ignores_lock);
		if (!text_starts(s.files[2].bytes, text_of(table[i].then)))
			fail_msg("%zu: %s", i, s.files[2].bytes.at);
		arena_drop(&call.arena);
		writes("");
		assert_int_equal(plan(&s, &call, "", &f), 0);
		assert_int_equal(s.files[2].state, SKELETON_SAME);
		arena_drop(&call.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_template_can_be_edited),
		tiny_test(the_template_is_written_once),
		tiny_test(tools_and_nixpkgs_are_those_that_are_given),
		tiny_test(gitignore_gets_what_it_lacks),
	};
	return cmocka_run_group_tests_name("skeleton", tests, NULL, NULL);
}
