#include "store/checkpath.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/debian.h"
#include "store/wiring.h"
#include "sys/fs.h"
#include "sys/proc.h"

#define NAMED_MAX 5 /* hidden commands that are named; the rest are counted */

/* ---- PATH ---- */

static bool path_has(struct text path, struct text folder)
{
	struct text one;
	while (text_cut(&path, ':', &one))
		if (text_equal(one, folder))
			return true;
	return false;
}

/* Does the program `found` stand for the profile's command? */
static bool is_ours(const struct checkup *c, struct text found, struct text command)
{
	struct stat x, y;
	struct text path = arena_printf(c->arena, GRAFT_PROFILE "/bin/" TEXT_F, TEXT_A(command));
	FD_AUTO ours = fs_open(c->root->fd, path.at, O_PATH);
	if (ours < 0 || fstat(ours, &y) < 0)
		return true; /* there is nothing to compare with */
	return stat(found.at, &x) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What stands before each command, in the order of c->commands; none where nothing does. */
static struct text *find_others(struct checkup *c)
{
	struct text *found = arena_alloc(c->arena, c->commands.count, sizeof *found);
	for (size_t i = 0; i < c->commands.count; i++) {
		struct text path = proc_find(c->commands.at[i].at, c->arena);
		found[i] = path.len && !is_ours(c, path, c->commands.at[i]) ? path : (struct text){ 0 };
	}
	return found;
}

/* May it be deleted? Nothing in Debian's own folders, and nothing of a package; where that cannot be told, nothing. */
static bool may_go(struct checkup *c, struct text file)
{
	static const char *const debians[] = { "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/" };
	struct debian_owner ask = { .path = file };
	struct debian_owners all = { &ask, 1 };
	struct fault unknown = { 0 };
	struct dpkg db;
	bool found;
	for (size_t i = 0; i < sizeof debians / sizeof *debians; i++)
		if (text_starts(file, text_of(debians[i])))
			return false;
	return debian_read(c->root->fd, c->arena, &db, &found, &unknown) == 0 &&
	       debian_find_owners(c->root->fd, &db, &all, c->arena, &unknown) == 0 && !ask.package;
}

static void tell_file(struct checkup *c, struct text command, struct text file, struct text remedy)
{
	if (may_go(c, file))
		remedy = arena_printf(c->arena, TEXT_F ", or remove " TEXT_F, TEXT_A(remedy), TEXT_A(file));
	finding_problem(c, command, remedy, "is found on PATH as " TEXT_F ", before the lock's in " WIRING_LINKS,
			TEXT_A(file));
}

static void tell_folder(struct checkup *c, struct text folder, struct texts hidden, struct text remedy)
{
	BUFFER_AUTO named = { 0 };
	for (size_t i = 0; i < hidden.count && i < NAMED_MAX; i++)
		buffer_printf(&named, "%s" TEXT_F, i ? ", " : "", TEXT_A(hidden.at[i]));
	finding_problem(c, folder, remedy,
			"comes before " WIRING_LINKS " on PATH and hides %zu commands of the lock: %s%s", hidden.count,
			named.at, hidden.count > NAMED_MAX ? ", ..." : "");
}

/* What this folder hides is one finding. */
static void look_at_folder(struct checkup *c, struct text folder, struct text *found)
{
	LIST(struct text) hidden = { 0 };
	struct text first = { 0 }, remedy = TEXT("export PATH=\"" WIRING_LINKS ":$PATH\"");
	for (size_t i = 0; i < c->commands.count; i++) {
		if (!text_starts(found[i], folder) || found[i].len != folder.len + 1 + c->commands.at[i].len)
			continue;
		first = hidden.count ? first : found[i];
		found[i] = (struct text){ 0 };
		LIST_PUSH(&hidden, c->arena, c->commands.at[i]);
	}
	if (hidden.count == 1)
		tell_file(c, hidden.at[0], first, remedy);
	else if (hidden.count)
		tell_folder(c, folder, LIST_TEXTS(hidden), remedy);
}

static void look_at_path(struct checkup *c)
{
	struct text path = text_of(getenv("PATH")), one, *found;
	bool linked = !c->receipt || !c->receipt->choice.some || c->receipt->choice.commands.count;
	const char *folder = linked ? WIRING_LINKS : GRAFT_PROFILE "/bin";
	struct text remedy = arena_printf(c->arena, "export PATH=\"%s:$PATH\"", folder);
	if (path_has(path, text_of(folder)))
		for (found = find_others(c); text_cut(&path, ':', &one);)
			look_at_folder(c, one, found);
	else if (c->receipt || c->commands.count)
		finding_problem(c, TEXT("PATH"), remedy, "lacks %s, where the lock's commands are", folder);
	else
		finding_note(c, TEXT("PATH"), remedy, "lacks %s, where an apply links commands", folder);
}

/* ---- Nix ---- */

static void look_at_other_nix(struct checkup *c)
{
	struct text found = proc_find("nix", c->arena);
	bool linked = texts_find(c->commands, TEXT("nix")) >= 0, pinned = finding_exists(c, GRAFT_PROFILE "/bin/nix");
	if (found.len && !linked && !(pinned && is_ours(c, found, TEXT("nix"))))
		finding_note(c, found, TEXT("nothing, if it is meant; else remove it"), "is a Nix that no lock pins");
}

/* A Nix that is told of a daemon asks it for everything, and there is none. */
static void look_at_remote(struct checkup *c)
{
	const char *remote = getenv("NIX_REMOTE");
	bool direct = text_equal(text_of(remote), TEXT("local")) || text_equal(text_of(remote), TEXT("auto"));
	if (remote && *remote && !direct && finding_exists(c, GRAFT_PROFILE "/bin/nix"))
		finding_problem(c, TEXT("NIX_REMOTE"), TEXT("unset NIX_REMOTE"),
				"is %s: the lock's Nix is single-user, and works on the store itself", remote);
}

const struct check CHECKS_PATH[] = {
	{ "path", look_at_path, true },
	{ "other-nix", look_at_other_nix, true },
	{ "nix-remote", look_at_remote, true },
	{ 0 },
};
