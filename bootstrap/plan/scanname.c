#include "plan/scanname.h"

#include <string.h>

#include "plan/scantext.h"

/* ---- versions ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool any_digit(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (is_digit(t.at[i]))
			return true;
	return false;
}

/* Numbers with dots between, from the first digit on. */
static size_t components(struct text t)
{
	size_t i = 0, count = 0;
	while (i < t.len && !is_digit(t.at[i]))
		i++;
	while (i < t.len && is_digit(t.at[i])) {
		count++;
		while (i < t.len && is_digit(t.at[i]))
			i++;
		if (i + 1 < t.len && t.at[i] == '.')
			i++;
	}
	return count;
}

static bool ranged(struct text v)
{
	bool wild = text_has(v, '*') || text_ends(v, TEXT(".x")) || text_has(v, ',') || text_has(v, '|');
	return wild || text_has(TEXT("^~<>!"), v.at[0]);
}

enum software_pin scan_pin_exact(struct text v)
{
	bool hash = text_starts(v, TEXT("sha256:")) || (scan_hex(v) == v.len && v.len >= 40);
	if (!v.len || text_has(v, '$') || text_has(v, '`') || scan_in(" latest * ", v))
		return PIN_NONE;
	if (hash)
		return PIN_DIGEST;
	return ranged(v) || !any_digit(v) ? PIN_RANGE : PIN_VERSION;
}

enum software_pin scan_pin_moving(struct text v)
{
	enum software_pin pin = scan_pin_exact(v);
	bool dated = v.len >= 8 && scan_hex(scan_head(v, 8)) == 8 && components(v) == 1;
	return pin == PIN_VERSION && components(v) < 3 && !dated ? PIN_RANGE : pin;
}

enum software_pin scan_pin_ref(struct text ref)
{
	bool letters = false;
	for (size_t i = 0; i < ref.len; i++)
		letters |= !is_digit(ref.at[i]);
	if (ref.len >= 7 && scan_hex(ref) == ref.len && letters && any_digit(ref))
		return PIN_DIGEST;
	if (text_equal(ref, TEXT("HEAD")))
		return PIN_NONE;
	return scan_pin_exact(ref);
}

/* The first numbers with dots in a path: "/dl/go1.22.3.linux-amd64.tar.gz". */
static struct text version_in(struct text path)
{
	for (size_t i = 0; i < path.len; i++) {
		size_t end = i;
		bool dots = false;
		if (!is_digit(path.at[i]) || (i && is_digit(path.at[i - 1])))
			continue;
		while (end < path.len && (is_digit(path.at[end]) ||
					  (path.at[end] == '.' && end + 1 < path.len && is_digit(path.at[end + 1])))) {
			dots |= path.at[end] == '.';
			end++;
		}
		bool v = i && path.at[i - 1] == 'v' && (i == 1 || !((path.at[i - 2] | 32) >= 'a' && (path.at[i - 2] | 32) <= 'z'));
		if (dots)
			return (struct text){ path.at + i - v, end - i + v };
		i = end;
	}
	return (struct text){ 0 };
}

/* ---- URLs ---- */

static struct text without(struct text t, struct text end)
{
	return text_ends(t, end) ? scan_head(t, t.len - end.len) : t;
}

/* A file of an archive's name without what says its format. */
static struct text without_archive(struct text t)
{
	static const char *const ends[] = { ".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".zip", ".git" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		t = without(t, text_of(ends[i]));
	return t;
}

static void set_version(struct scan_named *out, struct text version)
{
	out->version = version;
	out->pin = scan_pin_ref(version);
}

/* A reference that may be spelled refs/tags/NAME or refs/heads/NAME. */
static void set_ref(struct scan_named *out, struct text ref, struct text rest)
{
	struct text kind, name;
	if (!text_equal(ref, TEXT("refs")) || !text_cut(&rest, '/', &kind) || !text_cut(&rest, '/', &name)) {
		set_version(out, without_archive(ref));
		return;
	}
	set_version(out, without_archive(name));
	if (text_equal(kind, TEXT("heads")))
		out->pin = PIN_RANGE;
}

/* What follows owner/name on github.com and codeload.github.com. */
static void name_forge_path(struct scan_named *out, struct text rest)
{
	struct text first, second, third;
	if (!text_cut(&rest, '/', &first) || !text_cut(&rest, '/', &second))
		return;
	if (text_equal(first, TEXT("releases")) && text_cut(&rest, '/', &third)) {
		bool named = scan_in(" download tag ", second);
		set_version(out, named ? third : TEXT("latest"));
	} else if (scan_in(" archive raw tree blob tar.gz zip tarball zipball tar ", first)) {
		set_ref(out, second, rest);
	}
}

static bool cut_repository(struct arena *a, const char *kind, struct text *rest, struct scan_named *out)
{
	struct text owner, name;
	if (!text_cut(rest, '/', &owner) || !owner.len || !text_cut(rest, '/', &name) || !name.len)
		return false;
	name = without(name, TEXT(".git"));
	out->name = arena_printf(a, "%s:" TEXT_F "/" TEXT_F, kind, TEXT_A(owner), TEXT_A(name));
	return true;
}

static bool name_github(struct arena *a, struct text path, struct scan_named *out)
{
	struct text first;
	if (text_equal(out->host, TEXT("api.github.com"))) {
		out->lookup = true;
		if (!text_cut(&path, '/', &first) || !text_equal(first, TEXT("repos")) || !cut_repository(a, "github", &path, out))
			return false;
		if (text_starts(path, TEXT("tarball/")) || text_starts(path, TEXT("zipball/")))
			name_forge_path(out, path);
		return true;
	}
	if (!cut_repository(a, "github", &path, out))
		return false;
	if (text_equal(out->host, TEXT("raw.githubusercontent.com"))) {
		if (text_cut(&path, '/', &first))
			set_ref(out, first, path);
	} else {
		name_forge_path(out, path);
	}
	return true;
}

static void name_gitlab_path(struct scan_named *out, struct text rest)
{
	struct text first, second;
	if (!text_cut(&rest, '/', &first) || !text_cut(&rest, '/', &second))
		return;
	if (text_equal(first, TEXT("releases")) && text_equal(second, TEXT("permalink")))
		set_version(out, TEXT("latest"));
	else if (scan_in(" releases archive raw ", first))
		set_version(out, without_archive(second));
}

/* Groups of gitlab.com nest; "/-/" ends the name. */
static bool name_gitlab(struct arena *a, struct text path, struct scan_named *out)
{
	size_t dash = scan_find(path, TEXT("/-/"));
	struct text name = without(scan_head(path, dash), TEXT(".git"));
	if (text_starts(path, TEXT("api/v4/projects/"))) {
		struct text rest = text_skip(path, 16);
		out->lookup = true;
		return text_cut(&rest, '/', &name) && (out->name = arena_printf(a, "gitlab:" TEXT_F, TEXT_A(name)), true);
	}
	if (!text_has(name, '/'))
		return false;
	out->name = arena_printf(a, "gitlab:" TEXT_F, TEXT_A(name));
	if (dash != SIZE_MAX)
		name_gitlab_path(out, text_skip(path, dash + 3));
	return true;
}

static void name_other(struct arena *a, struct text path, struct scan_named *out)
{
	out->name = arena_printf(a, "url:" TEXT_F "%s" TEXT_F, TEXT_A(out->host), path.len ? "/" : "", TEXT_A(path));
	out->version = version_in(path);
	out->pin = scan_pin_exact(out->version);
	if (!out->version.len && text_has(path, '$'))
		out->pin = PIN_NONE;
}

static bool name_path(struct arena *a, struct text path, struct scan_named *out)
{
	if (scan_in(" github.com www.github.com raw.githubusercontent.com api.github.com codeload.github.com ", out->host) &&
	    name_github(a, path, out))
		return true;
	if (text_equal(out->host, TEXT("gitlab.com")) && name_gitlab(a, path, out))
		return true;
	name_other(a, path, out);
	return true;
}

/* Cuts at the first of the bytes of `set`. */
static struct text until(struct text t, const char *set)
{
	size_t n = 0;
	while (n < t.len && !text_has(text_of(set), t.at[n]))
		n++;
	return scan_head(t, n);
}

bool scan_name_url(struct arena *a, struct text url, struct scan_named *out)
{
	size_t colon = scan_find(url, TEXT("://"));
	struct text scheme = scan_head(url, colon == SIZE_MAX ? 0 : colon), rest = text_skip(url, scheme.len + 3);
	*out = (struct scan_named){ .origin = url };
	if (text_starts(url, TEXT("git@")) && text_has(url, ':') && colon == SIZE_MAX) {
		rest = text_skip(url, 4);
		text_cut(&rest, ':', &out->host);
		out->secure = true;
		return name_path(a, without(rest, TEXT(".git")), out);
	}
	if (!scan_in(" http https ftp git ssh git+https git+ssh git+http ", scheme))
		return false;
	out->secure = scan_in(" https ssh git+https git+ssh ", scheme);
	rest = until(rest, "?#");
	struct text path = rest;
	text_cut(&path, '/', &out->host);
	for (struct text user = out->host; text_has(user, '@'); out->host = user)
		text_cut(&user, '@', &(struct text){ 0 });
	if (!out->host.len)
		return false;
	out->host = until(out->host, ":");
	return name_path(a, scan_trim(path, "/"), out);
}

/* ---- images ---- */

/* The ':' before a tag; one in "${...}" is none. */
static size_t tag_colon(struct text base)
{
	size_t depth = 0;
	for (size_t i = 0; i < base.len; i++) {
		depth += base.at[i] == '{';
		depth -= depth && base.at[i] == '}';
		if (!depth && base.at[i] == ':')
			return i;
	}
	return SIZE_MAX;
}

void scan_name_image(struct arena *a, const char *kind, struct text word, struct scan_named *out)
{
	size_t at = scan_find(word, TEXT("@"));
	struct text name = scan_head(word, at), digest = at == SIZE_MAX ? (struct text){ 0 } : text_skip(word, at + 1);
	struct text base = scan_base(name);
	size_t colon = tag_colon(base);
	*out = (struct scan_named){ .secure = true, .pinned = digest.len > 0 };
	if (colon != SIZE_MAX) {
		out->version = text_skip(base, colon + 1);
		name.len -= out->version.len + 1;
	}
	out->pin = digest.len ? PIN_DIGEST : scan_pin_moving(out->version);
	out->name = arena_printf(a, "%s:" TEXT_F, kind, TEXT_A(name));
}

static struct text last_labels(struct text host)
{
	size_t dots = 0, i = host.len;
	while (i && dots < 2)
		dots += host.at[--i] == '.';
	return dots == 2 ? text_skip(host, i + 1) : host;
}

bool scan_same_origin(struct text a, struct text b)
{
	const char *const github = " github.com githubusercontent.com ";
	a = last_labels(a);
	b = last_labels(b);
	return text_equal(a, b) || (scan_in(github, a) && scan_in(github, b));
}
