/* What is made plain is as long, keeps its lines, has nothing left to make plain, and only lost bytes to blanks; plain JSON stays. */
#include <stdlib.h>

#include "format/json.h"
#include "format/jsonc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool is_json(struct text bytes)
{
	struct fault f = { 0 };
	struct json_at root;
	int code = json_parse(bytes, "fuzz", &root, &f);
	json_drop(&root);
	return code == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	struct arena a = { 0 };
	struct text plain = jsonc_plain(bytes, &a);
	must(plain.len == size);
	for (size_t i = 0; i < size; i++)
		must(plain.at[i] == bytes.at[i] || (plain.at[i] == ' ' && bytes.at[i] != '\n' && bytes.at[i] != '\r'));
	if (is_json(bytes))
		must(text_equal(plain, bytes));
	if (is_json(plain))
		must(text_equal(jsonc_plain(plain, &a), plain));
	arena_drop(&a);
	return 0;
}
