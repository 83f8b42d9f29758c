/* registry: Nix's database, written and read. */
#include "objects.h"

#include <sqlite3.h>

#include "store/registry.h"

/* Three paths: leaf, tool -> leaf and itself, top -> tool with signatures, deriver and ca. */
struct family {
	struct object leaf, tool, top;
	const struct lock_path *news[3];
};

static void make_family(struct household *h, struct family *all)
{
	struct text tool = object_base(h, "tool");
	all->leaf = OBJECT(h, "leaf", NO_TEXTS, { "", 'f', "leaf" });
	all->tool = OBJECT(h, "tool", object_list(h, 2, tool, object_base(h, "leaf")), { "", 'f', "tool" });
	all->top = OBJECT(h, "top", object_list(h, 1, tool), { "", 'f', "top" });
	all->leaf.path.signatures = NO_TEXTS;
	all->leaf.path.ca = TEXT("fixed:r:sha256:xyz");
	all->top.path.signatures = object_list(h, 2, TEXT("a:b"), TEXT("c:d"));
	all->top.path.deriver = text_of(house_say(h, "%s.drv", object_base(h, "top").at));
	all->news[0] = &all->top.path;
	all->news[1] = &all->tool.path;
	all->news[2] = &all->leaf.path;
	WORKS(fs_make_dirs(h->root.fd, NIX_STATE "/db", 0755, &h->f));
}

static void write_all(struct household *h, struct family *all)
{
	struct registry_news news = { all->news, 3, 1 };
	WORKS(registry_write(&h->root, &news, &h->f));
}

/* One value from the database, by SQLite itself. */
static const char *ask(struct household *h, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *query;
	const char *answer = "no row";
	assert_int_equal(sqlite3_open_v2(house_say(h, "%s" NIX_DB, h->root.path), &db, SQLITE_OPEN_READWRITE, NULL), 0);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
	if (sqlite3_step(query) == SQLITE_ROW)
		answer = house_say(
			h, "%s", sqlite3_column_text(query, 0) ? (const char *)sqlite3_column_text(query, 0) : "NULL");
	sqlite3_finalize(query);
	sqlite3_close(db);
	return answer;
}

static void there_may_be_none(void **state)
{
	struct household *h = *state;
	struct registry r;
	WORKS(registry_read(&h->root, true, &h->arena, &r, &h->f));
	assert_false(r.exists);
	assert_int_equal(r.count, 0);
	assert_null(registry_find(&r, object_base(h, "tool")));
	assert_string_equal(house_names(h, h->root.fd, "/"), "");
}

static void rows_come_back(void **state)
{
	struct household *h = *state;
	struct family all;
	struct registry r;
	make_family(h, &all);
	write_all(h, &all);
	WORKS(registry_read(&h->root, true, &h->arena, &r, &h->f));
	assert_true(r.exists);
	assert_int_equal(r.count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct lock_path *p = all.news[i];
		const struct registry_row *row = registry_find(&r, p->path);
		char hash[DIGEST_HEX_SIZE];
		assert_non_null(row);
		assert_true(text_equal(row->hash, text_of(digest_hex(&p->nar_digest, hash))));
		assert_int_equal(row->nar_size, p->nar_size);
		assert_true(texts_equal(row->references, p->references));
		assert_true(text_equal(row->ca, p->ca));
		assert_true(i == 0 || text_compare(r.rows[i - 1].path, r.rows[i].path) < 0);
	}
	IS(registry_find(&r, all.top.path.path)->signatures, "a:b c:d");
	assert_null(registry_find(&r, all.leaf.path.path)->signatures.at);
	assert_null(registry_find(&r, object_base(h, "nobody")));
	WORKS(registry_read(&h->root, false, &h->arena, &r, &h->f));
	assert_int_equal(registry_find(&r, all.tool.path.path)->references.count, 0);
}

static void nix_finds_what_it_expects(void **state)
{
	struct household *h = *state;
	struct family all;
	make_family(h, &all);
	write_all(h, &all);
	assert_string_equal(house_file(h, h->root.fd, NIX_SCHEMA), "10");
	assert_string_equal(ask(h, "pragma integrity_check"), "ok");
	assert_string_equal(ask(h, "pragma foreign_key_check"), "no row");
	assert_string_equal(ask(h, "pragma journal_mode"), "wal");
	assert_string_equal(ask(h, "select group_concat(name, ' ') from (select name from sqlite_master where sql not "
				   "null and name not like 'sqlite%' order by name)"),
			    "DeleteSelfRefs DerivationOutputs IndexDerivationOutputs IndexReference IndexReferrer Refs "
			    "ValidPaths");
	assert_string_equal(
		ask(h, "select group_concat(registrationTime || coalesce(ultimate, 'null')) from ValidPaths"),
		"1null,1null,1null");
	assert_string_equal(ask(h, "select deriver from ValidPaths where path like '%-top'"),
			    house_say(h, "/nix/store/" TEXT_F, TEXT_A(all.top.path.deriver)));
	assert_string_equal(ask(h, "select deriver from ValidPaths where path like '%-leaf'"), "NULL");
	assert_string_equal(ask(h, "select sigs from ValidPaths where path like '%-leaf'"), "NULL");
	assert_string_equal(ask(h, "select count(*) from Refs where referrer = reference"), "1");
	assert_string_equal(ask(h, "select count(*) from Refs"), "3");
}

/* The whole database file, in hex. */
static const char *bytes_of(struct household *h)
{
	BUFFER_AUTO bytes = { 0 };
	char hex[2 * DIGEST_BYTES + 1];
	WORKS(fs_read(h->root.fd, NIX_DB, 1 << 20, &bytes, &h->f));
	struct digest digest = crypto_sha256(buffer_view(&bytes));
	encode_hex(hex, digest.bytes, DIGEST_BYTES);
	return house_say(h, "%zu %s", bytes.len, hex);
}

static void the_same_paths_give_the_same_bytes(void **state)
{
	struct household *h = *state;
	struct family all;
	make_family(h, &all);
	write_all(h, &all);
	const char *first = bytes_of(h);
	assert_string_equal(house_names(h, h->root.fd, NIX_STATE "/db"), "db.sqlite schema");
	FD_AUTO state_dir = house_dir(h, NIX_STATE);
	WORKS(fs_remove_tree(state_dir, "db", &h->f));
	make_family(h, &all);
	write_all(h, &all);
	assert_string_equal(bytes_of(h), first);
	assert_int_equal(house_mode(h, NIX_DB), 0644);
}

static void reading_changes_nothing(void **state)
{
	struct household *h = *state;
	struct family all;
	struct registry r;
	struct stat first, then;
	make_family(h, &all);
	write_all(h, &all);
	const char *before = bytes_of(h);
	assert_int_equal(fs_stat(h->root.fd, NIX_STATE "/db", &first), 0);
	usleep(20000); /* so that a file that comes and goes would show in the directory's time */
	WORKS(registry_read(&h->root, true, &h->arena, &r, &h->f));
	assert_string_equal(bytes_of(h), before);
	assert_string_equal(house_names(h, h->root.fd, NIX_STATE "/db"), "db.sqlite schema");
	assert_int_equal(fs_stat(h->root.fd, NIX_STATE "/db", &then), 0);
	assert_memory_equal(&first.st_mtim, &then.st_mtim, sizeof first.st_mtim);
}

static void a_row_is_brought_up_to_date(void **state)
{
	struct household *h = *state;
	struct family all;
	struct registry r;
	make_family(h, &all);
	write_all(h, &all);
	struct lock_path top = all.top.path;
	top.nar_size = 99;
	top.nar_digest.bytes[0] ^= 1;
	top.references = object_list(h, 1, all.leaf.path.path);
	top.signatures = object_list(h, 1, TEXT("e:f"));
	struct registry_news news = { (const struct lock_path *[]){ &top }, 1, 1000 };
	WORKS(registry_write(&h->root, &news, &h->f));
	WORKS(registry_read(&h->root, true, &h->arena, &r, &h->f));
	const struct registry_row *row = registry_find(&r, top.path);
	char hash[DIGEST_HEX_SIZE];
	assert_int_equal(r.count, 3);
	assert_int_equal(row->nar_size, 99);
	assert_true(text_equal(row->hash, text_of(digest_hex(&top.nar_digest, hash))));
	assert_true(texts_equal(row->references, top.references));
	IS(row->signatures, "e:f");
	assert_string_equal(ask(h, "select registrationTime from ValidPaths where path like '%-top'"), "1");
	assert_string_equal(ask(h, "select count(*) from Refs"), "3");
}

static void new_rows_join_old_ones(void **state)
{
	struct household *h = *state;
	struct family all;
	struct registry r;
	make_family(h, &all);
	struct registry_news news = { &all.news[1], 2, 1 };
	WORKS(registry_write(&h->root, &news, &h->f));
	news = (struct registry_news){ &all.news[0], 1, 77 };
	WORKS(registry_write(&h->root, &news, &h->f));
	WORKS(registry_read(&h->root, true, &h->arena, &r, &h->f));
	assert_int_equal(r.count, 3);
	assert_true(texts_equal(registry_find(&r, all.top.path.path)->references, all.top.path.references));
	assert_string_equal(ask(h, "select registrationTime from ValidPaths where path like '%-top'"), "77");
}

static void a_dangling_reference_changes_nothing(void **state)
{
	struct household *h = *state;
	struct family all;
	struct registry r;
	make_family(h, &all);
	struct registry_news news = { &all.news[0], 1, 1 };
	FAILS(FAULT_SYSTEM, "registering in /nix/var/nix/db/db.sqlite: ", registry_write(&h->root, &news, &h->f));
	assert_false(house_has(h, NIX_DB));
	news = (struct registry_news){ &all.news[2], 1, 1 };
	WORKS(registry_write(&h->root, &news, &h->f));
	news = (struct registry_news){ &all.news[0], 1, 1 };
	FAILS(FAULT_SYSTEM, "registering in ", registry_write(&h->root, &news, &h->f));
	WORKS(registry_read(&h->root, true, &h->arena, &r, &h->f));
	assert_int_equal(r.count, 1);
}

static void what_a_killed_run_left_is_no_hindrance(void **state)
{
	struct household *h = *state;
	struct family all;
	make_family(h, &all);
	house_put(h, NIX_DB ".nixgraft", "half of it");
	house_put(h, NIX_DB ".nixgraft-journal", "half of it");
	write_all(h, &all);
	assert_string_equal(ask(h, "select count(*) from ValidPaths"), "3");
}

/* Leaves the journal of a database that is gone: its pages must not come into the new one. */
static void the_journal_of_an_older_database_is_not_replayed(void **state)
{
	struct household *h = *state;
	struct family all;
	sqlite3 *db;
	BUFFER_AUTO wal = { 0 };
	make_family(h, &all);
	write_all(h, &all);
	assert_int_equal(sqlite3_open_v2(house_say(h, "%s" NIX_DB, h->root.path), &db, SQLITE_OPEN_READWRITE, NULL), 0);
	assert_int_equal(sqlite3_exec(db,
				      "insert into ValidPaths (path, hash, registrationTime) values ('/ghost', 'x', 1)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	WORKS(fs_read(h->root.fd, NIX_DB "-wal", 1 << 20, &wal, &h->f));
	assert_true(wal.len > 0);
	sqlite3_close(db);
	FD_AUTO state_dir = house_dir(h, NIX_STATE);
	WORKS(fs_remove_tree(state_dir, "db", &h->f));
	make_family(h, &all);
	WORKS(fs_write(h->root.fd, NIX_DB "-wal", 0644, buffer_view(&wal), &h->f));
	write_all(h, &all);
	assert_string_equal(ask(h, "select count(*) from ValidPaths"), "3");
}

static void a_link_does_not_lead_out_of_the_root(void **state)
{
	struct household *h = *state;
	struct family all;
	struct registry r;
	make_family(h, &all);
	write_all(h, &all);
	const char *outside = house_say(h, "%s/outside", h->top);
	FD_AUTO db = house_dir(h, NIX_STATE "/db");
	assert_int_equal(renameat(db, "db.sqlite", h->host, "outside"), 0);
	WORKS(fs_link(h->root.fd, NIX_DB, outside, &h->f));
	FAILS(FAULT_SYSTEM, NIX_DB " is not a regular file", registry_read(&h->root, true, &h->arena, &r, &h->f));
	struct registry_news news = { all.news, 3, 1 };
	FAILS(FAULT_SYSTEM, NIX_DB " is not a regular file", registry_write(&h->root, &news, &h->f));
}

static void other_schemas_are_refused(void **state)
{
	static const char *const versions[] = { "9", "11", "", "10 ", "010" };
	struct household *h = *state;
	struct family all;
	struct registry r;
	make_family(h, &all);
	write_all(h, &all);
	const char *before = bytes_of(h);
	struct registry_news news = { all.news, 3, 1 };
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		const char *says = house_say(h, NIX_SCHEMA " says '%s', and only schema 10 (Nix 2.3 to 2.36) is known",
					     versions[i]);
		house_put(h, NIX_SCHEMA, versions[i]);
		FAILS(FAULT_SYSTEM, says, registry_read(&h->root, false, &h->arena, &r, &h->f));
		FAILS(FAULT_SYSTEM, says, registry_write(&h->root, &news, &h->f));
	}
	assert_string_equal(bytes_of(h), before);
	house_put(h, NIX_SCHEMA, "10\n");
	WORKS(registry_read(&h->root, false, &h->arena, &r, &h->f));
	FD_AUTO db = house_dir(h, NIX_STATE "/db");
	assert_int_equal(unlinkat(db, "schema", 0), 0);
	WORKS(registry_read(&h->root, false, &h->arena, &r, &h->f));
	assert_int_equal(r.count, 3);
	write_all(h, &all);
	assert_string_equal(house_file(h, h->root.fd, NIX_SCHEMA), "10");
}

static void what_is_no_database_is_refused(void **state)
{
	struct household *h = *state;
	struct family all;
	struct registry r;
	make_family(h, &all);
	house_put(h, NIX_DB,
		  "this is no database, but it is long enough to be looked at as one, so there you are: "
		  "one hundred bytes and some more");
	FAILS(FAULT_SYSTEM, "db.sqlite: file is not a database", registry_read(&h->root, false, &h->arena, &r, &h->f));
	struct registry_news news = { all.news, 3, 1 };
	FAILS(FAULT_SYSTEM, "registering in " NIX_DB, registry_write(&h->root, &news, &h->f));
}

static void rows_of_other_stores_are_left_out(void **state)
{
	struct household *h = *state;
	struct family all;
	struct registry r;
	make_family(h, &all);
	write_all(h, &all);
	ask(h, "insert into ValidPaths (path, hash, registrationTime) values ('/gnu/store/x', 'y', 1)");
	WORKS(registry_read(&h->root, true, &h->arena, &r, &h->f));
	assert_int_equal(r.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(there_may_be_none),
		HOUSE_TEST(rows_come_back),
		HOUSE_TEST(nix_finds_what_it_expects),
		HOUSE_TEST(the_same_paths_give_the_same_bytes),
		HOUSE_TEST(reading_changes_nothing),
		HOUSE_TEST(a_row_is_brought_up_to_date),
		HOUSE_TEST(new_rows_join_old_ones),
		HOUSE_TEST(a_dangling_reference_changes_nothing),
		HOUSE_TEST(what_a_killed_run_left_is_no_hindrance),
		HOUSE_TEST(the_journal_of_an_older_database_is_not_replayed),
		HOUSE_TEST(a_link_does_not_lead_out_of_the_root),
		HOUSE_TEST(other_schemas_are_refused),
		HOUSE_TEST(what_is_no_database_is_refused),
		HOUSE_TEST(rows_of_other_stores_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
