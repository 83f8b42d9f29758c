#include "store/resolve.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "base/buffer.h"
#include "base/fault.h"
#include "sys/fs.h"

#define PROFILE "/etc/profile"
#define PROFILE_D "/etc/profile.d/nixgraft.sh"
#define PROFILE_MAX (1u << 20) /* bytes; Debian's has 769 */
#define PROFILE_PATHS 2        /* Debian's says one PATH for root and one for others */

bool resolve_is_program(int root, struct text path)
{
	struct stat st;
	FD_AUTO fd = fs_open(root, path.at, O_PATH);
	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;
}

static struct text without_slash(struct text folder)
{
	while (folder.len > 1 && folder.at[folder.len - 1] == '/')
		folder.len--;
	return folder;
}

struct text resolve_command(int root, struct text path, struct text command, struct arena *a)
{
	struct text folder;
	while (text_cut(&path, ':', &folder)) {
		struct text plain = without_slash(folder);
		if (!text_starts(plain, TEXT("/")))
			continue;
		struct text file = arena_printf(a, TEXT_F "%s" TEXT_F, TEXT_A(plain), plain.len > 1 ? "/" : "", TEXT_A(command));
		if (resolve_is_program(root, file))
			return file;
	}
	return (struct text){ 0 };
}

bool resolve_has_folder(struct text path, struct text folder)
{
	struct text one;
	while (text_cut(&path, ':', &one))
		if (text_equal(without_slash(one), folder))
			return true;
	return false;
}

/* ---- login shells ---- */

/* The value of a line `PATH="..."` without variables in it. */
static bool read_path_line(struct text line, struct text *value)
{
	while (line.len && (*line.at == ' ' || *line.at == '\t'))
		line = text_skip(line, 1);
	if (!text_starts(line, TEXT("PATH=\"")) || !text_ends(line, TEXT("\"")) || line.len < sizeof "PATH=\"\"" - 1)
		return false;
	*value = text_skip(line, sizeof "PATH=\"" - 1);
	value->len--;
	return true;
}

/* Does the line set PATH, or seem to, in whatever way? */
static bool sets_path(struct text line)
{
	static const char word[] = "PATH=";
	const char *at;
	for (; line.len && (at = memmem(line.at, line.len, word, sizeof word - 1)); line = text_skip(line, (size_t)(at - line.at) + 1)) {
		char before = at > line.at ? at[-1] : ' ';
		if (memchr(line.at, '#', (size_t)(at - line.at)))
			return false;
		if (!isalnum((unsigned char)before) && before != '_')
			return true;
	}
	return false;
}

/* All that the lines of a profile set PATH to; more than PROFILE_PATHS when it is not as simple as that. */
static size_t read_paths(struct text bytes, struct text values[PROFILE_PATHS])
{
	struct text line, value;
	size_t count = 0;
	while (text_cut(&bytes, '\n', &line)) {
		if (!read_path_line(line, &value) && sets_path(line))
			return PROFILE_PATHS + 1;
		if (!read_path_line(line, &value))
			continue;
		if (count == PROFILE_PATHS || text_has(value, '$') || text_has(value, '`') || text_has(value, '\\'))
			return PROFILE_PATHS + 1;
		values[count++] = value;
	}
	return count;
}

struct text resolve_login_path(int root, bool of_root, struct text folder, struct arena *a)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault ignored = { 0 };
	struct text values[PROFILE_PATHS], path;
	struct stat st;
	if (fs_read(root, PROFILE, PROFILE_MAX, &bytes, &ignored))
		return (struct text){ 0 };
	size_t count = read_paths(buffer_view(&bytes), values);
	if (count == 0 || count > PROFILE_PATHS)
		return (struct text){ 0 };
	path = arena_copy(a, values[of_root ? 0 : count - 1]);
	if (resolve_has_folder(path, folder) || fs_stat(root, PROFILE_D, &st) < 0)
		return path;
	return arena_printf(a, TEXT_F ":" TEXT_F, TEXT_A(folder), TEXT_A(path));
}
