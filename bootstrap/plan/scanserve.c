#include "plan/scanserve.h"

#include "plan/scantext.h"

#define ROUNDS_MAX 8 /* assignments that only serve assignments that serve... */

#define PROOFS_MAX 32 /* downloads that serve one */

/* A variable that a command of the program's own block puts in, or sets. */
struct mention {
	struct text name;
	size_t command;
};

/* A script, and who takes what of it. */
struct ledger {
	const struct scan_place *place;
	struct arena *arena;
	size_t *root;          /* of each command: the one of the program's own block around it */
	bool *pure;            /* of each: does it nothing but set variables? */
	size_t *takers;        /* of each: services that take it */
	bool *mine;            /* of each: does the service at hand take it? */
	LIST(struct mention) uses, sets;
};

/* ---- reading the script ---- */

static void find_roots(struct ledger *l)
{
	const struct shell *s = l->place->shell;
	for (size_t i = 0; i < s->command_count; i++) {
		size_t owner = s->blocks[s->commands[i].block].owner;
		l->root[i] = owner == SHELL_NONE || owner >= i ? i : l->root[owner];
	}
}

/* A case or an if that holds assignments, and what tells that there is nothing to assign. */
static bool is_harmless(const struct shell_command *c)
{
	size_t first;
	if (!c->word_count)
		return !c->redirect_count;
	return scan_in(" echo printf exit false true : [ test uname dpkg arch ", shell_program(c, &first));
}

static void find_pure(struct ledger *l)
{
	const struct shell *s = l->place->shell;
	for (size_t i = 0; i < s->command_count; i++) {
		const struct shell_command *c = &s->commands[i];
		struct text text = { s->script.at + c->begin, c->end - c->begin };
		if (l->root[i] != i)
			continue;
		l->pure[i] = c->compound ? text_starts(text, TEXT("case")) || text_starts(text, TEXT("if"))
					 : !c->word_count && c->assignment_count && !c->redirect_count;
	}
	for (size_t i = 0; i < s->command_count; i++) {
		const struct shell_command *root = &s->commands[l->root[i]];
		if (l->root[i] != i && root->compound && !s->commands[i].compound && !is_harmless(&s->commands[i]))
			l->pure[l->root[i]] = false;
		if (l->root[i] != i && s->blocks[s->commands[i].block].kind == SHELL_FUNCTION)
			l->pure[l->root[i]] = false;
	}
}

static void find_mentions(struct ledger *l)
{
	const struct shell *s = l->place->shell;
	for (size_t i = 0; i < s->command_count; i++) {
		const struct shell_command *c = &s->commands[i];
		struct mention m = { .command = l->root[i] };
		struct text rest = { s->script.at + c->begin, c->end - c->begin };
		for (size_t k = 0; k < c->assignment_count && !c->word_count; k++) {
			m.name = c->assignments[k].name;
			LIST_PUSH(&l->sets, l->arena, m);
		}
		while (l->root[i] == i && scan_next_variable(&rest, &m.name))
			LIST_PUSH(&l->uses, l->arena, m);
		for (size_t k = 0; k < c->redirect_count; k++)
			for (rest = c->redirects[k].content; scan_next_variable(&rest, &m.name);)
				LIST_PUSH(&l->uses, l->arena, m);
	}
}

static struct ledger *ledger_make(const struct scan_place *place)
{
	struct arena *a = place->work->arena;
	size_t count = place->shell->command_count;
	struct ledger *l = arena_alloc(a, 1, sizeof *l);
	l->place = place;
	l->arena = a;
	l->root = arena_alloc(a, count, sizeof *l->root);
	l->pure = arena_alloc(a, count, sizeof *l->pure);
	l->takers = arena_alloc(a, count, sizeof *l->takers);
	l->mine = arena_alloc(a, count, sizeof *l->mine);
	find_roots(l);
	find_pure(l);
	find_mentions(l);
	return l;
}

/* ---- one download ---- */

static void refuse(struct scan_service *s, struct text why)
{
	if (!s->why_not.len)
		s->why_not = why;
}

static void take(struct ledger *l, struct scan_service *s, size_t command)
{
	if (l->mine[command])
		return;
	l->mine[command] = true;
	LIST_PUSH(&s->commands, l->arena, command);
}

static void take_top(struct ledger *l, struct scan_service *s, size_t command)
{
	size_t top = scan_top(l->place, command);
	struct text why = scan_why_not_together(l->place, top == SIZE_MAX ? command : top);
	if (why.len)
		refuse(s, why);
	else if (top != SIZE_MAX)
		take(l, s, top);
}

/* What a variable holds goes with the variable. */
static void take_proof(struct ledger *l, struct scan_service *s, const struct scan_fetch *proof)
{
	if (proof->place != l->place) {
		refuse(s, TEXT("another instruction downloads what it is checked with"));
		return;
	}
	for (size_t k = 0; k < proof->serves.count; k++) {
		size_t top = scan_top(l->place, proof->serves.at[k]);
		if (top == SIZE_MAX || l->place->shell->commands[top].word_count)
			take_top(l, s, proof->serves.at[k]);
	}
}

/* Checksums and keys that were downloaded go with it, and what these are checked with. */
static void take_proofs(struct ledger *l, struct scan_service *s)
{
	const struct scan_fetch *fetches = l->place->work->flow->fetches.at;
	size_t waiting[PROOFS_MAX] = { s->fetch }, count = 1;
	for (size_t i = 0; i < count; i++) {
		const struct scan_fetch *f = &fetches[waiting[i]];
		for (size_t k = 0; k < f->proofs.count; k++) {
			if (count == PROOFS_MAX) {
				refuse(s, TEXT("it is checked with too many files"));
				return;
			}
			take_proof(l, s, &fetches[f->proofs.at[k]]);
			waiting[count++] = f->proofs.at[k];
		}
	}
}

static bool only_speaks(const struct shell_command *c)
{
	size_t first;
	return c->word_count && scan_in(" echo printf cat yes grep sed awk cut tr head tail sort jq xargs ", shell_program(c, &first));
}

/* All of a pipeline goes, or nothing. */
static void take_pipelines(struct ledger *l, struct scan_service *s)
{
	const struct shell *shell = l->place->shell;
	for (size_t i = 0; i < s->commands.count && !s->why_not.len; i++) {
		size_t command = s->commands.at[i], after = l->place->after[command];
		size_t beside[2] = { shell->commands[command].join == SHELL_PIPE ? l->place->before[command] : SIZE_MAX,
				     after != SIZE_MAX && shell->commands[after].join == SHELL_PIPE ? after : SIZE_MAX };
		for (size_t k = 0; k < 2; k++) {
			if (beside[k] == SIZE_MAX || l->mine[beside[k]])
				continue;
			if (only_speaks(&shell->commands[beside[k]]))
				take_top(l, s, beside[k]);
			else
				refuse(s, TEXT("another command of the pipeline has its own work"));
		}
	}
}

/* What a command hangs on goes with it, or it stays. */
static void check_conditions(const struct ledger *l, struct scan_service *s)
{
	for (size_t i = 0; i < s->commands.count; i++)
		if (scan_hangs(l->place, s->commands.at[i]) && !l->mine[l->place->before[s->commands.at[i]]])
			refuse(s, TEXT("it hangs on a condition"));
}

/* ---- variables ---- */

/* Is what the command sets used, and by nobody but those for whom `ours` holds? */
static bool serves_only(struct ledger *l, size_t command, const bool *ours)
{
	bool used = false;
	for (size_t i = 0; i < l->sets.count; i++) {
		if (l->sets.at[i].command != command)
			continue;
		if (!scan_step(l->place->work, l->uses.count))
			return false;
		for (size_t k = 0; k < l->uses.count; k++) {
			const struct mention *u = &l->uses.at[k];
			if (u->command == command || !text_equal(u->name, l->sets.at[i].name))
				continue;
			if (!ours[u->command])
				return false;
			used = true;
		}
	}
	return used;
}

static bool may_go(struct ledger *l, size_t command)
{
	return l->pure[command] && !scan_why_not(l->place, command).len;
}

static void take_assignments(struct ledger *l, struct scan_service *s)
{
	size_t before = SIZE_MAX;
	for (size_t round = 0; round < ROUNDS_MAX && before != s->commands.count && !s->why_not.len; round++) {
		before = s->commands.count;
		for (size_t i = l->sets.count; i-- > 0;) {
			size_t command = l->sets.at[i].command;
			if (!scan_step(l->place->work, l->sets.count))
				return;
			if (!l->mine[command] && may_go(l, command) && serves_only(l, command, l->mine))
				take(l, s, command);
		}
	}
}

static void serve_one(struct ledger *l, struct scan_service *s)
{
	const struct scan_fetch *f = &l->place->work->flow->fetches.at[s->fetch];
	refuse(s, f->why_not);
	if (!f->serves.count)
		refuse(s, TEXT("its commands are not known"));
	for (size_t i = 0; i < f->serves.count && !s->why_not.len; i++)
		take_top(l, s, f->serves.at[i]);
	if (!s->why_not.len)
		take_proofs(l, s);
	take_pipelines(l, s);
	check_conditions(l, s);
	take_assignments(l, s);
	for (size_t i = 0; i < s->commands.count; i++)
		l->mine[s->commands.at[i]] = false;
}

/* ---- what cannot be taken out holds what it shares ---- */

static void block_commands(const struct ledger *l, const struct scan_fetch *f, bool *blocked)
{
	for (size_t i = 0; i < f->serves.count; i++)
		blocked[l->root[f->serves.at[i]]] = true;
}

/* Keys and lists of apt's stay. */
static void block_by_sources(const struct ledger *l, bool *blocked)
{
	const struct scan_flow *flow = l->place->work->flow;
	for (size_t i = 0; i < flow->fetches.count && scan_step(l->place->work, 1); i++) {
		const struct scan_fetch *f = &flow->fetches.at[i];
		if (f->place == l->place && (f->role == ROLE_KEY || f->role == ROLE_SOURCE))
			block_commands(l, f, blocked);
	}
}

static bool is_blocked(const struct scan_service *s, const bool *blocked)
{
	for (size_t i = 0; i < s->commands.count; i++)
		if (blocked[s->commands.at[i]])
			return true;
	return false;
}

static void hold_shared(struct ledger *l, struct scan_service *services, size_t count)
{
	bool *blocked = arena_alloc(l->arena, l->place->shell->command_count, sizeof *blocked);
	bool *told = arena_alloc(l->arena, count, sizeof *told), changed = true;
	block_by_sources(l, blocked);
	while (changed && scan_step(l->place->work, count)) {
		changed = false;
		for (size_t i = 0; i < count; i++) {
			if (!services[i].why_not.len && is_blocked(&services[i], blocked))
				refuse(&services[i], TEXT("it shares commands with what stays"));
			if (!services[i].why_not.len || told[i])
				continue;
			block_commands(l, &l->place->work->flow->fetches.at[services[i].fetch], blocked);
			told[i] = changed = true;
		}
	}
	for (size_t i = 0; changed && i < count; i++)
		refuse(&services[i], TEXT("the file is too big to follow"));
}

static void count_takers(struct ledger *l, struct scan_service *s)
{
	if (s->why_not.len)
		s->commands.count = 0;
	for (size_t i = 0; i < s->commands.count; i++)
		l->takers[s->commands.at[i]]++;
}

/* ---- what several share ---- */

static bool uses_of(const struct ledger *l, size_t setter, size_t command)
{
	for (size_t i = 0; i < l->sets.count; i++)
		for (size_t k = 0; l->sets.at[i].command == setter && k < l->uses.count; k++)
			if (l->uses.at[k].command == command && text_equal(l->uses.at[k].name, l->sets.at[i].name))
				return true;
	return false;
}

/* A command of one service that sets what only services use helps each of these. */
static void help_with(struct ledger *l, struct scan_service *services, size_t count, size_t setter)
{
	for (size_t i = 0; i < count; i++) {
		struct scan_service *s = &services[i];
		bool uses = false;
		if (!scan_step(l->place->work, s->commands.count * (l->sets.count + l->uses.count)))
			return;
		for (size_t k = 0; k < s->commands.count && !uses; k++)
			uses = uses_of(l, setter, s->commands.at[k]);
		if (uses)
			LIST_PUSH(&s->helpers, l->arena, setter);
	}
}

static void share_assignments(struct ledger *l, struct scan_service *services, size_t count)
{
	bool *taken = arena_alloc(l->arena, l->place->shell->command_count, sizeof *taken);
	for (size_t i = 0; i < l->place->shell->command_count; i++)
		taken[i] = l->takers[i] > 0;
	for (size_t i = l->sets.count; i-- > 0;) {
		size_t command = l->sets.at[i].command;
		if (!scan_step(l->place->work, l->sets.count))
			return;
		if (taken[command] || !may_go(l, command) || !serves_only(l, command, taken))
			continue;
		taken[command] = true;
		help_with(l, services, count, command);
	}
}

static void share_commands(struct ledger *l, struct scan_service *s)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->commands.count; i++) {
		size_t command = s->commands.at[i];
		if (l->takers[command] > 1)
			LIST_PUSH(&s->helpers, l->arena, command);
		else
			s->commands.at[kept++] = command;
	}
	s->commands.count = kept;
}

void scan_serve(const struct scan_place *place, struct scan_service *services, size_t count)
{
	struct ledger *l = ledger_make(place);
	for (size_t i = 0; i < count; i++)
		serve_one(l, &services[i]);
	hold_shared(l, services, count);
	for (size_t i = 0; i < count; i++)
		count_takers(l, &services[i]);
	share_assignments(l, services, count);
	for (size_t i = 0; i < count; i++)
		share_commands(l, &services[i]);
}
