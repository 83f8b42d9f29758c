#include "format/package.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "format/lockout.h"
#include "format/storepath.h"

bool package_is_empty(const struct package *p)
{
	return !p->pname.len && !p->description.len && !p->homepage.len && !p->licenses.count && !p->main_program.len &&
	       !p->cpe.len && !p->purl.len && !p->derivation.len && !p->source_count && !p->patches.count &&
	       !p->vulnerabilities.count;
}

/* ---- writing ---- */

static void pair_list_if_any(struct json_out *o, const char *key, struct texts items)
{
	if (items.count)
		lock_pair_list(o, key, items, json_put_text);
}

static void pair_sources(struct json_out *o, const struct package *p)
{
	json_key(o, "sources");
	json_open(o, '[', p->source_count < 2);
	for (size_t i = 0; i < p->source_count; i++) {
		json_open(o, '{', true);
		if (p->sources[i].urls.count)
			json_pair_texts(o, "urls", p->sources[i].urls);
		lock_pair_if_any(o, "hash", p->sources[i].hash);
		lock_pair_if_any(o, "mode", p->sources[i].mode);
		json_close(o, '}');
	}
	json_close(o, ']');
}

void package_pair(struct json_out *o, const struct package *p)
{
	if (package_is_empty(p))
		return;
	json_key(o, "package");
	json_open(o, '{', false);
	lock_pair_if_any(o, "pname", p->pname);
	lock_pair_if_any(o, "description", p->description);
	lock_pair_if_any(o, "homepage", p->homepage);
	pair_list_if_any(o, "licenses", p->licenses);
	lock_pair_if_any(o, "mainProgram", p->main_program);
	lock_pair_if_any(o, "cpe", p->cpe);
	lock_pair_if_any(o, "purl", p->purl);
	if (p->derivation.len)
		lock_pair_store_path(o, "derivation", p->derivation);
	if (p->source_count)
		pair_sources(o, p);
	pair_list_if_any(o, "patches", p->patches);
	pair_list_if_any(o, "knownVulnerabilities", p->vulnerabilities);
	json_close(o, '}');
}

/* ---- sources ---- */

int package_source_compare(const struct package_source *a, const struct package_source *b)
{
	for (size_t i = 0; i < a->urls.count && i < b->urls.count; i++) {
		int order = text_compare(a->urls.at[i], b->urls.at[i]);

		if (order)
			return order;
	}
	if (a->urls.count != b->urls.count)
		return a->urls.count < b->urls.count ? -1 : 1;
	return text_equal(a->hash, b->hash) ? text_compare(a->mode, b->mode) : text_compare(a->hash, b->hash);
}

static int compare_sources(const void *a, const void *b)
{
	return package_source_compare(a, b);
}

void package_sort_sources(struct package *p)
{
	size_t kept = 0;

	if (p->source_count)
		qsort(p->sources, p->source_count, sizeof *p->sources, compare_sources);
	for (size_t i = 0; i < p->source_count; i++) {
		if (!kept || package_source_compare(&p->sources[kept - 1], &p->sources[i]))
			p->sources[kept++] = p->sources[i];
	}
	p->source_count = kept;
}

/* ---- rules ---- */

bool package_cpe_valid(struct text cpe)
{
	return text_graphic(cpe) && cpe.len <= URL_MAX && text_starts(cpe, TEXT("cpe:"));
}

bool package_purl_valid(struct text purl)
{
	return text_graphic(purl) && purl.len <= URL_MAX && text_starts(purl, TEXT("pkg:"));
}

bool package_mode_valid(struct text mode)
{
	return text_equal(mode, TEXT("flat")) || text_equal(mode, TEXT("recursive"));
}

bool package_hash_valid(struct text hash)
{
	static const char *const algorithms[] = { "md5", "sha1", "sha256", "sha512", "blake3" };
	bool known = false;

	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		struct text rest = text_skip(hash, strlen(algorithms[i]));

		known |= text_starts(hash, text_of(algorithms[i])) && rest.len > 1 && (*rest.at == '-' || *rest.at == ':');
	}
	return known && text_graphic(hash) && hash.len <= PACKAGE_HASH_MAX;
}

bool package_derivation_valid(struct text base)
{
	return text_ends(base, TEXT(".drv"));
}
