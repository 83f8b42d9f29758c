#include "samples.h"

#include "format/nar.h"
#include "slow_stream.h"

/* ---- events written again ---- */

/* A writer behind the parser: nar_parse(bytes) must give `bytes` again. */
struct again {
	struct buffer nar;    /* what was written */
	size_t depth;         /* directories open */
	uint64_t size;        /* of the open file */
	uint64_t size_seen;   /* of its bytes so far */
	unsigned fail_at;     /* the event that fails, counted from 1; 0 for none */
	unsigned events;      /* so far */
};

static int begin(struct again *a, const char *name, struct fault *f)
{
	if (++a->events == a->fail_at)
		return fault_set(f, FAULT_SYSTEM, "the disk is full");
	if (!a->depth) {
		assert_string_equal(name, "");
		nar_put(&a->nar, TEXT("nix-archive-1"));
	} else {
		assert_true(*name);
		nar_put_entry(&a->nar, text_of(name));
	}
	return 0;
}

static int end(struct again *a, struct fault *f)
{
	if (++a->events == a->fail_at)
		return fault_set(f, FAULT_SYSTEM, "the disk is full");
	if (a->depth)
		nar_put_entry_end(&a->nar);
	return 0;
}

static int on_directory(void *context, const char *name, struct fault *f)
{
	struct again *a = context;
	int code = begin(a, name, f);

	nar_put_directory(&a->nar);
	a->depth++;
	return code;
}

static int on_directory_end(void *context, struct fault *f)
{
	struct again *a = context;

	a->depth--;
	nar_put_directory_end(&a->nar);
	return end(a, f);
}

static int on_file(void *context, const char *name, bool executable, uint64_t size, struct fault *f)
{
	struct again *a = context;
	int code = begin(a, name, f);

	a->size = size;
	a->size_seen = 0;
	nar_put_file(&a->nar, executable, size);
	return code;
}

static int on_file_data(void *context, struct text bytes, struct fault *f)
{
	struct again *a = context;

	(void)f;
	assert_true(bytes.len > 0);
	a->size_seen += bytes.len;
	assert_true(a->size_seen <= a->size);
	buffer_text(&a->nar, bytes);
	return ++a->events == a->fail_at ? fault_set(f, FAULT_SYSTEM, "the disk is full") : 0;
}

static int on_file_end(void *context, struct fault *f)
{
	struct again *a = context;

	assert_int_equal(a->size_seen, a->size);
	nar_put_file_end(&a->nar, a->size);
	return end(a, f);
}

static int on_symlink(void *context, const char *name, const char *target, struct fault *f)
{
	struct again *a = context;
	int code = begin(a, name, f);

	nar_put_symlink(&a->nar, text_of(target));
	return code ? code : end(a, f);
}

static const struct nar_ops AGAIN = { on_directory, on_directory_end, on_file, on_file_data, on_file_end, on_symlink };

static int parse_again(struct text bytes, size_t step, struct again *a, struct fault *f)
{
	struct slow_stream slow;
	int code;

	slow_stream_open(&slow, bytes, step, SIZE_MAX);
	code = nar_parse(&slow.stream, &AGAIN, a, f);
	slow_stream_close(&slow);
	return code;
}

static int parse_only(struct text bytes, struct fault *f)
{
	struct stream_memory m;

	stream_memory_open(&m, bytes);
	return nar_parse(&m.stream, NULL, NULL, f);
}

/* Accepted in blocks of any size, with the same events, which written again are the same bytes. */
static void assert_same_again(const char *name, struct text bytes)
{
	static const size_t steps[] = { 1, 2, 3, 5, 8, 13, 1000, SIZE_MAX };
	struct fault f = { 0 };

	if (parse_only(bytes, &f))
		fail_msg("%s: %s", name, f.text);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct again a = { 0 };

		if (parse_again(bytes, steps[i], &a, &f))
			fail_msg("%s in blocks of %zu: %s", name, steps[i], f.text);
		assert_int_equal(a.depth, 0);
		if (!text_equal(buffer_view(&a.nar), bytes))
			fail_msg("%s, blocks of %zu: written again it differs", name, steps[i]);
		buffer_drop(&a.nar);
	}
}

static void assert_refused(const char *name, struct text bytes, const char *rule)
{
	static const size_t steps[] = { 1, 3, 8, SIZE_MAX };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct fault f = { 0 };
		struct again a = { 0 };

		if (parse_again(bytes, steps[i], &a, &f) != FAULT_VERIFY)
			fail_msg("%s is not refused: code %d, %s", name, f.code, f.text);
		buffer_drop(&a.nar);
		if (strncmp(f.text, "NAR, byte ", 10) || !strstr(f.text, rule))
			fail_msg("%s should tell \"%s\": %s", name, rule, f.text);
		f = (struct fault){ 0 };
		assert_int_equal(parse_only(bytes, &f), FAULT_VERIFY);
	}
}

/* ---- samples: tests/data/nar/bad/<rule>[,<variant>].nar ---- */

static const struct {
	const char *file; /* the name begins with it */
	const char *rule; /* the message has it */
} rules[] = {
	{ "padding", "padding must be zero" },
	{ "trailing", "bytes follow the end of the archive" },
	{ "truncated", "the archive ends too early" },
	{ "order", "must strictly increase" },
	{ "name-is", "must not be empty, \".\" or \"..\"" },
	{ "name-too-long", "a name may have 255 bytes" },
	{ "nul", "a NUL is not allowed" },
	{ "target-empty", "target must not be empty" },
	{ "target-too-long", "target may have 4095 bytes" },
	{ "token-too-long", "longer than any" },
	{ "token", "expected \"" },
	{ "depth", "no more than 64 nodes" },
	{ "size", "larger than 8 TiB" },
};

static void check_good(const char *name, struct text bytes)
{
	assert_same_again(name, bytes);
}

static void check_bad(const char *name, struct text bytes)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (text_starts(text_of(name), text_of(rules[i].file))) {
			assert_refused(name, bytes, rules[i].rule);
			return;
		}
	}
	fail_msg("bad/%s: which rule does it break?", name);
}

static void good_samples_are_accepted(void **state)
{
	(void)state;
	samples_walk("tests/data/nar/good", check_good);
}

static void bad_samples_are_refused(void **state)
{
	(void)state;
	samples_walk("tests/data/nar/bad", check_bad);
}

static void check_truncated(const char *name, struct text bytes)
{
	for (size_t len = 0; len < bytes.len; len++) {
		char *part = malloc(len + !len);
		struct fault f = { 0 };

		memcpy(part, bytes.at, len);
		if (parse_only((struct text){ part, len }, &f) != FAULT_VERIFY || !strstr(f.text, "ends too early"))
			fail_msg("%s cut to %zu bytes: code %d, %s", name, len, f.code, f.text);
		free(part);
	}
}

static void truncation_is_refused_at_every_byte(void **state)
{
	(void)state;
	samples_walk("tests/data/nar/good", check_truncated);
}

/* Every byte of a NAR counts: after any flip it is refused, or it says something else. */
static void check_flipped(const char *name, struct text bytes)
{
	char *copy = malloc(bytes.len);

	for (size_t bit = 0; bit < bytes.len * 8; bit += 1 + bytes.len / 100) {
		struct fault f = { 0 };
		struct again a = { 0 };
		int code;

		memcpy(copy, bytes.at, bytes.len);
		copy[bit / 8] ^= (char)(1 << bit % 8);
		code = parse_again((struct text){ copy, bytes.len }, 64, &a, &f);
		if (code ? code != FAULT_VERIFY : !text_equal(buffer_view(&a.nar), (struct text){ copy, bytes.len }))
			fail_msg("%s, bit %zu: code %d, %s", name, bit, code, f.text);
		buffer_drop(&a.nar);
	}
	free(copy);
}

static void flips_are_refused_or_told(void **state)
{
	(void)state;
	samples_walk("tests/data/nar/good", check_flipped);
}

/* ---- faults of others ---- */

static void check_dead_line(const char *name, struct text bytes)
{
	(void)name;
	for (size_t until = 0; until <= bytes.len; until += 1 + bytes.len / 100) {
		struct slow_stream slow;
		struct fault f = { 0 };

		slow_stream_open(&slow, bytes, 64, until);
		assert_int_equal(nar_parse(&slow.stream, NULL, NULL, &f), FAULT_NETWORK);
		assert_string_equal(f.text, "the line went dead");
		slow_stream_close(&slow);
	}
}

static void check_full_disk(const char *name, struct text bytes)
{
	for (unsigned at = 1;; at++) {
		struct again a = { .fail_at = at };
		struct fault f = { 0 };
		int code = parse_again(bytes, 64, &a, &f);

		buffer_drop(&a.nar);
		if (!code)
			break;
		if (code != FAULT_SYSTEM || strcmp(f.text, "the disk is full") || a.events != at)
			fail_msg("%s, event %u: code %d, %s, %u events", name, at, code, f.text, a.events);
	}
}

static void faults_of_stream_and_ops_pass_through(void **state)
{
	(void)state;
	samples_walk("tests/data/nar/good", check_dead_line);
	samples_walk("tests/data/nar/good", check_full_disk);
}

/* ---- made here ---- */

/* `count` nodes on one branch, the last one a `leaf`. */
static void put_nested(struct buffer *b, size_t count, bool leaf_is_directory)
{
	nar_put_magic(b);
	for (size_t i = 1; i < count; i++) {
		nar_put_directory(b);
		nar_put_entry(b, TEXT("a"));
	}
	if (leaf_is_directory) {
		nar_put_directory(b);
		nar_put_directory_end(b);
	} else {
		nar_put_symlink(b, TEXT("t"));
	}
	for (size_t i = 1; i < count; i++) {
		nar_put_entry_end(b);
		nar_put_directory_end(b);
	}
}

static void depth_ends_at_64_nodes(void **state)
{
	(void)state;
	for (size_t count = 1; count <= 70; count++) {
		for (int directory = 0; directory < 2; directory++) {
			BUFFER_AUTO b = { 0 };

			put_nested(&b, count, directory);
			if (count <= 64)
				assert_same_again("nested", buffer_view(&b));
			else
				assert_refused("nested", buffer_view(&b), "no more than 64 nodes");
		}
	}
}

/* 100,000 unclosed directories: the parser needs no stack for them. */
static void bottomless_nesting_is_refused(void **state)
{
	BUFFER_AUTO b = { 0 };

	(void)state;
	nar_put_magic(&b);
	for (int i = 0; i < 100000; i++) {
		nar_put_directory(&b);
		nar_put_entry(&b, TEXT("a"));
	}
	assert_refused("bottomless", buffer_view(&b), "no more than 64 nodes");
}

/* A length field of each place that has one, replaced by huge ones. */
static void lengths_neither_wrap_nor_allocate(void **state)
{
	static const uint64_t huge[] = { UINT64_MAX, UINT64_MAX - 6, UINT64_MAX - 7, UINT64_MAX - 8, 1ULL << 63,
					 1ULL << 32, (1ULL << 43) + 1, 1ULL << 43 };
	BUFFER_AUTO b = { 0 };

	(void)state;
	nar_put_magic(&b);
	nar_put_directory(&b);
	nar_put_entry(&b, TEXT("f"));
	nar_put_file(&b, true, 5);
	buffer_add(&b, "12345", 5);
	nar_put_file_end(&b, 5);
	nar_put_entry_end(&b);
	nar_put_entry(&b, TEXT("l"));
	nar_put_symlink(&b, TEXT("t"));
	nar_put_entry_end(&b);
	nar_put_directory_end(&b);
	assert_same_again("all kinds", buffer_view(&b));
	for (size_t at = 0; at < b.len;) {
		uint64_t len = (unsigned char)b.at[at];

		for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
			char kept[8];

			memcpy(kept, b.at + at, 8);
			for (int k = 0; k < 8; k++)
				b.at[at + k] = (char)(huge[i] >> 8 * k);
			assert_refused("a huge length", buffer_view(&b), "");
			memcpy(b.at + at, kept, 8);
		}
		at += 8 + (len + 7) / 8 * 8;
	}
}

/* ---- parse(write(x)) is x, for random trees ---- */

static void put_random_node(struct buffer *b, uint64_t *random, size_t depth);

static void put_random_file(struct buffer *b, uint64_t *random)
{
	uint64_t size = random_next(random) % 40;

	if (random_next(random) % 16 == 0)
		size = random_next(random) % 20000;
	nar_put_file(b, random_next(random) % 2, size);
	for (uint64_t i = 0; i < size; i++) {
		char c = (char)random_next(random);

		buffer_add(b, &c, 1);
	}
	nar_put_file_end(b, size);
}

static void put_random_directory(struct buffer *b, uint64_t *random, size_t depth)
{
	unsigned char name[4] = { 0 };

	nar_put_directory(b);
	for (uint64_t count = random_next(random) % 6, i = 0; i < count; i++) {
		/* Increasing first bytes, over all of 1..255 but '/'; then whatever. */
		name[0] = (unsigned char)(name[0] + 1 + random_next(random) % 40);
		name[0] += name[0] == '/';
		name[1] = (unsigned char)(128 + random_next(random) % 128);
		nar_put_entry(b, (struct text){ (char *)name, name[0] == '.' ? 2 : 1 + random_next(random) % 2 });
		put_random_node(b, random, depth + 1);
		nar_put_entry_end(b);
	}
	nar_put_directory_end(b);
}

static void put_random_node(struct buffer *b, uint64_t *random, size_t depth)
{
	switch (random_next(random) % (depth < 6 ? 5 : 2)) {
	case 0:
		put_random_file(b, random);
		break;
	case 1:
		nar_put_symlink(b, (struct text){ "../a/long/target/of/a/link", 1 + random_next(random) % 26 });
		break;
	default:
		put_random_directory(b, random, depth);
	}
}

static void random_trees_come_back(void **state)
{
	uint64_t random = 42;

	(void)state;
	for (int round = 0; round < 150; round++) {
		BUFFER_AUTO b = { 0 };

		nar_put_magic(&b);
		put_random_node(&b, &random, 0);
		assert_same_again("random", buffer_view(&b));
	}
}

/* The very bytes, by hand. */
static void writer_is_what_the_thesis_draws(void **state)
{
	static const char want[] = "\15\0\0\0\0\0\0\0nix-archive-1\0\0\0"
				   "\1\0\0\0\0\0\0\0(\0\0\0\0\0\0\0"
				   "\4\0\0\0\0\0\0\0type\0\0\0\0"
				   "\7\0\0\0\0\0\0\0regular\0"
				   "\12\0\0\0\0\0\0\0executable\0\0\0\0\0\0"
				   "\0\0\0\0\0\0\0\0"
				   "\10\0\0\0\0\0\0\0contents"
				   "\3\0\0\0\0\0\0\0hi\n\0\0\0\0\0"
				   "\1\0\0\0\0\0\0\0)\0\0\0\0\0\0";
	BUFFER_AUTO b = { 0 };

	(void)state;
	nar_put_magic(&b);
	nar_put_file(&b, true, 3);
	buffer_add(&b, "hi\n", 3);
	nar_put_file_end(&b, 3);
	assert_int_equal(b.len, sizeof want);
	assert_memory_equal(b.at, want, sizeof want);
}

/* File contents are slices of the source's own block. */
static int expect_slice(void *context, struct text bytes, struct fault *f)
{
	struct text *whole = context;

	(void)f;
	assert_true(bytes.at >= whole->at && bytes.at + bytes.len <= whole->at + whole->len);
	return 0;
}

static int ignore_file(void *context, const char *name, bool executable, uint64_t size, struct fault *f)
{
	return 0;
}

static int ignore_end(void *context, struct fault *f)
{
	return 0;
}

static void contents_are_not_copied(void **state)
{
	static const struct nar_ops ops = { .file = ignore_file, .file_data = expect_slice, .file_end = ignore_end };
	BUFFER_AUTO b = { 0 };
	struct stream_memory m;
	struct fault f = { 0 };
	struct text whole;

	(void)state;
	nar_put_magic(&b);
	nar_put_file(&b, false, 9);
	buffer_add(&b, "some text", 9);
	nar_put_file_end(&b, 9);
	whole = buffer_view(&b);
	stream_memory_open(&m, whole);
	assert_int_equal(nar_parse(&m.stream, &ops, &whole, &f), 0);
}

static void check_vector(const char *name, struct text bytes)
{
	if (strstr(name, "-accept.nar"))
		assert_same_again(name, bytes);
	else
		assert_refused(name, bytes, "");
}

static void vectors_are_judged_as_expected(void **state)
{
	(void)state;
	samples_walk(vectors_path("nar"), check_vector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writer_is_what_the_thesis_draws),
		cmocka_unit_test(good_samples_are_accepted),
		cmocka_unit_test(bad_samples_are_refused),
		cmocka_unit_test(truncation_is_refused_at_every_byte),
		cmocka_unit_test(flips_are_refused_or_told),
		cmocka_unit_test(faults_of_stream_and_ops_pass_through),
		cmocka_unit_test(depth_ends_at_64_nodes),
		cmocka_unit_test(bottomless_nesting_is_refused),
		cmocka_unit_test(lengths_neither_wrap_nor_allocate),
		cmocka_unit_test(random_trees_come_back),
		cmocka_unit_test(contents_are_not_copied),
		cmocka_unit_test(vectors_are_judged_as_expected),
	};

	return cmocka_run_group_tests_name("nar", tests, NULL, NULL);
}
