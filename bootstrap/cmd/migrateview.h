/* migrateview: what `nixgraft migrate` tells about a file, for people and for machines. */
#ifndef CMD_MIGRATEVIEW_H
#define CMD_MIGRATEVIEW_H

#include "cmd/migration.h"
#include "format/json.h"

/* A copy in the arena that is safe to show on a terminal: control characters and bytes that are no UTF-8 are '?'; newlines and tabs stay where
 * `lines` is set. */
struct text migrateview_clean(struct text t, bool lines, struct arena *a);

/* The report on stdout: a table, grouped by what to do; what could not be looked into; the score; what to do next. */
void migrateview_print(const struct migration *m, const struct migration_file *file);

/* Members of an object that is open: `file`, `kind`, `software`, `doubts`, `score`. */
void migrateview_json(struct json_out *o, const struct migration_file *file, struct arena *a);

/* The member `score`. */
void migrateview_json_score(struct json_out *o, const struct migrate_score *score);

#endif
