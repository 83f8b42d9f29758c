#include <stdio.h>

#include "cmd/verbs.h"

static const struct option_spec OPTIONS[] = { { 0 } };

/* ---- bash ---- */

static void bash_words(const struct option_spec *options)
{
	for (; options->name; options++)
		printf(" --%s", options->name);
}

static void write_bash(const struct command *const *verbs)
{
	printf("# bash completion for nixgraft\n"
	       "_nixgraft() {\n"
	       "	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
	       "	case $prev in\n"
	       "	--lock|-l|--manifest|-m|--flake-lock) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
	       "	--root|-r|--flake) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
	       "	esac\n"
	       "	case ${COMP_WORDS[1]} in\n");
	for (const struct command *const *c = verbs; *c; c++) {
		printf("	%s) words='", (*c)->name);
		bash_words((*c)->options);
		bash_words(COMMON_OPTIONS);
		printf("' ;;\n");
	}
	printf("	esac\n"
	       "	[ \"$COMP_CWORD\" = 1 ] && words='");
	for (const struct command *const *c = verbs; *c; c++)
		printf(" %s", (*c)->name);
	printf(" --help --version'\n"
	       "	COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	       "}\n"
	       "complete -F _nixgraft nixgraft\n");
}

/* ---- zsh ---- */

/* A description between quotes and brackets: those characters would end it. */
static void print_plain(const char *s)
{
	for (; *s; s++)
		putchar(*s == '\'' || *s == '[' || *s == ']' || *s == ':' ? ' ' : *s);
}

static void zsh_options(const struct option_spec *options)
{
	for (; options->name; options++) {
		printf(" \\\n			'*--%s[", options->name);
		print_plain(options->help);
		printf("]%s'", options->value ? ":value:_files" : "");
	}
}

static void write_zsh(const struct command *const *verbs)
{
	printf("#compdef nixgraft\n"
	       "_nixgraft() {\n"
	       "	if (( CURRENT == 2 )); then\n"
	       "		local -a verbs=(");
	for (const struct command *const *c = verbs; *c; c++)
		printf("'%s:%s' ", (*c)->name, (*c)->summary);
	printf(")\n"
	       "		_describe verb verbs\n"
	       "		return\n"
	       "	fi\n"
	       "	case $words[2] in\n");
	for (const struct command *const *c = verbs; *c; c++) {
		printf("	%s) _arguments", (*c)->name);
		zsh_options((*c)->options);
		zsh_options(COMMON_OPTIONS);
		printf(" ;;\n");
	}
	printf("	esac\n"
	       "}\n"
	       "_nixgraft \"$@\"\n");
}

/* ---- fish ---- */

static void fish_options(const struct command *c, const struct option_spec *options)
{
	for (; options->name; options++) {
		printf("complete -c nixgraft -n '__fish_seen_subcommand_from %s' -l %s", c->name, options->name);
		if (options->letter)
			printf(" -s %c", options->letter);
		printf("%s -d '", options->value ? " -r" : "");
		print_plain(options->help);
		printf("'\n");
	}
}

static void write_fish(const struct command *const *verbs)
{
	for (const struct command *const *c = verbs; *c; c++)
		printf("complete -c nixgraft -n __fish_use_subcommand -f -a %s -d '%s'\n", (*c)->name, (*c)->summary);
	for (const struct command *const *c = verbs; *c; c++) {
		fish_options(*c, (*c)->options);
		fish_options(*c, COMMON_OPTIONS);
	}
}

/* ---- the verb ---- */

static const struct {
	const char *name;
	void (*write)(const struct command *const *verbs);
} SHELLS[] = { { "bash", write_bash }, { "zsh", write_zsh }, { "fish", write_fish } };

static int completion_run(struct call *call, struct fault *f)
{
	struct text asked = call->operands.count == 1 ? call->operands.at[0] : TEXT("");
	for (size_t i = 0; i < sizeof SHELLS / sizeof *SHELLS; i++)
		if (text_equal(asked, text_of(SHELLS[i].name))) {
			SHELLS[i].write(call->verbs);
			return 0;
		}
	return fault_set(f, FAULT_USAGE, "name one shell: bash, zsh or fish");
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print the completion script of a shell",
	.usage = "bash|zsh|fish",
	.text = "  nixgraft completion bash > /usr/share/bash-completion/completions/nixgraft\n",
	.options = OPTIONS,
	.run = completion_run,
};
