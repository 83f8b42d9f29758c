#include "base/encode.h"

#include <string.h>

static const char hex_alphabet[] = "0123456789abcdef";
static const char nix32_alphabet[] = "0123456789abcdfghijklmnpqrsvwxyz";
static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The index of `c` in `alphabet`, or -1. */
static int digit(const char *alphabet, size_t count, char c)
{
	const char *hit = memchr(alphabet, c, count);

	return hit ? (int)(hit - alphabet) : -1;
}

void encode_hex(char *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*out++ = hex_alphabet[bytes[i] >> 4];
		*out++ = hex_alphabet[bytes[i] & 15];
	}
	*out = '\0';
}

/* The bytes are one little-endian number, written most significant digit first. */
void encode_nix32(char *out, const uint8_t *bytes, size_t n)
{
	for (size_t left = NIX32_CHARS(n); left-- > 0;) {
		size_t at = left * 5 / 8, shift = left * 5 % 8;
		unsigned window = bytes[at] | (at + 1 < n ? (unsigned)bytes[at + 1] << 8 : 0);

		*out++ = nix32_alphabet[window >> shift & 31];
	}
	*out = '\0';
}

void encode_base64(char *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16 | (i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (i + 2 < n ? bytes[i + 2] : 0);

		*out++ = base64_alphabet[group >> 18];
		*out++ = base64_alphabet[group >> 12 & 63];
		*out++ = i + 1 < n ? base64_alphabet[group >> 6 & 63] : '=';
		*out++ = i + 2 < n ? base64_alphabet[group & 63] : '=';
	}
	*out = '\0';
}

bool decode_hex(struct text t, uint8_t *bytes, size_t n)
{
	if (t.len != 2 * n)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i] >= 'A' && t.at[i] <= 'F' ? (char)(t.at[i] - 'A' + 'a') : t.at[i];
		int value = digit(hex_alphabet, 16, c);

		if (value < 0)
			return false;
		bytes[i / 2] = (uint8_t)(i % 2 ? bytes[i / 2] | value : value << 4);
	}
	return true;
}

bool decode_nix32(struct text t, uint8_t *bytes, size_t n)
{
	if (t.len != NIX32_CHARS(n))
		return false;
	if (n)
		memset(bytes, 0, n);
	for (size_t i = 0; i < t.len; i++) {
		size_t at = i * 5 / 8, shift = i * 5 % 8;
		int value = digit(nix32_alphabet, 32, t.at[t.len - 1 - i]);
		unsigned window = value < 0 ? 0 : (unsigned)value << shift;

		if (value < 0 || (at + 1 >= n && window >> 8))
			return false;
		bytes[at] |= (uint8_t)window;
		if (at + 1 < n)
			bytes[at + 1] |= (uint8_t)(window >> 8);
	}
	return true;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool decode_base64(struct text t, uint8_t *bytes, size_t n)
{
	size_t digits = (n * 8 + 5) / 6;
	uint32_t window = 0;

	if (t.len != BASE64_CHARS(n))
		return false;
	for (size_t i = 0, bits = 0; i < digits; i++) {
		int value = base64_digit(t.at[i]);

		if (value < 0)
			return false;
		window = (window << 6 | (uint32_t)value) & 0xfff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*bytes++ = (uint8_t)(window >> bits);
		}
		window &= (1u << bits) - 1;
	}
	for (size_t i = digits; i < t.len; i++) {
		if (t.at[i] != '=')
			return false;
	}
	return window == 0;
}

bool digest_parse(struct text t, struct digest *d)
{
	struct text value = text_skip(t, sizeof "sha256:" - 1);

	if (text_starts(t, TEXT("sha256-")))
		return decode_base64(value, d->bytes, DIGEST_BYTES);
	if (!text_starts(t, TEXT("sha256:")))
		return false;
	return decode_nix32(value, d->bytes, DIGEST_BYTES) || decode_hex(value, d->bytes, DIGEST_BYTES) ||
	       decode_base64(value, d->bytes, DIGEST_BYTES);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return !memcmp(a->bytes, b->bytes, DIGEST_BYTES);
}

const char *digest_nix32(const struct digest *d, char out[DIGEST_NIX32_SIZE])
{
	memcpy(out, "sha256:", sizeof "sha256:");
	encode_nix32(out + sizeof "sha256:" - 1, d->bytes, DIGEST_BYTES);
	return out;
}

const char *digest_hex(const struct digest *d, char out[DIGEST_HEX_SIZE])
{
	memcpy(out, "sha256:", sizeof "sha256:");
	encode_hex(out + sizeof "sha256:" - 1, d->bytes, DIGEST_BYTES);
	return out;
}

const char *digest_sri(const struct digest *d, char out[DIGEST_SRI_SIZE])
{
	memcpy(out, "sha256-", sizeof "sha256-");
	encode_base64(out + sizeof "sha256-" - 1, d->bytes, DIGEST_BYTES);
	return out;
}
