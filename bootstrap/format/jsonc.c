#include "format/jsonc.h"

#include <string.h>


static void blank(char *at, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (at[i] != '\n' && at[i] != '\r')
			at[i] = ' ';
}

/* Bytes behind the string that begins at `i`. */
static size_t behind_string(struct text t, size_t i)
{
	for (i++; i < t.len && t.at[i] != '"' && t.at[i] != '\n'; i++)
		i += t.at[i] == '\\';
	return i < t.len ? i + 1 : t.len;
}

static size_t behind_comment(struct text t, size_t i)
{
	bool line = t.at[i + 1] == '/';
	const char *end = line ? memchr(t.at + i, '\n', t.len - i) : i + 4 <= t.len ? memmem(t.at + i + 2, t.len - i - 2, "*/", 2) : NULL;
	if (!end)
		return line ? t.len : i;
	return (size_t)(end - t.at) + (line ? 0 : 2);
}

struct text jsonc_plain(struct text bytes, struct arena *a)
{
	char *to = arena_alloc(a, bytes.len + 1, 1);
	size_t comma = SIZE_MAX; /* the last one, when nothing follows it yet and a value stands before it */
	bool value = false;
	if (bytes.len)
		memcpy(to, bytes.at, bytes.len);
	if (text_starts(bytes, TEXT("\xef\xbb\xbf")))
		blank(to, 0, 3);
	for (size_t i = text_starts(bytes, TEXT("\xef\xbb\xbf")) ? 3 : 0; i < bytes.len;) {
		size_t end = i + 1;
		char c = bytes.at[i];
		if (c == '/' && i + 1 < bytes.len && (bytes.at[i + 1] == '/' || bytes.at[i + 1] == '*')) {
			end = behind_comment(bytes, i);
			blank(to, i, end);
			end = end > i ? end : i + 1;
		} else if (c == '"') {
			end = behind_string(bytes, i);
			comma = SIZE_MAX;
			value = true;
		} else if ((c == '}' || c == ']') && comma != SIZE_MAX) {
			to[comma] = ' ';
			comma = SIZE_MAX;
			value = true;
		} else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
			comma = c == ',' && value ? i : SIZE_MAX;
			value = c != ',' && c != '{' && c != '[';
		}
		i = end;
	}
	return (struct text){ to, bytes.len };
}
