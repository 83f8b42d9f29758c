#include "store/receipt.h"

#include "base/bounds.h"
#include "format/json.h"
#include "format/lockrule.h"
#include "store/layout.h"
#include "sys/fs.h"

static int get_digest(const struct json_at *at, const char *key, struct digest *out, struct fault *f)
{
	struct text t;
	int code = json_get_text(at, key, &t, f);
	if (code == 0 && !digest_parse(t, out))
		return json_fault(at, f, "'%s' must be a SHA-256", key);
	return code;
}

static int read_wire(const struct json_at *at, struct arena *a, struct receipt_wire *w, struct fault *f)
{
	int code = json_get_text(at, "path", &w->path, f);
	if (code == 0)
		code = json_opt_text(at, "target", &w->target, f);
	if (code == 0 && !w->target.at)
		code = get_digest(at, "sha256", &w->digest, f);
	if (code == 0 && !(lock_line_valid(w->path) && (!w->target.len || lock_line_valid(w->target))))
		return json_fault(at, f, "'path' and 'target' must be printable");
	if (code < 0)
		return code;
	w->path = arena_copy(a, w->path);
	if (w->target.at)
		w->target = arena_copy(a, w->target);
	return 0;
}

static int read_wires(const struct json_at *root, struct arena *a, struct receipt *out, struct fault *f)
{
	struct json_at array;
	int code = json_get_array(root, "wires", &array, f);
	if (code < 0)
		return code;
	out->wire_count = json_count(&array);
	out->wires = arena_alloc(a, out->wire_count, sizeof *out->wires);
	for (struct json_at item = { 0 }; code == 0 && json_next(&array, &item);)
		code = read_wire(&item, a, &out->wires[item.index], f);
	return code;
}

/* It is shown to people: no control bytes. */
static int get_copy(const struct json_at *at, const char *key, struct arena *a, struct text *out, struct fault *f)
{
	int code = json_get_text(at, key, out, f);
	if (code == 0 && out->len && !lock_line_valid(*out))
		return json_fault(at, f, "'%s' must be one printable line", key);
	if (code == 0)
		*out = arena_copy(a, *out);
	return code;
}

/* Optional lists: a receipt has those only that it needs. */
static int opt_texts(const struct json_at *at, const char *key, struct arena *a, struct texts *out, struct fault *f)
{
	struct json_at list;
	int code = json_member(at, key, &list) ? json_texts(&list, CLOSURE_MAX, a, out, f) : 0;
	for (size_t i = 0; code == 0 && i < out->count; i++)
		if (!lock_line_valid(out->at[i]))
			code = json_fault(at, f, "'%s' must be printable", key);
	return code;
}

static int read_choice(const struct json_at *root, struct arena *a, struct receipt *out, struct fault *f)
{
	struct json_at list;
	out->choice.some = json_member(root, "expose", &list);
	int code = opt_texts(root, "expose", a, &out->choice.commands, f);
	texts_sort_unique(&out->choice.commands);
	if (code == 0)
		code = json_opt_bool(root, "toolsOnly", &out->choice.tools_only, f);
	if (code == 0)
		code = json_opt_bool(root, "rolledBack", &out->rolled_back, f);
	return code == 0 ? json_opt_bool(root, "unfinished", &out->unfinished, f) : code;
}

static int read_all(const struct json_at *root, struct arena *a, struct receipt *out, struct fault *f)
{
	uint64_t version;
	struct json_at paths;
	int code = json_get_u64(root, "version", UINT32_MAX, &version, f);
	if (code == 0 && version != RECEIPT_VERSION)
		code = json_fault(root, f, "has version %llu, and this nixgraft knows %d; use the newer nixgraft",
				  (unsigned long long)version, RECEIPT_VERSION);
	if (code == 0)
		code = get_copy(root, "nixgraft", a, &out->made_by, f);
	if (code == 0)
		code = get_digest(root, "lock", &out->lock, f);
	if (code == 0)
		code = get_copy(root, "system", a, &out->system, f);
	if (code == 0)
		code = get_copy(root, "user", a, &out->user, f);
	if (code == 0)
		code = get_copy(root, "environment", a, &out->environment, f);
	if (code == 0)
		code = json_get_u64(root, "generation", UINT64_MAX >> 1, &out->generation, f);
	if (code == 0)
		code = json_get_array(root, "paths", &paths, f);
	if (code == 0)
		code = json_texts(&paths, CLOSURE_MAX, a, &out->paths, f);
	if (code == 0)
		code = opt_texts(root, "kept", a, &out->kept, f);
	if (code == 0)
		code = opt_texts(root, "late", a, &out->late, f);
	if (code == 0)
		code = opt_texts(root, "movedAside", a, &out->aside, f);
	if (code == 0)
		code = opt_texts(root, "folders", a, &out->folders, f);
	texts_sort_unique(&out->folders);
	if (code == 0)
		code = read_choice(root, a, out, f);
	return code == 0 ? read_wires(root, a, out, f) : code;
}

int receipt_parse(struct text bytes, struct arena *a, struct receipt *out, struct fault *f)
{
	struct json_at json = { 0 };
	*out = (struct receipt){ 0 };
	int code = json_parse(bytes, GRAFT_RECEIPT, &json, f);
	if (code == 0)
		code = read_all(&json, a, out, f);
	json_drop(&json);
	return code;
}

int receipt_read(int root, struct arena *a, struct receipt *out, bool *found, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	*out = (struct receipt){ 0 };
	int code = fs_read(root, GRAFT_RECEIPT, RECEIPT_MAX, &bytes, f);
	*found = code == 0;
	if (code)
		return code == FS_ABSENT ? 0 : code;
	return receipt_parse(buffer_view(&bytes), a, out, f);
}

static void write_wires(struct json_out *o, const struct receipt *r)
{
	char digest[DIGEST_SRI_SIZE];
	json_key(o, "wires");
	json_open(o, '[', false);
	for (size_t i = 0; i < r->wire_count; i++) {
		const struct receipt_wire *w = &r->wires[i];
		json_open(o, '{', true);
		json_pair(o, "path", w->path);
		if (w->target.at)
			json_pair(o, "target", w->target);
		else
			json_pair(o, "sha256", text_of(digest_sri(&w->digest, digest)));
		json_close(o, '}');
	}
	json_close(o, ']');
}

static void write_list(struct json_out *o, const char *key, struct texts list)
{
	json_key(o, key);
	json_open(o, '[', false);
	for (size_t i = 0; i < list.count; i++)
		json_put_text(o, list.at[i]);
	json_close(o, ']');
}

static void write_flag(struct json_out *o, const char *key, bool value)
{
	if (!value)
		return;
	json_pair_bool(o, key, true);
}

void receipt_spell(const struct receipt *r, struct buffer *to)
{
	struct json_out o;
	char digest[DIGEST_SRI_SIZE];
	json_begin(&o, to);
	json_open(&o, '{', false);
	json_pair_u64(&o, "version", RECEIPT_VERSION);
	json_pair(&o, "nixgraft", TEXT(NIXGRAFT_VERSION));
	json_pair(&o, "lock", text_of(digest_sri(&r->lock, digest)));
	json_pair(&o, "system", r->system);
	json_pair(&o, "user", r->user);
	json_pair(&o, "environment", r->environment);
	json_pair_u64(&o, "generation", r->generation);
	write_flag(&o, "unfinished", r->unfinished);
	write_flag(&o, "toolsOnly", r->choice.tools_only);
	write_flag(&o, "rolledBack", r->rolled_back);
	if (r->choice.some)
		write_list(&o, "expose", r->choice.commands);
	write_list(&o, "paths", r->paths);
	write_wires(&o, r);
	write_list(&o, "kept", r->kept);
	if (r->late.count)
		write_list(&o, "late", r->late);
	if (r->aside.count)
		write_list(&o, "movedAside", r->aside);
	write_list(&o, "folders", r->folders);
	json_close(&o, '}');
	json_end(&o);
}

int receipt_write(int root, const struct receipt *r, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	receipt_spell(r, &bytes);
	return fs_write(root, GRAFT_RECEIPT, 0644, buffer_view(&bytes), f);
}

int receipt_drop(int root, struct fault *f)
{
	return fs_unlink(root, GRAFT_RECEIPT, f);
}

const struct receipt_wire *receipt_find(const struct receipt *r, struct text path)
{
	for (size_t i = 0; i < r->wire_count; i++)
		if (text_equal(r->wires[i].path, path))
			return &r->wires[i];
	return NULL;
}
