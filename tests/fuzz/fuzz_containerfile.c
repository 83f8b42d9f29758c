/* Every byte of what is read stands in the file where it says, and an instruction that is cut out is read as it
 * was in the file. */
#include <stdlib.h>

#include "../unit/placed_checks.h"
#include "base/bounds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_alone(const struct containerfile *file, const struct instruction *in)
{
	struct text bytes = { file->bytes.at + in->begin, in->end - in->begin };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct containerfile alone;
	must(containerfile_parse(bytes, "alone", &a, &alone, &f) == 0);
	must(alone.count == 1 && alone.at[0].kind == in->kind && texts_equal(alone.at[0].words, in->words));
	must(texts_equal(alone.at[0].flags, in->flags) && alone.at[0].json == in->json);
	must(text_equal(alone.at[0].rest.text, in->rest.text) && alone.at[0].heredoc_count == in->heredoc_count);
	for (size_t i = 0; i < in->heredoc_count; i++)
		must(text_equal(alone.at[0].heredocs[i].content.text, in->heredocs[i].content.text));
	arena_drop(&a);
}

/* Would it be read alone? A mark of byte order would go, and the escape directive is not there. */
static bool can_be_alone(const struct containerfile *file, const struct instruction *in)
{
	return file->escape == '\\' && in->keyword.len && !text_starts(in->keyword, TEXT("\xef\xbb\xbf"));
}

static void check_values(const struct instruction *in)
{
	must(in->kind <= INSTRUCTION_OTHER);
	must(!(in->kind == INSTRUCTION_ENV || in->kind == INSTRUCTION_LABEL) || in->words.count % 2 == 0);
	must(!in->json || in->heredoc_count == 0);
	must(!in->trigger || in->kind == INSTRUCTION_ONBUILD);
	for (size_t i = 0; i < in->heredoc_count; i++)
		must(in->heredocs[i].name.len > 0);
	if (in->trigger)
		check_values(in->trigger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct containerfile file;
	int code = containerfile_parse(bytes, "input", &a, &file, &f);
	must(code == f.code && (code == 0 || code == FAULT_INPUT));
	if (code == 0) {
		must(containerfile_right(&file));
		for (size_t i = 0; i < file.count; i++) {
			check_values(&file.at[i]);
			if (i < 16 && can_be_alone(&file, &file.at[i]))
				check_alone(&file, &file.at[i]);
		}
	}
	arena_drop(&a);
	return 0;
}
