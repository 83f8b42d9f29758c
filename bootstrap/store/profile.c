#include "store/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "format/storepath.h"
#include "store/layout.h"
#include "sys/fs.h"

#define LINK_PREFIX GRAFT_PROFILE_NAME "-"
#define LINK_SUFFIX "-link"
#define GENERATION_MAX 4000000000u /* a number beyond is nobody's */
#define PROFILE_LOCK GRAFT_PROFILE ".lock"

/* "nixgraft-<N>-link" -> N; 0 when it is no such name. */
static uint64_t link_number(struct text name)
{
	uint64_t n;
	if (!text_starts(name, TEXT(LINK_PREFIX)) || !text_ends(name, TEXT(LINK_SUFFIX)) ||
	    name.len < sizeof LINK_PREFIX + sizeof LINK_SUFFIX - 1)
		return 0;
	name = text_skip(name, sizeof LINK_PREFIX - 1);
	name.len -= sizeof LINK_SUFFIX - 1;
	return text_u64(name, GENERATION_MAX, &n) ? n : 0;
}

/* As fs_link calls a link that is not in place yet. */
static bool is_half_made(struct text name)
{
	struct text whole = text_starts(name, TEXT(GRAFT_STAGE_PREFIX)) ? text_skip(name, sizeof GRAFT_STAGE_PREFIX - 1) : TEXT("");
	return text_equal(whole, TEXT(GRAFT_PROFILE_NAME)) || link_number(whole);
}

bool profile_owns(struct text path)
{
	if (!text_starts(path, TEXT(NIX_PROFILES "/")))
		return false;
	struct text name = text_skip(path, sizeof NIX_PROFILES);
	return text_equal(name, TEXT(GRAFT_PROFILE_NAME)) || link_number(name) || is_half_made(name);
}

static const char *link_path(struct arena *a, uint64_t n)
{
	return arena_printf(a, NIX_PROFILES "/" LINK_PREFIX "%llu" LINK_SUFFIX, (unsigned long long)n).at;
}

static struct text generation_path(int root, struct arena *a, uint64_t n)
{
	return n ? storepath_base(fs_read_link(root, link_path(a, n), a)) : (struct text){ 0 };
}

int profile_read(int root, struct arena *a, struct profile *out, struct fault *f)
{
	struct texts names;
	*out = (struct profile){ 0 };
	int code = fs_list(root, NIX_PROFILES, a, &names, f);
	if (code < 0)
		return code;
	for (size_t i = 0; i < names.count; i++) {
		uint64_t n = link_number(names.at[i]);
		if (n > out->newest)
			out->newest = n;
	}
	out->current = link_number(fs_read_link(root, GRAFT_PROFILE, a));
	out->path = generation_path(root, a, out->current);
	out->newest_path = generation_path(root, a, out->newest);
	return 0;
}

/* What is done under Nix's lock of the profile. */
struct change {
	struct text path;    /* to be in force; none: `number` is */
	uint64_t number;     /* in: the generation meant, out: the one in force */
};

typedef int change_work(int root, struct change *change, struct arena *a, struct fault *f);

static int point_at(int root, uint64_t number, struct arena *a, struct fault *f)
{
	return fs_link(root, GRAFT_PROFILE, text_skip(text_of(link_path(a, number)), sizeof NIX_PROFILES).at, f);
}

static uint64_t choose(const struct profile *now, struct text path)
{
	if (now->current && text_equal(now->path, path))
		return now->current;
	return now->newest && text_equal(now->newest_path, path) ? now->newest : now->newest + 1;
}

int profile_next(int root, struct text path, uint64_t *generation, struct fault *f)
{
	struct arena scratch = { 0 };
	struct profile now;
	int code = profile_read(root, &scratch, &now, f);
	*generation = code == 0 ? choose(&now, path) : 0;
	arena_drop(&scratch);
	return code;
}

static int commit(int root, struct change *c, struct arena *a, struct fault *f)
{
	struct profile now;
	int code = profile_read(root, a, &now, f);
	if (code < 0)
		return code;
	c->number = choose(&now, c->path);
	if (c->number == now.current)
		return 0;
	if (c->number > now.newest)
		code = fs_link(root, link_path(a, c->number), arena_printf(a, STORE_PREFIX TEXT_F, TEXT_A(c->path)).at, f);
	return code == 0 ? point_at(root, c->number, a, f) : code;
}

static int switch_to(int root, struct change *c, struct arena *a, struct fault *f)
{
	struct stat st;
	if (fs_stat(root, link_path(a, c->number), &st) < 0)
		return fault_set(f, FAULT_SYSTEM, "generation %llu was removed meanwhile; `nixgraft generations` lists what is there",
				 (unsigned long long)c->number);
	return point_at(root, c->number, a, f);
}

static int prune(int root, struct change *c, struct arena *a, struct fault *f)
{
	struct profile_generations all;
	int code = profile_list(root, a, &all, f);
	if (code == 0 && !c->number)
		code = fs_unlink(root, GRAFT_PROFILE, f);
	for (size_t i = 0; code == 0 && i < all.count; i++)
		if (all.at[i].number != c->number)
			code = fs_unlink(root, link_path(a, all.at[i].number), f);
	return code;
}

/* What a killed run left would be a GC root for ever. */
static int sweep(int dir, struct arena *a, struct fault *f)
{
	struct texts names;
	int code = fs_list(dir, "/", a, &names, f);
	for (size_t i = 0; code == 0 && i < names.count; i++)
		if (is_half_made(names.at[i]) && unlinkat(dir, names.at[i].at, 0) < 0 && errno != ENOENT)
			code = fault_errno(f, "cannot remove " NIX_PROFILES "/%s", names.at[i].at);
	return code;
}

static int locked(int root, change_work *work, struct change *change, struct fault *f)
{
	struct arena scratch = { 0 };
	char name[FS_NAME_SIZE];
	FD_AUTO held = -1;
	FD_AUTO dir = fs_open_parent(root, PROFILE_LOCK, name);
	if (dir < 0)
		return fault_errno(f, NIX_PROFILES);
	int code = fs_lock(root, PROFILE_LOCK, FS_LOCK_EXCLUSIVE, &held, f);
	if (code == 0)
		code = sweep(dir, &scratch, f);
	if (code == 0)
		code = work(root, change, &scratch, f);
	if (held >= 0)
		fs_unlock(dir, name, held);
	arena_drop(&scratch);
	return code;
}

int profile_commit(int root, struct text path, uint64_t *generation, struct fault *f)
{
	struct change change = { .path = path };
	int code = locked(root, commit, &change, f);
	*generation = change.number;
	return code;
}

int profile_switch(int root, uint64_t number, struct fault *f)
{
	return locked(root, switch_to, &(struct change){ .number = number }, f);
}

int profile_prune(int root, uint64_t keep, struct fault *f)
{
	return locked(root, prune, &(struct change){ .number = keep }, f);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = ((const struct profile_generation *)a)->number, y = ((const struct profile_generation *)b)->number;
	return x < y ? -1 : x > y;
}

int profile_list(int root, struct arena *a, struct profile_generations *out, struct fault *f)
{
	struct texts names;
	int code = fs_list(root, NIX_PROFILES, a, &names, f);
	if (code < 0)
		return code;
	*out = (struct profile_generations){ arena_alloc(a, names.count, sizeof *out->at), 0 };
	for (size_t i = 0; i < names.count; i++) {
		struct stat st;
		uint64_t n = link_number(names.at[i]);
		if (n && fs_stat(root, link_path(a, n), &st) == 0)
			out->at[out->count++] = (struct profile_generation){ n, generation_path(root, a, n), st.st_mtim };
	}
	qsort(out->at, out->count, sizeof *out->at, by_number);
	return 0;
}
