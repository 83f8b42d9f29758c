#include "cmd/graft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/bounds.h"
#include "cmd/choice.h"
#include "cmd/say.h"
#include "format/storepath.h"
#include "plan/closure.h"
#include "plan/delta.h"
#include "store/environment.h"
#include "store/layout.h"
#include "store/nixdb.h"
#include "store/ownership.h"
#include "store/profile.h"
#include "sys/fs.h"
#include "sys/pool.h"

static int begin(struct graft *g, struct call *call, struct fault *f)
{
	*g = (struct graft){ .call = call, .force = call_flag(call, "force"), .jobs = pool_processors(), .target = { .root.fd = -1 }, .stamp.seconds = STAMP_NONE };
	return call_number(call, "jobs", JOBS_MAX, &g->jobs, f);
}

int graft_choose(struct graft *g, struct fault *f)
{
	struct text expose = call_text(g->call, "expose", NULL);
	bool with = call_flag(g->call, "with-nix"), without = call_flag(g->call, "without-nix");
	if (with && without)
		return fault_set(f, FAULT_USAGE, "--with-nix and --without-nix exclude each other");
	g->choice = g->receipt.choice;
	g->choice.tools_only ^= g->anew && g->receipt.rolled_back;
	g->choice.tools_only = without || (g->choice.tools_only && !with);
	if (expose.at)
		choice_commands(&g->choice, expose, &g->call->arena);
	return 0;
}

/* The user of the last apply, whose number may have changed since. Root gives him the store then. */
static int tell_account(struct graft *g, struct fault *f)
{
	struct account account;
	if (geteuid() != 0 || !g->has_receipt || call_flag(g->call, "user"))
		return 0;
	int code = account_find(&g->target.root, g->receipt.user, &g->call->arena, &account, f);
	if (code == 0)
		g->target.account = account;
	if (code != FAULT_USAGE)
		return code;
	fault_clear(f); /* he is gone: then who owns the store */
	return 0;
}

static int open_rest(struct graft *g, struct fault *f)
{
	if (receipt_read(g->target.root.fd, &g->call->arena, &g->receipt, &g->has_receipt, f) < 0)
		return fault_wrap(f, "remove " GRAFT_RECEIPT " and apply again; it cannot be read");
	if (tell_account(g, f) < 0)
		return f->code;
	return graft_choose(g, f);
}

int graft_open(struct graft *g, struct call *call, struct fault *f)
{
	int code = begin(g, call, f);
	g->anew = true;
	if (code == 0)
		code = target_open(&g->target, call, f);
	return code == 0 ? open_rest(g, f) : code;
}

int graft_open_any(struct graft *g, struct call *call, struct fault *f)
{
	int code = begin(g, call, f);
	if (code == 0)
		code = target_open_any(&g->target, call, f);
	return code == 0 ? open_rest(g, f) : code;
}

int graft_open_generation(struct graft *g, uint64_t number, struct call *call, struct fault *f)
{
	int code = begin(g, call, f);
	g->back_to = number;
	if (code == 0)
		code = target_open_generation(&g->target, number, call, f);
	return code == 0 ? open_rest(g, f) : code;
}

void graft_close(struct graft *g)
{
	caches_close(&g->caches);
	target_close(&g->target);
}

int graft_run(struct call *call, int (*steps)(struct graft *g, struct call *call, struct fault *f), struct fault *f)
{
	struct graft graft;
	int code = call_no_operands(call, f);
	if (code < 0)
		return code;
	code = steps(&graft, call, f);
	graft_close(&graft);
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

/* A generation comes back as it was made: with Nix or without. */
static int choose_as_then(struct graft *g, struct fault *f)
{
	struct profile_generations all;
	int code = profile_list(g->target.root.fd, &g->call->arena, &all, f);
	for (size_t i = 0; code == 0 && i < all.count; i++)
		if (all.at[i].number == g->back_to)
			g->choice.tools_only = !environment_has_root(g->target.root.fd, all.at[i].path, g->target.want->nix);
	return code;
}

int graft_parse(struct graft *g, struct fault *f)
{
	int code = target_parse(&g->target, g->call, f);
	if (code == 0 && g->back_to && g->target.want->nix.len)
		code = choose_as_then(g, f);
	if (code == 0 && g->choice.tools_only) {
		struct lock_system *tools = arena_alloc(&g->call->arena, 1, sizeof *tools);
		closure_subset(g->target.want, &g->call->arena, tools);
		g->target.want = tools;
	}
	return code == 0 ? choice_check(&g->choice, g->target.want, g->call, f) : code;
}

struct wire_want graft_truth(const struct graft *g)
{
	return (struct wire_want){ .lock = &g->target.lock,
				   .system = g->target.want,
				   .account = &g->target.account,
				   .receipt = g->has_receipt ? &g->receipt : NULL,
				   .choice = g->choice,
				   .emulated = g->target.emulated };
}

int graft_plan_wires(struct graft *g, const struct texts *shared, struct fault *f)
{
	struct wire_want want = graft_truth(g);
	want.shared = shared;
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

int graft_find_missing(struct graft *g, struct fault *f)
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

int graft_locate(struct graft *g, struct fault *f)
{
	size_t count = g->missing.fetch;
	g->files = (struct cache_files){ arena_alloc(&g->call->arena, count, sizeof *g->files.at), count };
	g->fetch_bytes = g->unpack_bytes = 0;
	for (size_t i = 0; i < count; i++) {
		g->files.at[i].path = g->missing.at[i];
		g->fetch_bytes += g->missing.at[i]->file_size;
		g->unpack_bytes += g->missing.at[i]->nar_size;
	}
	int code = count && !g->caches.count ? open_caches(g, f) : 0;
	return code == 0 && count ? cache_locate(&g->caches, g->files, f) : code;
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
		return fault_set(f, FAULT_SYSTEM, STORE_DIR " has %llu inode%s free, and at least %zu are needed",
				 (unsigned long long)inodes, text_plural(inodes), g->missing.fetch);
	return code;
}

static int check_owner(struct graft *g, struct fault *f)
{
	uid_t owner;
	if (geteuid() == 0 || !ownership_tell(g->target.root.fd, &owner) || owner == geteuid())
		return 0;
	return fault_set(f, FAULT_SYSTEM, STORE_DIR " belongs to %s (%lu), and you are %lu: apply as that user or as root, or let root give it "
			 "to you: nixgraft rechown --user %lu", g->target.account.name.at, (unsigned long)owner,
			 (unsigned long)geteuid(), (unsigned long)geteuid());
}

/* Who asks for that does not know that there is a Nix; where tools alone came back by a rollback, they are registered. */
static int check_database(struct graft *g, struct fault *f)
{
	struct stat st;
	if (!call_flag(g->call, "without-nix") || fs_stat(g->target.root.fd, NIX_DB, &st) < 0)
		return 0;
	return fault_set(f, FAULT_SYSTEM, "--without-nix: this root has the database of a Nix (" NIX_DB "), whose collector would remove "
			 "the tools; apply without that option (or with --with-nix)");
}

static void note_noexec(const struct graft *g)
{
	struct statvfs st;
	FD_AUTO nix = fs_open(g->target.root.fd, "/nix", O_RDONLY | O_DIRECTORY);
	if (nix >= 0 && fstatvfs(nix, &st) == 0 && st.f_flag & ST_NOEXEC)
		say_note(g->call, "/nix is mounted noexec: no program in it will run; mount it anew with exec");
}

/* A volume over /nix may hide the store that an image was built with, or hold that of an older image. */
static void note_volume(const struct graft *g)
{
	struct stat root, nix;
	bool linked = false;
	for (size_t i = 0; i < g->wires.wires.count; i++)
		linked = linked || (g->wires.wires.at[i].state == WIRE_RIGHT && g->wires.wires.at[i].target.at);
	bool mounted = fstat(g->target.root.fd, &root) == 0 && fs_stat(g->target.root.fd, "/nix", &nix) == 0 && nix.st_dev != root.st_dev;
	if (linked && !g->has_receipt)
		say_note(g->call, "links of an earlier apply lead into a store that is not here%s; completing it",
			 mounted ? " (a volume over /nix hides it)" : "");
	else if (linked && mounted && !digest_equal(&g->receipt.lock, &g->target.digest))
		say_note(g->call, "the volume mounted over /nix follows another lock; bringing it up to date");
}

int graft_plan(struct graft *g, struct fault *f)
{
	int code = stamp_read(&g->stamp, f);
	if (code == 0)
		code = graft_parse(g, f);
	if (code == 0)
		code = check_trust(g, f);
	if (code == 0)
		code = layout_check(g->target.root.fd, f);
	if (code == 0)
		code = layout_may_make(g->target.root.fd, f);
	if (code == 0)
		code = check_owner(g, f);
	if (code == 0)
		code = check_database(g, f);
	if (code == 0)
		code = graft_plan_wires(g, NULL, f);
	if (code == 0)
		code = graft_find_missing(g, f);
	if (code == 0 && g->missing.count && !g->choice.tools_only)
		code = nixdb_check(&g->target.root, f);
	if (code < 0)
		return code;
	note_volume(g);
	note_noexec(g);
	sort_standing_last(g);
	code = graft_locate(g, f);
	return code == 0 ? check_space(g, f) : code;
}
