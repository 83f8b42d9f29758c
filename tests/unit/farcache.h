/* farcache: a folder of the household behind http://127.0.0.1, by a process that lives as long as the test. */
#ifndef UNIT_FARCACHE_H
#define UNIT_FARCACHE_H

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "household.h"

/* A server under way. */
struct farcache {
	pid_t process;
	struct text url; /* of the folder */
};

/* Answers one request, GET or HEAD, from byte N on when it asks for "Range: bytes=N-". */
UNUSED static void far_answer(int connection, int folder)
{
	char request[8192] = "", name[4096], head[512];
	unsigned long from = 0;
	size_t len = 0;
	struct stat st;
	while (!strstr(request, "\r\n\r\n") && len + 1 < sizeof request) {
		ssize_t n = read(connection, request + len, sizeof request - 1 - len);
		if (n <= 0)
			return;
		len += (size_t)n;
	}
	bool get = strncmp(request, "GET ", 4) == 0;
	if (sscanf(strchr(request, ' '), " /%4095s", name) != 1)
		return;
	FD_AUTO file = openat(folder, name, O_RDONLY);
	if (file < 0 || fstat(file, &st) < 0) {
		dprintf(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
		return;
	}
	const char *range = strcasestr(request, "\r\nRange: bytes=");
	if (range && sscanf(range + strlen("\r\nRange: bytes="), "%lu", &from) == 1)
		snprintf(head, sizeof head, "206 Partial Content\r\nContent-Range: bytes %lu-%ld/%ld", from,
			 (long)st.st_size - 1, (long)st.st_size);
	else
		snprintf(head, sizeof head, "200 OK");
	dprintf(connection, "HTTP/1.1 %s\r\nAccept-Ranges: bytes\r\nContent-Length: %ld\r\nConnection: close\r\n\r\n",
		head, (long)st.st_size - (long)from);
	char block[65536];
	for (ssize_t n; get && (n = pread(file, block, sizeof block, (off_t)from)) > 0; from += (size_t)n)
		if (write(connection, block, (size_t)n) != n)
			return;
}

/* Begins to serve `folder` ("/cache") of the household. */
UNUSED static struct farcache far_start(struct household *h, const char *folder)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	FD_AUTO listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FD_AUTO dir = fs_open(h->host, folder, O_RDONLY | O_DIRECTORY);
	assert_int_equal(setenv("no_proxy", "127.0.0.1", 1), 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 200), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	struct farcache far = { fork(), text_of(house_say(h, "http://127.0.0.1:%d", ntohs(at.sin_port))) };
	if (far.process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		for (;;) {
			FD_AUTO connection = accept(listener, NULL, NULL);
			if (connection >= 0)
				far_answer(connection, dir);
		}
	}
	assert_true(far.process > 0);
	return far;
}

UNUSED static void far_stop(const struct farcache *far)
{
	assert_int_equal(kill(far->process, SIGKILL), 0);
	assert_int_equal(waitpid(far->process, NULL, 0), far->process);
}

#endif
