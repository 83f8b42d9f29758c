#include "store/checkgraft.h"

#include "base/bounds.h"
#include "store/ownership.h"
#include "store/orphans.h"
#include "store/profile.h"
#include "store/registry.h"
#include "store/wire.h"
#include "sys/fs.h"

/* What is closed to somebody who has no part in the store is nothing wrong with it. */
static void tell_fault(struct checkup *c, struct text subject, struct text remedy, struct text message)
{
	if (c->self == 0 || c->self == c->user.uid)
		finding_fault(c, subject, remedy, message);
	else
		finding_note(c, subject, TEXT("look as root, or as the user of the store"),
			     "cannot be looked at: " TEXT_F, TEXT_A(message));
}

/* ---- lock and receipt ---- */

static void look_at_lock(struct checkup *c)
{
	struct text subject = TEXT("closure.lock");
	if (c->no_lock.at && c->lock_is_bad)
		finding_fault(c, subject, TEXT("nixgraft lock"), c->no_lock);
	else if (c->no_lock.at)
		finding_note(c, subject, TEXT("nixgraft lock, or name one with --lock FILE"),
			     "is not here: nothing can be compared with it");
	else if (c->follows_other)
		finding_problem(c, c->lock_name,
				arena_printf(c->arena, TEXT_F ", which brings the root up to date with it", TEXT_A(finding_verb(c, "apply"))),
				"is not the lock that this root follows: generation %llu has another", (unsigned long long)c->receipt->generation);
}

static void look_at_receipt(struct checkup *c)
{
	struct stat st;
	struct text subject = TEXT(GRAFT_RECEIPT);
	if (c->no_receipt.at)
		finding_fault(c, subject, TEXT("remove it, and apply again"), c->no_receipt);
	else if (!c->receipt && fs_stat(c->root->fd, GRAFT_PROFILE, &st) == 0)
		finding_problem(c, subject, finding_verb(c, "apply"),
				"is missing, and " GRAFT_PROFILE " is there: what is nixgraft's own cannot be told");
	else if (c->receipt && c->receipt->unfinished)
		finding_problem(c, subject, finding_verb(c, "apply"),
				"is that of an apply that did not come to its end");
}

static void look_at_spool(struct checkup *c)
{
	struct texts names = { 0 };
	struct fault ignored = { 0 };
	if (orphans_pending(c->root->fd))
		finding_note(c, TEXT(GRAFT_PENDING), finding_verb(c, "apply"),
			     "tells that an apply was killed, or is at work: what it has fetched is in the store");
	if (fs_list(c->root->fd, GRAFT_SPOOL, c->arena, &names, &ignored) == 0 && names.count)
		finding_note(c, TEXT(GRAFT_SPOOL), arena_printf(c->arena, "nothing: the next `" TEXT_F "` goes on with them", TEXT_A(finding_verb(c, "apply"))),
			     "has %zu files that an interrupted apply had fetched", names.count);
}

/* ---- generation ---- */

static void look_at_profile(struct checkup *c)
{
	struct profile profile;
	struct fault wrong = { 0 };
	struct text subject = TEXT(GRAFT_PROFILE);
	if (profile_read(c->root->fd, c->arena, &profile, &wrong) < 0)
		finding_fault(c, subject, finding_verb(c, "apply"), text_of(wrong.text));
	else if (c->receipt && !profile.current)
		finding_problem(c, subject, finding_verb(c, "apply"), "does not lead to a generation");
	else if (profile.current &&
		 !finding_exists(c, arena_printf(c->arena, STORE_PREFIX TEXT_F, TEXT_A(profile.path)).at))
		finding_problem(c, subject, finding_verb(c, "apply"),
				"leads to " STORE_PREFIX TEXT_F ", which is not there", TEXT_A(profile.path));
}

/* ---- links and files ---- */

/* As wire_plan_check has it. */
static struct text remedy_of_foreign(struct checkup *c, const struct wire *w)
{
	struct text force = finding_verb(c, "apply --force");
	struct stat st;
	if (fs_stat(c->root->fd, w->path.at, &st) == 0 && S_ISDIR(st.st_mode))
		return TEXT("move that directory away by hand");
	return arena_printf(c->arena, TEXT_F ", which moves it to " TEXT_F ASIDE, TEXT_A(force), TEXT_A(w->path));
}

static void tell_foreign(struct checkup *c, const struct wire *w, bool ours)
{
	struct text remedy = remedy_of_foreign(c, w);
	if (w->optional && !ours)
		finding_note(c, w->path, remedy, "is somebody else's, and is kept");
	else if (ours)
		finding_problem(c, w->path, remedy, "is not what nixgraft made there: it was changed or replaced");
	else
		finding_problem(c, w->path, remedy, "is somebody else's, and in the way of an apply");
}

/* Where another lock is followed, that says it all of what stands as that one wanted it, or did not want. */
static bool is_explained(const struct checkup *c, struct text path)
{
	const struct receipt_wire *made = c->follows_other ? receipt_find(c->receipt, path) : NULL;
	return c->follows_other && (!made || wire_stands(c->root->fd, made, c->arena));
}

static bool is_barred(const struct checkup *c, struct text path)
{
	return !fs_may_write(c->root->fd, wire_folder(path, c->arena).at);
}

/* An apply that can write there. */
static struct text remedy_at(const struct checkup *c, struct text path)
{
	struct text apply = finding_verb(c, "apply");
	return is_barred(c, path) ? arena_printf(c->arena, "as root, on a writable file system: " TEXT_F, TEXT_A(apply)) : apply;
}

/* Before the first apply of a lock nothing is missing yet. */
static void look_at_wire(struct checkup *c, const struct wire *w)
{
	bool ours = c->receipt && receipt_find(c->receipt, w->path);
	if (w->state == WIRE_FOREIGN)
		tell_foreign(c, w, ours);
	else if (is_explained(c, w->path))
		return;
	else if (c->receipt && w->state == WIRE_STALE)
		finding_problem(c, w->path, remedy_at(c, w->path), "is not what the lock asks for");
	else if (c->receipt && w->state != WIRE_RIGHT && w->state != WIRE_UNSEEN && (ours || !w->optional))
		finding_problem(c, w->path, remedy_at(c, w->path), "is missing");
}

/* Whom the store is closed to is told that already. */
static bool may_apply(const struct checkup *c)
{
	uid_t owner;
	return c->self == 0 || !ownership_tell(c->root->fd, &owner) || owner == c->self;
}

/* What the first apply of a lock would be refused for. Links that stand would have to be taken back without them. */
static void look_ahead(struct checkup *c, const struct wire_plan *plan)
{
	struct text first = { 0 }, apply = finding_verb(c, "apply --expose none");
	size_t count = 0;
	for (size_t i = 0; may_apply(c) && i < plan->wires.count; i++) {
		const struct wire *w = &plan->wires.at[i];
		bool change = w->state == WIRE_ABSENT || w->state == WIRE_STALE;
		if (change && (!c->receipt || is_explained(c, w->path)) && is_barred(c, w->path) && count++ == 0)
			first = w->path;
	}
	if (count)
		finding_problem(c, first,
				c->commands.count ? remedy_at(c, first) :
						    arena_printf(c->arena, TEXT_F ", or apply as root, on a writable file system", TEXT_A(apply)),
				"%scannot be made by you: an apply would be refused", count > 1 ? "(and others) " : "");
}

static void compare_wires(struct checkup *c)
{
	struct wire_plan plan;
	struct fault wrong = { 0 };
	struct wire_want want = { .lock = c->lock, .system = c->system, .account = &c->user, .receipt = c->receipt };
	if (c->receipt)
		want.choice = c->receipt->choice;
	int code = wire_plan_make(c->root->fd, &want, c->arena, &plan, &wrong);
	if (code < 0)
		tell_fault(c, TEXT("links and files"), finding_verb(c, "apply"), text_of(wrong.text));
	for (size_t i = 0; i + (code < 0) < plan.wires.count; i++) /* a fault is the last one's */
		look_at_wire(c, &plan.wires.at[i]);
	if (code == 0)
		look_ahead(c, &plan);
	for (size_t i = 0; i < plan.obsolete.count; i++)
		if (!is_explained(c, plan.obsolete.at[i]))
			finding_note(c, plan.obsolete.at[i], remedy_at(c, plan.obsolete.at[i]),
				     "is nixgraft's, and the lock does not ask for it");
}

static void look_at_wires(struct checkup *c)
{
	const char *broken = NULL;
	if (c->system)
		compare_wires(c);
	else if (c->receipt)
		broken = wire_broken(c->root->fd, c->receipt);
	if (broken)
		tell_fault(c, text_of(broken), finding_verb(c, "apply"),
			   TEXT("does not stand as the last apply made it"));
}

/* ---- database ---- */

static void look_at_database(struct checkup *c)
{
	struct registry registry;
	struct fault wrong = { 0 }, elsewhere = { 0 };
	if (layout_check(c->root->fd, &elsewhere) < 0)
		return;
	if (registry_read(c->root, false, c->arena, &registry, &wrong) < 0)
		tell_fault(c, TEXT(NIX_DB),
			   TEXT("move it away and apply again, which makes it anew for what the lock has"),
			   text_of(wrong.text));
	else if (c->receipt && !c->receipt->choice.tools_only && !registry.exists)
		finding_problem(c, TEXT(NIX_DB), finding_verb(c, "apply"), "is missing: to Nix the store is empty");
}

/* ---- others ---- */

static void look_at_daemon(struct checkup *c)
{
	static const char *const traces[] = { NIX_STATE "/daemon-socket/socket",
					      "/etc/systemd/system/nix-daemon.service" };
	for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
		struct stat st;
		if (fs_stat(c->root->fd, traces[i], &st) < 0)
			continue;
		finding_note(c, text_of(traces[i]),
			     TEXT("stop the daemon before nixgraft changes anything, or let it go"),
			     "belongs to a multi-user Nix");
		return;
	}
}

const struct check CHECKS_GRAFT[] = {
	{ "lock", look_at_lock, false },     { "receipt", look_at_receipt, false },
	{ "spool", look_at_spool, false },   { "generation", look_at_profile, false },
	{ "files", look_at_wires, false },   { "database", look_at_database, false },
	{ "daemon", look_at_daemon, false }, { 0 },
};
