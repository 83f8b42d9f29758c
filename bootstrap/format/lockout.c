#include "format/lockout.h"

#include <assert.h>

#include "base/bounds.h"
#include "format/storepath.h"

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

void lock_put_store_path(struct json_out *o, struct text base)
{
	char full[FULL_PATH_SIZE];

	json_put_text(o, full_path(full, base));
}

void lock_key_store_path(struct json_out *o, struct text base)
{
	char full[FULL_PATH_SIZE];

	json_key_text(o, full_path(full, base));
}

void lock_pair_store_path(struct json_out *o, const char *key, struct text base)
{
	json_key(o, key);
	lock_put_store_path(o, base);
}

void lock_pair_digest(struct json_out *o, const char *key, const struct digest *digest)
{
	char sri[DIGEST_SRI_SIZE];

	json_pair(o, key, text_of(digest_sri(digest, sri)));
}

void lock_pair_if_any(struct json_out *o, const char *key, struct text value)
{
	if (value.len)
		json_pair(o, key, value);
}

void lock_pair_list(struct json_out *o, const char *key, struct texts items,
		    void (*put)(struct json_out *o, struct text item))
{
	json_key(o, key);
	json_open(o, '[', items.count < 2);
	for (size_t i = 0; i < items.count; i++)
		put(o, items.at[i]);
	json_close(o, ']');
}
