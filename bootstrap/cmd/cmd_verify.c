#include <stdio.h>

#include "base/bounds.h"
#include "cmd/graft.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "format/json.h"
#include "store/audit.h"
#include "store/layout.h"

static const struct option_spec OPTIONS[] = {
	TARGET_OPTIONS,
	GRAFT_OPTIONS,
	{ "repair", 0, NULL, "fetch what is broken again, and put links and rows right" },
	{ "dry-run", 'n', NULL, "with --repair: tell what would be fetched; change nothing" },
	{ 0 },
};

static void report_json(const struct graft *g, const struct audit *audit, const char *result)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", text_of(result));
	json_pair(&o, "system", g->target.system);
	json_pair_u64(&o, "objects", audit->objects);
	json_pair_u64(&o, "bytes", audit->bytes);
	json_pair_u64(&o, "files", audit->files);
	json_key(&o, "findings");
	json_open(&o, '[', false);
	for (size_t i = 0; i < audit->findings.count; i++) {
		const struct audit_finding *finding = &audit->findings.at[i];
		json_open(&o, '{', true);
		json_pair(&o, "kind", text_of(audit_kind_name(finding->kind)));
		json_pair(&o, "path", finding->subject);
		json_pair(&o, "reason", finding->reason);
		json_close(&o, '}');
	}
	json_close(&o, ']');
	say_json_end(&o);
}

static void report_text(const struct audit *audit, const char *result)
{
	char size[SAY_SIZE];
	for (size_t i = 0; i < audit->findings.count; i++)
		printf("%s " TEXT_F ": " TEXT_F "\n", audit_kind_name(audit->findings.at[i].kind),
		       TEXT_A(audit->findings.at[i].subject), TEXT_A(audit->findings.at[i].reason));
	printf("%s: %zu store object%s (%s) and %zu file%s or link%s looked at, %zu finding%s\n", result, audit->objects,
	       text_plural(audit->objects), say_bytes(audit->bytes, size), audit->files, text_plural(audit->files),
	       text_plural(audit->files), audit->findings.count, text_plural(audit->findings.count));
}

static void report(const struct graft *g, const struct audit *audit, const char *result)
{
	g->call->answered = true;
	if (g->call->json)
		report_json(g, audit, result);
	else if (!g->call->quiet)
		report_text(audit, result);
}

static int look(struct graft *g, struct audit *audit, struct fault *f)
{
	struct audit_want want = { &g->target.root, graft_truth(g), (unsigned)g->jobs };
	return audit_run(&want, &g->call->arena, audit, f);
}

/* Puts right what was found, then looks again: a repair is believed only when a second look finds nothing. */
static int repair(struct graft *g, struct audit *audit, struct fault *f)
{
	size_t found = audit->findings.count;
	g->repair = true;
	g->broken = audit->broken.at;
	g->broken_count = audit->broken.count;
	g->damaged = audit->damaged.at;
	g->damaged_count = audit->damaged.count;
	int code = graft_plan(g, f);
	if (code == 0 && call_flag(g->call, "dry-run")) {
		char size[SAY_SIZE];
		say_note(g->call, "%zu path%s to be fetched, %s; nothing was changed", g->missing.fetch,
			 text_plural(g->missing.fetch), say_bytes(g->fetch_bytes, size));
		return 0;
	}
	if (code == 0)
		code = graft_carry_out(g, f);
	if (code == 0)
		code = receipt_read(g->target.root.fd, &g->call->arena, &g->receipt, &g->has_receipt, f);
	if (code == 0)
		code = look(g, audit, f);
	if (code == 0)
		say_note(g->call, "%zu finding%s before the repair, %zu after it", found, text_plural(found), audit->findings.count);
	return code;
}

/* ---- what to do, in the last line ---- */

/* The options that name root and lock again, for a command to be copied. */
static const char *again(const struct graft *g)
{
	const char *root = g->target.root.path;
	struct text lock = call_text(g->call, "lock", NULL);
	return arena_printf(&g->call->arena, "%s%s%s" TEXT_F, *root ? " --root " : "", root, lock.at ? " --lock " : "", TEXT_A(lock)).at;
}

static const char *root_name(const struct graft *g)
{
	return *g->target.root.path ? g->target.root.path : "/";
}

/* Does the root follow a lock that it keeps itself, and this is another? A cut short apply is to be completed, whatever it followed. */
static bool follows_another(const struct graft *g)
{
	return g->has_receipt && !g->receipt.unfinished && !g->target.kept && !digest_equal(&g->receipt.lock, &g->target.digest);
}

static int say_another_lock(const struct graft *g, const struct audit *audit, struct fault *f)
{
	const char *root = g->target.root.path;
	return fault_set(f, FAULT_VERIFY, "%s follows another lock than %s: %zu finding%s; `nixgraft apply%s` makes it follow this one; "
			 "`nixgraft verify%s%s --lock %s" GRAFT_LOCKS "/%llu.lock` looks whether it is what its own says", root_name(g),
			 g->target.lock_name.at, audit->findings.count, text_plural(audit->findings.count), again(g),
			 *root ? " --root " : "", root, root, (unsigned long long)g->receipt.generation);
}

static int say_findings(const struct graft *g, const struct audit *audit, struct fault *f)
{
	const char *way = "";
	if (audit->foreign && !g->force)
		way = arena_printf(&g->call->arena, " once " TEXT_F "%s moved away, which others made or changed, or with --force, which "
				   "moves %s aside", TEXT_A(audit->in_the_way), audit->foreign > 1 ? " and others are" : " is",
				   audit->foreign > 1 ? "them" : "it").at;
	return fault_set(f, FAULT_VERIFY, "%s is not what %s says: %zu finding%s; `nixgraft verify --repair%s` puts right what it can%s",
			 root_name(g), g->target.lock_name.at, audit->findings.count, text_plural(audit->findings.count), again(g), way);
}

static int run(struct graft *g, struct call *call, struct fault *f)
{
	struct audit audit;
	bool repaired = false;
	int code = graft_open_any(g, call, f);
	if (code == 0)
		code = graft_parse(g, f);
	if (code == 0)
		code = look(g, &audit, f);
	if (code == 0 && audit.findings.count && call_flag(call, "repair")) {
		code = repair(g, &audit, f);
		repaired = !audit.findings.count;
	} else if (code < 0) {
		return code;
	}
	report(g, &audit, audit.findings.count ? "broken" : repaired ? "repaired" : "right");
	if (code < 0 || !audit.findings.count)
		return code;
	return follows_another(g) ? say_another_lock(g, &audit, f) : say_findings(g, &audit, f);
}

static int verify_run(struct call *call, struct fault *f)
{
	return graft_run(call, run, f);
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "check that a root is what its closure.lock says",
	.text = "Reads every store object of the lock back through the same parser and checks that unpacked it: content, modes,\n"
		"times; then the database rows, references, signatures, the generation, links and files. Names everything that\n"
		"is wrong and exits with 4. Changes nothing without --repair.\n"
		"\n"
		"Without --lock it is the closure.lock in the working directory, and where there is none, the lock that the root itself\n"
		"follows. When the root follows another, as after a rollback, the last line says so.\n"
		"\n"
		"  nixgraft verify\n"
		"  nixgraft verify --root tree --json\n",
	.options = OPTIONS,
	.run = verify_run,
};
