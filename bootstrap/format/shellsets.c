#include "format/shellsets.h"

/* Whom to tell. */
struct listener {
	void (*tell)(void *to, const struct shell_setting *setting); /* called */
	void *to;                                                    /* with this */
};

struct text shellsets_plain(const struct shell_word *word)
{
	if (word->part_count != 1 || word->parts->kind != SHELL_LITERAL)
		return (struct text){ 0 };
	return word->parts->text;
}

static bool name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The name that the text begins with. */
static struct text leading_name(struct text t)
{
	size_t i = 0;
	while (i < t.len && name_byte(t.at[i]))
		i++;
	return (struct text){ t.at, i && t.at[0] > '9' ? i : 0 };
}

static void tell(const struct listener *l, struct shell_setting setting)
{
	if (setting.name.len)
		l->tell(l->to, &setting);
}

/* Each name in arithmetic that assigns; all of them may be what it assigns to. */
static void tell_sum(const struct listener *l, struct text sum)
{
	bool assigns = false;
	for (size_t i = 0; i < sum.len; i++)
		assigns |=
			sum.at[i] == '=' || (i && sum.at[i] == sum.at[i - 1] && (sum.at[i] == '+' || sum.at[i] == '-'));
	while (assigns && sum.len) {
		struct text name = leading_name(sum);
		size_t i = 0;
		tell(l, (struct shell_setting){ .name = name });
		while (i < sum.len && name_byte(sum.at[i]))
			i++;
		sum = (struct text){ sum.at + (i ? i : 1), sum.len - (i ? i : 1) };
	}
}

static void tell_sums_in(const struct listener *l, const struct shell_word *word)
{
	for (size_t i = 0; i < word->part_count; i++)
		if (word->parts[i].kind == SHELL_OPAQUE && text_starts(word->parts[i].raw, TEXT("$((")))
			tell_sum(l, word->parts[i].raw);
}

/* export, local and the like: NAME=word, or a name alone. */
static void tell_declared(const struct listener *l, const struct shell_command *c, struct text program)
{
	bool local = !text_equal(program, TEXT("export")) && !text_equal(program, TEXT("readonly"));
	for (size_t i = 1; i < c->word_count; i++) {
		const struct shell_word *word = &c->words[i];
		struct shell_setting setting = { .local = local };
		if (!word->part_count || word->parts->kind != SHELL_LITERAL)
			continue;
		struct text t = word->parts->text;
		setting.name = leading_name(t);
		t = (struct text){ t.at + setting.name.len, t.len - setting.name.len };
		setting.appends = text_starts(t, TEXT("+="));
		if (setting.appends || text_starts(t, TEXT("="))) {
			setting.value = word;
			setting.skip = setting.name.len + 1 + setting.appends;
			tell(l, setting);
		} else if (local && !t.len) {
			setting.unset = true;
			tell(l, setting);
		}
	}
}

/* Names that are words: of read, unset, mapfile, getopts; with `unset` they are gone. */
static void tell_words(const struct listener *l, const struct shell_command *c, bool unset)
{
	for (size_t i = 1; i < c->word_count; i++)
		tell(l, (struct shell_setting){ .name = leading_name(shellsets_plain(&c->words[i])), .unset = unset });
}

static void tell_release(const struct listener *l, const struct shell_command *c)
{
	static const char *const names[] = { "ID",
					     "ID_LIKE",
					     "NAME",
					     "PRETTY_NAME",
					     "VERSION",
					     "VERSION_ID",
					     "VERSION_CODENAME",
					     "UBUNTU_CODENAME",
					     "BUILD_ID" };
	if (c->word_count < 2 || !text_ends(shellsets_plain(&c->words[1]), TEXT("/os-release")))
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		tell(l, (struct shell_setting){ .name = text_of(names[i]) });
}

static bool is_one(struct text t, const char *const *list)
{
	for (; *list; list++)
		if (text_equal(t, text_of(*list)))
			return true;
	return false;
}

static void tell_simple(const struct listener *l, const struct shell_command *c)
{
	static const char *const declare[] = { "export", "readonly", "local", "declare", "typeset", NULL };
	static const char *const read[] = { "read", "getopts", "mapfile", "readarray", NULL };
	struct text program = shellsets_plain(&c->words[0]);
	if (is_one(program, declare))
		tell_declared(l, c, program);
	else if (is_one(program, read))
		tell_words(l, c, false);
	else if (text_equal(program, TEXT("unset")))
		tell_words(l, c, true);
	else if (text_equal(program, TEXT(".")) || text_equal(program, TEXT("source")))
		tell_release(l, c);
	else if (text_equal(program, TEXT("printf")) && c->word_count > 2 &&
		 text_equal(shellsets_plain(&c->words[1]), TEXT("-v")))
		tell(l, (struct shell_setting){ .name = leading_name(shellsets_plain(&c->words[2])) });
	else if (text_equal(program, TEXT("let")))
		for (size_t i = 1; i < c->word_count; i++)
			tell_sum(l, shellsets_plain(&c->words[i]));
}

void shellsets_each(struct text script, const struct shell_command *c,
		    void (*to_tell)(void *to, const struct shell_setting *setting), void *to)
{
	const struct listener l = { to_tell, to };
	for (size_t i = 0; i < c->word_count; i++)
		tell_sums_in(&l, &c->words[i]);
	for (size_t i = 0; i < c->assignment_count; i++) {
		const struct shell_assignment *a = &c->assignments[i];
		struct text name = leading_name(a->name);
		bool item = name.len < a->name.len;
		tell_sums_in(&l, &a->value);
		if (!c->word_count)
			tell(&l, (struct shell_setting){
					 .name = name, .value = item ? NULL : &a->value, .appends = a->appends });
	}
	if (c->word_count)
		tell_simple(&l, c);
	if (c->which == SHELL_FOR && c->operand_count)
		tell(&l, (struct shell_setting){ .name = shellsets_plain(&c->operands[0]),
						 .value = c->operand_count == 2 ? &c->operands[1] : NULL });
	if (c->which == SHELL_ARITHMETIC)
		tell_sum(&l, (struct text){ script.at + c->begin, (size_t)(c->sum_end - c->begin) });
}
