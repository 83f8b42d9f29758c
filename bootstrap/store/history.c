#include "store/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "store/layout.h"
#include "store/profile.h"
#include "sys/fs.h"

#define SUFFIX ".lock"

static struct text file_name(uint64_t number, struct arena *a)
{
	return arena_printf(a, "%llu" SUFFIX, (unsigned long long)number);
}

int history_read(int root, uint64_t number, struct buffer *out, struct fault *f)
{
	struct arena scratch = { 0 };
	struct text path = arena_printf(&scratch, GRAFT_LOCKS "/%s", file_name(number, &scratch).at);
	int code = fs_read(root, path.at, LOCK_MAX, out, f);
	arena_drop(&scratch);
	return code;
}

static bool is_kept(const struct profile_generations *all, struct text name, struct arena *a)
{
	for (size_t i = 0; i < all->count; i++)
		if (text_equal(name, file_name(all->at[i].number, a)))
			return true;
	return false;
}

static int forget(int root, struct arena *a, struct fault *f)
{
	struct profile_generations all;
	struct texts names;
	FD_AUTO dir = fs_open(root, GRAFT_LOCKS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	int code = profile_list(root, a, &all, f);
	if (code == 0)
		code = fs_list(root, GRAFT_LOCKS, a, &names, f);
	if (code == 0 && dir < 0 && names.count)
		return fault_errno(f, GRAFT_LOCKS);
	for (size_t i = 0; code == 0 && i < names.count; i++)
		if (!is_kept(&all, names.at[i], a) && unlinkat(dir, names.at[i].at, 0) < 0)
			return fault_errno(f, GRAFT_LOCKS "/%s", names.at[i].at);
	return code;
}

bool history_has(int root, uint64_t number)
{
	struct arena scratch = { 0 };
	struct stat st;
	bool has = fs_stat(root, arena_printf(&scratch, GRAFT_LOCKS "/%s", file_name(number, &scratch).at).at, &st) == 0;
	arena_drop(&scratch);
	return has;
}

int history_write(int root, uint64_t number, struct text lock, struct fault *f)
{
	struct arena scratch = { 0 };
	struct text path = arena_printf(&scratch, GRAFT_LOCKS "/%s", file_name(number, &scratch).at);
	int code = fs_write(root, path.at, 0644, lock, f);
	arena_drop(&scratch);
	return code;
}

int history_prune(int root, struct fault *f)
{
	struct arena scratch = { 0 };
	int code = forget(root, &scratch, f);
	arena_drop(&scratch);
	return code;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

int history_list(int root, struct arena *a, struct history_numbers *out, struct fault *f)
{
	struct texts names;
	int code = fs_list(root, GRAFT_LOCKS, a, &names, f);
	*out = (struct history_numbers){ 0 };
	if (code < 0)
		return code;
	out->at = arena_alloc(a, names.count, sizeof *out->at);
	for (size_t i = 0; i < names.count; i++) {
		struct text name = names.at[i];
		if (text_ends(name, TEXT(SUFFIX)) &&
		    text_u64((struct text){ name.at, name.len - sizeof SUFFIX + 1 }, UINT64_MAX, &out->at[out->count]))
			out->count++;
	}
	qsort(out->at, out->count, sizeof *out->at, by_number);
	return 0;
}

/* NULL: it cannot be read, or has nothing for the system. */
static const struct lock_system *read_system(int root, struct text path, struct text system, struct arena *a)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	struct lock *lock = arena_alloc(a, 1, sizeof *lock);
	if (fs_read(root, path.at, LOCK_MAX, &bytes, &ignored) || lock_parse(buffer_view(&bytes), "a kept lock", a, lock, &ignored) < 0)
		return NULL;
	return lock_system_find(lock, system);
}

int history_systems(int root, struct text system, struct arena *a, struct history_systems *out, struct fault *f)
{
	struct history_numbers numbers;
	int code = history_list(root, a, &numbers, f);
	*out = (struct history_systems){ arena_alloc(a, numbers.count, sizeof *out->at), arena_alloc(a, numbers.count, sizeof *out->numbers), 0 };
	for (size_t i = 0; code == 0 && i < numbers.count; i++) {
		struct text path = arena_printf(a, GRAFT_LOCKS "/%s", file_name(numbers.at[i], a).at);
		const struct lock_system *found = read_system(root, path, system, a);
		if (!found)
			continue;
		out->numbers[out->count] = numbers.at[i];
		out->at[out->count++] = found;
	}
	return code;
}
