#include "cmd/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/say.h"

static int take(int fd, int operation)
{
	int result;
	do
		result = flock(fd, operation);
	while (result < 0 && errno == EINTR);
	return result;
}

void hold_take(struct hold *h, const char *folder, bool shared, const struct call *call)
{
	int operation = shared ? LOCK_SH : LOCK_EX;
	*h = (struct hold){ .fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (h->fd < 0)
		return;
	h->held = true;
	if (take(h->fd, operation | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return;
	say_note(call, "another nixgraft is making a lock in %s; waiting for it", folder);
	take(h->fd, operation);
}

const char *hold_folder_of(const char *name, struct arena *a)
{
	const char *slash = strrchr(name, '/');
	if (!slash)
		return ".";
	return slash == name ? "/" : arena_copy(a, (struct text){ name, (size_t)(slash - name) }).at;
}

bool hold_is(const struct hold *h, const char *folder)
{
	struct stat held, st;
	return h->held && fstat(h->fd, &held) == 0 && stat(folder, &st) == 0 && held.st_dev == st.st_dev && held.st_ino == st.st_ino;
}

void hold_drop(struct hold *h)
{
	if (h->held)
		close(h->fd);
	h->held = false;
}
