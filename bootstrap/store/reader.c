#include "store/reader.h"

#include "sys/fs.h"

#define LOCAL "/usr/local/share/"

const struct reader READERS[] = {
	{ TEXT_INIT("share/man/"), TEXT_INIT(LOCAL "man/"), { "/usr/bin/man", "/bin/man" } },
	{ TEXT_INIT("share/bash-completion/"),
	  TEXT_INIT(LOCAL "bash-completion/"),
	  { "/usr/share/bash-completion/bash_completion", "/etc/bash_completion" } },
	{ TEXT_INIT("share/zsh/"), TEXT_INIT(LOCAL "zsh/"), { "/usr/bin/zsh", "/bin/zsh" } },
	{ TEXT_INIT("share/fish/vendor_completions.d/"), TEXT_INIT("/etc/fish/completions/"), { "/usr/bin/fish", "/bin/fish" } },
	{ .folder = { NULL, 0 } },
};

bool reader_is_here(int root, const struct reader *r)
{
	struct stat st;
	return fs_stat(root, r->programs[0], &st) == 0 || fs_stat(root, r->programs[1], &st) == 0;
}

struct text reader_link(const struct reader *r, struct text path, struct arena *a)
{
	if (!text_starts(path, r->folder))
		return (struct text){ 0 };
	path = text_skip(path, r->folder.len);
	return arena_printf(a, TEXT_F TEXT_F, TEXT_A(r->place), TEXT_A(path));
}

bool reader_owns(struct text path)
{
	for (const struct reader *r = READERS; r->folder.len; r++)
		if (text_starts(path, r->place))
			return true;
	return false;
}
