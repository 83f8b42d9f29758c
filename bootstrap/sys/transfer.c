#include "sys/transfer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/bounds.h"
#include "sys/retry.h"
#include "sys/weburl.h"

#define ERROR_PAGE_MAX (64 << 10) /* bytes of a body that nobody wants, read so that the connection stays usable */

/* A request under way. */
struct transfer {
	const struct transfer_setup *setup; /* the client's */
	struct http_request *request;       /* the caller's */
	CURL *easy;                         /* of this hop */
	struct weburl first;                /* the request's URL; messages show it */
	struct weburl hop;                  /* the URL of this hop */
	unsigned hops;                      /* redirects followed in this try */
	unsigned tries;                     /* that have failed */
	uint64_t have;                      /* bytes that the receiver has */
	uint64_t from;                      /* where the Range begins that was asked for, 0 for no Range */
	bool ranges;                        /* a Range may be asked for */
	bool seen;                          /* the head of this answer was looked at */
	bool wanted;                        /* its body is the receiver's */
	size_t unwanted;                    /* bytes of another body */
	char error[CURL_ERROR_SIZE];        /* libcurl's words */
	struct fault fault;                 /* why it failed */
};

struct transfer *transfer_make(const struct transfer_setup *setup)
{
	struct transfer *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->setup = setup;
	t->easy = curl_easy_init();
	if (t->easy)
		return t;
	free(t);
	return NULL;
}

void transfer_drop(struct transfer *t)
{
	if (!t)
		return;
	curl_easy_cleanup(t->easy);
	weburl_drop(&t->first);
	weburl_drop(&t->hop);
	free(t);
}

int transfer_begin(struct transfer *t, struct http_request *r, struct fault *f)
{
	const char *wrong = weburl_read(&t->first, r->url);

	fault_clear(&t->fault);
	t->request = r;
	t->hops = t->tries = 0;
	t->have = r->head ? 0 : r->have;
	t->ranges = t->have > 0 && t->have <= r->max;
	if (!wrong)
		wrong = weburl_read(&t->hop, t->first.text);
	if (!wrong)
		return 0;
	return fault_set(f, FAULT_INPUT, "%.200s: %s", strchr(r->url, '@') ? "(a URL with an @)" : r->url, wrong);
}

struct http_request *transfer_request(struct transfer *t)
{
	return t->request;
}

struct fault *transfer_fault(struct transfer *t)
{
	return &t->fault;
}

/* The fault of this transfer, with its URL and the hop it was on (without the query: that may be a signature). */
static enum transfer_step __attribute__((format(printf, 3, 4)))
refuse(struct transfer *t, int code, const char *fmt, ...)
{
	char words[FAULT_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof words, fmt, args);
	va_end(args);
	fault_set(&t->fault, code, "%s", words);
	if (t->hops)
		fault_wrap(&t->fault, "redirected to %.*s", (int)strcspn(t->hop.text, "?"), t->hop.text);
	fault_wrap(&t->fault, "%s", t->first.text);
	return TRANSFER_FAILED;
}

static long status_of(struct transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static struct text header_of(struct transfer *t, const char *name)
{
	struct curl_header *header;

	if (curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return (struct text){ 0 };
	return text_of(header->value);
}

/* The receiver is to forget what it has. */
static int begin_again(struct transfer *t)
{
	struct http_request *r = t->request;

	if (t->have == 0)
		return 0;
	t->have = 0;
	if (r->restart)
		return r->restart(r, &t->fault);
	if (r->body)
		refuse(t, FAULT_NETWORK, "broke off and cannot go on where it stopped");
	return t->fault.code;
}

/* "bytes FIRST-LAST/TOTAL", FIRST as asked; RFC 9110, 14.4. */
static int check_range(struct transfer *t)
{
	struct text range = header_of(t, "Content-Range"), first;
	uint64_t begin;

	if (t->from == 0)
		refuse(t, FAULT_NETWORK, "HTTP status 206, a part, though the whole was asked for");
	else if (!text_starts(range, TEXT("bytes ")))
		refuse(t, FAULT_NETWORK, "HTTP status 206 without a Content-Range in bytes");
	else if (range = text_skip(range, 6), !text_cut(&range, '-', &first) ||
		 !text_u64(first, UINT64_MAX, &begin) || begin != t->from)
		refuse(t, FAULT_NETWORK, "the server sent another range than the one from byte %llu on that was asked for",
		       (unsigned long long)t->from);
	return t->fault.code;
}

static int check_length(struct transfer *t)
{
	curl_off_t length = -1;
	uint64_t room = t->request->max - t->have;

	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (!t->request->head && length > 0 && (uint64_t)length > room)
		refuse(t, FAULT_VERIFY, "the server has %llu bytes, where at most %llu are expected",
		       (unsigned long long)t->have + (uint64_t)length, (unsigned long long)t->request->max);
	return t->fault.code;
}

/* Looks at the head of the answer, once, before the first byte of the body is passed on. */
static int look(struct transfer *t)
{
	long status = status_of(t);
	int code = 0;

	t->seen = true;
	t->wanted = status == 200 || status == 206;
	if (status == 200) {
		t->ranges = text_equal(header_of(t, "Accept-Ranges"), TEXT("bytes"));
		code = begin_again(t);
	} else if (status == 206) {
		code = check_range(t);
	}
	return code < 0 || !t->wanted ? code : check_length(t);
}

/* libcurl's write callback: fewer bytes taken than given end the hop with CURLE_WRITE_ERROR. */
static size_t take_body(char *bytes, size_t one, size_t len, void *context)
{
	struct transfer *t = context;
	struct http_request *r = t->request;

	(void)one;
	if (!t->seen && look(t) < 0)
		return 0;
	if (!t->wanted) {
		t->unwanted += len;
		return t->unwanted <= ERROR_PAGE_MAX ? len : 0;
	}
	if (len > r->max - t->have) {
		refuse(t, FAULT_VERIFY, "the server sent more than the %llu bytes that are expected",
		       (unsigned long long)r->max);
		return 0;
	}
	t->have += len;
	return r->body && r->body(r, (struct text){ bytes, len }, &t->fault) < 0 ? 0 : len;
}

/* What every hop has. Redirects are ours; names of programs and files never come from a URL. */
static const struct {
	CURLoption option;
	long value;
} hop_options[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_NETRC, CURL_NETRC_OPTIONAL },
	{ CURLOPT_CONNECTTIMEOUT_MS, HTTP_CONNECT_MS },
	{ CURLOPT_LOW_SPEED_LIMIT, 1 },
	{ CURLOPT_LOW_SPEED_TIME, HTTP_STALL_S },
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
};

static CURLcode set_string(CURL *easy, CURLcode before, CURLoption option, const char *value)
{
	return before == CURLE_OK && value ? curl_easy_setopt(easy, option, value) : before;
}

static CURLcode set_up(struct transfer *t, CURL *easy)
{
	bool ours = weburl_same_origin(&t->hop, &t->first);
	char range[32] = "";
	CURLcode code = CURLE_OK;

	if (t->from)
		snprintf(range, sizeof range, "%llu-", (unsigned long long)t->from);
	for (size_t i = 0; code == CURLE_OK && i < sizeof hop_options / sizeof *hop_options; i++)
		code = curl_easy_setopt(easy, hop_options[i].option, hop_options[i].value);
	code = set_string(easy, code, CURLOPT_PROTOCOLS_STR, "http,https");
	code = set_string(easy, code, CURLOPT_URL, t->hop.text);
	code = set_string(easy, code, CURLOPT_USERAGENT, t->setup->agent);
	code = set_string(easy, code, CURLOPT_CAINFO, t->setup->bundle);
	code = set_string(easy, code, CURLOPT_NETRC_FILE, t->setup->netrc);
	code = set_string(easy, code, CURLOPT_USERNAME, ours ? t->first.user : NULL);
	code = set_string(easy, code, CURLOPT_PASSWORD, ours ? t->first.password : NULL);
	code = set_string(easy, code, CURLOPT_RANGE, t->from ? range : NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_NOBODY, (long)t->request->head);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, (long)t->hop.secure);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	return code;
}

void *transfer_aim(struct transfer *t)
{
	CURLcode code;

	t->from = t->ranges ? t->have : 0;
	t->seen = t->wanted = false;
	t->unwanted = 0;
	t->error[0] = '\0';
	if (!t->setup->bundle && t->hop.secure) {
		refuse(t, FAULT_SYSTEM, "no file of trusted CAs found; install ca-certificates or set NIX_SSL_CERT_FILE");
		return NULL;
	}
	if (t->hop.secure && access(t->setup->bundle, R_OK) < 0) {
		refuse(t, FAULT_SYSTEM, "the file of trusted CAs, %s, cannot be read; install ca-certificates, or set NIX_SSL_CERT_FILE "
		       "to one that is there", t->setup->bundle);
		return NULL;
	}
	/* A new handle each time: in a used one libcurl 7.88 goes on with a freed header when the first of the next
	 * answer is a folded line (curl issue 11101). Connections are the multi handle's and stay. */
	curl_easy_cleanup(t->easy);
	t->easy = curl_easy_init();
	code = t->easy ? set_up(t, t->easy) : CURLE_OUT_OF_MEMORY;
	if (code == CURLE_OK)
		return t->easy;
	refuse(t, FAULT_SYSTEM, "libcurl cannot be set up: %s", curl_easy_strerror(code));
	return NULL;
}

/* Tries again from the first hop after a growing wait, or as long as the server says; or gives up. */
static enum transfer_step try_later(struct transfer *t, enum retry_class class, const char *why, unsigned *wait_ms)
{
	curl_off_t asked_s = 0;

	if (++t->tries >= HTTP_TRIES)
		return refuse(t, FAULT_NETWORK, "%s, in each of %d tries", why, HTTP_TRIES);
	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &asked_s);
	*wait_ms = retry_wait_ms(class, t->tries, asked_s);
	t->hops = 0;
	why = weburl_read(&t->hop, t->first.text);
	return why ? refuse(t, FAULT_SYSTEM, "%s", why) : TRANSFER_AGAIN;
}

/* The answer leads elsewhere. (CURLINFO_REDIRECT_URL has the credentials in it when Location is relative.) */
static enum transfer_step judge_moved(struct transfer *t, long status)
{
	struct weburl next = { 0 };
	const char *wrong = weburl_follow(&next, &t->hop, header_of(t, "Location").at);

	if (!wrong && t->hops == HTTP_REDIRECTS_MAX)
		wrong = "10 redirects are the most that are followed; a loop?";
	if (wrong) {
		weburl_drop(&next);
		return refuse(t, FAULT_NETWORK, "HTTP status %ld, a redirect: %s", status, wrong);
	}
	weburl_drop(&t->hop);
	t->hop = next;
	t->hops++;
	return TRANSFER_AGAIN;
}

static enum transfer_step judge_status(struct transfer *t, long status, unsigned *wait_ms)
{
	enum retry_class class = retry_class_of(status);
	char why[32];

	snprintf(why, sizeof why, "HTTP status %ld", status);
	switch (class) {
	case RETRY_MISSING:
		return TRANSFER_MISSING;
	case RETRY_MOVED:
		return judge_moved(t, status);
	case RETRY_LOCKED:
		return refuse(t, FAULT_NETWORK, "%s: credentials are wanted; put them into ~/.netrc or the file that $NETRC "
			      "names", why);
	case RETRY_PROXY:
		return refuse(t, FAULT_NETWORK, "%s: the proxy wants credentials; put them into its URL in https_proxy or "
			      "http_proxy (netrc is for servers)", why);
	case RETRY_TRANSIENT:
	case RETRY_BUSY:
		return try_later(t, class, why, wait_ms);
	case RETRY_FINAL:
		break;
	}
	return refuse(t, FAULT_NETWORK, "%s", why);
}

/* libcurl did not get a whole answer. */
static enum transfer_step judge_broken(struct transfer *t, CURLcode code, unsigned *wait_ms)
{
	const char *why = t->error[0] ? t->error : curl_easy_strerror(code);
	long proxy = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &proxy);
	if (proxy == 407)
		return judge_status(t, proxy, wait_ms);
	return retry_is_final((int)code) ? refuse(t, FAULT_NETWORK, "%s", why) :
					    try_later(t, RETRY_TRANSIENT, why, wait_ms);
}

enum transfer_step transfer_judge(struct transfer *t, int result, unsigned *wait_ms)
{
	CURLcode code = (CURLcode)result;
	bool cut = code == CURLE_WRITE_ERROR && t->seen && !t->wanted; /* an error page, by ourselves */
	long status = status_of(t);

	*wait_ms = 0;
	if (t->fault.code < 0 || ((code == CURLE_OK || cut) && !t->seen && look(t) < 0))
		return TRANSFER_FAILED;
	if (code != CURLE_OK && !cut)
		return judge_broken(t, code, wait_ms);
	if (t->wanted)
		return TRANSFER_FOUND;
	if (status == 416 && t->from > 0) {
		t->ranges = false;
		return begin_again(t) < 0 ? TRANSFER_FAILED : TRANSFER_AGAIN;
	}
	return judge_status(t, status, wait_ms);
}
