#include "store/orphans.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/storepath.h"
#include "store/history.h"
#include "store/profile.h"
#include "store/registry.h"
#include "sys/fs.h"

struct texts orphans_read(int root, struct arena *a)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	LIST(struct text) names = { 0 };
	if (fs_read(root, GRAFT_PENDING, LOCK_MAX, &bytes, &ignored))
		return (struct texts){ 0 };
	struct text rest = buffer_view(&bytes), line;
	while (text_cut(&rest, '\n', &line))
		if (storepath_valid(line))
			LIST_PUSH(&names, a, arena_copy(a, line));
	struct texts sorted = LIST_TEXTS(names);
	texts_sort_unique(&sorted);
	return sorted;
}

bool orphans_pending(int root)
{
	struct stat st;
	return fs_stat(root, GRAFT_PENDING, &st) == 0;
}

int orphans_begin(int root, struct texts names, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	for (size_t i = 0; i < names.count; i++)
		buffer_printf(&bytes, TEXT_F "\n", TEXT_A(names.at[i]));
	return fs_write(root, GRAFT_PENDING, 0644, buffer_view(&bytes), f);
}

int orphans_end(int root, struct fault *f)
{
	return fs_unlink(root, GRAFT_PENDING, f);
}

/* A killed run may have kept the lock of a generation that it did not come to make. */
static bool is_there(const struct profile_generations *all, uint64_t number)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].number == number)
			return true;
	return false;
}

static int drop_wanted(const struct store *s, const struct lock_system *want, struct arena *a, struct texts *names, struct fault *f)
{
	struct history_systems kept;
	struct profile_generations all;
	size_t left = 0;
	int code = history_systems(s->root->fd, want->name, a, &kept, f);
	if (code == 0)
		code = profile_list(s->root->fd, a, &all, f);
	for (size_t i = 0; code == 0 && i < names->count; i++) {
		struct text path = names->at[i];
		struct stat st;
		bool has = lock_path_find(want, path) || fstatat(s->dir, path.at, &st, AT_SYMLINK_NOFOLLOW) < 0;
		for (size_t k = 0; !has && k < kept.count; k++)
			has = is_there(&all, kept.numbers[k]) && lock_path_find(kept.at[k], path);
		if (!has)
			names->at[left++] = path;
	}
	names->count = left;
	return code;
}

/* Whether they are registered counts once their locks are held: a Nix may be making one of them just now. */
int orphans_sweep(struct store *s, const struct lock_system *want, struct arena *a, struct fault *f)
{
	struct texts names = orphans_read(s->root->fd, a);
	struct registry rows;
	int code = names.count ? drop_wanted(s, want, a, &names, f) : 0;
	for (size_t i = 0; code == 0 && i < names.count; i++)
		code = store_hold(s, names.at[i], f);
	if (code == 0 && names.count)
		code = registry_read(s->root, false, a, &rows, f);
	for (size_t i = 0; code == 0 && i < names.count; i++)
		if (!registry_find(&rows, names.at[i]))
			code = store_discard(s, names.at[i], f);
	return code;
}
