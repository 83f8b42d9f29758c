#include <stdio.h>
#include <time.h>

#include "cmd/lockreport.h"
#include "cmd/past.h"
#include "cmd/say.h"
#include "cmd/updating.h"
#include "cmd/verbs.h"
#include "store/trust.h"

#define SHORT_REVISION 12 /* characters of a revision that people are shown */
#define SHORT_HASH 19     /* characters of a hash, where there is no revision: "sha256-" and as many */
#define DAY_SIZE 16       /* bytes of "2026-06-22" with room */

static const struct option_spec OPTIONS[] = {
	LOCKING_OPTIONS,
	{ "flake", 0, "DIR", "the flake (default: .)" },
	{ "input", 'i', "NAME", "move only this input of the flake (repeatable; default: all, or those that the tools come from)" },
	{ "with-others", 0, NULL, "with TOOL...: let others change too that come from the same input" },
	{ "check", 0, NULL, "change nothing; exit 1 when a tool would change" },
	{ "dry-run", 'n', NULL, "change nothing; tell what would" },
	{ 0 },
};

/* ---- which inputs moved ---- */

/* An input before and after; either may be NULL. */
struct moved {
	struct text name;
	const struct flake_input *from, *to;
};

/* Those that did. */
struct all_moved {
	LIST(struct moved) at;
};

static const struct flake_input *find_input(const struct flakelock *lock, struct text name)
{
	for (size_t i = 0; i < lock->input_count; i++)
		if (text_equal(lock->inputs[i].name, name))
			return &lock->inputs[i];
	return NULL;
}

/* What tells one state of an input from another. */
static struct text state_of(const struct flake_input *input)
{
	return !input ? (struct text){ 0 } : input->rev.len ? input->rev : input->nar_hash;
}

static void add_moved(struct all_moved *all, struct arena *a, struct moved m)
{
	if (!text_equal(state_of(m.from), state_of(m.to)))
		LIST_PUSH(&all->at, a, m);
}

static void find_moved(const struct updating *u, struct all_moved *all)
{
	const struct flakelock *before = &u->before, *after = &u->locking->inputs.flake;
	struct arena *a = &u->call->arena;
	*all = (struct all_moved){ 0 };
	for (size_t i = 0; i < after->input_count; i++) {
		const struct flake_input *to = &after->inputs[i];
		add_moved(all, a, (struct moved){ to->name, find_input(before, to->name), to });
	}
	for (size_t i = 0; i < before->input_count; i++)
		if (!find_input(after, before->inputs[i].name))
			add_moved(all, a, (struct moved){ before->inputs[i].name, &before->inputs[i], NULL });
}

/* ---- reports ---- */

static void put_moved(struct json_out *o, const struct all_moved *all)
{
	json_key(o, "inputs");
	json_open(o, '[', false);
	for (size_t i = 0; i < all->at.count; i++) {
		const struct moved *m = &all->at.at[i];
		json_open(o, '{', true);
		json_pair(o, "name", m->name);
		json_pair(o, "from", state_of(m->from));
		json_pair(o, "to", state_of(m->to));
		json_close(o, '}');
	}
	json_close(o, ']');
}

/* "34268251cf55 (2026-06-22)" */
static void print_state(const struct flake_input *input)
{
	struct text state = state_of(input);
	char day[DAY_SIZE] = "";
	struct tm tm;
	time_t at = input ? (time_t)input->last_modified : 0;
	size_t shown = input && input->rev.len ? SHORT_REVISION : SHORT_HASH;
	if (state.len > shown)
		state.len = shown;
	if (at && gmtime_r(&at, &tm) && strftime(day, sizeof day, "%Y-%m-%d", &tm))
		printf(" " TEXT_F " (%s)", TEXT_A(state), day);
	else
		printf(" " TEXT_F, TEXT_A(state.len ? state : TEXT("nothing")));
}

static void print_moved(const struct updating *u, const struct all_moved *all)
{
	printf("%s: %s\n", u->keep.name, all->at.count ? u->locking->result : "nothing newer");
	for (size_t i = 0; i < all->at.count; i++) {
		printf("  " TEXT_F, TEXT_A(all->at.at[i].name));
		print_state(all->at.at[i].from);
		printf(" ->");
		print_state(all->at.at[i].to);
		printf("\n");
	}
}

static void report_json(const struct updating *u, const struct all_moved *all)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	lockreport_put(&o, u->locking);
	put_moved(&o, all);
	json_pair_texts(&o, "changed", u->changed);
	say_json_end(&o);
}

static void report(const struct updating *u, const char *result)
{
	struct all_moved all = { 0 };
	bool stays = u->named.count && !u->changed.count;
	u->locking->result = result;
	u->call->answered = true;
	if (!stays)
		find_moved(u, &all);
	if (u->call->json) {
		report_json(u, &all);
	} else if (!u->call->quiet) {
		print_moved(u, &all);
		lockreport_print(u->locking);
	}
}

/* ---- the verb ---- */

/* Does the lock say what the flake says now? Then no cache need be asked. */
static bool is_current(const struct updating *u)
{
	struct locking *l = u->locking;
	struct stale stale = { 0 };
	struct arena *a = &u->call->arena;
	if (!l->exists)
		return false;
	stale_flake(&l->before, l->inputs.has_flake ? &l->inputs.flake : NULL, a, &stale);
	for (size_t i = 0; i < l->inputs.systems.count; i++)
		stale_system(&l->before, &l->inputs.systems.at[i], a, &stale);
	return !stale.reasons.count;
}

static int check(struct updating *u, struct fault *f)
{
	struct text first = u->changed.count ? u->changed.at[0] : (struct text){ 0 };
	u->locking->after.systems = u->locking->inputs.systems.at;
	u->locking->after.system_count = u->locking->inputs.systems.count;
	report(u, u->changed.count ? "outdated" : "current");
	if (!u->changed.count)
		return 0;
	return fault_set(f, FAULT_DIFFERS, "there is something newer: " TEXT_F "%s; run `nixgraft update`", TEXT_A(first),
			 u->changed.count > 1 ? " and others" : "");
}

/* From the moment that closure.lock is new, no signal puts flake.lock back. */
static int write_lock(struct updating *u, bool *keeps, struct fault *f)
{
	bool planned = call_flag(u->call, "dry-run");
	keep_pause();
	int code = locking_write(u->locking, planned, f);
	*keeps = code == 0 && !planned;
	if (*keeps)
		keep_end(&u->keep);
	keep_go();
	return code;
}

/* *keeps: may flake.lock be as it is now? */
static int run(struct updating *u, bool *keeps, struct fault *f)
{
	int code = updating_move(u, f);
	if (code < 0)
		return code;
	if (call_flag(u->call, "check"))
		return check(u, f);
	if ((u->named.count && !u->changed.count) || is_current(u)) {
		*keeps = true;
		u->locking->after = u->locking->before;
		report(u, "unchanged");
		return 0;
	}
	code = locking_walk(u->locking, f);
	if (code == 0)
		code = write_lock(u, keeps, f);
	if (code == 0)
		report(u, u->locking->result);
	return code;
}

static int update_run(struct call *call, struct fault *f)
{
	struct locking locking;
	struct updating updating = { 0 };
	bool keeps = false;
	int code = locking_open(&locking, call, f);
	if (code == 0)
		code = updating_begin(&updating, &locking, f);
	if (code == 0)
		code = run(&updating, &keeps, f);
	code = updating_end(&updating, keeps, f);
	locking_close(&locking);
	return code;
}

const struct command cmd_update = {
	.name = "update",
	.summary = "newer versions: flake.lock and closure.lock in one step",
	.operands = "[TOOL]...",
	.text = "Lets Nix move the inputs of the flake (flake.lock), evaluates it, and locks what comes out, for every system of the\n"
		"lock; then tells the old and new version of each tool. flake.lock and closure.lock change both or not at all.\n"
		"\n"
		"With tools it moves only the inputs that they come from. Others that come from there too would change with them:\n"
		"that is refused, and they are named, unless --with-others is given.\n"
		"\n"
		"  nixgraft update                  everything\n"
		"  nixgraft update uv ruff          these, if no other tool has their inputs\n"
		"  nixgraft update --input fresh    one input of flake.nix\n"
		"  nixgraft update --check          exit 1 when there is something newer\n",
	.options = OPTIONS,
	.run = update_run,
};
