#include "plan/expectation.h"

#include "plan/change.h"

static struct texts exposed(struct texts commands, const struct texts *only, struct arena *a)
{
	struct texts out = { arena_alloc(a, commands.count, sizeof *out.at), 0 };
	for (size_t i = 0; i < commands.count; i++)
		if (!only || texts_find(*only, commands.at[i]) >= 0)
			out.at[out.count++] = commands.at[i];
	return out;
}

/* ---- names of variables ---- */

static struct text in_capitals(struct text name, struct arena *a)
{
	char *out = arena_alloc(a, name.len + 1, 1);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		out[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : plain ? c : '_';
	}
	return (struct text){ out, name.len };
}

static bool is_taken(const struct expectations *all, size_t before, struct text variable)
{
	for (size_t i = 0; i < before; i++)
		if (text_equal(all->at[i].variable, variable))
			return true;
	return false;
}

/* The first of NAME, NAME_2, NAME_3... that nobody before has. `plain`: the names in capitals, those before this one too. */
static void name_variable(struct expectations *all, struct text *plain, size_t i, struct arena *a)
{
	struct text *variable = &all->at[i].variable;
	size_t n = 1;
	plain[i] = *variable = in_capitals(all->at[i].name, a);
	for (size_t k = 0; k < i; k++)
		n += text_equal(plain[k], plain[i]);
	for (n = n > 1 ? n : 2; is_taken(all, i, *variable); n++)
		*variable = arena_printf(a, TEXT_F "_%zu", TEXT_A(plain[i]), n);
}

void expectations_make(const struct lock_system *system, const struct texts *only, struct arena *a, struct expectations *out)
{
	*out = (struct expectations){ .at = arena_alloc(a, system->tool_count + 1, sizeof *out->at), .has_nix = system->nix.len };
	for (size_t i = 0; i < system->tool_count; i++) {
		const struct lock_tool *t = &system->tools[i];
		out->at[out->count++] = (struct expectation){ .name = t->name, .version = t->version, .attribute = t->attribute,
							      .pname = t->package.pname, .path = t->path,
							      .commands = exposed(t->commands, only, a) };
	}
	if (out->has_nix)
		out->at[out->count++] = (struct expectation){ .name = TEXT("nix"), .version = change_nix_version(system),
							      .attribute = system->nix_attribute,
							      .pname = system->nix_package.pname, .path = system->nix,
							      .commands = exposed(system->nix_commands, only, a) };
	struct text *plain = arena_alloc(a, out->count, sizeof *plain);
	for (size_t i = 0; i < out->count; i++) {
		name_variable(out, plain, i, a);
		out->command_count += out->at[i].commands.count;
	}
}
