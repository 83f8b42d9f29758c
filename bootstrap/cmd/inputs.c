#include "cmd/inputs.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "cmd/flake.h"
#include "format/lockrule.h"
#include "format/manifest.h"
#include "format/storepath.h"
#include "sys/fs.h"
#include "sys/proc.h"

/* ---- --tool, --expose, --nix ---- */

static int read_path(const char *option, struct text value, struct text *base, struct fault *f)
{
	*base = storepath_base(value);
	if (base->len)
		return 0;
	return fault_set(f, FAULT_USAGE, "--%s: '" TEXT_F "' must be a store path " STORE_PREFIX "<hash>-<name>", option,
			 TEXT_A(value));
}

static int check_name(const char *option, struct text name, struct fault *f)
{
	if (lock_name_valid(name))
		return 0;
	return fault_set(f, FAULT_USAGE, "--%s: '" TEXT_F "' is no name: 1 to 255 printable characters without '/'", option,
			 TEXT_A(name));
}

static int by_name(const void *a, const void *b)
{
	return text_compare(((const struct lock_tool *)a)->name, ((const struct lock_tool *)b)->name);
}

static int add_tools(struct call *call, struct lock_system *s, struct fault *f)
{
	struct texts given = call_texts(call, "tool");
	s->tool_count = given.count;
	s->tools = arena_alloc(&call->arena, s->tool_count, sizeof *s->tools);
	for (size_t i = 0; i < s->tool_count; i++) {
		struct text rest = given.at[i], name, base;
		text_cut(&rest, '=', &name);
		if (!name.len || !rest.len)
			return fault_set(f, FAULT_USAGE, "--tool '" TEXT_F "': must be NAME=" STORE_PREFIX "<hash>-<name>",
					 TEXT_A(given.at[i]));
		int code = check_name("tool", name, f);
		if (code == 0)
			code = read_path("tool", rest, &base, f);
		if (code < 0)
			return code;
		manifest_tool(&s->tools[i], name, base, &call->arena);
	}
	qsort(s->tools, s->tool_count, sizeof *s->tools, by_name);
	for (size_t i = 1; i < s->tool_count; i++)
		if (text_equal(s->tools[i - 1].name, s->tools[i].name))
			return fault_set(f, FAULT_USAGE, "--tool: '" TEXT_F "' is given twice", TEXT_A(s->tools[i].name));
	return 0;
}

static int expose(struct call *call, struct lock_system *s, struct text given, struct fault *f)
{
	struct lock_tool key = { 0 }, *tool;
	struct text rest = given, command;
	LIST(struct text) commands = { 0 };
	text_cut(&rest, '=', &key.name);
	tool = s->tool_count ? bsearch(&key, s->tools, s->tool_count, sizeof key, by_name) : NULL;
	if (!tool || !rest.at)
		return fault_set(f, FAULT_USAGE, "--expose '" TEXT_F "': must be NAME=COMMAND,... of a --tool NAME=...",
				 TEXT_A(given));
	while (text_cut(&rest, ',', &command)) {
		if (command.len && check_name("expose", command, f) < 0)
			return f->code;
		if (command.len)
			LIST_PUSH(&commands, &call->arena, command);
	}
	tool->commands = LIST_TEXTS(commands);
	texts_sort_unique(&tool->commands);
	return 0;
}

static int one_system(struct call *call, struct text *name, struct fault *f)
{
	struct texts given = call_texts(call, "system");
	if (given.count > 1)
		return fault_set(f, FAULT_USAGE, "--tool and --nix name paths of one system; give --system once, and run again "
						 "for the next");
	*name = given.count ? given.at[0] : proc_system(&call->arena);
	return check_name("system", *name, f);
}

static int from_options(struct call *call, struct inputs *out, struct fault *f)
{
	struct lock_system s = { 0 };
	struct texts given = call_texts(call, "expose");
	struct text nix = call_text(call, "nix", NULL);
	struct fault clash = { 0 };
	int code = one_system(call, &s.name, f);
	if (code == 0)
		code = add_tools(call, &s, f);
	for (size_t i = 0; code == 0 && i < given.count; i++)
		code = expose(call, &s, given.at[i], f);
	if (code == 0 && nix.at)
		code = read_path("nix", nix, &s.nix, f);
	if (code == 0 && s.nix.len)
		manifest_nix_commands(&s, &call->arena);
	if (code == 0 && manifest_check_commands(&s, &clash) < 0)
		code = fault_set(f, FAULT_USAGE, "%s", clash.text);
	LIST_PUSH(&out->systems, &call->arena, s);
	return code;
}

/* ---- manifests ---- */

static int add_manifest(struct call *call, struct text bytes, const char *what, struct inputs *out, struct fault *f)
{
	struct lock_system s = { 0 };
	int code = manifest_parse(arena_copy(&call->arena, bytes), what, &call->arena, &s, f);
	LIST_PUSH(&out->systems, &call->arena, s);
	return code;
}

static int from_manifests(struct call *call, struct texts files, struct inputs *out, struct fault *f)
{
	int code = 0;
	for (size_t i = 0; code == 0 && i < files.count; i++) {
		BUFFER_AUTO bytes = { 0 };
		code = fs_read_host(files.at[i].at, MANIFEST_MAX, &bytes, f);
		if (code == FS_ABSENT)
			code = fault_set(f, FAULT_INPUT, "--manifest %s: no such file", files.at[i].at);
		if (code == 0)
			code = add_manifest(call, buffer_view(&bytes), files.at[i].at, out, f);
	}
	return code;
}

static int evaluate(const struct flake *flake, struct text system, struct inputs *out, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct text what;
	int code = flake_evaluate(flake, system, &bytes, &what, f);
	return code == 0 ? add_manifest(flake->call, buffer_view(&bytes), what.at, out, f) : code;
}

static int from_flake(struct call *call, const struct lock *existing, struct inputs *out, struct fault *f)
{
	struct texts systems = call_texts(call, "system");
	struct flake flake;
	flake_name(&flake, call);
	if (!flake.nix.len)
		return fault_set(f, FAULT_USAGE,
				 "nothing to lock: there is no Nix here to evaluate flake.nix with (`nixgraft init` brings both, "
				 "`nixgraft init --only-nix` the Nix alone); or give --tool NAME=" STORE_PREFIX "..., or --manifest FILE");
	if (!systems.count) {
		LIST(struct text) all = { 0 };
		for (size_t i = 0; existing && i < existing->system_count; i++)
			LIST_PUSH(&all, &call->arena, existing->systems[i].name);
		if (!all.count)
			LIST_PUSH(&all, &call->arena, proc_system(&call->arena));
		systems = LIST_TEXTS(all);
	}
	int code = 0;
	for (size_t i = 0; code == 0 && i < systems.count; i++)
		code = evaluate(&flake, systems.at[i], out, f);
	return code;
}

/* ---- flake.lock ---- */

static int read_flake_lock(struct call *call, struct inputs *out, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct text name = call_text(call, "flake-lock", NULL);
	struct flake flake;
	bool required = name.at;
	flake_name(&flake, call);
	if (!name.at)
		name = flake.lock_name;
	int code = fs_read_host(name.at, FLAKE_LOCK_MAX, &bytes, f);
	out->has_flake = code == 0;
	if (code == FS_ABSENT)
		return required ? fault_set(f, FAULT_INPUT, "--flake-lock %s: no such file", name.at) : 0;
	if (code < 0)
		return code;
	struct text kept = arena_copy(&call->arena, buffer_view(&bytes));
	return flakelock_parse(kept, name.at, &call->arena, &out->flake, f);
}

static int by_system(const void *a, const void *b)
{
	return text_compare(((const struct lock_system *)a)->name, ((const struct lock_system *)b)->name);
}

static bool is_asked(struct texts asked, struct text name)
{
	for (size_t i = 0; i < asked.count; i++)
		if (text_equal(asked.at[i], name))
			return true;
	return !asked.count;
}

static int check_systems(struct call *call, struct inputs *out, struct fault *f)
{
	struct texts asked = call_texts(call, "system");
	for (size_t i = 0; i < out->systems.count; i++)
		if (!is_asked(asked, out->systems.at[i].name))
			return fault_set(f, FAULT_USAGE, "the manifest is for " TEXT_F ", and --system asks for another",
					 TEXT_A(out->systems.at[i].name));
	if (out->systems.count)
		qsort(out->systems.at, out->systems.count, sizeof *out->systems.at, by_system);
	for (size_t i = 1; i < out->systems.count; i++)
		if (text_equal(out->systems.at[i - 1].name, out->systems.at[i].name))
			return fault_set(f, FAULT_USAGE, "two manifests are for " TEXT_F, TEXT_A(out->systems.at[i].name));
	return 0;
}

int inputs_read(struct call *call, const struct lock *existing, struct inputs *out, struct fault *f)
{
	struct texts manifests = call_texts(call, "manifest");
	bool options = call_flag(call, "tool") || call_flag(call, "nix");
	int code = 0;
	*out = (struct inputs){ .tells_flake = !options || call_flag(call, "flake-lock") };
	if (options && manifests.count)
		return fault_set(f, FAULT_USAGE, "--manifest and --tool or --nix exclude each other");
	if (options && call_flag(call, "flake"))
		return fault_set(f, FAULT_USAGE, "--flake and --tool or --nix exclude each other");
	if (!options && call_flag(call, "expose"))
		return fault_set(f, FAULT_USAGE, "--expose goes with --tool; a manifest tells the commands itself");
	if (options)
		code = from_options(call, out, f);
	else if (manifests.count)
		code = from_manifests(call, manifests, out, f);
	else if (!call_flag(call, "check") || call_flag(call, "flake"))
		code = from_flake(call, existing, out, f);
	if (code == 0 && out->tells_flake)
		code = read_flake_lock(call, out, f);
	return code == 0 ? check_systems(call, out, f) : code;
}

int inputs_evaluate(struct call *call, const struct lock *existing, struct inputs *out, struct fault *f)
{
	*out = (struct inputs){ .tells_flake = true };
	int code = from_flake(call, existing, out, f);
	if (code == 0)
		code = read_flake_lock(call, out, f);
	return code == 0 ? check_systems(call, out, f) : code;
}
