/* encode: bytes as text and back: hex, nix-base32, base64, and the spellings of a SHA-256 digest.
 *
 * Decoding is strict: exact length, canonical trailing bits, no white space; false means "not such an encoding".
 * Source: Nix libutil/base-n.cc, base-nix-32.cc and hash.cc; SRI: W3C Subresource Integrity. */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define DIGEST_BYTES 32 /* a SHA-256 */
#define NIX32_CHARS(bytes) (((bytes) * 8 + 4) / 5)
#define BASE64_CHARS(bytes) ((((bytes) + 2) / 3) * 4)
#define DIGEST_NIX32_SIZE (sizeof "sha256:" + NIX32_CHARS(DIGEST_BYTES))  /* chars with the NUL */
#define DIGEST_HEX_SIZE (sizeof "sha256:" + 2 * DIGEST_BYTES)             /* chars with the NUL */
#define DIGEST_SRI_SIZE (sizeof "sha256-" + BASE64_CHARS(DIGEST_BYTES))   /* chars with the NUL */

/* A SHA-256 digest. */
struct digest {
	uint8_t bytes[DIGEST_BYTES]; /* as computed, most significant first */
};

/* Lower-case hex of `n` bytes into `out` (2n chars + NUL). */
void encode_hex(char *out, const uint8_t *bytes, size_t n);

/* nix-base32 of `n` bytes into `out` (NIX32_CHARS(n) chars + NUL): alphabet without e o u t, last bits first. */
void encode_nix32(char *out, const uint8_t *bytes, size_t n);

/* Padded standard base64 of `n` bytes into `out` (BASE64_CHARS(n) chars + NUL). */
void encode_base64(char *out, const uint8_t *bytes, size_t n);

/* Decode exactly `n` bytes from `t`; false when `t` is not the encoding of `n` bytes. Hex takes either case. */
bool decode_hex(struct text t, uint8_t *bytes, size_t n);
bool decode_nix32(struct text t, uint8_t *bytes, size_t n);
bool decode_base64(struct text t, uint8_t *bytes, size_t n);

/* Reads "sha256:" + nix32 | hex | base64, or SRI "sha256-" + base64. False on anything else, other algorithms
 * included. */
bool digest_parse(struct text t, struct digest *d);

/* Same digest? */
bool digest_equal(const struct digest *a, const struct digest *b);

/* "sha256:<nix32>" as narinfos and fingerprints have it. */
const char *digest_nix32(const struct digest *d, char out[DIGEST_NIX32_SIZE]);

/* "sha256:<hex>" as Nix's database has it. */
const char *digest_hex(const struct digest *d, char out[DIGEST_HEX_SIZE]);

/* "sha256-<base64>" as flake.lock and closure.lock have it. */
const char *digest_sri(const struct digest *d, char out[DIGEST_SRI_SIZE]);

#endif
