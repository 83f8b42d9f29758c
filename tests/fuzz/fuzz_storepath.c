/* A valid base name falls into hash and name, and the name into name and version, without loss. */
#include <stdlib.h>

#include "format/storepath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text base = { (const char *)data, size }, name, version, full;
	struct digest nar = { { 0 } };
	struct arena a = { 0 };

	storepath_split_name(base, &name, &version);
	if (storepath_base(base).at && !storepath_valid(storepath_base(base)))
		abort();
	if (!storepath_valid(base))
		return 0;
	storepath_split_name(storepath_name(base), &name, &version);
	if (storepath_hash(base).len + 1 + name.len + (version.len ? 1 + version.len : 0) != size)
		abort();
	full = arena_printf(&a, STORE_PREFIX TEXT_F, TEXT_A(base));
	if (!text_equal(storepath_base(full), base))
		abort();
	if (!storepath_valid(storepath_make_ca(storepath_name(base), &nar, (struct texts){ &base, 1 }, &a)))
		abort();
	arena_drop(&a);
	return 0;
}
