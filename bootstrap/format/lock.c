#include "format/lock.h"

#include <stdlib.h>

#include "format/lockout.h"

const char *lock_origin_name(enum lock_origin origin)
{
	static const char *const names[] = {
		[LOCK_SIGNED] = "signed narinfo",     [LOCK_CONTENT] = "content address",
		[LOCK_UNSIGNED] = "unsigned narinfo", [LOCK_DOWNLOAD] = "download",
		[LOCK_EVALUATION] = "evaluation",     [LOCK_COMMAND] = "command line",
	};

	return names[origin];
}

/* ---- finding ---- */

static int compare_system(const void *name, const void *system)
{
	return text_compare(*(const struct text *)name, ((const struct lock_system *)system)->name);
}

struct lock_system *lock_system_find(const struct lock *lock, struct text name)
{
	if (!lock->system_count)
		return NULL;
	return bsearch(&name, lock->systems, lock->system_count, sizeof *lock->systems, compare_system);
}

static int compare_path(const void *base, const void *path)
{
	return text_compare(*(const struct text *)base, ((const struct lock_path *)path)->path);
}

struct lock_path *lock_path_find(const struct lock_system *system, struct text path)
{
	if (!system->path_count)
		return NULL;
	return bsearch(&path, system->paths, system->path_count, sizeof *system->paths, compare_path);
}

/* ---- writing ---- */

static void pair_origin(struct json_out *o, const char *key, enum lock_origin origin)
{
	json_pair(o, key, text_of(lock_origin_name(origin)));
}

static void put_path(struct json_out *o, const struct lock_path *p)
{
	lock_key_store_path(o, p->path);
	json_open(o, '{', false);
	lock_pair_digest(o, "narHash", &p->nar_digest);
	json_join(o);
	json_pair_u64(o, "narSize", p->nar_size);
	lock_pair_list(o, "references", p->references, lock_put_store_path);
	lock_pair_list(o, "signatures", p->signatures, json_put_text);
	if (p->deriver.len)
		lock_pair_store_path(o, "deriver", p->deriver);
	lock_pair_if_any(o, "ca", p->ca);
	json_pair(o, "cache", p->cache);
	json_join(o);
	json_pair(o, "url", p->url);
	json_pair(o, "compression", text_of(codec_name(p->codec)));
	json_join(o);
	lock_pair_digest(o, "fileHash", &p->file_digest);
	json_join(o);
	json_pair_u64(o, "fileSize", p->file_size);
	json_key(o, "origin");
	json_open(o, '{', true);
	pair_origin(o, "nar", p->nar_origin);
	pair_origin(o, "file", p->file_origin);
	json_close(o, '}');
	json_close(o, '}');
}

static void pair_attribute(struct json_out *o, struct text attribute, struct text version)
{
	lock_pair_if_any(o, "attribute", attribute);
	if (version.len)
		json_join(o);
	lock_pair_if_any(o, "version", version);
}

static void put_tool(struct json_out *o, const struct lock_tool *t)
{
	json_key_text(o, t->name);
	json_open(o, '{', false);
	pair_attribute(o, t->attribute, t->version);
	lock_pair_store_path(o, "path", t->path);
	json_key(o, "outputs");
	json_open(o, '{', t->output_count < 2);
	for (size_t i = 0; i < t->output_count; i++) {
		json_key_text(o, t->outputs[i].name);
		lock_put_store_path(o, t->outputs[i].path);
	}
	json_close(o, '}');
	lock_pair_list(o, "commands", t->commands, json_put_text);
	pair_origin(o, "origin", t->origin);
	package_pair(o, &t->package);
	json_close(o, '}');
}

static void pair_nix(struct json_out *o, const struct lock_system *s)
{
	json_key(o, "nix");
	json_open(o, '{', false);
	pair_attribute(o, s->nix_attribute, s->nix_version);
	lock_pair_store_path(o, "path", s->nix);
	lock_pair_list(o, "commands", s->nix_commands, json_put_text);
	package_pair(o, &s->nix_package);
	json_close(o, '}');
}

static void put_system(struct json_out *o, const struct lock_system *s)
{
	json_key_text(o, s->name);
	json_open(o, '{', false);
	if (s->nix.len)
		pair_nix(o, s);
	json_key(o, "tools");
	json_open(o, '{', false);
	for (size_t i = 0; i < s->tool_count; i++)
		put_tool(o, &s->tools[i]);
	json_close(o, '}');
	json_key(o, "paths");
	json_open(o, '{', false);
	for (size_t i = 0; i < s->path_count; i++)
		put_path(o, &s->paths[i]);
	json_close(o, '}');
	json_close(o, '}');
}

static void put_input(struct json_out *o, const struct flake_input *input)
{
	json_key_text(o, input->name);
	json_open(o, '{', false);
	lock_pair_if_any(o, "type", input->type);
	lock_pair_if_any(o, "owner", input->owner);
	lock_pair_if_any(o, "repo", input->repo);
	lock_pair_if_any(o, "url", input->url);
	lock_pair_if_any(o, "rev", input->rev);
	lock_pair_if_any(o, "narHash", input->nar_hash);
	if (input->last_modified)
		json_pair_u64(o, "lastModified", input->last_modified);
	json_close(o, '}');
}

static void put_flake(struct json_out *o, const struct flakelock *flake)
{
	json_key(o, "flake");
	json_open(o, '{', false);
	lock_pair_digest(o, "lock", &flake->digest);
	json_key(o, "inputs");
	json_open(o, '{', false);
	for (size_t i = 0; i < flake->input_count; i++)
		put_input(o, &flake->inputs[i]);
	json_close(o, '}');
	json_close(o, '}');
}

static void put_cache(struct json_out *o, const struct lock_cache *cache)
{
	json_open(o, '{', false);
	json_pair(o, "url", cache->url);
	lock_pair_list(o, "keys", cache->keys, json_put_text);
	json_close(o, '}');
}

void lock_write(const struct lock *lock, struct buffer *to)
{
	struct json_out o;

	json_begin(&o, to);
	json_open(&o, '{', false);
	json_pair_u64(&o, "version", LOCK_VERSION);
	if (lock->has_flake)
		put_flake(&o, &lock->flake);
	json_key(&o, "caches");
	json_open(&o, '[', false);
	for (size_t i = 0; i < lock->cache_count; i++)
		put_cache(&o, &lock->caches[i]);
	json_close(&o, ']');
	json_key(&o, "systems");
	json_open(&o, '{', false);
	for (size_t i = 0; i < lock->system_count; i++)
		put_system(&o, &lock->systems[i]);
	json_close(&o, '}');
	json_close(&o, '}');
	json_end(&o);
}
