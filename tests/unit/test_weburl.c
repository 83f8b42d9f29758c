/* weburl: URLs, their credentials, and where redirects may lead. */
#include "sys/weburl.h"

#include "base/bounds.h"
#include "samples.h"

static void reads(const char *text, const char *shown, const char *origin)
{
	struct weburl u = { 0 };

	assert_null(weburl_read(&u, text));
	assert_string_equal(u.text, shown);
	assert_string_equal(u.origin, origin);
	assert_int_equal(u.secure, strncmp(origin, "https:", 6) == 0);
	weburl_drop(&u);
	assert_null(u.text);
}

static void refuses(const char *text, const char *words)
{
	struct weburl u = { 0 };
	const char *wrong = weburl_read(&u, text);

	assert_non_null(wrong);
	assert_non_null(strstr(wrong, words));
	weburl_drop(&u);
}

static void test_read(void **state)
{
	(void)state;
	reads("https://cache.example/nar/1.nar.xz?sig=a%2Fb", "https://cache.example/nar/1.nar.xz?sig=a%2Fb",
	      "https://cache.example:443");
	reads("http://cache.example:8080/x", "http://cache.example:8080/x", "http://cache.example:8080");
	reads("http://[::1]:81/x#part", "http://[::1]:81/x", "http://[::1]:81");
	reads("HTTPS://host/x", "https://host/x", "https://host:443");
	reads("https://me:secret@host/x", "https://host/x", "https://host:443");
}

static void test_read_refuses(void **state)
{
	char longest[URL_MAX + 2];

	(void)state;
	refuses("file:///etc/passwd", "");
	refuses("ftp://host/x", "only http and https");
	refuses("gopher://host/x", "only http and https");
	refuses("host/x", "");
	refuses("", "");
	refuses("http://", "");
	refuses("http://host/a b\n", "");
	memcpy(longest, "http://host/", 12);
	memset(longest + 12, 'x', sizeof longest - 13);
	longest[URL_MAX + 1] = '\0';
	refuses(longest, "longer than 4096 bytes");
	longest[URL_MAX] = '\0';
	reads(longest, longest, "http://host:80");
}

static void test_credentials_apart(void **state)
{
	struct weburl u = { 0 };

	(void)state;
	assert_null(weburl_read(&u, "https://m%40e:se%3Acret@host/x"));
	assert_string_equal(u.user, "m@e");
	assert_string_equal(u.password, "se:cret");
	assert_null(weburl_read(&u, "https://host/x"));
	assert_null(u.user);
	assert_null(u.password);
	weburl_drop(&u);
}

static void test_same_origin(void **state)
{
	static const struct {
		const char *other;
		bool same;
	} cases[] = {
		{ "https://HOST:443/y", true },  { "https://host:444/x", false },   { "http://host/x", false },
		{ "https://host.evil/", false }, { "https://host@evil/x", false }, { "http://host:443/x", false },
	};
	struct weburl a = { 0 }, b = { 0 };

	(void)state;
	assert_false(weburl_same_origin(&a, &b));
	assert_null(weburl_read(&a, "https://host/x"));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_null(weburl_read(&b, cases[i].other));
		assert_int_equal(weburl_same_origin(&a, &b), cases[i].same);
	}
	weburl_drop(&a);
	weburl_drop(&b);
}

static void test_follow(void **state)
{
	struct weburl far = { 0 }, near = { 0 }, next = { 0 };

	(void)state;
	assert_null(weburl_read(&far, "https://host/x"));
	assert_null(weburl_read(&near, "http://host/x"));
	assert_null(weburl_follow(&next, &far, "https://other/y"));
	assert_string_equal(next.text, "https://other/y");
	assert_null(weburl_follow(&next, &far, "y/../z?q=1"));
	assert_string_equal(next.text, "https://host/z?q=1");
	assert_null(weburl_follow(&next, &far, "//other/a b"));
	assert_string_equal(next.text, "https://other/a%20b");
	assert_null(weburl_follow(&next, &near, "https://other/y"));
	assert_null(weburl_follow(&next, &near, "http://other/y"));
	assert_non_null(strstr(weburl_follow(&next, &far, "http://host/x"), "from https to http"));
	assert_non_null(strstr(weburl_follow(&next, &far, "https://me@host/x"), "credentials"));
	assert_non_null(strstr(weburl_follow(&next, &far, "ftp://host/x"), "only http and https"));
	assert_non_null(weburl_follow(&next, &far, "file:///etc/passwd"));
	assert_non_null(strstr(weburl_follow(&next, &far, NULL), "does not say"));
	weburl_drop(&far);
	weburl_drop(&near);
	weburl_drop(&next);
}

/* A sample's first line is a URL, the rest a Location. What is wrong with the two, or NULL. */
static const char *judge(struct text bytes)
{
	struct weburl u = { 0 }, next = { 0 };
	struct text line;
	char *url, *location;
	const char *wrong;

	if (!text_cut(&bytes, '\n', &line))
		line = (struct text){ "", 0 };
	url = strndup(line.at, line.len);
	location = bytes.at ? strndup(bytes.at, bytes.len) : NULL;
	wrong = weburl_read(&u, url);
	if (!wrong && location)
		wrong = weburl_follow(&next, &u, location);
	weburl_drop(&u);
	weburl_drop(&next);
	free(url);
	free(location);
	return wrong;
}

static void check_good(const char *name, struct text bytes)
{
	const char *wrong = judge(bytes);

	if (wrong)
		fail_msg("good/%s: %s", name, wrong);
}

static void check_bad(const char *name, struct text bytes)
{
	if (!judge(bytes))
		fail_msg("bad/%s is accepted", name);
}

static void test_samples(void **state)
{
	(void)state;
	samples_walk("tests/data/weburl/good", check_good);
	samples_walk("tests/data/weburl/bad", check_bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),        cmocka_unit_test(test_read_refuses),
		cmocka_unit_test(test_credentials_apart), cmocka_unit_test(test_same_origin),
		cmocka_unit_test(test_follow),      cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
