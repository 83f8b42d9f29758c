#include <stdio.h>

#include "base/bounds.h"
#include "cmd/graft.h"
#include "cmd/past.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "format/json.h"

static const struct option_spec OPTIONS[] = {
	{ "root", 'r', "DIR", "the Debian tree to work on (default: /)" },
	{ "system", 's', "SYSTEM", "which system of the lock (default: that of the root's own programs)" },
	GRAFT_OPTIONS,
	{ "dry-run", 'n', NULL, "tell what would change; change nothing" },
	{ 0 },
};

/* The one that is named, or else the one before that in force. */
static int choose(const struct past *p, const struct call *call, uint64_t *number, struct fault *f)
{
	*number = 0;
	if (call->operands.count > 1)
		return fault_set(f, FAULT_USAGE, "one generation can be returned to, not %zu", call->operands.count);
	if (call->operands.count)
		return past_number(p, call->operands.at[0], number, f);
	for (size_t i = 0; i < p->all.count; i++)
		if (p->all.at[i].number < p->current)
			*number = p->all.at[i].number;
	if (!*number)
		return fault_set(f, FAULT_DIFFERS, "there is no generation before that in force; `nixgraft generations` lists what is there");
	return 0;
}

static int compare(const struct past *p, uint64_t number, struct call *call, struct changes *out, struct fault *f)
{
	const struct lock_system *from = NULL, *to = NULL;
	int code = past_lock(p, p->current, &call->arena, &from, f);
	if (code == 0)
		code = past_lock(p, number, &call->arena, &to, f);
	if (code == 0)
		past_changes(p, from, to, &call->arena, out);
	return code;
}

static void report_json(const struct graft *g, uint64_t from, const struct changes *changes, const char *result)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", text_of(result));
	json_pair_u64(&o, "from", from);
	json_pair_u64(&o, "generation", g->back_to);
	past_put(&o, changes);
	say_json_end(&o);
}

/* How it ended. */
enum outcome { UNCHANGED, PLANNED, RETURNED };

static void report_text(uint64_t from, uint64_t to, const struct changes *changes, enum outcome outcome)
{
	unsigned long long n = to, before = from;
	if (outcome == UNCHANGED)
		printf("nothing to do: generation %llu is in force\n", n);
	else if (outcome == PLANNED)
		printf("would return to generation %llu from %llu; nothing was changed\n", n, before);
	else if (to == from)
		printf("generation %llu is in force, and put right\n", n);
	else
		printf("generation %llu is in force again, after %llu\n", n, before);
	past_print(changes);
}

static void report(const struct graft *g, uint64_t from, const struct changes *changes, enum outcome outcome)
{
	static const char *const results[] = { [UNCHANGED] = "unchanged", [PLANNED] = "planned", [RETURNED] = "returned" };
	if (g->call->json)
		report_json(g, from, changes, results[outcome]);
	else if (!g->call->quiet)
		report_text(from, g->back_to, changes, outcome);
}

static int go_back(const struct past *p, uint64_t number, struct call *call, struct fault *f)
{
	struct graft g;
	struct changes changes;
	bool unchanged = false, planned = call_flag(call, "dry-run");
	int code = compare(p, number, call, &changes, f);
	if (code < 0)
		return code;
	code = graft_open_generation(&g, number, call, f);
	if (code == 0 && number == p->current)
		code = graft_unchanged(&g, &unchanged, f);
	if (code == 0 && !unchanged)
		code = graft_plan(&g, f);
	if (code == 0 && !unchanged && !planned)
		code = graft_carry_out(&g, f);
	if (code == 0)
		report(&g, p->current, &changes, unchanged ? UNCHANGED : planned ? PLANNED : RETURNED);
	graft_close(&g);
	return code;
}

static int rollback_run(struct call *call, struct fault *f)
{
	struct past past;
	uint64_t number;
	int code = past_open(&past, call, f);
	if (code == 0)
		code = choose(&past, call, &number, f);
	if (code == 0)
		code = go_back(&past, number, call, f);
	past_close(&past);
	return code;
}

const struct command cmd_rollback = {
	.name = "rollback",
	.summary = "return to an earlier generation",
	.operands = "[GENERATION]",
	.text = "The switch is one rename; then links of commands that vanish are taken back, and named. Without a number: to the\n"
		"generation before the one in force. Nothing is fetched, unless store paths of that generation were lost. The next\n"
		"`nixgraft apply` follows its lock again.\n",
	.options = OPTIONS,
	.run = rollback_run,
};
