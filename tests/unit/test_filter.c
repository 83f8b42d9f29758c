#include "samples.h"

#include <archive.h>
#include <archive_entry.h>

#include "slow_stream.h"
#include "sys/filter.h"

/* What every good sample decodes to. */
static struct text sample_plain(void)
{
	static char bytes[4096];
	size_t len = 0;

	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(bytes + len, sizeof bytes - len, "line %d of the sample\n", i);
	return (struct text){ bytes, len };
}

/* Decodes until a fault or the end; what came out goes to out[0..*len), as far as it fits in `room`. */
static int decode(struct stream *from, enum codec codec, char *out, size_t room, size_t *len, struct fault *f)
{
	struct text block = { 0 };
	struct filter x;
	int code = filter_open(&x, from, codec, f);

	*len = 0;
	while (!code) {
		code = stream_next(&x.stream, &block, f);
		if (code || !block.len)
			break;
		if (*len + block.len <= room)
			memcpy(out + *len, block.at, block.len);
		*len += block.len;
	}
	/* An end is an end again, and a fault is sticky. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stream_next(&x.stream, &block, f), code);
		assert_int_equal(block.len, 0);
	}
	filter_close(&x);
	filter_close(&x);
	return code;
}

/* Decodes `bytes` in blocks of `step`, the source failing after `until` bytes; does it give exactly `want`? */
static int decode_steps(struct text bytes, size_t step, size_t until, enum codec codec, struct text want, bool *same,
			struct fault *f)
{
	char *out = malloc(want.len + 1);
	struct slow_stream slow;
	size_t len;
	int code;

	slow_stream_open(&slow, bytes, step, until);
	code = decode(&slow.stream, codec, out, want.len, &len, f);
	*same = len == want.len && !memcmp(out, want.at, len);
	slow_stream_close(&slow);
	free(out);
	return code;
}

/* Wrapped in a check as every NAR is. */
static int decode_checked(struct text bytes, size_t step, enum codec codec, struct text want, struct fault *f)
{
	struct digest digest = crypto_sha256(want);
	struct slow_stream slow;
	struct stream_check check;
	struct filter x;
	int code;

	slow_stream_open(&slow, bytes, step, SIZE_MAX);
	code = filter_open(&x, &slow.stream, codec, f);
	stream_check_open(&check, &x.stream, want.len, &digest, "NAR");
	if (!code)
		code = stream_drain(&check.stream, f);
	stream_check_close(&check);
	filter_close(&x);
	slow_stream_close(&slow);
	return code;
}

/* ---- samples ---- */

static enum codec sample_codec(const char *name)
{
	static const char *const endings[CODEC_COUNT] = { [CODEC_NONE] = ".none", [CODEC_XZ] = ".xz",
							  [CODEC_ZSTD] = ".zst",  [CODEC_BZIP2] = ".bz2",
							  [CODEC_GZIP] = ".gz",   [CODEC_BROTLI] = ".br" };

	for (enum codec c = 0; c < CODEC_COUNT; c++) {
		if (text_ends(text_of(name), text_of(endings[c])))
			return c;
	}
	fail_msg("%s: of which codec is it?", name);
	return CODEC_COUNT;
}

static void check_good(const char *name, struct text bytes)
{
	static const size_t steps[] = { 1, 2, 3, 13, 64, 1000000 };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct fault f = { 0 };
		bool same;

		if (decode_steps(bytes, steps[i], SIZE_MAX, sample_codec(name), sample_plain(), &same, &f) || !same)
			fail_msg("good/%s, blocks of %zu: %s", name, steps[i], f.code ? f.text : "wrong bytes");
	}
}

static void check_bad(const char *name, struct text bytes)
{
	static const size_t steps[] = { 1, 7, 1000000 };
	enum codec codec = sample_codec(name);

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct fault f = { 0 };
		bool same;

		if (decode_steps(bytes, steps[i], SIZE_MAX, codec, sample_plain(), &same, &f) != FAULT_VERIFY)
			fail_msg("bad/%s, blocks of %zu: code %d, %s", name, steps[i], f.code, f.text);
		if (!strstr(f.text, "data is damaged") || !strstr(f.text, codec_name(codec)))
			fail_msg("bad/%s: the message does not tell: %s", name, f.text);
		if (strstr(name, "trailing") && codec != CODEC_XZ && codec != CODEC_ZSTD)
			assert_non_null(strstr(f.text, "bytes follow its end"));
	}
}

static void good_samples_are_decoded(void **state)
{
	(void)state;
	samples_walk("tests/data/filter/good", check_good);
}

static void bad_samples_are_refused(void **state)
{
	(void)state;
	samples_walk("tests/data/filter/bad", check_bad);
}

/* ---- attacks on each good sample ---- */

/* Not worth thousands of decoders of 128 MiB. */
static bool is_huge(const char *name)
{
	return strstr(name, "window") != NULL;
}

/* A truncated one is refused even without the check, but where two frames meet, and in padding that may be cut. */
static void check_truncated(const char *name, struct text bytes)
{
	enum codec codec = sample_codec(name);

	for (size_t len = 0; len < bytes.len; len++) {
		struct text part = { bytes.at, len };
		struct fault f = { 0 };
		bool same;

		if (codec == CODEC_NONE || is_huge(name) || (strstr(name, "padding") && len % 4 == 0 && len + 8 >= bytes.len))
			continue;
		assert_int_equal(decode_checked(part, 50, codec, sample_plain(), &f), FAULT_VERIFY);
		f.code = 0;
		if (!strstr(name, "two-frames") && !strstr(name, "skippable") &&
		    decode_steps(part, 50, SIZE_MAX, codec, sample_plain(), &same, &f) != FAULT_VERIFY)
			fail_msg("%s cut to %zu bytes looks whole", name, len);
	}
}

static void truncation_is_refused_at_every_byte(void **state)
{
	(void)state;
	samples_walk("tests/data/filter/good", check_truncated);
}

/* Whatever bit is flipped: the right bytes (a time or a name in a head was hit), or FAULT_VERIFY. */
static void check_flipped(const char *name, struct text bytes)
{
	char *copy = malloc(bytes.len);

	for (size_t bit = 0; bit < bytes.len * 8 && !is_huge(name); bit += 1 + bytes.len / 60) {
		struct fault f = { 0 };
		int code;

		memcpy(copy, bytes.at, bytes.len);
		copy[bit / 8] ^= (char)(1 << bit % 8);
		code = decode_checked((struct text){ copy, bytes.len }, 4096, sample_codec(name), sample_plain(), &f);
		if (code && code != FAULT_VERIFY)
			fail_msg("%s, bit %zu flipped: code %d, %s", name, bit, code, f.text);
	}
	free(copy);
}

static void damage_never_passes(void **state)
{
	(void)state;
	samples_walk("tests/data/filter/good", check_flipped);
}

static void check_dead_line(const char *name, struct text bytes)
{
	for (size_t until = 0; until < bytes.len && !is_huge(name); until += 1 + bytes.len / 100) {
		struct fault f = { 0 };
		bool same;

		assert_int_equal(decode_steps(bytes, 17, until, sample_codec(name), sample_plain(), &same, &f),
				 FAULT_NETWORK);
		assert_string_equal(f.text, "the line went dead");
		f = (struct fault){ 0 };
		assert_int_equal(decode_steps(bytes, 1, until, sample_codec(name), sample_plain(), &same, &f),
				 FAULT_NETWORK);
	}
}

static void sources_fault_comes_out_unchanged(void **state)
{
	(void)state;
	samples_walk("tests/data/filter/good", check_dead_line);
}

/* ---- larger data, made here ---- */

static struct text big_plain(void)
{
	size_t len = 700001;
	char *bytes = malloc(len);
	uint64_t state = 7;

	for (size_t i = 0; i < len; i++)
		bytes[i] = i % 1000 < 500 ? (char)random_next(&state) : 'x';
	return (struct text){ bytes, len };
}

/* libarchive's writer as the other side. */
static struct text compress(struct text plain, int (*add)(struct archive *))
{
	size_t room = plain.len + 4096, used;
	char *out = malloc(room);
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	assert_int_equal(add(a), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	/* No block padding: it would follow the end. */
	archive_write_set_bytes_per_block(a, 0);
	assert_int_equal(archive_write_open_memory(a, out, room, &used), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, plain.at, plain.len), plain.len);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(entry);
	archive_write_free(a);
	return (struct text){ out, used };
}

/* Brotli that stores (RFC 7932, 9.1 and 9.2): window 16, uncompressed meta-blocks of up to 64 KiB, an empty last one. */
static struct text store_brotli(struct text plain)
{
	char *out = malloc(plain.len * 2 + 16);
	size_t len = 0;

	for (unsigned shift = 1; plain.len; shift = 0) {
		size_t part = plain.len < 65536 ? plain.len : 65536;
		uint32_t head = (uint32_t)((part - 1) << 3 | 1u << 19) << shift;

		for (int i = 0; i < 3; i++)
			out[len++] = (char)(head >> 8 * i);
		memcpy(out + len, plain.at, part);
		len += part;
		plain = text_skip(plain, part);
	}
	out[len++] = 3;
	return (struct text){ out, len };
}

static void assert_decodes(struct text packed, enum codec codec, struct text plain)
{
	static const size_t steps[] = { 1000, 4099, BLOCK_BYTES, SIZE_MAX };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct fault f = { 0 };
		bool same;

		if (decode_steps(packed, steps[i], SIZE_MAX, codec, plain, &same, &f) || !same)
			fail_msg("%s in blocks of %zu: %s", codec_name(codec), steps[i], f.code ? f.text : "wrong");
		assert_int_equal(decode_checked(packed, steps[i], codec, plain, &f), 0);
	}
	free((void *)(uintptr_t)packed.at);
}

static void many_blocks_come_out_as_they_went_in(void **state)
{
	struct text plain = big_plain(), copy = { memcpy(malloc(plain.len), plain.at, plain.len), plain.len };

	(void)state;
	assert_decodes(compress(plain, archive_write_add_filter_xz), CODEC_XZ, plain);
	assert_decodes(compress(plain, archive_write_add_filter_zstd), CODEC_ZSTD, plain);
	assert_decodes(compress(plain, archive_write_add_filter_bzip2), CODEC_BZIP2, plain);
	assert_decodes(compress(plain, archive_write_add_filter_gzip), CODEC_GZIP, plain);
	assert_decodes(store_brotli(plain), CODEC_BROTLI, plain);
	assert_decodes(copy, CODEC_NONE, plain);
	free((void *)(uintptr_t)plain.at);
}

/* A gigabyte of zeroes in a few bytes: the check stops it at the first block too many. */
static void bomb_stops_at_the_pinned_size(void **state)
{
	struct text plain = { calloc(1, 64 << 20), 64 << 20 };
	struct text packed = compress(plain, archive_write_add_filter_zstd);
	struct digest digest = crypto_sha256(TEXT(""));
	struct stream_memory m;
	struct stream_check check;
	struct filter x;
	struct fault f = { 0 };

	(void)state;
	stream_memory_open(&m, packed);
	assert_int_equal(filter_open(&x, &m.stream, CODEC_ZSTD, &f), 0);
	stream_check_open(&check, &x.stream, 1000000, &digest, "NAR");
	assert_int_equal(stream_drain(&check.stream, &f), FAULT_VERIFY);
	assert_non_null(strstr(f.text, "goes on after the 1000000 bytes"));
	assert_true(check.seen <= 1000000);
	stream_check_close(&check);
	filter_close(&x);
	free((void *)(uintptr_t)packed.at);
	free((void *)(uintptr_t)plain.at);
}

/* The blocks of "none" are the source's own. */
static void none_copies_nothing(void **state)
{
	struct stream_memory m;
	struct filter x;
	struct fault f = { 0 };
	struct text bytes = sample_plain(), block;

	(void)state;
	stream_memory_open(&m, bytes);
	assert_int_equal(filter_open(&x, &m.stream, CODEC_NONE, &f), 0);
	assert_int_equal(stream_next(&x.stream, &block, &f), 0);
	assert_ptr_equal(block.at, bytes.at);
	filter_close(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_samples_are_decoded),
		cmocka_unit_test(bad_samples_are_refused),
		cmocka_unit_test(truncation_is_refused_at_every_byte),
		cmocka_unit_test(damage_never_passes),
		cmocka_unit_test(sources_fault_comes_out_unchanged),
		cmocka_unit_test(many_blocks_come_out_as_they_went_in),
		cmocka_unit_test(bomb_stops_at_the_pinned_size),
		cmocka_unit_test(none_copies_nothing),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
