/* shell SCRIPT [values] : tells what format/shell makes of a script, one fact a line, as tests/oracle/shfmt.py tells what
 * shfmt makes of it; with "values", what is known of its words, and what runs. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "format/shell.h"
#include "format/shellpart.h"

static const char *const KINDS[] = { "program", "subshell", "group", "substitution", "condition",
				     "branch",  "loop",     "arm",   "function" };
static const char *const JOINS[] = { "first", ";", "&&", "||", "|", "&" };

/* Bytes of the script or of a value, with what would end the line told by a backslash. */
static void say_text(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] == '\n')
			printf("\\n");
		else if (t.at[i] == '\\')
			printf("\\\\");
		else
			putchar(t.at[i]);
	}
	putchar('\n');
}

static void say_range(const char *what, const struct shell *s, size_t begin, size_t end)
{
	printf("  %s ", what);
	say_text((struct text){ s->script.at + begin, end - begin });
}

static void say_word(const struct shell *s, const struct shell_word *w)
{
	bool plain = true;
	say_range("word", s, w->begin, w->end);
	for (size_t i = 0; i < w->part_count; i++)
		plain &= w->parts[i].kind == SHELL_LITERAL && !text_starts(w->parts[i].raw, TEXT("$'"));
	if (!plain)
		return;
	printf("  value ");
	say_text(w->value);
}

static void say_command(const struct shell *s, const struct shell_command *c)
{
	for (size_t i = 0; i < c->assignment_count; i++) {
		printf("  assign " TEXT_F " ", TEXT_A(c->assignments[i].name));
		say_text((struct text){ s->script.at + c->assignments[i].value.begin,
					c->assignments[i].value.end - c->assignments[i].value.begin });
	}
	for (size_t i = 0; i < c->word_count; i++)
		say_word(s, &c->words[i]);
	for (size_t i = 0; i < c->redirect_count; i++) {
		printf("  redirect %zu " TEXT_F " ", c->redirects[i].begin, TEXT_A(c->redirects[i].op));
		say_text((struct text){ s->script.at + c->redirects[i].target.begin,
					c->redirects[i].target.end - c->redirects[i].target.begin });
		if (c->redirects[i].content.len) {
			printf("  content ");
			say_text(c->redirects[i].content);
		}
	}
}

static void say_path(const struct shell *s, size_t block)
{
	size_t up[256], depth = 0;
	for (; block != SHELL_NONE && depth < 256; block = s->blocks[block].parent)
		up[depth++] = block;
	while (depth--)
		printf("%s%s", KINDS[s->blocks[up[depth]].kind], depth ? "/" : "");
}

static void say_values(const struct shell *s, const struct shell_command *c)
{
	size_t first;
	struct text program = shell_program(c, &first);
	printf("%zu%s", c->begin, c->skipped ? " skipped" : "");
	printf(" [" TEXT_F "]\n", TEXT_A(program));
	for (size_t i = 0; i < c->assignment_count; i++) {
		printf("  " TEXT_F " %s ", TEXT_A(c->assignments[i].name), c->assignments[i].value.known ? "=" : "?");
		say_text(c->assignments[i].value.value);
	}
	for (size_t i = 0; i < c->word_count; i++) {
		printf("  %s%s ", c->words[i].known ? "=" : "?", c->words[i].splits ? "*" : "");
		say_text(c->words[i].value);
	}
	for (size_t i = 0; i < c->operand_count; i++) {
		printf("  operand %s%s ", c->operands[i].known ? "=" : "?", c->operands[i].splits ? "*" : "");
		say_text(c->operands[i].value);
	}
	(void)s;
}

int main(int argc, char **argv)
{
	BUFFER_AUTO bytes = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct shell shell;
	char block[65536];
	size_t got;
	FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
	if (!file)
		return 2;
	while ((got = fread(block, 1, sizeof block, file)) > 0)
		buffer_add(&bytes, block, got);
	fclose(file);
	if (shell_parse(&(struct shell_input){ .script = buffer_view(&bytes), .what = argv[1] }, &a, &shell, &f) < 0) {
		fprintf(stderr, "%s\n", f.text);
		arena_drop(&a);
		return 1;
	}
	for (size_t i = 0; i < shell.command_count; i++) {
		const struct shell_command *c = &shell.commands[i];
		if (argc > 2) {
			say_values(&shell, c);
			continue;
		}
		printf("%zu %zu %s%s%s ", c->begin, c->end, JOINS[c->join], c->negated ? " !" : "",
		       c->compound ? " compound" : "");
		say_path(&shell, c->block);
		printf("\n");
		say_command(&shell, c);
	}
	arena_drop(&a);
	return 0;
}
