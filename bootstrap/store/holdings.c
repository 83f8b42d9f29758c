#include "store/holdings.h"

#include <fcntl.h>
#include <stdlib.h>

#include "format/lock.h"
#include "format/storepath.h"
#include "store/environment.h"
#include "store/history.h"
#include "store/orphans.h"
#include "store/profile.h"
#include "store/registry.h"
#include "sys/fs.h"

#define HOPS_MAX 8   /* links from a root to the store; Nix follows two */
#define FOLDERS_MAX 32 /* directories within one another below profiles and gcroots; Nix makes two */

/* The reading under way. */
struct holding_reader {
	int root;
	const struct receipt *receipt;
	struct arena *arena;
	struct holdings *out;
	struct history_systems kept; /* the kept locks */
	struct texts pending;        /* what a killed run was fetching */
};

/* ---- what is ours ---- */

static void tell_whose(const struct holding_reader *r, struct holding *h)
{
	h->environment = storepath_valid(h->path) && text_equal(storepath_name(h->path), TEXT(ENVIRONMENT_NAME));
	h->ours = h->environment || texts_find(r->receipt->paths, h->path) >= 0 || texts_find(r->pending, h->path) >= 0;
	for (size_t i = 0; i < r->kept.count; i++) {
		const struct lock_path *path = lock_path_find(r->kept.at[i], h->path);
		h->ours = h->ours || path;
		if (path && !h->nar_size)
			h->nar_size = path->nar_size;
	}
}

/* ---- what is there ---- */

/* A store object may well be called flake.lock: the mode tells. */
static bool is_lock(int dir, struct text name)
{
	struct stat st;
	return text_ends(name, TEXT(".lock")) && fstatat(dir, name.at, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mode == (S_IFREG | 0600);
}

bool holdings_beside(int dir, struct text name)
{
	return text_equal(name, TEXT(".links")) || text_starts(name, TEXT(GRAFT_STAGE_PREFIX)) || is_lock(dir, name);
}

static int list_store(struct holding_reader *r, struct texts *names, struct fault *f)
{
	size_t kept = 0;
	FD_AUTO dir = fs_open(r->root, STORE_DIR, O_RDONLY | O_DIRECTORY);
	int code = fs_list(r->root, STORE_DIR, r->arena, names, f);
	for (size_t i = 0; i < names->count; i++)
		if (!holdings_beside(dir, names->at[i]))
			names->at[kept++] = names->at[i];
	names->count = kept;
	return code;
}

/* Both lists are sorted bytewise. */
static void merge(struct holding_reader *r, const struct registry *rows, struct texts names)
{
	struct holdings *out = r->out;
	size_t row = 0, name = 0;
	out->at = arena_alloc(r->arena, rows->count + names.count, sizeof *out->at);
	while (row < rows->count || name < names.count) {
		int order = row == rows->count ? 1 : name == names.count ? -1 : text_compare(rows->rows[row].path, names.at[name]);
		struct holding *h = &out->at[out->count++];
		h->registered = order <= 0;
		h->stands = order >= 0;
		h->path = h->stands ? names.at[name] : rows->rows[row].path;
		if (h->registered) {
			h->nar_size = rows->rows[row].nar_size;
			h->references = rows->rows[row].references;
		}
		tell_whose(r, h);
		row += h->registered;
		name += h->stands;
	}
}

static int by_path(const void *a, const void *b)
{
	return text_compare(((const struct holding *)a)->path, ((const struct holding *)b)->path);
}

struct holding *holdings_find(const struct holdings *h, struct text path)
{
	struct holding key = { .path = path };
	return h->count ? bsearch(&key, h->at, h->count, sizeof key, by_path) : NULL;
}

/* ---- who holds what ---- */

/* The path without "." and "..", textually, as Nix does it. */
static struct text canonical(struct text path, struct arena *a)
{
	struct text out = { 0 }, part;
	while (text_cut(&path, '/', &part)) {
		if (!part.len || text_equal(part, TEXT(".")))
			continue;
		if (!text_equal(part, TEXT("..")))
			out = arena_printf(a, TEXT_F "/" TEXT_F, TEXT_A(out), TEXT_A(part));
		while (text_equal(part, TEXT("..")) && out.len && out.at[--out.len] != '/')
			;
	}
	return arena_copy(a, out);
}

/* The base name that an absolute path in the store begins with; none elsewhere. */
static struct text base_of(struct text path)
{
	struct text rest = text_starts(path, TEXT(STORE_PREFIX)) ? text_skip(path, sizeof STORE_PREFIX - 1) : (struct text){ 0 };
	struct text base = { 0 };
	return text_cut(&rest, '/', &base) && storepath_valid(base) ? base : (struct text){ 0 };
}

static void note_root(struct holding_reader *r, struct text link, struct text path)
{
	struct holdings_root root = { link, path };
	if (path.len)
		LIST_PUSH(&r->out->roots, r->arena, root);
}

static void follow_link(struct holding_reader *r, struct text link)
{
	struct text at = link, base = { 0 };
	for (unsigned hop = 0; hop < HOPS_MAX && !base.len; hop++) {
		struct text target = fs_read_link(r->root, at.at, r->arena);
		if (!target.at)
			return;
		at = canonical(target.len && target.at[0] == '/' ? target : arena_printf(r->arena, TEXT_F "/../" TEXT_F, TEXT_A(at),
											 TEXT_A(target)), r->arena);
		base = base_of(at);
	}
	note_root(r, link, base);
}

static int read_roots(struct holding_reader *r, struct text folder, unsigned depth, struct fault *f)
{
	struct texts names;
	int code = fs_list(r->root, folder.at, r->arena, &names, f);
	if (depth == FOLDERS_MAX)
		return fault_set(f, FAULT_SYSTEM, "%s: more than %d directories deep; others' GC roots cannot be told", folder.at, FOLDERS_MAX);
	for (size_t i = 0; code == 0 && i < names.count; i++) {
		struct text path = arena_printf(r->arena, TEXT_F "/" TEXT_F, TEXT_A(folder), TEXT_A(names.at[i]));
		struct stat st;
		if (profile_owns(path) || fs_stat(r->root, path.at, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			code = read_roots(r, path, depth + 1, f);
		else if (S_ISLNK(st.st_mode))
			follow_link(r, path);
		else if (storepath_valid(names.at[i]))
			note_root(r, path, names.at[i]);
	}
	return code;
}

int holdings_read(const struct root *root, const struct receipt *receipt, struct arena *a, struct holdings *out, struct fault *f)
{
	struct holding_reader r = { .root = root->fd, .receipt = receipt, .arena = a, .out = out };
	struct registry rows;
	struct texts names;
	*out = (struct holdings){ 0 };
	int code = registry_read(root, true, a, &rows, f);
	if (code == 0)
		code = list_store(&r, &names, f);
	if (code == 0)
		code = history_systems(r.root, receipt->system, a, &r.kept, f);
	if (code < 0)
		return code;
	r.pending = orphans_read(root->fd, a);
	merge(&r, &rows, names);
	code = read_roots(&r, TEXT(NIX_PROFILES), 0, f);
	return code == 0 ? read_roots(&r, TEXT(NIX_STATE "/gcroots"), 0, f) : code;
}
