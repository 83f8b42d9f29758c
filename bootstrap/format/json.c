#include "format/json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
	[JSON_KIND_OBJECT] = "an object",
	[JSON_KIND_ARRAY] = "an array",
	[JSON_KIND_STRING] = "a string",
	[JSON_KIND_WHOLE] = "a whole number",
};

/* What the root of a json_at points to. */
struct document {
	struct json_value root; /* first: the document's pointer is the root value's */
	struct arena arena;     /* holds all values and strings, and not this */
};

int json_parse(struct text bytes, const char *what, struct json_at *root, struct fault *f)
{
	struct document *document = calloc(1, sizeof *document);
	int code;

	if (!document)
		fault_no_memory();
	*root = (struct json_at){ .value = &document->root, .key = what };
	code = json_value_parse(bytes, what, &document->arena, &document->root, f);
	if (code)
		json_drop(root);
	return code;
}

void json_drop(struct json_at *root)
{
	struct document *document = (struct document *)(uintptr_t)root->value;

	if (document)
		arena_drop(&document->arena);
	free(document);
	root->value = NULL;
}

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

bool json_member_text(const struct json_at *at, struct text key, struct json_at *child)
{
	const struct json_entry *entry = json_value_member(at->value, key);

	*child = (struct json_at){ .up = at };
	if (!entry || entry->value.kind == JSON_KIND_NULL)
		return false;
	child->key = entry->key.at;
	child->value = &entry->value;
	return true;
}

bool json_member(const struct json_at *at, const char *key, struct json_at *child)
{
	bool found = json_member_text(at, text_of(key), child);

	child->key = key;
	return found;
}

static int need_kind(const struct json_at *at, enum json_kind kind, struct fault *f)
{
	return at->value->kind == kind ? 0 : json_fault(at, f, "must be %s", kind_names[kind]);
}

static int get_kind(const struct json_at *at, const char *key, enum json_kind kind, struct json_at *child,
		    struct fault *f)
{
	if (!json_member(at, key, child))
		return json_fault(child, f, "is missing; it must be %s", kind_names[kind]);
	return need_kind(child, kind, f);
}

int json_get_object(const struct json_at *at, const char *key, struct json_at *child, struct fault *f)
{
	return get_kind(at, key, JSON_KIND_OBJECT, child, f);
}

int json_get_array(const struct json_at *at, const char *key, struct json_at *child, struct fault *f)
{
	return get_kind(at, key, JSON_KIND_ARRAY, child, f);
}

static struct text string_of(const struct json_at *at)
{
	return (struct text){ at->value->string, at->value->count };
}

int json_get_text(const struct json_at *at, const char *key, struct text *out, struct fault *f)
{
	struct json_at child;
	int code = get_kind(at, key, JSON_KIND_STRING, &child, f);

	*out = code ? (struct text){ 0 } : string_of(&child);
	return code;
}

int json_opt_text(const struct json_at *at, const char *key, struct text *out, struct fault *f)
{
	struct json_at child;

	*out = (struct text){ 0 };
	return json_member(at, key, &child) ? json_text(&child, out, f) : 0;
}

int json_get_u64(const struct json_at *at, const char *key, uint64_t max, uint64_t *out, struct fault *f)
{
	struct json_at child;
	int code = get_kind(at, key, JSON_KIND_WHOLE, &child, f);

	*out = code ? 0 : child.value->whole;
	if (*out > max)
		return json_fault(&child, f, "must be a whole number, 0 to %" PRIu64, max);
	return code;
}

bool json_holds_object(const struct json_at *at)
{
	return at->value->kind == JSON_KIND_OBJECT;
}

bool json_holds_array(const struct json_at *at)
{
	return at->value->kind == JSON_KIND_ARRAY;
}

int json_text(const struct json_at *at, struct text *out, struct fault *f)
{
	int code = need_kind(at, JSON_KIND_STRING, f);

	*out = code ? (struct text){ 0 } : string_of(at);
	return code;
}

size_t json_count(const struct json_at *at)
{
	return json_holds_array(at) || json_holds_object(at) ? at->value->count : 0;
}

void json_item(const struct json_at *at, size_t i, struct json_at *child)
{
	*child = (struct json_at){ .up = at, .index = i };
	if (json_holds_object(at)) {
		child->key = at->value->entries[i].key.at;
		child->value = &at->value->entries[i].value;
	} else {
		child->value = &at->value->items[i];
	}
}

struct text *json_keys(const struct json_at *object, struct arena *a, size_t *count)
{
	struct text *keys = arena_alloc(a, json_count(object), sizeof *keys);

	*count = json_count(object);
	for (size_t i = 0; i < *count; i++)
		keys[i] = object->value->entries[i].key;
	return keys;
}

int json_only(const struct json_at *object, const char *const *keys, struct fault *f)
{
	struct json_at child;

	for (size_t i = 0; i < json_count(object); i++) {
		const char *const *known = keys;

		json_item(object, i, &child);
		while (*known && strcmp(*known, child.key) != 0)
			known++;
		if (!*known)
			return json_fault(&child, f, "is not a member that is known here");
		if (child.value->kind == JSON_KIND_NULL)
			return json_fault(&child, f, "must not be null; leave the member out");
	}
	return 0;
}

int json_texts(const struct json_at *list, size_t max, struct arena *a, struct texts *out, struct fault *f)
{
	size_t n = json_count(list);
	int code = need_kind(list, JSON_KIND_ARRAY, f);

	*out = (struct texts){ 0 };
	if (code)
		return code;
	if (n > max)
		return json_fault(list, f, "has %zu items; at most %zu are allowed", n, max);
	out->at = arena_alloc(a, n, sizeof *out->at);
	for (; out->count < n; out->count++) {
		struct text *text = &out->at[out->count];
		struct json_at item;

		json_item(list, out->count, &item);
		code = json_text(&item, text, f);
		if (!code && !text->len)
			code = json_fault(&item, f, "must not be empty");
		if (code)
			return code;
		*text = arena_copy(a, *text);
	}
	return 0;
}
