/* containerfile: what this house's parser and expander say, in the words of buildkit.go beside this file.
 *
 *     containerfile parse FILE...   each file as instructions, or "refused"
 *     containerfile expand FILE     each line of the file as a word, expanded */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/containerfile.h"
#include "format/expand.h"
#include "format/unicode.h"

/* ---- Go's strconv.QuoteToASCII ---- */

static void quote_character(uint32_t c)
{
	static const char plain[] = "\a\b\f\n\r\t\v\\\"", codes[] = "abfnrtv\\\"";
	const char *at = c && c < 0x80 ? strchr(plain, (int)c) : NULL;
	if (at)
		printf("\\%c", codes[at - plain]);
	else if (c >= ' ' && c < 0x7f)
		putchar((int)c);
	else
		printf(c < 0x80 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

static void quote(struct text t)
{
	size_t len;
	putchar('"');
	for (; t.len; t = text_skip(t, len)) {
		uint32_t c = unicode_first(t, &len);
		if (!text_utf8(t))
			printf("\\x%02x", (unsigned char)t.at[0]);
		else
			quote_character(c);
	}
	putchar('"');
}

/* ---- instructions ---- */

/* Is ENV or LABEL in the old form, NAME value? */
static bool old_form(const struct instruction *in)
{
	struct text rest = in->rest.text;
	return in->words.count == 2 && rest.at[in->words.at[0].len] != '=';
}

static void tell_words(const struct instruction *in)
{
	bool pairs = in->kind == INSTRUCTION_ENV || in->kind == INSTRUCTION_LABEL;
	for (size_t i = 0; i < in->words.count; i++) {
		putchar(' ');
		quote(in->words.at[i]);
		if (pairs && i % 2)
			printf(old_form(in) ? " \"\"" : " \"=\"");
	}
	if (in->kind == INSTRUCTION_OTHER)
		printf(in->keyword.len || in->flags.count ? " \"\"" : "\"\"");
}

static void tell(const struct instruction *in)
{
	for (size_t i = 0; i < in->keyword.len; i++) {
		char c = in->keyword.at[i];
		putchar(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
	}
	for (size_t i = 0; i < in->flags.count; i++) {
		printf(i ? " " : " [");
		quote(in->flags.at[i]);
	}
	printf(in->flags.count ? "]" : "");
	tell_words(in);
	if (in->trigger) {
		printf(" (");
		tell(in->trigger);
		putchar(')');
	}
}

static void tell_whole(const struct instruction *in)
{
	const struct instruction *last = in;
	while (last->trigger)
		last = last->trigger;
	putchar('(');
	tell(in);
	printf(")\n\tlines %u-%u json %s\n", in->line, in->last_line, last->json ? "true" : "false");
	for (size_t i = 0; i < in->heredoc_count; i++) {
		const struct heredoc *h = &in->heredocs[i];
		printf("\there ");
		quote(h->name);
		printf(" %u expand %s chomp %s ", h->fd, h->expand ? "true" : "false", h->chomp ? "true" : "false");
		quote(h->content.text);
		putchar('\n');
	}
}

/* ---- files ---- */

static struct text slurp(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	size_t len = 0;
	if (!file || fseek(file, 0, SEEK_END) != 0) {
		perror(path);
		exit(2);
	}
	len = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(len ? len : 1);
	if (fread(bytes, 1, len, file) != len)
		exit(2);
	fclose(file);
	return (struct text){ bytes, len };
}

static void parse(const char *path)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct containerfile file;
	struct text bytes = slurp(path);
	printf("== %s\n", path);
	if (containerfile_parse(bytes, path, &a, &file, &f) < 0) {
		printf("refused\n");
		fprintf(stderr, "%s\n", f.text);
	} else {
		printf("escape %c\n", file.escape);
		for (size_t i = 0; i < file.count; i++)
			tell_whole(&file.at[i]);
	}
	arena_drop(&a);
	free((void *)(uintptr_t)bytes.at);
}

/* The variables of buildkit.go. */
static enum expand_state get(const void *of, struct text name, struct text *value)
{
	static const char *const variables[][2] = { { "PWD", "/home" }, { "SHELL", "bash" },  { "KOREAN", "한국어" },
						    { "NULL", "" },     { "V", "1.2.3-rc4" }, { "SPACE", "a  b c " },
						    { "P", "a/b/a/b" } };
	(void)of;
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		if (!text_equal(name, text_of(variables[i][0])))
			continue;
		*value = text_of(variables[i][1]);
		return EXPAND_SET;
	}
	return EXPAND_UNSET;
}

static void expand_line(struct text line)
{
	const struct expand how = { .escape = '\\', .get = get };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct expanded out;
	if (expand_word(line, &how, &a, &out, &f) < 0) {
		printf("refused\n");
	} else {
		quote(out.text);
		for (size_t i = 0; i < out.words.count; i++) {
			putchar(' ');
			quote(out.words.at[i]);
		}
		putchar('\n');
	}
	arena_drop(&a);
}

static void expand(const char *path)
{
	struct text all = slurp(path), rest = all, line;
	while (rest.len && text_cut(&rest, '\n', &line))
		expand_line(line);
	free((void *)(uintptr_t)all.at);
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "parse")) {
		for (int i = 2; i < argc; i++)
			parse(argv[i]);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "expand")) {
		expand(argv[2]);
		return 0;
	}
	fprintf(stderr, "usage: containerfile parse FILE... | expand FILE\n");
	return 2;
}
