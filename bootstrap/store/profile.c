#include "store/profile.h"

#include <errno.h>
#include <unistd.h>

#include "base/bounds.h"
#include "format/storepath.h"
#include "store/layout.h"
#include "sys/fs.h"

#define LINK_PREFIX GRAFT_PROFILE_NAME "-"
#define LINK_SUFFIX "-link"
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
	return text_u64(name, UINT64_MAX, &n) ? n : 0;
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

static int switch_to(int root, struct text path, uint64_t *generation, struct arena *a, struct fault *f)
{
	struct profile now;
	int code = profile_read(root, a, &now, f);
	if (code < 0)
		return code;
	*generation = now.current;
	if (now.current && text_equal(now.path, path))
		return 0;
	*generation = now.newest;
	if (!now.newest || !text_equal(now.newest_path, path)) {
		*generation = now.newest + 1;
		code = fs_link(root, link_path(a, *generation), arena_printf(a, STORE_PREFIX TEXT_F, TEXT_A(path)).at, f);
	}
	if (code == 0)
		code = fs_link(root, GRAFT_PROFILE, text_skip(text_of(link_path(a, *generation)), sizeof NIX_PROFILES).at, f);
	return code;
}

int profile_commit(int root, struct text path, uint64_t *generation, struct fault *f)
{
	struct arena scratch = { 0 };
	char name[FS_NAME_SIZE];
	FD_AUTO held = -1;
	FD_AUTO dir = fs_open_parent(root, PROFILE_LOCK, name);
	if (dir < 0)
		return fault_errno(f, NIX_PROFILES);
	int code = fs_lock(root, PROFILE_LOCK, FS_LOCK_EXCLUSIVE, &held, f);
	if (code == 0)
		code = switch_to(root, path, generation, &scratch, f);
	if (held >= 0) {
		unlinkat(dir, name, 0);
		if (write(held, "d", 1) < 0) /* tells who waits on the old file that it is stale */
			errno = 0;
	}
	arena_drop(&scratch);
	return code;
}
