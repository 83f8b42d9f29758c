/* holdings: rows and entries of a store, whose they are, and what others' roots lead to. */
#include "objects.h"

#include "store/history.h"
#include "store/holdings.h"
#include "store/profile.h"
#include "store/registry.h"

#define SYSTEM "x86_64-linux"

static struct receipt receipt_of(struct texts paths)
{
	return (struct receipt){ .system = TEXT(SYSTEM), .paths = paths };
}

static struct holdings look(struct household *h, const struct receipt *receipt)
{
	struct holdings out;
	WORKS(holdings_read(&h->root, receipt, &h->arena, &out, &h->f));
	return out;
}

/* Registers the objects, each of whose references is among them. */
static void enter(struct household *h, const struct lock_path *const *paths, size_t count)
{
	struct registry_news news = { paths, count, 1 };
	WORKS(layout_make(h->root.fd, NULL, &h->f));
	WORKS(registry_write(&h->root, &news, &h->f));
}

/* "name: flags" of each: r registered, s stands, o ours, e environment. */
static const char *told(struct household *h, const struct holdings *all)
{
	const char *text = "";
	for (size_t i = 0; i < all->count; i++) {
		const struct holding *x = &all->at[i];
		struct text name = storepath_valid(x->path) ? storepath_name(x->path) : x->path;
		text = house_say(h, "%s%s" TEXT_F ":%s%s%s%s", text, i ? " " : "", TEXT_A(name), x->registered ? "r" : "",
				 x->stands ? "s" : "", x->ours ? "o" : "", x->environment ? "e" : "");
	}
	return text;
}

/* Is this among the blank-separated words? */
static void says(struct household *h, const struct holdings *all, const char *words)
{
	const char *text = told(h, all);
	struct text rest = text_of(words), word;
	while (text_cut(&rest, ' ', &word))
		if (!strstr(house_say(h, " %s ", text), house_say(h, " " TEXT_F " ", TEXT_A(word))))
			fail_msg("no '" TEXT_F "' in '%s'", TEXT_A(word), text);
}

static void an_empty_root_has_nothing(void **state)
{
	struct household *h = *state;
	struct receipt none = receipt_of(NO_TEXTS);
	struct holdings all = look(h, &none);
	assert_int_equal(all.count + all.roots.count, 0);
	assert_null(holdings_find(&all, object_base(h, "a")));
	assert_string_equal(house_names(h, h->root.fd, "/"), "");
}

static void rows_and_entries_come_together(void **state)
{
	struct household *h = *state;
	struct object both = OBJECT(h, "both", NO_TEXTS, { "", 'f', "1" });
	struct object row = OBJECT(h, "row", object_list(h, 1, both.path.path), { "", 'f', "2" });
	struct object entry = OBJECT(h, "entry", NO_TEXTS, { "", 'f', "3" });
	enter(h, (const struct lock_path *const[]){ &both.path, &row.path }, 2);
	object_install(h, &both);
	object_install(h, &entry);
	struct receipt receipt = receipt_of(object_list(h, 2, row.path.path, entry.path.path));
	struct holdings all = look(h, &receipt);
	assert_int_equal(all.count, 3);
	says(h, &all, "both:rs row:ro entry:so");
	for (size_t i = 1; i < all.count; i++)
		assert_true(text_compare(all.at[i - 1].path, all.at[i].path) < 0);
	const struct holding *found = holdings_find(&all, row.path.path);
	assert_non_null(found);
	assert_int_equal(found->nar_size, row.path.nar_size);
	assert_int_equal(found->references.count, 1);
	assert_true(text_equal(found->references.at[0], both.path.path));
}

static void locks_and_staging_are_no_objects_but_flake_locks_are(void **state)
{
	struct household *h = *state;
	struct object flake = OBJECT(h, "flake.lock", NO_TEXTS, { "", 'f', "{}" });
	struct receipt none = receipt_of(NO_TEXTS);
	object_install(h, &flake);
	house_put(h, house_say(h, STORE_PREFIX TEXT_F ".lock", TEXT_A(object_base(h, "some"))), "");
	FD_AUTO lock = fs_open(h->root.fd, house_say(h, STORE_PREFIX TEXT_F ".lock", TEXT_A(object_base(h, "some"))), O_RDONLY);
	assert_int_equal(fchmod(lock, 0600), 0);
	WORKS(fs_make_dirs(h->root.fd, STORE_DIR "/.links", 0755, &h->f));
	WORKS(fs_make_dirs(h->root.fd, STORE_DIR "/" GRAFT_STAGE_PREFIX "abc", 0755, &h->f));
	house_put(h, STORE_DIR "/lost+found", "");
	struct holdings all = look(h, &none);
	assert_int_equal(all.count, 2);
	says(h, &all, "flake.lock:s lost+found:s");
}

static const char LOCK[] = "{\"version\": 1, \"caches\": [{\"url\": \"file:///c\", \"keys\": [\"%s\"]}], \"systems\": {\"" SYSTEM "\": "
			   "{\"tools\": {}, \"paths\": {\"/nix/store/%s\": {\"narHash\": \"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\", "
			   "\"narSize\": 4711, \"references\": [], \"signatures\": [], \"ca\": \"%s\", \"cache\": \"file:///c\", \"url\": "
			   "\"nar/x\", \"compression\": \"none\", \"fileHash\": \"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\", "
			   "\"fileSize\": 1, \"origin\": {\"nar\": \"content address\", \"file\": \"download\"}}}}}}";

static void kept_locks_and_environments_tell_what_is_ours(void **state)
{
	struct household *h = *state;
	struct digest digest = crypto_sha256(TEXT(""));
	char hash[DIGEST_NIX32_SIZE];
	const char *ca = house_say(h, "fixed:r:%s", digest_nix32(&digest, hash));
	struct text old = storepath_make_ca(TEXT("old"), &digest, NO_TEXTS, &h->arena);
	struct receipt receipt = receipt_of(NO_TEXTS);
	house_put(h, GRAFT_LOCKS "/1.lock", house_say(h, LOCK, h->key.at, old.at, ca));
	house_put(h, GRAFT_LOCKS "/2.lock", "no lock at all");
	house_put(h, house_say(h, STORE_PREFIX TEXT_F, TEXT_A(old)), "");
	house_put(h, house_say(h, STORE_PREFIX TEXT_F, TEXT_A(object_base(h, "nixgraft-environment"))), "");
	house_put(h, house_say(h, STORE_PREFIX TEXT_F, TEXT_A(object_base(h, "new"))), "");
	struct holdings all = look(h, &receipt);
	says(h, &all, "old:so nixgraft-environment:soe new:s");
	assert_int_equal(holdings_find(&all, old)->nar_size, 4711);
	receipt.system = TEXT("aarch64-linux");
	all = look(h, &receipt);
	says(h, &all, "old:s");
}

/* It said what before it fetched; that a receipt is unfinished makes nothing ours. */
static void what_a_killed_run_put_there_is_ours(void **state)
{
	struct household *h = *state;
	struct object theirs = OBJECT(h, "theirs", NO_TEXTS, { "", 'f', "1" }), fresh = OBJECT(h, "fresh", NO_TEXTS, { "", 'f', "2" });
	struct receipt receipt = receipt_of(NO_TEXTS);
	enter(h, (const struct lock_path *const[]){ &theirs.path }, 1);
	object_install(h, &theirs);
	object_install(h, &fresh);
	house_put(h, STORE_DIR "/no-object", "");
	receipt.unfinished = true;
	struct holdings all = look(h, &receipt);
	says(h, &all, "theirs:rs fresh:s no-object:s");
	house_put(h, GRAFT_PENDING, house_say(h, "../x\n\n" TEXT_F "\nno-object\n", TEXT_A(fresh.path.path)));
	all = look(h, &receipt);
	says(h, &all, "theirs:rs fresh:so no-object:s");
}

static const char *roots(struct household *h, const struct holdings *all)
{
	const char *text = "";
	for (size_t i = 0; i < all->roots.count; i++)
		text = house_say(h, "%s%s" TEXT_F "=" TEXT_F, text, i ? " " : "", TEXT_A(all->roots.at[i].link),
				 TEXT_A(storepath_name(all->roots.at[i].path)));
	return text;
}

static void link_to(struct household *h, const char *path, const char *target)
{
	house_put(h, path, "");
	WORKS(fs_link(h->root.fd, path, target, &h->f));
}

static void roots_are_found_through_links(void **state)
{
	struct household *h = *state;
	struct receipt none = receipt_of(NO_TEXTS);
	const char *a = object_base(h, "a").at, *b = object_base(h, "b").at;
	uint64_t generation;
	WORKS(layout_make(h->root.fd, "ada", &h->f));
	WORKS(profile_commit(h->root.fd, object_base(h, "ours"), &generation, &h->f));
	link_to(h, NIX_PROFILES "/per-user/ada/profile", "profile-1-link");
	link_to(h, NIX_PROFILES "/per-user/ada/profile-1-link", house_say(h, STORE_PREFIX "%s", a));
	link_to(h, NIX_PROFILES "/nixgraft-mine", house_say(h, STORE_PREFIX "%s/bin/x", b));
	link_to(h, NIX_STATE "/gcroots/auto/1", "/home/ada/result");
	link_to(h, "/home/ada/result", house_say(h, "../../nix/./store/%s", b));
	link_to(h, NIX_STATE "/gcroots/auto/2", "/home/ada/gone");
	link_to(h, NIX_STATE "/gcroots/auto/3", "3");
	link_to(h, NIX_STATE "/gcroots/auto/4", STORE_DIR);
	house_put(h, house_say(h, NIX_STATE "/gcroots/%s", a), "");
	house_put(h, NIX_STATE "/gcroots/notes", "");
	struct holdings all = look(h, &none);
	assert_string_equal(roots(h, &all),
			    house_say(h, NIX_PROFILES "/nixgraft-mine=b " NIX_PROFILES "/per-user/ada/profile=a " NIX_PROFILES
				      "/per-user/ada/profile-1-link=a " NIX_STATE "/gcroots/auto/1=b " NIX_STATE "/gcroots/%s=a", a));
}

static void a_database_that_cannot_be_read_is_a_fault(void **state)
{
	struct household *h = *state;
	struct receipt none = receipt_of(NO_TEXTS);
	struct holdings all;
	house_put(h, NIX_DB, "no database, surely not one of SQLite's");
	FAILS(FAULT_SYSTEM, "db.sqlite", holdings_read(&h->root, &none, &h->arena, &all, &h->f));
	house_put(h, NIX_SCHEMA, "11");
	FAILS(FAULT_SYSTEM, "schema", holdings_read(&h->root, &none, &h->arena, &all, &h->f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(an_empty_root_has_nothing),
		HOUSE_TEST(rows_and_entries_come_together),
		HOUSE_TEST(locks_and_staging_are_no_objects_but_flake_locks_are),
		HOUSE_TEST(kept_locks_and_environments_tell_what_is_ours),
		HOUSE_TEST(what_a_killed_run_put_there_is_ours),
		HOUSE_TEST(roots_are_found_through_links),
		HOUSE_TEST(a_database_that_cannot_be_read_is_a_fault),
	};
	return cmocka_run_group_tests_name("holdings", tests, NULL, NULL);
}
