#include "sys/http.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/arena.h"
#include "base/bounds.h"

#define POLL_MS 1000    /* longest sleep; libcurl's own timers end it earlier */

/* A place for a request under way. */
struct slot {
	struct transfer *transfer; /* made at first use and kept */
	CURL *easy;                /* the transfer's handle while RUNNING */
	enum slot_state { FREE, RUNNING, WAITING } state; /* WAITING: for its next hop or try */
	uint64_t due_ms;           /* when a WAITING one goes on, by CLOCK_MONOTONIC */
};

/* The client. */
struct http {
	CURLM *multi;                         /* libcurl's */
	struct transfer_setup setup;          /* what all transfers share */
	struct arena arena;                   /* holds the queue while it is not empty */
	LIST(struct http_request *) queue;    /* the requests not yet started, and before `first` those that were */
	size_t first;                         /* index of the next one to start */
	struct slot slots[HTTP_IN_FLIGHT];    /* those under way */
	size_t active;                        /* slots that are not free */
	void (*tick)(void *context);          /* of http_while_waiting, or NULL */
	void *context;                        /* the tick's */
};

const char *http_ca_bundle(void)
{
	static const char *const variables[] = { "NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE" };
	static const char *const files[] = {
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
	};

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *value = getenv(variables[i]);

		if (value && *value)
			return value;
	}
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (access(files[i], R_OK) == 0)
			return files[i];
	}
	return NULL;
}

int http_open(struct http **out, const char *user_agent, struct fault *f)
{
	struct http *h = calloc(1, sizeof *h);

	*out = NULL;
	if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(h);
		return fault_set(f, FAULT_SYSTEM, "libcurl cannot start");
	}
	h->setup = (struct transfer_setup){ user_agent, http_ca_bundle(), getenv("NETRC") };
	h->multi = curl_multi_init();
	if (!h->multi) {
		http_close(h);
		return fault_set(f, FAULT_SYSTEM, "libcurl cannot start");
	}
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HTTP_CONNECTIONS);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)HTTP_IN_FLIGHT);
	*out = h;
	return 0;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < HTTP_IN_FLIGHT; i++)
		transfer_drop(h->slots[i].transfer);
	curl_multi_cleanup(h->multi);
	arena_drop(&h->arena);
	curl_global_cleanup();
	free(h);
}

void http_add(struct http *h, struct http_request *r)
{
	LIST_PUSH(&h->queue, &h->arena, r);
}

void http_while_waiting(struct http *h, void (*tick)(void *context), void *context)
{
	h->tick = tick;
	h->context = context;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void empty_queue(struct http *h)
{
	arena_drop(&h->arena);
	h->queue.at = NULL;
	h->queue.count = h->queue.room = h->first = 0;
}

/* Tells the caller. The slot is free by then, so that `done` may add requests. */
static int finish(struct http *h, struct slot *s, enum http_answer answer, struct fault *f)
{
	struct http_request *r = transfer_request(s->transfer);
	struct fault *reason = transfer_fault(s->transfer);
	int code;

	s->state = FREE;
	h->active--;
	code = r->done(r, reason->code, answer, reason);
	if (code < 0 && f->code == 0)
		*f = *reason;
	return code;
}

/* Starts the next hop or try. */
static int run_slot(struct http *h, struct slot *s, struct fault *f)
{
	CURL *easy = transfer_aim(s->transfer);

	if (!easy)
		return finish(h, s, HTTP_MISSING, f);
	if (curl_multi_add_handle(h->multi, easy) == CURLM_OK) {
		s->state = RUNNING;
		s->easy = easy;
		return 0;
	}
	fault_set(transfer_fault(s->transfer), FAULT_SYSTEM, "libcurl takes no further request");
	return finish(h, s, HTTP_MISSING, f);
}

static struct slot *free_slot(struct http *h)
{
	struct slot *s = h->slots;

	while (s->state != FREE)
		s++;
	return s;
}

static int start_next(struct http *h, struct fault *f)
{
	struct slot *s = free_slot(h);
	struct http_request *r = h->queue.at[h->first++];

	if (!s->transfer && !(s->transfer = transfer_make(&h->setup)))
		return fault_set(f, FAULT_SYSTEM, "libcurl has no memory for another request");
	h->active++;
	s->state = WAITING;
	if (transfer_begin(s->transfer, r, transfer_fault(s->transfer)) < 0)
		return finish(h, s, HTTP_MISSING, f);
	return run_slot(h, s, f);
}

/* Starts what there is room for. */
static int start_all(struct http *h, struct fault *f)
{
	int code = 0;

	while (code == 0 && h->first < h->queue.count && h->active < HTTP_IN_FLIGHT)
		code = start_next(h, f);
	if (h->first == h->queue.count)
		empty_queue(h);
	return code;
}

/* Goes on with those that have waited long enough; *pause_ms shrinks to the next one's time. */
static int wake_all(struct http *h, unsigned *pause_ms, struct fault *f)
{
	uint64_t now = now_ms();
	int code = 0;

	for (struct slot *s = h->slots; code == 0 && s < h->slots + HTTP_IN_FLIGHT; s++) {
		if (s->state != WAITING)
			continue;
		if (s->due_ms > now)
			*pause_ms = s->due_ms - now < *pause_ms ? (unsigned)(s->due_ms - now) : *pause_ms;
		else
			code = run_slot(h, s, f);
	}
	return code;
}

static struct slot *slot_of(struct http *h, CURL *easy)
{
	struct slot *s = h->slots;

	while (s->easy != easy)
		s++;
	return s;
}

/* Takes the handle back from libcurl. */
static void stop(struct http *h, struct slot *s)
{
	curl_multi_remove_handle(h->multi, s->easy);
	s->easy = NULL;
	s->state = WAITING;
}

/* libcurl ended a hop. */
static int settle(struct http *h, struct slot *s, CURLcode result, struct fault *f)
{
	unsigned wait_ms;
	enum transfer_step step = transfer_judge(s->transfer, (int)result, &wait_ms);

	if (step != TRANSFER_AGAIN)
		return finish(h, s, step == TRANSFER_FOUND ? HTTP_FOUND : HTTP_MISSING, f);
	s->due_ms = now_ms() + wait_ms;
	return 0;
}

static int settle_all(struct http *h, struct fault *f)
{
	CURLMsg *message;
	int left, code = 0;

	while (code == 0 && (message = curl_multi_info_read(h->multi, &left))) {
		struct slot *s = slot_of(h, message->easy_handle);
		CURLcode result = message->data.result; /* the message goes with the handle */

		stop(h, s);
		code = settle(h, s, result, f);
	}
	return code;
}

/* One round: transfer, judge, start, sleep. */
static int go_round(struct http *h, struct fault *f)
{
	unsigned pause_ms = h->tick ? TICK_MS : POLL_MS;
	int running, code;
	CURLMcode error = curl_multi_perform(h->multi, &running);

	if (h->tick)
		h->tick(h->context);
	code = settle_all(h, f);
	if (code == 0)
		code = wake_all(h, &pause_ms, f);
	if (code == 0)
		code = start_all(h, f);
	if (code == 0 && error == CURLM_OK && (h->active > 0 || h->first < h->queue.count))
		error = curl_multi_poll(h->multi, NULL, 0, (int)pause_ms, NULL);
	if (code == 0 && error != CURLM_OK)
		return fault_set(f, FAULT_SYSTEM, "libcurl: %s", curl_multi_strerror(error));
	return code;
}

/* Drops what is under way and what is queued. */
static void drop_all(struct http *h)
{
	for (struct slot *s = h->slots; s < h->slots + HTTP_IN_FLIGHT; s++) {
		if (s->state == RUNNING)
			stop(h, s);
		s->state = FREE;
	}
	h->active = 0;
	empty_queue(h);
}

int http_run(struct http *h, struct fault *f)
{
	int code = 0;

	while (code == 0 && (h->active > 0 || h->first < h->queue.count))
		code = go_round(h, f);
	if (code < 0)
		drop_all(h);
	return code;
}
