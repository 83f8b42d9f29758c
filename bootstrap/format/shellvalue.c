#include "format/shellvalue.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/shellglob.h"

#define QUERY_MAX 80 /* bytes of a substitution that is asked for */

/* A value while it is put together. */
struct sum {
	struct buffer bytes; /* so far */
	bool pattern;        /* put a backslash before what is quoted and special in a pattern */
	bool known;          /* so far */
	bool splits;         /* has a variable without quotes with blanks in it */
};

static int put_parts(struct shell_values *v, const struct shell_part *parts, size_t count, struct sum *out);

static int put(struct shell_values *v, struct text t, bool escape, struct sum *out)
{
	v->bytes += t.len;
	if (v->bytes > SHELL_VALUES_MAX)
		return fault_set(v->fault, FAULT_INPUT, "%s: the values of its words have more than %u bytes", v->what,
				 SHELL_VALUES_MAX);
	for (size_t i = 0; i < t.len && escape; i++) {
		if (text_has(TEXT("*?[]\\/"), t.at[i]))
			buffer_add(&out->bytes, "\\", 1);
		buffer_add(&out->bytes, t.at + i, 1);
	}
	if (!escape)
		buffer_text(&out->bytes, t);
	return 0;
}

static int put_raw(struct shell_values *v, const struct shell_part *part, struct sum *out)
{
	out->known = false;
	return put(v, part->raw, false, out);
}

static int put_known(struct shell_values *v, const struct shell_part *part, struct text t, struct sum *out)
{
	for (size_t i = 0; i < t.len && !part->quoted; i++)
		out->splits |= t.at[i] == ' ' || t.at[i] == '\t' || t.at[i] == '\n';
	return put(v, t, out->pattern && part->quoted, out);
}

/* The argument of ${ }, as a text in the arena. */
static int argument_of(struct shell_values *v, const struct shell_part *part, bool pattern, struct text *out,
		       bool *known)
{
	BUFFER_AUTO bytes = { 0 };
	struct sum sum = { .pattern = pattern, .known = true };
	int code = put_parts(v, part->argument, part->argument_count, &sum);
	bytes = sum.bytes;
	*known = sum.known;
	*out = arena_copy(v->arena, buffer_view(&bytes));
	return code;
}

/* How many bytes of the value go at its begin or end: the least or the most that match. */
static size_t cut_length(struct shell_values *v, struct text value, struct text pattern, struct text op)
{
	bool front = op.at[0] == '#', most = op.len == 2;
	for (size_t i = 0; i <= value.len && v->steps; i++) {
		size_t len = most ? value.len - i : i;
		struct text piece = { front ? value.at : value.at + value.len - len, len };
		if (shellglob_match(pattern, piece, &v->steps))
			return len;
	}
	return 0;
}

static int put_cut(struct shell_values *v, const struct shell_part *part, struct text value, struct sum *out)
{
	struct text pattern;
	bool known;
	if (argument_of(v, part, true, &pattern, &known) < 0)
		return v->fault->code;
	size_t len = known ? cut_length(v, value, pattern, part->op) : 0;
	if (!known || !v->steps)
		return put_raw(v, part, out);
	if (part->op.at[0] == '#')
		value.at += len;
	value.len -= len;
	return put_known(v, part, value, out);
}

static struct text unescape(struct shell_values *v, struct text t)
{
	char *bytes = arena_alloc(v->arena, t.len + 1, 1);
	size_t len = 0;
	for (size_t i = 0; i < t.len; i++) {
		i += t.at[i] == '\\' && i + 1 < t.len;
		bytes[len++] = t.at[i];
	}
	return (struct text){ bytes, len };
}

/* ${X/this/that} and ${X//this/that}, of plain bytes. */
static int put_replaced(struct shell_values *v, const struct shell_part *part, struct text value, struct sum *out)
{
	struct text both, this, that;
	bool known, all = part->op.len == 2;
	size_t cut = 0, i = 0;
	if (argument_of(v, part, true, &both, &known) < 0)
		return v->fault->code;
	while (cut < both.len && both.at[cut] != '/')
		cut += both.at[cut] == '\\' ? 2 : 1;
	if (cut > both.len)
		cut = both.len;
	this = (struct text){ both.at, cut };
	known = known && cut && !shellglob_is(this) && !text_has(TEXT("#%"), both.at[0]);
	if (!known || v->steps / (value.len + 1) <= this.len)
		return put_raw(v, part, out);
	v->steps -= (value.len + 1) * (this.len + 1);
	this = unescape(v, this);
	that = cut < both.len ? unescape(v, text_skip(both, cut + 1)) : (struct text){ 0 };
	for (size_t from = 0; i <= value.len; from = i) {
		bool found = false;
		while (i < value.len && !(found = text_starts(text_skip(value, i), this)))
			i++;
		if (put_known(v, part, (struct text){ value.at + from, i - from }, out) < 0)
			return v->fault->code;
		if (!found)
			break;
		i += this.len;
		if (put_known(v, part, that, out) < 0 || (!all && put_known(v, part, text_skip(value, i), out) < 0))
			return v->fault->code;
		if (!all)
			break;
	}
	return 0;
}

/* ${X:offset} and ${X:offset:length}, with plain numbers. */
static int put_piece(struct shell_values *v, const struct shell_part *part, struct text value, struct sum *out)
{
	struct text numbers, first;
	uint64_t offset, length = value.len;
	bool known;
	if (argument_of(v, part, false, &numbers, &known) < 0)
		return v->fault->code;
	known = known && text_cut(&numbers, ':', &first) && text_u64(first, SHELL_VALUE_MAX, &offset) &&
		(!numbers.at || text_u64(numbers, SHELL_VALUE_MAX, &length));
	if (!known)
		return put_raw(v, part, out);
	value = offset > value.len ? (struct text){ 0 } : text_skip(value, offset);
	if (value.len > length)
		value.len = length;
	return put_known(v, part, value, out);
}

static int put_case(struct shell_values *v, const struct shell_part *part, struct text value, struct sum *out)
{
	bool upper = part->op.at[0] == '^', all = part->op.len == 2;
	if (part->argument_count)
		return put_raw(v, part, out);
	struct text copy = arena_copy(v->arena, value);
	char *bytes = (char *)(uintptr_t)copy.at;
	for (size_t i = 0; i < (all ? copy.len : copy.len > 0); i++) {
		if (upper && bytes[i] >= 'a' && bytes[i] <= 'z')
			bytes[i] = (char)(bytes[i] - 'a' + 'A');
		else if (!upper && bytes[i] >= 'A' && bytes[i] <= 'Z')
			bytes[i] = (char)(bytes[i] - 'A' + 'a');
	}
	return put_known(v, part, copy, out);
}

static int put_length(struct shell_values *v, const struct shell_part *part, struct text value, struct sum *out)
{
	return put_known(v, part, arena_printf(v->arena, "%zu", value.len), out);
}

/* :- - := = :? ? :+ and +: *use tells whether the argument stands for the value. False: not known. */
static bool chooses_argument(const struct shell_part *part, const struct shell_value *value, bool *use)
{
	bool colon = part->op.at[0] == ':', empty = value->is == SHELL_UNSET || (colon && !value->text.len);
	char sign = part->op.at[part->op.len - 1];
	if (value->is != SHELL_KNOWN && value->is != SHELL_UNSET)
		return false;
	*use = sign == '+' ? !empty : empty;
	return sign != '?' || !empty;
}

static int put_choice(struct shell_values *v, const struct shell_part *part, const struct shell_value *value,
		      struct sum *out)
{
	bool use, known;
	struct text argument;
	char sign = part->op.at[part->op.len - 1];
	if (!chooses_argument(part, value, &use))
		return put_raw(v, part, out);
	if (!use)
		return sign == '+' ? 0 : put_known(v, part, value->text, out);
	if (sign != '=')
		return put_parts(v, part->argument, part->argument_count, out);
	if (argument_of(v, part, false, &argument, &known) < 0)
		return v->fault->code;
	shellvars_set(&v->vars, part->text, (struct shell_value){ known ? SHELL_KNOWN : SHELL_UNKNOWN, argument });
	return known ? put_known(v, part, argument, out) : put_raw(v, part, out);
}

static int put_variable(struct shell_values *v, const struct shell_part *part, struct sum *out)
{
	struct shell_value value = shellvars_get(&v->vars, part->text);
	char sign = part->op.len ? part->op.at[part->op.len - 1] : 0;
	struct text op = part->op;
	if (sign && sign != '!' && text_has(TEXT("-=?+"), sign))
		return put_choice(v, part, &value, out);
	if (value.is == SHELL_UNKNOWN || text_equal(op, TEXT("?!")) || text_equal(op, TEXT("@")))
		return put_raw(v, part, out);
	if (!op.len && value.is == SHELL_PARTLY)
		out->known = false;
	else if (value.is == SHELL_PARTLY)
		return put_raw(v, part, out);
	if (!op.len)
		return put_known(v, part, value.text, out);
	if (text_equal(op, TEXT("len")))
		return put_length(v, part, value.text, out);
	if (sign == '#' || sign == '%')
		return put_cut(v, part, value.text, out);
	if (sign == '/')
		return put_replaced(v, part, value.text, out);
	if (sign == ':')
		return put_piece(v, part, value.text, out);
	return put_case(v, part, value.text, out);
}

/* A substitution may be known to whom one asks; as a shell, without the newlines at its end. */
static int put_opaque(struct shell_values *v, const struct shell_part *part, struct sum *out)
{
	const struct shell_variables *ask = v->vars.variables;
	struct text query = part->raw, value;
	if (query.len < 3 || query.len > QUERY_MAX || !ask || !ask->get)
		return put_raw(v, part, out);
	if (query.at[0] == '`')
		query = arena_printf(v->arena, "$(" TEXT_F ")", (int)query.len - 2, query.at + 1);
	if (!text_starts(query, TEXT("$(")) || text_starts(query, TEXT("$((")) || !ask->get(ask->of, query, &value))
		return put_raw(v, part, out);
	return put_known(v, part, value, out);
}

static int put_parts(struct shell_values *v, const struct shell_part *parts, size_t count, struct sum *out)
{
	int code = 0;
	for (size_t i = 0; i < count && code == 0; i++) {
		const struct shell_part *part = &parts[i];
		if (part->kind == SHELL_LITERAL) {
			code = put(v, part->text, out->pattern && part->quoted, out);
		} else if (part->kind == SHELL_VARIABLE) {
			code = put_variable(v, part, out);
		} else {
			code = put_opaque(v, part, out);
		}
	}
	return code;
}

int shellvalue_word(struct shell_values *v, struct shell_word *word)
{
	BUFFER_AUTO bytes = { 0 };
	struct sum sum = { .known = true };
	if (word->part_count == 1 && word->parts->kind == SHELL_LITERAL) {
		word->value = word->parts->text;
		word->known = true;
		return 0;
	}
	int code = put_parts(v, word->parts, word->part_count, &sum);
	bytes = sum.bytes;
	if (code < 0)
		return code;
	word->value = arena_copy(v->arena, buffer_view(&bytes));
	word->known = sum.known;
	word->splits = sum.splits;
	return 0;
}

int shellvalue_pattern(struct shell_values *v, const struct shell_word *word, struct text *out, bool *known)
{
	const struct shell_part whole = { .argument = word->parts, .argument_count = word->part_count };
	return argument_of(v, &whole, true, out, known);
}

struct shell_value shellvalue_of(const struct shell_word *word, size_t skip)
{
	struct shell_value value = { SHELL_KNOWN, text_skip(word->value, skip) };
	bool literal = skip && word->parts->text.len > skip;
	if (value.text.len > SHELL_VALUE_MAX)
		return (struct shell_value){ 0 };
	for (size_t i = skip > 0; i < word->part_count && !word->known; i++)
		literal |= word->parts[i].kind == SHELL_LITERAL || !text_equal(word->parts[i].raw, word->value);
	if (!word->known)
		value.is = literal && word->part_count > 0 ? SHELL_PARTLY : SHELL_UNKNOWN;
	return value;
}
