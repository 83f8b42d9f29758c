#include "samples.h"

#include <openssl/err.h>

#include "sys/crypto.h"

static void assert_digest(struct digest d, const char *hex)
{
	char have[DIGEST_HEX_SIZE];

	encode_hex(have, d.bytes, sizeof d.bytes);
	assert_string_equal(have, hex);
}

/* FIPS 180-4 examples. */
static const char *const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char *const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char *const MILLION_A = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void sha256_knows_the_standards_examples(void **state)
{
	(void)state;
	assert_digest(crypto_sha256(TEXT("")), EMPTY);
	assert_digest(crypto_sha256((struct text){ 0 }), EMPTY);
	assert_digest(crypto_sha256(TEXT("abc")), ABC);
}

static void hasher_takes_pieces_and_starts_afresh(void **state)
{
	struct hasher *h = hasher_make();
	char a[1000];

	(void)state;
	memset(a, 'a', sizeof a);
	hasher_add(h, "a", 1);
	hasher_add(h, NULL, 0);
	hasher_add(h, "bc", 2);
	assert_digest(hasher_end(h), ABC);
	for (int i = 0; i < 1000; i++)
		hasher_add(h, a, sizeof a);
	assert_digest(hasher_end(h), MILLION_A);
	assert_digest(hasher_end(h), EMPTY);
	hasher_drop(h);
	hasher_drop(NULL);
}

/* RFC 8032, 7.1, tests 1 to 3. */
static const struct {
	const char *key, *message, *sig;
} examples[] = {
	{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
	  "d25bf5f0595bbe24655141438e7a100b" },
	{ "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
	  "387b2eaeb4302aeeb00d291612bb0c00" },
	{ "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
	  "4a7c15e9716ed28dc027beceea1ec40a" },
};

struct signed_text {
	uint8_t key[ED25519_KEY_BYTES], sig[ED25519_SIG_BYTES], message[2];
	size_t len;
};

static struct signed_text example(size_t i)
{
	struct signed_text s = { .len = strlen(examples[i].message) / 2 };

	assert_true(decode_hex(text_of(examples[i].key), s.key, sizeof s.key));
	assert_true(decode_hex(text_of(examples[i].sig), s.sig, sizeof s.sig));
	assert_true(decode_hex(text_of(examples[i].message), s.message, s.len));
	return s;
}

static bool verifies(const struct signed_text *s)
{
	return crypto_ed25519_verify(s->key, s->sig, (struct text){ (const char *)s->message, s->len });
}

static void ed25519_knows_the_standards_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct signed_text s = example(i);

		assert_true(verifies(&s));
	}
}

static void ed25519_refuses_every_flipped_bit(void **state)
{
	struct signed_text s = example(2);

	(void)state;
	for (size_t bit = 0; bit < sizeof s.sig * 8; bit++) {
		s.sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(verifies(&s));
		s.sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < sizeof s.key * 8; bit++) {
		s.key[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(verifies(&s));
		s.key[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	s.message[1] ^= 1;
	assert_false(verifies(&s));
	s.message[1] ^= 1;
	s.len = 1;
	assert_false(verifies(&s));
	/* A failure must not lie about for the next TLS call. */
	assert_int_equal(ERR_peek_error(), 0);
	s.len = 2;
	assert_true(verifies(&s));
}

/* S + L signs the same in a sloppy verifier (RFC 8032, 5.1.7 demands S < L). */
static void ed25519_refuses_malleable_signatures(void **state)
{
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
					   0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };
	struct signed_text s = example(1);
	unsigned carry = 0;

	(void)state;
	for (size_t i = 0; i < 32; i++) {
		carry += s.sig[32 + i] + (unsigned)order[i];
		s.sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_false(verifies(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_knows_the_standards_examples),
		cmocka_unit_test(hasher_takes_pieces_and_starts_afresh),
		cmocka_unit_test(ed25519_knows_the_standards_examples),
		cmocka_unit_test(ed25519_refuses_every_flipped_bit),
		cmocka_unit_test(ed25519_refuses_malleable_signatures),
	};

	crypto_start();
	return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
