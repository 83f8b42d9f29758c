/* The reading half of lock.h, from the innermost objects outwards. */
#include <inttypes.h>
#include <stddef.h>

#include "base/bounds.h"
#include "format/lockfield.h"
#include "format/lockpackage.h"
#include "format/lockrule.h"
#include "format/storepath.h"

#define LOCK_CACHES_MAX 64  /* caches of one lock */
#define LOCK_SYSTEMS_MAX 64 /* systems of one lock */

/* ---- tools ---- */

static int read_output(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_output *output = slot;
	int code = lock_read_name(r, at, &output->name);

	return code ? code : lock_read_known_path(r, at, &output->path);
}

static int read_outputs(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_tool *tool = slot;
	int code = lock_count_members(r, at, COMMANDS_MAX, &tool->output_count);
	bool has_path = false;

	if (code)
		return code;
	tool->outputs = arena_alloc(r->arena, tool->output_count, sizeof *tool->outputs);
	code = lock_read_each(r, at, tool->outputs, sizeof *tool->outputs, read_output);
	for (size_t i = 0; i < tool->output_count && !code; i++)
		has_path |= text_equal(tool->outputs[i].path, tool->path);
	return code || has_path ? code : json_fault(at, r->fault, "the tool's \"path\" must be among them");
}

static int read_tool_commands(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_list rule = { COMMANDS_MAX, lock_read_command };
	struct lock_tool *tool = slot;

	return lock_read_list(r, at, rule, &tool->commands);
}

static int read_tool(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "attribute", false, lock_read_line, offsetof(struct lock_tool, attribute) },
		{ "version", false, lock_read_line, offsetof(struct lock_tool, version) },
		{ "path", true, lock_read_known_path, offsetof(struct lock_tool, path) },
		{ "outputs", true, read_outputs, 0 },
		{ "commands", true, read_tool_commands, 0 },
		{ "origin", true, lock_read_tool_origin, offsetof(struct lock_tool, origin) },
		{ "package", false, lock_read_package, offsetof(struct lock_tool, package) },
		{ 0 },
	};
	struct lock_tool *tool = slot;
	int code = lock_read_name(r, at, &tool->name);

	return code ? code : lock_read_fields(r, at, fields, tool);
}

static int read_tools(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_system *system = slot;
	int code = lock_count_members(r, at, TOOLS_MAX, &system->tool_count);

	if (code)
		return code;
	system->tools = arena_alloc(r->arena, system->tool_count, sizeof *system->tools);
	return lock_read_each(r, at, system->tools, sizeof *system->tools, read_tool);
}

/* ---- paths ---- */

static int read_references(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_list rule = { REFERENCES_MAX, lock_read_known_path };
	struct lock_path *path = slot;

	return lock_read_list(r, at, rule, &path->references);
}

static int read_signatures(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_list rule = { SIGNATURES_MAX, lock_read_signature };
	struct lock_path *path = slot;

	return lock_read_list(r, at, rule, &path->signatures);
}

/* The URL of one of the lock's caches; the text is shared. */
static int read_known_cache(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct text *cache = slot, url;
	int code = json_text(at, &url, r->fault);

	for (size_t i = 0; i < r->lock->cache_count && !code; i++) {
		if (text_equal(url, r->lock->caches[i].url)) {
			*cache = r->lock->caches[i].url;
			return 0;
		}
	}
	return code ? code
		    : json_fault(at, r->fault, "must be one of the lock's caches, not '" TEXT_F "'", TEXT_A(url));
}

static int read_path_origin(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "nar", true, lock_read_nar_origin, offsetof(struct lock_path, nar_origin) },
		{ "file", true, lock_read_file_origin, offsetof(struct lock_path, file_origin) },
		{ 0 },
	};

	return lock_read_fields(r, at, fields, slot);
}

static int read_path(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "narHash", true, lock_read_digest, offsetof(struct lock_path, nar_digest) },
		{ "narSize", true, lock_read_size, offsetof(struct lock_path, nar_size) },
		{ "references", true, read_references, 0 },
		{ "signatures", true, read_signatures, 0 },
		{ "deriver", false, lock_read_store_path, offsetof(struct lock_path, deriver) },
		{ "ca", false, lock_read_ca, offsetof(struct lock_path, ca) },
		{ "cache", true, read_known_cache, offsetof(struct lock_path, cache) },
		{ "url", true, lock_read_file_url, offsetof(struct lock_path, url) },
		{ "compression", true, lock_read_codec, offsetof(struct lock_path, codec) },
		{ "fileHash", true, lock_read_digest, offsetof(struct lock_path, file_digest) },
		{ "fileSize", true, lock_read_size, offsetof(struct lock_path, file_size) },
		{ "origin", true, read_path_origin, 0 },
		{ 0 },
	};

	return lock_read_fields(r, at, fields, slot);
}

/* The names come first, all of them: references go forwards and backwards. */
static int read_path_names(struct lock_reader *r, const struct json_at *at)
{
	size_t i = 0;

	r->names.at = arena_alloc(r->arena, r->names.count, sizeof *r->names.at);
	r->prefixes = arena_alloc(r->arena, r->names.count, sizeof *r->prefixes);
	for (struct json_at child = { 0 }; json_next(at, &child); i++) {
		struct text base = storepath_base(text_of(child.key));

		if (!base.at)
			return json_fault(&child, r->fault, "must be a store path, " STORE_PREFIX "<hash>-<name>");
		r->names.at[i] = arena_copy(r->arena, base);
		r->prefixes[i] = lock_prefix(base);
	}
	return 0;
}

static int read_paths(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_system *system = slot;
	int code = lock_count_members(r, at, CLOSURE_MAX, &r->names.count);

	if (!code)
		code = read_path_names(r, at);
	if (code)
		return code;
	system->path_count = r->names.count;
	system->paths = arena_alloc(r->arena, system->path_count, sizeof *system->paths);
	for (size_t i = 0; i < system->path_count; i++)
		system->paths[i].path = r->names.at[i];
	return lock_read_each(r, at, system->paths, sizeof *system->paths, read_path);
}

/* ---- systems ---- */

static int read_nix_commands(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_list rule = { COMMANDS_MAX, lock_read_command };
	struct lock_system *system = slot;

	return lock_read_list(r, at, rule, &system->nix_commands);
}

static int read_nix(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "attribute", false, lock_read_line, offsetof(struct lock_system, nix_attribute) },
		{ "version", false, lock_read_line, offsetof(struct lock_system, nix_version) },
		{ "path", true, lock_read_known_path, offsetof(struct lock_system, nix) },
		{ "commands", true, read_nix_commands, 0 },
		{ "package", false, lock_read_package, offsetof(struct lock_system, nix_package) },
		{ 0 },
	};

	return lock_read_fields(r, at, fields, slot);
}

static int read_system(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "paths", true, read_paths, 0 },
		{ "nix", false, read_nix, 0 },
		{ "tools", true, read_tools, 0 },
		{ 0 },
	};
	struct lock_system *system = slot;
	struct fault clash = { 0 };
	int code = lock_read_name(r, at, &system->name);

	if (!code)
		code = lock_read_fields(r, at, fields, system);
	if (!code && lock_check_commands(system, &clash))
		code = json_fault(at, r->fault, "%s", clash.text);
	return code;
}

static int read_systems(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock *lock = slot;
	int code = lock_count_members(r, at, LOCK_SYSTEMS_MAX, &lock->system_count);

	if (code)
		return code;
	lock->systems = arena_alloc(r->arena, lock->system_count, sizeof *lock->systems);
	return lock_read_each(r, at, lock->systems, sizeof *lock->systems, read_system);
}

/* ---- caches ---- */

static int read_keys(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock_list rule = { KEYS_MAX, lock_read_key };
	struct lock_cache *cache = slot;
	int code = lock_read_list(r, at, rule, &cache->keys);

	return code || cache->keys.count ? code : json_fault(at, r->fault, "must have at least one key");
}

static int read_cache(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "url", true, lock_read_cache_url, offsetof(struct lock_cache, url) },
		{ "keys", true, read_keys, 0 },
		{ 0 },
	};
	struct lock_cache *cache = slot;
	int code = lock_read_fields(r, at, fields, cache);

	for (const struct lock_cache *before = r->lock->caches; before < cache && !code; before++) {
		if (text_equal(before->url, cache->url))
			code = json_fault(at, r->fault, "is the same cache as one before it");
	}
	return code;
}

static int read_caches(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct lock *lock = slot;

	if (!json_holds_array(at) || json_count(at) > LOCK_CACHES_MAX)
		return json_fault(at, r->fault, "must be an array of at most %d caches", LOCK_CACHES_MAX);
	lock->cache_count = json_count(at);
	lock->caches = arena_alloc(r->arena, lock->cache_count, sizeof *lock->caches);
	return lock_read_each(r, at, lock->caches, sizeof *lock->caches, read_cache);
}

/* ---- the flake and the whole ---- */

static int read_input(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const char *const keys[] = { "type", "owner", "repo", "url", "rev", "narHash", "lastModified", NULL };
	struct flake_input *input = slot;
	int code = json_only(at, keys, r->fault);

	input->name = arena_copy(r->arena, text_of(at->key));
	return code ? code : flakelock_read_input(at, r->arena, input, r->fault);
}

static int read_inputs(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct flakelock *flake = slot;
	int code = lock_count_members(r, at, TOOLS_MAX, &flake->input_count);

	if (code)
		return code;
	flake->inputs = arena_alloc(r->arena, flake->input_count, sizeof *flake->inputs);
	return lock_read_each(r, at, flake->inputs, sizeof *flake->inputs, read_input);
}

static int read_flake(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "lock", true, lock_read_digest, offsetof(struct flakelock, digest) },
		{ "inputs", true, read_inputs, 0 },
		{ 0 },
	};
	struct lock *lock = slot;

	lock->has_flake = true;
	return lock_read_fields(r, at, fields, &lock->flake);
}

static int read_version(struct lock_reader *r, const struct json_at *at, void *slot)
{
	uint64_t version;
	int code = json_get_u64(at->up, at->key, UINT64_MAX, &version, r->fault);

	(void)slot;
	if (code || version == LOCK_VERSION)
		return code;
	return json_fault(at, r->fault,
			  "is %" PRIu64
			  ", but this nixgraft reads %d; use the nixgraft that wrote the file, or write it "
			  "anew with `nixgraft lock`",
			  version, LOCK_VERSION);
}

static int read_lock(struct lock_reader *r, const struct json_at *root)
{
	static const struct lock_field fields[] = {
		{ "version", true, read_version, 0 },
		{ "flake", false, read_flake, 0 },
		{ "caches", true, read_caches, 0 },
		{ "systems", true, read_systems, 0 },
		{ 0 },
	};
	struct json_at version;
	int code = 0;

	/* Another version may well have other members: that one is said first. */
	if (json_member(root, "version", &version))
		code = read_version(r, &version, NULL);
	return code ? code : lock_read_fields(r, root, fields, r->lock);
}

int lock_parse(struct text bytes, const char *what, struct arena *a, struct lock *out, struct fault *f)
{
	struct lock_reader r = { .arena = a, .fault = f, .lock = out };
	struct json_at root;
	int code;

	*out = (struct lock){ 0 };
	if (bytes.len > LOCK_MAX)
		return fault_set(f, FAULT_INPUT, "%s: %zu bytes; a lock may have at most %u", what, bytes.len,
				 LOCK_MAX);
	code = json_parse(bytes, what, &root, f);
	if (code)
		return code;
	code = read_lock(&r, &root);
	json_drop(&root);
	return code;
}
