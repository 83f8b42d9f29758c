/* nixdb: what lies beside a database is carried out with its owner's rights, and messages name the file as people know it. */
#include "store/nixdb.h"

#include <stdlib.h>

#include "household.h"

#define FOLDER NIX_STATE "/db"
#define STRANGER 4242
#define PAGE 4096

static void make_database(struct household *h, const char *name)
{
	struct nixdb n;
	WORKS(fs_make_dirs(h->root.fd, FOLDER, 0755, &h->f));
	WORKS(nixdb_open(&n, &h->root, name, DBFILE_CREATE, &h->f));
	WORKS(dbfile_run(n.db, "create table t (x); insert into t values (1)", &h->f));
	WORKS(nixdb_finish(&n, &h->f));
}

static void put_u32(struct buffer *b, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buffer_add(b, &(char){ (char)(value >> shift) }, 1);
}

/* A rollback journal of no pages, whose super-journal is `victim`: once it is rolled back, that is deleted. SQLite, "Database File
 * Format", 3. */
static void put_journal(struct household *h, const char *victim)
{
	static const char magic[] = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
	BUFFER_AUTO b = { 0 };
	uint32_t sum = 0;
	buffer_add(&b, magic, 8);
	for (size_t i = 0; i < 5; i++)
		put_u32(&b, (const uint32_t[]){ 0, 1, 2, 512, PAGE }[i]);
	while (b.len < 512)
		buffer_add(&b, "", 1);
	put_u32(&b, 0x40000000 / PAGE + 1);
	for (const char *c = victim; *c; c++)
		sum += (uint32_t)*c;
	buffer_text(&b, text_of(victim));
	put_u32(&b, (uint32_t)strlen(victim));
	put_u32(&b, sum);
	buffer_add(&b, magic, 8);
	WORKS(fs_write(h->root.fd, FOLDER "/db.sqlite-journal", 0644, buffer_view(&b), &h->f));
}

static void give(struct household *h, uid_t uid)
{
	static const char *const names[] = { FOLDER, NIX_DB, NIX_DB "-journal" };
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		FD_AUTO fd = fs_open(h->root.fd, names[i], O_RDONLY);
		assert_int_equal(fchown(fd, uid, uid), 0);
	}
}

/* Does root's work on a database that `owner` has a journal beside delete root's file? */
static bool survives(struct household *h, uid_t owner)
{
	struct nixdb n;
	const char *victim = house_say(h, "%s/root/precious", h->top);
	struct stat st;
	house_put(h, "/precious", "root's");
	make_database(h, "db.sqlite");
	put_journal(h, victim);
	give(h, owner);
	if (nixdb_open(&n, &h->root, "db.sqlite", DBFILE_WRITE, &h->f) == 0) {
		int code = dbfile_run(n.db, "begin immediate; insert into t values (2); commit", &h->f);
		assert_int_equal(code, nixdb_finish(&n, &h->f));
	}
	fault_clear(&h->f);
	return fs_stat(h->root.fd, "/precious", &st) == 0;
}

static void a_journal_deletes_what_its_owner_may_delete(void **state)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(((struct household *)*state)->top, 0755), 0);
	assert_true(survives(*state, STRANGER));
}

/* Is that so because nothing was carried out? */
static void root_s_own_journal_is_believed(void **state)
{
	if (geteuid() != 0)
		skip();
	assert_false(survives(*state, 0));
}

static void who_acts_is_itself_again(void **state)
{
	struct household *h = *state;
	struct nixdb n;
	struct stat st;
	if (geteuid() != 0)
		skip();
	make_database(h, "db.sqlite");
	house_put(h, FOLDER "/db.sqlite-journal", "");
	give(h, STRANGER);
	assert_int_equal(chmod(h->top, 0700), 0); /* the owner may not come in by the path: the folder is open */
	WORKS(nixdb_open(&n, &h->root, "db.sqlite", DBFILE_WRITE, &h->f));
	FAILS(FAULT_SYSTEM, "Permission denied", fs_write(h->root.fd, "/of-root", 0644, TEXT("x"), &h->f));
	WORKS(dbfile_run(n.db, "insert into t values (2)", &h->f));
	WORKS(nixdb_finish(&n, &h->f));
	WORKS(fs_write(h->root.fd, "/of-root", 0644, TEXT("x"), &h->f));
	assert_int_equal(fs_stat(h->root.fd, "/of-root", &st), 0);
	assert_int_equal(st.st_uid, 0);
}

static void a_killed_run_s_file_of_root_is_given_first(void **state)
{
	struct household *h = *state;
	struct nixdb n;
	struct stat st;
	FD_AUTO folder = -1;
	if (geteuid() != 0)
		skip();
	make_database(h, "db.sqlite");
	folder = fs_open(h->root.fd, FOLDER, O_RDONLY);
	assert_int_equal(fchown(folder, STRANGER, STRANGER), 0);
	WORKS(nixdb_open(&n, &h->root, "db.sqlite", DBFILE_WRITE, &h->f));
	WORKS(dbfile_run(n.db, "insert into t values (2)", &h->f));
	WORKS(nixdb_finish(&n, &h->f));
	assert_int_equal(fs_stat(h->root.fd, NIX_DB, &st), 0);
	assert_int_equal(st.st_uid, STRANGER);
}

static void messages_name_the_file(void **state)
{
	struct household *h = *state;
	struct nixdb n;
	FAILS(FAULT_SYSTEM, FOLDER, nixdb_open(&n, &h->root, "db.sqlite", DBFILE_READ, &h->f));
	WORKS(fs_make_dirs(h->root.fd, FOLDER, 0755, &h->f));
	FAILS(FAULT_SYSTEM, house_say(h, "%s" NIX_DB ": ", h->root.path), nixdb_open(&n, &h->root, "db.sqlite", DBFILE_READ, &h->f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_journal_deletes_what_its_owner_may_delete),
		HOUSE_TEST(root_s_own_journal_is_believed),
		HOUSE_TEST(who_acts_is_itself_again),
		HOUSE_TEST(a_killed_run_s_file_of_root_is_given_first),
		HOUSE_TEST(messages_name_the_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
