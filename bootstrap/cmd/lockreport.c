#include "cmd/lockreport.h"

#include <stdio.h>

#include "cmd/past.h"
#include "cmd/say.h"

static void sum_up(const struct lock_system *s, uint64_t *fetch, uint64_t *unpack)
{
	*fetch = *unpack = 0;
	for (size_t i = 0; i < s->path_count; i++) {
		*fetch += s->paths[i].file_size;
		*unpack += s->paths[i].nar_size;
	}
}

static const struct lock_system *before(const struct locking *l, const struct lock_system *now)
{
	return l->exists ? lock_system_find(&l->before, now->name) : NULL;
}

/* A lock replaces the whole set of a system: what that drops must not go unseen. */
static void put_changes(struct json_out *o, const struct locking *l, const struct lock_system *now)
{
	struct changes changes;
	if (!before(l, now))
		return;
	changes_make(before(l, now), now, &l->call->arena, &changes);
	json_key(o, "changes");
	json_open(o, '{', true);
	past_put(o, &changes);
	json_close(o, '}');
}

static void put_system(struct json_out *o, const struct locking *l, const struct lock_system *s)
{
	uint64_t fetch, unpack;
	sum_up(s, &fetch, &unpack);
	json_open(o, '{', true);
	json_pair(o, "system", s->name);
	json_pair_u64(o, "tools", s->tool_count);
	if (s->path_count) {
		json_pair_u64(o, "paths", s->path_count);
		json_pair_u64(o, "fileBytes", fetch);
		json_pair_u64(o, "narBytes", unpack);
	}
	put_changes(o, l, s);
	json_close(o, '}');
}

void lockreport_put(struct json_out *o, const struct locking *l)
{
	json_pair(o, "result", text_of(l->result));
	json_pair(o, "lock", text_of(l->file));
	json_pair_texts(o, "reasons", LIST_TEXTS(l->stale.reasons));
	json_pair_u64(o, "measured", l->measured);
	json_key(o, "systems");
	json_open(o, '[', false);
	for (size_t i = 0; i < l->after.system_count; i++)
		put_system(o, l, &l->after.systems[i]);
	json_close(o, ']');
}

static void print_changes(const struct locking *l, const struct lock_system *now)
{
	struct changes changes;
	if (!before(l, now))
		return;
	changes_make(before(l, now), now, &l->call->arena, &changes);
	past_print(&changes);
}

static void print_system(const struct locking *l, const struct lock_system *s)
{
	uint64_t fetch, unpack;
	char to_fetch[SAY_SIZE], unpacked[SAY_SIZE];
	sum_up(s, &fetch, &unpack);
	printf("  " TEXT_F ": %zu tool%s%s", TEXT_A(s->name), s->tool_count, text_plural(s->tool_count), s->nix.len ? " and Nix" : "");
	if (s->path_count)
		printf(", %zu path%s, %s to fetch, %s unpacked", s->path_count, text_plural(s->path_count), say_bytes(fetch, to_fetch),
		       say_bytes(unpack, unpacked));
	printf("\n");
	print_changes(l, s);
}

void lockreport_print(const struct locking *l)
{
	printf("%s: %s\n", l->file, l->result);
	for (size_t i = 0; i < l->stale.reasons.count; i++)
		printf("  " TEXT_F "\n", TEXT_A(l->stale.reasons.at[i]));
	for (size_t i = 0; i < l->after.system_count; i++)
		print_system(l, &l->after.systems[i]);
	if (l->measured)
		printf("  %zu file%s downloaded once, for lack of a FileHash in the narinfo, and pinned as they came\n",
		       l->measured, text_plural(l->measured));
}
