/* fuzz_transfer: what servers answer, hop by hop, over a local socket instead of a network.
 *
 * The first line is "<max> <have>", or "<max> head" for a HEAD; then come the answers, one a connection, between lines
 * "====". After the last one every connection is closed at once. Each run ends within the tries that are allowed; no more
 * bytes than allowed reach the receiver; no secret reaches another origin or a message. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "sys/proc.h"
#include "sys/transfer.h"

#define REQUIRE(truth)                                                                                                 \
	do {                                                                                                           \
		if (!(truth))                                                                                          \
			abort();                                                                                       \
	} while (0)

#define SECRET_BASIC "bWU6c2VjcmV0" /* base64 of me:secret */
#define ANSWER_MAX ((size_t)64 << 10) /* bytes that a local socket holds without a reader */
#define ROW_MAX (HTTP_REDIRECTS_MAX + 2) /* hops without a wait: one more for a range that is not to be had */

/* The servers, and the receiver. */
struct world {
	struct http_request request; /* first member: the receiver finds the rest by it */
	struct text answers;         /* still to come */
	int listener;                /* where connections arrive */
	int server;                  /* the other end of the present one, or -1 */
	struct curl_slist *here;     /* every host is here, without a lookup */
	uint64_t have;               /* bytes that the receiver has */
	unsigned row;                /* hops since the last wait */
};

static void next_answer(struct world *w, struct text *answer)
{
	static const char mark[] = "\n====\n";
	const char *end = w->answers.len ? memmem(w->answers.at, w->answers.len, mark, sizeof mark - 1) : NULL;

	*answer = w->answers;
	if (end)
		answer->len = (size_t)(end - w->answers.at);
	w->answers = end ? text_skip(w->answers, answer->len + sizeof mark - 1) : (struct text){ 0 };
	if (answer->len > ANSWER_MAX)
		answer->len = ANSWER_MAX;
}

/* libcurl wants a connection: it gets one to our own socket. */
static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct sockaddr_un name;
	socklen_t len = sizeof name;

	(void)purpose;
	REQUIRE(getsockname(((struct world *)context)->listener, (struct sockaddr *)&name, &len) == 0);
	REQUIRE(len <= sizeof address->addr);
	memcpy(&address->addr, &name, len);
	address->addrlen = len;
	address->family = AF_UNIX;
	address->protocol = 0;
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* The connection stands, and nothing was asked yet: all is answered already. */
static int on_connected(void *context, char *peer, char *local, int peer_port, int local_port)
{
	struct world *w = context;
	struct text answer;

	(void)peer, (void)local, (void)peer_port, (void)local_port;
	REQUIRE(w->server < 0);
	next_answer(w, &answer);
	w->server = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);
	REQUIRE(w->server >= 0);
	REQUIRE(!answer.len || write(w->server, answer.at, answer.len) == (ssize_t)answer.len);
	REQUIRE(shutdown(w->server, SHUT_WR) == 0);
	return CURL_PREREQFUNC_OK;
}

/* What was asked, after the hop. */
static void check_request(struct world *w)
{
	char asked[16384];
	ssize_t len = w->server < 0 ? 0 : recv(w->server, asked, sizeof asked - 1, MSG_DONTWAIT);

	if (w->server >= 0)
		close(w->server);
	w->server = -1;
	asked[len > 0 ? len : 0] = '\0';
	if (!*asked)
		return;
	REQUIRE(strncmp(asked, w->request.head ? "HEAD " : "GET ", w->request.head ? 5 : 4) == 0);
	if (strcasestr(asked, "\r\nHost: cache.example\r\n"))
		REQUIRE(strstr(asked, "\r\nAuthorization: Basic " SECRET_BASIC "\r\n"));
	else
		REQUIRE(!strcasestr(asked, "\r\nAuthorization:"));
}

static int on_body(struct http_request *r, struct text bytes, struct fault *f)
{
	struct world *w = (struct world *)r;

	(void)f;
	REQUIRE(!r->head && bytes.len);
	w->have += bytes.len;
	REQUIRE(w->have <= r->max);
	return 0;
}

static int on_restart(struct http_request *r, struct fault *f)
{
	(void)f;
	REQUIRE(((struct world *)r)->have);
	((struct world *)r)->have = 0;
	return 0;
}

static enum transfer_step run_hop(struct world *w, struct transfer *t)
{
	CURL *easy = transfer_aim(t);
	enum transfer_step step;
	CURLcode result;
	unsigned wait_ms;

	w->row++;
	if (!easy)
		return TRANSFER_FAILED;
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, w);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, w);
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, w->here);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	result = curl_easy_perform(easy);
	step = transfer_judge(t, (int)result, &wait_ms);
	REQUIRE(wait_ms <= HTTP_WAIT_MAX_MS && (step == TRANSFER_AGAIN || !wait_ms));
	w->row = wait_ms ? 0 : w->row;
	check_request(w);
	return step;
}

static void check_end(struct world *w, struct transfer *t, enum transfer_step step)
{
	const struct fault *f = transfer_fault(t);

	REQUIRE((step == TRANSFER_FAILED) == (f->code != 0));
	if (step != TRANSFER_FAILED)
		return;
	REQUIRE(f->code == FAULT_NETWORK || f->code == FAULT_VERIFY || f->code == FAULT_SYSTEM);
	REQUIRE(text_starts(text_of(f->text), TEXT("http://cache.example/x: ")));
}

/* A name that the kernel makes up, in no file system. */
static int listen_here(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any.sun_family) == 0 && listen(fd, 1) == 0);
	return fd;
}

static void run(struct world *w)
{
	static const struct transfer_setup setup = { "fuzz/1", NULL, "/dev/null" };
	struct transfer *t = transfer_make(&setup);
	enum transfer_step step = TRANSFER_AGAIN;
	struct fault f = { 0 };

	w->listener = listen_here();
	w->here = curl_slist_append(NULL, "::127.0.0.1:80");
	REQUIRE(t && w->here && transfer_begin(t, &w->request, &f) == 0);
	for (unsigned hops = 0; step == TRANSFER_AGAIN; hops++) {
		REQUIRE(hops <= HTTP_TRIES * ROW_MAX && w->row <= ROW_MAX);
		step = run_hop(w, t);
	}
	check_end(w, t, step);
	transfer_drop(t);
	curl_slist_free_all(w->here);
	close(w->listener);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .server = -1, .answers = { (const char *)data, size },
			   .request = { .url = "http://me:secret@cache.example/x", .body = on_body, .restart = on_restart } };
	struct text line, max;

	proc_start();
	if (!size)
		return 0;
	text_cut(&w.answers, '\n', &line);
	text_cut(&line, ' ', &max);
	w.request.head = text_equal(line, TEXT("head"));
	if (!text_u64(max, 1 << 20, &w.request.max) || (!w.request.head && !w.request.max))
		return 0;
	if (!w.request.head && (!text_u64(line, w.request.max, &w.request.have)))
		return 0;
	w.have = w.request.have;
	run(&w);
	return 0;
}
