/* tree: what a NAR becomes on disk, and what it cannot touch. */
#include "objects.h"
#include "slow_stream.h"

#include "store/dump.h"

/* Unpacks `nar` as `name` into the root. */
static int unpack(struct household *h, struct text nar, const char *name)
{
	struct stream_memory from;
	stream_memory_open(&from, nar);
	return tree_unpack(h->root.fd, name, &from.stream, &h->f);
}

/* Reads the entry `name` of the root back. */
static struct text dumped(struct household *h, const char *name)
{
	BUFFER_AUTO all = { 0 };
	struct dump dump;
	struct text block = { 0 };
	int code = dump_open(&dump, h->root.fd, name, &h->f);
	while (code == 0 && (code = stream_next(&dump.stream, &block, &h->f)) == 0 && block.len)
		buffer_text(&all, block);
	dump_close(&dump);
	WORKS(code);
	return arena_copy(&h->arena, buffer_view(&all));
}

static void comes_back(struct household *h, struct text nar)
{
	WORKS(unpack(h, nar, "object"));
	assert_true(text_equal(dumped(h, "object"), nar));
	WORKS(fs_remove_tree(h->root.fd, "object", &h->f));
}

#define NAR(h, ...)                                                                                                    \
	object_nar(h, (const struct leaf[]){ __VA_ARGS__ },                                                            \
		   sizeof((const struct leaf[]){ __VA_ARGS__ }) / sizeof(struct leaf))

static void trees_come_back_to_the_byte(void **state)
{
	struct household *h = *state;
	comes_back(h, NAR(h, { "", 'f', "alone" }));
	comes_back(h, NAR(h, { "", 'x', "" }));
	comes_back(h, NAR(h, { "", 'l', "/nix/store/elsewhere" }));
	comes_back(h, NAR(h, { "", 'd', "" }));
	comes_back(h, NAR(h, { ".hidden", 'f', "" }, { "A b\xc3\xa9\n", 'f', "odd" }, { "a/b/c", 'x', "12345678" },
			  { "a/b/d", 'l', "../../../../etc/passwd" }, { "a/e", 'd', "" }, { "a-b", 'l', "none" },
			  { "a.b/c", 'f', "1234567" }, { "\xff", 'f', "last" }));
}

static void large_files_come_back(void **state)
{
	struct household *h = *state;
	BUFFER_AUTO nar = { 0 };
	uint64_t random = 7;
	size_t words = 3 * BLOCK_BYTES / 8 + 5;
	nar_put_magic(&nar);
	nar_put_file(&nar, true, words * 8 + 3);
	for (size_t i = 0; i < words; i++) {
		uint64_t word = random_next(&random);
		buffer_add(&nar, &word, sizeof word);
	}
	buffer_add(&nar, "end", 3);
	nar_put_file_end(&nar, words * 8 + 3);
	comes_back(h, buffer_view(&nar));
	for (size_t step = 1000; step < 9000; step += 1001) {
		struct slow_stream slow;
		slow_stream_open(&slow, buffer_view(&nar), step, SIZE_MAX);
		WORKS(tree_unpack(h->root.fd, "slow", &slow.stream, &h->f));
		slow_stream_close(&slow);
		assert_true(text_equal(dumped(h, "slow"), buffer_view(&nar)));
		WORKS(fs_remove_tree(h->root.fd, "slow", &h->f));
	}
}

/* Directories within one another, `depth` nodes on the branch with the file at its end. */
static struct text deep(struct household *h, size_t depth)
{
	char path[1024] = "";
	for (size_t i = 0; i + 1 < depth; i++)
		strcat(path, i ? "/d" : "d");
	return NAR(h, { path, 'f', "deep" });
}

static void deep_nesting_has_its_limit(void **state)
{
	struct household *h = *state;
	comes_back(h, deep(h, 63));
	size_t open = house_open_files();
	FAILS(FAULT_VERIFY, "nest", unpack(h, deep(h, NAR_DEPTH_MAX + 2), "object"));
	assert_int_equal(house_open_files(), open);
}

static void is_sealed(struct household *h, const char *path, mode_t mode)
{
	struct stat st;
	assert_int_equal(fs_stat(h->root.fd, path, &st), 0);
	if (!S_ISLNK(st.st_mode))
		assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_mtim.tv_sec, 1);
	assert_int_equal(st.st_mtim.tv_nsec, 0);
}

static void modes_and_times_are_those_of_a_store(void **state)
{
	struct household *h = *state;
	static const mode_t masks[] = { 0, 0022, 0077, 0777 };
	for (size_t i = 0; i < COUNT_OF(masks); i++) {
		mode_t mask = umask(masks[i]);
		int code = unpack(h, NAR(h, { "d/f", 'f', "f" }, { "d/l", 'l', "f" }, { "d/x", 'x', "x" }), "object");
		umask(mask);
		WORKS(code);
		is_sealed(h, "/object", 0555);
		is_sealed(h, "/object/d", 0555);
		is_sealed(h, "/object/d/f", 0444);
		is_sealed(h, "/object/d/x", 0555);
		is_sealed(h, "/object/d/l", 0);
		WORKS(fs_remove_tree(h->root.fd, "object", &h->f));
	}
}

static void no_acl(struct household *h, const char *path)
{
	FD_AUTO fd = fs_open(h->root.fd, path, O_RDONLY);
	assert_int_equal(fgetxattr(fd, "system.posix_acl_access", NULL, 0), -1);
	assert_int_equal(fgetxattr(fd, "system.posix_acl_default", NULL, 0), -1);
}

static void a_default_acl_of_the_parent_stays_out(void **state)
{
	struct household *h = *state;
	if (!house_put_acl(h->root.fd))
		skip();
	WORKS(unpack(h, NAR(h, { "d/f", 'f', "f" }), "object"));
	WORKS(unpack(h, NAR(h, { "", 'f', "f" }), "file"));
	no_acl(h, "/object");
	no_acl(h, "/object/d");
	no_acl(h, "/object/d/f");
	no_acl(h, "/file");
	is_sealed(h, "/object/d/f", 0444);
	is_sealed(h, "/file", 0444);
}

/* ---- attacks: outside the object there is a canary ---- */

static void canary_lives(struct household *h)
{
	assert_string_equal(house_names(h, h->host, "/canary"), "egg");
	assert_string_equal(house_file(h, h->host, "/canary/egg"), "egg");
}

static void a_link_is_never_gone_through(void **state)
{
	struct household *h = *state;
	WORKS(fs_make_dirs(h->host, "/canary", 0755, &h->f));
	WORKS(fs_write(h->host, "/canary/egg", 0644, TEXT("egg"), &h->f));
	const char *canary = house_say(h, "%s/canary", h->top);
	FAILS(FAULT_VERIFY, "must strictly increase",
	      unpack(h, NAR(h, { "x", 'l', canary }, { "x/egg", 'f', "cuckoo" }), "object"));
	assert_string_equal(house_link(h, "/object/x"), canary);
	canary_lives(h);
}

static void names_lead_nowhere(void **state)
{
	static const char *const names[] = { "..", ".", "", "a/b", "../canary", "/canary" };
	struct household *h = *state;
	WORKS(fs_make_dirs(h->host, "/canary", 0755, &h->f));
	WORKS(fs_write(h->host, "/canary/egg", 0644, TEXT("egg"), &h->f));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		BUFFER_AUTO nar = { 0 };
		nar_put_magic(&nar);
		nar_put_directory(&nar);
		nar_put_entry(&nar, text_of(names[i]));
		object_put_leaf(&nar, &(struct leaf){ "", 'f', "cuckoo" });
		nar_put_entry_end(&nar);
		nar_put_directory_end(&nar);
		FAILS(FAULT_VERIFY, "NAR, byte", unpack(h, buffer_view(&nar), house_say(h, "object%zu", i)));
	}
	canary_lives(h);
}

static void nothing_is_overwritten_nor_followed(void **state)
{
	static const char kinds[] = "fxld";
	struct household *h = *state;
	WORKS(fs_make_dirs(h->host, "/canary", 0755, &h->f));
	WORKS(fs_write(h->host, "/canary/egg", 0644, TEXT("egg"), &h->f));
	for (size_t i = 0; i < 2 * strlen(kinds); i++) {
		const char *target = i % 2 ? "../canary/egg" : "../canary/new";
		struct leaf leaf = { "", kinds[i / 2], "cuckoo" };
		WORKS(fs_link(h->root.fd, "/taken", target, &h->f));
		FAILS(FAULT_SYSTEM, "'taken' in the store object: File exists",
		      unpack(h, object_nar(h, &leaf, 1), "taken"));
		assert_string_equal(house_link(h, "/taken"), target);
	}
	canary_lives(h);
}

static void a_short_archive_is_a_fault_and_leaves_nothing_open(void **state)
{
	struct household *h = *state;
	struct text nar = NAR(h, { "a/b", 'x', "some bytes" }, { "c", 'l', "a" });
	size_t open = house_open_files();
	for (size_t len = 0; len < nar.len; len++) {
		FAILS(FAULT_VERIFY, "the archive ends too early", unpack(h, (struct text){ nar.at, len }, "object"));
		WORKS(fs_remove_tree(h->root.fd, "object", &h->f));
	}
	assert_int_equal(house_open_files(), open);
}

static void faults_of_the_stream_pass_through(void **state)
{
	struct household *h = *state;
	struct text nar = NAR(h, { "a/b", 'x', "some bytes" }, { "c", 'l', "a" });
	size_t open = house_open_files();
	for (size_t until = 0; until < nar.len; until += 24) {
		struct slow_stream slow;
		slow_stream_open(&slow, nar, 16, until);
		FAILS(FAULT_NETWORK, "the line went dead", tree_unpack(h->root.fd, "object", &slow.stream, &h->f));
		slow_stream_close(&slow);
		WORKS(fs_remove_tree(h->root.fd, "object", &h->f));
	}
	assert_int_equal(house_open_files(), open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(trees_come_back_to_the_byte),
		HOUSE_TEST(large_files_come_back),
		HOUSE_TEST(deep_nesting_has_its_limit),
		HOUSE_TEST(modes_and_times_are_those_of_a_store),
		HOUSE_TEST(a_default_acl_of_the_parent_stays_out),
		HOUSE_TEST(a_link_is_never_gone_through),
		HOUSE_TEST(names_lead_nowhere),
		HOUSE_TEST(nothing_is_overwritten_nor_followed),
		HOUSE_TEST(a_short_archive_is_a_fault_and_leaves_nothing_open),
		HOUSE_TEST(faults_of_the_stream_pass_through),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
