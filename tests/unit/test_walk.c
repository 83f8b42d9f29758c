/* walk: a closure found narinfo by narinfo, each believed only with a reason. */
#include "objects.h"

#include "store/walk.h"

/* app -> lib, base; lib -> base and itself; base -> nothing. */
struct graph {
	struct object base, lib, app;
	struct caches caches;
	struct trust trust;
};

static struct graph *make(struct household *h)
{
	struct graph *g = arena_alloc(&h->arena, 1, sizeof *g);
	struct text base = object_base(h, "base"), lib = object_base(h, "lib");
	g->base = OBJECT(h, "base", NO_TEXTS, { "", 'f', "base" });
	g->lib = OBJECT(h, "lib", object_list(h, 2, base, lib), { "", 'f', "lib" });
	g->app = OBJECT(h, "app", object_list(h, 2, base, lib), { "", 'f', "app" });
	WORKS(trust_add(&g->trust, &h->arena, h->key, &h->f));
	WORKS(caches_open(&g->caches, (struct texts){ h->caches, 2 }, true, &h->arena, &h->f));
	return g;
}

static void publish_all(struct household *h, struct graph *g)
{
	object_publish(h, &g->base, "cache", 0);
	object_publish(h, &g->lib, "cache", 0);
	object_publish(h, &g->app, "cache", 0);
}

static int walk(struct household *h, struct graph *g, struct walk *out)
{
	struct text root = g->app.path.path;
	return walk_closure(&g->caches, &g->trust, (struct texts){ &root, 1 }, out, &h->f);
}

static const struct lock_path *found(const struct walk *w, const struct object *o)
{
	for (size_t i = 0; i < w->count; i++)
		if (text_equal(w->paths[i].path, o->path.path))
			return &w->paths[i];
	return NULL;
}

static void is_as_published(const struct walk *w, const struct object *o)
{
	const struct lock_path *p = found(w, o);
	assert_non_null(p);
	assert_true(digest_equal(&p->nar_digest, &o->path.nar_digest));
	assert_true(digest_equal(&p->file_digest, &o->path.file_digest));
	assert_int_equal(p->nar_size, o->path.nar_size);
	assert_int_equal(p->file_size, o->path.file_size);
	assert_true(texts_equal(p->references, o->path.references));
	assert_true(texts_equal(p->signatures, o->path.signatures));
	assert_true(text_equal(p->url, o->path.url));
	assert_int_equal(p->codec, o->path.codec);
}

static void a_closure_is_found_and_sorted(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	publish_all(h, g);
	WORKS(walk(h, g, &w));
	assert_int_equal(w.count, 3);
	assert_int_equal(w.measured, 0);
	is_as_published(&w, &g->base);
	is_as_published(&w, &g->lib);
	is_as_published(&w, &g->app);
	for (size_t i = 0; i < w.count; i++) {
		assert_true(i == 0 || text_compare(w.paths[i - 1].path, w.paths[i].path) < 0);
		assert_int_equal(w.paths[i].nar_origin, LOCK_SIGNED);
		assert_int_equal(w.paths[i].file_origin, LOCK_UNSIGNED);
		assert_true(text_equal(w.paths[i].cache, h->caches[0]));
	}
}

static void roots_may_repeat_and_reach_each_other(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	struct text roots[] = { g->base.path.path, g->app.path.path, g->app.path.path, g->lib.path.path };
	publish_all(h, g);
	WORKS(walk_closure(&g->caches, &g->trust, (struct texts){ roots, 4 }, &w, &h->f));
	assert_int_equal(w.count, 3);
	WORKS(walk_closure(&g->caches, &g->trust, NO_TEXTS, &w, &h->f));
	assert_int_equal(w.count, 0);
}

static void many_paths_are_no_trouble(void **state)
{
	enum { LEAVES = 600 };
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	struct texts names = { arena_alloc(&h->arena, LEAVES, sizeof *names.at), LEAVES };
	for (size_t i = 0; i < LEAVES; i++) {
		struct object leaf = OBJECT(h, house_say(h, "leaf-%zu", i), NO_TEXTS, { "", 'f', "leaf" });
		object_publish(h, &leaf, i % 2 ? "cache" : "cache2", LACKS_FILE);
		names.at[i] = leaf.path.path;
	}
	texts_sort_unique(&names);
	g->app = OBJECT(h, "app", names, { "", 'f', "app" });
	object_publish(h, &g->app, "cache", 0);
	WORKS(walk(h, g, &w));
	assert_int_equal(w.count, LEAVES + 1);
	for (size_t i = 0; i < w.count; i++) {
		if (!text_equal(w.paths[i].path, g->app.path.path))
			assert_true(texts_find(names, w.paths[i].path) >= 0);
		assert_true(i == 0 || text_compare(w.paths[i - 1].path, w.paths[i].path) < 0);
	}
}

/* ---- several caches ---- */

static void the_second_cache_has_what_the_first_lacks(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	publish_all(h, g);
	FD_AUTO cache = fs_open(h->host, "/cache", O_RDONLY | O_DIRECTORY);
	WORKS(fs_remove_tree(cache, house_say(h, TEXT_F ".narinfo", TEXT_A(storepath_hash(g->base.path.path))), &h->f));
	object_publish(h, &g->base, "cache2", 0);
	object_publish(h, &g->lib, "cache2", 0);
	WORKS(walk(h, g, &w));
	assert_int_equal(w.count, 3);
	assert_true(text_equal(found(&w, &g->base)->cache, h->caches[1]));
	assert_true(text_equal(found(&w, &g->lib)->cache, h->caches[0]));
}

static void an_unbelieved_answer_gives_way_to_a_believed_one(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	publish_all(h, g);
	object_publish(h, &g->lib, "cache2", 0);
	struct object forged = g->lib;
	forged.path.nar_size++;
	object_publish(h, &forged, "cache", 0);
	WORKS(walk(h, g, &w));
	is_as_published(&w, &g->lib);
	assert_true(text_equal(found(&w, &g->lib)->cache, h->caches[1]));
}

/* ---- what fails ---- */

static void a_missing_path_names_who_needs_it(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	struct object only = OBJECT(h, "only-lib", object_list(h, 1, g->base.path.path), { "", 'f', "x" });
	g->app = OBJECT(h, "app", object_list(h, 1, only.path.path), { "", 'f', "app" });
	FAILS(FAULT_NETWORK, house_say(h, "%s: in none of the caches; name another with --cache URL", object_at(h, &g->app, "")),
	      walk(h, g, &w));
	object_publish(h, &g->app, "cache", 0);
	object_publish(h, &only, "cache2", 0);
	FAILS(FAULT_NETWORK,
	      house_say(h, "%s: in none of the caches, needed by %s, needed by %s; name another with --cache URL",
			object_at(h, &g->base, ""), object_at(h, &only, ""), object_at(h, &g->app, "")),
	      walk(h, g, &w));
}

static void an_unbelieved_path_names_cache_and_who_needs_it(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	publish_all(h, g);
	object_publish(h, &g->lib, "cache", LACKS_SIGNATURE);
	FAILS(FAULT_VERIFY,
	      house_say(h,
			"%s: cache %s has it, but without a good signature by a trusted key, needed by %s; if you trust who signed it, name that key with",
			object_at(h, &g->lib, ""), h->caches[0].at, object_at(h, &g->app, "")),
	      walk(h, g, &w));
	g->trust.keys.count = 0;
	FAILS(FAULT_VERIFY, house_say(h, "%s: cache ", object_at(h, &g->app, "")), walk(h, g, &w));
}

static void further_failures_are_counted(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	object_publish(h, &g->app, "cache", 0);
	FAILS(FAULT_NETWORK, "; 1 more path likewise", walk(h, g, &w));
}

static void malformed_and_swapped_narinfos_are_refused(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	publish_all(h, g);
	const char *name = house_say(h, TEXT_F ".narinfo", TEXT_A(storepath_hash(g->lib.path.path)));
	WORKS(fs_write(h->host, house_say(h, "/cache/%s", name), 0644, TEXT("StorePath: nonsense\n"), &h->f));
	FAILS(FAULT_INPUT, house_say(h, "%s/%s: narinfo, StorePath", h->caches[0].at, name), walk(h, g, &w));
	const char *other = house_say(h, "/cache/" TEXT_F ".narinfo", TEXT_A(storepath_hash(g->base.path.path)));
	WORKS(fs_write(h->host, house_say(h, "/cache/%s", name), 0644, text_of(house_file(h, h->host, other)), &h->f));
	FAILS(FAULT_VERIFY, house_say(h, "%s/%s: ", h->caches[0].at, name), walk(h, g, &w));
}

static void derivations_are_refused(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	g->base = OBJECT(h, "base.drv", NO_TEXTS, { "", 'f', "base" });
	g->app = OBJECT(h, "app", object_list(h, 1, g->base.path.path), { "", 'f', "app" });
	object_publish(h, &g->base, "cache", 0);
	object_publish(h, &g->app, "cache", 0);
	FAILS(FAULT_INPUT,
	      house_say(h, "%s: a derivation in a closure of tools is not supported", object_at(h, &g->base, "")),
	      walk(h, g, &w));
}

/* ---- reasons to believe, files that nobody described ---- */

static void content_needs_no_signature(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct lock_path *p = &g->app.path;
	struct walk w;
	char digest[DIGEST_NIX32_SIZE];
	p->references = NO_TEXTS;
	p->path = storepath_make_ca(TEXT("app"), &p->nar_digest, p->references, &h->arena);
	p->ca = text_of(house_say(h, "fixed:r:%s", digest_nix32(&p->nar_digest, digest)));
	p->signatures = NO_TEXTS;
	object_publish(h, &g->app, "cache", 0);
	WORKS(walk(h, g, &w));
	assert_int_equal(w.paths[0].nar_origin, LOCK_CONTENT);
	assert_true(text_equal(w.paths[0].ca, p->ca));
	p->path = object_base(h, "app");
	object_publish(h, &g->app, "cache", 0);
	FAILS(FAULT_VERIFY, "has it, but without a good signature", walk(h, g, &w));
}

static void undescribed_files_are_measured(void **state)
{
	struct household *h = *state;
	struct graph *g = make(h);
	struct walk w;
	object_publish(h, &g->base, "cache2", LACKS_FILE_HASH);
	object_publish(h, &g->lib, "cache", LACKS_FILE_HASH);
	object_publish(h, &g->app, "cache", 0);
	WORKS(walk(h, g, &w));
	assert_int_equal(w.measured, 2);
	is_as_published(&w, &g->base);
	is_as_published(&w, &g->lib);
	assert_int_equal(found(&w, &g->base)->file_origin, LOCK_DOWNLOAD);
	assert_int_equal(found(&w, &g->lib)->file_origin, LOCK_DOWNLOAD);
	assert_int_equal(found(&w, &g->app)->file_origin, LOCK_UNSIGNED);
	FD_AUTO nars = fs_open(h->host, "/cache/nar", O_RDONLY | O_DIRECTORY);
	assert_int_equal(unlinkat(nars, "lib.nar", 0), 0);
	FAILS(FAULT_NETWORK, "cache/nar/lib.nar: no such file in the cache", walk(h, g, &w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_closure_is_found_and_sorted),
		HOUSE_TEST(roots_may_repeat_and_reach_each_other),
		HOUSE_TEST(many_paths_are_no_trouble),
		HOUSE_TEST(the_second_cache_has_what_the_first_lacks),
		HOUSE_TEST(an_unbelieved_answer_gives_way_to_a_believed_one),
		HOUSE_TEST(a_missing_path_names_who_needs_it),
		HOUSE_TEST(an_unbelieved_path_names_cache_and_who_needs_it),
		HOUSE_TEST(further_failures_are_counted),
		HOUSE_TEST(malformed_and_swapped_narinfos_are_refused),
		HOUSE_TEST(derivations_are_refused),
		HOUSE_TEST(content_needs_no_signature),
		HOUSE_TEST(undescribed_files_are_measured),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
