/* fuzz_weburl: the first line is a URL, the rest what a server says in Location. What is accepted reads as itself again, shows no
 * credentials and nothing that would break a header, and no redirect leads from https to http. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "base/text.h"
#include "sys/weburl.h"

#define REQUIRE(truth)                                                                                                 \
	do {                                                                                                           \
		if (!(truth))                                                                                          \
			abort();                                                                                       \
	} while (0)

/* What goes into a request and into messages: one word, without credentials. */
static void require_plain(const char *text)
{
	const char *host = strstr(text, "://") + 3;

	REQUIRE(!memchr(host, '@', strcspn(host, "/?#")));
	for (; *text; text++)
		REQUIRE((unsigned char)*text > ' ' && *text != 0x7f);
}

static void require_rules(const struct weburl *u)
{
	const char *scheme = u->secure ? "https://" : "http://";

	REQUIRE(u->text && u->origin);
	REQUIRE(strncmp(u->text, scheme, strlen(scheme)) == 0 && strncmp(u->origin, scheme, strlen(scheme)) == 0);
	REQUIRE(strlen(u->origin) > strlen(scheme) && !strchr(u->text, '#'));
	REQUIRE(weburl_same_origin(u, u));
	require_plain(u->text);
	require_plain(u->origin);
}

/* Its text is the same URL, without credentials. */
static void require_same_again(const struct weburl *u)
{
	struct weburl again = { 0 };

	if (strlen(u->text) > URL_MAX)
		return;
	REQUIRE(!weburl_read(&again, u->text));
	REQUIRE(strcmp(again.text, u->text) == 0 && weburl_same_origin(&again, u) && again.secure == u->secure);
	REQUIRE(!again.user && !again.password);
	weburl_drop(&again);
}

static void follow(const struct weburl *from, const char *location)
{
	struct weburl next = { 0 };

	if (!weburl_follow(&next, from, location)) {
		require_rules(&next);
		require_same_again(&next);
		REQUIRE(!next.user && (next.secure || !from->secure));
	}
	weburl_drop(&next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = { (const char *)data, size }, line;
	struct weburl u = { 0 };
	const char *wrong;
	char *url, *location;

	if (!text_cut(&rest, '\n', &line))
		line = (struct text){ 0 };
	url = strndup(line.at ? line.at : "", line.len);
	location = rest.at ? strndup(rest.at, rest.len) : NULL;
	wrong = weburl_read(&u, url);
	REQUIRE(!wrong || *wrong);
	if (!wrong) {
		require_rules(&u);
		require_same_again(&u);
		follow(&u, location);
	}
	weburl_drop(&u);
	REQUIRE(!u.text && !u.origin && !u.user && !u.password);
	free(url);
	free(location);
	return 0;
}
