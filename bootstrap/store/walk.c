#include "store/walk.h"

#include <stdlib.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/narinfo.h"
#include "format/storepath.h"

#define NOBODY SIZE_MAX /* the referrer of a root */
#define CHAIN_MAX 12    /* referrers named in a message */
#define FILE_SLACK 65536 /* bytes that a compressed file may have beyond twice its NAR */

/* A path met on the way. */
struct node {
	struct text path;       /* base name */
	size_t referrer;        /* index of the node that led here first, or NOBODY */
	bool found;             /* is `facts` filled in? */
	bool measured;          /* did the narinfo lack FileHash? */
	size_t cache;           /* where it was found */
	size_t distrusted;      /* a cache that has it without a believed signature, plus one; 0 none */
	struct lock_path facts; /* what the lock will say */
};

/* The walk under way. Nodes are found by an open hash table: hash parts are evenly spread by nature. */
struct walking {
	struct caches *caches;
	const struct trust *trust;
	struct arena *arena;
	LIST(struct node) nodes;
	size_t *slots;   /* index + 1 of a node, 0 free */
	size_t capacity; /* of slots, a power of two */
};

static size_t slot_of(const struct walking *w, struct text path)
{
	size_t h = 0;
	for (size_t i = 0; i < STORE_HASH_CHARS; i++)
		h = h * 31 + (unsigned char)path.at[i];
	h &= w->capacity - 1;
	while (w->slots[h] && !text_equal(w->nodes.at[w->slots[h] - 1].path, path))
		h = (h + 1) & (w->capacity - 1);
	return h;
}

static void rehash(struct walking *w)
{
	w->capacity = w->capacity ? w->capacity * 2 : 256;
	w->slots = arena_alloc(w->arena, w->capacity, sizeof *w->slots);
	for (size_t i = 0; i < w->nodes.count; i++)
		w->slots[slot_of(w, w->nodes.at[i].path)] = i + 1;
}

static void meet(struct walking *w, struct text path, size_t referrer)
{
	if (w->nodes.count * 2 >= w->capacity)
		rehash(w);
	size_t slot = slot_of(w, path);
	if (w->slots[slot])
		return;
	struct node node = { .path = path, .referrer = referrer };
	LIST_PUSH(&w->nodes, w->arena, node);
	w->slots[slot] = w->nodes.count;
}

/* ---- one narinfo ---- */

static void take_facts(struct walking *w, struct node *n, size_t cache, const struct narinfo *info)
{
	n->cache = cache;
	n->measured = !info->has_file;
	n->facts = (struct lock_path){
		.path = n->path,
		.nar_digest = info->nar_digest,
		.nar_size = info->nar_size,
		.references = info->references,
		.signatures = info->signatures,
		.deriver = info->deriver,
		.ca = info->ca,
		.cache = w->caches->at[cache].url,
		.url = info->url,
		.codec = info->codec,
		.file_digest = info->file_digest,
		.file_size = info->file_size,
		.file_origin = LOCK_UNSIGNED,
	};
}

/* Believes the facts, or not; says which vouches: the store path itself, or a key. */
static bool believe(struct walking *w, struct node *n)
{
	struct lock_path *p = &n->facts;
	bool proves_itself =
		p->ca.len && storepath_ca_holds(p->path, p->ca, &p->nar_digest, p->references);
	p->nar_origin = proves_itself ? LOCK_CONTENT : LOCK_SIGNED;
	return proves_itself || trust_path(w->trust, p);
}

static int take_answer(struct walking *w, struct node *n, size_t cache, struct text bytes, struct fault *f)
{
	struct narinfo info;
	int code = narinfo_parse(bytes, n->path, w->arena, &info, f);
	if (code < 0)
		return fault_wrap(f, TEXT_F "/" TEXT_F ".narinfo", TEXT_A(w->caches->at[cache].url),
				  TEXT_A(storepath_hash(n->path)));
	take_facts(w, n, cache, &info);
	n->found = believe(w, n);
	if (!n->found)
		n->distrusted = cache + 1;
	return 0;
}

/* ---- one level ---- */

static int ask_cache(struct walking *w, size_t cache, const size_t *asked, size_t count, struct fault *f)
{
	struct texts paths = { arena_alloc(w->arena, count, sizeof *paths.at), count };
	struct text *answers = arena_alloc(w->arena, count, sizeof *answers);
	for (size_t i = 0; i < count; i++)
		paths.at[i] = w->nodes.at[asked[i]].path;
	int code = cache_narinfos(w->caches, cache, paths, answers, f);
	for (size_t i = 0; code == 0 && i < count; i++)
		if (answers[i].at)
			code = take_answer(w, &w->nodes.at[asked[i]], cache, answers[i], f);
	return code;
}

static size_t still_missing(const struct walking *w, size_t *asked, size_t count)
{
	size_t left = 0;
	for (size_t i = 0; i < count; i++)
		if (!w->nodes.at[asked[i]].found)
			asked[left++] = asked[i];
	return left;
}

static int complain(const struct walking *w, size_t index, size_t others, struct fault *f)
{
	BUFFER_AUTO chain = { 0 };
	const struct node *n = &w->nodes.at[index];
	size_t up = n->referrer;
	for (int i = 0; up != NOBODY && i < CHAIN_MAX; i++, up = w->nodes.at[up].referrer)
		buffer_printf(&chain, ", needed by " STORE_PREFIX TEXT_F, TEXT_A(w->nodes.at[up].path));
	if (others)
		buffer_printf(&chain, "; %zu more path%s likewise", others, text_plural(others));
	const char *tail = chain.at ? chain.at : "";
	if (n->distrusted)
		return fault_set(f, FAULT_VERIFY,
				 STORE_PREFIX TEXT_F ": cache " TEXT_F " has it, but without a good signature by a trusted "
				 "key%s; if you trust who signed it, name that key with --trusted-key NAME:BASE64",
				 TEXT_A(n->path), TEXT_A(w->caches->at[n->distrusted - 1].url), tail);
	return fault_set(f, FAULT_NETWORK, STORE_PREFIX TEXT_F ": in none of the caches%s; name another with --cache URL",
			 TEXT_A(n->path), tail);
}

static void meet_references(struct walking *w, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		for (size_t k = 0; k < w->nodes.at[i].facts.references.count; k++)
			meet(w, w->nodes.at[i].facts.references.at[k], i);
}

static int walk_level(struct walking *w, size_t from, struct fault *f)
{
	size_t to = w->nodes.count, left = to - from;
	size_t *asked = arena_alloc(w->arena, left, sizeof *asked);
	int code = 0;
	for (size_t i = 0; i < left; i++)
		asked[i] = from + i;
	for (size_t cache = 0; code == 0 && left && cache < w->caches->count; cache++) {
		code = ask_cache(w, cache, asked, left, f);
		left = still_missing(w, asked, left);
	}
	if (code == 0 && left)
		return complain(w, asked[0], left - 1, f);
	if (code == 0)
		meet_references(w, from, to);
	if (code == 0 && w->nodes.count > CLOSURE_MAX)
		return fault_set(f, FAULT_INPUT, "the closure has more than %d paths", CLOSURE_MAX);
	return code;
}

/* ---- files that no narinfo describes ---- */

static int measure_cache(struct walking *w, size_t cache, size_t *measured, struct fault *f)
{
	LIST(struct cache_unknown) files = { 0 };
	for (size_t i = 0; i < w->nodes.count; i++)
		if (w->nodes.at[i].measured && w->nodes.at[i].cache == cache) {
			const struct lock_path *p = &w->nodes.at[i].facts;
			struct cache_unknown file = { .url = p->url, .max = 2 * p->nar_size + FILE_SLACK };
			LIST_PUSH(&files, w->arena, file);
		}
	if (!files.count)
		return 0;
	int code = cache_measure(w->caches, cache, files.at, files.count, f);
	if (code < 0)
		return code;
	*measured += files.count;
	for (size_t i = 0, next = 0; i < w->nodes.count; i++)
		if (w->nodes.at[i].measured && w->nodes.at[i].cache == cache) {
			struct lock_path *p = &w->nodes.at[i].facts;
			p->file_digest = files.at[next].digest;
			p->file_size = files.at[next++].size;
			p->file_origin = LOCK_DOWNLOAD;
		}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return text_compare(((const struct lock_path *)a)->path, ((const struct lock_path *)b)->path);
}

static int refuse_derivations(const struct walk *out, struct fault *f)
{
	for (size_t i = 0; i < out->count; i++)
		if (text_ends(out->paths[i].path, TEXT(".drv")))
			return fault_set(f, FAULT_INPUT,
					 STORE_PREFIX TEXT_F ": a derivation in a closure of tools is not supported; build the "
					 "tool without a reference to it",
					 TEXT_A(out->paths[i].path));
	return 0;
}

int walk_closure(struct caches *caches, const struct trust *trust, struct texts roots, struct walk *out,
		 struct fault *f)
{
	struct walking w = { .caches = caches, .trust = trust, .arena = caches->arena };
	int code = 0;
	*out = (struct walk){ 0 };
	for (size_t i = 0; i < roots.count; i++)
		meet(&w, roots.at[i], NOBODY);
	for (size_t from = 0; code == 0 && from < w.nodes.count;) {
		size_t to = w.nodes.count;
		code = walk_level(&w, from, f);
		from = to;
	}
	for (size_t cache = 0; code == 0 && cache < caches->count; cache++)
		code = measure_cache(&w, cache, &out->measured, f);
	if (code < 0)
		return code;
	out->count = w.nodes.count;
	out->paths = arena_alloc(w.arena, out->count, sizeof *out->paths);
	for (size_t i = 0; i < out->count; i++)
		out->paths[i] = w.nodes.at[i].facts;
	qsort(out->paths, out->count, sizeof *out->paths, by_path);
	return refuse_derivations(out, f);
}
