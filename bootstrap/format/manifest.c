#include "format/manifest.h"

#include "base/bounds.h"
#include "format/json.h"
#include "format/lockrule.h"
#include "format/manifestpackage.h"
#include "format/storepath.h"

/* A reading under way. */
struct reader {
	struct arena *arena; /* for all that is read */
	struct fault *fault; /* the caller's */
};

static int read_store_path(struct reader *r, const struct json_at *at, struct text *base)
{
	struct text full;
	int code = json_text(at, &full, r->fault);

	if (code)
		return code;
	if (!storepath_base(full).at)
		return json_fault(at, r->fault, "must be a store path, " STORE_PREFIX "<hash>-<name>");
	*base = arena_copy(r->arena, storepath_base(full));
	return 0;
}

static int read_name(struct reader *r, const struct json_at *at, struct text name, struct text *slot)
{
	*slot = arena_copy(r->arena, name);
	if (!lock_name_valid(name))
		return json_fault(at, r->fault,
				  "a name has 1 to 255 printable characters and no '/', unlike '" TEXT_F "'",
				  TEXT_A(name));
	return 0;
}

/* The optional free text `key`, else `otherwise`, which is in the arena. */
static int read_line(struct reader *r, const struct json_at *tool, const char *key, struct text otherwise,
		     struct text *slot)
{
	struct text line;
	int code = json_opt_text(tool, key, &line, r->fault);

	*slot = otherwise;
	if (code || !line.len)
		return code;
	if (!lock_line_shown(line))
		return json_fault(tool, r->fault, "%s has control characters, or more than 4096 bytes", key);
	*slot = arena_copy(r->arena, line);
	return 0;
}

static struct text version_of(struct text base)
{
	struct text name, version;

	storepath_split_name(storepath_name(base), &name, &version);
	return version;
}

static void give_one_output(struct arena *a, struct lock_tool *tool)
{
	tool->output_count = 1;
	tool->outputs = arena_alloc(a, 1, sizeof *tool->outputs);
	*tool->outputs = (struct lock_output){ TEXT("out"), tool->path };
}

static void give_one_command(struct arena *a, struct lock_tool *tool, struct text command)
{
	tool->commands = (struct texts){ arena_alloc(a, 1, sizeof *tool->commands.at), 1 };
	*tool->commands.at = command;
}

static int read_outputs(struct reader *r, const struct json_at *tool_at, struct lock_tool *tool)
{
	struct json_at outputs;
	bool has_path = false;
	int code;

	if (!json_member(tool_at, "outputs", &outputs)) {
		give_one_output(r->arena, tool);
		return 0;
	}
	code = json_get_object(tool_at, "outputs", &outputs, r->fault);
	if (code)
		return code;
	tool->outputs = arena_alloc(r->arena, json_count(&outputs), sizeof *tool->outputs);
	for (struct json_at at = { 0 }; !code && json_next(&outputs, &at);) {
		struct lock_output *output = &tool->outputs[tool->output_count++];

		code = read_name(r, &at, text_of(at.key), &output->name);
		if (!code)
			code = read_store_path(r, &at, &output->path);
		has_path |= text_equal(output->path, tool->path);
	}
	return code || has_path ? code : json_fault(&outputs, r->fault, "the tool's outPath must be among them");
}

static int read_command_list(struct reader *r, const struct json_at *at, struct texts *commands)
{
	int code = json_texts(at, COMMANDS_MAX, r->arena, commands, r->fault);

	for (size_t i = 0; i < commands->count && !code; i++)
		code = read_name(r, at, commands->at[i], &commands->at[i]);
	texts_sort_unique(commands);
	return code;
}

static int read_commands(struct reader *r, const struct json_at *tool_at, struct lock_tool *tool)
{
	struct json_at at;
	int code;

	if (!json_member(tool_at, "commands", &at)) {
		struct text command = tool->name;

		code = read_line(r, tool_at, "mainProgram", tool->name, &command);
		give_one_command(r->arena, tool, command);
		return code ? code : read_name(r, tool_at, command, tool->commands.at);
	}
	return read_command_list(r, &at, &tool->commands);
}

/* `nix eval --json` makes of each set with an outPath that path alone. */
static int find_path(struct reader *r, const struct json_at *at, struct json_at *path)
{
	*path = *at;
	if (!json_holds_object(at) || json_member(at, "path", path) || json_member(at, "outPath", path))
		return 0;
	return json_fault(path, r->fault, "is missing; it must be a store path");
}

static int read_tool(struct reader *r, const struct json_at *at, struct lock_tool *tool)
{
	struct json_at path;
	int code = read_name(r, at, text_of(at->key), &tool->name);

	tool->origin = LOCK_EVALUATION;
	if (!code)
		code = find_path(r, at, &path);
	if (!code)
		code = read_store_path(r, &path, &tool->path);
	if (!code)
		code = read_line(r, at, "attribute", tool->name, &tool->attribute);
	if (!code)
		code = read_line(r, at, "version", version_of(tool->path), &tool->version);
	if (!code)
		code = read_outputs(r, at, tool);
	if (!code)
		code = read_commands(r, at, tool);
	return code ? code : manifest_read_package(at, r->arena, &tool->package, r->fault);
}

/* ---- Nix ---- */

static int read_nix_set(struct reader *r, const struct json_at *at, struct lock_system *system)
{
	struct text none = { 0 };
	struct json_at commands;
	int code = read_line(r, at, "attribute", none, &system->nix_attribute);

	if (!code)
		code = read_line(r, at, "version", none, &system->nix_version);
	if (!code && json_member(at, "commands", &commands))
		code = read_command_list(r, &commands, &system->nix_commands);
	return code ? code : manifest_read_package(at, r->arena, &system->nix_package, r->fault);
}

static int read_nix(struct reader *r, const struct json_at *at, struct lock_system *system)
{
	struct json_at path;
	int code = find_path(r, at, &path);

	if (!code)
		code = read_store_path(r, &path, &system->nix);
	manifest_nix_commands(system, r->arena);
	return code || !json_holds_object(at) ? code : read_nix_set(r, at, system);
}

/* ---- the whole ---- */

static int read_tools(struct reader *r, const struct json_at *root, struct lock_system *system)
{
	struct json_at tools;
	int code = json_get_object(root, "tools", &tools, r->fault);

	if (!code && json_count(&tools) > TOOLS_MAX)
		return json_fault(&tools, r->fault, "has %zu members; at most %d are allowed", json_count(&tools),
				  TOOLS_MAX);
	if (code)
		return code;
	system->tools = arena_alloc(r->arena, json_count(&tools), sizeof *system->tools);
	for (struct json_at at = { 0 }; !code && json_next(&tools, &at);)
		code = read_tool(r, &at, &system->tools[system->tool_count++]);
	return code;
}

static int read_manifest(struct reader *r, const struct json_at *root, struct lock_system *system)
{
	struct fault clash = { 0 };
	struct json_at name, nix;
	struct text text;
	int code = json_get_text(root, "system", &text, r->fault);

	if (!code && json_member(root, "system", &name))
		code = read_name(r, &name, text, &system->name);
	if (!code && json_member(root, "nix", &nix))
		code = read_nix(r, &nix, system);
	if (!code)
		code = read_tools(r, root, system);
	if (!code && manifest_check_commands(system, &clash))
		code = json_fault(root, r->fault, "%s", clash.text);
	return code;
}

int manifest_parse(struct text bytes, const char *what, struct arena *a, struct lock_system *system, struct fault *f)
{
	struct reader r = { a, f };
	struct json_at root;
	int code;

	if (bytes.len > MANIFEST_MAX)
		return fault_set(f, FAULT_INPUT, "%s: %zu bytes; a manifest may have at most %u", what, bytes.len,
				 MANIFEST_MAX);
	code = json_parse(bytes, what, &root, f);
	if (code)
		return code;
	code = read_manifest(&r, &root, system);
	json_drop(&root);
	return code;
}

void manifest_tool(struct lock_tool *tool, struct text name, struct text path, struct arena *a)
{
	*tool = (struct lock_tool){ .name = arena_copy(a, name), .path = arena_copy(a, path), .origin = LOCK_COMMAND };
	tool->version = version_of(tool->path);
	give_one_output(a, tool);
	give_one_command(a, tool, tool->name);
}

void manifest_nix_commands(struct lock_system *system, struct arena *a)
{
	static const char *const commands[] = {
		"nix",      "nix-build",       "nix-channel",      "nix-collect-garbage", "nix-copy-closure", "nix-env",
		"nix-hash", "nix-instantiate", "nix-prefetch-url", "nix-shell",           "nix-store",
	};

	system->nix_commands.count = sizeof commands / sizeof *commands;
	system->nix_commands.at = arena_alloc(a, system->nix_commands.count, sizeof *system->nix_commands.at);
	for (size_t i = 0; i < system->nix_commands.count; i++)
		system->nix_commands.at[i] = text_of(commands[i]);
}

int manifest_check_commands(const struct lock_system *system, struct fault *f)
{
	return lock_check_commands(system, f);
}
