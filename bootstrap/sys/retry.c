#include "sys/retry.h"

#include <stddef.h>
#include <sys/random.h>

#include <curl/curl.h>

#include "base/bounds.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum retry_class retry_class_of(long status)
{
	static const struct {
		long status;
		enum retry_class class;
	} classes[] = {
		{ 403, RETRY_MISSING }, { 404, RETRY_MISSING }, { 410, RETRY_MISSING }, { 301, RETRY_MOVED },
		{ 302, RETRY_MOVED },   { 303, RETRY_MOVED },   { 307, RETRY_MOVED },   { 308, RETRY_MOVED },
		{ 401, RETRY_LOCKED },  { 407, RETRY_PROXY },   { 408, RETRY_TRANSIENT }, { 429, RETRY_BUSY },
		{ 503, RETRY_BUSY },    { 501, RETRY_FINAL },   { 505, RETRY_FINAL },   { 511, RETRY_FINAL },
	};

	for (size_t i = 0; i < COUNT(classes); i++) {
		if (classes[i].status == status)
			return classes[i].class;
	}
	return status >= 500 && status <= 599 ? RETRY_TRANSIENT : RETRY_FINAL;
}

bool retry_is_final(int result)
{
	static const CURLcode final[] = {
		CURLE_UNSUPPORTED_PROTOCOL, CURLE_FAILED_INIT, CURLE_URL_MALFORMAT, CURLE_NOT_BUILT_IN, CURLE_WRITE_ERROR,
		CURLE_OUT_OF_MEMORY, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_SSL_CERTPROBLEM,
		CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION, CURLE_LOGIN_DENIED, CURLE_SSL_CACERT_BADFILE,
		CURLE_SSL_ISSUER_ERROR,
	};

	for (size_t i = 0; i < COUNT(final); i++) {
		if ((int)final[i] == result)
			return true;
	}
	return false;
}

/* So that many clients which failed at once do not come back at once. */
static uint64_t jitter(uint64_t wait_ms)
{
	unsigned any = 0;

	if (getrandom(&any, sizeof any, GRND_NONBLOCK) < 0)
		return 0;
	return any % (wait_ms / 4 + 1);
}

unsigned retry_wait_ms(enum retry_class class, unsigned failed, int64_t asked_s)
{
	uint64_t wait = class == RETRY_BUSY ? HTTP_RETRY_BUSY_MS : HTTP_RETRY_MS;

	wait <<= failed - 1 < 16 ? failed - 1 : 16;
	if (asked_s > 0)
		wait = asked_s < HTTP_WAIT_MAX_MS / 1000 ? (uint64_t)asked_s * 1000 : HTTP_WAIT_MAX_MS;
	wait += jitter(wait);
	return wait < HTTP_WAIT_MAX_MS ? (unsigned)wait : HTTP_WAIT_MAX_MS;
}
