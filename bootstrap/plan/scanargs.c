#include "plan/scanargs.h"

#include "plan/scantext.h"

struct reading {
	const struct scan_call *call;
	const char *valued;
	struct scan_args *out;
};

static struct text next_value(const struct reading *r, size_t *i)
{
	if (*i + 1 >= r->call->command->word_count)
		return (struct text){ 0 };
	return r->call->command->words[++*i].value;
}

static void add(struct reading *r, struct text name, struct text value, size_t word)
{
	struct scan_option o = { name, value, word };
	LIST_PUSH(&r->out->options, r->call->place->work->arena, o);
}

static void read_long(struct reading *r, struct text word, size_t *i)
{
	size_t at = *i, equals = scan_find(word, TEXT("="));
	if (equals != SIZE_MAX)
		add(r, scan_head(word, equals), text_skip(word, equals + 1), at);
	else
		add(r, word, scan_in(r->valued, word) ? next_value(r, i) : (struct text){ 0 }, at);
}

/* "-fsSLo FILE", "-qO-", "-tstable": the first letter that takes a value ends the cluster. */
static void read_cluster(struct reading *r, struct text word, size_t *i)
{
	size_t at = *i;
	for (size_t k = 1; k < word.len && k < 32; k++) {
		char *name = arena_alloc(r->call->place->work->arena, 3, 1);
		name[0] = '-';
		name[1] = word.at[k];
		struct text option = { name, 2 }, value = { 0 };
		bool takes = scan_in(r->valued, option);
		if (takes)
			value = k + 1 < word.len ? text_skip(word, k + 1) : next_value(r, i);
		if (takes && value.len && value.at[0] == '=')
			value = text_skip(value, 1);
		add(r, option, value, at);
		if (takes)
			return;
	}
}

void scan_args_read(const struct scan_call *call, const char *valued, struct scan_args *out)
{
	struct reading r = { call, valued, out };
	bool all = false;
	*out = (struct scan_args){ 0 };
	for (size_t i = call->first + 1; i < call->command->word_count; i++) {
		struct text word = call->command->words[i].value;
		if (all || word.len < 2 || word.at[0] != '-')
			LIST_PUSH(&out->operands, call->place->work->arena, i);
		else if (text_equal(word, TEXT("--")))
			all = true;
		else if (word.at[1] == '-' || scan_in(valued, word))
			read_long(&r, word, &i);
		else
			read_cluster(&r, word, &i);
	}
}

const struct scan_option *scan_args_find(const struct scan_args *args, const char *names)
{
	for (size_t i = args->options.count; i-- > 0;)
		if (scan_in(names, args->options.at[i].name))
			return &args->options.at[i];
	return NULL;
}

struct text scan_args_value(const struct scan_args *args, const char *names)
{
	const struct scan_option *o = scan_args_find(args, names);
	return o ? o->value : (struct text){ 0 };
}

struct text scan_args_operand(const struct scan_call *call, const struct scan_args *args, size_t index)
{
	if (index >= args->operands.count)
		return (struct text){ 0 };
	return call->command->words[args->operands.at[index]].value;
}
