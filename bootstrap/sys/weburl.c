#include "sys/weburl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/bounds.h"

static char *part_of(CURLU *parsed, CURLUPart what, unsigned flags)
{
	char *part = NULL, *copy = NULL;

	if (curl_url_get(parsed, what, &part, flags) == CURLUE_OK)
		copy = strdup(part);
	curl_free(part);
	return copy;
}

static char *origin_of(CURLU *parsed)
{
	char *scheme = part_of(parsed, CURLUPART_SCHEME, 0), *host = part_of(parsed, CURLUPART_HOST, 0);
	char *port = part_of(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT), *origin = NULL;

	if (scheme && host && port && asprintf(&origin, "%s://%s:%s", scheme, host, port) < 0)
		origin = NULL;
	free(scheme);
	free(host);
	free(port);
	return origin;
}

static const char *take_apart(struct weburl *u, CURLU *parsed)
{
	u->origin = origin_of(parsed);
	u->user = part_of(parsed, CURLUPART_USER, CURLU_URLDECODE);
	u->password = part_of(parsed, CURLUPART_PASSWORD, CURLU_URLDECODE);
	curl_url_set(parsed, CURLUPART_USER, NULL, 0);
	curl_url_set(parsed, CURLUPART_PASSWORD, NULL, 0);
	curl_url_set(parsed, CURLUPART_FRAGMENT, NULL, 0);
	u->text = part_of(parsed, CURLUPART_URL, 0);
	if (!u->text || !u->origin)
		return "no host in it";
	u->secure = strncmp(u->origin, "https://", 8) == 0;
	return u->secure || strncmp(u->origin, "http://", 7) == 0 ? NULL : "only http and https URLs are fetched";
}

/* libcurl 8 encodes them in a redirect. */
static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* Reads `text`, relative to `base` when there is one. */
static const char *read_from(struct weburl *u, const char *base, const char *text)
{
	CURLU *parsed;
	CURLUcode code = CURLUE_OK;
	const char *wrong;

	weburl_drop(u);
	if (strlen(text) > URL_MAX)
		return "longer than 4096 bytes, the most a URL may have";
	if (has_control(text))
		return "a control character in it";
	parsed = curl_url();
	if (!parsed)
		return "no memory to read it";
	if (base)
		code = curl_url_set(parsed, CURLUPART_URL, base, 0);
	if (code == CURLUE_OK)
		code = curl_url_set(parsed, CURLUPART_URL, text, base ? CURLU_URLENCODE : 0);
	wrong = code == CURLUE_OK ? take_apart(u, parsed) : curl_url_strerror(code);
	curl_url_cleanup(parsed);
	return wrong;
}

const char *weburl_read(struct weburl *u, const char *text)
{
	return read_from(u, NULL, text);
}

const char *weburl_follow(struct weburl *u, const struct weburl *from, const char *text)
{
	const char *wrong = text ? read_from(u, from->text, text) : "the server does not say where to";

	if (!wrong && from->secure && !u->secure)
		wrong = "from https to http, which is refused";
	if (!wrong && u->user)
		wrong = "credentials in the new URL, which is refused";
	return wrong;
}

bool weburl_same_origin(const struct weburl *a, const struct weburl *b)
{
	return a->origin && b->origin && strcasecmp(a->origin, b->origin) == 0;
}

void weburl_drop(struct weburl *u)
{
	free(u->text);
	free(u->origin);
	free(u->user);
	free(u->password);
	*u = (struct weburl){ 0 };
}
