/* The part of scanname.h that is about packages of registries. */
#include <string.h>

#include "plan/scanname.h"
#include "plan/scantext.h"

static size_t first_of(struct text t, const char *set)
{
	size_t n = 0;
	while (n < t.len && !text_has(text_of(set), t.at[n]))
		n++;
	return n;
}

static bool is_local(struct text word)
{
	static const char *const ends[] = { ".whl", ".tar.gz", ".tgz", ".zip", ".gem", ".txt", ".crate" };
	if (!word.len || text_has(TEXT("./~"), word.at[0]))
		return true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (text_ends(word, text_of(ends[i])))
			return true;
	return false;
}

/* A URL in place of a package; of git, what follows '@' or '#' is a reference. */
static bool name_remote(struct arena *a, struct text word, char mark, struct scan_named *out)
{
	const char *at = word.len ? memrchr(word.at, mark, word.len) : NULL;
	const char *slash = word.len ? memrchr(word.at, '/', word.len) : NULL;
	struct text ref = { 0 }, url = word;
	if (scan_find(word, TEXT("://")) == SIZE_MAX)
		return false;
	if (at && at > slash) {
		ref = text_skip(word, (size_t)(at - word.at) + 1);
		url = scan_head(word, (size_t)(at - word.at));
	}
	ref = scan_head(ref, first_of(ref, "#"));
	if (!scan_name_url(a, url, out))
		return false;
	if (ref.len) {
		out->version = ref;
		out->pin = scan_pin_ref(ref);
		out->pinned = out->pin == PIN_DIGEST;
	}
	return true;
}

/* PEP 503: lower case, and runs of "-_." are one "-". */
static struct text normal_pypi(struct arena *a, struct text name)
{
	char *to = arena_alloc(a, name.len + 1, 1);
	size_t len = 0;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool dash = text_has(TEXT("-_."), c);
		if (dash && len && to[len - 1] == '-')
			continue;
		to[len++] = dash ? '-' : (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	return (struct text){ to, len };
}

static struct text pypi_version(struct text rest, struct scan_named *out)
{
	struct text v = scan_trim(scan_head(rest, first_of(rest, ";#")), " ");
	bool exact = text_starts(v, TEXT("==")) && !text_has(v, ',');
	if (text_starts(v, TEXT("@")))
		v = text_skip(v, 1);
	else if (exact)
		v = scan_trim(v, "= ");
	out->pin = scan_pin_exact(v);
	return v;
}

bool scan_name_pypi(struct arena *a, struct text word, struct scan_named *out)
{
	size_t url = scan_find(word, TEXT("://")), at = scan_find(word, TEXT(" @ "));
	if (url != SIZE_MAX && at != SIZE_MAX && at < url)
		word = text_skip(word, at + 3);
	if (name_remote(a, word, '@', out))
		return true;
	*out = (struct scan_named){ .secure = true };
	if (is_local(word))
		return false;
	size_t end = first_of(word, "[<>=~!;@ ");
	struct text name = scan_head(word, end), rest = text_skip(word, end);
	if (rest.len && rest.at[0] == '[')
		rest = text_skip(rest, first_of(rest, "]") + 1);
	out->version = rest.len ? pypi_version(rest, out) : rest;
	out->name = arena_printf(a, "pypi:" TEXT_F, TEXT_A(normal_pypi(a, name)));
	return name.len > 0;
}

static bool split(struct arena *a, const char *kind, struct text word, size_t mark, struct scan_named *out)
{
	struct text name = scan_head(word, mark);
	*out = (struct scan_named){ .secure = true, .version = text_skip(word, name.len + 1) };
	out->name = arena_printf(a, "%s:" TEXT_F, kind, TEXT_A(name));
	return name.len > 0;
}

/* NAME@npm:OTHER@1 takes another package under a name. */
bool scan_name_npm(struct arena *a, struct text word, struct scan_named *out)
{
	size_t alias = scan_find(word, TEXT("@npm:"));
	word = alias == SIZE_MAX ? word : text_skip(word, alias + 5);
	if (name_remote(a, word, '#', out))
		return true;
	*out = (struct scan_named){ 0 };
	bool scoped = word.len && word.at[0] == '@';
	if (is_local(word))
		return false;
	size_t from = scoped ? first_of(text_skip(word, 1), "@") + 1 : first_of(word, "@");
	if (!scoped && text_has(scan_head(word, from), '/'))
		return name_remote(a, arena_printf(a, "https://github.com/" TEXT_F, TEXT_A(word)), '#', out);
	split(a, "npm", word, from, out);
	out->pin = scan_pin_moving(out->version);
	return true;
}

bool scan_name_crate(struct arena *a, struct text word, struct scan_named *out)
{
	*out = (struct scan_named){ 0 };
	if (is_local(word) || !split(a, "crates", word, first_of(word, "@"), out))
		return false;
	out->version = text_starts(out->version, TEXT("=")) ? text_skip(out->version, 1) : out->version;
	out->pin = scan_pin_exact(out->version);
	return true;
}

bool scan_name_go(struct arena *a, struct text word, struct scan_named *out)
{
	*out = (struct scan_named){ 0 };
	if (is_local(word) || !split(a, "go", word, first_of(word, "@"), out))
		return false;
	out->pin = scan_pin_ref(out->version);
	if (text_starts(out->version, TEXT("v")) && out->pin == PIN_VERSION)
		out->pin = scan_pin_moving(out->version);
	return true;
}

bool scan_name_gem(struct arena *a, struct text word, struct scan_named *out)
{
	*out = (struct scan_named){ 0 };
	if (is_local(word) || !split(a, "gem", word, first_of(word, ":"), out))
		return false;
	out->pin = scan_pin_exact(out->version);
	return true;
}
