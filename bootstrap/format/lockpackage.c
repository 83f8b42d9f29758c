#include "format/lockpackage.h"

#include <stddef.h>

#include "base/bounds.h"

/* ---- single values ---- */

static int read_cpe(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, package_cpe_valid, "a CPE name, \"cpe:...\"");
}

static int read_purl(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, package_purl_valid, "a package URL, \"pkg:...\"");
}

static int read_hash(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, package_hash_valid, "the hash of a source, as \"sha256-...\"");
}

static int read_mode(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return lock_read_valid(r, at, slot, package_mode_valid, "\"flat\" or \"recursive\"");
}

static int read_derivation(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct text *base = slot;
	int code = lock_read_store_path(r, at, base);

	if (!code && !package_derivation_valid(*base))
		return json_fault(at, r->fault, "must be a derivation, " STORE_PREFIX "<hash>-<name>.drv");
	return code;
}

/* ---- lists ---- */

/* A list that is there has something in it. */
static int read_some(struct lock_reader *r, const struct json_at *at, size_t max, struct texts *out)
{
	int code = lock_read_list(r, at, (struct lock_list){ max, lock_read_line }, out);

	return code || out->count ? code : json_fault(at, r->fault, "is empty: what is not known is left out");
}

static int read_licenses(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return read_some(r, at, PACKAGE_LICENSES_MAX, &((struct package *)slot)->licenses);
}

static int read_patches(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return read_some(r, at, PACKAGE_PATCHES_MAX, &((struct package *)slot)->patches);
}

static int read_vulnerabilities(struct lock_reader *r, const struct json_at *at, void *slot)
{
	return read_some(r, at, PACKAGE_VULNERABILITIES_MAX, &((struct package *)slot)->vulnerabilities);
}

/* ---- sources ---- */

/* Mirrors have an order of their own. */
static int read_urls(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct texts *urls = &((struct package_source *)slot)->urls;

	if (!json_holds_array(at) || !json_count(at) || json_count(at) > PACKAGE_URLS_MAX)
		return json_fault(at, r->fault, "must be an array of 1 to %d URLs", PACKAGE_URLS_MAX);
	urls->count = json_count(at);
	urls->at = arena_alloc(r->arena, urls->count, sizeof *urls->at);
	return lock_read_each(r, at, urls->at, sizeof *urls->at, lock_read_line);
}

static int read_source(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "urls", false, read_urls, 0 },
		{ "hash", false, read_hash, offsetof(struct package_source, hash) },
		{ "mode", false, read_mode, offsetof(struct package_source, mode) },
		{ 0 },
	};
	struct package_source *source = slot;
	int code = lock_read_fields(r, at, fields, source);

	if (!code && !source->urls.count && !source->hash.len)
		code = json_fault(at, r->fault, "must have URLs or a hash");
	if (!code && source->mode.len && !source->hash.len)
		code = json_fault(at, r->fault, "has a mode, and no hash that it would tell about");
	if (!code && at->index && package_source_compare(source - 1, source) >= 0)
		code = json_fault(at, r->fault, "belongs before the one above it: lists are sorted, none twice");
	return code;
}

static int read_sources(struct lock_reader *r, const struct json_at *at, void *slot)
{
	struct package *package = slot;

	if (!json_holds_array(at) || !json_count(at) || json_count(at) > PACKAGE_SOURCES_MAX)
		return json_fault(at, r->fault, "must be an array of 1 to %d sources", PACKAGE_SOURCES_MAX);
	package->source_count = json_count(at);
	package->sources = arena_alloc(r->arena, package->source_count, sizeof *package->sources);
	return lock_read_each(r, at, package->sources, sizeof *package->sources, read_source);
}

int lock_read_package(struct lock_reader *r, const struct json_at *at, void *slot)
{
	static const struct lock_field fields[] = {
		{ "pname", false, lock_read_line, offsetof(struct package, pname) },
		{ "description", false, lock_read_line, offsetof(struct package, description) },
		{ "homepage", false, lock_read_line, offsetof(struct package, homepage) },
		{ "licenses", false, read_licenses, 0 },
		{ "mainProgram", false, lock_read_line, offsetof(struct package, main_program) },
		{ "cpe", false, read_cpe, offsetof(struct package, cpe) },
		{ "purl", false, read_purl, offsetof(struct package, purl) },
		{ "derivation", false, read_derivation, offsetof(struct package, derivation) },
		{ "sources", false, read_sources, 0 },
		{ "patches", false, read_patches, 0 },
		{ "knownVulnerabilities", false, read_vulnerabilities, 0 },
		{ 0 },
	};
	int code = lock_read_fields(r, at, fields, slot);

	return code || json_count(at) ? code : json_fault(at, r->fault, "is empty: what is not known is left out");
}
