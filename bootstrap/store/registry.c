#include "store/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "format/storepath.h"
#include "store/layout.h"
#include "store/nixdb.h"
#include "sys/fs.h"

#define SCHEMA_VERSION "10"
#define DB "db.sqlite"
#define NEW_DB DB ".nixgraft" /* in the same folder */

/* To the letter what Nix makes, comments and blanks included, so that `.schema` says the same. */
static const char SCHEMA[] =
	"create table if not exists ValidPaths (\n"
	"    id               integer primary key autoincrement not null,\n"
	"    path             text unique not null,\n"
	"    hash             text not null, -- base16 representation\n"
	"    registrationTime integer not null,\n"
	"    deriver          text,\n"
	"    narSize          integer,\n"
	"    ultimate         integer, -- null implies \"false\"\n"
	"    sigs             text, -- space-separated\n"
	"    ca               text -- if not null, an assertion that the path is content-addressed; see ValidPathInfo\n"
	");\n"
	"create table if not exists Refs (\n"
	"    referrer  integer not null,\n"
	"    reference integer not null,\n"
	"    primary key (referrer, reference),\n"
	"    foreign key (referrer) references ValidPaths(id) on delete cascade,\n"
	"    foreign key (reference) references ValidPaths(id) on delete restrict\n"
	");\n"
	"create index if not exists IndexReferrer on Refs(referrer);\n"
	"create index if not exists IndexReference on Refs(reference);\n"
	"create trigger if not exists DeleteSelfRefs before delete on ValidPaths\n"
	"  begin\n"
	"    delete from Refs where referrer = old.id and reference = old.id;\n"
	"  end;\n"
	"create table if not exists DerivationOutputs (\n"
	"    drv  integer not null,\n"
	"    id   text not null, -- symbolic output id, usually \"out\"\n"
	"    path text not null,\n"
	"    primary key (drv, id),\n"
	"    foreign key (drv) references ValidPaths(id) on delete cascade\n"
	");\n"
	"create index if not exists IndexDerivationOutputs on DerivationOutputs(path);\n";

static int check_schema(int root, bool *exists, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct stat st;
	int code = layout_check(root, f);
	*exists = code == 0 && fs_stat(root, NIX_DB, &st) == 0;
	if (code == 0 && !*exists && errno != ENOENT && errno != ENOTDIR)
		return fault_errno(f, NIX_DB);
	if (!*exists)
		return code;
	if (!S_ISREG(st.st_mode)) /* SQLite opens it by its name on the host: a link could lead out of the root */
		return fault_set(f, FAULT_SYSTEM, NIX_DB " is not a regular file; put the database itself there");
	code = fs_read(root, NIX_SCHEMA, 64, &bytes, f);
	if (code) /* without the file Nix takes the database as it is, and so do we */
		return code == FS_ABSENT ? 0 : code;
	struct text version = buffer_view(&bytes);
	if (text_ends(version, TEXT("\n")))
		version.len--;
	if (!text_equal(version, TEXT(SCHEMA_VERSION)))
		return fault_set(f, FAULT_SYSTEM,
				 NIX_SCHEMA " says '" TEXT_F "', and only schema " SCHEMA_VERSION " (Nix 2.3 to 2.36) is "
				 "known; let that Nix upgrade its own database, or start from an empty /nix",
				 TEXT_A(version));
	return 0;
}

static struct text copy_base(struct arena *a, struct text full)
{
	struct text base = storepath_base(full);
	return base.len ? arena_copy(a, base) : (struct text){ 0 };
}

static struct text copy(struct arena *a, struct text t)
{
	return t.at ? arena_copy(a, t) : t;
}

static int row_compare(const void *a, const void *b)
{
	return text_compare(((const struct registry_row *)a)->path, ((const struct registry_row *)b)->path);
}

static int read_rows(struct dbfile *db, struct arena *a, struct registry *out, struct fault *f)
{
	LIST(struct registry_row) rows = { 0 };
	struct dbquery *q = NULL;
	bool more = false;
	int code = dbquery_make(&q, db, "select path, hash, narSize, sigs, ca from ValidPaths", f);
	while (code == 0 && (code = dbquery_step(q, &more, f)) == 0 && more) {
		struct registry_row row = {
			.path = copy_base(a, dbquery_column_text(q, 0)),
			.hash = copy(a, dbquery_column_text(q, 1)),
			.nar_size = (uint64_t)dbquery_column_int(q, 2),
			.signatures = copy(a, dbquery_column_text(q, 3)),
			.ca = copy(a, dbquery_column_text(q, 4)),
		};
		if (row.path.len)
			LIST_PUSH(&rows, a, row);
	}
	dbquery_drop(q);
	out->rows = rows.at;
	out->count = rows.count;
	if (rows.count)
		qsort(rows.at, rows.count, sizeof *rows.at, row_compare);
	return code;
}

/* The rows come in order of referrer and reference, so each referrer's references stand together and sorted. */
static int read_references(struct dbfile *db, struct arena *a, struct registry *out, struct fault *f)
{
	LIST(struct text) all = { 0 };
	struct dbquery *q = NULL;
	struct registry_row *row = NULL;
	bool more = false;
	int code = dbquery_make(&q, db,
				"select p.path, r.path from Refs join ValidPaths p on p.id = referrer "
				"join ValidPaths r on r.id = reference order by p.path, r.path",
				f);
	while (code == 0 && (code = dbquery_step(q, &more, f)) == 0 && more) {
		struct text referrer = storepath_base(dbquery_column_text(q, 0));
		if (!row || !text_equal(row->path, referrer)) {
			row = (struct registry_row *)registry_find(out, referrer);
			if (!row)
				continue;
			all.at = NULL;
			all.count = all.room = 0;
		}
		LIST_PUSH(&all, a, copy_base(a, dbquery_column_text(q, 1)));
		row->references = LIST_TEXTS(all);
	}
	dbquery_drop(q);
	return code;
}

int registry_read(const struct root *root, bool references, struct arena *a, struct registry *out, struct fault *f)
{
	*out = (struct registry){ .has_references = references };
	int code = check_schema(root->fd, &out->exists, f);
	if (code < 0 || !out->exists)
		return code;
	struct nixdb file;
	code = nixdb_open(&file, root, DB, DBFILE_READ, f);
	if (code < 0)
		return code;
	code = read_rows(file.db, a, out, f);
	if (code == 0 && references)
		code = read_references(file.db, a, out, f);
	nixdb_close(&file);
	return code;
}

const struct registry_row *registry_find(const struct registry *r, struct text path)
{
	struct registry_row key = { .path = path };
	return r->count ? bsearch(&key, r->rows, r->count, sizeof key, row_compare) : NULL;
}

static bool has_signatures(const struct registry_row *row, const struct lock_path *p)
{
	for (size_t i = 0; i < p->signatures.count; i++) {
		struct text rest = row->signatures, one;
		bool found = false;
		while (!found && text_cut(&rest, ' ', &one))
			found = text_equal(one, p->signatures.at[i]);
		if (!found)
			return false;
	}
	return true;
}

const char *registry_wrong(const struct registry *r, const struct lock_path *p)
{
	const struct registry_row *row = registry_find(r, p->path);
	char hash[DIGEST_HEX_SIZE];
	if (!row)
		return "is not registered in " NIX_DB;
	if (!text_equal(row->hash, text_of(digest_hex(&p->nar_digest, hash))))
		return "is registered with another hash";
	if (row->nar_size != p->nar_size)
		return "is registered with another size";
	if (r->has_references && !texts_equal(row->references, p->references))
		return "is registered with other references";
	if (!has_signatures(row, p))
		return "is registered without the signatures of the lock";
	if (!text_equal(row->ca, p->ca))
		return "is registered with another content address";
	return NULL;
}

/* ---- writing ---- */

/* The statements of one transaction. */
struct writing {
	struct dbquery *path;      /* a row of ValidPaths */
	struct dbquery *forget;    /* drops a path's rows of Refs */
	struct dbquery *reference; /* a row of Refs */
	int64_t time;              /* registrationTime of new rows */
};

static struct text full(struct arena *a, struct text base)
{
	return base.len ? arena_printf(a, STORE_PREFIX TEXT_F, TEXT_A(base)) : (struct text){ 0 };
}

static int write_path(struct writing *w, const struct lock_path *p, struct fault *f)
{
	struct arena scratch = { 0 };
	BUFFER_AUTO signatures = { 0 };
	char hash[DIGEST_HEX_SIZE];
	bool row;
	for (size_t i = 0; i < p->signatures.count; i++)
		buffer_printf(&signatures, "%s" TEXT_F, i ? " " : "", TEXT_A(p->signatures.at[i]));
	dbquery_text(w->path, 1, full(&scratch, p->path));
	dbquery_text(w->path, 2, text_of(digest_hex(&p->nar_digest, hash)));
	dbquery_int(w->path, 3, w->time);
	dbquery_text(w->path, 4, full(&scratch, p->deriver));
	dbquery_int(w->path, 5, (int64_t)p->nar_size);
	dbquery_text(w->path, 6, p->signatures.count ? buffer_view(&signatures) : (struct text){ 0 });
	dbquery_text(w->path, 7, p->ca.len ? p->ca : (struct text){ 0 });
	int code = dbquery_step(w->path, &row, f);
	arena_drop(&scratch);
	return code;
}

static int write_references(struct writing *w, const struct lock_path *p, struct fault *f)
{
	struct arena scratch = { 0 };
	struct text referrer = full(&scratch, p->path);
	bool row;
	dbquery_text(w->forget, 1, referrer);
	int code = dbquery_step(w->forget, &row, f);
	for (size_t i = 0; code == 0 && i < p->references.count; i++) {
		dbquery_text(w->reference, 1, referrer);
		dbquery_text(w->reference, 2, full(&scratch, p->references.at[i]));
		code = dbquery_step(w->reference, &row, f);
	}
	arena_drop(&scratch);
	return code;
}

static int write_all(struct dbfile *db, const struct registry_news *news, struct fault *f)
{
	struct writing w = { .time = news->time };
	int code = dbquery_make(&w.path, db,
				"insert into ValidPaths (path, hash, registrationTime, deriver, narSize, sigs, ca) "
				"values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (path) do update set hash = ?2, "
				"narSize = ?5, sigs = ?6, ca = ?7",
				f);
	if (code == 0)
		code = dbquery_make(&w.forget, db,
				    "delete from Refs where referrer = (select id from ValidPaths where path = ?1)", f);
	if (code == 0)
		code = dbquery_make(&w.reference, db,
				    "insert into Refs (referrer, reference) values "
				    "((select id from ValidPaths where path = ?1), (select id from ValidPaths where path = ?2))",
				    f);
	for (size_t i = 0; code == 0 && i < news->count; i++)
		code = write_path(&w, news->paths[i], f);
	for (size_t i = 0; code == 0 && i < news->count; i++)
		code = write_references(&w, news->paths[i], f);
	dbquery_drop(w.path);
	dbquery_drop(w.forget);
	dbquery_drop(w.reference);
	return code;
}

static int fill(struct dbfile *db, const char *schema, const struct registry_news *news, struct fault *f)
{
	int code = dbfile_run(db, "begin immediate", f);
	if (code == 0 && schema)
		code = dbfile_run(db, schema, f);
	if (code == 0)
		code = write_all(db, news, f);
	return code == 0 ? dbfile_run(db, "commit", f) : code;
}

static int publish(int root, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, NIX_DB, name);
	if (dir < 0 || renameat(dir, NEW_DB, dir, name) < 0 || fsync(dir) < 0)
		return fault_errno(f, "cannot put " NIX_DB " in place");
	return 0;
}

static int write_schema(int root, struct fault *f)
{
	struct stat st;
	return fs_stat(root, NIX_SCHEMA, &st) == 0 ? 0 : fs_write(root, NIX_SCHEMA, 0644, TEXT(SCHEMA_VERSION), f);
}

/* What a killed run left, and the journals of a database that is gone: SQLite would replay them into the new one. */
static int drop_leftovers(int root, struct fault *f)
{
	static const char *const names[] = { NEW_DB, DB "-wal", DB "-shm", DB "-journal" };
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, NIX_DB, name);
	int code = dir < 0 ? fault_errno(f, NIX_DB) : 0;
	for (size_t i = 0; code == 0 && i < sizeof names / sizeof *names; i++)
		code = fs_remove_tree(dir, names[i], f);
	return code;
}

int registry_write(const struct root *root, const struct registry_news *news, struct fault *f)
{
	bool exists;
	struct nixdb file;
	int code = check_schema(root->fd, &exists, f);
	if (code == 0 && exists && !news->count) /* a run that was killed may have left it out */
		return write_schema(root->fd, f);
	if (code == 0 && !exists)
		code = drop_leftovers(root->fd, f);
	if (code < 0)
		return code;
	code = nixdb_open(&file, root, exists ? DB : NEW_DB, exists ? DBFILE_WRITE : DBFILE_CREATE, f);
	if (code < 0)
		return fault_wrap(f, "registering in " NIX_DB);
	code = fill(file.db, exists ? NULL : SCHEMA, news, f);
	if (code < 0) {
		nixdb_close(&file);
		return fault_wrap(f, "registering in " NIX_DB);
	}
	code = nixdb_finish(&file, f);
	if (code == 0 && !exists)
		code = publish(root->fd, f);
	return code == 0 ? write_schema(root->fd, f) : code;
}
