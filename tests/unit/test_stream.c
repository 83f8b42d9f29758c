#include "samples.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "slow_stream.h"
#include "sys/stream.h"

#define BIG ((size_t)3 * BLOCK_BYTES + 17)

static struct text big_text(void)
{
	char *bytes = malloc(BIG);
	uint64_t state = 1;

	for (size_t i = 0; i < BIG; i++)
		bytes[i] = (char)random_next(&state);
	return (struct text){ bytes, BIG };
}

/* Reads to the end and compares; gives the code. */
static int read_all(struct stream *s, struct text want, struct fault *f)
{
	struct text block;
	int code;

	while (!(code = stream_next(s, &block, f)) && block.len) {
		assert_true(block.len <= want.len);
		assert_memory_equal(block.at, want.at, block.len);
		want = text_skip(want, block.len);
	}
	if (!code)
		assert_int_equal(want.len, 0);
	return code;
}

static void memory_is_one_block_and_an_end(void **state)
{
	struct fault f = { 0 };
	struct stream_memory m;
	struct text block;

	(void)state;
	stream_memory_open(&m, TEXT("hello"));
	assert_int_equal(stream_next(&m.stream, &block, &f), 0);
	assert_true(text_equal(block, TEXT("hello")));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(stream_next(&m.stream, &block, &f), 0);
		assert_int_equal(block.len, 0);
	}
	stream_memory_open(&m, (struct text){ 0 });
	assert_int_equal(stream_drain(&m.stream, &f), 0);
}

static void fd_is_read_from_its_beginning(void **state)
{
	struct text want = big_text();
	struct stream_fd s, other;
	struct fault f = { 0 };
	int fd = memfd_create("test", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(fd, want.at, want.len), want.len);
	assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
	stream_fd_open(&s, fd, "spool");
	stream_fd_open(&other, fd, "spool");
	assert_int_equal(read_all(&s.stream, want, &f), 0);
	assert_int_equal(read_all(&other.stream, want, &f), 0);
	assert_int_equal(read_all(&s.stream, (struct text){ 0 }, &f), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
	assert_int_equal(s.offset, want.len);
	close(fd);
	free((void *)(uintptr_t)want.at);
}

static void fd_names_itself_in_a_lasting_fault(void **state)
{
	struct fault f = { 0 }, again = { 0 };
	struct stream_fd s;
	struct text block;
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	stream_fd_open(&s, fd, "the spool of x");
	assert_int_equal(stream_next(&s.stream, &block, &f), FAULT_SYSTEM);
	assert_string_equal(f.text, "the spool of x: cannot read at byte 0: Is a directory");
	assert_int_equal(block.len, 0);
	assert_int_equal(stream_next(&s.stream, &block, &f), FAULT_SYSTEM);
	assert_string_equal(f.text, "the spool of x: cannot read at byte 0: Is a directory");
	assert_int_equal(stream_next(&s.stream, &block, &again), FAULT_SYSTEM);
	assert_non_null(strstr(again.text, "after it had failed"));
	close(fd);
}

/* Runs "0123456789" in blocks of `step` through a check of size and digest of `want`. */
static int check_digits(struct text have, size_t step, uint64_t size, struct text want, struct fault *f)
{
	struct digest digest = crypto_sha256(want);
	struct slow_stream slow;
	struct stream_check check;
	int code;

	slow_stream_open(&slow, have, step, SIZE_MAX);
	stream_check_open(&check, &slow.stream, size, &digest, "NAR");
	code = read_all(&check.stream, have, f);
	if (!code)
		assert_int_equal(read_all(&check.stream, (struct text){ 0 }, f), 0);
	else
		assert_int_equal(stream_drain(&check.stream, f), code);
	stream_check_close(&check);
	stream_check_close(&check);
	slow_stream_close(&slow);
	return code;
}

static void check_passes_only_what_is_pinned(void **state)
{
	static const struct {
		const char *have;
		uint64_t size;
		const char *digest_of;
		int code;
		const char *says;
	} cases[] = {
		{ "0123456789", 10, "0123456789", 0, "" },
		{ "", 0, "", 0, "" },
		{ "0123456789", 11, "0123456789", FAULT_VERIFY, "NAR: ends after 10 bytes, pinned are 11" },
		{ "", 1, "", FAULT_VERIFY, "NAR: ends after 0 bytes, pinned are 1" },
		{ "0123456789", UINT64_MAX, "0123456789", FAULT_VERIFY, "ends after 10 bytes" },
		{ "0123456789", 9, "012345678", FAULT_VERIFY, "NAR: goes on after the 9 bytes that are pinned" },
		{ "0", 0, "", FAULT_VERIFY, "goes on after the 0 bytes" },
		{ "0123456789", 10, "0123456780", FAULT_VERIFY,
		  "NAR: has digest sha256-hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=, pinned is sha256-" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (size_t step = 1; step <= 11; step++) {
			struct fault f = { 0 };

			assert_int_equal(check_digits(text_of(cases[i].have), step, cases[i].size,
						      text_of(cases[i].digest_of), &f), cases[i].code);
			if (!strstr(f.text, cases[i].says))
				fail_msg("case %zu says: %s", i, f.text);
		}
	}
}

/* Nobody downstream sees a byte of the block that is too long. */
static void check_hands_out_nothing_beyond_the_size(void **state)
{
	struct digest digest = crypto_sha256(TEXT("0123"));
	struct stream_memory m;
	struct stream_check check;
	struct fault f = { 0 };
	struct text block;

	(void)state;
	stream_memory_open(&m, TEXT("01234"));
	stream_check_open(&check, &m.stream, 4, &digest, "file");
	assert_int_equal(stream_next(&check.stream, &block, &f), FAULT_VERIFY);
	assert_int_equal(block.len, 0);
	stream_check_close(&check);
}

static void check_passes_the_sources_fault_through(void **state)
{
	struct digest digest = crypto_sha256(TEXT("0123456789"));

	(void)state;
	for (size_t until = 0; until < 10; until++) {
		struct slow_stream slow;
		struct stream_check check;
		struct fault f = { 0 };

		slow_stream_open(&slow, TEXT("0123456789"), 3, until);
		stream_check_open(&check, &slow.stream, 10, &digest, "NAR");
		assert_int_equal(stream_drain(&check.stream, &f), FAULT_NETWORK);
		assert_string_equal(f.text, "the line went dead");
		assert_int_equal(stream_drain(&check.stream, &f), FAULT_NETWORK);
		stream_check_close(&check);
		slow_stream_close(&slow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_one_block_and_an_end),
		cmocka_unit_test(fd_is_read_from_its_beginning),
		cmocka_unit_test(fd_names_itself_in_a_lasting_fault),
		cmocka_unit_test(check_passes_only_what_is_pinned),
		cmocka_unit_test(check_hands_out_nothing_beyond_the_size),
		cmocka_unit_test(check_passes_the_sources_fault_through),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
