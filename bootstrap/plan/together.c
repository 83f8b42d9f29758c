#include "plan/together.h"

#include "plan/marks.h"
#include "plan/scantext.h"

#define ROUNDS_MAX 32 /* of one that holds one that holds... */

/* The commands of all scripts in one row. */
struct row {
	const struct scan *scan;
	size_t *first; /* of each script: its first command's place */
	size_t *script; /* of each piece of software; SIZE_MAX: none */
	bool *held;    /* of each command: does something that stays need it? */
};

static void row_make(const struct scan *scan, struct arena *a, struct row *out)
{
	size_t count = 0;
	out->scan = scan;
	out->first = arena_alloc(a, scan->scripts.count, sizeof *out->first);
	out->script = arena_alloc(a, scan->software.count, sizeof *out->script);
	for (size_t i = 0; i < scan->scripts.count; i++) {
		out->first[i] = count;
		count += scan->scripts.at[i].shell.command_count;
	}
	out->held = arena_alloc(a, count, sizeof *out->held);
	for (size_t i = 0; i < scan->software.count; i++) {
		const struct software_edit *e = &scan->software.at[i].edit;
		out->script[i] = e->helper_count ? marks_script(scan, e) : SIZE_MAX;
	}
}

/* rm -rf, rm -f */
static bool is_forced(const struct shell_command *c, size_t first)
{
	for (size_t i = first + 1; i < c->word_count; i++) {
		struct text word = c->words[i].value;
		if (text_equal(word, TEXT("--force")) || (word.len > 1 && word.at[0] == '-' && word.at[1] != '-' && text_has(word, 'f')))
			return true;
	}
	return false;
}

/* Does it do the same without what goes? Cases and ifs that help set variables. */
static bool is_patient(const struct shell_command *c)
{
	size_t first = 0;
	struct text program = shell_program(c, &first);
	if (!c->word_count)
		return c->which == SHELL_SIMPLE || c->which == SHELL_CASE || c->which == SHELL_IF;
	return scan_in(" mkdir cd pushd popd export set umask true : echo ", program) ||
	       (text_equal(program, TEXT("rm")) && is_forced(c, first));
}

static void hold(const struct row *r, size_t software)
{
	const struct software_edit *e = &r->scan->software.at[software].edit;
	for (size_t i = 0; r->script[software] != SIZE_MAX && i < e->helper_count; i++)
		r->held[r->first[r->script[software]] + e->helpers[i]] = true;
}

/* The first command that something else holds; NULL: none. */
static const struct shell_command *held_of(const struct row *r, size_t software)
{
	const struct software_edit *e = &r->scan->software.at[software].edit;
	size_t script = r->script[software];
	for (size_t i = 0; script != SIZE_MAX && i < e->helper_count; i++) {
		const struct shell_command *c = &r->scan->scripts.at[script].shell.commands[e->helpers[i]];
		if (r->held[r->first[script] + e->helpers[i]] && !is_patient(c))
			return c;
	}
	return NULL;
}

static struct text told(const struct shell_command *c, struct arena *a)
{
	size_t first;
	struct text program = shell_program(c, &first);
	if (!program.len)
		return TEXT("it shares a command with what stays");
	return arena_printf(a, "it shares `" TEXT_F "` with what stays", TEXT_A(program));
}

void together_hold(const struct scan *scan, struct arena *a, bool *going, struct text *why)
{
	struct row r;
	bool changed = true;
	row_make(scan, a, &r);
	for (size_t i = 0; i < scan->software.count; i++)
		if (!going[i])
			hold(&r, i);
	for (size_t round = 0; changed; round++) {
		changed = false;
		for (size_t i = 0; i < scan->software.count; i++) {
			const struct shell_command *c = going[i] ? held_of(&r, i) : NULL;
			bool stop = round == ROUNDS_MAX && going[i] && r.script[i] != SIZE_MAX;
			if (!c && !stop)
				continue;
			going[i] = false;
			why[i] = c ? told(c, a) : TEXT("the file is too big to follow");
			hold(&r, i);
			changed = round < ROUNDS_MAX;
		}
	}
}
