#include "format/manifestpackage.h"

#include "base/bounds.h"
#include "base/encode.h"
#include "format/lockrule.h"
#include "format/storepath.h"

/* A reading under way. */
struct reader {
	struct arena *arena; /* for all that is read */
	struct fault *fault; /* the caller's */
};

/* ---- texts ---- */

static bool is_gap(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

/* U+0080 to U+009F, controls as well. */
static bool is_high_control(struct text t)
{
	return t.len > 1 && (unsigned char)t.at[0] == 0xc2 && (unsigned char)t.at[1] < 0xa0;
}

/* The text on one line: gaps become one blank, those at its ends nothing. */
static struct text on_one_line(struct text t, struct arena *a)
{
	char *line = arena_alloc(a, t.len + 1, 1);
	size_t len = 0;

	for (size_t i = 0; i < t.len; i++) {
		bool high = is_high_control(text_skip(t, i));

		i += high;
		if (!high && !is_gap(t.at[i]))
			line[len++] = t.at[i];
		else if (len && line[len - 1] != ' ')
			line[len++] = ' ';
	}
	if (len && line[len - 1] == ' ')
		len--;
	line[len] = '\0';
	return (struct text){ line, len };
}

static int read_line(struct reader *r, const struct json_at *at, struct text *slot)
{
	struct text text;
	int code = json_text(at, &text, r->fault);

	if (code)
		return code;
	*slot = on_one_line(text, r->arena);
	if (slot->len && !lock_line_valid(*slot))
		return json_fault(at, r->fault, "has more than 4096 bytes");
	return 0;
}

static int read_cpe(struct reader *r, const struct json_at *at, struct text *slot)
{
	int code = read_line(r, at, slot);

	if (!code && slot->len && !package_cpe_valid(*slot))
		return json_fault(at, r->fault, "must be a CPE name, \"cpe:...\"");
	return code;
}

static int read_purl(struct reader *r, const struct json_at *at, struct text *slot)
{
	int code = read_line(r, at, slot);

	if (!code && slot->len && !package_purl_valid(*slot))
		return json_fault(at, r->fault, "must be a package URL, \"pkg:...\"");
	return code;
}

static int read_derivation(struct reader *r, const struct json_at *at, struct text *slot)
{
	struct text full;
	int code = json_text(at, &full, r->fault);

	*slot = code ? full : arena_copy(r->arena, storepath_base(full));
	if (!code && full.len && !package_derivation_valid(*slot))
		return json_fault(at, r->fault, "must be a derivation, " STORE_PREFIX "<hash>-<name>.drv");
	return code;
}

/* SHA-256 in any of its spellings, one that says nothing of its algorithm included, becomes SRI. */
static int read_hash(struct reader *r, const struct json_at *at, struct text *slot)
{
	char sri[DIGEST_SRI_SIZE];
	struct digest digest;
	int code = read_line(r, at, slot);

	if (code || !slot->len)
		return code;
	if (digest_parse(*slot, &digest) ||
	    digest_parse(arena_printf(r->arena, "sha256:" TEXT_F, TEXT_A(*slot)), &digest))
		*slot = arena_copy(r->arena, text_of(digest_sri(&digest, sri)));
	if (!package_hash_valid(*slot))
		return json_fault(at, r->fault, "must be the hash of a source, as \"sha256-...\"");
	return 0;
}

/* Nix calls recursive "nar", too. */
static int read_mode(struct reader *r, const struct json_at *at, struct text *slot)
{
	int code = read_line(r, at, slot);

	if (text_equal(*slot, TEXT("nar")))
		*slot = TEXT("recursive");
	if (!code && slot->len && !package_mode_valid(*slot))
		return json_fault(at, r->fault, "must be \"flat\" or \"recursive\"");
	return code;
}

/* A member that is a text, and how it is read. */
struct text_member {
	const char *key;
	int (*read)(struct reader *r, const struct json_at *at, struct text *slot);
	struct text *slot;
};

static int read_member(struct reader *r, const struct json_at *object, struct text_member member)
{
	struct json_at at;

	return json_member(object, member.key, &at) ? member.read(r, &at, member.slot) : 0;
}

/* ---- lists ---- */

/* The member `key`, if it is there, as an array of at most `max` items. */
static int get_items(struct reader *r, const struct json_at *object, const char *key, size_t max, struct json_at *items)
{
	*items = (struct json_at){ 0 };
	if (!json_member(object, key, items))
		return 0;
	if (!json_holds_array(items) || json_count(items) > max)
		return json_fault(items, r->fault, "must be an array of at most %zu items", max);
	return 0;
}

static int read_list(struct reader *r, const struct json_at *object, const char *key, size_t max, struct texts *out)
{
	struct json_at items;
	int code = get_items(r, object, key, max, &items);

	out->at = arena_alloc(r->arena, json_count(&items), sizeof *out->at);
	for (struct json_at item = { 0 }; !code && json_next(&items, &item);) {
		code = read_line(r, &item, &out->at[out->count]);
		out->count += out->at[out->count].len > 0;
	}
	return code;
}

static int read_set(struct reader *r, const struct json_at *object, const char *key, size_t max, struct texts *out)
{
	int code = read_list(r, object, key, max, out);

	texts_sort_unique(out);
	return code;
}

static int read_source(struct reader *r, const struct json_at *at, struct package *out)
{
	struct package_source *source = &out->sources[out->source_count];
	int code;

	if (!json_holds_object(at))
		return json_fault(at, r->fault, "must be an object with \"urls\" and \"hash\"");
	code = read_list(r, at, "urls", PACKAGE_URLS_MAX, &source->urls);
	if (!code)
		code = read_member(r, at, (struct text_member){ "hash", read_hash, &source->hash });
	if (!code && source->hash.len)
		code = read_member(r, at, (struct text_member){ "mode", read_mode, &source->mode });
	out->source_count += source->urls.count || source->hash.len;
	return code;
}

static int read_sources(struct reader *r, const struct json_at *object, struct package *out)
{
	struct json_at items;
	int code = get_items(r, object, "sources", PACKAGE_SOURCES_MAX, &items);

	out->sources = arena_alloc(r->arena, json_count(&items), sizeof *out->sources);
	for (struct json_at item = { 0 }; !code && json_next(&items, &item);)
		code = read_source(r, &item, out);
	if (!code)
		package_sort_sources(out);
	return code;
}

int manifest_read_package(const struct json_at *at, struct arena *a, struct package *out, struct fault *f)
{
	const struct text_member members[] = {
		{ "pname", read_line, &out->pname },
		{ "description", read_line, &out->description },
		{ "homepage", read_line, &out->homepage },
		{ "mainProgram", read_line, &out->main_program },
		{ "cpe", read_cpe, &out->cpe },
		{ "purl", read_purl, &out->purl },
		{ "drvPath", read_derivation, &out->derivation },
	};
	struct reader r = { a, f };
	int code = 0;

	for (size_t i = 0; i < sizeof members / sizeof *members && !code; i++)
		code = read_member(&r, at, members[i]);
	if (!code)
		code = read_set(&r, at, "licenses", PACKAGE_LICENSES_MAX, &out->licenses);
	if (!code)
		code = read_set(&r, at, "patches", PACKAGE_PATCHES_MAX, &out->patches);
	if (!code)
		code = read_set(&r, at, "knownVulnerabilities", PACKAGE_VULNERABILITIES_MAX, &out->vulnerabilities);
	return code ? code : read_sources(&r, at, out);
}
