#include "cmd/command.h"

#include <assert.h>
#include <stdio.h>

const struct option_spec COMMON_OPTIONS[] = {
	{ "json", 0, NULL, "print the result as one JSON document on standard output" },
	{ "quiet", 'q', NULL, "no progress and no notes; errors only" },
	{ "help", 'h', NULL, "show this help" },
	{ 0 },
};

static const struct option_spec *find_in(const struct option_spec *table, struct text name, char letter)
{
	for (; table && table->name; table++)
		if (letter ? table->letter == letter : text_equal(text_of(table->name), name))
			return table;
	return NULL;
}

static const struct option_spec *find(const struct call *call, struct text name, char letter)
{
	const struct option_spec *spec = find_in(call->command->options, name, letter);
	return spec ? spec : find_in(COMMON_OPTIONS, name, letter);
}

/* The words of a command line. */
struct words {
	int count;
	char **at;
	int now; /* the one that is being read */
};

static int refuse(const struct call *call, struct text word, struct fault *f)
{
	return fault_set(f, FAULT_USAGE, "unknown option '" TEXT_F "'; see `nixgraft %s --help`", TEXT_A(word), call->command->name);
}

/* A value that is wanted and does not stand in the same word is the next one. */
static int take(struct call *call, const struct option_spec *spec, struct text value, struct words *w, struct fault *f)
{
	if (!spec->value && value.at)
		return fault_set(f, FAULT_USAGE, "option --%s takes no value", spec->name);
	if (spec->value && !value.at) {
		if (w->now + 1 == w->count)
			return fault_set(f, FAULT_USAGE, "option --%s needs a value: %s", spec->name, spec->value);
		value = text_of(w->at[++w->now]);
	}
	struct call_option given = { spec, value };
	LIST_PUSH(&call->options, &call->arena, given);
	return 0;
}

/* "--name", "--name=value". */
static int take_long(struct call *call, struct text word, struct words *w, struct fault *f)
{
	struct text value = text_skip(word, 2), name = { 0 };
	text_cut(&value, '=', &name);
	const struct option_spec *spec = find(call, name, 0);
	return spec ? take(call, spec, value, w, f) : refuse(call, word, f);
}

/* "-x", "-xvalue", and letters that are joined, of which the last may have a value: "-nq", "-nr value". */
static int take_short(struct call *call, struct text word, struct words *w, struct fault *f)
{
	int code = 0;
	bool last = false;
	for (size_t i = 1; code == 0 && !last && i < word.len; i++) {
		const struct option_spec *spec = find(call, (struct text){ 0 }, word.at[i]);
		if (!spec)
			return refuse(call, word, f);
		last = spec->value;
		code = take(call, spec, last && i + 1 < word.len ? text_skip(word, i + 1) : (struct text){ 0 }, w, f);
	}
	return code;
}

int call_parse(struct call *call, int argc, char **argv, struct fault *f)
{
	bool words_only = false;
	int code = 0;
	for (struct words w = { argc, argv, 0 }; code == 0 && w.now < argc; w.now++) {
		struct text word = text_of(argv[w.now]);
		if (!words_only && text_equal(word, TEXT("--"))) {
			words_only = true;
		} else if (words_only || word.len < 2 || word.at[0] != '-') {
			LIST_PUSH(&call->operands, &call->arena, word);
		} else if (text_starts(word, TEXT("--"))) {
			code = take_long(call, word, &w, f);
		} else {
			code = take_short(call, word, &w, f);
		}
	}
	call->json = call_flag(call, "json");
	call->quiet = call_flag(call, "quiet");
	return code;
}

void call_give(struct call *call, const char *name, struct text value)
{
	struct call_option given = { find(call, text_of(name), 0), value };
	assert(given.spec);
	LIST_PUSH(&call->options, &call->arena, given);
}

bool call_flag(const struct call *call, const char *name)
{
	return call_text(call, name, NULL).at != NULL;
}

struct text call_text(const struct call *call, const char *name, const char *otherwise)
{
	for (size_t i = call->options.count; i-- > 0;)
		if (text_equal(text_of(call->options.at[i].spec->name), text_of(name)))
			return call->options.at[i].value.at ? call->options.at[i].value : TEXT("");
	return text_of(otherwise);
}

struct texts call_texts(struct call *call, const char *name)
{
	LIST(struct text) found = { 0 };
	for (size_t i = 0; i < call->options.count; i++)
		if (text_equal(text_of(call->options.at[i].spec->name), text_of(name)))
			LIST_PUSH(&found, &call->arena, call->options.at[i].value);
	return LIST_TEXTS(found);
}

int call_number(const struct call *call, const char *name, uint64_t max, uint64_t *out, struct fault *f)
{
	struct text value = call_text(call, name, NULL);
	if (value.at && (!text_u64(value, max, out) || *out == 0))
		return fault_set(f, FAULT_USAGE, "option --%s: '" TEXT_F "' must be a number from 1 to %llu", name,
				 TEXT_A(value), (unsigned long long)max);
	return 0;
}

int call_no_operands(const struct call *call, struct fault *f)
{
	if (!call->operands.count)
		return 0;
	return fault_set(f, FAULT_USAGE, "'" TEXT_F "' is not expected; see `nixgraft %s --help`",
			 TEXT_A(call->operands.at[0]), call->command->name);
}

#define HELP_COLUMN 26 /* characters of an option and its value before the help text goes to a line of its own */

static void help_options(const struct option_spec *options)
{
	for (; options->name; options++) {
		char letter[] = "    ", left[96];
		if (options->letter)
			snprintf(letter, sizeof letter, "-%c, ", options->letter);
		int width = snprintf(left, sizeof left, "--%s%s%s", options->name, options->value ? " " : "",
				     options->value ? options->value : "");
		printf("  %s%-*s", letter, HELP_COLUMN, left);
		if (width > HELP_COLUMN)
			printf("\n%*s", HELP_COLUMN + 6, "");
		printf(" %s\n", options->help);
	}
}

void command_help(const struct command *c)
{
	printf("nixgraft %s - %s\n\nUsage: nixgraft %s [OPTION]...%s%s\n\n%s\nOptions:\n", c->name, c->summary, c->name,
	       c->operands ? " " : "", c->operands ? c->operands : "", c->text);
	help_options(c->options);
	help_options(COMMON_OPTIONS);
}
