/* A receipt that is read is written so that it is read again, and written as the same bytes. */
#include <stdlib.h>

#include "store/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool spell_again(struct text bytes, struct buffer *to)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct receipt receipt;
	int code = receipt_parse(bytes, &a, &receipt, &f);

	if (code != 0 && code != FAULT_INPUT)
		abort();
	if (code == 0)
		receipt_spell(&receipt, to);
	arena_drop(&a);
	return code == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUFFER_AUTO once = { 0 }, twice = { 0 };

	if (!spell_again((struct text){ (const char *)data, size }, &once))
		return 0;
	if (!spell_again(buffer_view(&once), &twice) || !text_equal(buffer_view(&once), buffer_view(&twice)))
		abort();
	return 0;
}
