#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/flake.h"
#include "cmd/migrateview.h"
#include "cmd/migratework.h"
#include "cmd/say.h"
#include "cmd/verbs.h"

static const struct option_spec OPTIONS[] = {
	{ "root", 'r', "DIR", "the tree of the image that the file makes: tells versions and programs of its packages" },
	{ "map", 'm', "FILE", "a table of your own, before those built in (repeatable, the first has priority)" },
	{ "arch", 'a', "amd64|arm64", "which architecture's branches are followed (default: this machine's)" },
	{ "only", 'o', "NAME", "move this alone, by attribute, package, project or command (repeatable)" },
	{ "write", 'w', NULL, "rewrite the Containerfile, add the tools to flake.nix, and print what changes as a diff" },
	{ "dry-run", 'n', NULL, "with --write: print the diff, but write nothing" },
	{ "flake", 0, "DIR", "where flake.nix and closure.lock are, or come (default: .)" },
	{ "from", 0, "IMAGE", "with --write: the image that has the program (default: " MIGRATEWORK_IMAGE ")" },
	{ "check", 0, NULL, "exit with 1 when something could move" },
	{ 0 },
};

/* A call of the verb. */
struct migrating {
	struct call *call;
	struct migration migration;
	LIST(struct migration_file) files;
	struct migratework work;
};

/* ---- which files ---- */

static const char *const USUAL[] = {
	"Containerfile", "Dockerfile", ".devcontainer/devcontainer.json", ".devcontainer.json",
	".devcontainer/Containerfile", ".devcontainer/Dockerfile",
};

/* Is it one of those by another name: a link? */
static bool is_known(const char *name, const char *const *others, size_t count)
{
	char *real = realpath(name, NULL);
	bool known = false;
	for (size_t i = 0; real && i < count; i++) {
		char *other = realpath(others[i], NULL);
		known = known || (other && text_equal(text_of(real), text_of(other)));
		free(other);
	}
	free(real);
	return known;
}

static int choose_files(struct call *call, struct texts *names, struct fault *f)
{
	LIST(struct text) found = { 0 };
	*names = LIST_TEXTS(call->operands);
	if (names->count)
		return 0;
	for (size_t i = 0; i < sizeof USUAL / sizeof *USUAL; i++)
		if (access(USUAL[i], F_OK) == 0 && !is_known(USUAL[i], USUAL, i))
			LIST_PUSH(&found, &call->arena, text_of(USUAL[i]));
	*names = LIST_TEXTS(found);
	if (names->count)
		return 0;
	return fault_set(f, FAULT_INPUT, "there is no Containerfile, Dockerfile or .devcontainer/devcontainer.json here; name the file");
}

static int check_call(const struct migrating *g, struct texts names, struct fault *f)
{
	const struct call *call = g->call;
	bool write = call_flag(call, "write");
	size_t standard = 0;
	for (size_t i = 0; i < names.count; i++)
		standard += text_equal(names.at[i], TEXT("-"));
	if (!write && (call_flag(call, "dry-run") || call_flag(call, "from")))
		return fault_set(f, FAULT_USAGE, "--dry-run and --from go with --write");
	if (call_flag(call, "from") && !text_graphic(call_text(call, "from", NULL)))
		return fault_set(f, FAULT_USAGE, "--from '" TEXT_F "': must be the name of an image", TEXT_A(call_text(call, "from", NULL)));
	if (write && call_flag(call, "check"))
		return fault_set(f, FAULT_USAGE, "--check and --write exclude each other");
	if (standard > 1)
		return fault_set(f, FAULT_USAGE, "standard input (-) can be read once only");
	if (write && standard && !call_flag(call, "dry-run"))
		return fault_set(f, FAULT_USAGE, "--write: name a file; standard input can be written with --dry-run only, as a diff");
	return 0;
}

/* A name that nobody has, or that nothing can be done about, is an error: it may be mistyped. */
static int check_only(struct migrating *g, struct fault *f)
{
	struct texts only = call_texts(g->call, "only");
	for (size_t i = 0; i < only.count; i++) {
		const struct migrate_proposal *found = NULL;
		for (size_t k = 0; k < g->files.count; k++)
			for (size_t n = 0; n < g->files.at[k].judged.count; n++) {
				const struct migrate_proposal *p = &g->files.at[k].judged.at[n];
				if (migrate_named(p, only.at[i]) && (!found || p->chosen))
					found = p;
			}
		if (!found)
			return fault_set(f, FAULT_USAGE, "--only '" TEXT_F "': nothing in the file is called so, or it has moved already; `nixgraft "
					 "migrate` lists what there is", TEXT_A(only.at[i]));
		if (!found->chosen)
			return fault_set(f, FAULT_USAGE, "--only '" TEXT_F "': no attribute is known for it (" TEXT_F "); --map FILE can name one",
					 TEXT_A(only.at[i]), TEXT_A(found->reason));
	}
	return 0;
}

static int read_files(struct migrating *g, struct fault *f)
{
	struct texts names;
	int code = choose_files(g->call, &names, f);
	if (code == 0)
		code = check_call(g, names, f);
	if (code == 0)
		code = migration_open(&g->migration, g->call, f);
	/* What was judged points into the file: all are there before one is read. */
	for (size_t i = 0; code == 0 && i < names.count; i++)
		LIST_PUSH(&g->files, &g->call->arena, (struct migration_file){ 0 });
	for (size_t i = 0; code == 0 && i < names.count; i++)
		code = migration_read(&g->migration, names.at[i], &g->files.at[i], f);
	return code == 0 ? check_only(g, f) : code;
}

/* ---- the reports ---- */

static size_t count_chosen(const struct migrating *g)
{
	size_t count = 0;
	for (size_t i = 0; i < g->files.count; i++)
		for (size_t k = 0; k < g->files.at[i].judged.count; k++)
			count += g->files.at[i].judged.at[k].chosen;
	return count;
}

static const char *result_of(const struct migrating *g)
{
	if (!call_flag(g->call, "write"))
		return count_chosen(g) ? "movable" : "settled";
	if (!g->work.changes.count)
		return "unchanged";
	return call_flag(g->call, "dry-run") ? "planned" : "written";
}

static void put_changes(struct json_out *o, const struct migratework *w)
{
	json_key(o, "changes");
	json_open(o, '[', false);
	for (size_t i = 0; i < w->changes.count; i++) {
		const struct migratework_change *c = &w->changes.at[i];
		json_open(o, '{', false);
		json_pair(o, "file", c->name);
		json_pair_bool(o, "new", c->is_new);
		json_pair_u64(o, "removed", c->count.removed);
		json_pair_u64(o, "added", c->count.added);
		json_pair(o, "diff", c->diff);
		json_close(o, '}');
	}
	json_close(o, ']');
	json_pair_texts(o, "byHand", LIST_TEXTS(w->by_hand));
	json_pair_texts(o, "paste", w->paste);
}

static void report_json(const struct migrating *g)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", text_of(result_of(g)));
	json_pair(&o, "architecture", g->migration.architecture);
	json_key(&o, "files");
	json_open(&o, '[', false);
	for (size_t i = 0; i < g->files.count; i++) {
		json_open(&o, '{', false);
		migrateview_json(&o, &g->files.at[i], &g->call->arena);
		json_close(&o, '}');
	}
	json_close(&o, ']');
	if (call_flag(g->call, "write"))
		put_changes(&o, &g->work);
	say_json_end(&o);
}

static void report_text(const struct migrating *g)
{
	for (size_t i = 0; i < g->files.count; i++) {
		printf("%s", i ? "\n" : "");
		migrateview_print(&g->migration, &g->files.at[i]);
	}
}

#define SHOWN_LINES 100 /* of a file that is new, on a terminal: graft.nix is always the same */

/* Byte for byte where it goes into a file or a pipe. */
static void print_change(const struct migrating *g, const struct migratework_change *c, bool terminal)
{
	struct text diff = terminal ? migrateview_clean(c->diff, true, &g->call->arena) : c->diff;
	if (terminal && c->is_new && c->count.added > SHOWN_LINES)
		printf("--- /dev/null\n+++ b/" TEXT_F "\n%zu lines, not shown on a terminal\n",
		       TEXT_A(migrateview_clean(c->name, false, &g->call->arena)), c->count.added);
	else
		fwrite(diff.at, 1, diff.len, stdout);
}

static void print_diff(const struct migrating *g)
{
	for (size_t i = 0; i < g->work.changes.count; i++)
		print_change(g, &g->work.changes.at[i], isatty(STDOUT_FILENO));
	fflush(stdout);
}

static void note_next(const struct migrating *g)
{
	bool tracked = flake_in_git(call_text(g->call, "flake", ".").at);
	bool nix = flake_find_nix(&g->call->arena).len, image = false;
	for (size_t i = 0; i < g->files.count; i++)
		image = image || !g->files.at[i].devcontainer;
	say_note(g->call, "next: %s%s`nixgraft lock`, then %s", tracked ? "`git add flake.nix graft.nix`, " : "",
		 nix ? "" : "`nixgraft init --only-nix` (there is no Nix here), ",
		 image ? "build the image" : "`nixgraft apply` in a hook of devcontainer.json (docs/devcontainer.md)");
}

static void note_work(const struct migrating *g)
{
	const struct migratework *w = &g->work;
	bool planned = call_flag(g->call, "dry-run");
	for (size_t i = 0; i < w->changes.count; i++) {
		const struct migratework_change *c = &w->changes.at[i];
		say_note(g->call, TEXT_F " %s: %zu line%s removed, %zu added", TEXT_A(migrateview_clean(c->name, false, &g->call->arena)),
			 planned ? "would be written" : c->is_new ? "is new" : "is written", c->count.removed,
			 text_plural(c->count.removed), c->count.added);
	}
	for (size_t i = 0; i < w->by_hand.count; i++)
		say_note(g->call, TEXT_F, TEXT_A(migrateview_clean(w->by_hand.at[i], false, &g->call->arena)));
	for (size_t i = 0; i < w->paste.count; i++)
		say_note(g->call, "%s" TEXT_F, i ? "  " : "add to the tools of your flake:\n  ", TEXT_A(w->paste.at[i]));
	if (!w->changes.count && !w->by_hand.count)
		say_note(g->call, "there is nothing to move: nothing was changed");
	else if (w->changes.count && !planned)
		note_next(g);
}

/* ---- the verb ---- */

static int write_all(struct migrating *g, struct fault *f)
{
	int code = migratework_plan(&g->work, &g->migration, g->files.at, g->files.count, f);
	if (code == 0 && !g->call->json && !g->call->quiet)
		print_diff(g);
	if (code == 0 && !call_flag(g->call, "dry-run"))
		code = migratework_write(&g->work, f);
	if (code == 0 && g->call->json)
		report_json(g);
	if (code == 0)
		note_work(g);
	return code;
}

static int tell(struct migrating *g, struct fault *f)
{
	size_t movable = count_chosen(g);
	g->call->answered = true;
	if (g->call->json)
		report_json(g);
	else if (!g->call->quiet)
		report_text(g);
	if (!call_flag(g->call, "check") || !movable)
		return 0;
	return fault_set(f, FAULT_DIFFERS, "%zu piece%s of software could move to Nix", movable, text_plural(movable));
}

static int migrate_run(struct call *call, struct fault *f)
{
	struct migrating g = { .call = call, .migration.root.fd = -1 };
	int code = read_files(&g, f);
	if (code == 0)
		code = call_flag(call, "write") ? write_all(&g, f) : tell(&g, f);
	migration_close(&g.migration);
	return code;
}

const struct command cmd_migrate = {
	.name = "migrate",
	.summary = "find how software comes into a Containerfile, and move it to Nix",
	.operands = "[FILE]...",
	.text = "Reads a Containerfile, Dockerfile or devcontainer.json (- reads standard input), and tells of all that brings software in:\n"
		"apt, scripts piped into a shell, downloads, pip, npm, cargo, go, gem, other images, Features. Is it pinned? Who vouches\n"
		"for it? What is it called in nixpkgs, and how sure is that? What stays where it is, and why? --write takes out what moves,\n"
		"and keeps every other byte.\n"
		"\n"
		"  nixgraft migrate                                   what is here: Containerfile, Dockerfile, devcontainer.json\n"
		"  nixgraft migrate --write --dry-run Containerfile   what would change, as a diff\n"
		"  nixgraft migrate --write --only gh Containerfile   one tool at a time\n"
		"  nixgraft migrate --json | jq -r '.files[].software[] | select(.pinned == \"no\") | .name'\n",
	.options = OPTIONS,
	.run = migrate_run,
};
