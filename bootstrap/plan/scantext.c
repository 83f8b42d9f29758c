#include "plan/scantext.h"

#include <string.h>

bool scan_in(const char *list, struct text word)
{
	if (!word.len || text_has(word, ' '))
		return false;
	for (struct text rest = text_of(list), one; text_cut(&rest, ' ', &one);)
		if (text_equal(one, word))
			return true;
	return false;
}

size_t scan_find(struct text t, struct text part)
{
	const char *at = t.len && part.len ? memmem(t.at, t.len, part.at, part.len) : NULL;
	return at ? (size_t)(at - t.at) : SIZE_MAX;
}

struct text scan_head(struct text t, size_t n)
{
	return (struct text){ t.at, n < t.len ? n : t.len };
}

static size_t behind_slash(struct text path)
{
	const char *at = path.len ? memrchr(path.at, '/', path.len) : NULL;
	return at ? (size_t)(at - path.at) + 1 : 0;
}

struct text scan_base(struct text path)
{
	size_t from = behind_slash(path);
	return from ? (struct text){ path.at + from, path.len - from } : path;
}

struct text scan_folder(struct text path)
{
	size_t from = behind_slash(path);
	return from ? scan_head(path, from > 1 ? from - 1 : 1) : (struct text){ 0 };
}

struct text scan_trim(struct text t, const char *set)
{
	struct text s = text_of(set);
	while (t.len && text_has(s, t.at[0]))
		t = (struct text){ t.at + 1, t.len - 1 };
	while (t.len && text_has(s, t.at[t.len - 1]))
		t.len--;
	return t;
}

size_t scan_hex(struct text t)
{
	size_t n = 0;
	while (n < t.len && text_has(TEXT("0123456789abcdefABCDEF"), t.at[n]))
		n++;
	return n;
}

bool scan_has_hash(struct text t)
{
	for (size_t i = 0; i < t.len;) {
		size_t n = scan_hex(text_skip(t, i));
		if (n >= 32 && n <= 128)
			return true;
		i += n + 1;
	}
	return false;
}

bool scan_is_bin(struct text path)
{
	struct text base = scan_base(scan_trim(path, "/"));
	return scan_in(" bin sbin ", base);
}

bool scan_is_program(struct text path)
{
	static const char *const passing[] = { "/tmp/", "/var/tmp/", "/build/", "/src/", "/usr/src/", "/usr/local/src/" };
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (text_starts(path, text_of(passing[i])))
			return false;
	return path.len && text_has(TEXT("/~$"), path.at[0]) && path.at[path.len - 1] != '/' && scan_is_bin(scan_folder(path));
}

bool scan_glob(struct text pattern, struct text path)
{
	size_t p = 0, i = 0, star = SIZE_MAX, back = 0;
	while (i < path.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			star = p++;
			back = i;
		} else if (p < pattern.len && (pattern.at[p] == '?' || pattern.at[p] == path.at[i])) {
			p++;
			i++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			i = ++back;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

static void add_component(char *to, size_t *len, struct text part)
{
	struct text made = { to, *len }, last = scan_base(made);
	if (!part.len || text_equal(part, TEXT(".")))
		return;
	if (text_equal(part, TEXT("..")) && last.len && !text_has(last, '$') && !text_equal(last, part)) {
		*len -= last.len;
		*len -= *len > 1;
		return;
	}
	if (*len && to[*len - 1] != '/')
		to[(*len)++] = '/';
	memcpy(to + *len, part.at, part.len);
	*len += part.len;
}

/* ${NAME} is written $NAME, so that both are the same path. */
static struct text plain_braces(struct arena *a, struct text path)
{
	char *to = arena_alloc(a, path.len + 1, 1);
	size_t len = 0;
	for (size_t i = 0; i < path.len; i++) {
		struct text rest = text_skip(path, i);
		size_t n = text_starts(rest, TEXT("${")) ? scan_identifier(text_skip(rest, 2)) : 0;
		if (!n || n + 2 >= rest.len || rest.at[n + 2] != '}') {
			to[len++] = path.at[i];
			continue;
		}
		to[len++] = '$';
		memcpy(to + len, rest.at + 2, n);
		len += n;
		i += n + 2;
	}
	return (struct text){ to, len };
}

struct text scan_path(struct arena *a, struct text folder, struct text path)
{
	bool absolute = path.len && (path.at[0] == '/' || path.at[0] == '~' || path.at[0] == '$');
	char *to = arena_alloc(a, folder.len + path.len + 3, 1);
	size_t len = 0;
	if (absolute)
		folder = (struct text){ 0 };
	if ((absolute && path.at[0] == '/') || (folder.len && folder.at[0] == '/'))
		to[len++] = '/';
	for (struct text one; text_cut(&folder, '/', &one);)
		add_component(to, &len, one);
	for (struct text one; text_cut(&path, '/', &one);)
		add_component(to, &len, one);
	return plain_braces(a, (struct text){ to, len });
}

bool scan_below(struct text folder, struct text path)
{
	if (!folder.len)
		return path.len && path.at[0] != '/';
	if (text_equal(folder, TEXT("/")))
		return path.len > 1 && path.at[0] == '/';
	return text_starts(path, folder) && path.len > folder.len && path.at[folder.len] == '/';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

size_t scan_identifier(struct text t)
{
	size_t n = 0;
	while (n < t.len && (letter(t.at[n]) || (n && t.at[n] >= '0' && t.at[n] <= '9')))
		n++;
	return n;
}

bool scan_next_variable(struct text *rest, struct text *name)
{
	while (rest->len) {
		const char *at = memchr(rest->at, '$', rest->len);
		if (!at)
			break;
		*rest = text_skip(*rest, (size_t)(at - rest->at) + 1);
		struct text from = rest->len && rest->at[0] == '{' ? text_skip(*rest, 1) : *rest;
		from = from.len && (from.at[0] == '#' || from.at[0] == '!') ? text_skip(from, 1) : from;
		name->at = from.at;
		name->len = scan_identifier(from);
		if (name->len)
			return true;
	}
	return false;
}
