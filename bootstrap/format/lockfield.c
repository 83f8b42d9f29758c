#include "format/lockfield.h"

#include "base/bounds.h"
#include "format/lockrule.h"
#include "format/narinfo.h"
#include "format/storepath.h"
#include "sys/crypto.h"

#define FIELDS_MAX 16 /* members of one kind of object */

int lock_read_fields(struct lock_reader *r, const struct json_at *at, const struct lock_field *fields, void *to)
{
	const char *keys[FIELDS_MAX + 1] = { 0 };
	int code = 0;

	if (!json_holds_object(at))
		return json_fault(at, r->fault, "must be an object");
	for (size_t i = 0; fields[i].key; i++)
		keys[i] = fields[i].key;
	code = json_only(at, keys, r->fault);
	for (const struct lock_field *field = fields; field->key && !code; field++) {
		struct json_at child;

		if (json_member(at, field->key, &child))
			code = field->read(r, &child, (char *)to + field->offset);
		else if (field->required)
			code = json_fault(&child, r->fault, "is missing");
	}
	return code;
}

/* ---- single values ---- */

int lock_read_valid(struct lock_reader *r, const struct json_at *at, struct text *slot, bool (*is_valid)(struct text),
		    const char *rule)
{
	int code = json_text(at, slot, r->fault);

	if (code)
		return code;
	if (!is_valid(*slot))
		return json_fault(at, r->fault, "must be %s", rule);
	*slot = arena_copy(r->arena, *slot);
	return 0;
}

int lock_read_line(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, lock_line_shown, "1 to 4096 bytes without control characters");
}

int lock_read_file_url(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, narinfo_url_safe,
			  "a plain relative path below the cache, of at most 4096 bytes");
}

int lock_read_cache_url(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, lock_url_valid, "a file://, http:// or https:// URL without a final slash");
}

static bool is_ca(struct text t)
{
	return text_graphic(t) && (text_starts(t, TEXT("fixed:")) || text_starts(t, TEXT("text:")));
}

int lock_read_ca(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, is_ca, "a content address, \"fixed:...\" or \"text:...\"");
}

static bool is_public_key(struct text t)
{
	return lock_key_valid(t, ED25519_KEY_BYTES);
}

int lock_read_key(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, is_public_key, "a public key, <name>:<base64 of 32 bytes>");
}

static bool is_signature(struct text t)
{
	return lock_key_valid(t, ED25519_SIG_BYTES);
}

int lock_read_signature(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, is_signature, "a signature, <key name>:<base64 of 64 bytes>");
}

int lock_read_command(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, lock_name_valid, "a command's name: 1 to 255 printable characters without '/'");
}

int lock_read_store_path(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct text *base = slot, full;
	int code = json_text(at, &full, r->fault);

	*base = code ? full : storepath_base(full);
	if (!code && !base->at)
		return json_fault(at, r->fault, "must be a store path, " STORE_PREFIX "<hash>-<name>");
	if (!code)
		*base = arena_copy(r->arena, *base);
	return code;
}

uint64_t lock_prefix(struct text base)
{
	uint64_t prefix = 0;

	for (size_t i = 0; i < sizeof prefix; i++)
		prefix = prefix << 8 | (i < base.len ? (unsigned char)base.at[i] : 0);
	return prefix;
}

/* Index of the first of the ascending `items` that is not below `wanted`. */
static size_t lower_bound(const uint64_t *items, size_t count, uint64_t wanted)
{
	size_t low = 0;

	while (count) {
		size_t half = count / 2;

		if (items[low + half] < wanted) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return low;
}

/* Index of a name, or -1: by prefix, then among those that share it. */
static ptrdiff_t find_name(const struct lock_reader *r, struct text base)
{
	uint64_t prefix = lock_prefix(base);
	size_t low = lower_bound(r->prefixes, r->names.count, prefix), high = low;
	ptrdiff_t i;

	high += lower_bound(r->prefixes + low, r->names.count - low, prefix + 1);
	i = texts_find((struct texts){ r->names.at + low, high - low }, base);
	return i < 0 ? i : i + (ptrdiff_t)low;
}

int lock_read_known_path(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct text *base = slot, full;
	int code = json_text(at, &full, r->fault);
	ptrdiff_t i = -1;

	if (code)
		return code;
	if (text_starts(full, TEXT(STORE_PREFIX)))
		i = find_name(r, text_skip(full, sizeof STORE_PREFIX - 1));
	if (i < 0)
		return json_fault(at, r->fault, "must be one of the system's paths, not '" TEXT_F "'", TEXT_A(full));
	*base = r->names.at[i];
	return 0;
}

int lock_read_digest(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct text sri;
	int code = json_text(at, &sri, r->fault);

	if (!code && (!text_starts(sri, TEXT("sha256-")) || !digest_parse(sri, slot)))
		return json_fault(at, r->fault, "must be \"sha256-\" and the base64 of 32 bytes");
	return code;
}

int lock_read_size(struct lock_reader *r, const struct json_at *at, void *slot)
{
	uint64_t *size = slot;
	int code = json_get_u64(at->up, at->key, NAR_SIZE_MAX, size, r->fault);

	return code || *size ? code : json_fault(at, r->fault, "must not be 0");
}

int lock_read_codec(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct text name;
	int code = json_text(at, &name, r->fault);

	if (!code && !codec_parse(name, slot))
		return json_fault(at, r->fault, "must be one of none, xz, zstd, bzip2, gzip, br");
	return code;
}

/* One of two origins. */
static int read_origin(struct lock_reader *r, const struct json_at *at, enum lock_origin *slot,
		       const enum lock_origin of[2])
{
	struct text name;
	int code = json_text(at, &name, r->fault);

	for (size_t i = 0; i < 2 && !code; i++) {
		if (text_equal(name, text_of(lock_origin_name(of[i])))) {
			*slot = of[i];
			return 0;
		}
	}
	return code ? code
		    : json_fault(at, r->fault, "must be \"%s\" or \"%s\"", lock_origin_name(of[0]),
				 lock_origin_name(of[1]));
}

int lock_read_nar_origin(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return read_origin(r, at, slot, (const enum lock_origin[]){ LOCK_SIGNED, LOCK_CONTENT });
}

int lock_read_file_origin(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return read_origin(r, at, slot, (const enum lock_origin[]){ LOCK_UNSIGNED, LOCK_DOWNLOAD });
}

int lock_read_tool_origin(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return read_origin(r, at, slot, (const enum lock_origin[]){ LOCK_EVALUATION, LOCK_COMMAND });
}

/* ---- lists and names ---- */

int lock_read_list(struct lock_reader *r, const struct json_at *at, struct lock_list rule, struct texts *out)
{
	size_t n = json_count(at);
	int code = 0;

	if (!json_holds_array(at))
		return json_fault(at, r->fault, "must be an array");
	if (n > rule.max)
		return json_fault(at, r->fault, "has %zu items; at most %zu are allowed", n, rule.max);
	out->at = arena_alloc(r->arena, n, sizeof *out->at);
	out->count = n;
	for (struct json_at item = { 0 }; !code && json_next(at, &item);) {
		struct text *slot = &out->at[item.index];

		code = rule.read(r, &item, slot);
		if (!code && item.index && text_compare(slot[-1], slot[0]) >= 0)
			code = json_fault(&item, r->fault, "belongs before the one above it: lists are sorted, none twice");
	}
	return code;
}

int lock_count_members(struct lock_reader *r, const struct json_at *at, size_t max, size_t *count)
{
	*count = json_count(at);
	if (!json_holds_object(at))
		return json_fault(at, r->fault, "must be an object");
	if (*count > max)
		return json_fault(at, r->fault, "has %zu members; at most %zu are allowed", *count, max);
	return 0;
}

int lock_read_each(struct lock_reader *r, const struct json_at *at, void *items, size_t size,
		   int (*read)(struct lock_reader *r, const struct json_at *at, void *slot))
{
	char *slot = items;
	int code = 0;

	for (struct json_at child = { 0 }; !code && json_next(at, &child); slot += size)
		code = read(r, &child, slot);
	return code;
}

int lock_read_name(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct text *name = slot;

	*name = arena_copy(r->arena, text_of(at->key));
	if (!lock_name_valid(*name))
		return json_fault(at, r->fault, "a name has 1 to 255 printable characters and no '/'");
	return 0;
}
