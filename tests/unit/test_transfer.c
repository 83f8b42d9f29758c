/* transfer: what each answer means, against a server of faults. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "requests.h"

/* The server: each request takes the first unused act of its path. */

struct act {
	const char *path;   /* of the request */
	const char *has;    /* what its head must have, or NULL */
	const char *hasnt;  /* what its head must not have, or NULL */
	const char *reply;  /* sent; then the connection is closed */
	bool reset;         /* by RST */
	size_t fill;        /* that many bytes 'x' more */
};

static pid_t server;
static int port;

static void read_head(int peer, char *head, size_t room)
{
	size_t len = 0;
	ssize_t n;

	while (len < room - 1 && (n = read(peer, head + len, room - 1 - len)) > 0) {
		len += (size_t)n;
		head[len] = '\0';
		if (strstr(head, "\r\n\r\n"))
			return;
	}
	head[len] = '\0';
}

static struct act *act_for(struct act *acts, bool *used, const char *head)
{
	char path[256];
	size_t i = 0;

	if (sscanf(head, "%*s %255s", path) != 1)
		return NULL;
	while (acts[i].path && (used[i] || strcmp(acts[i].path, path) != 0))
		i++;
	if (!acts[i].path || (acts[i].has && !strstr(head, acts[i].has)) ||
	    (acts[i].hasnt && strstr(head, acts[i].hasnt)))
		return NULL;
	used[i] = true;
	return &acts[i];
}

static void play(int peer, const struct act *act)
{
	static const char unasked[] = "HTTP/1.1 418 Not In The Script\r\nContent-Length: 0\r\n\r\n";
	const char *reply = act ? act->reply : unasked;
	char block[4096];

	memset(block, 'x', sizeof block);
	if (send(peer, reply, strlen(reply), MSG_NOSIGNAL) < 0)
		return;
	for (size_t left = act ? act->fill : 0; left; left -= left < sizeof block ? left : sizeof block) {
		if (send(peer, block, left < sizeof block ? left : sizeof block, MSG_NOSIGNAL) < 0)
			return;
	}
	if (act && act->reset)
		setsockopt(peer, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
	else
		shutdown(peer, SHUT_WR);
}

static void serve(struct act *acts)
{
	bool used[32] = { false };
	char head[8192];
	int fd = listen_any(&port);

	assert_int_equal(listen(fd, 64), 0);
	server = fork();
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int peer = accept(fd, NULL, NULL);

			read_head(peer, head, sizeof head);
			play(peer, act_for(acts, used, head));
			if (!strstr(head, " /slow"))
				close(peer);
		}
	}
	close(fd);
}

static int end_server(void **state)
{
	(void)state;
	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	server = 0;
	return 0;
}

static const char *url_of(const char *path)
{
	static char urls[32][256];
	static unsigned next;
	char *url = urls[next++ % 32];

	snprintf(url, sizeof urls[0], "http://127.0.0.1:%d%s", port, path);
	return url;
}

#define OK "HTTP/1.1 200 OK\r\n"

static void test_found_and_missing(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "/found", "User-Agent: test/1\r\n", "Accept-Encoding", OK "Content-Length: 5\r\n\r\nhello", 0, 0 },
		{ "/empty", NULL, "Range", OK "Content-Length: 0\r\n\r\n", 0, 0 },
		{ "/head", "HEAD /head", NULL, OK "Content-Length: 500\r\n\r\n", 0, 0 },
		{ "/404", NULL, NULL, "HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\npage", 0, 0 },
		{ "/403", NULL, NULL, "HTTP/1.1 403 No\r\n\r\n", 0, 0 },
		{ "/410", NULL, NULL, "HTTP/1.1 410 No\r\n\r\n", 0, SIZE_MAX },
		{ 0 } });
	get_prepare(&g, url_of("/found"));
	get_run(&g);
	got_body(&g, "hello");
	get_prepare(&g, url_of("/empty"));
	get_run(&g);
	got_body(&g, "");
	get_prepare(&g, url_of("/head"));
	g.request.head = true;
	g.request.max = 0;
	get_run(&g);
	got_body(&g, "");
	for (int i = 0; i < 3; i++) {
		get_prepare(&g, url_of((const char *const[]){ "/404", "/403", "/410" }[i]));
		get_run(&g);
		assert_string_equal(g.words, "");
		assert_int_equal(g.code, 0);
		assert_int_equal(g.answer, HTTP_MISSING);
		assert_int_equal(g.body.len, 0);
	}
}

static void test_goes_on_by_range(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "/f", NULL, "Range:", OK "Accept-Ranges: bytes\r\nContent-Length: 10\r\n\r\n0123", 0, 0 },
		{ "/f", "Range: bytes=4-\r\n", NULL,
		  "HTTP/1.1 206 Part\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n45", 0, 0 },
		{ "/f", "Range: bytes=6-\r\n", NULL,
		  "HTTP/1.1 206 Part\r\nContent-Range: bytes 6-9/10\r\nContent-Length: 4\r\n\r\n6789", 0, 0 },
		{ 0 } });
	get_prepare(&g, url_of("/f"));
	get_run(&g);
	got_body(&g, "0123456789");
	assert_int_equal(g.restarts, 0);
}

static void test_begins_again_without_ranges(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "/f", NULL, "Range:", OK "Content-Length: 10\r\n\r\n0123", 0, 0 },
		{ "/f", NULL, "Range:", OK "Content-Length: 10\r\n\r\n0123456789", 0, 0 },
		{ "/g", NULL, "Range:", OK "Content-Length: 10\r\n\r\n0123", 0, 0 },
		{ "/g", NULL, "Range:", OK "Content-Length: 10\r\n\r\n0123456789", 0, 0 },
		{ 0 } });
	get_prepare(&g, url_of("/f"));
	get_run(&g);
	got_body(&g, "0123456789");
	assert_int_equal(g.restarts, 1);
	get_prepare(&g, url_of("/g"));
	g.request.restart = NULL;
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "cannot go on where it stopped");
}

static void test_reset(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "/f", NULL, NULL, OK "Content-Length: 10\r\n\r\n0123", true, 0 },
		{ "/f", NULL, NULL, "", true, 0 },
		{ "/f", NULL, NULL, OK "Content-Length: 10\r\n\r\n0123456789", 0, 0 },
		{ 0 } });
	get_prepare(&g, url_of("/f"));
	get_run(&g);
	got_body(&g, "0123456789");
}

/* The receiver's bytes of an earlier run: `have` of "0123456789". */
static void continues(const char *path, const char *first, size_t max, struct got *g)
{
	get_prepare(g, url_of(path));
	buffer_text(&g->body, text_of(first));
	g->request.have = strlen(first);
	g->request.max = max;
	get_run(g);
}

static void test_earlier_run(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "/f", "Range: bytes=4-\r\n", NULL,
		  "HTTP/1.1 206 Part\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789", 0, 0 },
		{ "/whole", "Range: bytes=4-\r\n", NULL, OK "Content-Length: 10\r\n\r\n0123456789", 0, 0 },
		{ "/416", "Range: bytes=4-\r\n", NULL, "HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/416", NULL, "Range:", OK "Content-Length: 10\r\n\r\n0123456789", 0, 0 },
		{ "/more", NULL, "Range:", OK "Content-Length: 3\r\n\r\n012", 0, 0 },
		{ 0 } });
	continues("/f", "0123", 10, &g);
	got_body(&g, "0123456789");
	continues("/whole", "0123", 10, &g);
	got_body(&g, "0123456789");
	assert_int_equal(g.restarts, 1);
	continues("/416", "0123", 10, &g);
	got_body(&g, "0123456789");
	assert_int_equal(g.restarts, 1);
	continues("/more", "0123", 3, &g);
	got_body(&g, "012");
}

static void test_wrong_ranges(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "/unasked", NULL, "Range:", "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-3/4\r\n\r\n0123", 0, 0 },
		{ "/other", NULL, NULL, "HTTP/1.1 206 Part\r\nContent-Range: bytes 5-9/10\r\n\r\n56789", 0, 0 },
		{ "/none", NULL, NULL, "HTTP/1.1 206 Part\r\n\r\n456789", 0, 0 },
		{ "/odd", NULL, NULL, "HTTP/1.1 206 Part\r\nContent-Range: bytes +4-9/10\r\n\r\n456789", 0, 0 },
		{ "/416", NULL, NULL, "HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ 0 } });
	continues("/unasked", "", 10, &g);
	got_fault(&g, FAULT_NETWORK, "a part, though the whole was asked for");
	continues("/other", "0123", 10, &g);
	got_fault(&g, FAULT_NETWORK, "another range than the one from byte 4");
	assert_int_equal(g.restarts, 0);
	continues("/none", "0123", 10, &g);
	got_fault(&g, FAULT_NETWORK, "206 without a Content-Range");
	continues("/odd", "0123", 10, &g);
	got_fault(&g, FAULT_NETWORK, "another range");
	continues("/416", "", 10, &g);
	got_fault(&g, FAULT_NETWORK, "HTTP status 416");
}

static void test_too_long(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "/told", NULL, NULL, OK "Content-Length: 11\r\n\r\n0123456789a", 0, 0 },
		{ "/untold", NULL, NULL, OK "\r\n0123456789", 0, 90000000 },
		{ "/exact", NULL, NULL, OK "\r\n0123456789", 0, 0 },
		{ "/part", NULL, NULL,
		  "HTTP/1.1 206 Part\r\nContent-Range: bytes 4-10/11\r\nContent-Length: 7\r\n\r\n456789a", 0, 0 },
		{ 0 } });
	continues("/told", "", 10, &g);
	assert_int_equal(g.body.len, 0);
	got_fault(&g, FAULT_VERIFY, "the server has 11 bytes, where at most 10 are expected");
	continues("/untold", "", 10, &g);
	got_fault(&g, FAULT_VERIFY, "the server sent more than the 10 bytes that are expected");
	continues("/exact", "", 10, &g);
	got_body(&g, "0123456789");
	continues("/part", "0123", 10, &g);
	got_fault(&g, FAULT_VERIFY, "the server has 11 bytes");
}

static void test_receiver_refuses(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){ { "/f", NULL, NULL, OK "Content-Length: 4\r\n\r\n0123", 0, 0 }, { 0 } });
	get_prepare(&g, url_of("/f"));
	g.refuse = true;
	get_run(&g);
	assert_string_equal(g.words, "the disk is full");
	got_fault(&g, FAULT_SYSTEM, "the disk is full");
}

static void test_gives_up(void **state)
{
	struct act acts[HTTP_TRIES + 1] = { { 0 } };
	struct timespec begin;
	struct got g;

	(void)state;
	for (int i = 0; i < HTTP_TRIES; i++)
		acts[i] = (struct act){ "/f", NULL, NULL, "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", 0, 0 };
	serve(acts);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	get_prepare(&g, url_of("/f"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "/f: HTTP status 500, in each of 5 tries");
	assert_in_range(elapsed_ms(&begin), 1500, 5000);
}

static void test_unreachable(void **state)
{
	int fd;
	struct got g;

	(void)state;
	fd = listen_any(&port); /* bound, and nobody listens */
	get_prepare(&g, url_of("/f"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "in each of 5 tries");
	close(fd);
}

static void test_final_statuses(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "/501", NULL, NULL, "HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/401", NULL, NULL, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/407", NULL, NULL, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/204", NULL, NULL, "HTTP/1.1 204 None\r\n\r\n", 0, 0 },
		{ 0 } });
	get_prepare(&g, url_of("/501"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "/501: HTTP status 501");
	get_prepare(&g, url_of("/401"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "HTTP status 401: credentials are wanted; put them into ~/.netrc");
	get_prepare(&g, url_of("/407"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "HTTP status 407: the proxy wants credentials");
	get_prepare(&g, url_of("/204"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "HTTP status 204");
}

/* Retry-After is kept, and the others go on meanwhile. */
static void test_waits_do_not_block(void **state)
{
	struct timespec begin;
	struct got busy, other[40];
	struct act acts[16 + 3] = {
		{ "/busy", NULL, NULL, "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/busy", NULL, NULL, OK "Content-Length: 4\r\n\r\nbusy", 0, 0 },
	};
	struct http *h;
	struct fault f = { 0 };
	unsigned done = 0;

	(void)state;
	for (int i = 2; i < 18; i++)
		acts[i] = (struct act){ "/f", NULL, NULL, OK "Content-Length: 1\r\n\r\nf", 0, 0 };
	serve(acts);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(http_open(&h, "test/1", &f), 0);
	get_prepare(&busy, url_of("/busy"));
	busy.done = &done;
	http_add(h, &busy.request);
	for (int i = 0; i < 16; i++) {
		get_prepare(&other[i], url_of("/f"));
		other[i].done = &done;
		http_add(h, &other[i].request);
	}
	assert_int_equal(http_run(h, &f), 0);
	assert_in_range(elapsed_ms(&begin), 1000, 4000);
	assert_int_equal(busy.order, 17);
	got_body(&busy, "busy");
	for (int i = 0; i < 16; i++)
		got_body(&other[i], "f");
	http_close(h);
}

static void test_redirects(void **state)
{
	struct got g;
	struct act acts[24] = {
		{ "/a", NULL, NULL, "HTTP/1.1 301 M\r\nLocation: b/c?d=e\r\nContent-Length: 4\r\n\r\npage", 0, 0 },
		{ "/b/c?d=e", NULL, NULL, "HTTP/1.1 307 M\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/end", NULL, NULL, OK "Content-Length: 3\r\n\r\nend", 0, 0 },
		{ "/ftp", NULL, NULL, "HTTP/1.1 302 F\r\nLocation: ftp://127.0.0.1/f\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/creds", NULL, NULL, "HTTP/1.1 302 F\r\nLocation: http://me:secret@127.0.0.1/f\r\n\r\n", 0, 0 },
		{ "/nowhere", NULL, NULL, "HTTP/1.1 302 M\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/gone", NULL, NULL, "HTTP/1.1 302 M\r\nLocation: /400?sig=secret\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/400?sig=secret", NULL, NULL, "HTTP/1.1 400 M\r\nContent-Length: 0\r\n\r\n", 0, 0 },
	};

	(void)state;
	for (int i = 8; i < 8 + 11; i++)
		acts[i] = (struct act){ "/loop", NULL, NULL,
					"HTTP/1.1 302 M\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n", 0, 0 };
	serve(acts);
	get_prepare(&g, url_of("/a"));
	get_run(&g);
	got_body(&g, "end");
	get_prepare(&g, url_of("/ftp"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "only http and https");
	get_prepare(&g, url_of("/creds"));
	get_run(&g);
	assert_null(strstr(g.words, "secret"));
	got_fault(&g, FAULT_NETWORK, "credentials in the new URL");
	get_prepare(&g, url_of("/nowhere"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "does not say where to");
	get_prepare(&g, url_of("/gone"));
	get_run(&g);
	assert_null(strstr(g.words, "secret"));
	got_fault(&g, FAULT_NETWORK, "/400: HTTP status 400");
	get_prepare(&g, url_of("/loop"));
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "10 redirects are the most");
}

/* Basic credentials of the URL: "me:secret". They stay with their origin, and out of messages. */
static void test_credentials(void **state)
{
	struct got g;
	char url[128];

	(void)state;
	serve((struct act[]){
		{ "/f", "Authorization: Basic bWU6c2VjcmV0", NULL,
		  "HTTP/1.1 302 M\r\nLocation: /g\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/g", "Authorization: Basic bWU6c2VjcmV0", NULL, OK "Content-Length: 1\r\n\r\ng", 0, 0 },
		{ "/no", "Authorization: Basic bWU6c2VjcmV0", NULL, "HTTP/1.1 400 M\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ 0 } });
	snprintf(url, sizeof url, "http://me:secret@127.0.0.1:%d/f", port);
	get_prepare(&g, url);
	get_run(&g);
	got_body(&g, "g");
	snprintf(url, sizeof url, "http://me:secret@127.0.0.1:%d/no", port);
	get_prepare(&g, url);
	get_run(&g);
	assert_null(strstr(g.words, "secret"));
	got_fault(&g, FAULT_NETWORK, "HTTP status 400");
}

static void test_credentials_do_not_cross(void **state)
{
	pid_t first;
	struct got g;
	char url[128], moved[256];

	(void)state;
	serve((struct act[]){ { "/other", NULL, "Authorization", OK "Content-Length: 5\r\n\r\nother", 0, 0 }, { 0 } });
	first = server;
	snprintf(moved, sizeof moved, "HTTP/1.1 302 M\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", url_of("/other"));
	serve((struct act[]){ { "/f", "Authorization: Basic", NULL, moved, 0, 0 }, { 0 } });
	snprintf(url, sizeof url, "http://me:secret@127.0.0.1:%d/f", port);
	get_prepare(&g, url);
	get_run(&g);
	got_body(&g, "other");
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
}

static void test_netrc(void **state)
{
	struct got g;
	char name[] = "/tmp/test-netrc-XXXXXX";
	int fd = mkstemp(name);

	(void)state;
	serve((struct act[]){ { "/f", "Authorization: Basic bWU6c2VjcmV0", NULL, OK "Content-Length: 1\r\n\r\nf", 0, 0 },
			      { 0 } });
	dprintf(fd, "machine other login x password y\nmachine 127.0.0.1 login me password secret\n");
	close(fd);
	setenv("NETRC", name, 1);
	get_prepare(&g, url_of("/f"));
	get_run(&g);
	unsetenv("NETRC");
	unlink(name);
	got_body(&g, "f");
}

static void test_proxy(void **state)
{
	struct got g;

	(void)state;
	serve((struct act[]){
		{ "http://host.invalid/f", NULL, NULL, OK "Content-Length: 1\r\n\r\nf", 0, 0 },
		{ "http://host.invalid/g", NULL, NULL, "HTTP/1.1 407 M\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "host.invalid:443", "CONNECT host.invalid:443", NULL, "HTTP/1.1 407 M\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ 0 } });
	setenv("http_proxy", url_of(""), 1);
	setenv("https_proxy", url_of(""), 1);
	get_prepare(&g, "http://host.invalid/f");
	get_run(&g);
	got_body(&g, "f");
	get_prepare(&g, "http://host.invalid/g");
	get_run(&g);
	got_fault(&g, FAULT_NETWORK, "407: the proxy wants credentials");
	get_prepare(&g, "https://host.invalid/g");
	get_run(&g);
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	got_fault(&g, FAULT_NETWORK, "407: the proxy wants credentials");
}

static void test_bad_urls(void **state)
{
	struct got g;

	(void)state;
	get_prepare(&g, "file:///etc/passwd");
	get_run(&g);
	got_fault(&g, FAULT_INPUT, "file:///etc/passwd: ");
	get_prepare(&g, "ftp://127.0.0.1/x");
	get_run(&g);
	got_fault(&g, FAULT_INPUT, "ftp://127.0.0.1/x: only http and https URLs are fetched");
	get_prepare(&g, "ftp://me:secret@127.0.0.1/x");
	get_run(&g);
	assert_null(strstr(g.words, "secret"));
	got_fault(&g, FAULT_INPUT, "only http and https");
}

/* A fault passed on by `done` ends the run; the rest is dropped without a call, and the client is usable again. */
static void test_stop(void **state)
{
	struct http *h;
	struct fault f = { 0 };
	struct got bad, slow, waiting, after;

	(void)state;
	serve((struct act[]){
		{ "/slow", NULL, NULL, OK "Content-Length: 9\r\n\r\nx", 0, 0 },
		{ "/bad", NULL, NULL, "HTTP/1.1 400 M\r\nContent-Length: 0\r\n\r\n", 0, 0 },
		{ "/after", NULL, NULL, OK "Content-Length: 5\r\n\r\nafter", 0, 0 },
		{ 0 } });
	assert_int_equal(http_open(&h, "test/1", &f), 0);
	get_prepare(&slow, url_of("/slow"));
	get_prepare(&bad, url_of("/bad"));
	get_prepare(&waiting, "http://host.invalid/x");
	bad.stop = true;
	http_add(h, &slow.request);
	http_add(h, &bad.request);
	http_add(h, &waiting.request);
	assert_int_equal(http_run(h, &f), FAULT_NETWORK);
	assert_non_null(strstr(f.text, "/bad: HTTP status 400"));
	assert_int_equal(slow.code, 1);
	fault_clear(&f);
	get_prepare(&after, url_of("/after"));
	http_add(h, &after.request);
	assert_int_equal(http_run(h, &f), 0);
	got_body(&after, "after");
	buffer_drop(&slow.body);
	http_close(h);
	http_close(NULL);
}

#define TEST(name) cmocka_unit_test_teardown(name, end_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_found_and_missing), TEST(test_goes_on_by_range), TEST(test_begins_again_without_ranges),
		TEST(test_reset), TEST(test_earlier_run), TEST(test_wrong_ranges), TEST(test_too_long),
		TEST(test_receiver_refuses), TEST(test_gives_up), TEST(test_unreachable), TEST(test_final_statuses),
		TEST(test_waits_do_not_block), TEST(test_redirects), TEST(test_credentials),
		TEST(test_credentials_do_not_cross), TEST(test_netrc), TEST(test_proxy), TEST(test_bad_urls),
		TEST(test_stop),
	};

	clean_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
