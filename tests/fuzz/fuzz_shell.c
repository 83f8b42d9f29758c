/* Whatever is read as a script has its commands in order, each word inside its command and each command inside its block;
 * an owner comes before what it holds; a program's name has no slash. */
#include <stdlib.h>

#include "base/bounds.h"
#include "format/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool get(const void *of, struct text name, struct text *value)
{
	(void)of;
	*value = TEXT("v1.2 3*");
	return name.len == 1 || text_equal(name, TEXT("$(a)"));
}

static void check_word(const struct shell_command *c, const struct shell_word *w)
{
	must(w->begin >= c->begin && w->begin <= w->end && w->end <= c->end);
	must(w->value.at || !w->value.len);
}

static void check_words(const struct shell_command *c)
{
	size_t first;
	for (size_t i = 0; i < c->word_count; i++) {
		check_word(c, &c->words[i]);
		must(!i || c->words[i - 1].end <= c->words[i].begin);
	}
	for (size_t i = 0; i < c->assignment_count; i++) {
		check_word(c, &c->assignments[i].value);
		must(c->assignments[i].name.len > 0);
	}
	for (size_t i = 0; i < c->redirect_count; i++) {
		check_word(c, &c->redirects[i].target);
		must(c->redirects[i].begin >= c->begin && c->redirects[i].end == c->redirects[i].target.end);
		must(c->redirects[i].op.len > 0 && c->redirects[i].fd >= 0);
	}
	for (size_t i = 0; i < c->operand_count; i++)
		check_word(c, &c->operands[i]);
	must(!c->compound || (!c->word_count && !c->assignment_count));
	struct text program = shell_program(c, &first);
	must(!text_has(program, '/') && (!program.len || first < c->word_count));
}

static void check_command(const struct shell *s, size_t i)
{
	const struct shell_command *c = &s->commands[i];
	const struct shell_block *block = &s->blocks[c->block];
	must(c->begin <= c->end && c->end <= s->script.len && c->block < s->block_count);
	must(!i || s->commands[i - 1].begin <= c->begin);
	must(c->begin >= block->begin || block->kind == SHELL_SUBSTITUTION);
	must(c->end <= block->end || block->kind == SHELL_SUBSTITUTION);
	must(block->owner == SHELL_NONE || block->owner < i);
	must(block->taken || c->skipped);
	check_words(c);
}

static void check(const struct shell *s)
{
	must(s->block_count > 0 && s->blocks[0].kind == SHELL_PROGRAM && s->blocks[0].taken);
	for (size_t i = 0; i < s->block_count; i++) {
		const struct shell_block *b = &s->blocks[i];
		must(b->begin <= b->end && b->end <= s->script.len);
		must(i ? b->parent < i && b->owner < s->command_count
		       : b->parent == SHELL_NONE && b->owner == SHELL_NONE);
		must(!i || s->commands[b->owner].block == b->parent);
		must(!i || !b->taken || s->blocks[b->parent].taken);
	}
	for (size_t i = 0; i < s->command_count; i++)
		check_command(s, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shell_input in = { .script = { (const char *)data, size }, .what = "input" };
	struct arena a = { 0 };
	for (int known = 0; known < 2; known++) {
		struct fault f = { 0 };
		struct shell shell;
		in.variables.get = known ? get : NULL;
		int code = shell_parse(&in, &a, &shell, &f);
		must(code == f.code && (code == 0 || code == FAULT_INPUT));
		if (code == 0)
			check(&shell);
	}
	arena_drop(&a);
	return 0;
}
