#include <stdio.h>

#include "cmd/say.h"
#include "cmd/target.h"
#include "cmd/verbs.h"
#include "format/json.h"
#include "plan/closure.h"
#include "store/checkup.h"
#include "store/receipt.h"

static const struct option_spec OPTIONS[] = {
	{ "lock", 'l', "FILE", "the lock that the root should follow (default: its own, else closure.lock)" },
	{ "root", 'r', "DIR", "the Debian tree to look at (default: /)" },
	{ 0 },
};

static const char *const SEVERITIES[] = { [FINDING_PROBLEM] = "problem", [FINDING_NOTE] = "note" };

/* ---- what is said ---- */

static const char *result_of(const struct checkup *c)
{
	return c->problems ? "sick" : "healthy";
}

static void report_json(const struct checkup *c)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", text_of(result_of(c)));
	json_key(&o, "findings");
	json_open(&o, '[', false);
	for (size_t i = 0; i < c->findings.count; i++) {
		const struct finding *finding = &c->findings.at[i];
		json_open(&o, '{', false);
		json_pair(&o, "severity", text_of(SEVERITIES[finding->severity]));
		json_pair(&o, "check", text_of(finding->check));
		json_pair(&o, "subject", finding->subject);
		json_pair(&o, "reason", finding->reason);
		json_pair(&o, "remedy", finding->remedy);
		json_close(&o, '}');
	}
	json_close(&o, ']');
	say_json_end(&o);
}

static void list(const struct checkup *c, enum finding_severity severity)
{
	for (size_t i = 0; i < c->findings.count; i++) {
		const struct finding *finding = &c->findings.at[i];
		if (finding->severity == severity)
			printf("%s: " TEXT_F " " TEXT_F "\n  remedy: " TEXT_F "\n", SEVERITIES[severity],
			       TEXT_A(finding->subject), TEXT_A(finding->reason), TEXT_A(finding->remedy));
	}
}

/* Problems first; with --quiet nothing else. */
static void report(const struct call *call, const struct checkup *c)
{
	if (call->json) {
		report_json(c);
		return;
	}
	list(c, FINDING_PROBLEM);
	if (call->quiet)
		return;
	list(c, FINDING_NOTE);
	size_t notes = c->findings.count - c->problems;
	printf("%s: %zu problem%s, %zu note%s\n", result_of(c), c->problems, text_plural(c->problems), notes, text_plural(notes));
}

/* ---- what is looked at ---- */

/* Without a lock there is still much to be seen; but one that is named must be there. */
static int open_lock(struct target *t, struct call *call, struct checkup *c, struct fault *f)
{
	struct fault why = { 0 };
	int code = target_open_own(t, call, &why);
	bool there = t->bytes.len > 0;
	c->lock_name = call_text(call, "lock", NULL);
	if (code == 0)
		code = target_parse(t, call, &why);
	if (code == 0) {
		c->lock = &t->lock;
		c->system = t->want;
		return 0;
	}
	if (t->root.fd < 0 || call_flag(call, "lock"))
		return fault_set(f, code, "%s", why.text);
	c->no_lock = arena_copy(&call->arena, text_of(why.text));
	c->lock_is_bad = there;
	return 0;
}

static void open_receipt(struct receipt *receipt, struct checkup *c)
{
	struct fault why = { 0 };
	bool found;
	if (receipt_read(c->root->fd, c->arena, receipt, &found, &why) < 0)
		c->no_receipt = arena_copy(c->arena, text_of(why.text));
	else if (found)
		c->receipt = receipt;
	if (c->receipt && c->system && receipt->choice.tools_only) {
		struct lock_system *tools = arena_alloc(c->arena, 1, sizeof *tools);
		closure_subset(c->system, c->arena, tools);
		c->system = tools;
	}
}

static int look(struct target *t, struct call *call, struct checkup *c, struct fault *f)
{
	struct receipt receipt;
	int code = open_lock(t, call, c, f);
	if (code < 0)
		return code;
	c->running = !*t->root.path;
	open_receipt(&receipt, c);
	c->follows_other = c->lock_name.at && c->receipt && !receipt.unfinished && !digest_equal(&receipt.lock, &t->digest);
	checkup_run(c);
	report(call, c);
	call->answered = true;
	return 0;
}

static int doctor_run(struct call *call, struct fault *f)
{
	struct target target = { .root.fd = -1 };
	struct checkup checkup = { .root = &target.root, .arena = &call->arena };
	int code = call_no_operands(call, f);
	if (code == 0)
		code = look(&target, call, &checkup, f);
	if (code == 0 && checkup.problems)
		code = fault_set(f, FAULT_DIFFERS, "%zu problem%s in %s; each is told with its remedy", checkup.problems, text_plural(checkup.problems),
				 *target.root.path ? target.root.path : "/");
	target_close(&target);
	return code;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "look for what keeps the tools from working",
	.text = "Looks at the base, /nix, mounts, owners, links, room, the machine and, on the running system, at what this\n"
		"process has: PATH, LD_LIBRARY_PATH, umask, user, certificates, locale. Every finding has its remedy. Exits\n"
		"with 1 when something is wrong; a note is nothing wrong. Before the first apply it tells what that would\n"
		"meet. Changes nothing and runs no program. (`nixgraft verify` reads every store object; this does not.)\n"
		"\n"
		"  nixgraft doctor\n"
		"  nixgraft doctor --quiet || echo sick\n"
		"  nixgraft doctor --json\n",
	.options = OPTIONS,
	.run = doctor_run,
};
