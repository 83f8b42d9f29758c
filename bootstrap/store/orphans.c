#include "store/orphans.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "store/history.h"
#include "store/registry.h"

static bool is_kept(const struct history_systems *kept, struct text path)
{
	for (size_t i = 0; i < kept->count; i++)
		if (lock_path_find(kept->at[i], path))
			return true;
	return false;
}

/* What stands of the pending lock and is neither wanted nor another lock's. */
static struct texts suspects(const struct store *s, const struct history_systems *kept, const struct lock_system *want, struct arena *a)
{
	const struct lock_system *pending = kept->pending;
	struct texts out = { arena_alloc(a, pending->path_count, sizeof *out.at), 0 };
	for (size_t i = 0; i < pending->path_count; i++) {
		struct text path = pending->paths[i].path;
		struct stat st;
		if (fstatat(s->dir, path.at, &st, AT_SYMLINK_NOFOLLOW) == 0 && !lock_path_find(want, path) && !is_kept(kept, path))
			out.at[out.count++] = path;
	}
	return out;
}

/* Whether they are registered counts once their locks are held: a Nix may be making one of them just now. */
int orphans_sweep(struct store *s, const struct lock_system *want, struct arena *a, struct fault *f)
{
	struct history_systems kept;
	struct registry rows;
	int code = history_systems(s->root->fd, want->name, a, &kept, f);
	if (code < 0 || !kept.pending)
		return code;
	struct texts found = suspects(s, &kept, want, a);
	for (size_t i = 0; code == 0 && i < found.count; i++)
		code = store_hold(s, found.at[i], f);
	if (code == 0 && found.count)
		code = registry_read(s->root, false, a, &rows, f);
	for (size_t i = 0; code == 0 && i < found.count; i++)
		if (!registry_find(&rows, found.at[i]))
			code = store_discard(s, found.at[i], f);
	return code;
}
