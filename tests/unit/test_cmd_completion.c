/* cmd_completion: each shell's script knows every verb and option; bash completes with it. */
#include "base/buffer.h"
#include "cmd/verbs.h"
#include "sys/proc.h"
#include "verb.h"


/* `nixgraft completion <shell>` with all verbs. */
static void script_of(struct capture *c, const char *shell)
{
	struct call call = { .command = &cmd_completion, .verbs = VERBS };
	struct fault f = { 0 };
	int code;

	LIST_PUSH(&call.operands, &call.arena, text_of(shell));
	capture_begin(c);
	code = cmd_completion.run(&call, &f);
	capture_end(c);
	arena_drop(&call.arena);
	assert_int_equal(code, 0);
	assert_string_equal(c->err, "");
}

/* The script's part for a verb: the lines, joined by backslashes, that begin with `head`; all of them. After the option comes one of
 * `ends`. */
static void must_have(const char *script, const char *head, const char *what, const char *ends)
{
	for (const char *at = strstr(script, head); at; at = strstr(at + 1, head)) {
		const char *end = at;

		while (*end && (*end != '\n' || end[-1] == '\\'))
			end++;
		for (const char *hit = strstr(at, what); hit && hit < end; hit = strstr(hit + 1, what))
			if (strchr(ends, hit[strlen(what)]))
				return;
	}
	fail_msg("no \"%s\" after \"%s\" in:\n%s", what, head, script);
}

/* How a shell's script says it; %s stands for the verb and the option. */
static const struct {
	const char *shell, *verb, *head, *option, *ends;
} shells[] = {
	{ "bash", " %s", "\t%s) words='", " --%s", " '" },
	{ "zsh", "'%s:", "\t%s) _arguments", "--%s", "[=}" },
	{ "fish", "-n __fish_use_subcommand -a %s -d '", "-n '__fish_seen_subcommand_from %s'", "-l %s", " " },
};

static void check_options(size_t shell, const char *script, const char *head, const struct option_spec *options)
{
	for (; options->name; options++) {
		char option[64];

		snprintf(option, sizeof option, shells[shell].option, options->name);
		must_have(script, head, option, shells[shell].ends);
	}
}

static void scripts_know_every_verb_and_option(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
		struct capture c;

		script_of(&c, shells[i].shell);
		for (size_t v = 0; VERBS[v]; v++) {
			char verb[128], head[128];

			snprintf(verb, sizeof verb, shells[i].verb, VERBS[v]->name);
			snprintf(head, sizeof head, shells[i].head, VERBS[v]->name);
			assert_non_null(strstr(c.out, verb));
			check_options(i, c.out, head, VERBS[v]->options);
			check_options(i, c.out, head, COMMON_OPTIONS);
		}
		capture_drop(&c);
	}
}

/* What bash offers for the last of the words. */
static void bash_offers(const char *script, const char *words, const char *expected)
{
	char path[] = "/tmp/nixgraft-test-XXXXXX", line[512];
	const char *argv[] = { "/bin/bash", "--norc", "-c", line, NULL };
	BUFFER_AUTO out = { 0 };
	struct fault f = { 0 };
	int fd = mkstemp(path), code;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, script, strlen(script)), strlen(script));
	close(fd);
	snprintf(line, sizeof line, "set -u; . %s; COMP_WORDS=(nixgraft %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
		 "_nixgraft; echo ${COMPREPLY[@]}", path, words);
	code = proc_capture(argv, 4096, &out, &f);
	unlink(path);
	assert_int_equal(code, 0);
	assert_string_equal(out.at, expected);
}

static void bash_completes(void **state)
{
	struct capture c;

	(void)state;
	if (access("/bin/bash", X_OK) != 0)
		skip();
	script_of(&c, "bash");
	bash_offers(c.out, "veri", "verify\n");
	bash_offers(c.out, "--v", "--version\n");
	bash_offers(c.out, "apply --off", "--offline\n");
	bash_offers(c.out, "lock --flake-", "--flake-lock\n");
	bash_offers(c.out, "verify --json --re", "--repair\n");
	bash_offers(c.out, "apply --root /et", "/etc\n");
	bash_offers(c.out, "apply --manifest-no", "\n");
	bash_offers(c.out, "env --format con", "containerfile\n");
	bash_offers(c.out, "env -f g", "github\n");
	bash_offers(c.out, "apply -f --off", "--offline\n");
	bash_offers(c.out, "apply --user roo", "root\n");
	bash_offers(c.out, "apply --jobs ''", "\n");
	bash_offers(c.out, "completion fi", "fish\n");
	capture_drop(&c);
}

static void other_shells_are_refused(void **state)
{
	static const char *const lines[] = { "", "tcsh", "Bash", "bash zsh" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct verb v;

		verb_ended(verb_run(&v, &cmd_completion, lines[i]), FAULT_USAGE, "name one shell: bash, zsh or fish");
		assert_string_equal(v.printed.out, "");
		verb_drop(&v);
	}
}

static void json_is_refused(void **state)
{
	struct verb v;

	(void)state;
	verb_ended(verb_run(&v, &cmd_completion, "bash --json"), FAULT_USAGE, "a shell reads no JSON: leave out --json");
	assert_string_equal(v.printed.out, "");
	verb_drop(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts_know_every_verb_and_option),
		cmocka_unit_test(bash_completes),
		cmocka_unit_test(other_shells_are_refused),
		cmocka_unit_test(json_is_refused),
	};

	return cmocka_run_group_tests_name("cmd_completion", tests, NULL, NULL);
}
