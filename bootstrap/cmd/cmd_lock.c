#include <stdio.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "cmd/inputs.h"
#include "cmd/past.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "format/json.h"
#include "plan/stale.h"
#include "store/walk.h"
#include "sys/fs.h"

static const struct option_spec OPTIONS[] = {
	{ "lock", 'l', "FILE", "the lock to write or update (default: closure.lock)" },
	{ "cache", 'c', "URL", "a cache to lock from (repeatable, in order; default: the lock's, else " TRUST_NIXOS_URL ")" },
	{ "trusted-key", 'k', "NAME:BASE64", "a key to believe in these caches (repeatable)" },
	{ "system", 's', "SYSTEM", "which system (repeatable with --flake; default: this machine's)" },
	{ "tool", 't', "NAME=PATH", "a tool by its store path (repeatable); exposes the command NAME" },
	{ "expose", 0, "NAME=CMD,..", "which commands the --tool NAME exposes instead" },
	{ "nix", 0, "PATH", "the store path of the Nix to install; without it: tools only" },
	{ "manifest", 'm', "FILE", "tools manifest, `nix eval --json .#graft.SYSTEM` (repeatable; - reads standard input)" },
	{ "flake", 0, "DIR", "evaluate this flake with the Nix on PATH (default without --tool and --manifest: .)" },
	{ "flake-lock", 0, "FILE", "the flake.lock that the tools come from (default: flake.lock beside the flake)" },
	{ "check", 0, NULL, "write nothing; exit 1 with the reason when the lock is stale" },
	{ "dry-run", 'n', NULL, "walk and tell, but write nothing" },
	{ 0 },
};

/* A lock being made. */
struct locking {
	struct call *call;
	const char *file;      /* the lock's name */
	struct buffer old;     /* its bytes now */
	bool exists;           /* is there one? */
	struct lock before;    /* what it says */
	struct inputs inputs;  /* what is asked for */
	struct lock after;     /* what it will say */
	struct stale stale;    /* why it is stale, with --check */
	size_t measured;       /* files downloaded for their hash */
};

static int read_old(struct locking *l, struct fault *f)
{
	int code = fs_read_host(l->file, LOCK_MAX, &l->old, f);
	l->exists = code == 0;
	if (code == FS_ABSENT)
		return 0;
	if (code == 0)
		code = lock_parse(buffer_view(&l->old), l->file, &l->call->arena, &l->before, f);
	return code;
}

/* ---- caches and keys ---- */

static const struct lock_cache *known_cache(const struct lock *lock, struct text url)
{
	for (size_t i = 0; i < lock->cache_count; i++)
		if (text_equal(lock->caches[i].url, url))
			return &lock->caches[i];
	return NULL;
}

/* The keys of a cache: those given, else those that the lock has for it, else the public cache's own. */
static int choose_keys(struct locking *l, struct lock_cache *c, struct fault *f)
{
	struct arena *a = &l->call->arena;
	const struct lock_cache *known = known_cache(&l->before, c->url);
	c->keys = call_texts(l->call, "trusted-key");
	if (c->keys.count) {
		texts_sort_unique(&c->keys);
	} else if (known) {
		c->keys = known->keys;
	} else if (text_equal(c->url, TEXT(TRUST_NIXOS_URL))) {
		c->keys = (struct texts){ arena_alloc(a, 1, sizeof *c->keys.at), 1 };
		*c->keys.at = TEXT(TRUST_NIXOS_KEY);
	} else {
		return fault_set(f, FAULT_USAGE,
				 "cache " TEXT_F ": whom to believe is not known; give its public key with --trusted-key NAME:BASE64",
				 TEXT_A(c->url));
	}
	return 0;
}

/* The URLs given, else the lock's, else the public cache. */
static struct texts choose_urls(struct locking *l)
{
	struct texts urls = call_texts(l->call, "cache");
	if (urls.count)
		return urls;
	urls.count = l->before.cache_count ? l->before.cache_count : 1;
	urls.at = arena_alloc(&l->call->arena, urls.count, sizeof *urls.at);
	urls.at[0] = TEXT(TRUST_NIXOS_URL);
	for (size_t i = 0; i < l->before.cache_count; i++)
		urls.at[i] = l->before.caches[i].url;
	return urls;
}

static int choose_caches(struct locking *l, struct caches *caches, struct trust *trust, struct fault *f)
{
	struct arena *a = &l->call->arena;
	struct texts urls = choose_urls(l);
	int code = caches_open(caches, urls, false, a, f);
	l->after.caches = arena_alloc(a, urls.count + l->before.cache_count, sizeof *l->after.caches);
	for (size_t i = 0; code == 0 && i < caches->count; i++) {
		struct lock_cache *c = &l->after.caches[l->after.cache_count++];
		*c = (struct lock_cache){ .url = caches->at[i].url };
		code = choose_keys(l, c, f);
	}
	if (code == 0)
		code = trust_add_lock(trust, a, &l->after, f);
	return code == 0 ? caches_check(caches, f) : code;
}

/* ---- the walk ---- */

static struct texts roots_of(const struct lock_system *s, struct arena *a)
{
	LIST(struct text) roots = { 0 };
	for (size_t i = 0; i < s->tool_count; i++)
		for (size_t k = 0; k < s->tools[i].output_count; k++)
			LIST_PUSH(&roots, a, s->tools[i].outputs[k].path);
	if (s->nix.len)
		LIST_PUSH(&roots, a, s->nix);
	struct texts sorted = LIST_TEXTS(roots);
	texts_sort_unique(&sorted);
	return sorted;
}

static int walk_system(struct locking *l, struct lock_system *s, struct caches *caches, const struct trust *trust,
		       struct fault *f)
{
	struct walk walk;
	struct texts roots = roots_of(s, &l->call->arena);
	if (!roots.count)
		return fault_set(f, FAULT_USAGE, TEXT_F ": nothing to lock: no tool and no Nix", TEXT_A(s->name));
	int code = walk_closure(caches, trust, roots, &walk, f);
	s->paths = walk.paths;
	s->path_count = walk.count;
	l->measured += walk.measured;
	return code;
}

static int walk_all(struct locking *l, struct fault *f)
{
	struct caches caches = { 0 };
	struct trust trust = { 0 };
	int code = choose_caches(l, &caches, &trust, f);
	for (size_t i = 0; code == 0 && i < l->inputs.systems.count; i++)
		code = walk_system(l, &l->inputs.systems.at[i], &caches, &trust, f);
	caches_close(&caches);
	return code;
}

/* ---- putting it together ---- */

static bool is_replaced(const struct locking *l, struct text system)
{
	for (size_t i = 0; i < l->inputs.systems.count; i++)
		if (text_equal(l->inputs.systems.at[i].name, system))
			return true;
	return false;
}

/* A kept system's paths may come from a cache that was not given this time. */
static void keep_caches(struct locking *l, const struct lock_system *kept)
{
	for (size_t i = 0; i < kept->path_count; i++)
		if (!known_cache(&l->after, kept->paths[i].cache))
			l->after.caches[l->after.cache_count++] = *known_cache(&l->before, kept->paths[i].cache);
}

static int by_name(const void *a, const void *b)
{
	return text_compare(((const struct lock_system *)a)->name, ((const struct lock_system *)b)->name);
}

static void assemble(struct locking *l)
{
	struct lock *to = &l->after;
	bool theirs = l->inputs.tells_flake;
	to->has_flake = theirs ? l->inputs.has_flake : l->before.has_flake;
	to->flake = theirs ? l->inputs.flake : l->before.flake;
	to->systems = arena_alloc(&l->call->arena, l->inputs.systems.count + l->before.system_count, sizeof *to->systems);
	for (size_t i = 0; i < l->inputs.systems.count; i++)
		to->systems[to->system_count++] = l->inputs.systems.at[i];
	for (size_t i = 0; i < l->before.system_count; i++)
		if (!is_replaced(l, l->before.systems[i].name)) {
			keep_caches(l, &l->before.systems[i]);
			to->systems[to->system_count++] = l->before.systems[i];
		}
	qsort(to->systems, to->system_count, sizeof *to->systems, by_name);
}

/* ---- reports ---- */

static void sum_up(const struct lock_system *s, uint64_t *fetch, uint64_t *unpack)
{
	*fetch = *unpack = 0;
	for (size_t i = 0; i < s->path_count; i++) {
		*fetch += s->paths[i].file_size;
		*unpack += s->paths[i].nar_size;
	}
}

static void report_json(const struct locking *l, const char *result)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	uint64_t fetch, unpack;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", text_of(result));
	json_pair(&o, "lock", text_of(l->file));
	json_pair_texts(&o, "reasons", LIST_TEXTS(l->stale.reasons));
	json_pair_u64(&o, "measured", l->measured);
	json_key(&o, "systems");
	json_open(&o, '[', false);
	for (size_t i = 0; i < l->after.system_count; i++) {
		const struct lock_system *s = &l->after.systems[i];
		const struct {
			const char *key;
			uint64_t value;
		} facts[] = { { "tools", s->tool_count }, { "paths", s->path_count }, { "fileBytes", 0 }, { "narBytes", 0 } };
		sum_up(s, &fetch, &unpack);
		json_open(&o, '{', true);
		json_pair(&o, "system", s->name);
		for (size_t k = 0; k < 4; k++)
			json_pair_u64(&o, facts[k].key, k == 2 ? fetch : k == 3 ? unpack : facts[k].value);
		json_close(&o, '}');
	}
	json_close(&o, ']');
	say_json_end(&o);
}

/* A lock replaces the whole set of a system: what that drops must not go unseen. */
static void report_changes(const struct locking *l, const struct lock_system *now)
{
	const struct lock_system *old = l->exists ? lock_system_find(&l->before, now->name) : NULL;
	struct changes changes;
	if (!old)
		return;
	changes_make(old, now, &l->call->arena, &changes);
	past_print(&changes);
}

static void report_text(const struct locking *l, const char *result)
{
	uint64_t fetch, unpack;
	char to_fetch[SAY_SIZE], unpacked[SAY_SIZE];
	printf("%s: %s\n", l->file, result);
	for (size_t i = 0; i < l->stale.reasons.count; i++)
		printf("  " TEXT_F "\n", TEXT_A(l->stale.reasons.at[i]));
	for (size_t i = 0; i < l->after.system_count; i++) {
		const struct lock_system *s = &l->after.systems[i];
		sum_up(s, &fetch, &unpack);
		printf("  " TEXT_F ": %zu tool%s%s, %zu path%s, %s to fetch, %s unpacked\n", TEXT_A(s->name), s->tool_count,
		       text_plural(s->tool_count), s->nix.len ? " and Nix" : "", s->path_count, text_plural(s->path_count),
		       say_bytes(fetch, to_fetch), say_bytes(unpack, unpacked));
		report_changes(l, s);
	}
	if (l->measured)
		printf("  %zu file%s downloaded once, for lack of a FileHash in the narinfo, and pinned as they came\n",
		       l->measured, text_plural(l->measured));
}

static void report(const struct locking *l, const char *result)
{
	l->call->answered = true;
	if (l->call->json)
		report_json(l, result);
	else if (!l->call->quiet)
		report_text(l, result);
}

/* ---- the verb ---- */

static int check(struct locking *l, struct fault *f)
{
	struct arena *a = &l->call->arena;
	if (!l->exists)
		return fault_set(f, FAULT_DIFFERS, "%s: there is no such lock; make it with `nixgraft lock`", l->file);
	if (l->inputs.tells_flake)
		stale_flake(&l->before, l->inputs.has_flake ? &l->inputs.flake : NULL, a, &l->stale);
	for (size_t i = 0; i < l->inputs.systems.count; i++)
		stale_system(&l->before, &l->inputs.systems.at[i], a, &l->stale);
	report(l, l->stale.reasons.count ? "stale" : "current");
	if (!l->stale.reasons.count)
		return 0;
	return fault_set(f, FAULT_DIFFERS, "%s is stale: " TEXT_F "; run `nixgraft lock`", l->file,
			 TEXT_A(l->stale.reasons.at[0]));
}

/* What could not be read again is not written. */
static int check_readable(struct locking *l, struct text bytes, struct fault *f)
{
	struct lock again;
	if (lock_parse(bytes, l->file, &l->call->arena, &again, f) == 0)
		return 0;
	return fault_wrap(f, "nothing was written, since this would not be accepted");
}

static int write_lock(struct locking *l, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	lock_write(&l->after, &bytes);
	bool same = l->exists && text_equal(buffer_view(&bytes), buffer_view(&l->old));
	bool planned = call_flag(l->call, "dry-run");
	int code = same ? 0 : check_readable(l, buffer_view(&bytes), f);
	if (code == 0 && !same && !planned)
		code = fs_write_host(l->file, 0644, buffer_view(&bytes), f);
	if (code == 0)
		report(l, same ? "unchanged" : planned ? "would be written" : "written");
	return code;
}

static int run(struct locking *l, struct fault *f)
{
	int code = read_old(l, f);
	if (code == 0)
		code = inputs_read(l->call, l->exists ? &l->before : NULL, &l->inputs, f);
	if (code == 0 && call_flag(l->call, "check"))
		return check(l, f);
	if (code == 0)
		code = walk_all(l, f);
	if (code < 0)
		return code;
	assemble(l);
	return write_lock(l, f);
}

static int lock_run(struct call *call, struct fault *f)
{
	struct locking locking = { .call = call, .file = call_text(call, "lock", "closure.lock").at };
	int code = call_no_operands(call, f);
	if (code == 0 && text_equal(text_of(locking.file), TEXT("-")))
		code = fault_set(f, FAULT_USAGE, "--lock: name a file; the lock is read and written");
	if (code == 0)
		code = run(&locking, f);
	buffer_drop(&locking.old);
	return code;
}

const struct command cmd_lock = {
	.name = "lock",
	.summary = "pin the whole closure of your tools in closure.lock",
	.text = "Asks the caches for the narinfo of every path that the tools need, checks every signature, and writes down hashes,\n"
		"sizes, references, signatures and files. Needs no Nix with --tool or --manifest. Updating one system keeps the\n"
		"others.\n"
		"\n"
		"  nixgraft lock                                      evaluate ./flake.nix with the Nix on PATH\n"
		"  nix eval --json .#graft.x86_64-linux | nixgraft lock --manifest -\n"
		"  nixgraft lock --tool jq=/nix/store/...-jq-1.7.1-bin --cache https://cache.nixos.org\n"
		"  nixgraft lock --check                              exit 1 when flake.lock has changed since\n",
	.options = OPTIONS,
	.run = lock_run,
};
