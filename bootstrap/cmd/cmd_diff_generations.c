#include <stdio.h>

#include "cmd/past.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "format/json.h"

static const struct option_spec OPTIONS[] = {
	{ "root", 'r', "DIR", "the Debian tree to look at (default: /)" },
	{ 0 },
};

/* The generation before the one in force, and that. */
static int choose(const struct past *p, const struct call *call, uint64_t number[2], struct fault *f)
{
	size_t count = call->operands.count;
	int code = 0;
	number[1] = p->current;
	if (count > 2)
		return fault_set(f, FAULT_USAGE, "two generations are compared, not %zu", count);
	for (size_t i = 0; i < p->all.count && count == 0; i++)
		if (p->all.at[i].number < p->current)
			number[0] = p->all.at[i].number;
	for (size_t i = 0; code == 0 && i < count; i++)
		code = past_number(p, call->operands.at[i], &number[i], f);
	if (code == 0 && (!number[0] || !number[1]))
		return fault_set(f, FAULT_DIFFERS, "there is no generation before that in force; name one: `nixgraft generations` lists them");
	return code;
}

static void report_json(const uint64_t number[2], const struct changes *c)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair_u64(&o, "from", number[0]);
	json_pair_u64(&o, "to", number[1]);
	past_put(&o, c);
	say_json_end(&o);
}

static void report_text(const uint64_t number[2], const struct changes *c)
{
	bool same = !c->tools.count && !c->vanished.count && !c->appeared.count;
	printf("generation %llu -> %llu:%s\n", (unsigned long long)number[0], (unsigned long long)number[1],
	       same ? " the same tools" : "");
	past_print(c);
}

static int compare(const struct past *p, struct call *call, struct fault *f)
{
	uint64_t number[2] = { 0 };
	const struct lock_system *system[2] = { NULL };
	struct changes changes;
	int code = choose(p, call, number, f);
	for (size_t i = 0; code == 0 && i < 2; i++)
		code = past_lock(p, number[i], &call->arena, &system[i], f);
	for (size_t i = 0; code == 0 && i < 2; i++)
		if (!system[i])
			code = fault_set(f, FAULT_INPUT, "no lock is kept of generation %llu", (unsigned long long)number[i]);
	if (code < 0)
		return code;
	past_changes(p, system[0], system[1], &call->arena, &changes);
	if (call->json)
		report_json(number, &changes);
	else if (!call->quiet)
		report_text(number, &changes);
	return 0;
}

static int diff_run(struct call *call, struct fault *f)
{
	struct past past;
	int code = past_open(&past, call, f);
	if (code == 0)
		code = compare(&past, call, f);
	past_close(&past);
	return code;
}

const struct command cmd_diff_generations = {
	.name = "diff-generations",
	.summary = "tell what differs between two generations",
	.operands = "[FROM [TO]]",
	.text = "Tools that were added, removed, changed or rebuilt, and commands that vanish or appear. Without numbers the\n"
		"generation in force is compared with the one before; with one, that one with the one in force.\n",
	.options = OPTIONS,
	.run = diff_run,
};
