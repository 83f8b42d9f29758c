#include "store/wire.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "store/layout.h"
#include "store/wiring.h"
#include "sys/crypto.h"
#include "sys/fs.h"

#define LINKS "/usr/local/bin/"
#define PROFILE_D "/etc/profile.d/nixgraft.sh"
#define ASIDE ".before-nixgraft"
#define WIRE_MAX (1u << 20) /* bytes of a file that could be ours */

/* ---- how things stand ---- */

static bool link_is_ours(struct text target, const struct receipt_wire *known)
{
	return text_starts(target, TEXT(GRAFT_PROFILE "/")) || (known && known->target.at && text_equal(known->target, target));
}

static int look_at_file(int root, struct wire *w, const struct receipt_wire *known, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	bool found;
	struct fault ignored = { 0 };
	w->state = WIRE_FOREIGN;
	if (fs_read(root, w->path.at, WIRE_MAX, &bytes, &found, &ignored) < 0)
		return ignored.code == FAULT_INPUT ? 0 : fault_set(f, ignored.code, "%s", ignored.text);
	struct digest digest = crypto_sha256(buffer_view(&bytes));
	if (text_equal(buffer_view(&bytes), w->bytes))
		w->state = WIRE_RIGHT;
	else if (known && !known->target.at && digest_equal(&digest, &known->digest))
		w->state = WIRE_STALE;
	return 0;
}

static int look(int root, struct wire *w, const struct receipt *receipt, struct arena *a, struct fault *f)
{
	struct stat st;
	const struct receipt_wire *known = receipt ? receipt_find(receipt, w->path) : NULL;
	w->state = WIRE_ABSENT;
	if (fs_stat(root, w->path.at, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : fault_errno(f, "%s", w->path.at);
	w->state = WIRE_FOREIGN;
	if (S_ISLNK(st.st_mode)) {
		struct text target = fs_read_link(root, w->path.at, a);
		if (w->target.at && text_equal(target, w->target))
			w->state = WIRE_RIGHT;
		else if (link_is_ours(target, known))
			w->state = WIRE_STALE;
		return 0;
	}
	return S_ISREG(st.st_mode) && !w->target.at ? look_at_file(root, w, known, f) : 0;
}

/* ---- the plan ---- */

static int want(int root, const struct wire_want *from, struct wire wire, struct arena *a, struct wire_plan *out,
		struct fault *f)
{
	int code = look(root, &wire, from->receipt, a, f);
	LIST_PUSH(&out->wires, a, wire);
	return code;
}

static void note_shadowed(int root, struct text command, struct arena *a, struct wire_plan *out)
{
	static const char *const folders[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct text path = arena_printf(a, "%s/" TEXT_F, folders[i], TEXT_A(command));
		struct stat st;
		if (fs_stat(root, path.at, &st) < 0)
			continue;
		LIST_PUSH(&out->shadowed, a, path);
		return;
	}
}

static int want_command(int root, const struct wire_want *from, struct text command, struct arena *a,
			struct wire_plan *out, struct fault *f)
{
	struct wire link = { .path = arena_printf(a, LINKS TEXT_F, TEXT_A(command)),
			     .target = arena_printf(a, GRAFT_PROFILE "/bin/" TEXT_F, TEXT_A(command)) };
	note_shadowed(root, command, a, out);
	return want(root, from, link, a, out, f);
}

static int want_commands(int root, const struct wire_want *from, struct arena *a, struct wire_plan *out, struct fault *f)
{
	int code = 0;
	const struct lock_system *s = from->system;
	for (size_t i = 0; code == 0 && i < s->tool_count; i++)
		for (size_t k = 0; code == 0 && k < s->tools[i].command_count; k++)
			code = want_command(root, from, s->tools[i].commands[k], a, out, f);
	for (size_t k = 0; code == 0 && s->nix.len && k < s->nix_command_count; k++)
		code = want_command(root, from, s->nix_commands[k], a, out, f);
	return code;
}

static int want_nix(int root, const struct wire_want *from, struct arena *a, struct wire_plan *out, struct fault *f)
{
	const struct account *who = from->account;
	struct stat st;
	int code = want(root, from,
			(struct wire){ .path = TEXT(NIX_CONF),
				       .bytes = wiring_nix_conf(from->lock, from->emulated, a),
				       .optional = true },
			a, out, f);
	if (code == 0)
		code = want(root, from,
			    (struct wire){ .path = TEXT(NIX_REGISTRY),
					   .bytes = wiring_registry(from->lock, a),
					   .optional = true },
			    a, out, f);
	if (code < 0 || !who->home.len || fs_stat(root, who->home.at, &st) < 0)
		return code;
	return want(root, from,
		    (struct wire){ .path = arena_printf(a, "%s/.nix-profile", who->home.at),
				   .target = arena_printf(a, NIX_PROFILES "/per-user/%s/profile", who->name.at),
				   .optional = true },
		    a, out, f);
}

static bool is_wanted(const struct wire_plan *plan, struct text path)
{
	for (size_t i = 0; i < plan->wires.count; i++)
		if (text_equal(plan->wires.at[i].path, path))
			return true;
	return false;
}

/* What the last apply made and this one does not want goes, as long as it is still ours. */
static int find_obsolete(int root, const struct receipt *receipt, struct arena *a, struct wire_plan *out, struct fault *f)
{
	int code = 0;
	for (size_t i = 0; receipt && code == 0 && i < receipt->wire_count; i++) {
		const struct receipt_wire *known = &receipt->wires[i];
		struct wire w = { .path = known->path, .target = known->target };
		if (is_wanted(out, known->path))
			continue;
		code = look(root, &w, receipt, a, f);
		if (w.state == WIRE_RIGHT || w.state == WIRE_STALE)
			LIST_PUSH(&out->obsolete, a, known->path);
	}
	return code;
}

int wire_plan_make(int root, const struct wire_want *from, struct arena *a, struct wire_plan *out, struct fault *f)
{
	*out = (struct wire_plan){ 0 };
	int code = want_commands(root, from, a, out, f);
	if (code == 0)
		code = want(root, from,
			    (struct wire){ .path = TEXT(PROFILE_D), .bytes = wiring_profile_d(from->system, a) }, a, out, f);
	if (code == 0 && from->system->nix.len)
		code = want_nix(root, from, a, out, f);
	return code == 0 ? find_obsolete(root, from->receipt, a, out, f) : code;
}

int wire_plan_check(const struct wire_plan *plan, struct fault *f)
{
	const struct wire *first = NULL;
	size_t count = 0;
	for (size_t i = 0; i < plan->wires.count; i++) {
		const struct wire *w = &plan->wires.at[i];
		if (w->state == WIRE_FOREIGN && !w->optional && count++ == 0)
			first = w;
	}
	if (!first)
		return 0;
	return fault_set(f, FAULT_SYSTEM,
			 "%s is in the way%s: nixgraft did not make it and will not overwrite it; move it away, or let --force "
			 "move it to %s" ASIDE,
			 first->path.at, count > 1 ? " (and others)" : "", first->path.at);
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

static struct text folder_of(struct text path, struct arena *a)
{
	while (path.len > 1 && path.at[path.len - 1] != '/')
		path.len--;
	return arena_copy(a, path);
}

static int make(int root, const struct wire *w, struct arena *a, struct fault *f)
{
	int code = fs_make_dirs(root, folder_of(w->path, a).at, 0755, f);
	if (code < 0)
		return code;
	return w->target.at ? fs_link(root, w->path.at, w->target.at, f) : fs_write(root, w->path.at, 0644, w->bytes, f);
}

static int apply_one(int root, const struct wire *w, bool force, struct arena *a, struct fault *f)
{
	if (w->state == WIRE_RIGHT || (w->state == WIRE_FOREIGN && !force))
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

void wire_plan_record(const struct wire_plan *plan, bool force, struct arena *a, struct receipt *receipt)
{
	receipt->wires = arena_alloc(a, plan->wires.count, sizeof *receipt->wires);
	receipt->wire_count = 0;
	for (size_t i = 0; i < plan->wires.count; i++) {
		const struct wire *w = &plan->wires.at[i];
		if (w->state == WIRE_FOREIGN && !force)
			continue;
		receipt->wires[receipt->wire_count++] = (struct receipt_wire){
			.path = w->path, .target = w->target, .digest = crypto_sha256(w->bytes)
		};
	}
}

static bool stands(int root, const struct receipt_wire *w, struct arena *a)
{
	BUFFER_AUTO bytes = { 0 };
	bool found;
	struct fault ignored = { 0 };
	if (w->target.at)
		return text_equal(fs_read_link(root, w->path.at, a), w->target);
	if (fs_read(root, w->path.at, WIRE_MAX, &bytes, &found, &ignored) < 0 || !found)
		return false;
	struct digest digest = crypto_sha256(buffer_view(&bytes));
	return digest_equal(&digest, &w->digest);
}

const char *wire_broken(int root, const struct receipt *receipt)
{
	struct arena scratch = { 0 };
	const char *broken = NULL;
	for (size_t i = 0; !broken && i < receipt->wire_count; i++)
		if (!stands(root, &receipt->wires[i], &scratch))
			broken = receipt->wires[i].path.at;
	arena_drop(&scratch);
	return broken;
}
