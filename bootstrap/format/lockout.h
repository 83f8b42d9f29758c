/* lockout: the pieces that a lock is written of, above those that JSON has. For lock and package only. */
#ifndef FORMAT_LOCKOUT_H
#define FORMAT_LOCKOUT_H

#include "base/encode.h"
#include "format/json.h"

/* A store path, of which `base` is the base name, as a value, as a key, or both key and value. */
void lock_put_store_path(struct json_out *o, struct text base);
void lock_key_store_path(struct json_out *o, struct text base);
void lock_pair_store_path(struct json_out *o, const char *key, struct text base);

/* A digest, as SRI. */
void lock_pair_digest(struct json_out *o, const char *key, const struct digest *digest);

/* A text; nothing at all when it is empty. */
void lock_pair_if_any(struct json_out *o, const char *key, struct text value);

/* A list, each item by `put`: more than one have a line each, for the sake of diffs. */
void lock_pair_list(struct json_out *o, const char *key, struct texts items,
		    void (*put)(struct json_out *o, struct text item));

#endif
