/* spool: a file is whole and right before anybody reads it, and what is half goes on later. */
#include "objects.h"

#include "store/spool.h"

#define CONTENTS "twenty-six bytes of a file"

/* A path whose file has CONTENTS, and the open spool directory. */
struct spooling {
	struct lock_path path;
	int dir;
	const char *name; /* full, beneath the root */
};

static void set_up(struct household *h, struct spooling *s)
{
	char hex[2 * DIGEST_BYTES + 1];
	s->path = (struct lock_path){ .path = object_base(h, "tool-1"),
				      .file_digest = crypto_sha256(TEXT(CONTENTS)),
				      .file_size = strlen(CONTENTS) };
	encode_hex(hex, s->path.file_digest.bytes, DIGEST_BYTES);
	s->name = house_say(h, GRAFT_SPOOL "/" TEXT_F "-%s", TEXT_A(storepath_hash(s->path.path)), hex);
	WORKS(spool_directory(h->root.fd, &s->dir, &h->f));
}

static const char *read_fd(struct household *h, int fd)
{
	char bytes[1024];
	ssize_t n = pread(fd, bytes, sizeof bytes, 0);
	assert_true(n >= 0);
	return arena_copy(&h->arena, (struct text){ bytes, (size_t)n }).at;
}

static void whole_files_are_handed_on(void **state)
{
	struct household *h = *state;
	struct spooling s;
	set_up(h, &s);
	FD_AUTO dir = s.dir;
	assert_int_equal(house_mode(h, GRAFT_SPOOL), 0700);
	for (int in_memory = 0; in_memory < 2; in_memory++) {
		struct spool spool;
		FD_AUTO fd = -1;
		WORKS(spool_open(&spool, dir, in_memory, &s.path, &h->f));
		assert_int_equal(house_has(h, s.name), !in_memory);
		WORKS(spool_write(&spool, TEXT("twenty-six bytes"), &h->f));
		WORKS(spool_write(&spool, TEXT(" of a file"), &h->f));
		WORKS(spool_end(&spool, &fd, &h->f));
		assert_string_equal(read_fd(h, fd), CONTENTS);
		assert_int_equal(house_has(h, s.name), !in_memory);
		spool_close(&spool);
		spool_done(dir, &s.path);
		assert_false(house_has(h, s.name));
	}
}

static void a_part_is_taken_up(void **state)
{
	struct household *h = *state;
	struct spooling s;
	struct spool spool;
	FD_AUTO fd = -1;
	set_up(h, &s);
	FD_AUTO dir = s.dir;
	WORKS(spool_open(&spool, dir, false, &s.path, &h->f));
	WORKS(spool_write(&spool, TEXT("twenty"), &h->f));
	spool_close(&spool);
	spool_close(&spool);
	assert_string_equal(house_file(h, h->root.fd, s.name), "twenty");
	WORKS(spool_open(&spool, dir, false, &s.path, &h->f));
	assert_int_equal(spool.have, 6);
	WORKS(spool_write(&spool, text_skip(TEXT(CONTENTS), 6), &h->f));
	WORKS(spool_end(&spool, &fd, &h->f));
	assert_string_equal(read_fd(h, fd), CONTENTS);
}

static void a_part_can_be_forgotten(void **state)
{
	struct household *h = *state;
	struct spooling s;
	struct spool spool;
	FD_AUTO fd = -1;
	set_up(h, &s);
	FD_AUTO dir = s.dir;
	house_put(h, s.name, "wrong and");
	WORKS(spool_open(&spool, dir, false, &s.path, &h->f));
	assert_int_equal(spool.have, 9);
	WORKS(spool_restart(&spool, &h->f));
	assert_int_equal(spool.have, 0);
	WORKS(spool_write(&spool, TEXT(CONTENTS), &h->f));
	WORKS(spool_end(&spool, &fd, &h->f));
	assert_string_equal(read_fd(h, fd), CONTENTS);
}

static void a_part_that_is_too_long_is_forgotten(void **state)
{
	struct household *h = *state;
	struct spooling s;
	struct spool spool;
	set_up(h, &s);
	FD_AUTO dir = s.dir;
	house_put(h, s.name, CONTENTS " and more");
	WORKS(spool_open(&spool, dir, false, &s.path, &h->f));
	assert_int_equal(spool.have, 0);
	spool_close(&spool);
	assert_string_equal(house_file(h, h->root.fd, s.name), "");
}

static void too_long_is_refused_at_the_first_byte(void **state)
{
	struct household *h = *state;
	struct spooling s;
	set_up(h, &s);
	FD_AUTO dir = s.dir;
	for (int in_memory = 0; in_memory < 2; in_memory++) {
		struct spool spool;
		WORKS(spool_open(&spool, dir, in_memory, &s.path, &h->f));
		WORKS(spool_write(&spool, TEXT(CONTENTS), &h->f));
		FAILS(FAULT_VERIFY, "longer than the 26 bytes pinned in the lock",
		      spool_write(&spool, TEXT("!"), &h->f));
		spool_close(&spool);
	}
}

static void too_short_and_wrong_are_refused_and_removed(void **state)
{
	static const struct {
		const char *bytes, *says;
	} files[] = {
		{ "twenty", "has 6 bytes instead of the 26 pinned in the lock" },
		{ "", "has 0 bytes instead of the 26 pinned in the lock" },
		{ "twenty-six bytes of a fil3", "has the hash sha256-" },
	};
	struct household *h = *state;
	struct spooling s;
	set_up(h, &s);
	FD_AUTO dir = s.dir;
	size_t open = house_open_files();
	for (size_t i = 0; i < 2 * COUNT_OF(files); i++) {
		struct spool spool;
		int fd = -1;
		WORKS(spool_open(&spool, dir, i % 2, &s.path, &h->f));
		WORKS(spool_write(&spool, text_of(files[i / 2].bytes), &h->f));
		FAILS(FAULT_VERIFY, files[i / 2].says, spool_end(&spool, &fd, &h->f));
		assert_int_equal(fd, -1);
		assert_string_equal(house_names(h, h->root.fd, GRAFT_SPOOL), "");
	}
	assert_int_equal(house_open_files(), open);
}

static void no_link_is_followed(void **state)
{
	struct household *h = *state;
	struct spooling s;
	struct spool spool;
	set_up(h, &s);
	FD_AUTO dir = s.dir;
	WORKS(fs_write(h->host, "/canary", 0644, TEXT("egg"), &h->f));
	WORKS(fs_link(h->root.fd, s.name, house_say(h, "%s/canary", h->top), &h->f));
	FAILS(FAULT_SYSTEM, house_say(h, "cannot make %s", s.name), spool_open(&spool, dir, false, &s.path, &h->f));
	spool_close(&spool);
	assert_string_equal(house_file(h, h->host, "/canary"), "egg");
}

static void clearing_removes_all(void **state)
{
	struct household *h = *state;
	struct spooling s;
	set_up(h, &s);
	fs_close(&s.dir);
	house_put(h, s.name, "x");
	house_put(h, GRAFT_SPOOL "/other", "x");
	WORKS(spool_clear(h->root.fd, &h->f));
	assert_string_equal(house_names(h, h->root.fd, GRAFT_STATE), "");
	WORKS(spool_clear(h->root.fd, &h->f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(whole_files_are_handed_on),
		HOUSE_TEST(a_part_is_taken_up),
		HOUSE_TEST(a_part_can_be_forgotten),
		HOUSE_TEST(a_part_that_is_too_long_is_forgotten),
		HOUSE_TEST(too_long_is_refused_at_the_first_byte),
		HOUSE_TEST(too_short_and_wrong_are_refused_and_removed),
		HOUSE_TEST(no_link_is_followed),
		HOUSE_TEST(clearing_removes_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
