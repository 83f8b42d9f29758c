#include "plan/aptcommand.h"

struct role_words {
	enum apt_role role;
	const struct text *words; /* ends with none */
};

static bool is_among(struct text word, const struct text *words)
{
	for (; words->at; words++)
		if (text_equal(word, *words))
			return true;
	return false;
}

/* Options of apt that take the next word. */
static bool takes_value(struct text option)
{
	static const struct text with_value[] = { TEXT_INIT("-o"), TEXT_INIT("-t"), TEXT_INIT("-c"), TEXT_INIT("-a"),
						  TEXT_INIT("--option"), TEXT_INIT("--target-release"), TEXT_INIT("--config-file"), { 0 } };
	return is_among(option, with_value);
}

static enum apt_role role_of_verb(struct text verb)
{
	static const struct text update[] = { TEXT_INIT("update"), { 0 } };
	static const struct text clean[] = { TEXT_INIT("clean"), TEXT_INIT("autoclean"), TEXT_INIT("distclean"), { 0 } };
	static const struct text sweep[] = { TEXT_INIT("autoremove"), { 0 } };
	static const struct text purge[] = { TEXT_INIT("remove"), TEXT_INIT("purge"), TEXT_INIT("autopurge"), { 0 } };
	static const struct role_words roles[] = { { APT_UPDATE, update }, { APT_CLEAN, clean }, { APT_SWEEP, sweep }, { APT_PURGE, purge } };
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (is_among(verb, roles[i].words))
			return roles[i].role;
	return APT_USE;
}

static enum apt_role role_of_apt(const struct shell_command *c, size_t program, size_t *first)
{
	for (size_t i = program + 1; i < c->word_count; i++) {
		struct text word = c->words[i].value;
		if (takes_value(word)) {
			i++;
		} else if (!text_starts(word, TEXT("-"))) {
			*first = i + 1;
			return role_of_verb(word);
		}
	}
	return APT_USE;
}

/* rm of nothing but apt's own leavings. */
static enum apt_role role_of_rm(const struct shell_command *c, size_t program)
{
	size_t operands = 0;
	for (size_t i = program + 1; i < c->word_count; i++) {
		struct text word = c->words[i].value;
		if (text_starts(word, TEXT("-")))
			continue;
		if (!text_starts(word, TEXT("/var/lib/apt/")) && !text_starts(word, TEXT("/var/cache/apt")) &&
		    !text_starts(word, TEXT("/var/cache/debconf")))
			return APT_NOTHING;
		operands++;
	}
	return operands ? APT_CLEAN : APT_NOTHING;
}

/* Somebody else's program, of which nobody knows what it runs. */
static bool may_run_apt(struct text program, struct text word)
{
	static const struct text runners[] = { TEXT_INIT("sh"), TEXT_INIT("bash"), TEXT_INIT("dash"), TEXT_INIT("."), TEXT_INIT("source"),
					       TEXT_INIT("eval"), TEXT_INIT("xargs"), TEXT_INIT("make"), TEXT_INIT("playwright"),
					       TEXT_INIT("npx"), TEXT_INIT("ansible-playbook"), TEXT_INIT("add-apt-repository"), { 0 } };
	bool ours = text_starts(word, TEXT("/bin/")) || text_starts(word, TEXT("/usr/")) || text_starts(word, TEXT("/sbin/"));
	return is_among(program, runners) || text_ends(program, TEXT(".sh")) || (text_has(word, '/') && !ours);
}

enum apt_role apt_role(const struct shell_command *c, size_t *first)
{
	static const struct text apt[] = { TEXT_INIT("apt-get"), TEXT_INIT("apt"), TEXT_INIT("aptitude"), { 0 } };
	static const struct text marks[] = { TEXT_INIT("auto"), TEXT_INIT("manual"), TEXT_INIT("hold"), TEXT_INIT("unhold"),
					     TEXT_INIT("minimize-manual"), { 0 } };
	size_t program = 0;
	struct text name = shell_program(c, &program);
	*first = 0;
	if (text_equal(name, TEXT("apt-mark"))) {
		*first = program + 2;
		return program + 1 < c->word_count && is_among(c->words[program + 1].value, marks) ? APT_NAMES : APT_NOTHING;
	}
	if (is_among(name, apt))
		return role_of_apt(c, program, first);
	if (text_equal(name, TEXT("apt-cache")) || text_equal(name, TEXT("apt-file")))
		return APT_USE;
	if (text_equal(name, TEXT("rm")))
		return role_of_rm(c, program);
	if (name.len && may_run_apt(name, c->words[program].value))
		return APT_MAYBE;
	return APT_NOTHING;
}
