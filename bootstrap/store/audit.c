#include "store/audit.h"

#include <errno.h>
#include <fcntl.h>

#include "format/storepath.h"
#include "store/dump.h"
#include "store/layout.h"
#include "store/profile.h"
#include "store/registry.h"
#include "store/wire.h"
#include "sys/fs.h"
#include "sys/pool.h"

static const char *const KIND_NAMES[AUDIT_KINDS] = { "object", "row", "profile", "wire" };

/* The audit under way. */
struct auditing {
	const struct audit_want *want;
	struct arena *arena;
	struct audit *out;
	struct registry registry; /* what the database says */
	struct receipt receipt;   /* what the last apply says */
	bool has_receipt;         /* is there one? */
};

const char *audit_kind_name(enum audit_kind kind)
{
	return KIND_NAMES[kind];
}

static void report(struct auditing *g, enum audit_kind kind, struct text subject, struct text reason)
{
	struct audit_finding finding = { kind, subject, reason };
	LIST_PUSH(&g->out->findings, g->arena, finding);
}

static struct text full(struct auditing *g, struct text base)
{
	return arena_printf(g->arena, STORE_PREFIX TEXT_F, TEXT_A(base));
}

/* ---- objects ---- */

/* A store object being read by a worker. */
struct reading {
	const struct lock_path *path;
	int code;           /* 0: it is right */
	struct fault wrong; /* else why not */
};

/* What is wrong is the answer here, not a failure of the job. */
static int read_object(void *context, void *job, struct fault *f)
{
	struct reading *r = job;
	(void)f;
	r->code = dump_check(*(int *)context, r->path, &r->wrong);
	return 0;
}

static int read_objects(struct auditing *g, struct reading *all, size_t count, struct fault *f)
{
	struct pool *pool;
	FD_AUTO dir = fs_open(g->want->root->fd, STORE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (dir < 0)
		return fault_set(f, FAULT_VERIFY, STORE_DIR " is missing; run `nixgraft apply` first");
	struct pool_plan plan = { g->want->jobs, count ? count : 1, read_object, &dir };
	int code = pool_open(&pool, &plan, f);
	if (code < 0)
		return code;
	for (size_t i = 0; i < count; i++)
		pool_push(pool, &all[i]);
	return pool_close(pool, true, f);
}

/* ---- rows ---- */

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

static const char *row_wrong(const struct registry_row *row, const struct lock_path *p)
{
	char hash[DIGEST_HEX_SIZE];
	if (!row)
		return "is not registered in " NIX_DB;
	if (!text_equal(row->hash, text_of(digest_hex(&p->nar_digest, hash))))
		return "is registered with another hash";
	if (row->nar_size != p->nar_size)
		return "is registered with another size";
	if (!texts_equal(row->references, p->references))
		return "is registered with other references";
	if (!has_signatures(row, p))
		return "is registered without the signatures of the lock";
	if (!text_equal(row->ca, p->ca))
		return "is registered with another content address";
	return NULL;
}

static int audit_paths(struct auditing *g, struct fault *f)
{
	const struct lock_system *s = g->want->system;
	struct reading *all = arena_alloc(g->arena, s->path_count, sizeof *all);
	for (size_t i = 0; i < s->path_count; i++)
		all[i].path = &s->paths[i];
	int code = read_objects(g, all, s->path_count, f);
	for (size_t i = 0; code == 0 && i < s->path_count; i++) {
		const struct lock_path *p = all[i].path;
		const char *wrong = row_wrong(registry_find(&g->registry, p->path), p);
		if (all[i].code)
			report(g, AUDIT_OBJECT, full(g, p->path), arena_copy(g->arena, text_of(all[i].wrong.text)));
		if (wrong)
			report(g, AUDIT_ROW, full(g, p->path), text_of(wrong));
		if (all[i].code || wrong)
			LIST_PUSH(&g->out->broken, g->arena, i);
		g->out->bytes += p->nar_size;
	}
	g->out->objects += s->path_count;
	return code;
}

/* ---- generation ---- */

static void audit_environment(struct auditing *g, struct text base)
{
	const struct registry_row *row = registry_find(&g->registry, base);
	struct lock_path made = { .path = base };
	struct fault wrong = { 0 };
	FD_AUTO dir = fs_open(g->want->root->fd, STORE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (!row || !digest_parse(row->hash, &made.nar_digest)) {
		report(g, AUDIT_ROW, full(g, base), TEXT("is not registered in " NIX_DB));
		return;
	}
	if (!storepath_ca_holds(base, row->ca, &made.nar_digest, row->references))
		report(g, AUDIT_ROW, full(g, base), TEXT("does not follow from its own content address"));
	made.nar_size = row->nar_size;
	if (dump_check(dir, &made, &wrong) < 0)
		report(g, AUDIT_OBJECT, full(g, base), arena_copy(g->arena, text_of(wrong.text)));
	g->out->objects++;
	g->out->bytes += row->nar_size;
}

static int audit_profile(struct auditing *g, struct fault *f)
{
	struct profile profile;
	int code = profile_read(g->want->root->fd, g->arena, &profile, f);
	if (code < 0)
		return code;
	if (!g->has_receipt) {
		report(g, AUDIT_PROFILE, TEXT(GRAFT_RECEIPT), TEXT("is missing: no apply has been completed here"));
		return 0;
	}
	if (!profile.current)
		report(g, AUDIT_PROFILE, TEXT(GRAFT_PROFILE), TEXT("does not lead to a generation"));
	else if (!text_equal(profile.path, g->receipt.environment))
		report(g, AUDIT_PROFILE, TEXT(GRAFT_PROFILE), TEXT("leads to another environment than the receipt tells"));
	if (storepath_valid(g->receipt.environment))
		audit_environment(g, g->receipt.environment);
	return 0;
}

/* ---- wires ---- */

static void audit_wires(struct auditing *g)
{
	struct receipt one = g->receipt;
	for (size_t i = 0; i < g->receipt.wire_count; i++) {
		one.wires = &g->receipt.wires[i];
		one.wire_count = 1;
		if (wire_broken(g->want->root->fd, &one))
			report(g, AUDIT_WIRE, one.wires->path,
			       one.wires->target.at ? TEXT("is missing or leads elsewhere") : TEXT("is missing or was changed"));
	}
	g->out->wires = g->receipt.wire_count;
}

int audit_run(const struct audit_want *want, struct arena *a, struct audit *out, struct fault *f)
{
	struct auditing g = { .want = want, .arena = a, .out = out };
	*out = (struct audit){ 0 };
	int code = registry_read(want->root, true, a, &g.registry, f);
	if (code == 0)
		code = receipt_read(want->root->fd, a, &g.receipt, &g.has_receipt, f);
	if (code == 0)
		code = audit_paths(&g, f);
	if (code == 0)
		code = audit_profile(&g, f);
	if (code == 0)
		audit_wires(&g);
	return code;
}
