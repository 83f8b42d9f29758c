/* dump: every way in which a store object can differ from its pin is found. */
#include "objects.h"

#include <sys/stat.h>

#include "store/dump.h"

static struct object sample(struct household *h)
{
	struct object o = OBJECT(h, "tool-1", NO_TEXTS, { "bin/tool", 'x', "#!" }, { "empty", 'd', "" },
				 { "link", 'l', "bin/tool" }, { "share/doc", 'f', "read me" });
	object_install(h, &o);
	return o;
}

static int check(struct household *h, const struct object *o)
{
	FD_AUTO dir = house_dir(h, STORE_DIR);
	return dump_check(dir, &o->path, &h->f);
}

static void what_is_right_is_right(void **state)
{
	struct household *h = *state;
	struct object o = sample(h), file = OBJECT(h, "file", NO_TEXTS, { "", 'f', "x" }),
		      link = OBJECT(h, "link", NO_TEXTS, { "", 'l', "x" });
	object_install(h, &file);
	object_install(h, &link);
	size_t open = house_open_files();
	WORKS(check(h, &o));
	WORKS(check(h, &file));
	WORKS(check(h, &link));
	assert_int_equal(house_open_files(), open);
}

static void another_pin_is_a_difference(void **state)
{
	struct household *h = *state;
	struct object o = sample(h);
	o.path.nar_digest.bytes[0] ^= 1;
	FAILS(FAULT_VERIFY, "content: has digest sha256-", check(h, &o));
	o.path.nar_size++;
	FAILS(FAULT_VERIFY, "content: ends after", check(h, &o));
	o.path.nar_size -= 2;
	FAILS(FAULT_VERIFY, "content: ", check(h, &o));
	o.path.path = object_base(h, "other");
	FAILS(FAULT_VERIFY, "is missing", check(h, &o));
}

static void set_time(struct household *h, const char *path, time_t seconds, long nanoseconds)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(h->root.fd, path, name);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { seconds, nanoseconds } };
	assert_int_equal(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void set_mode(struct household *h, const char *path, mode_t mode)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(h->root.fd, path, name);
	assert_int_equal(fchmodat(dir, name, mode, 0), 0);
}

static void every_mode_counts(void **state)
{
	static const struct {
		const char *path;
		mode_t mode;
		const char *says;
	} changes[] = {
		{ "", 0755, "has mode 0755, not that of a store object" },
		{ "", 0444, "has mode 0444, not" },
		{ "/bin", 01555, "'bin' has mode 1555, not" },
		{ "/empty", 0755, "'empty' has mode 0755, not" },
		{ "/bin/tool", 0755, "'tool' has mode 0755, not" },
		{ "/bin/tool", 04555, "in 'bin': 'tool' has mode 4555, not" },
		{ "/bin/tool", 0444, "content: " },
		{ "/share/doc", 0644, "'doc' has mode 0644, not" },
		{ "/share/doc", 0, "'doc' has mode 0000, not" },
		{ "/share/doc", 0555, "content: " },
	};
	struct household *h = *state;
	struct object o = sample(h);
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		const char *path = object_at(h, &o, changes[i].path);
		mode_t mode = house_mode(h, path);
		set_mode(h, path, changes[i].mode);
		FAILS(FAULT_VERIFY, changes[i].says, check(h, &o));
		set_mode(h, path, mode);
		WORKS(check(h, &o));
	}
}

static void every_time_counts(void **state)
{
	static const char *const paths[] = { "", "/bin", "/bin/tool", "/empty", "/link", "/share", "/share/doc" };
	struct household *h = *state;
	struct object o = sample(h);
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		const char *path = object_at(h, &o, paths[i]);
		set_time(h, path, 0, 0);
		FAILS(FAULT_VERIFY, house_say(h, "%s' has the modification time 0, not 1", strrchr(path, '/') + 1),
		      check(h, &o));
		set_time(h, path, 1, 1);
		FAILS(FAULT_VERIFY, "has the modification time", check(h, &o));
		set_time(h, path, 1, 0);
		WORKS(check(h, &o));
	}
}

/* Changes the file and hides it as well as it goes. */
static void overwrite(struct household *h, const char *path, const char *bytes)
{
	mode_t mode = house_mode(h, path);
	house_put(h, path, bytes);
	set_mode(h, path, mode);
	set_time(h, path, 1, 0);
	set_time(h, house_say(h, "%.*s", (int)(strrchr(path, '/') - path), path), 1, 0);
}

static void every_byte_counts(void **state)
{
	struct household *h = *state;
	struct object o = sample(h);
	overwrite(h, object_at(h, &o, "/share/doc"), "read m3");
	FAILS(FAULT_VERIFY, "content: has digest", check(h, &o));
	overwrite(h, object_at(h, &o, "/share/doc"), "read me, too: 9");
	FAILS(FAULT_VERIFY, "content: ", check(h, &o));
	overwrite(h, object_at(h, &o, "/share/doc"), "");
	FAILS(FAULT_VERIFY, "content: ends after", check(h, &o));
	overwrite(h, object_at(h, &o, "/share/doc"), "read me");
	WORKS(check(h, &o));
	WORKS(fs_link(h->root.fd, object_at(h, &o, "/link"), "bin/t00l", &h->f));
	set_time(h, object_at(h, &o, "/link"), 1, 0);
	set_time(h, object_at(h, &o, ""), 1, 0);
	FAILS(FAULT_VERIFY, "content: has digest", check(h, &o));
}

static void every_entry_counts(void **state)
{
	struct household *h = *state;
	struct object o = sample(h);
	FD_AUTO empty = house_dir(h, object_at(h, &o, "/empty"));
	house_put(h, object_at(h, &o, "/empty/x"), "");
	set_mode(h, object_at(h, &o, "/empty/x"), 0444);
	set_time(h, object_at(h, &o, "/empty/x"), 1, 0);
	set_time(h, object_at(h, &o, "/empty"), 1, 0);
	FAILS(FAULT_VERIFY, "content: ", check(h, &o));
	assert_int_equal(unlinkat(empty, "x", 0), 0);
	set_time(h, object_at(h, &o, "/empty"), 1, 0);
	WORKS(check(h, &o));
	assert_int_equal(mkfifoat(empty, "x", 0555), 0);
	set_mode(h, object_at(h, &o, "/empty/x"), 0555);
	set_time(h, object_at(h, &o, "/empty/x"), 1, 0);
	set_time(h, object_at(h, &o, "/empty"), 1, 0);
	FAILS(FAULT_VERIFY, "'x' is neither file, directory nor symlink", check(h, &o));
	FD_AUTO top = house_dir(h, object_at(h, &o, ""));
	WORKS(fs_remove_tree(top, "empty", &h->f));
	set_time(h, object_at(h, &o, ""), 1, 0);
	FAILS(FAULT_VERIFY, "content: ", check(h, &o));
}

static void too_deep_is_no_store_object(void **state)
{
	struct household *h = *state;
	struct object o = OBJECT(h, "deep", NO_TEXTS, { "d", 'd', "" });
	char path[1024];
	snprintf(path, sizeof path, "%s", object_at(h, &o, ""));
	for (size_t i = 0; i < NAR_DEPTH_MAX; i++)
		strcat(path, "/d");
	WORKS(fs_make_dirs(h->root.fd, path, 0555, &h->f));
	for (size_t i = 0; i <= NAR_DEPTH_MAX; i++) {
		set_mode(h, path, 0555);
		set_time(h, path, 1, 0);
		*strrchr(path, '/') = '\0';
	}
	FAILS(FAULT_VERIFY, "nested deeper than 64 levels", check(h, &o));
}

static void closing_early_gives_all_back(void **state)
{
	struct household *h = *state;
	struct object o = sample(h);
	FD_AUTO dir = house_dir(h, STORE_DIR);
	size_t open = house_open_files();
	struct dump dump;
	struct text block;
	WORKS(dump_open(&dump, dir, o.path.path.at, &h->f));
	dump_close(&dump);
	dump_close(&dump);
	FAILS(FAULT_VERIFY, "is missing", dump_open(&dump, dir, "none", &h->f));
	dump_close(&dump);
	set_time(h, object_at(h, &o, "/share/doc"), 5, 0);
	WORKS(dump_open(&dump, dir, o.path.path.at, &h->f));
	FAILS(FAULT_VERIFY, "'doc' has the modification time 5", stream_next(&dump.stream, &block, &h->f));
	dump_close(&dump);
	assert_int_equal(house_open_files(), open);
	struct object large = OBJECT(h, "large", NO_TEXTS, { "f", 'f', house_say(h, "%08000d", 0) });
	BUFFER_AUTO contents = { 0 };
	object_install(h, &large);
	for (size_t i = 0; i < BLOCK_BYTES / 100; i++)
		buffer_printf(&contents, "%0200zu", i);
	overwrite(h, object_at(h, &large, "/f"), contents.at);
	WORKS(dump_open(&dump, dir, large.path.path.at, &h->f));
	WORKS(stream_next(&dump.stream, &block, &h->f));
	assert_true(block.len >= BLOCK_BYTES && block.len < contents.len);
	dump_close(&dump);
	assert_int_equal(house_open_files(), open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(what_is_right_is_right),      HOUSE_TEST(another_pin_is_a_difference),
		HOUSE_TEST(every_mode_counts),           HOUSE_TEST(every_time_counts),
		HOUSE_TEST(every_byte_counts),           HOUSE_TEST(every_entry_counts),
		HOUSE_TEST(too_deep_is_no_store_object), HOUSE_TEST(closing_early_gives_all_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
