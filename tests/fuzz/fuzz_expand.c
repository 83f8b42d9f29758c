/* The input is a value, a newline, and a word. The word is expanded with every variable of that value, unknown,
 * unset and open, and in several ways of keeping quotes. What has none of the special characters stays as it is,
 * and where every variable is known all is. */
#include <stdlib.h>
#include <string.h>

#include "format/expand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* How all variables stand. */
struct world {
	enum expand_state state;
	struct text value;
};

static enum expand_state get(const void *of, struct text name, struct text *value)
{
	const struct world *world = of;
	must(name.at != NULL);
	if (world->state == EXPAND_SET)
		*value = world->value;
	return world->state;
}

static void check(struct text word, const struct expand *how, enum expand_state state)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct expanded out;
	int code = expand_word(word, how, &a, &out, &f);
	must(code == f.code && (code == 0 || code == FAULT_INPUT));
	bool plain = true;
	for (size_t i = 0; i < word.len; i++)
		plain = plain && word.at[i] != '$' && word.at[i] != '\'' && word.at[i] != '"' &&
			word.at[i] != how->escape;
	if (code == 0 && plain && !text_starts(word, TEXT("\xef\xbb\xbf")))
		must(text_equal(out.text, word) && out.known);
	if (code == 0 && (state == EXPAND_SET || state == EXPAND_UNSET))
		must(out.known);
	for (size_t i = 0; code == 0 && i < out.words.count; i++)
		must(out.words.at[i].len > 0);
	must(code == 0 || plain == false);
	arena_drop(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum expand_state states[] = { EXPAND_UNKNOWN, EXPAND_OPEN, EXPAND_UNSET, EXPAND_SET };
	static const unsigned char ways[] = { 0, 1, 6,
					      8 }; /* backtick 1, quotes stay 2, escapes stay 4, quotes are plain 8 */
	struct text word = { (const char *)data, size };
	struct world world;
	text_cut(&word, '\n', &world.value);
	if (!word.at || size > 4096)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		world.state = states[i];
		for (unsigned k = 0; k < 4; k++) {
			unsigned bits = ways[k];
			const struct expand how = { bits & 1 ? '`' : '\\', bits & 2, bits & 4, bits & 8, get, &world };
			check(word, &how, states[i]);
		}
	}
	return 0;
}
