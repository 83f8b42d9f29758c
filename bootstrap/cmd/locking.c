#include "cmd/locking.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "cmd/verbs.h"
#include "store/walk.h"
#include "sys/fs.h"

static int read_old(struct locking *l, struct fault *f)
{
	int code = fs_read_host(l->file, LOCK_MAX, &l->old, f);
	l->exists = code == 0;
	if (code == FS_ABSENT)
		return 0;
	if (code == 0)
		code = lock_parse(buffer_view(&l->old), l->file, &l->call->arena, &l->before, f);
	return code;
}

int locking_open(struct locking *l, struct call *call, struct fault *f)
{
	*l = (struct locking){ .call = call, .file = call_text(call, "lock", "closure.lock").at };
	if (text_equal(text_of(l->file), TEXT("-")))
		return fault_set(f, FAULT_USAGE, "--lock: name a file; the lock is read and written");
	bool reads = call_flag(call, "check") || call_flag(call, "dry-run");
	hold_take(&l->hold, hold_folder_of(l->file, &call->arena), reads && call->command != &cmd_update, call);
	return read_old(l, f);
}

void locking_close(struct locking *l)
{
	buffer_drop(&l->old);
	hold_drop(&l->hold);
}

/* ---- caches and keys ---- */

static const struct lock_cache *known_cache(const struct lock *lock, struct text url)
{
	for (size_t i = 0; i < lock->cache_count; i++)
		if (text_equal(lock->caches[i].url, url))
			return &lock->caches[i];
	return NULL;
}

/* The keys of a cache: those given, else those that the lock has for it, else the public cache's own. */
static int choose_keys(struct locking *l, struct lock_cache *c, struct fault *f)
{
	struct arena *a = &l->call->arena;
	const struct lock_cache *known = known_cache(&l->before, c->url);
	c->keys = call_texts(l->call, "trusted-key");
	if (c->keys.count) {
		texts_sort_unique(&c->keys);
	} else if (known) {
		c->keys = known->keys;
	} else if (text_equal(c->url, TEXT(TRUST_NIXOS_URL))) {
		c->keys = (struct texts){ arena_alloc(a, 1, sizeof *c->keys.at), 1 };
		*c->keys.at = TEXT(TRUST_NIXOS_KEY);
	} else {
		return fault_set(f, FAULT_USAGE,
				 "cache " TEXT_F ": whom to believe is not known; give its public key with --trusted-key NAME:BASE64",
				 TEXT_A(c->url));
	}
	return 0;
}

/* The URLs given, else the lock's, else the public cache. */
static struct texts choose_urls(struct locking *l)
{
	struct texts urls = call_texts(l->call, "cache");
	if (urls.count)
		return urls;
	urls.count = l->before.cache_count ? l->before.cache_count : 1;
	urls.at = arena_alloc(&l->call->arena, urls.count, sizeof *urls.at);
	urls.at[0] = TEXT(TRUST_NIXOS_URL);
	for (size_t i = 0; i < l->before.cache_count; i++)
		urls.at[i] = l->before.caches[i].url;
	return urls;
}

static int choose_caches(struct locking *l, struct caches *caches, struct trust *trust, struct fault *f)
{
	struct arena *a = &l->call->arena;
	struct texts urls = choose_urls(l);
	int code = caches_open(caches, urls, false, a, f);
	l->after.caches = arena_alloc(a, urls.count + l->before.cache_count, sizeof *l->after.caches);
	for (size_t i = 0; code == 0 && i < caches->count; i++) {
		struct lock_cache *c = &l->after.caches[l->after.cache_count++];
		*c = (struct lock_cache){ .url = caches->at[i].url };
		code = choose_keys(l, c, f);
	}
	if (code == 0)
		code = trust_add_lock(trust, a, &l->after, f);
	return code == 0 ? caches_check(caches, f) : code;
}

/* ---- the walk ---- */

static struct texts roots_of(const struct lock_system *s, struct arena *a)
{
	LIST(struct text) roots = { 0 };
	for (size_t i = 0; i < s->tool_count; i++)
		for (size_t k = 0; k < s->tools[i].output_count; k++)
			LIST_PUSH(&roots, a, s->tools[i].outputs[k].path);
	if (s->nix.len)
		LIST_PUSH(&roots, a, s->nix);
	struct texts sorted = LIST_TEXTS(roots);
	texts_sort_unique(&sorted);
	return sorted;
}

static int walk_system(struct locking *l, struct lock_system *s, struct caches *caches, const struct trust *trust,
		       struct fault *f)
{
	struct walk walk;
	struct texts roots = roots_of(s, &l->call->arena);
	if (!roots.count)
		return fault_set(f, FAULT_USAGE, TEXT_F ": nothing to lock: no tool and no Nix", TEXT_A(s->name));
	int code = walk_closure(caches, trust, roots, &walk, f);
	s->paths = walk.paths;
	s->path_count = walk.count;
	l->measured += walk.measured;
	return code;
}

static int walk_all(struct locking *l, struct fault *f)
{
	struct caches caches = { 0 };
	struct trust trust = { 0 };
	int code = choose_caches(l, &caches, &trust, f);
	for (size_t i = 0; code == 0 && i < l->inputs.systems.count; i++)
		code = walk_system(l, &l->inputs.systems.at[i], &caches, &trust, f);
	caches_close(&caches);
	return code;
}

/* ---- putting it together ---- */

static bool is_replaced(const struct locking *l, struct text system)
{
	for (size_t i = 0; i < l->inputs.systems.count; i++)
		if (text_equal(l->inputs.systems.at[i].name, system))
			return true;
	return false;
}

/* A kept system's paths may come from a cache that was not given this time. */
static void keep_caches(struct locking *l, const struct lock_system *kept)
{
	for (size_t i = 0; i < kept->path_count; i++)
		if (!known_cache(&l->after, kept->paths[i].cache))
			l->after.caches[l->after.cache_count++] = *known_cache(&l->before, kept->paths[i].cache);
}

static int by_name(const void *a, const void *b)
{
	return text_compare(((const struct lock_system *)a)->name, ((const struct lock_system *)b)->name);
}

static void assemble(struct locking *l)
{
	struct lock *to = &l->after;
	bool theirs = l->inputs.tells_flake;
	to->has_flake = theirs ? l->inputs.has_flake : l->before.has_flake;
	to->flake = theirs ? l->inputs.flake : l->before.flake;
	to->systems = arena_alloc(&l->call->arena, l->inputs.systems.count + l->before.system_count, sizeof *to->systems);
	for (size_t i = 0; i < l->inputs.systems.count; i++)
		to->systems[to->system_count++] = l->inputs.systems.at[i];
	for (size_t i = 0; i < l->before.system_count; i++)
		if (!is_replaced(l, l->before.systems[i].name)) {
			keep_caches(l, &l->before.systems[i]);
			to->systems[to->system_count++] = l->before.systems[i];
		}
	qsort(to->systems, to->system_count, sizeof *to->systems, by_name);
}

int locking_walk(struct locking *l, struct fault *f)
{
	int code = walk_all(l, f);
	if (code == 0)
		assemble(l);
	return code;
}

/* What could not be read again is not written. */
static int check_readable(struct locking *l, struct text bytes, struct fault *f)
{
	struct lock again;
	if (lock_parse(bytes, l->file, &l->call->arena, &again, f) == 0)
		return 0;
	return fault_wrap(f, "nothing was written, since this would not be accepted");
}

int locking_write(struct locking *l, bool planned, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	lock_write(&l->after, &bytes);
	bool same = l->exists && text_equal(buffer_view(&bytes), buffer_view(&l->old));
	int code = same ? 0 : check_readable(l, buffer_view(&bytes), f);
	if (code == 0 && !same && !planned)
		code = fs_write_host(l->file, 0644, buffer_view(&bytes), f);
	l->result = same ? "unchanged" : planned ? "would be written" : "written";
	return code;
}
