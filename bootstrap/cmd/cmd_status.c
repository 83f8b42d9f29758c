#include <stdio.h>

#include "base/bounds.h"
#include "cmd/say.h"
#include "cmd/standing.h"
#include "cmd/verbs.h"
#include "format/json.h"
#include "store/layout.h"

static const struct option_spec OPTIONS[] = {
	{ "lock", 'l', "FILE", "the lock to tell of (default: the root's own, else closure.lock)" },
	{ "root", 'r', "DIR", "the Debian tree to look at (default: /)" },
	{ "system", 's', "SYSTEM", "which system of the lock (default: that of the root's own programs)" },
	{ "paths", 'p', NULL, "the store path of each tool, too (--json always tells it)" },
	{ 0 },
};

#define COLUMNS 100 /* of a report for people */
#define GAP 2       /* columns between two columns of the table */
#define NAMED_MAX 8 /* names of a long list that are told; --json tells all */

/* ---- the report for people ---- */

/* Columns of the table. */
struct widths {
	int name;    /* of the longest tool */
	int version; /* of the longest version */
};

static struct widths measure(const struct standing *s)
{
	struct widths w = { sizeof "tool" - 1, sizeof "version" - 1 };
	for (size_t i = 0; i < s->tool_count + s->has_nix; i++) {
		w.name = (int)s->tools[i].name.len > w.name ? (int)s->tools[i].name.len : w.name;
		w.version = (int)s->tools[i].version.len > w.version ? (int)s->tools[i].version.len : w.version;
	}
	return w;
}

/* Ends a line that stands at column `at` with these words; what is too long goes on at column `indent`. */
static void print_words(struct text words, int at, int indent)
{
	struct text word;
	bool first = true;
	while (text_cut(&words, ' ', &word)) {
		if (!first && at + 1 + (int)word.len > COLUMNS) {
			printf("\n%*s", indent, "");
			at = indent;
			first = true;
		}
		printf("%s" TEXT_F, first ? "" : " ", TEXT_A(word));
		at += (int)word.len + !first;
		first = false;
	}
	printf("\n");
}

static void print_tool(const struct standing *s, const struct standing_tool *t, const struct widths *w)
{
	BUFFER_AUTO words = { 0 };
	char own[SAY_SIZE], shared[SAY_SIZE];
	bool linked = !s->receipt.choice.some || s->receipt.choice.commands.count;
	for (size_t i = 0; i < t->names.count; i++) {
		enum standing_state state = t->commands[i].state;
		bool plain = state == STANDING_LINKED || (state == STANDING_UNLINKED && !linked);
		buffer_printf(&words, "%s" TEXT_F "%s%s%s", i ? " " : "", TEXT_A(t->names.at[i]), plain ? "" : " (",
			      plain ? "" : standing_state_name(state), plain ? "" : ")");
	}
	int at = printf("%-*.*s  %-*.*s  %8s  %8s  ", w->name, TEXT_A(t->name), w->version, TEXT_A(t->version),
			say_bytes(t->size.own_bytes, own), say_bytes(t->size.shared_bytes, shared));
	print_words(words.len ? buffer_view(&words) : TEXT("none"), at, at < COLUMNS / 2 ? at : GAP);
}

/* A list of words, shortened. */
static void add_names(struct buffer *b, struct texts names)
{
	for (size_t i = 0; i < names.count && i < NAMED_MAX; i++)
		buffer_printf(b, "%s" TEXT_F, i ? ", " : " ", TEXT_A(names.at[i]));
	if (names.count > NAMED_MAX)
		buffer_printf(b, " and %zu more", names.count - NAMED_MAX);
}

static struct texts package_names(const struct standing *s, struct purge_packages list, struct arena *a)
{
	struct texts names = { arena_alloc(a, list.count, sizeof *names.at), list.count };
	for (size_t i = 0; i < list.count; i++)
		names.at[i] = standing_package_name(s, list.at[i], a);
	return names;
}

static struct texts command_names(struct texts paths, struct arena *a)
{
	struct texts names = { arena_alloc(a, paths.count, sizeof *names.at), paths.count };
	for (size_t i = 0; i < paths.count; i++)
		names.at[i] = shadow_command(paths.at[i]);
	return names;
}

static void add_list(struct buffer *b, const char *title, struct texts names)
{
	if (!names.count)
		return;
	buffer_printf(b, "%s", title);
	add_names(b, names);
}

static void add_verdict(struct buffer *b, const struct standing *s, const struct shadow *shadow, struct arena *a)
{
	static const char *const words[] = {
		[PURGE_YES] = "can be purged", [PURGE_ABSENT] = "is gone", [PURGE_ESSENTIAL] = "must stay: it is essential",
		[PURGE_HELD] = "must stay: it is on hold", [PURGE_NEEDED] = "must stay, needed by",
	};
	const struct purge_verdict *v = &shadow->verdict;
	char size[SAY_SIZE];
	buffer_printf(b, ", which %s", words[v->answer]);
	if (v->answer == PURGE_NEEDED)
		add_names(b, package_names(s, v->keeping, a));
	if (v->answer != PURGE_YES)
		return;
	buffer_printf(b, " (%s)", say_bytes(shadow->installed_kib * 1024, size));
	add_list(b, "; packages that go with it:", package_names(s, v->going, a));
	add_list(b, "; recommended by", package_names(s, v->missing, a));
	add_list(b, "; commands that vanish with it:", command_names(shadow->lost, a));
}

static void print_shadows(const struct standing *s, const struct standing_tool *t, struct arena *a)
{
	for (size_t i = 0; i < s->shadows.count; i++) {
		const struct shadow *shadow = &s->shadows.at[i];
		struct texts paths = shadow_by(shadow, t->linked, a);
		BUFFER_AUTO words = { 0 };
		if (!paths.count)
			continue;
		buffer_printf(&words, "before");
		add_names(&words, paths);
		if (shadow->package) {
			buffer_printf(&words, " of " TEXT_F " " TEXT_F, TEXT_A(standing_package_name(s, shadow->package, a)),
				      TEXT_A(shadow->package->version));
			add_verdict(&words, s, shadow, a);
		} else if (s->has_debian) {
			buffer_printf(&words, " of no Debian package");
		}
		printf("%*s", GAP, "");
		print_words(buffer_view(&words), GAP, 2 * GAP);
	}
}

static void print_totals(const struct standing *s)
{
	char size[SAY_SIZE];
	printf("\n%zu path%s, %s; the store has %zu object%s\n", s->system.path_count, text_plural(s->system.path_count),
	       say_bytes(s->nar_bytes, size), s->objects, text_plural(s->objects));
	printf("generation %llu for " TEXT_F ", %s Nix, store of user " TEXT_F "\n", (unsigned long long)s->profile.current,
	       TEXT_A(s->target.system), s->has_nix ? "with" : "without", TEXT_A(s->receipt.user));
	if (s->receipt.choice.some && !s->receipt.choice.commands.count)
		printf("no command is linked; " GRAFT_PROFILE "/bin has them (`nixgraft env`)\n");
	if (s->profile.current != s->receipt.generation)
		printf("links are still those of generation %llu: the profile was switched without nixgraft; `nixgraft rollback %llu` "
		       "puts them right\n", (unsigned long long)s->receipt.generation, (unsigned long long)s->profile.current);
}

static void report_text(const struct standing *s, struct call *call)
{
	struct widths w = measure(s);
	printf("%-*s  %-*s  %8s  %8s  commands\n", w.name, "tool", w.version, "version", "own", "shared");
	for (size_t i = 0; i < s->tool_count + s->has_nix; i++) {
		print_tool(s, &s->tools[i], &w);
		if (call_flag(call, "paths"))
			printf("%*s" STORE_PREFIX TEXT_F "\n", GAP, "", TEXT_A(s->tools[i].path));
		print_shadows(s, &s->tools[i], &call->arena);
	}
	print_totals(s);
}

/* ---- the report for machines ---- */

static void put_commands(struct json_out *o, const struct standing_tool *t)
{
	json_key(o, "commands");
	json_open(o, '[', false);
	for (size_t i = 0; i < t->names.count; i++) {
		json_open(o, '{', true);
		json_pair(o, "name", t->names.at[i]);
		json_pair(o, "state", text_of(standing_state_name(t->commands[i].state)));
		json_close(o, '}');
	}
	json_close(o, ']');
}

static void put_tool_shadows(struct json_out *o, const struct standing *s, const struct standing_tool *t, struct arena *a)
{
	json_key(o, "shadows");
	json_open(o, '[', false);
	for (size_t i = 0; i < s->shadows.count; i++) {
		const struct dpkg_package *package = s->shadows.at[i].package;
		struct texts paths = shadow_by(&s->shadows.at[i], t->linked, a);
		for (size_t k = 0; k < paths.count; k++) {
			json_open(o, '{', true);
			json_pair(o, "path", paths.at[k]);
			if (package)
				json_pair(o, "package", standing_package_name(s, package, a));
			json_close(o, '}');
		}
	}
	json_close(o, ']');
}

static void put_tool(struct json_out *o, const struct standing *s, const struct standing_tool *t, struct arena *a)
{
	json_open(o, '{', false);
	json_pair(o, "name", t->name);
	json_pair(o, "version", t->version);
	json_pair(o, "path", arena_printf(a, STORE_PREFIX TEXT_F, TEXT_A(t->path)));
	json_pair_u64(o, "ownBytes", t->size.own_bytes);
	json_pair_u64(o, "sharedBytes", t->size.shared_bytes);
	put_commands(o, t);
	put_tool_shadows(o, s, t, a);
	json_close(o, '}');
}

static void put_tools(struct json_out *o, const struct standing *s, struct arena *a)
{
	json_key(o, "tools");
	json_open(o, '[', false);
	for (size_t i = 0; i < s->tool_count; i++)
		put_tool(o, s, &s->tools[i], a);
	json_close(o, ']');
	if (!s->has_nix)
		return;
	json_key(o, "nix");
	put_tool(o, s, &s->tools[s->tool_count], a);
}

static void put_packages(struct json_out *o, const struct standing *s, struct arena *a)
{
	json_key(o, "packages");
	json_open(o, '[', false);
	for (size_t i = 0; i < s->shadows.count; i++) {
		const struct shadow *shadow = &s->shadows.at[i];
		if (!shadow->package)
			continue;
		json_open(o, '{', false);
		json_pair(o, "name", standing_package_name(s, shadow->package, a));
		json_pair(o, "version", shadow->package->version);
		json_pair_texts(o, "shadowed", shadow->covered);
		json_pair(o, "purge", text_of(purge_answer_name(shadow->verdict.answer)));
		json_pair_texts(o, "neededBy", package_names(s, shadow->verdict.keeping, a));
		json_pair_texts(o, "alsoGoing", package_names(s, shadow->verdict.going, a));
		json_pair_texts(o, "recommendedBy", package_names(s, shadow->verdict.missing, a));
		json_pair_texts(o, "unreplaced", shadow->lost);
		json_pair_u64(o, "installedBytes", shadow->installed_kib * 1024);
		json_close(o, '}');
	}
	json_close(o, ']');
}

static void report_json(const struct standing *s, struct arena *a)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", s->profile.current == s->receipt.generation ? TEXT("follows") : TEXT("switched"));
	json_pair(&o, "system", s->target.system);
	json_pair_u64(&o, "generation", s->profile.current);
	json_pair(&o, "user", s->receipt.user);
	json_pair_u64(&o, "paths", s->system.path_count);
	json_pair_u64(&o, "bytes", s->nar_bytes);
	json_pair_u64(&o, "objects", s->objects);
	put_tools(&o, s, a);
	put_packages(&o, s, a);
	say_json_end(&o);
}

static int status_run(struct call *call, struct fault *f)
{
	struct standing standing = { .target.root.fd = -1 };
	int code = call_no_operands(call, f);
	if (code == 0)
		code = standing_open(&standing, call, f);
	if (code == 0 && call->json)
		report_json(&standing, &call->arena);
	else if (code == 0 && !call->quiet)
		report_text(&standing, call);
	standing_close(&standing);
	return code;
}

const struct command cmd_status = {
	.name = "status",
	.summary = "tell each tool: version, size, commands, what it comes before",
	.text = "Of each tool: what leaves the store with it (own) and what others need too (shared); its commands, and those of\n"
		"their links that do not stand; the Debian programs that they come before, and whether their package could now be\n"
		"purged, as `apt-get purge` would judge. It describes and changes nothing; `nixgraft verify` judges. Exits with 1 when\n"
		"no apply was completed.\n"
		"\n"
		"  nixgraft status\n"
		"  nixgraft status --json | jq -r '.packages[] | select(.purge == \"yes\" and .unreplaced == []) | .name'\n",
	.options = OPTIONS,
	.run = status_run,
};
