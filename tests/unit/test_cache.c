/* cache: what file:// caches have, and where each file is found. */
#include "farcache.h"
#include "objects.h"

#include "store/cache.h"

static void open_both(struct household *h, struct caches *c)
{
	WORKS(caches_open(c, (struct texts){ h->caches, 2 }, true, &h->arena, &h->f));
}

static int open_one(struct household *h, struct caches *c, const char *url, bool offline)
{
	struct text text = text_of(url);
	return caches_open(c, (struct texts){ &text, 1 }, offline, &h->arena, &h->f);
}

static void urls_are_judged(void **state)
{
	static const char *const plain[] = { "https://a/?x=1", "file:///a#b" };
	static const char *const schemes[] = { "", "ftp://a", "s3://bucket", "file://a", "a/b", "FILE:///a", "/a" };
	struct household *h = *state;
	struct caches c;
	for (size_t i = 0; i < COUNT_OF(plain); i++)
		FAILS(FAULT_USAGE, house_say(h, "cache '%s': must be a plain URL without query or fragment", plain[i]),
		      open_one(h, &c, plain[i], false));
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		FAILS(FAULT_USAGE,
		      house_say(h, "cache '%s': must begin with https://, http:// or file:///", schemes[i]),
		      open_one(h, &c, schemes[i], false));
	FAILS(FAULT_USAGE, "the URL of a cache has 4104 bytes, at most 4096 are allowed",
	      open_one(h, &c, house_say(h, "https://%04096d", 0), false));
	FAILS(FAULT_USAGE, "no cache; name one with --cache URL", caches_open(&c, NO_TEXTS, false, &h->arena, &h->f));
}

static void offline_leaves_the_far_ones_out(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct texts mixed = { (struct text[]){ TEXT("https://far.example"), h->caches[0] }, 2 };
	FAILS(FAULT_USAGE, "--offline, and no cache is a file:// one", open_one(h, &c, "https://far.example", true));
	WORKS(caches_open(&c, mixed, true, &h->arena, &h->f));
	assert_int_equal(c.count, 1);
	assert_true(text_equal(c.at[0].url, h->caches[0]));
	assert_null(c.http);
	caches_close(&c);
	WORKS(caches_open(&c, mixed, false, &h->arena, &h->f));
	assert_int_equal(c.count, 2);
	assert_non_null(c.http);
	caches_close(&c);
	caches_close(&c);
}

static void final_slashes_do_not_count(void **state)
{
	struct household *h = *state;
	struct caches c;
	WORKS(open_one(h, &c, house_say(h, "file://%s/cache//", h->top), true));
	assert_true(text_equal(c.at[0].url, h->caches[0]));
	assert_string_equal(c.at[0].folder, house_say(h, "%s/cache", h->top));
}

static void another_store_directory_is_refused(void **state)
{
	struct household *h = *state;
	struct caches c;
	open_both(h, &c);
	WORKS(caches_check(&c, &h->f));
	WORKS(fs_write(h->host, "/cache/nix-cache-info", 0644, TEXT("StoreDir: /nix/store\nPriority: 40\n"), &h->f));
	WORKS(caches_check(&c, &h->f));
	WORKS(fs_write(h->host, "/cache2/nix-cache-info", 0644, TEXT("StoreDir: /gnu/store\n"), &h->f));
	FAILS(FAULT_INPUT, house_say(h, "cache %s: ", h->caches[1].at), caches_check(&c, &h->f));
	FAILS(FAULT_INPUT, "/gnu/store", caches_check(&c, &h->f));
}

static void narinfos_are_got_or_not(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "x" });
	struct texts paths = { (struct text[]){ object_base(h, "none"), o.path.path }, 2 };
	struct text answers[2] = { TEXT("left"), TEXT("over") };
	open_both(h, &c);
	object_publish(h, &o, "cache2", 0);
	WORKS(cache_narinfos(&c, 0, paths, answers, &h->f));
	assert_null(answers[0].at);
	assert_null(answers[1].at);
	WORKS(cache_narinfos(&c, 1, paths, answers, &h->f));
	assert_null(answers[0].at);
	assert_true(text_starts(answers[1], TEXT("StorePath: /nix/store/")));
}

static void a_huge_narinfo_is_refused(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct text path = object_base(h, "tool"), answer;
	const char *name = house_say(h, "/cache/" TEXT_F ".narinfo", TEXT_A(storepath_hash(path)));
	open_both(h, &c);
	WORKS(fs_write(h->host, name, 0644,
		       (struct text){ arena_alloc(&h->arena, NARINFO_MAX + 1, 1), NARINFO_MAX + 1 }, &h->f));
	FAILS(FAULT_INPUT, house_say(h, "%s%s: longer than", h->top, name),
	      cache_narinfos(&c, 0, (struct texts){ &path, 1 }, &answer, &h->f));
}

static void files_are_measured(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "x" });
	struct cache_unknown files[] = { { .url = o.path.url, .max = 9999, .size = 7 }, { .url = TEXT("nar/none.nar"), .max = 1 } };
	open_both(h, &c);
	object_publish(h, &o, "cache", 0);
	WORKS(cache_measure(&c, 0, files, 1, &h->f));
	assert_int_equal(files[0].size, o.nar.len);
	assert_true(digest_equal(&files[0].digest, &o.path.file_digest));
	size_t open = house_open_files();
	FAILS(FAULT_NETWORK, house_say(h, "%s/cache/nar/none.nar: no such file in the cache", h->top),
	      cache_measure(&c, 0, files, 2, &h->f));
	assert_int_equal(house_open_files(), open);
}

static void files_are_located(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct object both = OBJECT(h, "both", NO_TEXTS, { "", 'f', "1" }),
		      second = OBJECT(h, "second", NO_TEXTS, { "", 'f', "2" }),
		      elsewhere = OBJECT(h, "elsewhere", NO_TEXTS, { "", 'f', "3" });
	struct cache_file files[] = { { .path = &both.path }, { .path = &second.path }, { .path = &elsewhere.path } };
	open_both(h, &c);
	object_publish(h, &both, "cache", 0);
	object_publish(h, &both, "cache2", 0);
	object_publish(h, &second, "cache2", 0);
	object_publish(h, &elsewhere, "cache", 0);
	elsewhere.path.cache = TEXT("https://not-among-these.example");
	WORKS(cache_locate(&c, (struct cache_files){ files, 3 }, &h->f));
	assert_int_equal(files[0].which, 0);
	assert_int_equal(files[1].which, 1);
	assert_int_equal(files[2].which, 0);
	both.path.cache = h->caches[1];
	WORKS(cache_locate(&c, (struct cache_files){ files, 3 }, &h->f));
	assert_int_equal(files[0].which, 1);
	assert_string_equal(cache_address(&c, &files[0]), house_say(h, "%s/cache2/nar/both.nar", h->top));
	WORKS(cache_locate(&c, (struct cache_files){ files, 0 }, &h->f));
}

static void missing_files_are_counted(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct object there = OBJECT(h, "there", NO_TEXTS, { "", 'f', "1" }),
		      a = OBJECT(h, "a", NO_TEXTS, { "", 'f', "2" }), b = OBJECT(h, "b", NO_TEXTS, { "", 'f', "3" });
	struct cache_file files[] = { { .path = &there.path }, { .path = &a.path }, { .path = &b.path } };
	open_both(h, &c);
	object_publish(h, &there, "cache", 0);
	FAILS(FAULT_NETWORK,
	      house_say(h, "the file nar/a.nar of %s is in none of the caches (%s and the others); 2 files missing",
			object_at(h, &a, ""), h->caches[0].at),
	      cache_locate(&c, (struct cache_files){ files, 3 }, &h->f));
}

static void near_files_are_opened(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "x" });
	struct cache_file file = { .path = &o.path, .which = 1 };
	int fd = -1;
	open_both(h, &c);
	FAILS(FAULT_NETWORK, "cache2/nar/tool.nar: no such file in the cache", cache_open_near(&c, &file, &fd, &h->f));
	object_publish(h, &o, "cache2", 0);
	WORKS(cache_open_near(&c, &file, &fd, &h->f));
	fs_close(&fd);
}

/* ---- from afar ---- */

static void far_texts_and_files_are_as_near_ones(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct object o = OBJECT(h, "tool", NO_TEXTS, { "", 'f', "x" });
	struct texts paths = { (struct text[]){ object_base(h, "none"), o.path.path }, 2 };
	struct text answers[2];
	struct cache_unknown files[] = { { .url = o.path.url, .max = 9999, .size = 7 }, { .url = TEXT("nar/none.nar"), .max = 1 } };
	struct farcache far = far_start(h, "/cache");
	object_publish(h, &o, "cache", 0);
	WORKS(open_one(h, &c, house_say(h, TEXT_F "/", TEXT_A(far.url)), false));
	WORKS(caches_check(&c, &h->f));
	WORKS(cache_narinfos(&c, 0, paths, answers, &h->f));
	assert_null(answers[0].at);
	assert_true(text_starts(answers[1], TEXT("StorePath: /nix/store/")));
	WORKS(cache_measure(&c, 0, files, 1, &h->f));
	assert_int_equal(files[0].size, o.nar.len);
	assert_true(digest_equal(&files[0].digest, &o.path.file_digest));
	FAILS(FAULT_NETWORK,
	      house_say(h, TEXT_F "/nar/none.nar: the narinfo names this file, and the cache does not have it",
			TEXT_A(far.url)),
	      cache_measure(&c, 0, files, 2, &h->f));
	WORKS(fs_write(h->host, "/cache/nix-cache-info", 0644, TEXT("StoreDir: /gnu/store\n"), &h->f));
	FAILS(FAULT_INPUT, house_say(h, "cache " TEXT_F ": ", TEXT_A(far.url)), caches_check(&c, &h->f));
	caches_close(&c);
	far_stop(&far);
}

static void far_files_are_located_among_near_ones(void **state)
{
	struct household *h = *state;
	struct caches c;
	struct object here = OBJECT(h, "here", NO_TEXTS, { "", 'f', "1" }),
		      there = OBJECT(h, "there", NO_TEXTS, { "", 'f', "2" }),
		      nowhere = OBJECT(h, "nowhere", NO_TEXTS, { "", 'f', "3" });
	struct cache_file files[] = { { .path = &here.path }, { .path = &there.path }, { .path = &nowhere.path } };
	struct farcache far = far_start(h, "/cache2");
	struct texts urls = { (struct text[]){ far.url, h->caches[0] }, 2 };
	object_publish(h, &here, "cache", 0);
	object_publish(h, &there, "cache2", 0);
	WORKS(caches_open(&c, urls, false, &h->arena, &h->f));
	WORKS(cache_locate(&c, (struct cache_files){ files, 2 }, &h->f));
	assert_int_equal(files[0].which, 1);
	assert_int_equal(files[1].which, 0);
	assert_string_equal(cache_address(&c, &files[1]), house_say(h, TEXT_F "/nar/there.nar", TEXT_A(far.url)));
	FAILS(FAULT_NETWORK, "the file nar/nowhere.nar of ", cache_locate(&c, (struct cache_files){ files, 3 }, &h->f));
	caches_close(&c);
	far_stop(&far);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(urls_are_judged),
		HOUSE_TEST(offline_leaves_the_far_ones_out),
		HOUSE_TEST(final_slashes_do_not_count),
		HOUSE_TEST(another_store_directory_is_refused),
		HOUSE_TEST(narinfos_are_got_or_not),
		HOUSE_TEST(a_huge_narinfo_is_refused),
		HOUSE_TEST(files_are_measured),
		HOUSE_TEST(files_are_located),
		HOUSE_TEST(missing_files_are_counted),
		HOUSE_TEST(near_files_are_opened),
		HOUSE_TEST(far_texts_and_files_are_as_near_ones),
		HOUSE_TEST(far_files_are_located_among_near_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
