/* dbfile: one SQLite database file: opened, prepared, stepped, closed. */
#ifndef SYS_DBFILE_H
#define SYS_DBFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/text.h"

struct dbfile;  /* a connection; one thread */
struct dbquery; /* a prepared statement of it */

/* How a database is opened. */
enum dbfile_mode {
	DBFILE_READ,   /* read only; makes no file beside it when no -wal is there (then nothing else is writing) */
	DBFILE_WRITE,  /* read and write; must exist; waits up to an hour for other writers, as Nix does */
	DBFILE_CREATE, /* a new file that nobody else sees yet: no journal, no syncs until dbfile_close */
};

/* Opens `path` of the host, to the letter: no link in it is resolved first. `shown` is what messages call it. FAULT_SYSTEM with SQLite's words. dbfile_close(NULL) is legal and closes a transaction
 * that was not committed by rolling it back. After DBFILE_CREATE the closed file is in WAL mode, whole and fsynced. */
MUST_CHECK int dbfile_open(struct dbfile **db, const char *path, const char *shown, enum dbfile_mode mode, struct fault *f);
MUST_CHECK int dbfile_finish(struct dbfile *db, struct fault *f); /* close and report what went wrong */
void dbfile_close(struct dbfile *db);                             /* close after a fault */

/* Runs SQL statements without results ("begin immediate", "commit", a schema). */
MUST_CHECK int dbfile_run(struct dbfile *db, const char *sql, struct fault *f);

/* Prepares one statement; dropped by dbquery_drop before its database is closed. */
MUST_CHECK int dbquery_make(struct dbquery **q, struct dbfile *db, const char *sql, struct fault *f);
void dbquery_drop(struct dbquery *q);

/* Binds parameter `index` (from 1); a text is copied; none ({NULL,0}) is NULL. */
void dbquery_text(struct dbquery *q, int index, struct text value);
void dbquery_int(struct dbquery *q, int index, int64_t value);

/* The next row: *row true; or the end: *row false, and the query is ready to be bound and run again. */
MUST_CHECK int dbquery_step(struct dbquery *q, bool *row, struct fault *f);

/* Column `index` (from 0) of the row; a text lives until the next step. NULL gives none and 0. */
struct text dbquery_column_text(struct dbquery *q, int index);
int64_t dbquery_column_int(struct dbquery *q, int index);

#endif
