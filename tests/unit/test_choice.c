/* choice: what --expose says. */
#include "verb.h"

#include "cmd/choice.h"

static const struct option_spec OPTIONS[] = { { "expose", 'e', "COMMANDS", "which" }, { 0 } };
static const struct command CHOOSES = { .name = "choose", .options = OPTIONS };

static void lists_are_read(void **state)
{
	struct receipt_choice c = { 0 };
	struct arena a = { 0 };

	(void)state;
	choice_commands(&c, TEXT("jq,git,,jq"), &a);
	assert_true(c.some);
	assert_int_equal(c.commands.count, 2);
	assert_true(text_equal(c.commands.at[0], TEXT("git")));
	choice_commands(&c, TEXT("none"), &a);
	assert_true(c.some);
	assert_int_equal(c.commands.count, 0);
	choice_commands(&c, TEXT("all"), &a);
	assert_false(c.some);
	arena_drop(&a);
}

static void unknown_commands_are_refused(void **state)
{
	struct text git = TEXT("git"), other = TEXT("gti");
	struct lock_tool tool = { .name = TEXT("git"), .commands = { &git, 1 } };
	struct lock_system system = { .tools = &tool, .tool_count = 1 };
	struct receipt_choice right = { .some = true, .commands = { &git, 1 } }, wrong = { .some = true, .commands = { &other, 1 } };
	struct fault f = { 0 };
	struct words w;
	struct call call;

	(void)state;
	words_make(&w, "--expose gti");
	call_make(&call, &CHOOSES, &w);
	assert_int_equal(choice_check(&right, &system, &call, &f), 0);
	assert_int_equal(choice_check(&wrong, &system, &call, &f), FAULT_USAGE);
	assert_non_null(strstr(f.text, "the lock has no command 'gti', but git"));
	arena_drop(&call.arena);
	free(w.line);
	words_make(&w, "");
	call_make(&call, &CHOOSES, &w);
	f = (struct fault){ 0 };
	assert_int_equal(choice_check(&wrong, &system, &call, &f), 0); /* an earlier choice may name what is gone */
	arena_drop(&call.arena);
	free(w.line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(unknown_commands_are_refused),
	};

	return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
