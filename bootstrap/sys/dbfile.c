#include "sys/dbfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buffer.h"

#define BUSY_WAIT_MS (60 * 60 * 1000) /* as Nix: libstore/sqlite.cc */
#define FORMAT_OFFSET 18              /* of the two version bytes; SQLite "Database File Format" 1.3.3 */

/* A connection. */
struct dbfile {
	sqlite3 *handle;       /* SQLite's */
	enum dbfile_mode mode; /* as opened */
	char *path;            /* of the file, ours */
	char *shown;           /* what messages call it, ours */
	sqlite3_vfs files;     /* SQLite's own file system, but for what keep_path says */
	char files_name[32];   /* by which SQLite knows it */
};

/* A prepared statement. */
struct dbquery {
	sqlite3_stmt *statement; /* SQLite's */
	struct dbfile *db;       /* the maker's */
	int bound;               /* the first SQLITE_* that binding met */
};

/* What a mode sets up once the file is open. Creating: in memory what a crash may lose, for nobody sees the file yet. */
static const char *const mode_setup[] = {
	[DBFILE_READ] = "pragma query_only = 1",
	[DBFILE_WRITE] = "pragma synchronous = normal; pragma foreign_keys = 1",
	[DBFILE_CREATE] = "pragma page_size = 4096; pragma locking_mode = exclusive; pragma journal_mode = memory;"
			  "pragma synchronous = off; pragma foreign_keys = 1",
};

static int refuse(struct dbfile *db, const char *what, struct fault *f)
{
	const char *words = db->handle ? sqlite3_errmsg(db->handle) : "out of memory";

	return fault_set(f, FAULT_SYSTEM, "%s: %s (%s)", db->shown, words, what);
}

static bool has_bytes(const char *path, const char *suffix)
{
	BUFFER_AUTO name = { 0 };
	struct stat st;

	buffer_printf(&name, "%s%s", path, suffix);
	return stat(name.at, &st) == 0 && st.st_size > 0;
}

/* As an SQLite URI: https://www.sqlite.org/uri.html. */
static void spell_uri(struct buffer *uri, const char *path, const char *query)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	buffer_text(uri, text_of(path[0] == '/' ? "file://" : "file:"));
	for (; *path; path++) {
		if (strchr(plain, *path))
			buffer_add(uri, path, 1);
		else
			buffer_printf(uri, "%%%02X", (unsigned char)*path);
	}
	buffer_text(uri, text_of(query));
}

/* Without a journal nobody is writing: the file as it is, and no -shm or -wal comes into being beside it. */
static bool is_still(const char *path)
{
	return !has_bytes(path, "-wal") && !has_bytes(path, "-journal");
}

static int make_empty(const char *path, const char *shown, struct fault *f)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return fault_errno(f, "%s: the database cannot be made", shown);
	close(fd);
	return 0;
}

/* SQLite opens lazily: the schema's version is asked for so that a file that is no database is refused here. */
static int set_up(struct dbfile *db, struct fault *f)
{
	int code;

	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, BUSY_WAIT_MS);
	code = dbfile_run(db, mode_setup[db->mode], f);
	return code < 0 ? code : dbfile_run(db, "pragma schema_version", f);
}

/* SQLite would resolve links first, and "/proc/self/fd/N" is one. */
static int keep_path(sqlite3_vfs *vfs, const char *path, int room, char *out)
{
	(void)vfs;
	return snprintf(out, (size_t)room, "%s", path) < room ? SQLITE_OK : SQLITE_CANTOPEN;
}

static void make_files(struct dbfile *db)
{
	db->files = *sqlite3_vfs_find(NULL);
	snprintf(db->files_name, sizeof db->files_name, "plain-%p", (void *)db);
	db->files.zName = db->files_name;
	db->files.xFullPathname = keep_path;
	sqlite3_vfs_register(&db->files, 0);
}

int dbfile_open(struct dbfile **out, const char *path, const char *shown, enum dbfile_mode mode, struct fault *f)
{
	int flags = mode == DBFILE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	struct dbfile *db;
	BUFFER_AUTO uri = { 0 };
	int code = mode == DBFILE_CREATE ? make_empty(path, shown, f) : 0;

	*out = NULL;
	if (code < 0)
		return code;
	db = calloc(1, sizeof *db);
	if (sqlite3_initialize() != SQLITE_OK || !db || !(db->path = strdup(path)) || !(db->shown = strdup(shown)))
		fault_no_memory();
	db->mode = mode;
	make_files(db);
	spell_uri(&uri, path, mode == DBFILE_READ && is_still(path) ? "?immutable=1" : "");
	if (sqlite3_open_v2(uri.at, &db->handle, flags | SQLITE_OPEN_URI, db->files_name) != SQLITE_OK)
		code = refuse(db, "the database cannot be opened", f);
	else
		code = set_up(db, f);
	if (code < 0)
		dbfile_close(db);
	else
		*out = db;
	return code;
}

/* Whole on disk, in WAL mode and alone? */
static int seal(const struct dbfile *db, struct fault *f)
{
	unsigned char version[2] = { 0 };
	int fd = open(db->path, O_RDONLY | O_CLOEXEC);
	int code = 0;

	if (fd < 0 || fsync(fd) < 0 || pread(fd, version, sizeof version, FORMAT_OFFSET) < 0)
		code = fault_errno(f, "%s: the new database cannot be flushed to disk", db->shown);
	else if (version[0] != 2 || version[1] != 2 || has_bytes(db->path, "-wal"))
		code = fault_set(f, FAULT_SYSTEM, "%s: the new database did not go into WAL mode", db->shown);
	if (fd >= 0)
		close(fd);
	return code;
}

int dbfile_finish(struct dbfile *db, struct fault *f)
{
	int code = 0;

	if (!db)
		return 0;
	if (!sqlite3_get_autocommit(db->handle))
		code = fault_set(f, FAULT_SYSTEM, "%s: closed within a transaction; it is rolled back", db->shown);
	if (code == 0 && db->mode == DBFILE_CREATE)
		code = dbfile_run(db, "pragma journal_mode = wal", f);
	if (code == 0) {
		if (sqlite3_close(db->handle) == SQLITE_OK)
			db->handle = NULL;
		else
			code = refuse(db, "the database cannot be closed", f);
	}
	if (code == 0 && db->mode == DBFILE_CREATE)
		code = seal(db, f);
	dbfile_close(db);
	return code;
}

void dbfile_close(struct dbfile *db)
{
	if (!db)
		return;
	sqlite3_close_v2(db->handle);
	sqlite3_vfs_unregister(&db->files);
	free(db->shown);
	free(db->path);
	free(db);
}

int dbfile_run(struct dbfile *db, const char *sql, struct fault *f)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return refuse(db, sql, f);
	return 0;
}

int dbquery_make(struct dbquery **out, struct dbfile *db, const char *sql, struct fault *f)
{
	struct dbquery *q = calloc(1, sizeof *q);

	*out = NULL;
	if (!q)
		return fault_set(f, FAULT_SYSTEM, "%s: out of memory", db->shown);
	q->db = db;
	if (sqlite3_prepare_v2(db->handle, sql, -1, &q->statement, NULL) != SQLITE_OK) {
		free(q);
		return refuse(db, sql, f);
	}
	*out = q;
	return 0;
}

void dbquery_drop(struct dbquery *q)
{
	if (!q)
		return;
	sqlite3_finalize(q->statement);
	free(q);
}

/* A query left before its last row begins again when it is bound anew. */
static void note_bound(struct dbquery *q, int result)
{
	if (q->bound == SQLITE_OK)
		q->bound = result;
}

static void begin_again(struct dbquery *q)
{
	if (sqlite3_stmt_busy(q->statement))
		sqlite3_reset(q->statement);
}

void dbquery_text(struct dbquery *q, int index, struct text value)
{
	begin_again(q);
	if (!value.at)
		note_bound(q, sqlite3_bind_null(q->statement, index));
	else
		note_bound(q, sqlite3_bind_text64(q->statement, index, value.at, value.len, SQLITE_TRANSIENT,
						  SQLITE_UTF8));
}

void dbquery_int(struct dbquery *q, int index, int64_t value)
{
	begin_again(q);
	note_bound(q, sqlite3_bind_int64(q->statement, index, value));
}

int dbquery_step(struct dbquery *q, bool *row, struct fault *f)
{
	int result = q->bound;

	*row = false;
	q->bound = SQLITE_OK;
	if (result != SQLITE_OK)
		return fault_set(f, FAULT_SYSTEM, "%s: %s (%s)", q->db->shown, sqlite3_errstr(result),
				 sqlite3_sql(q->statement));
	result = sqlite3_step(q->statement);
	if (result == SQLITE_ROW) {
		*row = true;
		return 0;
	}
	if (result != SQLITE_DONE)
		refuse(q->db, sqlite3_sql(q->statement), f);
	sqlite3_reset(q->statement);
	return result == SQLITE_DONE ? 0 : FAULT_SYSTEM;
}

struct text dbquery_column_text(struct dbquery *q, int index)
{
	const char *at = (const char *)sqlite3_column_text(q->statement, index);

	return (struct text){ at, at ? (size_t)sqlite3_column_bytes(q->statement, index) : 0 };
}

int64_t dbquery_column_int(struct dbquery *q, int index)
{
	return sqlite3_column_int64(q->statement, index);
}
