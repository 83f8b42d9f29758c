#include "format/lock.h"

#include <assert.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "format/json.h"
#include "format/storepath.h"

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

#define FULL_PATH_SIZE (sizeof STORE_PREFIX + STOREPATH_BASE_MAX) /* bytes, and one to spare */

/* The store's folder and a base name. */
static struct text full_path(char out[FULL_PATH_SIZE], struct text base)
{
	size_t prefix = sizeof STORE_PREFIX - 1;

	assert(base.len <= STOREPATH_BASE_MAX);
	memcpy(out, STORE_PREFIX, prefix);
	memcpy(out + prefix, base.at, base.len);
	return (struct text){ out, prefix + base.len };
}

static void put_store_path(struct json_out *o, struct text base)
{
	char full[FULL_PATH_SIZE];

	json_put_text(o, full_path(full, base));
}

static void key_store_path(struct json_out *o, struct text base)
{
	char full[FULL_PATH_SIZE];

	json_key_text(o, full_path(full, base));
}

static void pair_store_path(struct json_out *o, const char *key, struct text base)
{
	json_key(o, key);
	put_store_path(o, base);
}

static void pair_digest(struct json_out *o, const char *key, const struct digest *digest)
{
	char sri[DIGEST_SRI_SIZE];

	json_pair(o, key, text_of(digest_sri(digest, sri)));
}

static void pair_number(struct json_out *o, const char *key, uint64_t number)
{
	json_pair_u64(o, key, number);
}

static void pair_if_any(struct json_out *o, const char *key, struct text value)
{
	if (value.len)
		json_pair(o, key, value);
}

static void pair_origin(struct json_out *o, const char *key, enum lock_origin origin)
{
	json_pair(o, key, text_of(lock_origin_name(origin)));
}

/* A list of more than one item has an item a line, for the sake of diffs. */
static void pair_list(struct json_out *o, const char *key, struct texts items,
		      void (*put)(struct json_out *o, struct text item))
{
	json_key(o, key);
	json_open(o, '[', items.count < 2);
	for (size_t i = 0; i < items.count; i++)
		put(o, items.at[i]);
	json_close(o, ']');
}

static void put_path(struct json_out *o, const struct lock_path *p)
{
	key_store_path(o, p->path);
	json_open(o, '{', false);
	pair_digest(o, "narHash", &p->nar_digest);
	json_join(o);
	pair_number(o, "narSize", p->nar_size);
	pair_list(o, "references", p->references, put_store_path);
	pair_list(o, "signatures", p->signatures, json_put_text);
	if (p->deriver.len)
		pair_store_path(o, "deriver", p->deriver);
	pair_if_any(o, "ca", p->ca);
	json_pair(o, "cache", p->cache);
	json_join(o);
	json_pair(o, "url", p->url);
	json_pair(o, "compression", text_of(codec_name(p->codec)));
	json_join(o);
	pair_digest(o, "fileHash", &p->file_digest);
	json_join(o);
	pair_number(o, "fileSize", p->file_size);
	json_key(o, "origin");
	json_open(o, '{', true);
	pair_origin(o, "nar", p->nar_origin);
	pair_origin(o, "file", p->file_origin);
	json_close(o, '}');
	json_close(o, '}');
}

static void put_tool(struct json_out *o, const struct lock_tool *t)
{
	json_key_text(o, t->name);
	json_open(o, '{', false);
	pair_if_any(o, "attribute", t->attribute);
	if (t->version.len)
		json_join(o);
	pair_if_any(o, "version", t->version);
	pair_store_path(o, "path", t->path);
	json_key(o, "outputs");
	json_open(o, '{', t->output_count < 2);
	for (size_t i = 0; i < t->output_count; i++) {
		json_key_text(o, t->outputs[i].name);
		put_store_path(o, t->outputs[i].path);
	}
	json_close(o, '}');
	pair_list(o, "commands", t->commands, json_put_text);
	pair_origin(o, "origin", t->origin);
	json_close(o, '}');
}

static void put_system(struct json_out *o, const struct lock_system *s)
{
	json_key_text(o, s->name);
	json_open(o, '{', false);
	if (s->nix.len) {
		json_key(o, "nix");
		json_open(o, '{', false);
		pair_store_path(o, "path", s->nix);
		pair_list(o, "commands", s->nix_commands, json_put_text);
		json_close(o, '}');
	}
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
	pair_if_any(o, "type", input->type);
	pair_if_any(o, "owner", input->owner);
	pair_if_any(o, "repo", input->repo);
	pair_if_any(o, "url", input->url);
	pair_if_any(o, "rev", input->rev);
	pair_if_any(o, "narHash", input->nar_hash);
	if (input->last_modified)
		pair_number(o, "lastModified", input->last_modified);
	json_close(o, '}');
}

static void put_flake(struct json_out *o, const struct flakelock *flake)
{
	json_key(o, "flake");
	json_open(o, '{', false);
	pair_digest(o, "lock", &flake->digest);
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
	pair_list(o, "keys", cache->keys, json_put_text);
	json_close(o, '}');
}

void lock_write(const struct lock *lock, struct buffer *to)
{
	struct json_out o;

	json_begin(&o, to);
	json_open(&o, '{', false);
	pair_number(&o, "version", LOCK_VERSION);
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
