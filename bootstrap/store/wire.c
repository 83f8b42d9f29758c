#include "store/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/layout.h"
#include "store/place.h"
#include "store/reader.h"
#include "store/wiring.h"
#include "sys/crypto.h"
#include "sys/fs.h"

#define LINKS WIRING_LINKS "/"
#define WIRE_MAX (1u << 20) /* bytes of a file that could be ours */

/* ---- how things stand ---- */

struct text wire_folder(struct text path, struct arena *a)
{
	while (path.len > 1 && path.at[path.len - 1] != '/')
		path.len--;
	return arena_copy(a, path);
}

/* Is a link to `target`, or else a file of that digest, what the receipt says of the path? That of a killed run tells of old and new. */
static bool is_told(const struct receipt *receipt, const struct receipt_wire *seen)
{
	for (size_t i = 0; receipt && i < receipt->wire_count; i++) {
		const struct receipt_wire *w = &receipt->wires[i];
		bool same = !w->target.at == !seen->target.at &&
			    (w->target.at ? text_equal(w->target, seen->target) : digest_equal(&w->digest, &seen->digest));
		if (same && text_equal(w->path, seen->path) && place_may_have(w))
			return true;
	}
	return false;
}

static bool link_is_ours(const struct receipt *receipt, struct text path, struct text target)
{
	return text_starts(target, TEXT(GRAFT_PROFILE "/")) || is_told(receipt, &(struct receipt_wire){ .path = path, .target = target });
}

static int look_at_file(int root, struct wire *w, mode_t mode, const struct receipt *receipt, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	w->state = WIRE_FOREIGN;
	if (fs_read(root, w->path.at, WIRE_MAX, &bytes, &ignored) < 0)
		return ignored.code == FAULT_INPUT ? 0 : fault_set(f, ignored.code, "%s", ignored.text);
	struct receipt_wire seen = { .path = w->path, .digest = crypto_sha256(buffer_view(&bytes)) };
	if (w->also.at && text_equal(buffer_view(&bytes), w->also))
		w->bytes = w->also;
	if (w->bytes.at && text_equal(buffer_view(&bytes), w->bytes))
		w->state = (mode & 07777) == WIRE_FILE_MODE ? WIRE_RIGHT : WIRE_STALE;
	else if (wiring_made(buffer_view(&bytes)) && is_told(receipt, &seen))
		w->state = WIRE_STALE;
	return 0;
}

static int look(int root, struct wire *w, const struct receipt *receipt, struct arena *a, struct fault *f)
{
	struct stat st;
	w->state = WIRE_ABSENT;
	if (fs_stat(root, w->path.at, &st) < 0) {
		if (errno == EACCES && w->optional)
			w->state = WIRE_UNSEEN;
		else if (errno != ENOENT && errno != ENOTDIR)
			return fault_errno(f, "%s", w->path.at);
		return 0;
	}
	w->state = WIRE_FOREIGN;
	if (S_ISLNK(st.st_mode)) {
		struct text target = fs_read_link(root, w->path.at, a);
		if (w->target.at && text_equal(target, w->target))
			w->state = WIRE_RIGHT;
		else if (link_is_ours(receipt, w->path, target))
			w->state = WIRE_STALE;
		return 0;
	}
	return S_ISREG(st.st_mode) && !w->target.at ? look_at_file(root, w, st.st_mode, receipt, f) : 0;
}

/* ---- the plan ---- */

/* A plan being made. */
struct planning {
	int root;
	const struct wire_want *want;
	struct arena *arena;
	struct wire_plan *out;
};

static bool is_barred(struct planning *p, const struct wire *w)
{
	bool change = w->state == WIRE_ABSENT || w->state == WIRE_STALE;
	return w->optional && change && !fs_may_write(p->root, wire_folder(w->path, p->arena).at);
}

static int add(struct planning *p, struct wire wire, struct fault *f)
{
	int code = look(p->root, &wire, p->want->receipt, p->arena, f);
	if (code == 0 && is_barred(p, &wire))
		wire.state = WIRE_BARRED;
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

bool wire_exposes(const struct receipt_choice *choice, struct text command)
{
	return !choice->some || texts_find(choice->commands, command) >= 0;
}

static int add_commands(struct planning *p, struct texts commands, struct fault *f)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < commands.count; i++) {
		struct text name = commands.at[i];
		if (!wire_exposes(&p->want->choice, name))
			continue;
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

static int add_shared(struct planning *p, const struct reader *r, struct fault *f)
{
	const struct texts *shared = p->want->shared;
	int code = 0;
	for (size_t i = 0; code == 0 && i < shared->count; i++) {
		struct wire w = { .path = reader_link(r, shared->at[i], p->arena), .optional = true };
		w.target = arena_printf(p->arena, GRAFT_PROFILE "/" TEXT_F, TEXT_A(shared->at[i]));
		if (w.path.at)
			code = add(p, w, f);
	}
	return code;
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

static bool is_in(struct texts list, struct text path)
{
	for (size_t i = 0; i < list.count; i++)
		if (text_equal(list.at[i], path))
			return true;
	return false;
}

int wire_links(int root, struct arena *a, struct texts *out, struct fault *f)
{
	struct texts names;
	int code = fs_list(root, LINKS, a, &names, f);
	*out = (struct texts){ arena_alloc(a, code == 0 ? names.count : 0, sizeof *out->at), 0 };
	for (size_t i = 0; code == 0 && i < names.count; i++) {
		struct text path = arena_printf(a, LINKS TEXT_F, TEXT_A(names.at[i]));
		if (text_starts(fs_read_link(root, path.at, a), TEXT(GRAFT_PROFILE "/")))
			out->at[out->count++] = path;
	}
	return code;
}

/* Links into the profile that nobody wants go too, whoever's receipt they were in. */
static int find_orphans(struct planning *p, struct fault *f)
{
	struct texts links;
	int code = wire_links(p->root, p->arena, &links, f);
	for (size_t i = 0; code == 0 && i < links.count; i++)
		if (!is_wanted(p->out, links.at[i]))
			LIST_PUSH(&p->out->obsolete, p->arena, links.at[i]);
	return code;
}

/* What the last apply made and this one does not want goes, as long as it is still ours. Links on PATH are found as orphans. */
static int find_obsolete(struct planning *p, const struct receipt *receipt, struct fault *f)
{
	int code = 0;
	for (size_t i = 0; receipt && code == 0 && i < receipt->wire_count; i++) {
		const struct receipt_wire *known = &receipt->wires[i];
		struct wire w = { .path = known->path, .target = known->target };
		if (is_wanted(p->out, known->path) || is_in(LIST_TEXTS(p->out->obsolete), known->path) ||
		    is_in(LIST_TEXTS(p->out->left), known->path) || !place_may_have(known) || text_starts(known->path, TEXT(LINKS)) ||
		    (!p->want->shared && reader_owns(known->path)))
			continue;
		code = look(p->root, &w, receipt, p->arena, f);
		if (w.state != WIRE_RIGHT && w.state != WIRE_STALE)
			continue;
		if (fs_may_write(p->root, wire_folder(known->path, p->arena).at))
			LIST_PUSH(&p->out->obsolete, p->arena, known->path);
		else
			LIST_PUSH(&p->out->left, p->arena, known->path);
	}
	return code;
}

/* The missing directories above `path`, innermost first. */
static void note_folders(struct planning *p, struct text path, struct texts *out)
{
	struct stat st;
	for (;;) {
		path = wire_folder(path, p->arena);
		path.len--; /* the final slash */
		path = arena_copy(p->arena, path);
		if (!path.len || fs_stat(p->root, path.at, &st) == 0 || errno != ENOENT)
			return;
		out->at[out->count++] = path;
	}
}

/* Those that are to be made, and those that were made before. */
static void find_folders(struct planning *p)
{
	const struct receipt *before = p->want->receipt;
	size_t most = before ? before->folders.count : 0;
	struct texts *out = &p->out->folders;
	for (size_t i = 0; i < p->out->wires.count; i++)
		for (size_t k = 0; k < p->out->wires.at[i].path.len; k++)
			most += p->out->wires.at[i].path.at[k] == '/';
	out->at = arena_alloc(p->arena, most, sizeof *out->at);
	for (size_t i = 0; i < p->out->wires.count; i++)
		if (p->out->wires.at[i].state == WIRE_ABSENT)
			note_folders(p, p->out->wires.at[i].path, out);
	for (size_t i = 0; before && i < before->folders.count; i++)
		if (place_holds_ours(before->folders.at[i], p->arena))
			out->at[out->count++] = before->folders.at[i];
	texts_sort_unique(out);
}

static int add_all(struct planning *p, struct fault *f)
{
	const struct wire_want *want = p->want;
	bool linked = !want->choice.some || want->choice.commands.count;
	int code = add_links(p, f);
	if (code == 0)
		code = add_file(p, PROFILE_D, wiring_profile_d(want->system, linked, p->arena), !linked, f);
	for (const struct reader *r = READERS; code == 0 && want->shared && r->folder.len; r++)
		code = reader_is_here(p->root, r) ? add_shared(p, r, f) : 0;
	return code;
}

int wire_plan_make(int root, const struct wire_want *want, struct arena *a, struct wire_plan *out, struct fault *f)
{
	struct planning p = { root, want, a, out };
	*out = (struct wire_plan){ 0 };
	int code = add_all(&p, f);
	if (code == 0 && want->system->nix.len)
		code = add_nix(&p, f);
	if (code == 0)
		code = find_orphans(&p, f);
	if (code == 0)
		find_folders(&p);
	return code == 0 ? find_obsolete(&p, want->receipt, f) : code;
}

bool wire_stands(int root, const struct receipt_wire *w, struct arena *a)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	struct stat st;
	if (fs_stat(root, w->path.at, &st) < 0)
		return errno == EACCES; /* in another's home: whoever may look there will */
	if (w->target.at)
		return text_equal(fs_read_link(root, w->path.at, a), w->target);
	if (fs_read(root, w->path.at, WIRE_MAX, &bytes, &ignored))
		return false;
	struct digest digest = crypto_sha256(buffer_view(&bytes));
	return digest_equal(&digest, &w->digest) && wiring_made(buffer_view(&bytes));
}

/* A link into the profile that the receipt does not tell, or NULL. */
static const char *find_stray(int root, const struct receipt *receipt, struct arena *a)
{
	struct texts links;
	struct fault ignored = { 0 };
	if (wire_links(root, a, &links, &ignored) < 0)
		return LINKS;
	for (size_t i = 0; i < links.count; i++)
		if (!receipt_find(receipt, links.at[i]))
			return LINKS;
	return NULL;
}

static bool tells_of(const struct receipt *receipt, struct text folder)
{
	for (size_t i = 0; i < receipt->wire_count; i++)
		if (text_starts(receipt->wires[i].path, folder))
			return true;
	for (size_t i = 0; i < receipt->kept.count; i++)
		if (text_starts(receipt->kept.at[i], folder))
			return true;
	return false;
}

/* A folder whose reader has come since the receipt was written, or NULL. */
static const char *find_new_reader(int root, const struct receipt *receipt, struct arena *a)
{
	for (const struct reader *r = READERS; r->folder.len; r++) {
		FD_AUTO has = fs_open(root, arena_printf(a, GRAFT_PROFILE "/" TEXT_F, TEXT_A(r->folder)).at, O_PATH | O_DIRECTORY);
		if (has >= 0 && reader_is_here(root, r) && !tells_of(receipt, r->place) && fs_may_write(root, r->place.at))
			return r->place.at;
	}
	return NULL;
}

/* A file that whoever applied last might not write, and we may, or NULL. */
static const char *find_late(int root, const struct receipt *receipt, struct arena *a)
{
	for (size_t i = 0; i < receipt->late.count; i++)
		if (fs_may_write(root, wire_folder(receipt->late.at[i], a).at))
			return receipt->late.at[i].at;
	return NULL;
}

const char *wire_broken(int root, const struct receipt *receipt)
{
	struct arena scratch = { 0 };
	const char *broken = find_stray(root, receipt, &scratch);
	if (!broken)
		broken = find_new_reader(root, receipt, &scratch);
	if (!broken)
		broken = find_late(root, receipt, &scratch);
	for (size_t i = 0; !broken && i < receipt->wire_count; i++)
		if (!wire_stands(root, &receipt->wires[i], &scratch))
			broken = receipt->wires[i].path.at;
	for (size_t i = 0; !broken && i < receipt->kept.count; i++) {
		struct stat st;
		if (fs_stat(root, receipt->kept.at[i].at, &st) < 0)
			broken = receipt->kept.at[i].at;
	}
	arena_drop(&scratch);
	return broken;
}
