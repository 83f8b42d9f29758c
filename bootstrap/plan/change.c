#include "plan/change.h"

#include "format/storepath.h"

static const char *const KIND_NAMES[] = {
	[CHANGE_ADDED] = "added",     [CHANGE_REMOVED] = "removed",   [CHANGE_VERSION] = "changed",
	[CHANGE_REBUILT] = "rebuilt", [CHANGE_COMMANDS] = "commands",
};

static const struct lock_system NOTHING;

const char *change_kind_name(enum change_kind kind)
{
	return KIND_NAMES[kind];
}

struct texts change_commands(const struct lock_system *s, struct arena *a)
{
	LIST(struct text) all = { 0 };
	for (size_t i = 0; s && i < s->tool_count; i++)
		for (size_t k = 0; k < s->tools[i].commands.count; k++)
			LIST_PUSH(&all, a, s->tools[i].commands.at[k]);
	for (size_t k = 0; s && k < s->nix_commands.count; k++)
		LIST_PUSH(&all, a, s->nix_commands.at[k]);
	struct texts sorted = LIST_TEXTS(all);
	texts_sort_unique(&sorted);
	return sorted;
}

static void note(struct changes *out, struct arena *a, struct change change)
{
	LIST_PUSH(&out->tools, a, change);
}

static void compare(const struct lock_tool *x, const struct lock_tool *y, struct arena *a, struct changes *out)
{
	struct change c = { .name = x->name, .from = x->version, .to = y->version };
	if (!text_equal(x->version, y->version))
		c.kind = CHANGE_VERSION;
	else if (!text_equal(x->path, y->path))
		c.kind = CHANGE_REBUILT;
	else if (!texts_equal(x->commands, y->commands))
		c.kind = CHANGE_COMMANDS;
	else
		return;
	note(out, a, c);
}

static void compare_tools(const struct lock_system *from, const struct lock_system *to, struct arena *a, struct changes *out)
{
	size_t o = 0, n = 0;
	while (o < from->tool_count || n < to->tool_count) {
		const struct lock_tool *x = &from->tools[o], *y = &to->tools[n];
		int order = o == from->tool_count ? 1 : n == to->tool_count ? -1 : text_compare(x->name, y->name);
		if (order < 0)
			note(out, a, (struct change){ .kind = CHANGE_REMOVED, .name = x->name, .from = x->version });
		else if (order > 0)
			note(out, a, (struct change){ .kind = CHANGE_ADDED, .name = y->name, .to = y->version });
		else
			compare(x, y, a, out);
		o += order <= 0;
		n += order >= 0;
	}
}

struct text change_nix_version(const struct lock_system *s)
{
	struct text name, version = s->nix_version;
	if (s->nix.len && !version.len)
		storepath_split_name(storepath_name(s->nix), &name, &version);
	return version;
}

static void compare_nix(const struct lock_system *from, const struct lock_system *to, struct arena *a, struct changes *out)
{
	struct change c = { CHANGE_VERSION, TEXT("nix"), change_nix_version(from), change_nix_version(to) };
	if (text_equal(from->nix, to->nix))
		return;
	if (!from->nix.len)
		c.kind = CHANGE_ADDED;
	else if (!to->nix.len)
		c.kind = CHANGE_REMOVED;
	else if (text_equal(c.from, c.to))
		c.kind = CHANGE_REBUILT;
	note(out, a, c);
}

/* Items of `of` that are not in `in`; both sorted. */
static struct texts without(struct texts of, struct texts in, struct arena *a)
{
	struct texts out = { arena_alloc(a, of.count, sizeof *out.at), 0 };
	for (size_t i = 0; i < of.count; i++)
		if (texts_find(in, of.at[i]) < 0)
			out.at[out.count++] = of.at[i];
	return out;
}

void changes_make(const struct lock_system *from, const struct lock_system *to, struct arena *a, struct changes *out)
{
	struct texts before = change_commands(from, a), after = change_commands(to, a);
	*out = (struct changes){ .vanished = without(before, after, a), .appeared = without(after, before, a) };
	compare_tools(from ? from : &NOTHING, to ? to : &NOTHING, a, out);
	compare_nix(from ? from : &NOTHING, to ? to : &NOTHING, a, out);
}
