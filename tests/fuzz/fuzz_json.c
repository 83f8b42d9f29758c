/* What is read can be written and is then read as the same; and the verdict is jansson's. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct json_out *o, const struct json_at *at)
{
	bool object = json_holds_object(at);
	struct json_at child;

	if (at->value->kind == JSON_KIND_STRING)
		json_put_text(o, (struct text){ at->value->string, at->value->count });
	else if (at->value->kind == JSON_KIND_WHOLE)
		json_put_u64(o, at->value->whole);
	else if (at->value->kind == JSON_KIND_BOOL)
		json_put_bool(o, at->value->truth);
	else if (!object && !json_holds_array(at))
		json_put_null(o);
	if (!object && !json_holds_array(at))
		return;
	json_open(o, object ? '{' : '[', json_count(at) % 3 == 1);
	for (size_t i = 0; i < json_count(at); i++) {
		json_item(at, i, &child);
		if (i % 4 == 3)
			json_join(o);
		if (object)
			json_key(o, child.key);
		put(o, &child);
	}
	json_close(o, object ? '}' : ']');
}

static bool write_again(struct text bytes, struct buffer *to)
{
	struct fault f = { 0 };
	struct json_at root;
	struct json_out o;
	int code = json_parse(bytes, "fuzz", &root, &f);

	if (code != 0 && (code != FAULT_INPUT || !strstr(f.text, "fuzz: line ")))
		abort();
	if (!code) {
		json_begin(&o, to);
		put(&o, &root);
		json_end(&o);
	}
	json_drop(&root);
	if (code && strstr(f.text, "deeper"))
		buffer_text(to, TEXT("deep"));
	return !code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	BUFFER_AUTO once = { 0 }, twice = { 0 };
	bool good = write_again(bytes, &once);
	json_error_t error;
	json_t *theirs = json_loadb(size ? bytes.at : "", size, JSON_REJECT_DUPLICATES, &error);

	if (good && (!write_again(buffer_view(&once), &twice) || !text_equal(buffer_view(&once), buffer_view(&twice))))
		abort();
	/* Jansson refuses numbers that it cannot hold; we never ask for their value. */
	if (good && !theirs && json_error_code(&error) != json_error_numeric_overflow)
		abort();
	/* It lets a NUL pass behind a number. */
	if (!good && theirs && !once.len && !text_has(bytes, '\0'))
		abort();
	json_decref(theirs);
	return 0;
}
