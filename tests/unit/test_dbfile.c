/* dbfile: databases as they are read, written and made. */
#include "sys/dbfile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/fs.h"

/* A throw-away directory whose name needs escaping in a URI. */
struct place {
	char top[64];
	char path[96];
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	strncpy(p->top, "/tmp/te st?#%41\303\251-XXXXXX", sizeof p->top - 1);
	assert_non_null(mkdtemp(p->top));
	snprintf(p->path, sizeof p->path, "%s/db.sqlite", p->top);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	FD_AUTO tmp = open("/tmp", O_PATH | O_DIRECTORY);

	assert_int_equal(fs_remove_tree(tmp, p->top + 5, &f), 0);
	free(p);
	return 0;
}

/* The names in the directory, joined by spaces. */
static void has_files(struct place *p, const char *want)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	BUFFER_AUTO all = { 0 };
	struct texts names;
	FD_AUTO root = -1;

	assert_int_equal(fs_root_open(p->top, &root, &f), 0);
	assert_int_equal(fs_list(root, "/", &a, &names, &f), 0);
	for (size_t i = 0; i < names.count; i++)
		buffer_printf(&all, "%s" TEXT_F, i ? " " : "", TEXT_A(names.at[i]));
	assert_string_equal(all.at, want);
	arena_drop(&a);
}

static void fill(struct dbfile *db, int rows)
{
	struct fault f = { 0 };
	struct dbquery *q;
	bool row = true;
	char name[32];

	assert_int_equal(dbfile_run(db, "create table T (id integer primary key, name text unique not null, note text);"
					"create index I on T (note); begin", &f), 0);
	assert_int_equal(dbquery_make(&q, db, "insert into T (name, note) values (?, ?)", &f), 0);
	for (int i = 0; i < rows; i++) {
		snprintf(name, sizeof name, "name-%d", i * 7919 % 10007);
		dbquery_text(q, 1, text_of(name));
		dbquery_text(q, 2, i % 3 ? TEXT("") : (struct text){ 0 });
		assert_int_equal(dbquery_step(q, &row, &f), 0);
		assert_false(row);
	}
	dbquery_drop(q);
	assert_int_equal(dbfile_run(db, "commit", &f), 0);
}

static void make(const char *path, int rows)
{
	struct fault f = { 0 };
	struct dbfile *db;

	assert_int_equal(dbfile_open(&db, path, path, DBFILE_CREATE, &f), 0);
	fill(db, rows);
	assert_int_equal(dbfile_finish(db, &f), 0);
}

static void read_bytes(const char *path, struct buffer *out)
{
	struct fault f = { 0 };

	assert_int_equal(fs_read_host(path, 1 << 24, out, &f), 0);
}

static void test_made_file(void **state)
{
	struct place *p = *state;
	BUFFER_AUTO first = { 0 }, second = { 0 };

	make(p->path, 2000);
	has_files(p, "db.sqlite");
	read_bytes(p->path, &first);
	assert_memory_equal(first.at, "SQLite format 3", 16);
	assert_int_equal(first.at[16] << 8 | first.at[17], 4096);
	assert_int_equal(first.at[18], 2);
	assert_int_equal(first.at[19], 2);
	unlink(p->path);
	make(p->path, 2000);
	read_bytes(p->path, &second);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.at, second.at, first.len);
}

static void test_create_refuses(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *db;

	make(p->path, 1);
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_CREATE, &f), FAULT_SYSTEM);
	assert_null(db);
	assert_non_null(strstr(f.text, "db.sqlite: the database cannot be made: File exists"));
}

static int64_t count_rows(struct dbfile *db)
{
	struct fault f = { 0 };
	struct dbquery *q;
	bool row;
	int64_t count;

	assert_int_equal(dbquery_make(&q, db, "select count(*) from T", &f), 0);
	assert_int_equal(dbquery_step(q, &row, &f), 0);
	assert_true(row);
	count = dbquery_column_int(q, 0);
	dbquery_drop(q);
	return count;
}

static void test_read_leaves_no_files(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *db;

	make(p->path, 10);
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_READ, &f), 0);
	assert_int_equal(count_rows(db), 10);
	has_files(p, "db.sqlite");
	assert_int_equal(dbfile_run(db, "delete from T", &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "readonly database"));
	fault_clear(&f);
	assert_int_equal(dbfile_finish(db, &f), 0);
	has_files(p, "db.sqlite");
}

/* Another process holds rows in the -wal that the file itself has not got yet. */
static void test_read_sees_the_wal(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *writer, *reader;

	make(p->path, 10);
	assert_int_equal(dbfile_open(&writer, p->path, p->path, DBFILE_WRITE, &f), 0);
	assert_int_equal(dbfile_run(writer, "insert into T (name) values ('new')", &f), 0);
	has_files(p, "db.sqlite db.sqlite-shm db.sqlite-wal");
	assert_int_equal(dbfile_open(&reader, p->path, p->path, DBFILE_READ, &f), 0);
	assert_int_equal(count_rows(reader), 11);
	assert_int_equal(dbfile_finish(reader, &f), 0);
	assert_int_equal(dbfile_finish(writer, &f), 0);
	has_files(p, "db.sqlite");
}

static void test_write(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *db;
	struct dbquery *q;
	bool row;

	make(p->path, 10);
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_WRITE, &f), 0);
	assert_int_equal(dbquery_make(&q, db, "pragma foreign_keys", &f), 0);
	assert_int_equal(dbquery_step(q, &row, &f), 0);
	assert_int_equal(dbquery_column_int(q, 0), 1);
	dbquery_drop(q);
	assert_int_equal(dbquery_make(&q, db, "pragma synchronous", &f), 0);
	assert_int_equal(dbquery_step(q, &row, &f), 0);
	assert_int_equal(dbquery_column_int(q, 0), 1);
	dbquery_drop(q);
	assert_int_equal(dbfile_run(db, "insert into T (name) values ('name-0')", &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "db.sqlite: UNIQUE constraint failed: T.name (insert"));
	fault_clear(&f);
	assert_int_equal(dbfile_run(db, "begin immediate; delete from T", &f), 0);
	dbfile_close(db); /* rolls back */
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_READ, &f), 0);
	assert_int_equal(count_rows(db), 10);
	dbfile_close(db);
}

static void test_finish_within_a_transaction(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *db;

	make(p->path, 10);
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_WRITE, &f), 0);
	assert_int_equal(dbfile_run(db, "begin; delete from T", &f), 0);
	assert_int_equal(dbfile_finish(db, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "closed within a transaction"));
	fault_clear(&f);
	assert_int_equal(dbfile_finish(NULL, &f), 0);
	dbfile_close(NULL);
}

/* Only opened databases wait: a second writer comes in when the first has committed. */
static void test_writers_wait(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *db;
	int status = -1, ends[2];
	char go;
	pid_t child;

	make(p->path, 10);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		bool well = dbfile_open(&db, p->path, p->path, DBFILE_WRITE, &f) == 0 &&
			    dbfile_run(db, "begin immediate; insert into T (name) values ('child')", &f) == 0 &&
			    write(ends[1], "x", 1) == 1 && usleep(200000) == 0 && dbfile_run(db, "commit", &f) == 0 &&
			    dbfile_finish(db, &f) == 0;
		_exit(well ? 0 : 1);
	}
	assert_int_equal(read(ends[0], &go, 1), 1);
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_WRITE, &f), 0);
	assert_int_equal(dbfile_run(db, "begin immediate; insert into T (name) values ('us'); commit", &f), 0);
	assert_int_equal(count_rows(db), 12);
	assert_int_equal(dbfile_finish(db, &f), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ends[0]);
	close(ends[1]);
}

static void test_open_refuses(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *db;
	FD_AUTO fd = -1;

	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_WRITE, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "db.sqlite: unable to open database file"));
	fault_clear(&f);
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_READ, &f), FAULT_SYSTEM);
	assert_null(db);
	fault_clear(&f);
	fd = open(p->path, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "this is no database, however long one reads in it", 49), 49);
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_READ, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "file is not a database"));
}

static void test_query(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *db;
	struct dbquery *q;
	bool row;

	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_CREATE, &f), 0);
	assert_int_equal(dbfile_run(db, "create table T (n integer, t text)", &f), 0);
	assert_int_equal(dbquery_make(&q, db, "insert into T values (?1, ?2)", &f), 0);
	for (int i = 1; i <= 2; i++) {
		dbquery_int(q, 1, i * 4000000000LL);
		dbquery_text(q, 2, i == 1 ? TEXT("a\0b") : (struct text){ 0 });
		assert_int_equal(dbquery_step(q, &row, &f), 0);
		assert_false(row);
	}
	dbquery_drop(q);
	assert_int_equal(dbquery_make(&q, db, "select n, t from T where n >= ? order by n", &f), 0);
	for (int again = 0; again < 2; again++) { /* the second time from the midst of the first */
		dbquery_int(q, 1, 1);
		assert_int_equal(dbquery_step(q, &row, &f), 0);
		assert_true(row);
		assert_true(dbquery_column_int(q, 0) == 4000000000LL);
		assert_true(text_equal(dbquery_column_text(q, 1), TEXT("a\0b")));
	}
	assert_int_equal(dbquery_step(q, &row, &f), 0);
	assert_true(row);
	assert_null(dbquery_column_text(q, 1).at);
	assert_int_equal(dbquery_column_int(q, 1), 0);
	assert_int_equal(dbquery_step(q, &row, &f), 0);
	assert_false(row);
	dbquery_int(q, 9, 1);
	assert_int_equal(dbquery_step(q, &row, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "column index out of range (select n"));
	fault_clear(&f);
	dbquery_drop(q);
	dbquery_drop(NULL);
	assert_int_equal(dbquery_make(&q, db, "select nonsense", &f), FAULT_SYSTEM);
	assert_null(q);
	assert_non_null(strstr(f.text, "no such column: nonsense"));
	fault_clear(&f);
	assert_int_equal(dbfile_finish(db, &f), 0);
}

static void test_unfinished_query_is_told(void **state)
{
	struct place *p = *state;
	struct fault f = { 0 };
	struct dbfile *db;
	struct dbquery *q;

	make(p->path, 1);
	assert_int_equal(dbfile_open(&db, p->path, p->path, DBFILE_WRITE, &f), 0);
	assert_int_equal(dbquery_make(&q, db, "select 1", &f), 0);
	assert_int_equal(dbfile_finish(db, &f), FAULT_SYSTEM);
	assert_non_null(strstr(f.text, "the database cannot be closed"));
	dbquery_drop(q); /* takes the connection with it */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_made_file), TEST(test_create_refuses), TEST(test_read_leaves_no_files),
		TEST(test_read_sees_the_wal), TEST(test_write), TEST(test_finish_within_a_transaction),
		TEST(test_writers_wait), TEST(test_open_refuses), TEST(test_query), TEST(test_unfinished_query_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
