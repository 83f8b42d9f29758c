#include "store/audit.h"

#include <errno.h>
#include <fcntl.h>

#include "format/storepath.h"
#include "store/dump.h"
#include "store/environment.h"
#include "store/layout.h"
#include "store/profile.h"
#include "store/registry.h"
#include "sys/fs.h"
#include "sys/pool.h"

static const char *const KIND_NAMES[AUDIT_KINDS] = { "object", "row", "profile", "file" };

/* The audit under way. */
struct auditing {
	const struct audit_want *want;
	struct arena *arena;
	struct audit *out;
	struct registry registry; /* what the database says */
	bool unregistered;        /* no rows are looked at: tools only, or it cannot be read, which one finding says */
	struct texts shared;      /* pages and completions that the environment has; none when it cannot be made */
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

static int audit_paths(struct auditing *g, struct fault *f)
{
	const struct lock_system *s = g->want->truth.system;
	struct reading *all = arena_alloc(g->arena, s->path_count, sizeof *all);
	for (size_t i = 0; i < s->path_count; i++)
		all[i].path = &s->paths[i];
	int code = read_objects(g, all, s->path_count, f);
	for (size_t i = 0; code == 0 && i < s->path_count; i++) {
		const struct lock_path *p = all[i].path;
		const char *wrong = g->unregistered ? NULL : registry_wrong(&g->registry, p);
		if (all[i].code)
			report(g, AUDIT_OBJECT, full(g, p->path), arena_printf(g->arena, "%s%s%s", all[i].wrong.text, wrong ? ", and " : "",
									       wrong ? wrong : ""));
		else if (wrong)
			report(g, AUDIT_ROW, full(g, p->path), text_of(wrong));
		if (all[i].code || wrong)
			LIST_PUSH(&g->out->broken, g->arena, i);
		if (all[i].code)
			LIST_PUSH(&g->out->damaged, g->arena, i);
		g->out->bytes += p->nar_size;
	}
	g->out->objects += s->path_count;
	return code;
}

/* ---- generation ---- */

static void audit_environment(struct auditing *g, const struct lock_path *made)
{
	const char *in_row = g->unregistered ? NULL : registry_wrong(&g->registry, made);
	struct fault wrong = { 0 };
	FD_AUTO dir = fs_open(g->want->root->fd, STORE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (in_row)
		report(g, AUDIT_ROW, full(g, made->path), text_of(in_row));
	if (dump_check(dir, made, &wrong) < 0)
		report(g, AUDIT_OBJECT, full(g, made->path), arena_copy(g->arena, text_of(wrong.text)));
	g->out->objects++;
	g->out->bytes += made->nar_size;
}

/* What the lock asks for, against what is in force. An environment that cannot be made lacks objects, which are told already. */
static int audit_profile(struct auditing *g, struct fault *f)
{
	struct profile profile;
	struct environment wanted;
	struct fault why = { 0 };
	int code = profile_read(g->want->root->fd, g->arena, &profile, f);
	if (code < 0)
		return code;
	bool made = environment_make(g->want->root->fd, g->want->truth.system, g->arena, &wanted, &why) == 0;
	buffer_drop(&wanted.nar);
	if (!g->want->truth.receipt)
		report(g, AUDIT_PROFILE, TEXT(GRAFT_RECEIPT), TEXT("is missing: no apply has been completed here"));
	if (!profile.current)
		report(g, AUDIT_PROFILE, TEXT(GRAFT_PROFILE), TEXT("does not lead to a generation"));
	else if (made && !text_equal(profile.path, wanted.path.path))
		report(g, AUDIT_PROFILE, TEXT(GRAFT_PROFILE), TEXT("leads to another environment than the lock's"));
	if (made && text_equal(profile.path, wanted.path.path))
		audit_environment(g, &wanted.path);
	g->shared = wanted.shared;
	return 0;
}

/* ---- wires ---- */

/* What is wrong with a wire, or NULL. An optional one need not be there, and somebody else's is kept, unless we made what stood there. */
static const char *wire_wrong(const struct auditing *g, const struct wire *w)
{
	static const char *const reasons[] = {
		[WIRE_ABSENT] = "is missing",
		[WIRE_RIGHT] = NULL,
		[WIRE_STALE] = "is not what the lock asks for",
		[WIRE_FOREIGN] = "is not what nixgraft made: it was changed, or is somebody else's",
		[WIRE_BARRED] = "is missing, or not what the lock asks for",
		[WIRE_UNSEEN] = NULL,
	};
	const struct receipt *receipt = g->want->truth.receipt;
	const struct receipt_wire *known = receipt ? receipt_find(receipt, w->path) : NULL;
	bool ours = !w->optional || known;
	return ours || w->state == WIRE_STALE ? reasons[w->state] : NULL;
}

/* A required one must be moved away before it can be made again; in the place of an optional one somebody else's stays. */
static void note_foreign(struct audit *out, const struct wire *w)
{
	if (w->optional || w->state != WIRE_FOREIGN)
		return;
	if (out->foreign++ == 0)
		out->in_the_way = w->path;
}

static int audit_wires(struct auditing *g, struct fault *f)
{
	struct wire_plan plan;
	struct wire_want truth = g->want->truth;
	truth.shared = &g->shared;
	int code = wire_plan_make(g->want->root->fd, &truth, g->arena, &plan, f);
	for (size_t i = 0; code == 0 && i < plan.wires.count; i++) {
		const char *wrong = wire_wrong(g, &plan.wires.at[i]);
		if (wrong)
			report(g, AUDIT_FILE, plan.wires.at[i].path, text_of(wrong));
		note_foreign(g->out, &plan.wires.at[i]);
	}
	for (size_t i = 0; code == 0 && i < plan.obsolete.count; i++)
		report(g, AUDIT_FILE, plan.obsolete.at[i], TEXT("is not asked for by the lock"));
	g->out->files = plan.wires.count;
	return code;
}

int audit_run(const struct audit_want *want, struct arena *a, struct audit *out, struct fault *f)
{
	struct auditing g = { .want = want, .arena = a, .out = out };
	*out = (struct audit){ 0 };
	struct fault unreadable = { 0 };
	int code = layout_check(want->root->fd, f);
	bool readable = code == 0 && registry_read(want->root, true, a, &g.registry, &unreadable) == 0;
	g.unregistered = !readable || (want->truth.choice.tools_only && !g.registry.exists);
	if (code == 0 && !readable)
		report(&g, AUDIT_ROW, TEXT(NIX_DB), arena_copy(a, text_of(unreadable.text)));
	if (code == 0)
		code = audit_paths(&g, f);
	if (code == 0)
		code = audit_profile(&g, f);
	return code == 0 ? audit_wires(&g, f) : code;
}
