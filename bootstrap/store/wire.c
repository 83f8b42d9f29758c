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
#define FILE_MODE 0644
#define WIRE_MAX (1u << 20) /* bytes of a file that could be ours */

/* ---- how things stand ---- */

static bool link_is_ours(struct text target, const struct receipt_wire *known)
{
	return text_starts(target, TEXT(GRAFT_PROFILE "/")) || (known && known->target.at && text_equal(known->target, target));
}

static int look_at_file(int root, struct wire *w, mode_t mode, const struct receipt_wire *known, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	w->state = WIRE_FOREIGN;
	if (fs_read(root, w->path.at, WIRE_MAX, &bytes, &ignored) < 0)
		return ignored.code == FAULT_INPUT ? 0 : fault_set(f, ignored.code, "%s", ignored.text);
	struct digest digest = crypto_sha256(buffer_view(&bytes));
	if (w->also.at && text_equal(buffer_view(&bytes), w->also))
		w->bytes = w->also;
	if (w->bytes.at && text_equal(buffer_view(&bytes), w->bytes))
		w->state = (mode & 07777) == FILE_MODE ? WIRE_RIGHT : WIRE_STALE;
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
	return S_ISREG(st.st_mode) && !w->target.at ? look_at_file(root, w, st.st_mode, known, f) : 0;
}

/* ---- the plan ---- */

/* A plan being made. */
struct planning {
	int root;
	const struct wire_want *want;
	struct arena *arena;
	struct wire_plan *out;
};

static int add(struct planning *p, struct wire wire, struct fault *f)
{
	int code = look(p->root, &wire, p->want->receipt, p->arena, f);
	LIST_PUSH(&p->out->wires, p->arena, wire);
	return code;
}

static void note_shadowed(struct planning *p, struct text command)
{
	static const char *const folders[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct text path = arena_printf(p->arena, "%s/" TEXT_F, folders[i], TEXT_A(command));
		struct stat st;
		if (fs_stat(p->root, path.at, &st) < 0)
			continue;
		LIST_PUSH(&p->out->shadowed, p->arena, path);
		return;
	}
}

static int add_commands(struct planning *p, struct texts commands, struct fault *f)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < commands.count; i++) {
		struct text name = commands.at[i];
		note_shadowed(p, name);
		code = add(p,
			   (struct wire){ .path = arena_printf(p->arena, LINKS TEXT_F, TEXT_A(name)),
					  .target = arena_printf(p->arena, GRAFT_PROFILE "/bin/" TEXT_F, TEXT_A(name)) },
			   f);
	}
	return code;
}

static int add_links(struct planning *p, struct fault *f)
{
	const struct lock_system *s = p->want->system;
	int code = 0;
	for (size_t i = 0; code == 0 && i < s->tool_count; i++)
		code = add_commands(p, s->tools[i].commands, f);
	return code == 0 ? add_commands(p, s->nix_commands, f) : code;
}

static int add_file(struct planning *p, const char *path, struct text bytes, bool optional, struct fault *f)
{
	return add(p, (struct wire){ .path = text_of(path), .bytes = bytes, .optional = optional }, f);
}

static int add_nix(struct planning *p, struct fault *f)
{
	const struct wire_want *want = p->want;
	struct arena *a = p->arena;
	struct stat st;
	/* A tree that was made under emulation may be looked at without, and the other way round. */
	int code = add(p,
		       (struct wire){ .path = TEXT(NIX_CONF),
				      .bytes = wiring_nix_conf(want->lock, want->emulated, a),
				      .also = wiring_nix_conf(want->lock, !want->emulated, a),
				      .optional = true },
		       f);
	if (code == 0)
		code = add_file(p, NIX_REGISTRY, wiring_registry(want->lock, a), true, f);
	if (code < 0 || !want->account->home.len || fs_stat(p->root, want->account->home.at, &st) < 0 ||
	    !S_ISDIR(st.st_mode))
		return code;
	return add(p,
		   (struct wire){ .path = arena_printf(a, "%s/.nix-profile", want->account->home.at),
				  .target = arena_printf(a, NIX_PROFILES "/per-user/%s/profile", want->account->name.at),
				  .optional = true },
		   f);
}

static bool is_wanted(const struct wire_plan *plan, struct text path)
{
	for (size_t i = 0; i < plan->wires.count; i++)
		if (text_equal(plan->wires.at[i].path, path))
			return true;
	return false;
}

static bool leads_into_profile(int root, struct text path, struct arena *a)
{
	return text_starts(fs_read_link(root, path.at, a), TEXT(GRAFT_PROFILE "/bin/"));
}

/* Links into the profile that nobody wants go too, whoever's receipt they were in. */
static int find_orphans(struct planning *p, struct fault *f)
{
	struct texts names;
	int code = fs_list(p->root, LINKS, p->arena, &names, f);
	for (size_t i = 0; code == 0 && i < names.count; i++) {
		struct text path = arena_printf(p->arena, LINKS TEXT_F, TEXT_A(names.at[i]));
		if (leads_into_profile(p->root, path, p->arena) && !is_wanted(p->out, path))
			LIST_PUSH(&p->out->obsolete, p->arena, path);
	}
	return code;
}

/* Files that nixgraft may have made: a receipt cannot make others its own. Links on PATH are found as orphans. */
static bool is_our_place(struct text path)
{
	static const char *const places[] = { PROFILE_D, NIX_CONF, NIX_REGISTRY };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (text_equal(path, text_of(places[i])))
			return true;
	return text_ends(path, TEXT("/.nix-profile"));
}

/* What the last apply made and this one does not want goes, as long as it is still ours. */
static int find_obsolete(struct planning *p, const struct receipt *receipt, struct fault *f)
{
	int code = 0;
	for (size_t i = 0; receipt && code == 0 && i < receipt->wire_count; i++) {
		const struct receipt_wire *known = &receipt->wires[i];
		struct wire w = { .path = known->path, .target = known->target };
		if (is_wanted(p->out, known->path) || !is_our_place(known->path))
			continue;
		code = look(p->root, &w, receipt, p->arena, f);
		if (w.state == WIRE_RIGHT || w.state == WIRE_STALE)
			LIST_PUSH(&p->out->obsolete, p->arena, known->path);
	}
	return code;
}

int wire_plan_make(int root, const struct wire_want *want, struct arena *a, struct wire_plan *out, struct fault *f)
{
	struct planning p = { root, want, a, out };
	*out = (struct wire_plan){ 0 };
	int code = add_links(&p, f);
	if (code == 0)
		code = add_file(&p, PROFILE_D, wiring_profile_d(want->system, a), false, f);
	if (code == 0 && want->system->nix.len)
		code = add_nix(&p, f);
	if (code == 0)
		code = find_orphans(&p, f);
	return code == 0 ? find_obsolete(&p, want->receipt, f) : code;
}

static int complain(const struct wire *first, size_t others, struct fault *f)
{
	return fault_set(f, FAULT_SYSTEM,
			 "%s is in the way%s: nixgraft did not make it and will not overwrite it; move it away, or let --force "
			 "move it to %s" ASIDE,
			 first->path.at, others ? " (and others)" : "", first->path.at);
}

static struct text folder_of(struct text path, struct arena *a)
{
	while (path.len > 1 && path.at[path.len - 1] != '/')
		path.len--;
	return arena_copy(a, path);
}

/* An earlier --force moved something there, which nobody has a copy of. */
static bool aside_is_taken(int root, const struct wire *w, struct arena *a)
{
	struct stat st;
	return fs_stat(root, arena_printf(a, "%s" ASIDE, w->path.at).at, &st) == 0;
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
		if (w->state != WIRE_RIGHT && !kept && !fs_may_write(root, folder_of(w->path, a).at))
			return fault_errno(f, "%s cannot be made (run as root, on a writable file system)", w->path.at);
	}
	for (size_t i = 0; force && i < plan->wires.count; i++) {
		const struct wire *w = &plan->wires.at[i];
		if (w->state == WIRE_FOREIGN && aside_is_taken(root, w, a))
			return fault_set(f, FAULT_SYSTEM, "%s cannot be moved aside: there is a %s" ASIDE " already; move that "
							  "away", w->path.at, w->path.at);
	}
	return foreign ? complain(foreign, count - 1, f) : 0;
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
	int code = fs_make_dirs(root, folder_of(w->path, a).at, 0755, f);
	if (code < 0)
		return code;
	return w->target.at ? fs_link(root, w->path.at, w->target.at, f) : fs_write(root, w->path.at, FILE_MODE, w->bytes, f);
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
	receipt->kept = (struct texts){ arena_alloc(a, plan->wires.count, sizeof *receipt->kept.at), 0 };
	for (size_t i = 0; i < plan->wires.count; i++) {
		const struct wire *w = &plan->wires.at[i];
		if (w->state == WIRE_FOREIGN && !force) {
			receipt->kept.at[receipt->kept.count++] = w->path;
			continue;
		}
		receipt->wires[receipt->wire_count++] = (struct receipt_wire){
			.path = w->path, .target = w->target, .digest = crypto_sha256(w->bytes)
		};
	}
}

static bool stands(int root, const struct receipt_wire *w, struct arena *a)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	if (w->target.at)
		return text_equal(fs_read_link(root, w->path.at, a), w->target);
	if (fs_read(root, w->path.at, WIRE_MAX, &bytes, &ignored))
		return false;
	struct digest digest = crypto_sha256(buffer_view(&bytes));
	return digest_equal(&digest, &w->digest);
}

/* A link into the profile that the receipt does not tell, or NULL. */
static const char *find_stray(int root, const struct receipt *receipt, struct arena *a)
{
	struct texts names;
	struct fault ignored = { 0 };
	if (fs_list(root, LINKS, a, &names, &ignored) < 0)
		return LINKS;
	for (size_t i = 0; i < names.count; i++) {
		struct text path = arena_printf(a, LINKS TEXT_F, TEXT_A(names.at[i]));
		if (leads_into_profile(root, path, a) && !receipt_find(receipt, path))
			return LINKS;
	}
	return NULL;
}

const char *wire_broken(int root, const struct receipt *receipt)
{
	struct arena scratch = { 0 };
	const char *broken = find_stray(root, receipt, &scratch);
	for (size_t i = 0; !broken && i < receipt->wire_count; i++)
		if (!stands(root, &receipt->wires[i], &scratch))
			broken = receipt->wires[i].path.at;
	for (size_t i = 0; !broken && i < receipt->kept.count; i++) {
		struct stat st;
		if (fs_stat(root, receipt->kept.at[i].at, &st) < 0)
			broken = receipt->kept.at[i].at;
	}
	arena_drop(&scratch);
	return broken;
}
