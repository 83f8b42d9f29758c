#include "plan/stale.h"

static void add(struct stale *s, struct arena *a, struct text reason)
{
	LIST_PUSH(&s->reasons, a, reason);
}

void stale_flake(const struct lock *lock, const struct flakelock *flake, struct arena *a, struct stale *out)
{
	if (flake && !lock->has_flake)
		add(out, a, TEXT("the lock belongs to no flake.lock, and there is one"));
	else if (!flake && lock->has_flake)
		add(out, a, TEXT("the lock belongs to a flake.lock, and there is none"));
	else if (flake && !digest_equal(&flake->digest, &lock->flake.digest))
		add(out, a, TEXT("flake.lock has changed since"));
}

static bool same_outputs(const struct lock_tool *a, const struct lock_tool *b)
{
	if (a->output_count != b->output_count)
		return false;
	for (size_t i = 0; i < a->output_count; i++)
		if (!text_equal(a->outputs[i].name, b->outputs[i].name) ||
		    !text_equal(a->outputs[i].path, b->outputs[i].path))
			return false;
	return true;
}

/* What differs between two tools of one name, or NULL. */
static const char *difference(const struct lock_tool *a, const struct lock_tool *b)
{
	if (!text_equal(a->path, b->path))
		return "store path";
	if (!text_equal(a->version, b->version))
		return "version";
	if (!text_equal(a->attribute, b->attribute))
		return "attribute";
	if (!same_outputs(a, b))
		return "set of outputs";
	if (!texts_equal(a->commands, b->commands))
		return "set of commands";
	return NULL;
}

static void compare_tools(const struct lock_system *old, const struct lock_system *new, struct arena *a,
			  struct stale *out)
{
	size_t o = 0, n = 0;
	while (o < old->tool_count || n < new->tool_count) {
		int order = o == old->tool_count   ? 1
			    : n == new->tool_count ? -1
						   : text_compare(old->tools[o].name, new->tools[n].name);
		struct text name = order < 0 ? old->tools[o].name : new->tools[n].name;
		const char *what = order < 0 ? "is no longer wanted" : "is new";
		const char *differs = order ? NULL : difference(&old->tools[o], &new->tools[n]);
		if (order)
			add(out, a, arena_printf(a, TEXT_F ": tool '" TEXT_F "' %s", TEXT_A(new->name), TEXT_A(name), what));
		else if (differs)
			add(out, a, arena_printf(a, TEXT_F ": tool '" TEXT_F "' has another %s", TEXT_A(new->name),
						 TEXT_A(name), differs));
		o += order <= 0;
		n += order >= 0;
	}
}

void stale_system(const struct lock *lock, const struct lock_system *manifest, struct arena *a, struct stale *out)
{
	const struct lock_system *old = lock_system_find(lock, manifest->name);
	if (!old) {
		add(out, a, arena_printf(a, "the lock has nothing for " TEXT_F, TEXT_A(manifest->name)));
		return;
	}
	if (!text_equal(old->nix, manifest->nix))
		add(out, a, arena_printf(a, TEXT_F ": another Nix is wanted", TEXT_A(manifest->name)));
	else if (!texts_equal(old->nix_commands, manifest->nix_commands))
		add(out, a, arena_printf(a, TEXT_F ": Nix has another set of commands", TEXT_A(manifest->name)));
	compare_tools(old, manifest, a, out);
}
