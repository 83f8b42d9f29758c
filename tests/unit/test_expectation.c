/* expectation: what a lock lets one expect, and names of variables that are unlike. */
#include "samples.h"

#include "plan/expectation.h"

#define HASH "00bgd045z0d4icpbc2yyz4gx48ak44la-"

static void tools_then_nix(void **state)
{
	struct arena a = { 0 };
	struct text git[] = { TEXT("git"), TEXT("git-shell") }, nix[] = { TEXT("nix"), TEXT("nix-store") };
	struct lock_tool tool = { .name = TEXT("git"), .version = TEXT("2"), .attribute = TEXT("gitFull"), .path = TEXT(HASH "git-2"),
				  .commands = { git, 2 }, .package.pname = TEXT("git-full") };
	struct lock_system s = { .nix = TEXT(HASH "nix-2.31.2"), .nix_commands = { nix, 2 }, .tools = &tool, .tool_count = 1 };
	struct texts only = { (struct text[]){ TEXT("git"), TEXT("nix-store") }, 2 };
	struct expectations e;

	(void)state;
	expectations_make(&s, NULL, &a, &e);
	assert_int_equal(e.count, 2);
	assert_true(e.has_nix);
	assert_int_equal(e.command_count, 4);
	assert_true(text_equal(e.at[0].attribute, TEXT("gitFull")));
	assert_true(text_equal(e.at[0].pname, TEXT("git-full")));
	assert_true(text_equal(e.at[0].variable, TEXT("GIT")));
	assert_true(text_equal(e.at[1].name, TEXT("nix")));
	assert_true(text_equal(e.at[1].version, TEXT("2.31.2")));
	expectations_make(&s, &only, &a, &e);
	assert_int_equal(e.command_count, 2);
	assert_int_equal(e.at[0].commands.count, 1);
	assert_true(text_equal(e.at[1].commands.at[0], TEXT("nix-store")));
	s.nix = (struct text){ 0 };
	s.nix_version = TEXT("3");
	expectations_make(&s, NULL, &a, &e);
	assert_int_equal(e.count, 1);
	assert_false(e.has_nix);
	arena_drop(&a);
}

static void variables_are_unlike(void **state)
{
	static const char *const names[] = { "a b", "a+b", "a-b", "a_b", "a_b_2", "a_b_3", "nix", "x'$y" };
	static const char *const wanted[] = { "A_B", "A_B_2", "A_B_3", "A_B_4", "A_B_2_2", "A_B_3_2", "NIX", "X__Y", "NIX_2" };
	struct lock_tool tools[sizeof names / sizeof *names] = { 0 };
	struct lock_system s = { .nix = TEXT(HASH "nix-2"), .tools = tools, .tool_count = sizeof names / sizeof *names };
	struct arena a = { 0 };
	struct expectations e;

	(void)state;
	for (size_t i = 0; i < s.tool_count; i++)
		tools[i].name = text_of(names[i]);
	expectations_make(&s, NULL, &a, &e);
	assert_int_equal(e.count, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < e.count; i++)
		if (!text_equal(e.at[i].variable, text_of(wanted[i])))
			fail_msg("%s is " TEXT_F ", not %s", i < s.tool_count ? names[i] : "nix", TEXT_A(e.at[i].variable), wanted[i]);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tools_then_nix),
		cmocka_unit_test(variables_are_unlike),
	};

	return cmocka_run_group_tests_name("expectation", tests, NULL, NULL);
}
