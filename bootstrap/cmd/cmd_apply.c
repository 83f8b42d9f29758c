#include <stdio.h>

#include "base/bounds.h"
#include "cmd/graft.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "format/json.h"
#include "store/layout.h"
#include "store/reader.h"
#include "sys/fs.h"

static const struct option_spec OPTIONS[] = {
	TARGET_OPTIONS,
	GRAFT_OPTIONS,
	GRAFT_CHOICES,
	{ "dry-run", 'n', NULL, "check everything and tell what would be done; change nothing" },
	{ 0 },
};

/* ---- the report for machines ---- */

static void put_paths(struct json_out *o, const struct graft *g)
{
	size_t total = g->target.want->path_count;
	json_key(o, "paths");
	json_open(o, '{', true);
	json_pair_u64(o, "total", total);
	json_pair_u64(o, "present", total - g->missing.count);
	json_pair_u64(o, "adopted", g->missing.count - g->missing.fetch);
	json_pair_u64(o, "fetched", g->missing.fetch);
	json_close(o, '}');
	json_key(o, "bytes");
	json_open(o, '{', true);
	json_pair_u64(o, "fetched", g->fetch_bytes);
	json_pair_u64(o, "unpacked", g->unpack_bytes);
	json_close(o, '}');
}

static void put_wires(struct json_out *o, const struct graft *g, const char *key, enum wire_state state)
{
	json_key(o, key);
	json_open(o, '[', false);
	for (size_t i = 0; i < g->wires.wires.count; i++)
		if (g->wires.wires.at[i].state == state)
			json_put_text(o, g->wires.wires.at[i].path);
	json_close(o, ']');
}

static void put_changes(struct json_out *o, const struct graft *g)
{
	put_paths(o, g);
	json_key(o, "missing");
	json_open(o, '[', false);
	for (size_t i = 0; i < g->missing.count; i++)
		json_put_text(o, arena_printf(&g->call->arena, STORE_PREFIX TEXT_F, TEXT_A(g->missing.at[i]->path)));
	json_close(o, ']');
	put_wires(o, g, "made", WIRE_ABSENT);
	put_wires(o, g, "replaced", WIRE_STALE);
	put_wires(o, g, g->force ? "movedAside" : "kept", WIRE_FOREIGN);
	put_wires(o, g, "late", WIRE_BARRED);
	json_pair_texts(o, "removed", LIST_TEXTS(g->wires.obsolete));
	json_pair_texts(o, "movedBack", g->back);
	json_pair_texts(o, "shadowed", LIST_TEXTS(g->wires.shadowed));
}

static void report_json(const struct graft *g, const char *result)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", text_of(result));
	json_pair(&o, "system", g->target.system);
	if (g->generation)
		json_pair_u64(&o, "generation", g->generation);
	if (g->environment.len)
		json_pair(&o, "environment", arena_printf(&g->call->arena, STORE_PREFIX TEXT_F, TEXT_A(g->environment)));
	if (g->target.want)
		put_changes(&o, g);
	say_json_end(&o);
}

/* ---- the report for people ---- */

static void list_exposed(const struct graft *g, struct texts commands)
{
	for (size_t i = 0; i < commands.count; i++)
		if (wire_exposes(&g->choice, commands.at[i]))
			printf(" " TEXT_F, TEXT_A(commands.at[i]));
}

static void list_commands(const struct graft *g)
{
	const struct lock_system *s = g->target.want;
	printf("  commands:");
	for (size_t i = 0; i < s->tool_count; i++)
		list_exposed(g, s->tools[i].commands);
	list_exposed(g, s->nix_commands);
	if (g->choice.some && !g->choice.commands.count)
		printf(" none linked; " GRAFT_PROFILE "/bin has them (`nixgraft env`)");
	printf("\n");
}

/* Here and in the next, pages and completions are too many to name. */
static void list_kept(const struct graft *g)
{
	const char *what = g->force ? "moved aside" : "kept";
	size_t pages = 0;
	for (size_t i = 0; i < g->wires.wires.count; i++) {
		const struct wire *w = &g->wires.wires.at[i];
		bool page = w->state == WIRE_FOREIGN && reader_owns(w->path);
		pages += page;
		if (w->state == WIRE_FOREIGN && !page)
			printf("  %s: " TEXT_F " (nixgraft did not make it)\n", what, TEXT_A(w->path));
	}
	if (pages)
		printf("  %s: %zu %s (nixgraft did not make %s)\n", what, pages, say_pages(pages), pages == 1 ? "it" : "them");
}

static void list_barred(const struct graft *g)
{
	for (size_t i = 0; i < g->wires.wires.count; i++) {
		const struct wire *w = &g->wires.wires.at[i];
		struct stat st;
		bool there = fs_stat(g->target.root.fd, w->path.at, &st) == 0;
		if (w->state == WIRE_BARRED && !reader_owns(w->path))
			printf("  %s: " TEXT_F " (no right to write there; `nixgraft apply` by root %s)\n", there ? "left as it is" : "not made",
			       TEXT_A(w->path), there ? "brings it up to date" : "makes it");
	}
}

static void report_text(const struct graft *g, bool planned)
{
	char fetched[SAY_SIZE], unpacked[SAY_SIZE];
	size_t total = g->target.want->path_count;
	if (planned)
		printf("would follow %s for " TEXT_F "; nothing was changed\n", g->target.lock_name.at, TEXT_A(g->target.system));
	else
		printf("%s is in place for " TEXT_F ": generation %llu\n", g->target.lock_name.at, TEXT_A(g->target.system),
		       (unsigned long long)g->generation);
	printf("  paths: %zu, of them %zu %sfetched (%s, unpacked %s), %zu adopted, %zu present\n", total, g->missing.fetch,
	       planned ? "to be " : "", say_bytes(g->fetch_bytes, fetched), say_bytes(g->unpack_bytes, unpacked),
	       g->missing.count - g->missing.fetch, total - g->missing.count);
	list_commands(g);
	say_words("now come before", LIST_TEXTS(g->wires.shadowed));
	say_files("taken back", LIST_TEXTS(g->wires.obsolete));
	say_files("moved back", g->back);
	list_kept(g);
	list_barred(g);
}

static void report(const struct graft *g, const char *result)
{
	if (g->call->json)
		report_json(g, result);
	else if (g->call->quiet)
		return;
	else if (g->target.want)
		report_text(g, text_equal(text_of(result), TEXT("planned")));
	else
		printf("nothing to do: %s is in place for " TEXT_F ", generation %llu\n", g->target.lock_name.at,
		       TEXT_A(g->target.system), (unsigned long long)g->generation);
}

/* A mistyped path is filled as well as the right one: whoever builds a tree from nothing knows that he does. */
static void note_bare(const struct graft *g)
{
	static const char *const folders[] = { "/etc", "/usr", "/bin" };
	struct stat st;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (fs_stat(g->target.root.fd, folders[i], &st) == 0)
			return;
	say_note(g->call, "nothing of a Debian is in %s, neither etc nor usr nor bin: is that the root you mean?", g->target.root.path);
}

static int run(struct graft *g, struct call *call, struct fault *f)
{
	bool unchanged;
	int code = graft_open(g, call, f);
	if (code == 0)
		code = graft_unchanged(g, &unchanged, f);
	if (code < 0)
		return code;
	if (unchanged) {
		report(g, "unchanged");
		return 0;
	}
	bool planned = call_flag(call, "dry-run");
	note_bare(g);
	code = graft_plan(g, f);
	if (code == 0 && !planned)
		code = graft_carry_out(g, f);
	if (code == 0)
		report(g, planned ? "planned" : "applied");
	return code;
}

static int apply_run(struct call *call, struct fault *f)
{
	return graft_run(call, run, f);
}

const struct command cmd_apply = {
	.name = "apply",
	.summary = "make a Debian root follow its closure.lock",
	.text = "Fetches what is missing of the lock's closure, checks every byte against the lock before anything reads it,\n"
		"registers it with Nix, makes a new generation and links its commands into /usr/local/bin. A run that\n"
		"was killed is completed by the next; a second run changes nothing and takes milliseconds.\n"
		"\n"
		"  nixgraft apply                          this machine follows ./closure.lock\n"
		"  nixgraft apply --root tree --dry-run    what would be done to a tree that is not running\n"
		"  nixgraft apply --user dev               as root, an installation that belongs to user dev\n"
		"  nixgraft apply --without-nix            the tools alone: the smallest image\n"
		"  nixgraft apply --cache file:///mnt/bundle --offline\n",
	.options = OPTIONS,
	.run = apply_run,
};
