#include "samples.h"

#include "base/encode.h"

/* SHA-256 of nothing, in the spellings that nix-hash and openssl give. */
#define EMPTY_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define EMPTY_NIX32 "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"
#define EMPTY_BASE64 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void one_digest_in_all_spellings(void **state)
{
	static const char *const good[] = { "sha256:" EMPTY_HEX, "sha256:" EMPTY_NIX32, "sha256:" EMPTY_BASE64,
					    "sha256-" EMPTY_BASE64,
					    "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855" };
	char nix32[DIGEST_NIX32_SIZE], hex[DIGEST_HEX_SIZE], sri[DIGEST_SRI_SIZE];
	struct digest first, d;

	(void)state;
	assert_true(digest_parse(text_of(good[0]), &first));
	assert_int_equal(first.bytes[0], 0xe3);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(digest_parse(text_of(good[i]), &d));
		assert_true(digest_equal(&d, &first));
	}
	assert_string_equal(digest_nix32(&d, nix32), "sha256:" EMPTY_NIX32);
	assert_string_equal(digest_hex(&d, hex), "sha256:" EMPTY_HEX);
	assert_string_equal(digest_sri(&d, sri), "sha256-" EMPTY_BASE64);
	assert_int_equal(strlen(nix32) + 1, sizeof nix32);
	assert_int_equal(strlen(hex) + 1, sizeof hex);
	assert_int_equal(strlen(sri) + 1, sizeof sri);
	d.bytes[31] ^= 1;
	assert_false(digest_equal(&d, &first));
}

static void other_spellings_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"sha256:",
		"sha256-",
		EMPTY_HEX,
		"sha512:" EMPTY_HEX,
		"md5:" EMPTY_HEX,
		"SHA256:" EMPTY_HEX,
		"sha256-" EMPTY_HEX,      /* SRI is base64 only */
		"sha256:" EMPTY_HEX " ",  /* blank */
		"sha256:" EMPTY_HEX "00", /* long */
		"sha256:"
		"g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",          /* no padding */
		"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",         /* a bit behind the end */
		"sha256-47DEQpj8HBSa-/TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",         /* the URL alphabet */
		"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==",         /* 31 bytes */
		"sha256:zmdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", /* a carry out of the top */
		"sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c7e", /* not in the alphabet */
		"sha256:0MDQA9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
	};
	struct digest d;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(digest_parse(text_of(bad[i]), &d));
}

static void what_is_encoded_is_decoded(void **state)
{
	uint64_t random = 7;

	(void)state;
	for (size_t n = 0; n < 70; n++) {
		uint8_t bytes[70], back[70];
		char out[2 * 70 + 1];

		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)random_next(&random);
		encode_hex(out, bytes, n);
		assert_int_equal(strlen(out), 2 * n);
		assert_true(decode_hex(text_of(out), back, n));
		assert_memory_equal(bytes, back, n);
		encode_nix32(out, bytes, n);
		assert_int_equal(strlen(out), NIX32_CHARS(n));
		memset(back, 0xff, sizeof back);
		assert_true(decode_nix32(text_of(out), back, n));
		assert_memory_equal(bytes, back, n);
		encode_base64(out, bytes, n);
		assert_int_equal(strlen(out), BASE64_CHARS(n));
		assert_true(decode_base64(text_of(out), back, n));
		assert_memory_equal(bytes, back, n);
		assert_false(decode_base64(text_of(out), back, n + 3));
		assert_false(decode_hex(text_of(out), back, n + 1));
	}
}

/* RFC 4648, section 10. */
static void base64_is_the_one_of_the_rfc(void **state)
{
	static const char *const rows[][2] = { { "", "" },        { "f", "Zg==" },        { "fo", "Zm8=" },
					       { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" } };
	char out[20];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		encode_base64(out, (const uint8_t *)rows[i][0], strlen(rows[i][0]));
		assert_string_equal(out, rows[i][1]);
	}
}

/* One "encoded TAB hex TAB expect" line of the vectors. */
static void check_vector(struct text line)
{
	struct text encoded, hex, expect;
	uint8_t bytes[64], want[64];
	char again[128];
	size_t n;

	text_cut(&line, '\t', &encoded);
	text_cut(&line, '\t', &hex);
	text_cut(&line, '\t', &expect);
	n = hex.len / 2;
	if (text_starts(expect, TEXT("ok"))) {
		assert_true(decode_hex(hex, want, n));
		assert_true(decode_nix32(encoded, bytes, n));
		assert_memory_equal(bytes, want, n);
		encode_nix32(again, bytes, n);
		assert_true(text_equal(text_of(again), encoded));
	} else {
		for (n = 0; n < sizeof bytes; n++)
			assert_false(decode_nix32(encoded, bytes, n));
	}
}

static void nix32_vectors(void **state)
{
	struct text file = sample_read(vectors_path("nixbase32.tsv")), rest = file, line;
	size_t count = 0;

	(void)state;
	while (text_cut(&rest, '\n', &line)) {
		if (line.len && line.at[0] != '#') {
			check_vector(line);
			count++;
		}
	}
	assert_true(count >= 8);
	free((void *)(uintptr_t)file.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_digest_in_all_spellings),
		cmocka_unit_test(other_spellings_are_refused),
		cmocka_unit_test(what_is_encoded_is_decoded),
		cmocka_unit_test(base64_is_the_one_of_the_rfc),
		cmocka_unit_test(nix32_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
