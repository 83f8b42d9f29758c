#include "cmd/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cmd/flake.h"
#include "sys/fs.h"

static const int SIGNALS[] = { SIGINT, SIGTERM, SIGHUP };
#define COUNT (sizeof SIGNALS / sizeof *SIGNALS)

/* What the handler puts back; NULL: nothing. */
static const struct keep *volatile guarded;

/* In a handler only what is async-signal-safe: hence in place. */
static void put_back(const struct keep *k)
{
	size_t done = 0;
	if (!k->exists) {
		unlink(k->name);
		return;
	}
	int fd = open(k->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	while (fd >= 0 && done < k->bytes.len) {
		ssize_t n = write(fd, k->bytes.at + done, k->bytes.len - done);
		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
}

static void on_signal(int number)
{
	flake_stop(); /* else Nix would go on to write what is put back here */
	if (guarded)
		put_back(guarded);
	signal(number, SIG_DFL);
	raise(number);
}

/* Signals that are ignored, as by nohup, stay so. */
static void listen_to(void (*handler)(int))
{
	struct sigaction now, wanted = { .sa_handler = handler, .sa_flags = SA_RESTART };
	sigemptyset(&wanted.sa_mask);
	for (size_t i = 0; i < COUNT; i++)
		sigaddset(&wanted.sa_mask, SIGNALS[i]);
	for (size_t i = 0; i < COUNT; i++)
		if (sigaction(SIGNALS[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaction(SIGNALS[i], &wanted, NULL);
}

static void mask(int how)
{
	sigset_t all;
	sigemptyset(&all);
	for (size_t i = 0; i < COUNT; i++)
		sigaddset(&all, SIGNALS[i]);
	sigprocmask(how, &all, NULL);
}

void keep_pause(void)
{
	mask(SIG_BLOCK);
}

void keep_go(void)
{
	mask(SIG_UNBLOCK);
}

int keep_begin(struct keep *k, const char *name, size_t max, struct fault *f)
{
	*k = (struct keep){ .name = name };
	int code = fs_read_host(name, max, &k->bytes, f);
	if (code < 0)
		return code;
	k->exists = code == 0;
	guarded = k;
	listen_to(on_signal);
	return 0;
}

static bool is_as_before(const struct keep *k)
{
	BUFFER_AUTO now = { 0 };
	struct fault ignored = { 0 };
	return fs_read_host(k->name, k->bytes.len + 1, &now, &ignored) == 0 && text_equal(buffer_view(&now), buffer_view(&k->bytes));
}

int keep_restore(const struct keep *k, struct fault *f)
{
	if (k->exists && is_as_before(k))
		return 0;
	if (k->exists)
		return fs_write_host(k->name, 0644, buffer_view(&k->bytes), f);
	if (unlink(k->name) < 0 && errno != ENOENT)
		return fault_errno(f, "%s: cannot be removed again", k->name);
	return 0;
}

void keep_end(struct keep *k)
{
	if (guarded == k) {
		listen_to(SIG_DFL);
		guarded = NULL;
	}
	buffer_drop(&k->bytes);
}
