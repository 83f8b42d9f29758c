#include "cmd/graft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "cmd/say.h"
#include "format/storepath.h"
#include "plan/delta.h"
#include "store/environment.h"
#include "store/install.h"
#include "store/layout.h"
#include "store/profile.h"
#include "store/spool.h"
#include "store/store.h"
#include "sys/fs.h"
#include "sys/pool.h"
#include "sys/proc.h"

#define FILES_BESIDES 256   /* descriptors that a run needs besides the locks of paths */
#define REGISTRATION_TIME 1 /* seconds since 1970, unless SOURCE_DATE_EPOCH says another: the same lock, the same bytes */

int graft_open(struct graft *g, struct call *call, struct fault *f)
{
	*g = (struct graft){ .call = call, .force = call_flag(call, "force"), .jobs = pool_processors(), .target = { .root.fd = -1 } };
	int code = call_number(call, "jobs", JOBS_MAX, &g->jobs, f);
	if (code == 0)
		code = target_open(&g->target, call, f);
	if (code == 0 && receipt_read(g->target.root.fd, &call->arena, &g->receipt, &g->has_receipt, f) < 0)
		code = fault_wrap(f, "remove " GRAFT_RECEIPT " and apply again; it cannot be read");
	return code;
}

void graft_close(struct graft *g)
{
	caches_close(&g->caches);
	target_close(&g->target);
}

/* ---- nothing to do? ---- */

static bool same_receipt(const struct graft *g)
{
	const struct receipt *r = &g->receipt;
	return g->has_receipt && digest_equal(&r->lock, &g->target.digest) && text_equal(r->system, g->target.system) &&
	       text_equal(r->user, g->target.account.name) && text_equal(r->made_by, TEXT(NIXGRAFT_VERSION));
}

static bool stands(const struct graft *g, int store, struct text path)
{
	struct stat st;
	return registry_find(&g->registry, path) && fstatat(store, path.at, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool objects_stand(const struct graft *g)
{
	FD_AUTO store = fs_open(g->target.root.fd, STORE_DIR, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < g->receipt.paths.count; i++)
		if (!stands(g, store, g->receipt.paths.at[i]))
			return false;
	return stands(g, store, g->receipt.environment);
}

int graft_unchanged(struct graft *g, bool *unchanged, struct fault *f)
{
	struct profile profile;
	*unchanged = false;
	if (!same_receipt(g) || g->force || call_flag(g->call, "trusted-key") || wire_broken(g->target.root.fd, &g->receipt))
		return 0;
	int code = registry_read(&g->target.root, false, &g->call->arena, &g->registry, f);
	if (code < 0 || !objects_stand(g))
		return code;
	code = profile_read(g->target.root.fd, &g->call->arena, &profile, f);
	*unchanged = code == 0 && profile.current && text_equal(profile.path, g->receipt.environment);
	g->generation = profile.current;
	return code;
}

/* ---- preflight ---- */

static int check_trust(struct graft *g, struct fault *f)
{
	struct texts keys = call_texts(g->call, "trusted-key");
	int code = keys.count ? 0 : trust_add_lock(&g->trust, &g->call->arena, &g->target.lock, f);
	for (size_t i = 0; code == 0 && i < keys.count; i++)
		code = trust_add(&g->trust, &g->call->arena, keys.at[i], f);
	if (code == 0 && trust_check(&g->trust, g->target.want, f) < 0)
		code = fault_wrap(f, "%s", g->target.lock_name.at);
	return code;
}

struct wire_want graft_truth(const struct graft *g)
{
	return (struct wire_want){ .lock = &g->target.lock,
				   .system = g->target.want,
				   .account = &g->target.account,
				   .receipt = g->has_receipt ? &g->receipt : NULL,
				   .emulated = g->target.emulated };
}

static int plan_wires(struct graft *g, struct fault *f)
{
	struct wire_want want = graft_truth(g);
	int code = wire_plan_make(g->target.root.fd, &want, &g->call->arena, &g->wires, f);
	return code == 0 ? wire_plan_check(g->target.root.fd, &g->wires, g->force, &g->call->arena, f) : code;
}

/* Valid, there, and registered as the lock says: anything else is looked at again. Sorted. */
static struct texts present(struct graft *g)
{
	struct texts have = { arena_alloc(&g->call->arena, g->registry.count, sizeof *have.at), 0 };
	FD_AUTO store = fs_open(g->target.root.fd, STORE_DIR, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; store >= 0 && i < g->registry.count; i++) {
		const struct registry_row *row = &g->registry.rows[i];
		const struct lock_path *path = lock_path_find(g->target.want, row->path);
		struct stat st;
		if (path && !registry_wrong(&g->registry, path) && fstatat(store, row->path.at, &st, AT_SYMLINK_NOFOLLOW) == 0)
			have.at[have.count++] = g->registry.rows[i].path;
	}
	return have;
}

static bool is_in(const size_t *list, size_t count, size_t value)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == value)
			return true;
	return false;
}

static int find_missing(struct graft *g, struct fault *f)
{
	struct arena *a = &g->call->arena;
	const struct lock_system *s = g->target.want;
	int code = registry_read(&g->target.root, true, a, &g->registry, f);
	if (code < 0)
		return code;
	struct texts want = { arena_alloc(a, s->path_count, sizeof *want.at), s->path_count };
	struct delta delta;
	for (size_t i = 0; i < s->path_count; i++)
		want.at[i] = s->paths[i].path;
	delta_make(want, present(g), a, &delta);
	g->missing = (struct install_paths){ .at = arena_alloc(a, s->path_count, sizeof *g->missing.at) };
	for (size_t i = 0; i < delta.missing.count; i++)
		g->missing.at[g->missing.count++] = &s->paths[delta.missing.at[i]];
	for (size_t i = 0; i < delta.shared.count; i++)
		if (is_in(g->broken, g->broken_count, delta.shared.at[i]))
			g->missing.at[g->missing.count++] = &s->paths[delta.shared.at[i]];
	g->missing.fetch = g->missing.count;
	return 0;
}

/* Those that stand in the store unregistered are looked at under the lock; the others must be in a cache. */
static void sort_standing_last(struct graft *g)
{
	size_t front = 0, back = g->missing.count;
	const struct lock_path **sorted = arena_alloc(&g->call->arena, back, sizeof *sorted);
	FD_AUTO store = fs_open(g->target.root.fd, STORE_DIR, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < g->missing.count; i++) {
		struct stat st;
		bool damaged = is_in(g->damaged, g->damaged_count, (size_t)(g->missing.at[i] - g->target.want->paths));
		bool stands = !damaged && store >= 0 &&
			      fstatat(store, g->missing.at[i]->path.at, &st, AT_SYMLINK_NOFOLLOW) == 0;
		sorted[stands ? --back : front++] = g->missing.at[i];
	}
	g->missing.at = sorted;
	g->missing.fetch = front;
}

static int locate(struct graft *g, struct fault *f)
{
	size_t count = g->missing.fetch;
	g->files = (struct cache_files){ arena_alloc(&g->call->arena, count, sizeof *g->files.at), count };
	g->fetch_bytes = g->unpack_bytes = 0;
	for (size_t i = 0; i < count; i++) {
		g->files.at[i].path = g->missing.at[i];
		g->fetch_bytes += g->missing.at[i]->file_size;
		g->unpack_bytes += g->missing.at[i]->nar_size;
	}
	return count ? cache_locate(&g->caches, g->files, f) : 0;
}

static int open_caches(struct graft *g, struct fault *f)
{
	const struct lock *lock = &g->target.lock;
	struct texts urls = call_texts(g->call, "cache");
	if (!urls.count) {
		urls.at = arena_alloc(&g->call->arena, lock->cache_count, sizeof *urls.at);
		for (; urls.count < lock->cache_count; urls.count++)
			urls.at[urls.count] = lock->caches[urls.count].url;
	}
	return caches_open(&g->caches, urls, call_flag(g->call, "offline"), &g->call->arena, f);
}

static int check_space(struct graft *g, struct fault *f)
{
	uint64_t bytes, inodes, need = g->unpack_bytes + g->fetch_bytes + SPACE_MARGIN;
	char is[SAY_SIZE], wants[SAY_SIZE];
	if (!g->missing.fetch)
		return 0;
	int code = fs_free(g->target.root.fd, STORE_DIR, &bytes, &inodes, f);
	if (code == 0 && bytes < need)
		return fault_set(f, FAULT_SYSTEM, STORE_DIR " has %s free, and %s are needed; make room or mount a larger volume",
				 say_bytes(bytes, is), say_bytes(need, wants));
	if (code == 0 && inodes < g->missing.fetch)
		return fault_set(f, FAULT_SYSTEM, STORE_DIR " has %llu inodes free, and at least %zu are needed",
				 (unsigned long long)inodes, g->missing.fetch);
	return code;
}

int graft_plan(struct graft *g, struct fault *f)
{
	int code = target_parse(&g->target, g->call, f);
	if (code == 0)
		code = check_trust(g, f);
	if (code == 0)
		code = layout_check(g->target.root.fd, f);
	if (code == 0)
		code = plan_wires(g, f);
	if (code == 0)
		code = find_missing(g, f);
	if (code == 0)
		sort_standing_last(g);
	if (code == 0 && g->missing.count)
		code = open_caches(g, f);
	if (code == 0)
		code = locate(g, f);
	return code == 0 ? check_space(g, f) : code;
}

/* ---- the change ---- */

static void say_waiting(void)
{
	struct call loud = { 0 };
	say_note(&loud, "another nixgraft is at work on this root; waiting for it");
}

static bool located(const struct graft *g)
{
	for (size_t i = 0; i < g->missing.fetch; i++)
		if (g->files.at[i].path != g->missing.at[i])
			return false;
	return true;
}

/* Under the locks: what another run or Nix did meanwhile counts, and what stands there right needs no fetching. */
static int settle(struct graft *g, struct store *s, struct fault *f)
{
	int code = receipt_read(g->target.root.fd, &g->call->arena, &g->receipt, &g->has_receipt, f);
	if (code == 0)
		code = plan_wires(g, f);
	if (code == 0)
		code = find_missing(g, f);
	if (code == 0)
		code = install_adopt(s, (unsigned)g->jobs, &g->missing, f);
	if (code == 0 && g->missing.fetch && !g->caches.count)
		code = open_caches(g, f);
	if (code == 0 && (g->missing.fetch != g->files.count || !located(g)))
		code = locate(g, f);
	return code;
}

static int fetch(struct graft *g, struct store *s, struct fault *f)
{
	struct say_progress progress;
	struct install_options options = { (unsigned)g->jobs, say_progress, &progress };
	char size[SAY_SIZE];
	if (!g->missing.fetch)
		return 0;
	say_note(g->call, "fetching %zu paths, %s", g->missing.fetch, say_bytes(g->fetch_bytes, size));
	say_progress_begin(&progress, g->call, g->fetch_bytes, g->missing.fetch);
	int code = install_files(s, &g->caches, g->files, &options, f);
	say_progress_end(&progress);
	return code;
}

static int64_t registration_time(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;
	return epoch && text_u64(text_of(epoch), INT64_MAX, &seconds) ? (int64_t)seconds : REGISTRATION_TIME;
}

static int add_environment(struct graft *g, struct store *s, struct environment *made, struct fault *f)
{
	struct stream_memory nar;
	bool right;
	int code = environment_make(g->target.root.fd, g->target.want, &g->call->arena, made, f);
	g->environment = made->path.path;
	if (code == 0)
		code = store_adopt(s, &made->path, &right, f);
	if (code < 0 || right)
		return code;
	stream_memory_open(&nar, buffer_view(&made->nar));
	return store_add(s, &made->path, &nar.stream, f);
}

static int by_path(const void *a, const void *b)
{
	return text_compare((*(const struct lock_path *const *)a)->path, (*(const struct lock_path *const *)b)->path);
}

static int register_all(struct graft *g, const struct environment *made, struct fault *f)
{
	const struct lock_path **paths = arena_alloc(&g->call->arena, g->missing.count + 1, sizeof *paths);
	struct registry_news news = { paths, 0, registration_time() };
	for (size_t i = 0; i < g->missing.count; i++)
		paths[news.count++] = g->missing.at[i];
	if (news.count)
		qsort(paths, news.count, sizeof *paths, by_path); /* the same ids, however much of it was adopted */
	if (g->repair || news.count || !registry_find(&g->registry, made->path.path))
		paths[news.count++] = &made->path;
	return registry_write(&g->target.root, &news, f);
}

/* A tree that is being built is flushed by who builds it; a system that runs from it must survive a power failure. */
static bool wants_sync(const struct graft *g)
{
	return call_flag(g->call, "sync") || (!*g->target.root.path && !call_flag(g->call, "no-sync"));
}

static int fill_store(struct graft *g, struct store *s, struct fault *f)
{
	struct environment made = { 0 };
	int code = fetch(g, s, f);
	if (code == 0)
		code = add_environment(g, s, &made, f);
	if (code == 0 && wants_sync(g))
		code = fs_flush(s->dir, f);
	if (code == 0)
		code = register_all(g, &made, f);
	if (code == 0)
		store_keep(s);
	buffer_drop(&made.nar);
	return code;
}

static int write_receipt(struct graft *g, struct fault *f)
{
	const struct lock_system *want = g->target.want;
	struct arena *a = &g->call->arena;
	struct receipt r = { .lock = g->target.digest,
			     .system = g->target.system,
			     .user = g->target.account.name,
			     .environment = g->environment,
			     .generation = g->generation,
			     .paths = { arena_alloc(a, want->path_count, sizeof *r.paths.at), want->path_count } };
	for (size_t i = 0; i < want->path_count; i++)
		r.paths.at[i] = want->paths[i].path;
	wire_plan_record(&g->wires, g->force, a, &r);
	return receipt_write(g->target.root.fd, &r, f);
}

static int show(struct graft *g, struct fault *f)
{
	int code = profile_commit(g->target.root.fd, g->environment, &g->generation, f);
	if (code == 0)
		code = wire_plan_apply(g->target.root.fd, &g->wires, g->force, &g->call->arena, f);
	if (code == 0)
		code = spool_clear(g->target.root.fd, f);
	return code == 0 ? write_receipt(g, f) : code; /* last: with it the next run has nothing to do */
}

/* Beside a Nix that may be running, each path's lock is held until all are registered. */
static int check_files(const struct graft *g, size_t files, struct fault *f)
{
	if (files >= g->missing.count + FILES_BESIDES)
		return 0;
	return fault_set(f, FAULT_SYSTEM, "%zu files may be open at once, and %zu are needed; raise the limit (ulimit -n)", files,
			 g->missing.count + FILES_BESIDES);
}

int graft_carry_out(struct graft *g, struct fault *f)
{
	struct store store;
	size_t files = proc_raise_files();
	int code = store_begin(&store, &g->target.root, g->target.account.name.at, say_waiting, f);
	if (code == 0)
		code = settle(g, &store, f);
	if (code == 0 && store.live)
		code = check_files(g, files, f);
	if (code == 0)
		code = fill_store(g, &store, f);
	if (code == 0)
		code = show(g, f);
	else if (!g->broken_count) /* what was repaired so far is better than what stood there */
		store_undo(&store);
	store_end(&store);
	return code;
}
