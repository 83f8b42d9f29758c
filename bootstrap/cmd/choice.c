#include "cmd/choice.h"

#include "plan/change.h"

#define NAMED_COMMANDS 10 /* of the lock, that a refusal names */

void choice_commands(struct receipt_choice *choice, struct text list, struct arena *a)
{
	struct text word;
	choice->some = !text_equal(list, TEXT("all"));
	choice->commands = (struct texts){ 0 };
	if (!choice->some || text_equal(list, TEXT("none")))
		return;
	LIST(struct text) words = { 0 };
	while (text_cut(&list, ',', &word))
		if (word.len)
			LIST_PUSH(&words, a, arena_copy(a, word));
	choice->commands = LIST_TEXTS(words);
	texts_sort_unique(&choice->commands);
}

static int refuse_command(struct text command, struct texts all, struct fault *f)
{
	BUFFER_AUTO names = { 0 };
	for (size_t i = 0; i < all.count && i < NAMED_COMMANDS; i++)
		buffer_printf(&names, "%s" TEXT_F, i ? ", " : "", TEXT_A(all.at[i]));
	return fault_set(f, FAULT_USAGE, "--expose: the lock has no command '" TEXT_F "', but %s%s", TEXT_A(command),
			 all.count ? names.at : "none at all", all.count > NAMED_COMMANDS ? ", ..." : "");
}

int choice_check(const struct receipt_choice *choice, const struct lock_system *system, struct call *call, struct fault *f)
{
	struct texts commands = choice->commands, all = change_commands(system, &call->arena);
	for (size_t i = 0; i < commands.count; i++)
		if (call_flag(call, "expose") && texts_find(all, commands.at[i]) < 0)
			return refuse_command(commands.at[i], all, f);
	return 0;
}
