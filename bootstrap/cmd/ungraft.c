#include "cmd/ungraft.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/bounds.h"
#include "cmd/say.h"
#include "plan/closure.h"
#include "store/environment.h"
#include "store/history.h"
#include "store/ownership.h"
#include "store/removal.h"
#include "sys/crypto.h"
#include "sys/fs.h"

#define NAMED_MAX 5 /* others' paths that a refusal names */

static int read_state(struct ungraft *u, struct fault *f)
{
	struct arena *a = &u->call->arena;
	if (receipt_read(u->root.fd, a, &u->receipt, &u->has_receipt, f) < 0)
		return fault_wrap(f, "remove " GRAFT_RECEIPT " and apply again; it cannot be read");
	return profile_read(u->root.fd, a, &u->profile, f);
}

int ungraft_open(struct ungraft *u, struct call *call, struct fault *f)
{
	*u = (struct ungraft){ .call = call, .root.fd = -1, .graft.target.root.fd = -1 };
	int code = target_root(&u->root, call, f);
	return code == 0 ? read_state(u, f) : code;
}

void ungraft_close(struct ungraft *u)
{
	graft_close(&u->graft);
	fs_close(&u->root.fd);
}

/* ---- what goes ---- */

/* Whatever a root of others leads to stays, and so does what is to remain of ours. */
static bool is_held(const struct ungraft *u, const struct holding *h)
{
	bool held = text_equal(h->path, u->stays[0]) || text_equal(h->path, u->stays[1]);
	for (size_t i = 0; !held && i < u->holdings.roots.count; i++)
		held = text_equal(h->path, u->holdings.roots.at[i].path);
	return held;
}

static int look(struct ungraft *u, struct fault *f)
{
	struct arena *a = &u->call->arena;
	struct profile_generations all;
	int code = holdings_read(&u->root, &u->receipt, a, &u->holdings, f);
	if (code == 0)
		code = profile_list(u->root.fd, a, &all, f);
	if (code < 0)
		return code;
	u->generations = all.count;
	struct sweep_object *objects = arena_alloc(a, u->holdings.count, sizeof *objects);
	for (size_t i = 0; i < u->holdings.count; i++) {
		const struct holding *h = &u->holdings.at[i];
		objects[i] = (struct sweep_object){ h->path, h->references, h->nar_size, h->ours, h->environment, is_held(u, h) };
	}
	sweep_judge(objects, u->holdings.count, a, &u->sweep);
	bool to_come = u->nix_stays && !holdings_find(&u->holdings, u->stays[1]);
	u->kept = u->sweep.kept.count + to_come;
	u->kept_bytes = u->sweep.kept_bytes + (to_come ? u->made_bytes : 0);
	return 0;
}

/* Base names of what goes: rows or entries of the store directory. */
static struct texts gone(struct ungraft *u)
{
	const struct sweep *s = &u->sweep;
	struct texts out = { arena_alloc(&u->call->arena, s->gone.count, sizeof *out.at), s->gone.count };
	for (size_t i = 0; i < s->gone.count; i++)
		out.at[i] = u->holdings.at[s->gone.at[i]].path;
	return out;
}

/* ---- what others would lose ---- */

/* Names of what others would lose. */
struct naming {
	struct buffer text; /* so far */
	size_t count;       /* how many are named */
};

static void name_one(struct naming *n, struct text path, const char *link)
{
	if (++n->count > NAMED_MAX)
		return;
	buffer_printf(&n->text, "%s" STORE_PREFIX TEXT_F, n->count > 1 ? ", " : "", TEXT_A(path));
	if (link)
		buffer_printf(&n->text, " (%s leads to it)", link);
}

static bool has_root(const struct ungraft *u, struct text path)
{
	for (size_t i = 0; i < u->holdings.roots.count; i++)
		if (text_equal(u->holdings.roots.at[i].path, path))
			return true;
	return false;
}

/* Roots come first: they say what to do. */
static int check_others(const struct ungraft *u, struct fault *f)
{
	const struct sweep *s = &u->sweep;
	size_t count = s->others.count + s->kept.count;
	struct naming named = { 0 };
	if (!count)
		return 0;
	for (size_t i = 0; i < u->holdings.roots.count; i++)
		if (holdings_find(&u->holdings, u->holdings.roots.at[i].path))
			name_one(&named, u->holdings.roots.at[i].path, u->holdings.roots.at[i].link.at);
	for (size_t i = 0; i < s->others.count; i++)
		if (!has_root(u, u->holdings.at[s->others.at[i]].path))
			name_one(&named, u->holdings.at[s->others.at[i]].path, NULL);
	fault_set(f, FAULT_SYSTEM,
		  "%zu store path%s that others brought or hold would be lost: %s%s; run nix-collect-garbage, and if some are left, uninstall what they "
		  "belong to (nix-env --uninstall, nix profile remove) or remove their roots first; or remove without --purge-nix, which keeps them",
		  count, text_plural(count), named.text.at, named.count > NAMED_MAX ? ", ..." : "");
	buffer_drop(&named.text);
	return f->code;
}

/* ---- the lock without its tools ---- */

/* The lock of the generation in force, or the newest that is kept: a killed run may not have come to keep its own. */
static uint64_t choose_lock(const struct history_numbers *kept, uint64_t current)
{
	for (size_t i = 0; i < kept->count; i++)
		if (kept->at[i] == current)
			return current;
	return kept->count ? kept->at[kept->count - 1] : 0;
}

static void drop_tools(const struct lock *lock, const struct lock_system *system, struct arena *a, struct buffer *to)
{
	struct lock_system *alone = arena_alloc(a, 1, sizeof *alone);
	struct lock reduced = *lock;
	struct closure closure;
	*alone = *system;
	closure_of(system, (struct texts){ &alone->nix, 1 }, a, &closure);
	alone->tool_count = 0;
	alone->path_count = closure.count;
	alone->paths = arena_alloc(a, closure.count, sizeof *alone->paths);
	for (size_t i = 0; i < closure.count; i++)
		alone->paths[i] = system->paths[closure.at[i]];
	reduced.systems = alone;
	reduced.system_count = 1;
	lock_write(&reduced, to);
}

/* Opens the graft of the lock without its tools; *has_nix false: there is no Nix in it, or none was wanted. */
static int open_graft(struct ungraft *u, uint64_t number, bool *has_nix, struct fault *f)
{
	struct graft *g = &u->graft;
	BUFFER_AUTO bytes = { 0 };
	int code = graft_open_generation(g, number, u->call, f);
	g->back_to = 0;
	if (code == 0)
		code = target_parse(&g->target, u->call, f);
	*has_nix = code == 0 && g->target.want->nix.len && !g->choice.tools_only;
	if (!*has_nix)
		return code;
	drop_tools(&g->target.lock, g->target.want, &u->call->arena, &bytes);
	buffer_reset(&g->target.bytes);
	buffer_text(&g->target.bytes, buffer_view(&bytes));
	g->target.digest = crypto_sha256(buffer_view(&bytes));
	g->target.want = NULL;
	return graft_parse(g, f);
}

/* Nothing is fetched in order to remove. */
static int check_nix(struct graft *g, struct fault *f)
{
	struct stat st;
	int code = graft_find_missing(g, f);
	for (size_t i = 0; code == 0 && i < g->missing.count; i++) {
		const char *path = arena_printf(&g->call->arena, STORE_PREFIX TEXT_F, TEXT_A(g->missing.at[i]->path)).at;
		if (fs_stat(g->target.root.fd, path, &st) < 0)
			return fault_set(f, FAULT_SYSTEM, "%s is missing, which the Nix that would stay needs; run `nixgraft verify --repair` "
							  "first, or remove with --purge-nix",
					 path);
	}
	return code;
}

/* Does a wire of the Nix that stays stand there? */
static bool stays_ours(const struct wire_plan *plan, struct text path)
{
	for (size_t i = 0; i < plan->wires.count; i++)
		if (text_equal(plan->wires.at[i].path, path))
			return plan->wires.at[i].state != WIRE_FOREIGN;
	return false;
}

/* What of the receipt's wires goes with the tools, and what of those somebody has changed. */
static int plan_wires(struct ungraft *u, const struct texts *shared, struct fault *f)
{
	const struct wire_plan *plan = &u->graft.wires;
	struct arena *a = &u->call->arena;
	struct wire_undo all;
	int code = graft_plan_wires(&u->graft, shared, f);
	if (code == 0)
		code = wire_undo_make(u->root.fd, &u->receipt, a, &all, f);
	if (code < 0)
		return code;
	for (size_t i = 0; i < plan->obsolete.count; i++)
		LIST_PUSH(&u->wires.gone, a, plan->obsolete.at[i]);
	for (size_t i = 0; i < all.left.count; i++)
		if (!stays_ours(plan, all.left.at[i]))
			LIST_PUSH(&u->wires.left, a, all.left.at[i]);
	for (size_t i = 0; i < all.back.count; i++)
		if (!stays_ours(plan, all.back.at[i]))
			LIST_PUSH(&u->wires.back, a, all.back.at[i]);
	return 0;
}

static int plan_graft(struct ungraft *u, struct fault *f)
{
	struct graft *g = &u->graft;
	struct environment made;
	int code = check_nix(g, f);
	if (code == 0)
		code = environment_make(u->root.fd, g->target.want, &u->call->arena, &made, f);
	if (code < 0)
		return code;
	buffer_drop(&made.nar);
	u->nix_stays = true;
	u->stays[0] = g->target.want->nix;
	u->stays[1] = made.path.path;
	u->made_bytes = made.path.nar_size;
	code = graft_unchanged(g, &u->grafted, f);
	if (code == 0 && !u->grafted)
		code = graft_plan(g, f);
	return code == 0 && !u->grafted ? plan_wires(u, &made.shared, f) : code;
}

/* ---- the plan ---- */

static int plan_everything(struct ungraft *u, struct fault *f)
{
	int code = check_others(u, f);
	u->scope = UNGRAFT_ALL;
	return code == 0 ? wire_undo_make(u->root.fd, &u->receipt, &u->call->arena, &u->wires, f) : code;
}

/* Tools that no Nix of ours came with: those of others stay with their Nix, or there is nothing else. */
static int plan_tools_alone(struct ungraft *u, struct fault *f)
{
	int code = look(u, f);
	if (code < 0 || !(u->sweep.others.count + u->sweep.kept.count))
		return code < 0 ? code : plan_everything(u, f);
	u->scope = UNGRAFT_TOOLS;
	return wire_undo_make(u->root.fd, &u->receipt, &u->call->arena, &u->wires, f);
}

static int plan_tools(struct ungraft *u, struct fault *f)
{
	struct history_numbers kept;
	bool has_nix = false;
	int code = history_list(u->root.fd, &u->call->arena, &kept, f);
	uint64_t number = choose_lock(&kept, u->profile.current);
	if (code == 0 && !number && u->profile.current && !u->receipt.choice.tools_only)
		return fault_set(f, FAULT_SYSTEM, GRAFT_LOCKS " keeps no lock: an apply was killed, or is older; run `nixgraft apply` once more, or "
				 "remove with --purge-nix");
	if (code == 0 && number)
		code = open_graft(u, number, &has_nix, f);
	if (code < 0 || !has_nix)
		return code < 0 ? code : plan_tools_alone(u, f);
	code = plan_graft(u, f);
	if (code == 0)
		code = look(u, f);
	bool done = u->grafted && !u->sweep.gone.count && u->generations == 1 && kept.count == 1;
	u->scope = done ? UNGRAFT_NOTHING : UNGRAFT_TOOLS;
	return code;
}

/* Only the owner of the store can take from it. */
static int check_owner(const struct ungraft *u, struct fault *f)
{
	if (fs_may_write(u->root.fd, STORE_DIR) && fs_may_write(u->root.fd, GRAFT_STATE))
		return 0;
	return fault_errno(f, "nothing can be removed from " STORE_DIR " (run as its owner or as root, on a writable file system)");
}

int ungraft_plan(struct ungraft *u, bool purge, struct fault *f)
{
	if (!u->has_receipt && !u->profile.current)
		return 0;
	if (!u->has_receipt)
		return fault_set(f, FAULT_SYSTEM, GRAFT_RECEIPT " is missing, which tells what was made; run `nixgraft apply` once, which writes "
				 "it anew");
	int code = layout_check(u->root.fd, f);
	if (code == 0)
		code = check_owner(u, f);
	if (code < 0)
		return code;
	if (!purge)
		return plan_tools(u, f);
	code = look(u, f);
	return code == 0 ? plan_everything(u, f) : code;
}

/* ---- doing it ---- */

/* What others did before the locks were held counts. */
static int look_again(struct ungraft *u, struct fault *f)
{
	int code = read_state(u, f);
	if (code == 0 && u->nix_stays)
		u->stays[1] = u->profile.path;
	return code == 0 ? look(u, f) : code;
}

static int drop_objects(struct ungraft *u, struct removal *r, struct fault *f)
{
	struct stat st; /* a killed run may have come further than the profiles */
	bool any = fs_stat(u->root.fd, NIX_PROFILES, &st) == 0;
	int code = any ? profile_prune(u->root.fd, u->nix_stays ? u->profile.current : 0, f) : 0;
	if (code == 0)
		code = u->scope == UNGRAFT_ALL ? removal_forget_all(r, f) : removal_forget(r, gone(u), f);
	return code == 0 ? removal_delete(r, gone(u), f) : code;
}

/* What was moved aside for a tool returns. */
static int give_back(struct ungraft *u, struct fault *f)
{
	struct ownership_change change = { 0 };
	struct ownership_gift gift = { .to = &u->graft.target.account, .jobs = 1 };
	struct texts back;
	int code = wire_give_back(u->root.fd, &u->receipt, &u->call->arena, &back, f);
	if (code == 0 && back.count)
		code = receipt_write(u->root.fd, &u->receipt, f);
	return code == 0 && back.count && geteuid() == 0 ? ownership_give_state(u->root.fd, &gift, &change, f) : code;
}

/* The kept locks go last: with them a killed run is completed. */
static int keep_nix(struct ungraft *u, struct removal *r, struct fault *f)
{
	int code = drop_objects(u, r, f);
	if (code == 0)
		code = give_back(u, f);
	return code == 0 ? history_prune(u->root.fd, f) : code;
}

static int keep_nothing(struct ungraft *u, struct removal *r, struct fault *f)
{
	struct arena *a = &u->call->arena;
	bool left = false, all = u->scope == UNGRAFT_ALL, made_nix = all && texts_find(u->receipt.folders, TEXT("/nix")) >= 0;
	int code = all ? check_others(u, f) : 0;
	if (code == 0)
		code = wire_undo_make(u->root.fd, &u->receipt, a, &u->wires, f);
	if (code == 0)
		code = wire_take_back(u->root.fd, &u->receipt, &u->wires, a, f);
	if (code == 0)
		code = drop_objects(u, r, f);
	if (code == 0 && all)
		code = removal_drop_nix(r, f);
	if (code == 0)
		code = removal_drop_graft(r, made_nix, &left, f);
	if (left)
		LIST_PUSH(&u->wires.left, a, TEXT("/nix"));
	return code;
}

static int collect(struct ungraft *u, struct fault *f)
{
	struct removal r;
	struct waiter waiter = say_waiter(u->call);
	int code = removal_begin(&r, &u->root, &waiter, f);
	if (code == 0)
		code = look_again(u, f);
	if (code == 0)
		code = u->nix_stays ? keep_nix(u, &r, f) : keep_nothing(u, &r, f);
	removal_end(&r);
	return code;
}

int ungraft_carry_out(struct ungraft *u, struct fault *f)
{
	if (u->scope == UNGRAFT_NOTHING)
		return u->has_receipt ? 0 : removal_complete(&u->root, f);
	int code = u->nix_stays && !u->grafted ? graft_carry_out(&u->graft, f) : 0;
	return code == 0 ? collect(u, f) : code;
}
