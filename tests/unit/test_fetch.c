/* fetch: files from near caches through the spool; only what is whole and right is handed on. */
#include "farcache.h"
#include "objects.h"

#include "store/fetch.h"
#include "store/spool.h"

/* What the sink was told. */
struct told {
	struct household *h;
	const char *names; /* of the paths, in order */
	uint64_t bytes;    /* by progress */
	bool in_memory;    /* what it answers */
	size_t asked;      /* how often it was asked */
	int refuse;        /* what file() gives */
};

static int on_file(void *context, const struct cache_file *file, int fd, struct fault *f)
{
	struct told *t = context;
	char bytes[65536];
	ssize_t n = pread(fd, bytes, sizeof bytes, 0);
	struct digest digest = crypto_sha256((struct text){ bytes, (size_t)n });
	assert_int_equal(n, file->path->file_size);
	assert_true(digest_equal(&digest, &file->path->file_digest));
	close(fd);
	t->names = house_say(t->h, "%s" TEXT_F " ", t->names, TEXT_A(storepath_name(file->path->path)));
	return t->refuse ? fault_set(f, t->refuse, "no, thank you") : 0;
}

static void on_progress(void *context, uint64_t bytes)
{
	((struct told *)context)->bytes += bytes;
}

static bool on_in_memory(void *context, uint64_t size)
{
	struct told *t = context;
	assert_true(size <= SPOOL_MEMORY_MAX);
	t->asked++;
	return t->in_memory;
}

static int fetch(struct household *h, struct told *t, struct cache_file *files, size_t count)
{
	struct fetch_sink sink = { on_file, on_progress, on_in_memory, t };
	struct caches c;
	FD_AUTO spool = -1;
	*t = (struct told){ .h = h, .names = "", .in_memory = t->in_memory, .refuse = t->refuse };
	WORKS(spool_directory(h->root.fd, &spool, &h->f));
	WORKS(caches_open(&c, (struct texts){ h->caches, 2 }, false, &h->arena, &h->f));
	int code = fetch_files(&c, spool, (struct cache_files){ files, count }, &sink, &h->f);
	caches_close(&c);
	return code;
}

static void files_come_in_order(void **state)
{
	struct household *h = *state;
	struct object a = OBJECT(h, "a", NO_TEXTS, { "", 'f', "1" }), b = OBJECT(h, "b", NO_TEXTS, { "", 'f', "22" }),
		      c = OBJECT(h, "c", NO_TEXTS, { "", 'f', "333333333" });
	struct cache_file files[] = { { &c.path, 0 }, { &a.path, 1 }, { &b.path, 0 } };
	struct told t = { .in_memory = true };
	object_put_file(h, &a, "cache2");
	object_put_file(h, &b, "cache");
	object_put_file(h, &c, "cache");
	WORKS(fetch(h, &t, files, 3));
	assert_string_equal(t.names, "c a b ");
	assert_int_equal(t.bytes, a.nar.len + b.nar.len + c.nar.len);
	assert_int_equal(t.asked, 3);
	assert_string_equal(house_names(h, h->root.fd, GRAFT_SPOOL), "");
	t.in_memory = false;
	WORKS(fetch(h, &t, files, 3));
	assert_int_equal(strlen(house_names(h, h->root.fd, GRAFT_SPOOL)), 3 * (SPOOL_NAME_SIZE - 1) + 2);
	WORKS(fetch(h, &t, files, 0));
	assert_string_equal(t.names, "");
}

static void large_files_never_stay_in_memory(void **state)
{
	struct household *h = *state;
	struct object o = OBJECT(h, "large", NO_TEXTS, { "", 'f', "x" });
	struct cache_file file = { &o.path, 0 };
	struct told t = { .in_memory = true };
	o.nar = (struct text){ arena_alloc(&h->arena, SPOOL_MEMORY_MAX + 1, 1), SPOOL_MEMORY_MAX + 1 };
	o.path.file_size = o.nar.len;
	o.path.file_digest.bytes[0] ^= 1;
	object_put_file(h, &o, "cache");
	FAILS(FAULT_VERIFY, "has the hash", fetch(h, &t, &file, 1));
	assert_int_equal(t.asked, 0);
	assert_int_equal(t.bytes, o.nar.len);
}

static void bad_files_are_refused_and_named(void **state)
{
	static const struct {
		int length;
		const char *says;
	} bads[] = {
		{ 5, "the file has 5 bytes instead of the 120 pinned in the lock" },
		{ 0, "the file has 0 bytes instead of the 120 pinned in the lock" },
		{ 120, "the file has the hash sha256-" },
		{ 121, "the file is longer than the 120 bytes pinned in the lock" },
	};
	struct household *h = *state;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "contents" });
	struct cache_file file = { &o.path, 1 };
	assert_int_equal(o.nar.len, 120);
	for (size_t i = 0; i < 2 * COUNT_OF(bads); i++) {
		struct told t = { .in_memory = i % 2 };
		o.nar = text_of(house_say(h, "%.*s", bads[i / 2].length, house_say(h, "%0200d", 0)));
		object_put_file(h, &o, "cache2");
		size_t open = house_open_files();
		FAILS(FAULT_VERIFY,
		      house_say(h, "%s: %s/cache2/nar/tool.nar: %s", object_at(h, &o, ""), h->top, bads[i / 2].says),
		      fetch(h, &t, &file, 1));
		assert_string_equal(t.names, "");
		assert_int_equal(house_open_files(), open);
	}
}

static void a_missing_file_is_named(void **state)
{
	struct household *h = *state;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "contents" });
	struct cache_file file = { &o.path, 0 };
	struct told t = { 0 };
	FAILS(FAULT_NETWORK, house_say(h, "%s/cache/nar/tool.nar: no such file in the cache", h->top),
	      fetch(h, &t, &file, 1));
}

static void what_the_sink_refuses_ends_it(void **state)
{
	struct household *h = *state;
	struct object a = OBJECT(h, "a", NO_TEXTS, { "", 'f', "1" }), b = OBJECT(h, "b", NO_TEXTS, { "", 'f', "22" });
	struct cache_file files[] = { { &a.path, 0 }, { &b.path, 0 } };
	struct told t = { .refuse = FAULT_SYSTEM };
	object_put_file(h, &a, "cache");
	object_put_file(h, &b, "cache");
	FAILS(FAULT_SYSTEM, "no, thank you", fetch(h, &t, files, 2));
	assert_string_equal(t.names, "a ");
}

/* Where the spool keeps the file. */
static const char *part_of(struct household *h, const struct object *o)
{
	char hex[2 * DIGEST_BYTES + 1];
	encode_hex(hex, o->path.file_digest.bytes, DIGEST_BYTES);
	return house_say(h, GRAFT_SPOOL "/" TEXT_F "-%s", TEXT_A(storepath_hash(o->path.path)), hex);
}

static void a_near_file_is_read_anew(void **state)
{
	struct household *h = *state;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "contents" });
	struct cache_file file = { &o.path, 0 };
	struct told t = { 0 };
	object_put_file(h, &o, "cache");
	house_put(h, part_of(h, &o), "wrong part");
	WORKS(fetch(h, &t, &file, 1));
	assert_string_equal(t.names, "tool ");
	assert_int_equal(t.bytes, o.nar.len);
}

/* ---- from afar: the second cache ---- */

static struct farcache go_far(struct household *h)
{
	struct farcache far = far_start(h, "/cache2");
	h->caches[1] = far.url;
	return far;
}

static void many_far_files_come_among_near_ones(void **state)
{
	enum { FILES = 150 };
	struct household *h = *state;
	struct object objects[FILES];
	struct cache_file files[FILES];
	struct told t = { .in_memory = true };
	struct farcache far = go_far(h);
	uint64_t bytes = 0;
	for (size_t i = 0; i < FILES; i++) {
		objects[i] = OBJECT(h, house_say(h, "%zu", i), NO_TEXTS, { "", 'f', house_say(h, "%0*zu", (int)i, i) });
		object_put_file(h, &objects[i], i % 8 ? "cache2" : "cache");
		files[i] = (struct cache_file){ &objects[i].path, i % 8 ? 1 : 0 };
		bytes += objects[i].nar.len;
	}
	size_t open = house_open_files();
	WORKS(fetch(h, &t, files, FILES));
	assert_int_equal(t.bytes, bytes);
	for (size_t i = 0; i < FILES; i++)
		assert_non_null(strstr(house_say(h, " %s", t.names), house_say(h, " %zu ", i)));
	assert_int_equal(house_open_files(), open);
	far_stop(&far);
}

static void a_far_file_goes_on_where_it_broke_off(void **state)
{
	struct household *h = *state;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "contents" });
	struct cache_file file = { &o.path, 1 };
	struct told t = { 0 };
	struct farcache far = go_far(h);
	object_put_file(h, &o, "cache2");
	house_put(h, part_of(h, &o), "");
	WORKS(fs_write(h->root.fd, part_of(h, &o), 0600, (struct text){ o.nar.at, 50 }, &h->f));
	WORKS(fetch(h, &t, &file, 1));
	assert_string_equal(t.names, "tool ");
	assert_int_equal(t.bytes, o.nar.len - 50);
	far_stop(&far);
	WORKS(fetch(h, &t, &file, 1));
	assert_string_equal(t.names, "tool ");
	assert_int_equal(t.bytes, 0);
}

static void bad_far_files_are_refused_and_named(void **state)
{
	struct household *h = *state;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "contents" });
	struct cache_file file = { &o.path, 1 };
	struct told t = { 0 };
	struct farcache far = go_far(h);
	const char *where = house_say(h, "%s: " TEXT_F "/nar/tool.nar: ", object_at(h, &o, ""), TEXT_A(far.url));
	FAILS(FAULT_NETWORK, house_say(h, "%sthe cache does not have it (any more)", where), fetch(h, &t, &file, 1));
	o.nar = text_of(house_say(h, "%0120d", 0));
	object_put_file(h, &o, "cache2");
	FAILS(FAULT_VERIFY, house_say(h, "%sthe file has the hash sha256-", where), fetch(h, &t, &file, 1));
	assert_string_equal(house_names(h, h->root.fd, GRAFT_SPOOL), "");
	o.nar.len -= 20;
	object_put_file(h, &o, "cache2");
	FAILS(FAULT_VERIFY, house_say(h, "%sthe file has 100 bytes instead of the 120", where), fetch(h, &t, &file, 1));
	o.nar = text_of(house_say(h, "%0121d", 0));
	object_put_file(h, &o, "cache2");
	assert_true(fetch(h, &t, &file, 1) < 0);
	FAILS(FAULT_VERIFY, where, h->f.code);
	assert_string_equal(t.names, "");
	far_stop(&far);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(files_come_in_order),
		HOUSE_TEST(large_files_never_stay_in_memory),
		HOUSE_TEST(bad_files_are_refused_and_named),
		HOUSE_TEST(a_missing_file_is_named),
		HOUSE_TEST(what_the_sink_refuses_ends_it),
		HOUSE_TEST(a_near_file_is_read_anew),
		HOUSE_TEST(many_far_files_come_among_near_ones),
		HOUSE_TEST(a_far_file_goes_on_where_it_broke_off),
		HOUSE_TEST(bad_far_files_are_refused_and_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
