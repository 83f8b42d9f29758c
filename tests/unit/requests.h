/* For the tests of transfer and http: one request and all that came of it, time, and free ports. */
#ifndef TESTS_REQUESTS_H
#define TESTS_REQUESTS_H

#include "sys/http.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "sys/proc.h"

/* A request and what it got. */
struct got {
	struct http_request request;
	struct buffer body;
	int code; /* 1 until done */
	enum http_answer answer;
	char words[FAULT_TEXT_MAX];
	unsigned restarts;
	unsigned order; /* which one to be done it was, from 1 */
	unsigned *done; /* counts for it */
	bool refuse;    /* `body` refuses */
	bool stop;      /* `done` passes a fault on */
};

static inline int on_body(struct http_request *r, struct text bytes, struct fault *f)
{
	struct got *g = r->context;

	buffer_text(&g->body, bytes);
	return g->refuse ? fault_set(f, FAULT_SYSTEM, "the disk is full") : 0;
}

static inline int on_restart(struct http_request *r, struct fault *f)
{
	struct got *g = r->context;

	(void)f;
	g->restarts++;
	buffer_reset(&g->body);
	return 0;
}

static inline int on_done(struct http_request *r, int code, enum http_answer answer, struct fault *f)
{
	struct got *g = r->context;

	assert_int_equal(g->code, 1); /* once only */
	g->code = code;
	g->answer = answer;
	g->order = g->done ? ++*g->done : 1;
	assert_int_equal(f->code, code);
	memcpy(g->words, f->text, sizeof g->words);
	return g->stop ? code : 0;
}

static inline void get_prepare(struct got *g, const char *url)
{
	*g = (struct got){ .code = 1, .request = { .url = url, .max = 1 << 20, .body = on_body, .restart = on_restart,
						   .done = on_done } };
	g->request.context = g;
}

static inline void get_run(struct got *g)
{
	struct http *h;
	struct fault f = { 0 };

	assert_int_equal(http_open(&h, "test/1", &f), 0);
	http_add(h, &g->request);
	assert_int_equal(http_run(h, &f), 0);
	http_close(h);
}

static inline void got_body(struct got *g, const char *bytes)
{
	assert_string_equal(g->words, "");
	assert_int_equal(g->code, 0);
	assert_int_equal(g->answer, HTTP_FOUND);
	assert_true(text_equal(buffer_view(&g->body), text_of(bytes)));
	buffer_drop(&g->body);
}

static inline void got_fault(struct got *g, int code, const char *words)
{
	assert_int_equal(g->code, code);
	if (!strstr(g->words, words))
		fail_msg("'%s' is not in '%s'", words, g->words);
	buffer_drop(&g->body);
}

static inline unsigned long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)((now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000);
}

static inline int listen_any(int *number)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*number = ntohs(at.sin_port);
	return fd;
}

/* Nothing of the caller's environment or home. */
static inline void clean_environment(void)
{
	static const char *const variables[] = {
		"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "NETRC",
		"NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE",
	};

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
		unsetenv(variables[i]);
	setenv("HOME", "/none", 1);
	proc_start();
}

#endif
