#include "format/shell.h"

#include <string.h>

#include "base/bounds.h"
#include "format/shellgrammar.h"
#include "format/shellrun.h"

/* Gives each here-document that came to its redirection. */
static void give_contents(const struct shell_reader *r)
{
	for (size_t i = 0; i < r->waiting.count; i++) {
		const struct shell_waiting *w = &r->waiting.at[i];
		struct shell_redirect *redirect = &r->commands.at[w->command].redirects[w->redirect];
		redirect->content = w->content;
		redirect->target.value = w->name;
		redirect->target.known = true;
		redirect->target.part_count = 0;
	}
}

int shell_parse(const struct shell_input *in, struct arena *a, struct shell *out, struct fault *f)
{
	struct text script = in->script;
	struct shell_reader r = {
		.in = { .bytes = script }, .script = script, .what = in->what, .arena = a, .fault = f
	};
	struct shell_values v = { .arena = a, .what = in->what, .fault = f, .steps = SHELL_STEPS_MAX };
	*out = (struct shell){ .script = script };
	if (script.len > SHELL_SCRIPT_MAX)
		return fault_set(f, FAULT_INPUT, "%s: a script of %zu bytes, at most %u are read", in->what, script.len,
				 SHELL_SCRIPT_MAX);
	const char *nul = script.len ? memchr(script.at, 0, script.len) : NULL;
	if (nul)
		return shellread_refuse(&r, (size_t)(nul - script.at), "a script must have no NUL");
	if (shellgrammar_read(&r) < 0)
		return f->code;
	give_contents(&r);
	out->commands = r.commands.at;
	out->command_count = r.commands.count;
	out->blocks = r.blocks.at;
	out->block_count = r.blocks.count;
	return shellrun(&v, out, &in->variables);
}

/* A command that runs another one: its options that have a value behind them, and what else stands before the other. */
struct runner {
	struct text name;    /* of the program */
	struct text letters; /* options with one letter that take the next word */
	size_t operands;     /* words that come before the command */
	bool assigns;        /* may NAME=word come before it? */
	struct text asks;    /* options with which it runs nothing */
};

static const struct runner RUNNERS[] = {
	{ TEXT_INIT("sudo"), TEXT_INIT("ugprtThCDRU"), 0, true, TEXT_INIT("lvVKke") },
	{ TEXT_INIT("doas"), TEXT_INIT("uC"), 0, true, TEXT_INIT("L") },
	{ TEXT_INIT("env"), TEXT_INIT("uCS"), 0, true, TEXT_INIT("") },
	{ TEXT_INIT("exec"), TEXT_INIT("a"), 0, false, TEXT_INIT("") },
	{ TEXT_INIT("command"), TEXT_INIT(""), 0, false, TEXT_INIT("vV") },
	{ TEXT_INIT("builtin"), TEXT_INIT(""), 0, false, TEXT_INIT("") },
	{ TEXT_INIT("time"), TEXT_INIT("fo"), 0, false, TEXT_INIT("") },
	{ TEXT_INIT("nice"), TEXT_INIT("n"), 0, false, TEXT_INIT("") },
	{ TEXT_INIT("ionice"), TEXT_INIT("cn"), 0, false, TEXT_INIT("pPu") },
	{ TEXT_INIT("nohup"), TEXT_INIT(""), 0, false, TEXT_INIT("") },
	{ TEXT_INIT("setsid"), TEXT_INIT(""), 0, false, TEXT_INIT("") },
	{ TEXT_INIT("stdbuf"), TEXT_INIT("ioe"), 0, false, TEXT_INIT("") },
	{ TEXT_INIT("timeout"), TEXT_INIT("sk"), 1, false, TEXT_INIT("") },
	{ TEXT_INIT("gosu"), TEXT_INIT(""), 1, false, TEXT_INIT("") },
	{ TEXT_INIT("su-exec"), TEXT_INIT(""), 1, false, TEXT_INIT("") },
	{ TEXT_INIT("eatmydata"), TEXT_INIT(""), 0, false, TEXT_INIT("") },
	{ TEXT_INIT("!"), TEXT_INIT(""), 0, false, TEXT_INIT("") },
};

static struct text last_component(struct text path)
{
	for (size_t i = path.len; i-- > 0;)
		if (path.at[i] == '/')
			return text_skip(path, i + 1);
	return path;
}

static const struct runner *runner_of(struct text name)
{
	for (size_t i = 0; i < sizeof RUNNERS / sizeof *RUNNERS; i++)
		if (text_equal(RUNNERS[i].name, name))
			return &RUNNERS[i];
	return NULL;
}

static bool is_assignment(struct text t)
{
	size_t i = 0;
	while (i < t.len && (shellread_name((unsigned char)t.at[i])))
		i++;
	return i && i < t.len && t.at[i] == '=' && t.at[0] > '9';
}

/* Words that an option takes, itself with them; 0: it is none, or the program runs nothing. */
static size_t option_length(const struct runner *r, struct text t)
{
	static const struct text names[] = {
		TEXT_INIT("--user"),   TEXT_INIT("--group"),  TEXT_INIT("--chdir"),      TEXT_INIT("--unset"),
		TEXT_INIT("--prompt"), TEXT_INIT("--signal"), TEXT_INIT("--kill-after"), TEXT_INIT("--adjustment"),
		TEXT_INIT("--host"),   TEXT_INIT("--format"), TEXT_INIT("--output")
	};
	if (t.len < 2 || t.at[0] != '-')
		return t.len == 1 && t.at[0] == '-';
	if (t.at[1] == '-') {
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (text_equal(t, names[i]))
				return 2;
		return 1;
	}
	for (size_t i = 1; i < t.len; i++)
		if (text_has(r->letters, t.at[i]))
			return i + 1 == t.len ? 2 : 1;
	return 1;
}

static bool asks(const struct runner *r, struct text t)
{
	return t.len > 1 && t.at[0] == '-' && text_has(r->asks, t.at[1]);
}

/* The index of the command that a runner at `at` runs; `at` itself when it runs none. */
static size_t behind(const struct shell_command *c, const struct runner *r, size_t at)
{
	size_t i = at + 1, taken;
	bool options = true;
	for (; i < c->word_count; i += taken) {
		struct text t = c->words[i].value;
		taken = options ? option_length(r, t) : 0;
		if (options && asks(r, t))
			return at;
		if (text_equal(t, TEXT("--")))
			options = false;
		if (!taken && r->assigns && is_assignment(t))
			taken = 1;
		if (!taken)
			break;
	}
	i += r->operands;
	return i < c->word_count ? i : at;
}

struct text shell_program(const struct shell_command *command, size_t *first)
{
	size_t at = 0;
	*first = 0;
	for (;;) {
		const struct runner *r;
		while (at < command->word_count && command->words[at].known && !command->words[at].value.len)
			at++;
		if (at >= command->word_count || !command->words[at].known || command->words[at].splits)
			return (struct text){ 0 };
		*first = at;
		struct text name = last_component(command->words[at].value);
		r = runner_of(name);
		size_t next = r ? behind(command, r, at) : at;
		if (next == at)
			return name;
		at = next;
	}
}
