/* A digest that is read has one spelling of each kind, and each is read as the same digest. */
#include <stdlib.h>

#include "base/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct digest *d, const char *spelling)
{
	struct digest back;

	if (!digest_parse(text_of(spelling), &back) || !digest_equal(d, &back))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char nix32[DIGEST_NIX32_SIZE], hex[DIGEST_HEX_SIZE], sri[DIGEST_SRI_SIZE];
	struct text t = { (const char *)data, size };
	struct digest d;

	if (!digest_parse(t, &d))
		return 0;
	check(&d, digest_nix32(&d, nix32));
	check(&d, digest_hex(&d, hex));
	check(&d, digest_sri(&d, sri));
	if (text_starts(t, TEXT("sha256-")) && !text_equal(t, text_of(sri)))
		abort();
	if (size == sizeof nix32 - 1 && !text_equal(t, text_of(nix32)))
		abort();
	return 0;
}
