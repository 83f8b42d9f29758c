/* fuzz_transfer: what servers answer, hop by hop, over socket pairs instead of a network.
 *
 * The first line is "<max> <have>", or "<max> head" for a HEAD; then come the answers, one a connection, between lines "====".
 * After the last one every connection is closed at once. Each run ends within the tries that are allowed; no more bytes than
 * allowed reach the receiver, those without a gap; no secret reaches another origin or a message. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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
#define ANSWER_MAX ((size_t)64 << 10) /* bytes that a socket pair holds without a reader */
#define HOPS_MAX (HTTP_TRIES * (HTTP_REDIRECTS_MAX + 1) + 1) /* one more for a range that is not to be had */

/* The servers, and the receiver. */
struct world {
	struct http_request request; /* first member: the receiver finds the rest by it */
	struct text answers;         /* still to come */
	int server;                  /* the other end of the connection, or -1 */
	uint64_t have;               /* bytes that the receiver has */
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

/* libcurl wants a connection: here is one on which all has been answered already. */
static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct world *w = context;
	struct text answer;
	int ends[2];

	(void)purpose, (void)address;
	REQUIRE(w->server < 0);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	next_answer(w, &answer);
	REQUIRE(!answer.len || write(ends[1], answer.at, answer.len) == (ssize_t)answer.len);
	REQUIRE(shutdown(ends[1], SHUT_WR) == 0);
	w->server = ends[1];
	return ends[0];
}

static int on_connect(void *context, curl_socket_t socket, curlsocktype purpose)
{
	(void)context, (void)socket, (void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
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
	if (!strstr(asked, "\r\nHost: cache.example\r\n"))
		REQUIRE(!strstr(asked, SECRET_BASIC) && !strstr(asked, "secret"));
	else
		REQUIRE(strstr(asked, "\r\nAuthorization: Basic " SECRET_BASIC "\r\n"));
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

	if (!easy)
		return TRANSFER_FAILED;
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, w);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_connect);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	result = curl_easy_perform(easy);
	step = transfer_judge(t, (int)result, &wait_ms);
	REQUIRE(wait_ms <= HTTP_WAIT_MAX_MS && (step == TRANSFER_AGAIN || !wait_ms));
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
	REQUIRE(strstr(f->text, "http://cache.example/x") && !strstr(f->text, "me:secret"));
}

/* Every host is here, without a lookup. */
static void run(struct world *w)
{
	static const struct transfer_setup setup = { "fuzz/1", NULL, "/dev/null" };
	struct transfer *t = transfer_make(&setup);
	enum transfer_step step = TRANSFER_AGAIN;
	struct fault f = { 0 };

	REQUIRE(t && transfer_begin(t, &w->request, &f) == 0);
	for (unsigned hops = 0; step == TRANSFER_AGAIN; hops++) {
		REQUIRE(hops <= HOPS_MAX);
		step = run_hop(w, t);
	}
	check_end(w, t, step);
	transfer_drop(t);
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
