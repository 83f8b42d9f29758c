/* A lock that is read is written in the one layout: what was written is read, and written as the same bytes. */
#include <stdlib.h>

#include "format/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool write_again(struct text bytes, struct buffer *to)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct lock lock;
	int code = lock_parse(bytes, "fuzz", &a, &lock, &f);

	if (code != 0 && code != FAULT_INPUT)
		abort();
	if (!code)
		lock_write(&lock, to);
	arena_drop(&a);
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
