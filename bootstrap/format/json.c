#include "format/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"

static const char *const kind_names[] = {
	[JSON_OBJECT] = "an object",
	[JSON_ARRAY] = "an array",
	[JSON_STRING] = "a string",
	[JSON_INTEGER] = "a whole number",
};

/* ---- parsing ---- */

/* Offset of the bracket that opens one level too many; bytes.len when none does. */
static size_t find_too_deep(struct text bytes)
{
	bool quoted = false;
	size_t depth = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		char c = bytes.at[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted)
			i += c == '\\';
		else if (c == ']' || c == '}')
			depth -= depth > 0;
		else if ((c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
			return i;
	}
	return bytes.len;
}

/* What jansson lets pass: a NUL behind a number, and 2048 levels. */
static int check_bytes(struct text bytes, const char *what, struct fault *f)
{
	size_t offset = strnlen(bytes.at, bytes.len), line = 1, column = 1;

	if (offset < bytes.len) {
		fault_set(f, FAULT_INPUT, "a NUL byte");
	} else {
		offset = find_too_deep(bytes);
		if (offset == bytes.len)
			return 0;
		fault_set(f, FAULT_INPUT, "nested deeper than %d arrays and objects", JSON_DEPTH_MAX);
	}
	for (size_t i = 0; i < offset; i++) {
		column = bytes.at[i] == '\n' ? 1 : column + 1;
		line += bytes.at[i] == '\n';
	}
	return fault_wrap(f, "%s: line %zu, column %zu: not proper JSON", what, line, column);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_sorted(json_t *object)
{
	const char *key, *before = "";
	json_t *member;

	json_object_foreach(object, key, member) {
		if (strcmp(before, key) > 0)
			return false;
		before = key;
	}
	return true;
}

/* jansson keeps members in the order in which they were set. */
static void sort_members(json_t *object)
{
	json_auto_t *was = json_copy(object);
	const char **keys = calloc(json_object_size(was), sizeof *keys), *key;
	size_t count = 0;
	json_t *member;

	if (!keys)
		fault_no_memory();
	json_object_foreach(was, key, member)
		keys[count++] = key;
	qsort(keys, count, sizeof *keys, compare_keys);
	json_object_clear(object);
	for (size_t i = 0; i < count; i++)
		json_object_set(object, keys[i], json_object_get(was, keys[i]));
	free(keys);
}

static void sort_all(json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;

	if (!is_sorted(value))
		sort_members(value);
	json_object_foreach(value, key, child)
		sort_all(child);
	json_array_foreach(value, i, child)
		sort_all(child);
}

static void *alloc_or_end(size_t size)
{
	void *at = malloc(size);

	if (!at)
		fault_no_memory();
	return at;
}

int json_parse(struct text bytes, const char *what, struct json_at *root, struct fault *f)
{
	json_error_t error;

	*root = (struct json_at){ .key = what };
	if (!bytes.len)
		bytes = TEXT("");
	if (check_bytes(bytes, what, f))
		return f->code;
	json_set_alloc_funcs(alloc_or_end, free);
	root->value = json_loadb(bytes.at, bytes.len, JSON_REJECT_DUPLICATES, &error);
	if (!root->value)
		return fault_set(f, FAULT_INPUT, "%s: line %d, column %d: not proper JSON: %s", what, error.line,
				 error.column, error.text);
	sort_all(root->value);
	return 0;
}

void json_drop(struct json_at *root)
{
	json_decref(root->value);
	root->value = NULL;
}

/* ---- reading ---- */

static void put_place(const struct json_at *at, struct buffer *to)
{
	if (!at->up) {
		buffer_text(to, text_of(at->key));
		return;
	}
	put_place(at->up, to);
	if (!at->up->up)
		buffer_text(to, TEXT(": "));
	else if (at->key)
		buffer_text(to, TEXT("."));
	if (at->key)
		buffer_text(to, text_of(at->key));
	else
		buffer_printf(to, "[%zu]", at->index);
}

int json_fault(const struct json_at *at, struct fault *f, const char *fmt, ...)
{
	BUFFER_AUTO place = { 0 };
	va_list args;
	char *rule;

	put_place(at, &place);
	va_start(args, fmt);
	if (vasprintf(&rule, fmt, args) < 0)
		fault_no_memory();
	va_end(args);
	fault_set(f, FAULT_INPUT, "%s: %s", place.at, rule);
	free(rule);
	return f->code;
}

bool json_member(const struct json_at *at, const char *key, struct json_at *child)
{
	*child = (struct json_at){ .value = json_object_get(at->value, key), .up = at, .key = key };
	return child->value && !json_is_null(child->value);
}

static int need_kind(const struct json_at *at, json_type kind, struct fault *f)
{
	return json_typeof(at->value) == kind ? 0 : json_fault(at, f, "must be %s", kind_names[kind]);
}

static int get_kind(const struct json_at *at, const char *key, json_type kind, struct json_at *child,
		    struct fault *f)
{
	if (!json_member(at, key, child))
		return json_fault(child, f, "is missing; it must be %s", kind_names[kind]);
	return need_kind(child, kind, f);
}

int json_get_object(const struct json_at *at, const char *key, struct json_at *child, struct fault *f)
{
	return get_kind(at, key, JSON_OBJECT, child, f);
}

int json_get_array(const struct json_at *at, const char *key, struct json_at *child, struct fault *f)
{
	return get_kind(at, key, JSON_ARRAY, child, f);
}

static struct text string_of(const struct json_at *at)
{
	return (struct text){ json_string_value(at->value), json_string_length(at->value) };
}

int json_get_text(const struct json_at *at, const char *key, struct text *out, struct fault *f)
{
	struct json_at child;
	int code = get_kind(at, key, JSON_STRING, &child, f);

	*out = code ? (struct text){ 0 } : string_of(&child);
	return code;
}

int json_opt_text(const struct json_at *at, const char *key, struct text *out, struct fault *f)
{
	struct json_at child;

	*out = (struct text){ 0 };
	return json_member(at, key, &child) ? json_text(&child, out, f) : 0;
}

int json_opt_bool(const struct json_at *at, const char *key, bool *out, struct fault *f)
{
	struct json_at child;

	*out = false;
	if (!json_member(at, key, &child))
		return 0;
	if (!json_is_boolean(child.value))
		return json_fault(at, f, "'%s' must be true or false", key);
	*out = json_is_true(child.value);
	return 0;
}

int json_get_u64(const struct json_at *at, const char *key, uint64_t max, uint64_t *out, struct fault *f)
{
	struct json_at child;
	int code = get_kind(at, key, JSON_INTEGER, &child, f);
	json_int_t value = code ? 0 : json_integer_value(child.value);

	*out = value < 0 ? 0 : (uint64_t)value;
	if (value < 0 || *out > max)
		return json_fault(&child, f, "must be a whole number, 0 to %" PRIu64, max);
	return code;
}

bool json_holds_object(const struct json_at *at)
{
	return json_is_object(at->value);
}

bool json_holds_array(const struct json_at *at)
{
	return json_is_array(at->value);
}

int json_text(const struct json_at *at, struct text *out, struct fault *f)
{
	int code = need_kind(at, JSON_STRING, f);

	*out = code ? (struct text){ 0 } : string_of(at);
	return code;
}

size_t json_count(const struct json_at *at)
{
	return json_holds_array(at) ? json_array_size(at->value) : json_object_size(at->value);
}

bool json_next(const struct json_at *at, struct json_at *child)
{
	bool first = !child->value;

	child->up = at;
	if (json_holds_array(at)) {
		child->index = first ? 0 : child->index + 1;
		child->value = json_array_get(at->value, child->index);
	} else {
		void *next = first ? json_object_iter(at->value)
				   : json_object_iter_next(at->value, json_object_key_to_iter(child->key));

		child->key = json_object_iter_key(next);
		child->value = json_object_iter_value(next);
	}
	return child->value;
}

int json_only(const struct json_at *object, const char *const *keys, struct fault *f)
{
	for (struct json_at child = { 0 }; json_next(object, &child);) {
		const char *const *known = keys;

		while (*known && strcmp(*known, child.key) != 0)
			known++;
		if (!*known)
			return json_fault(&child, f, "is not a member that is known here");
		if (json_is_null(child.value))
			return json_fault(&child, f, "must not be null; leave the member out");
	}
	return 0;
}

int json_texts(const struct json_at *list, size_t max, struct arena *a, struct texts *out, struct fault *f)
{
	size_t n = json_count(list);
	int code = need_kind(list, JSON_ARRAY, f);

	*out = (struct texts){ 0 };
	if (code)
		return code;
	if (n > max)
		return json_fault(list, f, "has %zu items; at most %zu are allowed", n, max);
	out->at = arena_alloc(a, n, sizeof *out->at);
	for (struct json_at item = { 0 }; json_next(list, &item);) {
		struct text text;

		code = json_text(&item, &text, f);
		if (!code && !text.len)
			code = json_fault(&item, f, "must not be empty");
		if (code)
			return code;
		out->at[out->count++] = arena_copy(a, text);
	}
	return 0;
}
