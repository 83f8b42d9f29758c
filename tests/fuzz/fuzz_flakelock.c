/* The inputs of a flake.lock that is read are sorted, and a closure.lock that has them is read again. */
#include <stdlib.h>

#include "format/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct flakelock *flake)
{
	struct lock lock = { .has_flake = true, .flake = *flake }, back;
	BUFFER_AUTO bytes = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };

	for (size_t i = 1; i < flake->input_count; i++) {
		if (text_compare(flake->inputs[i - 1].name, flake->inputs[i].name) >= 0)
			abort();
	}
	lock_write(&lock, &bytes);
	if (lock_parse(buffer_view(&bytes), "written", &a, &back, &f) || back.flake.input_count != flake->input_count ||
	    !digest_equal(&back.flake.digest, &flake->digest))
		abort();
	arena_drop(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flakelock lock;
	struct arena a = { 0 };
	struct fault f = { 0 };
	int code = flakelock_parse((struct text){ (const char *)data, size }, "fuzz", &a, &lock, &f);

	if (code != 0 && code != FAULT_INPUT)
		abort();
	if (!code)
		check(&lock);
	arena_drop(&a);
	return 0;
}
