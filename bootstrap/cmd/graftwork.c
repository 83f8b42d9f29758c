#include "cmd/graft.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "cmd/say.h"
#include "store/environment.h"
#include "store/history.h"
#include "store/install.h"
#include "store/layout.h"
#include "store/orphans.h"
#include "store/ownership.h"
#include "store/profile.h"
#include "store/spool.h"
#include "store/store.h"
#include "sys/fs.h"
#include "sys/proc.h"

#define FILES_BESIDES 256   /* descriptors that a run needs besides the locks of paths */
#define REGISTRATION_TIME 1 /* seconds since 1970, unless SOURCE_DATE_EPOCH says another: the same lock, the same bytes */

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
	bool tools_only = g->choice.tools_only;
	int code = receipt_read(g->target.root.fd, &g->call->arena, &g->receipt, &g->has_receipt, f);
	if (code == 0 && !g->back_to)
		code = graft_choose(g, f);
	if (code == 0 && g->choice.tools_only != tools_only)
		code = fault_set(f, FAULT_SYSTEM, "another nixgraft has changed this root meanwhile; run this again");
	if (code == 0)
		code = graft_plan_wires(g, NULL, f);
	if (code == 0)
		code = graft_find_missing(g, f);
	if (code == 0)
		code = install_adopt(s, (unsigned)g->jobs, &g->missing, f);
	if (code == 0 && (g->missing.fetch != g->files.count || !located(g)))
		code = graft_locate(g, f);
	return code;
}

static int fetch(struct graft *g, struct store *s, struct fault *f)
{
	struct say_progress progress;
	struct install_options options = { (unsigned)g->jobs, say_progress, &progress };
	char size[SAY_SIZE];
	if (!g->missing.fetch)
		return 0;
	say_note(g->call, "fetching %zu path%s, %s", g->missing.fetch, text_plural(g->missing.fetch), say_bytes(g->fetch_bytes, size));
	say_progress_begin(&progress, g->call, g->fetch_bytes, g->missing.fetch);
	int code = install_files(s, &g->caches, g->files, &options, f);
	say_progress_end(&progress);
	return code;
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
	struct registry_news news = { paths, 0, g->stamp.seconds == STAMP_NONE ? REGISTRATION_TIME : g->stamp.seconds };
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

/* Root may work for somebody else, take the store over himself, or complete what was cut short on the way. */
static bool changes_hands(const struct graft *g)
{
	uid_t owner = geteuid();
	bool told = ownership_tell(g->target.root.fd, &owner);
	return g->target.account.uid != geteuid() || (told && owner != geteuid()) || (geteuid() == 0 && g->receipt.unfinished);
}

/* The state goes first, see ownership.h; and again at the end, with what has come to it. */
static int give_store(const struct graft *g, const struct store *s, struct fault *f)
{
	int root = g->target.root.fd;
	struct ownership_change change = { 0 };
	struct texts fresh = { arena_alloc(&g->call->arena, s->added.count, sizeof *fresh.at), s->added.count };
	if (!g->gives)
		return 0;
	for (size_t i = 0; i < fresh.count; i++)
		fresh.at[i] = s->added.at[i];
	texts_sort_unique(&fresh);
	struct ownership_gift gift = { .to = &g->target.account, .fresh = fresh, .jobs = (unsigned)g->jobs };
	int code = ownership_tell_former(&g->target.root, g->receipt.user, &g->call->arena, &gift, f);
	if (code == 0)
		code = ownership_give_state(root, &gift, &change, f);
	if (code == 0)
		code = ownership_give_store(root, &gift, &change, f);
	if (code == 0)
		say_former(g->call, &gift.former);
	return code;
}

static int give_state(const struct graft *g, struct fault *f)
{
	struct ownership_change change = { 0 };
	struct ownership_gift gift = { .to = &g->target.account, .jobs = (unsigned)g->jobs };
	return g->gives ? ownership_give_state(g->target.root.fd, &gift, &change, f) : 0;
}

static int fill_store(struct graft *g, struct store *s, struct environment *made, struct fault *f)
{
	int code = fetch(g, s, f);
	if (code == 0)
		code = add_environment(g, s, made, f);
	if (code == 0)
		code = give_store(g, s, f);
	if (code == 0 && wants_sync(g))
		code = fs_flush(s->dir, f);
	if (code == 0 && (g->registry.exists || !g->choice.tools_only))
		code = register_all(g, made, f);
	if (code == 0)
		store_keep(s);
	return code;
}

static int write_receipt(struct graft *g, bool unfinished, struct fault *f)
{
	const struct lock_system *want = g->target.want;
	struct arena *a = &g->call->arena;
	struct receipt r = { .lock = g->target.digest,
			     .system = g->target.system,
			     .user = g->target.account.name,
			     .environment = g->environment,
			     .generation = g->generation,
			     .choice = g->choice,
			     .rolled_back = !g->anew && g->choice.tools_only != (g->receipt.choice.tools_only ^ g->receipt.rolled_back),
			     .unfinished = unfinished,
			     .paths = { arena_alloc(a, want->path_count, sizeof *r.paths.at), want->path_count } };
	for (size_t i = 0; i < want->path_count; i++)
		r.paths.at[i] = want->paths[i].path;
	wire_plan_record(&g->wires, g->force, g->has_receipt ? &g->receipt : NULL, a, &r);
	return receipt_write(g->target.root.fd, &r, f);
}

/* A generation that another nixgraft made may have had another environment: then it comes back as a new one. */
static bool leads_to(const struct profile_generations *all, uint64_t number, struct text path)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].number == number)
			return text_equal(all->at[i].path, path);
	return false;
}

/* Its lock is kept first: no generation is without the lock that says what it needs. */
static int make_generation(struct graft *g, struct fault *f)
{
	struct profile_generations all = { 0 };
	int root = g->target.root.fd, code = g->back_to ? profile_list(root, &g->call->arena, &all, f) : 0;
	bool back = code == 0 && leads_to(&all, g->back_to, g->environment);
	g->generation = g->back_to;
	if (code == 0 && !back)
		code = profile_next(root, g->environment, &g->generation, f);
	if (code == 0)
		code = history_write(root, g->generation, buffer_view(&g->target.bytes), f);
	if (code < 0)
		return code;
	return back ? profile_switch(root, g->back_to, f) : profile_commit(root, g->environment, &g->generation, f);
}

/* The receipt goes first, unfinished, so that what a killed run made is known to be ours, and last: with it the next run has nothing
 * to do. */
static int show(struct graft *g, const struct texts *shared, struct fault *f)
{
	int root = g->target.root.fd, code = graft_plan_wires(g, shared, f);
	if (code == 0)
		code = write_receipt(g, true, f);
	if (code == 0)
		code = make_generation(g, f);
	if (code == 0)
		code = wire_plan_apply(root, &g->wires, g->force, &g->call->arena, f);
	if (code == 0)
		code = wire_give_back(root, &g->receipt, &g->call->arena, &g->back, f);
	if (code == 0 && g->has_receipt)
		wire_sweep(root, &g->receipt, &g->call->arena);
	if (code == 0)
		code = history_prune(root, f);
	if (code == 0)
		code = orphans_end(root, f);
	if (code == 0)
		code = spool_clear(root, f);
	if (code == 0)
		code = give_state(g, f);
	if (code == 0)
		code = write_receipt(g, false, f);
	return code == 0 ? give_state(g, f) : code; /* the receipt itself */
}

/* Beside a Nix that may be running, each path's lock is held until all are registered. */
static int check_files(const struct graft *g, size_t files, struct fault *f)
{
	if (files >= g->missing.count + FILES_BESIDES)
		return 0;
	return fault_set(f, FAULT_SYSTEM, "%zu files may be open at once, and %zu are needed; raise the limit (ulimit -n)", files,
			 g->missing.count + FILES_BESIDES);
}

static struct receipt first_receipt(const struct graft *g, struct texts folders)
{
	return (struct receipt){ .system = g->target.system,
				 .user = g->target.account.name,
				 .environment = TEXT("none"),
				 .folders = folders,
				 .choice = g->choice,
				 .unfinished = true };
}

/* A killed run must be known to have made it; the receipts that follow keep that. */
static int make_nix(const struct graft *g, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct text nix = TEXT("/nix");
	struct receipt first = first_receipt(g, (struct texts){ &nix, 1 });
	receipt_spell(&first, &bytes);
	return layout_make_nix(g->target.root.fd, buffer_view(&bytes), f);
}

/* What of this lock and of a killed run's does not stand yet: that will be ours. */
static struct texts coming(const struct graft *g, const struct store *s)
{
	struct arena *a = &g->call->arena;
	struct texts before = orphans_read(g->target.root.fd, a);
	struct texts out = { arena_alloc(a, before.count + g->missing.fetch, sizeof *out.at), 0 };
	for (size_t i = 0; i < g->missing.fetch; i++) {
		struct stat st;
		if (fstatat(s->dir, g->missing.at[i]->path.at, &st, AT_SYMLINK_NOFOLLOW) < 0)
			out.at[out.count++] = g->missing.at[i]->path;
	}
	for (size_t i = 0; i < before.count; i++)
		out.at[out.count++] = before.at[i];
	texts_sort_unique(&out);
	return out;
}

/* What comes into the store from here on is known to be nixgraft's, also if this run is killed. */
static int announce(struct graft *g, struct store *s, struct fault *f)
{
	int root = g->target.root.fd, code = orphans_sweep(s, g->target.want, &g->call->arena, f);
	struct receipt first = first_receipt(g, (struct texts){ 0 });
	if (code == 0 && !g->has_receipt)
		code = receipt_write(root, &first, f);
	return code == 0 ? orphans_begin(root, coming(g, s), f) : code;
}

/* The fault that led here is the one to tell. What an earlier, killed run had brought is told of by nobody else then. */
static void undo(const struct graft *g, struct store *s, struct texts before)
{
	struct fault ignored = { 0 };
	int root = g->target.root.fd;
	store_undo(s);
	if ((before.count ? orphans_begin(root, before, &ignored) : orphans_end(root, &ignored)) < 0)
		fault_clear(&ignored);
	if (!g->has_receipt && receipt_drop(root, &ignored) < 0)
		fault_clear(&ignored);
}

int graft_carry_out(struct graft *g, struct fault *f)
{
	struct store store = { 0 };
	struct environment made = { 0 };
	size_t files = proc_raise_files();
	struct waiter waiter = say_waiter(g->call);
	struct texts before = orphans_read(g->target.root.fd, &g->call->arena);
	g->gives = changes_hands(g);
	stamp_begin(&g->stamp);
	int code = make_nix(g, f);
	if (code == 0)
		code = store_begin(&store, &g->target.root, g->target.account.name.at, &waiter, f);
	if (code == 0)
		code = settle(g, &store, f);
	if (code == 0 && store.live)
		code = check_files(g, files, f);
	if (code == 0)
		code = announce(g, &store, f);
	if (code == 0)
		code = fill_store(g, &store, &made, f);
	if (code == 0)
		code = show(g, &made.shared, f);
	else if (!g->broken_count) /* what was repaired so far is better than what stood there */
		undo(g, &store, before);
	buffer_drop(&made.nar);
	store_end(&store);
	return code == 0 ? stamp_set(g->target.root.fd, &g->stamp, &g->wires, f) : code; /* after the last change of all */
}
