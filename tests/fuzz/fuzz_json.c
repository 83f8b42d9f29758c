/* What is read can be written and is then read as the same. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct json_out *o, const struct json_at *at)
{
	bool object = json_holds_object(at);
	struct json_at child = { 0 };
	size_t i = 0;

	if (json_is_string(at->value))
		json_put_text(o, (struct text){ json_string_value(at->value), json_string_length(at->value) });
	else if (json_is_integer(at->value) && json_integer_value(at->value) >= 0)
		json_put_u64(o, (uint64_t)json_integer_value(at->value));
	else if (json_is_boolean(at->value))
		json_put_bool(o, json_is_true(at->value));
	else if (!object && !json_holds_array(at))
		json_put_bool(o, false);
	if (!object && !json_holds_array(at))
		return;
	json_open(o, object ? '{' : '[', json_count(at) % 3 == 1);
	while (json_next(at, &child)) {
		if (i++ % 4 == 3)
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
	return !code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUFFER_AUTO once = { 0 }, twice = { 0 };

	if (!write_again((struct text){ (const char *)data, size }, &once))
		return 0;
	if (!write_again(buffer_view(&once), &twice) || !text_equal(buffer_view(&once), buffer_view(&twice)))
		abort();
	return 0;
}
