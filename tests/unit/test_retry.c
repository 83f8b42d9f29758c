/* retry: classes of failure and waits. */
#include "sys/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "base/bounds.h"

static void test_classes(void **state)
{
	(void)state;
	assert_int_equal(retry_class_of(404), RETRY_MISSING);
	assert_int_equal(retry_class_of(410), RETRY_MISSING);
	assert_int_equal(retry_class_of(403), RETRY_MISSING);
	assert_int_equal(retry_class_of(308), RETRY_MOVED);
	assert_int_equal(retry_class_of(304), RETRY_FINAL);
	assert_int_equal(retry_class_of(401), RETRY_LOCKED);
	assert_int_equal(retry_class_of(407), RETRY_PROXY);
	assert_int_equal(retry_class_of(408), RETRY_TRANSIENT);
	assert_int_equal(retry_class_of(429), RETRY_BUSY);
	assert_int_equal(retry_class_of(503), RETRY_BUSY);
	for (long status = 500; status <= 599; status++) {
		if (status == 501 || status == 505 || status == 511)
			assert_int_equal(retry_class_of(status), RETRY_FINAL);
		else if (status != 503)
			assert_int_equal(retry_class_of(status), RETRY_TRANSIENT);
	}
	assert_int_equal(retry_class_of(400), RETRY_FINAL);
	assert_int_equal(retry_class_of(204), RETRY_FINAL);
	assert_int_equal(retry_class_of(0), RETRY_FINAL);
	assert_int_equal(retry_class_of(600), RETRY_FINAL);
}

static void test_final_results(void **state)
{
	(void)state;
	assert_true(retry_is_final(CURLE_PEER_FAILED_VERIFICATION));
	assert_true(retry_is_final(CURLE_URL_MALFORMAT));
	assert_false(retry_is_final(CURLE_COULDNT_CONNECT));
	assert_false(retry_is_final(CURLE_COULDNT_RESOLVE_HOST));
	assert_false(retry_is_final(CURLE_PARTIAL_FILE));
	assert_false(retry_is_final(CURLE_RECV_ERROR));
	assert_false(retry_is_final(CURLE_OPERATION_TIMEDOUT));
	assert_false(retry_is_final(CURLE_HTTP2_STREAM));
}

static void test_waits(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_in_range(retry_wait_ms(RETRY_TRANSIENT, 1, 0), HTTP_RETRY_MS, HTTP_RETRY_MS * 5 / 4);
		assert_in_range(retry_wait_ms(RETRY_TRANSIENT, 4, 0), HTTP_RETRY_MS * 8, HTTP_RETRY_MS * 10);
		assert_in_range(retry_wait_ms(RETRY_BUSY, 2, 0), HTTP_RETRY_BUSY_MS * 2, HTTP_RETRY_BUSY_MS * 5 / 2);
		assert_in_range(retry_wait_ms(RETRY_BUSY, 1, 2), 2000, 2500);
		assert_in_range(retry_wait_ms(RETRY_TRANSIENT, 1, 30), 30000, 37500);
		assert_int_equal(retry_wait_ms(RETRY_BUSY, 1, 61), HTTP_WAIT_MAX_MS);
		assert_int_equal(retry_wait_ms(RETRY_BUSY, 1, INT64_MAX), HTTP_WAIT_MAX_MS);
		assert_int_equal(retry_wait_ms(RETRY_BUSY, 5, 0), HTTP_WAIT_MAX_MS);
		assert_int_equal(retry_wait_ms(RETRY_TRANSIENT, 100, 0), HTTP_WAIT_MAX_MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_final_results),
		cmocka_unit_test(test_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
