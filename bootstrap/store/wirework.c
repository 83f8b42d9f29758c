#include "store/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/layout.h"
#include "store/place.h"
#include "store/wiring.h"
#include "sys/crypto.h"
#include "sys/fs.h"

static bool is_listed(struct texts list, struct text path)
{
	for (size_t i = 0; i < list.count; i++)
		if (text_equal(list.at[i], path))
			return true;
	return false;
}

/* Is nothing to be done about it, or can nothing be? */
static bool is_left(const struct wire *w)
{
	return w->state == WIRE_RIGHT || w->state == WIRE_BARRED || w->state == WIRE_UNSEEN;
}

/* ---- can it be done? ---- */

static int complain(const struct wire *first, size_t others, struct fault *f)
{
	return fault_set(f, FAULT_SYSTEM,
			 "%s is in the way%s: nixgraft did not make it and will not overwrite it; move it away, or let --force "
			 "move it to %s" ASIDE,
			 first->path.at, others ? " (and others)" : "", first->path.at);
}

/* An overlay cannot rename one that came with a lower layer of the image, and whose it is nobody knows: force or not, it stays. */
static int refuse_directories(int root, const struct wire_plan *plan, bool force, struct fault *f)
{
	for (size_t i = 0; i < plan->wires.count; i++) {
		const struct wire *w = &plan->wires.at[i];
		struct stat st;
		bool counts = w->state == WIRE_FOREIGN && (force || !w->optional);
		if (counts && fs_stat(root, w->path.at, &st) == 0 && S_ISDIR(st.st_mode))
			return fault_set(f, FAULT_SYSTEM, "%s is in the way and a directory, which --force does not move: move it away by hand",
					 w->path.at);
	}
	return 0;
}

/* An earlier --force moved something there, which nobody has a copy of. */
static int refuse_taken(int root, const struct wire_plan *plan, struct arena *a, struct fault *f)
{
	for (size_t i = 0; i < plan->wires.count; i++) {
		const struct wire *w = &plan->wires.at[i];
		struct stat st;
		if (w->state == WIRE_FOREIGN && fs_stat(root, arena_printf(a, "%s" ASIDE, w->path.at).at, &st) == 0)
			return fault_set(f, FAULT_SYSTEM, "%s cannot be moved aside: there is a %s" ASIDE " already; move that "
							  "away", w->path.at, w->path.at);
	}
	return 0;
}

int wire_plan_check(int root, const struct wire_plan *plan, bool force, struct arena *a, struct fault *f)
{
	const struct wire *foreign = NULL;
	size_t count = 0;
	for (size_t i = 0; i < plan->wires.count; i++) {
		const struct wire *w = &plan->wires.at[i];
		bool kept = w->state == WIRE_FOREIGN && !force;
		if (kept && !w->optional && count++ == 0)
			foreign = w;
		if (!is_left(w) && !kept && !fs_may_write(root, wire_folder(w->path, a).at))
			return fault_errno(f, "%s cannot be made (run as root, on a writable file system, or with --expose none)",
					   w->path.at);
	}
	for (size_t i = 0; i < plan->obsolete.count; i++)
		if (!fs_may_write(root, wire_folder(plan->obsolete.at[i], a).at))
			return fault_errno(f, "%s cannot be taken back (run as root, on a writable file system)",
					   plan->obsolete.at[i].at);
	int code = refuse_directories(root, plan, force, f);
	if (code == 0 && force)
		code = refuse_taken(root, plan, a, f);
	return code == 0 && foreign ? complain(foreign, count - 1, f) : code;
}

/* ---- carrying it out ---- */

static int move_aside(int root, struct text path, struct arena *a, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, path.at, name);
	const char *aside = arena_printf(a, "%s" ASIDE, name).at;
	if (dir < 0 || renameat(dir, name, dir, aside) < 0)
		return fault_errno(f, "cannot move %s aside", path.at);
	return 0;
}

static int make(int root, const struct wire *w, struct arena *a, struct fault *f)
{
	int code = fs_make_dirs(root, wire_folder(w->path, a).at, 0755, f);
	if (code < 0)
		return code;
	return w->target.at ? fs_link(root, w->path.at, w->target.at, f) : fs_write(root, w->path.at, WIRE_FILE_MODE, w->bytes, f);
}

static int apply_one(int root, const struct wire *w, bool force, struct arena *a, struct fault *f)
{
	if (is_left(w) || (w->state == WIRE_FOREIGN && !force))
		return 0;
	int code = w->state == WIRE_FOREIGN ? move_aside(root, w->path, a, f) : 0;
	return code == 0 ? make(root, w, a, f) : code;
}

static int take_back(int root, struct text path, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, path.at, name);
	if (dir < 0 || (unlinkat(dir, name, 0) < 0 && errno != ENOENT))
		return fault_errno(f, "cannot remove %s", path.at);
	return 0;
}

int wire_plan_apply(int root, const struct wire_plan *plan, bool force, struct arena *a, struct fault *f)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < plan->wires.count; i++)
		code = apply_one(root, &plan->wires.at[i], force, a, f);
	for (size_t i = 0; code == 0 && i < plan->obsolete.count; i++)
		code = take_back(root, plan->obsolete.at[i], f);
	return code;
}

/* What was ours and still stands. */
static void record_again(struct texts paths, const struct receipt *before, struct receipt *out)
{
	for (size_t i = 0; before && i < before->wire_count; i++)
		if (is_listed(paths, before->wires[i].path))
			out->wires[out->wire_count++] = before->wires[i];
}

static void record_one(const struct wire *w, bool force, const struct receipt *before, struct receipt *out)
{
	const struct receipt_wire *known = before ? receipt_find(before, w->path) : NULL;
	if (w->state == WIRE_FOREIGN && !force)
		out->kept.at[out->kept.count++] = w->path;
	else if (w->state == WIRE_RIGHT || !is_left(w))
		out->wires[out->wire_count++] =
			(struct receipt_wire){ .path = w->path, .target = w->target, .digest = crypto_sha256(w->bytes) };
	else if (known)
		out->wires[out->wire_count++] = *known;
	if (w->state == WIRE_STALE && out->unfinished) /* a run that is killed may not come to replace it */
		record_again((struct texts){ (struct text *)&w->path, 1 }, before, out);
	if (w->state == WIRE_BARRED)
		out->late.at[out->late.count++] = w->path;
	if (w->state == WIRE_FOREIGN && force)
		out->aside.at[out->aside.count++] = w->path;
}

void wire_plan_record(const struct wire_plan *plan, bool force, const struct receipt *before, struct arena *a,
		      struct receipt *receipt)
{
	size_t count = plan->wires.count, moved = before ? before->aside.count : 0;
	receipt->wires = arena_alloc(a, count + (before ? before->wire_count : 0), sizeof *receipt->wires);
	receipt->wire_count = 0;
	receipt->kept = (struct texts){ arena_alloc(a, count, sizeof *receipt->kept.at), 0 };
	receipt->late = (struct texts){ arena_alloc(a, count + plan->left.count, sizeof *receipt->late.at), 0 };
	receipt->aside = (struct texts){ arena_alloc(a, count + moved, sizeof *receipt->aside.at), 0 };
	receipt->folders = plan->folders;
	for (size_t i = 0; i < count; i++)
		record_one(&plan->wires.at[i], force, before, receipt);
	record_again(LIST_TEXTS(plan->left), before, receipt);
	for (size_t i = 0; i < plan->left.count; i++)
		receipt->late.at[receipt->late.count++] = plan->left.at[i];
	if (receipt->unfinished) /* a run that is killed before it took these back leaves them to the next */
		record_again(LIST_TEXTS(plan->obsolete), before, receipt);
	for (size_t i = 0; i < moved; i++)
		receipt->aside.at[receipt->aside.count++] = before->aside.at[i];
	texts_sort_unique(&receipt->aside);
}

/* ---- undoing it ---- */

/* The undoing under way. */
struct undoing {
	int root;
	struct arena *arena;
	struct wire_undo *out;
};

static bool is_there(int root, struct text path)
{
	struct stat st;
	return fs_stat(root, path.at, &st) == 0;
}

static struct text aside_of(struct text path, struct arena *a)
{
	return arena_printf(a, TEXT_F ASIDE, TEXT_A(path));
}

/* That of a killed run tells of old and new. */
static bool stands_as_told(const struct undoing *u, const struct receipt *receipt, struct text path)
{
	for (size_t i = 0; i < receipt->wire_count; i++) {
		const struct receipt_wire *w = &receipt->wires[i];
		if (text_equal(w->path, path) && place_may_have(w) && wire_stands(u->root, w, u->arena))
			return true;
	}
	return false;
}

static void judge_wire(struct undoing *u, const struct receipt *receipt, struct text path)
{
	struct wire_undo *out = u->out;
	if (!is_there(u->root, path) || is_listed(LIST_TEXTS(out->gone), path) || is_listed(LIST_TEXTS(out->left), path))
		return;
	if (stands_as_told(u, receipt, path))
		LIST_PUSH(&out->gone, u->arena, path);
	else
		LIST_PUSH(&out->left, u->arena, path);
}

/* Links on PATH that a killed run made or did not take back. */
static int judge_orphans(struct undoing *u, const struct receipt *receipt, struct fault *f)
{
	struct texts links;
	int code = wire_links(u->root, u->arena, &links, f);
	for (size_t i = 0; code == 0 && i < links.count; i++)
		if (!receipt_find(receipt, links.at[i]))
			LIST_PUSH(&u->out->gone, u->arena, links.at[i]);
	return code;
}

static void judge_aside(struct undoing *u, struct text path)
{
	struct wire_undo *out = u->out;
	if (!place_is_ours(path) || !is_there(u->root, aside_of(path, u->arena)))
		return;
	if (is_there(u->root, path) && !is_listed(LIST_TEXTS(out->gone), path))
		LIST_PUSH(&out->left, u->arena, aside_of(path, u->arena));
	else
		LIST_PUSH(&out->back, u->arena, path);
}

static int check_rights(int root, struct texts paths, struct arena *a, struct fault *f)
{
	for (size_t i = 0; i < paths.count; i++)
		if (!fs_may_write(root, wire_folder(paths.at[i], a).at))
			return fault_errno(f, "%s cannot be taken back (run as root, on a writable file system)", paths.at[i].at);
	return 0;
}

int wire_undo_make(int root, const struct receipt *receipt, struct arena *a, struct wire_undo *out, struct fault *f)
{
	struct undoing u = { root, a, out };
	*out = (struct wire_undo){ 0 };
	for (size_t i = 0; i < receipt->wire_count; i++)
		judge_wire(&u, receipt, receipt->wires[i].path);
	int code = judge_orphans(&u, receipt, f);
	for (size_t i = 0; i < receipt->aside.count; i++)
		judge_aside(&u, receipt->aside.at[i]);
	if (code == 0)
		code = check_rights(root, LIST_TEXTS(out->gone), a, f);
	return code == 0 ? check_rights(root, LIST_TEXTS(out->back), a, f) : code;
}

static int move_back(int root, struct text path, struct arena *a, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, path.at, name);
	if (dir < 0 || syscall(SYS_renameat2, dir, arena_printf(a, "%s" ASIDE, name).at, dir, name, RENAME_NOREPLACE) < 0)
		return fault_errno(f, "cannot move %s" ASIDE " back", path.at);
	return 0;
}

/* What a killed run had half made beside a wire: see fs.h. */
static void drop_half_made(int root, const struct receipt_wire *w, struct arena *a)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = place_may_have(w) ? fs_open_parent(root, w->path.at, name) : -1;
	if (dir >= 0)
		unlinkat(dir, arena_printf(a, GRAFT_STAGE_PREFIX "%.200s", name).at, 0);
}

void wire_sweep(int root, const struct receipt *receipt, struct arena *a)
{
	for (size_t i = 0; i < receipt->wire_count; i++)
		drop_half_made(root, &receipt->wires[i], a);
}

/* A folder's name sorts before what is in it. One that has something else in it now, or is a mount, stays. */
static void undo_folders(int root, struct texts folders, struct arena *a)
{
	for (size_t i = folders.count; i-- > 0;) {
		char name[FS_NAME_SIZE];
		bool ours = place_holds_ours(folders.at[i], a) && !text_equal(folders.at[i], TEXT("/nix")); /* that goes last of all */
		FD_AUTO dir = ours ? fs_open_parent(root, folders.at[i].at, name) : -1;
		if (dir >= 0)
			unlinkat(dir, name, AT_REMOVEDIR);
	}
}

int wire_take_back(int root, const struct receipt *receipt, const struct wire_undo *undo, struct arena *a, struct fault *f)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < undo->gone.count; i++)
		code = take_back(root, undo->gone.at[i], f);
	for (size_t i = 0; code == 0 && i < undo->back.count; i++)
		code = move_back(root, undo->back.at[i], a, f);
	if (code == 0)
		wire_sweep(root, receipt, a);
	if (code == 0)
		undo_folders(root, receipt->folders, a);
	return code;
}

int wire_give_back(int root, struct receipt *receipt, struct arena *a, struct texts *back, struct fault *f)
{
	struct wire_undo found = { 0 };
	struct undoing u = { root, a, &found };
	int code = 0;
	for (size_t i = 0; i < receipt->aside.count; i++)
		judge_aside(&u, receipt->aside.at[i]);
	*back = LIST_TEXTS(found.back);
	for (size_t i = 0; code == 0 && i < back->count; i++)
		code = move_back(root, back->at[i], a, f);
	struct texts still = { arena_alloc(a, receipt->aside.count, sizeof *still.at), 0 };
	for (size_t i = 0; i < receipt->aside.count; i++)
		if (is_there(root, aside_of(receipt->aside.at[i], a)))
			still.at[still.count++] = receipt->aside.at[i];
	receipt->aside = still;
	return code;
}
