#include <stdio.h>

#include "cmd/verbs.h"

static const struct option_spec OPTIONS[] = { { 0 } };

/* ---- what a value is ---- */

/* What completes a value that the help calls so. */
static const struct kind {
	const char *value; /* in an option_spec */
	const char *bash;  /* options of compgen */
	const char *zsh;   /* the action of a spec of _arguments */
	const char *fish;  /* options of complete */
	bool is_file;      /* a name of a file or folder? */
} KINDS[] = {
	{ "FILE", "-f", "_files", "-rF", true },
	{ "DIR", "-d", "_files -/", "-xa '(__fish_complete_directories)'", true },
	{ "USER", "-u", "_users", "-xa '(__fish_complete_users)'", false },
};
#define KINDS_END (KINDS + sizeof KINDS / sizeof *KINDS)

static const struct kind *kind_of(const char *value)
{
	for (const struct kind *k = KINDS; k < KINDS_END; k++)
		if (text_equal(text_of(value), text_of(k->value)))
			return k;
	return NULL;
}

/* The words of "a|b|c", each after a blank; nothing for any other value. */
static bool has_words(const char *value)
{
	struct text rest = text_of(value), word; /* none of NULL */
	return text_cut(&rest, '|', &word) && rest.len;
}

static void print_words(const char *value)
{
	struct text word;
	for (struct text rest = text_of(value); text_cut(&rest, '|', &word);)
		printf(" " TEXT_F, TEXT_A(word));
}

/* Between single quotes, where the shell wants each of `special` after a backslash; a quote ends them and begins anew. */
static void print_quoted(const char *s, const char *special)
{
	for (; *s; s++)
		if (*s == '\'')
			printf("'\\''");
		else
			printf("%s%c", text_has(text_of(special), *s) ? "\\" : "", *s);
}

/* ---- bash ---- */

static void bash_words(const struct option_spec *options)
{
	for (; options->name; options++)
		printf(" --%s", options->name);
}

/* A line is a word: names have blanks. */
static void bash_reply(const char *asked)
{
	printf("mapfile -t COMPREPLY < <(compgen %s -- \"$cur\")", asked);
}

/* What a value may be. Names of files get quotes where they need them, and folders a slash. */
static void bash_value(const char *value)
{
	const struct kind *kind = kind_of(value);
	if (has_words(value)) {
		printf("words='");
		print_words(value);
		printf("'; ");
		bash_reply("-W \"$words\"");
	} else if (kind) {
		bash_reply(kind->bash);
	} else {
		printf("COMPREPLY=()");
	}
	if (kind && kind->is_file)
		printf("; compopt -o filenames 2>/dev/null");
}

/* What follows an option that takes a value. */
static void bash_values(const struct option_spec *options)
{
	for (; options->name; options++) {
		if (!options->value)
			continue;
		printf("		--%s", options->name);
		if (options->letter)
			printf("|-%c", options->letter);
		printf(") ");
		bash_value(options->value);
		printf("; return ;;\n");
	}
}

static void bash_verbs(const struct command *const *verbs)
{
	for (; *verbs; verbs++)
		printf(" %s", (*verbs)->name);
}

static void bash_verb(const struct command *c)
{
	printf("	%s) words='", c->name);
	bash_words(c->options);
	bash_words(COMMON_OPTIONS);
	if (has_words(c->operands))
		print_words(c->operands);
	printf("'\n"
	       "		case $prev in\n");
	bash_values(c->options);
	printf("		esac ;;\n");
}

/* To bash the equals sign of --name=value is a word of its own; and a quote that is open stands in the word. */
static void write_bash(const struct command *const *verbs)
{
	printf("# bash completion for nixgraft\n"
	       "_nixgraft() {\n"
	       "	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
	       "	if [ \"$cur\" = = ]; then\n"
	       "		cur=\n"
	       "	elif [ \"$prev\" = = ]; then\n"
	       "		prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	       "	fi\n"
	       "	cur=${cur#[\\\"\\']}\n"
	       "	case ${COMP_WORDS[1]} in\n");
	for (const struct command *const *c = verbs; *c; c++)
		bash_verb(*c);
	printf("	help) words='");
	bash_verbs(verbs);
	printf("' ;;\n"
	       "	esac\n"
	       "	[ \"$COMP_CWORD\" = 1 ] && words='");
	bash_verbs(verbs);
	printf(" help --help --version'\n"
	       "	");
	bash_reply("-W \"$words\"");
	printf("\n"
	       "}\n"
	       "complete -F _nixgraft nixgraft\n");
}

/* ---- zsh ---- */

static void zsh_value(const char *value)
{
	const struct kind *kind = kind_of(value);
	printf(":");
	print_quoted(has_words(value) ? "word" : value, ":");
	printf(":");
	if (has_words(value)) {
		printf("(");
		print_words(value);
		printf(")");
	} else if (kind) {
		printf("%s", kind->zsh);
	}
}

static void zsh_options(const struct option_spec *options)
{
	for (; options->name; options++) {
		if (options->letter)
			printf(" \\\n			'*'{-%c%s,--%s%s}'[", options->letter, options->value ? "+" : "", options->name,
			       options->value ? "=" : "");
		else
			printf(" \\\n			'*--%s%s[", options->name, options->value ? "=" : "");
		print_quoted(options->help, "[]\\");
		printf("]");
		if (options->value)
			zsh_value(options->value);
		printf("'");
	}
}

static void write_zsh(const struct command *const *verbs)
{
	printf("#compdef nixgraft\n"
	       "_nixgraft() {\n"
	       "	if (( CURRENT == 2 )) || [[ $CURRENT == 3 && $words[2] == help ]]; then\n"
	       "		local -a verbs=(");
	for (const struct command *const *c = verbs; *c; c++) {
		printf("'%s:", (*c)->name);
		print_quoted((*c)->summary, "\\");
		printf("' ");
	}
	printf(")\n"
	       "		(( CURRENT == 2 )) && verbs+=('help:show the help of a verb')\n"
	       "		_describe verb verbs\n"
	       "		return\n"
	       "	fi\n"
	       "	shift words\n" /* to _arguments the verb is the program */
	       "	(( CURRENT-- ))\n"
	       "	case $words[1] in\n");
	for (const struct command *const *c = verbs; *c; c++) {
		printf("	%s) _arguments -s", (*c)->name);
		zsh_options((*c)->options);
		zsh_options(COMMON_OPTIONS);
		if (has_words((*c)->operands)) {
			printf(" \\\n			'1:word:(");
			print_words((*c)->operands);
			printf(")'");
		}
		printf(" ;;\n");
	}
	printf("	esac\n"
	       "}\n"
	       "_nixgraft \"$@\"\n");
}

/* ---- fish ---- */

static void fish_value(const char *value)
{
	const struct kind *kind = kind_of(value);
	printf(" %s", kind ? kind->fish : "-x");
	if (has_words(value)) {
		printf("a '");
		print_words(value);
		printf("'");
	}
}

static void fish_verb(const struct command *c, const struct option_spec *options)
{
	for (; options->name; options++) {
		printf("complete -c nixgraft -n '__fish_seen_subcommand_from %s' -l %s", c->name, options->name);
		if (options->letter)
			printf(" -s %c", options->letter);
		if (options->value)
			fish_value(options->value);
		printf(" -d '");
		print_quoted(options->help, "\\");
		printf("'\n");
	}
}

static void write_fish(const struct command *const *verbs)
{
	printf("complete -c nixgraft -f\n");
	for (const struct command *const *c = verbs; *c; c++) {
		printf("complete -c nixgraft -n __fish_use_subcommand -a %s -d '", (*c)->name);
		print_quoted((*c)->summary, "\\");
		printf("'\n");
	}
	printf("complete -c nixgraft -n __fish_use_subcommand -a help -d 'show the help of a verb'\n"
	       "complete -c nixgraft -n '__fish_seen_subcommand_from help' -a '");
	for (const struct command *const *c = verbs; *c; c++)
		printf(" %s", (*c)->name);
	printf("'\n");
	for (const struct command *const *c = verbs; *c; c++) {
		fish_verb(*c, (*c)->options);
		fish_verb(*c, COMMON_OPTIONS);
		if (!has_words((*c)->operands))
			continue;
		printf("complete -c nixgraft -n '__fish_seen_subcommand_from %s' -a '", (*c)->name);
		print_words((*c)->operands);
		printf("'\n");
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
	if (call->json)
		return fault_set(f, FAULT_USAGE, "a shell reads no JSON: leave out --json");
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
	.operands = "bash|zsh|fish",
	.text = "  nixgraft completion bash > /usr/share/bash-completion/completions/nixgraft\n",
	.options = OPTIONS,
	.run = completion_run,
};
