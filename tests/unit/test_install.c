/* install: what stands there is adopted, what is missing is fetched, unpacked and checked by several workers. */
#include "objects.h"

#include "store/dump.h"
#include "store/install.h"
#include "store/spool.h"

#define MANY 40

/* Too large for memory: it waits in the spool. */
static const char *large(struct household *h)
{
	char *contents = arena_alloc(&h->arena, SPOOL_MEMORY_MAX + 1, 1);
	memset(contents, 'x', SPOOL_MEMORY_MAX);
	return contents;
}

/* Objects of growing size, the last one large, a store being changed, caches. */
struct site {
	struct object objects[MANY];
	const struct lock_path *paths[MANY];
	struct cache_file files[MANY];
	struct store store;
	struct caches caches;
};

static struct site *begin(struct household *h)
{
	struct site *s = arena_alloc(&h->arena, 1, sizeof *s);
	for (size_t i = 0; i < MANY; i++) {
		const char *contents = i + 1 < MANY ? house_say(h, "%0*zu", (int)(i * 50 + 1), i) : large(h);
		s->objects[i] = OBJECT(h, house_say(h, "tool-%zu", i), NO_TEXTS, { "bin/tool", 'x', contents });
		s->paths[i] = &s->objects[i].path;
		s->files[i] = (struct cache_file){ &s->objects[i].path, i % 2 };
		object_put_file(h, &s->objects[i], i % 2 ? "cache2" : "cache");
	}
	WORKS(store_begin(&s->store, &h->root, NULL, NULL, &h->f));
	WORKS(caches_open(&s->caches, (struct texts){ h->caches, 2 }, true, &h->arena, &h->f));
	return s;
}

static void end(struct site *s)
{
	caches_close(&s->caches);
	store_end(&s->store);
}

static bool is_right(struct household *h, const struct object *o)
{
	FD_AUTO dir = house_dir(h, STORE_DIR);
	struct fault f = { 0 };
	return dump_check(dir, &o->path, &f) == 0;
}

/* ---- adopting ---- */

static void what_is_right_goes_to_the_end(void **state)
{
	struct household *h = *state;
	struct site *s = begin(h);
	struct install_paths paths = { s->paths, 6, 0 };
	object_install(h, &s->objects[1]);
	object_install(h, &s->objects[2]);
	object_install(h, &s->objects[4]);
	house_put(h, object_at(h, &s->objects[2], "/bin/more"), "");
	WORKS(install_adopt(&s->store, 3, &paths, &h->f));
	assert_int_equal(paths.count, 6);
	assert_int_equal(paths.fetch, 4);
	assert_ptr_equal(paths.at[0], &s->objects[0].path);
	assert_ptr_equal(paths.at[1], &s->objects[2].path);
	assert_ptr_equal(paths.at[2], &s->objects[3].path);
	assert_ptr_equal(paths.at[3], &s->objects[5].path);
	assert_true((paths.at[4] == &s->objects[1].path && paths.at[5] == &s->objects[4].path) ||
		    (paths.at[5] == &s->objects[1].path && paths.at[4] == &s->objects[4].path));
	end(s);
}

static void nothing_to_adopt_is_fine(void **state)
{
	struct household *h = *state;
	struct site *s = begin(h);
	struct install_paths paths = { s->paths, 0, 9 };
	WORKS(install_adopt(&s->store, 1, &paths, &h->f));
	assert_int_equal(paths.fetch, 0);
	end(s);
}

/* ---- installing ---- */

/* What the listener was told. */
struct heard {
	uint64_t bytes;
	size_t paths;
};

static void on_progress(void *context, uint64_t bytes, size_t paths)
{
	struct heard *heard = context;
	assert_true(bytes >= heard->bytes && paths >= heard->paths);
	*heard = (struct heard){ bytes, paths };
}

static void all_are_fetched_and_unpacked(void **state)
{
	struct household *h = *state;
	struct site *s = begin(h);
	struct heard heard = { 0 };
	struct install_options options = { 4, on_progress, &heard };
	uint64_t bytes = 0;
	size_t open = house_open_files();
	WORKS(install_files(&s->store, &s->caches, (struct cache_files){ s->files, MANY }, &options, &h->f));
	for (size_t i = 0; i < MANY; i++) {
		assert_true(is_right(h, &s->objects[i]));
		bytes += s->objects[i].nar.len;
	}
	assert_int_equal(heard.bytes, bytes);
	assert_int_equal(s->store.added.count, MANY);
	assert_int_equal(s->files[0].path->file_size, s->objects[MANY - 1].nar.len);
	assert_string_equal(house_names(h, h->root.fd, GRAFT_SPOOL), "");
	assert_int_equal(house_open_files(), open);
	end(s);
}

static void nobody_needs_to_listen(void **state)
{
	struct household *h = *state;
	struct site *s = begin(h);
	struct install_options options = { 1, NULL, NULL };
	WORKS(install_files(&s->store, &s->caches, (struct cache_files){ s->files, 0 }, &options, &h->f));
	WORKS(install_files(&s->store, &s->caches, (struct cache_files){ s->files, 2 }, &options, &h->f));
	assert_true(is_right(h, &s->objects[0]));
	end(s);
}

/* The file is what the lock says, and its contents are not: only the worker sees that. */
static void pin_another_nar(struct object *o)
{
	o->path.nar_digest.bytes[0] ^= 1;
}

/* Comes so slowly that the worker is done before the next file is there. */
static void on_slow_progress(void *context, uint64_t bytes, size_t paths)
{
	(void)context;
	(void)bytes;
	(void)paths;
	usleep(100000);
}

static void after_a_failure_nothing_stays_open(void **state)
{
	struct household *h = *state;
	struct site *s = begin(h);
	struct install_options options = { 1, on_slow_progress, NULL };
	size_t open = house_open_files();
	pin_another_nar(&s->objects[2]);
	FAILS(FAULT_VERIFY, house_say(h, "%s: NAR: has digest", object_at(h, &s->objects[2], "")),
	      install_files(&s->store, &s->caches, (struct cache_files){ s->files, 3 }, &options, &h->f));
	assert_int_equal(house_open_files(), open);
	assert_string_equal(house_names(h, h->root.fd, STORE_DIR), ".links");
	end(s);
}

static void a_wrong_nar_is_named_and_can_be_undone(void **state)
{
	struct household *h = *state;
	struct site *s = begin(h);
	struct install_options options = { 2, NULL, NULL };
	size_t open = house_open_files();
	pin_another_nar(&s->objects[MANY - 2]);
	FAILS(FAULT_VERIFY, house_say(h, "%s: NAR: has digest", object_at(h, &s->objects[MANY - 2], "")),
	      install_files(&s->store, &s->caches, (struct cache_files){ s->files, MANY }, &options, &h->f));
	assert_false(house_has(h, object_at(h, &s->objects[MANY - 2], "")));
	assert_int_equal(house_open_files(), open);
	store_undo(&s->store);
	assert_string_equal(house_names(h, h->root.fd, STORE_DIR), ".links");
	end(s);
}

static void a_file_of_another_codec_is_named(void **state)
{
	struct household *h = *state;
	struct site *s = begin(h);
	struct install_options options = { 1, NULL, NULL };
	s->objects[0].path.codec = CODEC_XZ;
	FAILS(FAULT_VERIFY, object_at(h, &s->objects[0], ": "),
	      install_files(&s->store, &s->caches, (struct cache_files){ s->files, 1 }, &options, &h->f));
	assert_string_equal(house_names(h, h->root.fd, STORE_DIR), ".links");
	end(s);
}

static void a_wrong_file_is_named(void **state)
{
	struct household *h = *state;
	struct site *s = begin(h);
	struct install_options options = { 2, NULL, NULL };
	s->objects[3].path.file_digest.bytes[0] ^= 1;
	FAILS(FAULT_VERIFY,
	      house_say(h, "%s: %s/cache2/nar/tool-3.nar: the file has the hash", object_at(h, &s->objects[3], ""),
			h->top),
	      install_files(&s->store, &s->caches, (struct cache_files){ s->files, MANY }, &options, &h->f));
	assert_false(house_has(h, object_at(h, &s->objects[3], "")));
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(what_is_right_goes_to_the_end),      HOUSE_TEST(nothing_to_adopt_is_fine),
		HOUSE_TEST(all_are_fetched_and_unpacked),       HOUSE_TEST(nobody_needs_to_listen),
		HOUSE_TEST(after_a_failure_nothing_stays_open), HOUSE_TEST(a_wrong_nar_is_named_and_can_be_undone),
		HOUSE_TEST(a_file_of_another_codec_is_named),   HOUSE_TEST(a_wrong_file_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
