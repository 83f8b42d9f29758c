#include "store/checkup.h"

#include <stdio.h>
#include <unistd.h>

#include "store/checkgraft.h"
#include "store/checknix.h"
#include "store/checkpath.h"
#include "store/checkshell.h"
#include "store/wiring.h"
#include "sys/fs.h"

/* A user whose number has changed since is found by his name. */
static void tell_user(struct checkup *c)
{
	struct fault ignored = { 0 };
	struct text name = c->receipt ? c->receipt->user : (struct text){ 0 };
	c->user_is_gone = name.at && account_find(c->root, name, c->arena, &c->user, &ignored) < 0;
	if ((!name.at || c->user_is_gone) && account_read(c->root, c->self, c->arena, &c->user, &ignored) < 0)
		c->user = (struct account){ .uid = c->self, .name = TEXT("?") };
}

/* By the links alone: a volume may hide all else. */
static void find_commands(struct checkup *c)
{
	struct fault ignored = { 0 };
	struct texts names = { 0 };
	if (fs_list(c->root->fd, WIRING_LINKS, c->arena, &names, &ignored) < 0)
		return;
	c->commands.at = arena_alloc(c->arena, names.count, sizeof *names.at);
	for (size_t i = 0; i < names.count; i++) {
		struct text link = arena_printf(c->arena, WIRING_LINKS "/" TEXT_F, TEXT_A(names.at[i]));
		if (text_starts(fs_read_link(c->root->fd, link.at, c->arena), TEXT(GRAFT_PROFILE "/")))
			c->commands.at[c->commands.count++] = names.at[i];
	}
}

static void run_table(struct checkup *c, const struct check *table)
{
	for (; table->name; table++) {
		c->check = table->name;
		if (c->running || !table->running)
			table->look(c);
	}
}

void checkup_run(struct checkup *c)
{
	c->self = geteuid();
	tell_user(c);
	find_commands(c);
	run_table(c, CHECKS_GRAFT);
	run_table(c, CHECKS_NIX);
	run_table(c, CHECKS_SHELL);
	run_table(c, CHECKS_PATH);
}
