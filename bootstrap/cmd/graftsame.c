#include "cmd/graft.h"

#include <fcntl.h>
#include <unistd.h>

#include "store/history.h"
#include "store/layout.h"
#include "store/orphans.h"
#include "store/ownership.h"
#include "store/profile.h"
#include "sys/fs.h"

static bool same_choice(const struct receipt_choice *a, const struct receipt_choice *b)
{
	return a->tools_only == b->tools_only && a->some == b->some && texts_equal(a->commands, b->commands);
}

static bool same_receipt(const struct graft *g)
{
	const struct receipt *r = &g->receipt;
	return g->has_receipt && !r->unfinished && same_choice(&r->choice, &g->choice) && digest_equal(&r->lock, &g->target.digest) &&
	       text_equal(r->system, g->target.system) && text_equal(r->made_by, TEXT(NIXGRAFT_VERSION));
}

/* Is it a ~/.nix-profile of somebody else: another user's profile, or in another home? And can we take it back? */
static bool is_others_profile(const struct graft *g, const struct receipt_wire *w)
{
	const struct account *account = &g->target.account;
	struct arena *a = &g->call->arena;
	if (!text_ends(w->path, TEXT("/.nix-profile")))
		return false;
	bool his = text_equal(w->target, arena_printf(a, NIX_PROFILES "/per-user/" TEXT_F "/profile", TEXT_A(account->name)));
	bool home = !account->home.len || text_equal(w->path, arena_printf(a, TEXT_F "/.nix-profile", TEXT_A(account->home)));
	return !(his && home) && fs_may_write(g->target.root.fd, wire_folder(w->path, a).at);
}

/* Whose it is: of concern to root alone, who can change it. After a rechown the link in a home is still the former user's. */
static bool same_owner(const struct graft *g)
{
	uid_t owner;
	if (geteuid() != 0)
		return true;
	for (size_t i = 0; i < g->receipt.wire_count; i++)
		if (is_others_profile(g, &g->receipt.wires[i]))
			return false;
	return text_equal(g->receipt.user, g->target.account.name) && ownership_tell(g->target.root.fd, &owner) &&
	       owner == g->target.account.uid;
}

static bool stands(const struct graft *g, int store, struct text path)
{
	struct stat st;
	return (!g->registry.exists || registry_find(&g->registry, path)) && fstatat(store, path.at, &st, AT_SYMLINK_NOFOLLOW) == 0;
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
	if (!same_receipt(g) || !same_owner(g) || g->force || call_flag(g->call, "trusted-key") ||
	    orphans_pending(g->target.root.fd) || wire_broken(g->target.root.fd, &g->receipt))
		return 0;
	int code = registry_read(&g->target.root, false, &g->call->arena, &g->registry, f);
	if (code < 0 || g->registry.exists < !g->choice.tools_only || !objects_stand(g))
		return code;
	code = profile_read(g->target.root.fd, &g->call->arena, &profile, f);
	*unchanged = code == 0 && profile.current && text_equal(profile.path, g->receipt.environment) &&
		     history_has(g->target.root.fd, profile.current);
	g->generation = profile.current;
	return code;
}
