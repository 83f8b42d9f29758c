#include "format/shellrun.h"

#include "base/bounds.h"
#include "format/shellglob.h"
#include "format/shellindex.h"
#include "format/shellsets.h"
#include "format/shellstatus.h"

/* A walk through a script. */
struct run {
	struct shell_values *v;   /* values and variables */
	struct shell *shell;      /* what is walked through */
	struct shell_index index; /* what follows what */
	size_t dead;              /* how many of what is around cannot run */
	size_t last;              /* index of the last command of the last pipeline */
};

static int run_block(struct run *run, size_t block, enum shell_status *out);

/* ---- settings ---- */

static struct shell_value append(struct run *run, const struct shell_value *before, const struct shell_value *value)
{
	struct shell_value both = *value;
	size_t len = before->text.len + value->text.len;
	if (value->is == SHELL_UNKNOWN || before->is == SHELL_UNKNOWN || len > SHELL_VALUE_MAX ||
	    (run->v->bytes += len) > SHELL_VALUES_MAX)
		return (struct shell_value){ 0 };
	if (before->is == SHELL_PARTLY)
		both.is = SHELL_PARTLY;
	both.text = arena_printf(run->v->arena, TEXT_F TEXT_F, TEXT_A(before->text), TEXT_A(value->text));
	return both;
}

static void carry_out(void *to, const struct shell_setting *setting)
{
	struct run *run = to;
	struct shell_vars *vars = &run->v->vars;
	struct shell_value value = { 0 }, before;
	if (setting->unset)
		value.is = SHELL_UNSET;
	else if (setting->value && !(setting->value->splits && setting->skip))
		value = shellvalue_of(setting->value, setting->skip);
	if (setting->appends) {
		before = shellvars_get(vars, setting->name);
		value = append(run, &before, &value);
	}
	shellvars_set(vars, setting->name, value);
}

static void forget(void *to, const struct shell_setting *setting)
{
	struct run *run = to;
	struct shell_value value = shellvars_get(&run->v->vars, setting->name);
	if (value.is != SHELL_UNKNOWN)
		shellvars_set(&run->v->vars, setting->name, (struct shell_value){ 0 });
}

/* What a loop's commands set is not known while it runs: the next round is not the first. */
static void forget_loop(struct run *run, size_t owner)
{
	const struct shell *s = run->shell;
	for (size_t i = owner + 1; i < s->command_count && s->commands[i].begin < s->commands[owner].end; i++)
		shellsets_each(s->script, &s->commands[i], forget, run);
}

/* ---- blocks ---- */

/* A block whose settings stay in it, or go to `changes`. */
static int run_apart(struct run *run, size_t block, struct shell_changes *changes, enum shell_status *out)
{
	struct shell_vars *vars = &run->v->vars;
	size_t mark = shellvars_mark(vars);
	int code = run_block(run, block, out);
	if (changes)
		shellvars_collect(vars, mark, changes);
	else
		shellvars_rewind(vars, mark);
	return code;
}

static int run_dead(struct run *run, size_t block)
{
	enum shell_status ignored;
	run->dead++;
	int code = run_apart(run, block, NULL, &ignored);
	run->dead--;
	return code;
}

/* Branches or arms of which at most one is taken. */
struct choice {
	struct shell_changes changes; /* of those that may be */
	bool maybe;                   /* is there one that may be? */
	bool over;                    /* one surely was; none behind it is */
};

static int run_choice(struct run *run, struct choice *c, size_t block, enum shell_status s)
{
	enum shell_status ignored;
	if (c->over || s == SHELL_NO)
		return run_dead(run, block);
	c->over = s == SHELL_YES;
	if (c->over && !c->maybe)
		return run_block(run, block, &ignored);
	c->maybe = true;
	return run_apart(run, block, &c->changes, &ignored);
}

static int run_if(struct run *run, size_t command)
{
	struct choice choice = { 0 };
	enum shell_status s = SHELL_YES;
	int code = 0;
	for (size_t b = run->index.blocks[command]; b != SHELL_NONE && code == 0; b = run->index.next_block[b]) {
		enum shell_block_kind kind = run->shell->blocks[b].kind;
		if (kind == SHELL_CONDITION) {
			code = choice.over ? run_dead(run, b) : run_block(run, b, &s);
		} else if (kind == SHELL_BRANCH) {
			code = run_choice(run, &choice, b, s);
			s = SHELL_YES;
		}
	}
	shellvars_apply(&run->v->vars, &choice.changes, choice.over);
	return code;
}

static int run_case(struct run *run, size_t command)
{
	const struct shell_word *subject = run->shell->commands[command].operands;
	struct choice choice = { 0 };
	bool fell = false;
	for (size_t b = run->index.blocks[command]; b != SHELL_NONE; b = run->index.next_block[b]) {
		struct shell_block *arm = &run->shell->blocks[b];
		enum shell_status s;
		if (arm->kind != SHELL_ARM)
			continue;
		if (shellstatus_arm(run->v, subject, arm, &s) < 0 ||
		    run_choice(run, &choice, b, fell || (arm->falls && s == SHELL_YES) ? SHELL_MAYBE : s) < 0)
			return run->v->fault->code;
		fell = arm->falls;
	}
	shellvars_apply(&run->v->vars, &choice.changes, true);
	return 0;
}

/* A loop's body that may run any number of times. */
static int run_body(struct run *run, size_t block, bool certain)
{
	struct shell_changes changes = { 0 };
	enum shell_status ignored;
	int code = run_apart(run, block, &changes, &ignored);
	shellvars_apply(&run->v->vars, &changes, certain);
	return code;
}

static int run_while(struct run *run, size_t command, bool until)
{
	enum shell_status s = SHELL_MAYBE;
	size_t mark = shellvars_mark(&run->v->vars);
	int code = 0;
	forget_loop(run, command);
	for (size_t b = run->index.blocks[command]; b != SHELL_NONE && code == 0; b = run->index.next_block[b]) {
		enum shell_block_kind kind = run->shell->blocks[b].kind;
		if (kind == SHELL_CONDITION) {
			code = run_block(run, b, &s);
		} else if (kind == SHELL_LOOP && s == (until ? SHELL_YES : SHELL_NO)) {
			shellvars_rewind(&run->v->vars, mark);
			code = run_dead(run, b);
		} else if (kind == SHELL_LOOP) {
			code = run_body(run, b, false);
		}
	}
	return code;
}

/* Are all words that a for goes over plain? */
static bool all_plain(const struct shell_command *c)
{
	for (size_t i = 1; i < c->operand_count; i++)
		if (!c->operands[i].known || c->operands[i].splits || shellglob_is(c->operands[i].value))
			return false;
	return c->operand_count > 1;
}

static int run_for(struct run *run, size_t command)
{
	const struct shell_command *c = &run->shell->commands[command];
	bool plain = all_plain(c), once = plain && c->operand_count == 2;
	struct shell_value value = { 0 };
	enum shell_status ignored;
	int code = 0;
	if (once)
		value = shellvalue_of(&c->operands[1], 0);
	else
		forget_loop(run, command);
	if (c->which == SHELL_FOR)
		shellvars_set(&run->v->vars, shellsets_plain(&c->operands[0]), value);
	for (size_t b = run->index.blocks[command]; b != SHELL_NONE && code == 0; b = run->index.next_block[b])
		if (run->shell->blocks[b].kind == SHELL_LOOP)
			code = once ? run_block(run, b, &ignored) : run_body(run, b, plain);
	return code;
}

static int run_function(struct run *run, size_t command)
{
	struct shell_vars *vars = &run->v->vars;
	size_t outer = vars->function;
	enum shell_status ignored;
	int code = 0;
	vars->function = command;
	for (size_t b = run->index.blocks[command]; b != SHELL_NONE && code == 0; b = run->index.next_block[b])
		if (run->shell->blocks[b].kind == SHELL_FUNCTION)
			code = run_apart(run, b, NULL, &ignored);
	vars->function = outer;
	return code;
}

static int run_brackets(struct run *run, size_t command, enum shell_status *out)
{
	int code = 0;
	for (size_t b = run->index.blocks[command]; b != SHELL_NONE && code == 0; b = run->index.next_block[b]) {
		if (run->shell->blocks[b].kind == SHELL_GROUP)
			code = run_block(run, b, out);
		else if (run->shell->blocks[b].kind == SHELL_SUBSHELL)
			code = run_apart(run, b, NULL, out);
	}
	return code;
}

static int run_compound(struct run *run, size_t command, enum shell_status *out)
{
	enum shell_compound which = run->shell->commands[command].which;
	switch (which) {
	case SHELL_BRACKETS:
		return run_brackets(run, command, out);
	case SHELL_IF:
		return run_if(run, command);
	case SHELL_WHILE:
	case SHELL_UNTIL:
		return run_while(run, command, which == SHELL_UNTIL);
	case SHELL_FOR:
	case SHELL_ARITHMETIC:
		return run_for(run, command);
	case SHELL_CASE:
		return run_case(run, command);
	case SHELL_DEFINITION:
		return run_function(run, command);
	case SHELL_SIMPLE:
	case SHELL_TEST:
	default:
		return 0;
	}
}

/* ---- commands ---- */

static int value_words(struct run *run, struct shell_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((words[i].part_count || !words[i].value.at) && shellvalue_word(run->v, &words[i]) < 0)
			return run->v->fault->code;
	return 0;
}

/* Assignments take effect one by one when no command follows. */
static int value_assignments(struct run *run, struct shell_command *c)
{
	for (size_t i = 0; i < c->assignment_count; i++) {
		const struct shell_command one = { .assignments = &c->assignments[i], .assignment_count = 1 };
		if (value_words(run, &c->assignments[i].value, 1) < 0)
			return run->v->fault->code;
		if (!c->word_count)
			shellsets_each(run->shell->script, &one, carry_out, run);
	}
	return 0;
}

static int value_all(struct run *run, size_t command)
{
	struct shell_command *c = &run->shell->commands[command];
	if (value_assignments(run, c) < 0 || value_words(run, c->words, c->word_count) < 0 ||
	    value_words(run, c->operands, c->operand_count) < 0)
		return run->v->fault->code;
	for (size_t i = 0; i < c->redirect_count; i++)
		if (value_words(run, &c->redirects[i].target, 1) < 0)
			return run->v->fault->code;
	for (size_t b = run->index.blocks[command]; b != SHELL_NONE; b = run->index.next_block[b]) {
		struct shell_block *arm = &run->shell->blocks[b];
		if (value_words(run, arm->patterns, arm->pattern_count) < 0)
			return run->v->fault->code;
	}
	return 0;
}

static int run_command(struct run *run, size_t command, enum shell_status *out)
{
	struct shell_command *c = &run->shell->commands[command];
	enum shell_status ignored;
	c->skipped = run->dead > 0;
	for (size_t b = run->index.blocks[command]; b != SHELL_NONE; b = run->index.next_block[b])
		if (run->shell->blocks[b].kind == SHELL_SUBSTITUTION && run_apart(run, b, NULL, &ignored) < 0)
			return run->v->fault->code;
	if (value_all(run, command) < 0 || shellstatus_of(run->v, c, out) < 0)
		return run->v->fault->code;
	if (c->word_count || c->which == SHELL_ARITHMETIC)
		shellsets_each(run->shell->script, c, carry_out, run);
	return run_compound(run, command, out);
}

static enum shell_join join_of(const struct run *run, size_t command)
{
	return command == SHELL_NONE ? SHELL_FIRST : run->shell->commands[command].join;
}

/* Runs the pipeline that begins with *at, which is moved behind it. */
static int run_pipeline(struct run *run, size_t *at, enum shell_status *out)
{
	bool negated = run->shell->commands[*at].negated, piped = false, more;
	do {
		size_t mark = shellvars_mark(&run->v->vars), next = run->index.next[*at];
		more = join_of(run, next) == SHELL_PIPE;
		piped |= more;
		if (run_command(run, *at, out) < 0)
			return run->v->fault->code;
		if (piped || join_of(run, next) == SHELL_BACKGROUND)
			shellvars_rewind(&run->v->vars, mark);
		run->last = *at;
		*at = next;
	} while (more);
	if (negated)
		*out = shellstatus_not(*out);
	return 0;
}

/* A list of pipelines with && and || between them. What stands behind one whose status is not known may run. */
struct and_or {
	struct shell_changes changes; /* of what may run */
	enum shell_status status;     /* so far */
	enum shell_join open; /* SHELL_AND or SHELL_OR: what may run now stands behind it; SHELL_FIRST: nothing */
	size_t mark;          /* when that began */
	bool and, or ;        /* what has been open */
	bool test;            /* the first && that was open stands behind a test */
};

static void close_open(struct run *run, struct and_or *l)
{
	if (l->open != SHELL_FIRST)
		shellvars_collect(&run->v->vars, l->mark, &l->changes);
	l->open = SHELL_FIRST;
}

/* Runs one that stands behind && or ||, or first. */
static int run_joined(struct run *run, struct and_or *l, size_t *at, enum shell_join join)
{
	enum shell_status runs = join == SHELL_OR ? shellstatus_not(l->status) : l->status, s;
	size_t mark = shellvars_mark(&run->v->vars);
	if (l->open != join)
		close_open(run, l);
	if (runs == SHELL_MAYBE && l->open == SHELL_FIRST) {
		l->open = join;
		l->mark = shellvars_mark(&run->v->vars);
		*(join == SHELL_OR ? &l->or : &l->and) = true;
	}
	run->dead += runs == SHELL_NO;
	int code = run_pipeline(run, at, &s);
	run->dead -= runs == SHELL_NO;
	if (runs == SHELL_NO)
		shellvars_rewind(&run->v->vars, mark);
	else if (runs == SHELL_YES || s == (join == SHELL_OR ? SHELL_YES : SHELL_NO))
		l->status = s;
	return code;
}

static int run_and_or(struct run *run, size_t *at, enum shell_status *out)
{
	struct and_or l = { .status = SHELL_YES };
	enum shell_join join = SHELL_FIRST;
	do {
		if (run_joined(run, &l, at, join) < 0)
			return run->v->fault->code;
		l.test |= !l.and &&l.status == SHELL_MAYBE && shellstatus_is_test(&run->shell->commands[run->last]);
		join = join_of(run, *at);
	} while (join == SHELL_AND || join == SHELL_OR);
	close_open(run, &l);
	shellvars_apply(&run->v->vars, &l.changes, l.and &&(l.or || !l.test));
	*out = l.status;
	return 0;
}

static int run_block(struct run *run, size_t block, enum shell_status *out)
{
	size_t at = run->index.first[block];
	*out = SHELL_YES;
	run->shell->blocks[block].taken = !run->dead;
	while (at != SHELL_NONE)
		if (run_and_or(run, &at, out) < 0)
			return run->v->fault->code;
	return 0;
}

int shellrun(struct shell_values *v, struct shell *shell, const struct shell_variables *variables)
{
	struct run run = { .v = v, .shell = shell, .index = { .shell = shell, .arena = v->arena } };
	enum shell_status ignored;
	if (shellindex_make(&run.index, variables, v) < 0)
		return v->fault->code;
	return run_block(&run, 0, &ignored);
}
