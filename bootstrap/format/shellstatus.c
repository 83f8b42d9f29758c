#include "format/shellstatus.h"

#include "format/shellglob.h"
#include "format/shellsets.h"

/* The words of a test. */
struct test {
	struct shell_values *v;         /* of the script */
	const struct shell_word *words; /* the first */
	size_t count;                   /* how many */
	bool patterns;                  /* [[ ]]: == compares with a pattern */
};

enum shell_status shellstatus_not(enum shell_status s)
{
	return s == SHELL_YES ? SHELL_NO : s == SHELL_NO ? SHELL_YES : SHELL_MAYBE;
}

static enum shell_status yes(bool is)
{
	return is ? SHELL_YES : SHELL_NO;
}

static bool is_word(const struct shell_word *w, const char *word)
{
	return w->known && text_equal(w->value, text_of(word));
}

static int compare_pattern(struct shell_values *v, struct text value, const struct shell_word *word,
			   enum shell_status *out)
{
	struct text pattern;
	bool known;
	if (shellvalue_pattern(v, word, &pattern, &known) < 0)
		return v->fault->code;
	*out = yes(shellglob_match(pattern, value, &v->steps));
	if (text_equal(pattern, TEXT("*")))
		*out = SHELL_YES;
	else if (!known || !v->steps)
		*out = SHELL_MAYBE;
	return 0;
}

static enum shell_status compare_numbers(const struct shell_word *a, const char *op, const struct shell_word *b)
{
	uint64_t x, y;
	if (!text_u64(a->value, INT64_MAX, &x) || !text_u64(b->value, INT64_MAX, &y))
		return SHELL_MAYBE;
	switch (op[1] << 8 | op[2]) {
	case 'e' << 8 | 'q':
		return yes(x == y);
	case 'n' << 8 | 'e':
		return yes(x != y);
	case 'l' << 8 | 't':
		return yes(x < y);
	case 'l' << 8 | 'e':
		return yes(x <= y);
	case 'g' << 8 | 't':
		return yes(x > y);
	default:
		return yes(x >= y);
	}
}

/* WORD op WORD. */
static int test_two(const struct test *t, enum shell_status *out)
{
	static const char *const numeric[] = { "-eq", "-ne", "-lt", "-le", "-gt", "-ge" };
	const struct shell_word *a = &t->words[0], *op = &t->words[1], *b = &t->words[2];
	bool equal = is_word(op, "=") || is_word(op, "=="), differ = is_word(op, "!=");
	if (!a->known || !b->known || a->splits || b->splits)
		return 0;
	if ((equal || differ) && t->patterns) {
		if (compare_pattern(t->v, a->value, b, out) < 0)
			return t->v->fault->code;
	} else if (equal || differ) {
		*out = yes(text_equal(a->value, b->value));
	}
	if (differ)
		*out = shellstatus_not(*out);
	for (size_t i = 0; i < sizeof numeric / sizeof *numeric; i++)
		if (is_word(op, numeric[i]))
			*out = compare_numbers(a, numeric[i], b);
	return 0;
}

/* One test without && and ||. */
static int test_one(struct test t, enum shell_status *out)
{
	bool negated = false;
	int code = 0;
	*out = SHELL_MAYBE;
	if (!t.count)
		return 0;
	while (t.count > 1 && t.count != 3 && is_word(t.words, "!")) {
		negated = !negated;
		t.words++;
		t.count--;
	}
	const struct shell_word *last = &t.words[t.count - 1];
	bool plain = last->known && !last->splits;
	if (t.count == 1 && plain)
		*out = yes(last->value.len > 0);
	else if (t.count == 2 && plain && (is_word(t.words, "-n") || is_word(t.words, "-z")))
		*out = yes((last->value.len > 0) == is_word(t.words, "-n"));
	else if (t.count == 3)
		code = test_two(&t, out);
	if (negated)
		*out = shellstatus_not(*out);
	return code;
}

/* [[ ]]: tests with && and || between them; parentheses are not looked into. */
static int test_all(struct shell_values *v, const struct shell_word *words, size_t count, enum shell_status *out)
{
	enum shell_status one, all = SHELL_YES;
	bool or = false;
	size_t begin = 0;
	*out = SHELL_MAYBE;
	for (size_t i = 0; i < count; i++)
		if (!words[i].part_count && text_has(TEXT("()<>"), words[i].value.at[0]))
			return 0;
	for (size_t i = 0; i <= count; i++) {
		if (i < count && (words[i].part_count || !words[i].value.len))
			continue;
		if (test_one((struct test){ v, words + begin, i - begin, true }, &one) < 0)
			return v->fault->code;
		if (or)
			all = all == SHELL_YES || one == SHELL_YES ? SHELL_YES : all == SHELL_NO ? one : SHELL_MAYBE;
		else
			all = all == SHELL_NO || one == SHELL_NO ? SHELL_NO : all == SHELL_YES ? one : SHELL_MAYBE;
		or = i < count && words[i].value.at[0] == '|';
		begin = i + 1;
	}
	*out = all;
	return 0;
}

bool shellstatus_is_test(const struct shell_command *c)
{
	static const char *const names[] = { "[", "test", "grep", "egrep", "fgrep", "type", "which", "hash", "cmp" };
	if (c->which == SHELL_TEST || c->negated)
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names && c->word_count; i++)
		if (is_word(c->words, names[i]))
			return true;
	return c->word_count > 1 && is_word(c->words, "command") && is_word(&c->words[1], "-v");
}

/* An assignment alone fails only with a substitution in it. */
static enum shell_status status_of_assignments(const struct shell_command *c)
{
	for (size_t i = 0; i < c->assignment_count; i++)
		for (size_t k = 0; k < c->assignments[i].value.part_count; k++)
			if (c->assignments[i].value.parts[k].kind == SHELL_OPAQUE)
				return SHELL_MAYBE;
	return c->assignment_count ? SHELL_YES : SHELL_MAYBE;
}

int shellstatus_of(struct shell_values *v, const struct shell_command *c, enum shell_status *out)
{
	static const char *const fine[] = { "true", ":", "export", "set", "local", "readonly", "unset" };
	*out = SHELL_MAYBE;
	if (c->which == SHELL_DEFINITION)
		*out = SHELL_YES;
	if (c->which == SHELL_TEST)
		return test_all(v, c->operands, c->operand_count, out);
	if (c->redirect_count || c->compound)
		return 0;
	if (!c->word_count) {
		*out = status_of_assignments(c);
		return 0;
	}
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		if (is_word(c->words, fine[i]))
			*out = SHELL_YES;
	if (is_word(c->words, "false"))
		*out = SHELL_NO;
	if (is_word(c->words, "test"))
		return test_one((struct test){ v, c->words + 1, c->word_count - 1, false }, out);
	if (is_word(c->words, "[") && c->word_count > 1 && is_word(&c->words[c->word_count - 1], "]"))
		return test_one((struct test){ v, c->words + 1, c->word_count - 2, false }, out);
	return 0;
}

int shellstatus_arm(struct shell_values *v, const struct shell_word *subject, const struct shell_block *arm,
		    enum shell_status *out)
{
	*out = SHELL_NO;
	for (size_t i = 0; i < arm->pattern_count && *out != SHELL_YES; i++) {
		enum shell_status one;
		if (compare_pattern(v, subject->value, &arm->patterns[i], &one) < 0)
			return v->fault->code;
		if (!subject->known && !text_equal(shellsets_plain(&arm->patterns[i]), TEXT("*")))
			one = SHELL_MAYBE;
		*out = one == SHELL_NO ? *out : one;
	}
	return 0;
}
