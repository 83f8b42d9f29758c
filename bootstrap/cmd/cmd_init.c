#include <stdio.h>

#include "cmd/firstnix.h"
#include "cmd/flake.h"
#include "cmd/say.h"
#include "cmd/skeleton.h"
#include "cmd/verbs.h"
#include "format/storepath.h"
#include "store/trust.h"

static const struct option_spec OPTIONS[] = {
	SKELETON_OPTIONS,
	FIRSTNIX_OPTIONS,
	{ "dry-run", 'n', NULL, "write and fetch nothing; tell what would be done" },
	{ 0 },
};

/* A project being begun. */
struct init {
	struct call *call;        /* the verb's */
	struct text folder;       /* its operand, or "." */
	struct skeleton skeleton; /* the files */
	struct firstnix nix;      /* the Nix to evaluate with */
	struct texts next;        /* the commands that come next */
	bool planned;             /* --dry-run */
	bool only_nix;            /* --only-nix: no files */
};

/* ---- what comes next ---- */

/* A word of a shell. */
static void put_word(struct buffer *to, struct text word)
{
	bool plain = text_graphic(word);
	for (size_t i = 0; i < word.len; i++)
		plain = plain && !text_has(TEXT("\"'\\$`*?[]{}()<>|&;!#~"), word.at[i]);
	if (plain) {
		buffer_text(to, word);
		return;
	}
	buffer_text(to, TEXT("'"));
	for (size_t i = 0; i < word.len; i++)
		buffer_printf(to, word.at[i] == '\'' ? "'\\''" : "%c", word.at[i]);
	buffer_text(to, TEXT("'"));
}

static struct text command(struct arena *a, const char *words, struct text word)
{
	BUFFER_AUTO line = { 0 };
	buffer_printf(&line, "%s ", words);
	put_word(&line, word);
	return arena_copy(a, buffer_view(&line));
}

/* The cache that was named is named again, unless closure.lock has it. */
static struct text lock_command(struct init *n)
{
	static const char *const passed[] = { "cache", "trusted-key" };
	struct arena *a = &n->call->arena;
	struct text line = TEXT("nixgraft lock");
	for (size_t i = 0; (n->only_nix || !n->nix.wanted) && i < 2; i++) {
		struct texts given = call_texts(n->call, passed[i]);
		for (size_t k = 0; k < given.count; k++)
			line = command(a, arena_printf(a, TEXT_F " --%s", TEXT_A(line), passed[i]).at, given.at[k]);
	}
	return line;
}

/* To `cd`, "-" is the folder before, and "-x" an option. */
static struct text folder_word(struct init *n)
{
	return text_starts(n->folder, TEXT("-")) ? arena_printf(&n->call->arena, "./" TEXT_F, TEXT_A(n->folder)) : n->folder;
}

static void tell_next(struct init *n)
{
	struct arena *a = &n->call->arena;
	LIST(struct text) next = { 0 };
	if (!text_equal(n->folder, TEXT(".")))
		LIST_PUSH(&next, a, command(a, "cd", folder_word(n)));
	if (!n->only_nix && flake_in_git(n->folder.at))
		LIST_PUSH(&next, a, TEXT("git add flake.nix graft.nix .gitignore"));
	LIST_PUSH(&next, a, lock_command(n));
	if (!n->only_nix)
		LIST_PUSH(&next, a, TEXT("nixgraft apply"));
	if (n->nix.wanted && !n->nix.linked)
		LIST_PUSH(&next, a, TEXT("eval \"$(nixgraft env)\""));
	n->next = LIST_TEXTS(next);
}

/* ---- reports ---- */

static const char *state_word(const struct init *n, const struct skeleton_file *file)
{
	static const char *const words[][2] = {
		[SKELETON_NEW] = { "written", "would be written" },
		[SKELETON_SAME] = { "unchanged", "unchanged" },
		[SKELETON_ADDED] = { "added to", "would be added to" },
	};
	return words[file->state][n->planned];
}

static struct text nix_version(const struct init *n)
{
	struct text name, version = { 0 };
	storepath_split_name(storepath_name(n->nix.path), &name, &version);
	return version;
}

static void put_nix(struct json_out *o, const struct init *n)
{
	json_key(o, "nix");
	json_open(o, '{', true);
	if (n->nix.wanted) {
		json_pair(o, "path", arena_printf(&n->call->arena, STORE_PREFIX TEXT_F, TEXT_A(n->nix.path)));
		json_pair(o, "version", nix_version(n));
	} else if (n->nix.program.len) {
		json_pair(o, "program", n->nix.program);
	}
	json_pair_bool(o, "installed", n->nix.wanted && !n->planned);
	if (n->nix.generation)
		json_pair_u64(o, "generation", n->nix.generation);
	json_close(o, '}');
}

static void report_json(const struct init *n)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", text_of(n->planned ? "planned" : "done"));
	json_pair(&o, "folder", n->folder);
	json_key(&o, "files");
	json_open(&o, '[', false);
	for (size_t i = 0; !n->only_nix && i < SKELETON_FILES; i++) {
		json_open(&o, '{', true);
		json_pair(&o, "name", text_of(n->skeleton.files[i].name));
		json_pair(&o, "result", text_of(state_word(n, &n->skeleton.files[i])));
		json_close(&o, '}');
	}
	json_close(&o, ']');
	put_nix(&o, n);
	json_pair_texts(&o, "next", n->next);
	say_json_end(&o);
}

static void print_nix(const struct init *n)
{
	char fetched[SAY_SIZE], unpacked[SAY_SIZE];
	struct text version = n->nix.wanted ? nix_version(n) : (struct text){ 0 };
	if (!n->nix.wanted && n->nix.program.len)
		printf("Nix: " TEXT_F "\n", TEXT_A(n->nix.program));
	else if (!n->nix.wanted)
		printf("Nix: there is none, which `nixgraft lock` needs to evaluate the flake; `nixgraft init --only-nix` brings one\n");
	else if (n->planned)
		printf("Nix " TEXT_F ": would be pinned in %s and installed in /nix\n", TEXT_A(version), n->nix.lock_name.at);
	else
		printf("Nix " TEXT_F ": pinned in %s and installed in /nix (%s fetched, unpacked %s)\n", TEXT_A(version), n->nix.lock_name.at,
		       say_bytes(n->nix.fetched_bytes, fetched), say_bytes(n->nix.unpacked_bytes, unpacked));
}

static void report_text(const struct init *n)
{
	for (size_t i = 0; !n->only_nix && i < SKELETON_FILES; i++)
		printf("%s: %s\n", n->skeleton.files[i].path.at, state_word(n, &n->skeleton.files[i]));
	print_nix(n);
	printf("next:\n");
	for (size_t i = 0; i < n->next.count; i++) {
		bool git = text_starts(n->next.at[i], TEXT("git ")), env = text_starts(n->next.at[i], TEXT("eval "));
		printf("  " TEXT_F "%s\n", TEXT_A(n->next.at[i]), git ? "   # Nix sees only what git tracks" :
			env ? "   # no right to link commands into /usr/local/bin: this puts them on PATH" : "");
	}
}

static void report(struct init *n)
{
	tell_next(n);
	if (n->skeleton.ignores_lock)
		say_note(n->call, ".gitignore keeps a lock out of the repository; closure.lock and flake.lock belong in it");
	if (n->call->json)
		report_json(n);
	else if (!n->call->quiet)
		report_text(n);
}

/* ---- the verb ---- */

static struct text lock_name(const struct init *n)
{
	const char *name = n->only_nix ? "nix.lock" : "closure.lock";
	bool here = text_equal(n->folder, TEXT("."));
	return here ? text_of(name) : arena_printf(&n->call->arena, TEXT_F "/%s", TEXT_A(n->folder), name);
}

static int plan(struct init *n, struct fault *f)
{
	int code = 0;
	if (n->only_nix && (call_flag(n->call, "tool") || call_flag(n->call, "nixpkgs")))
		return fault_set(f, FAULT_USAGE, "--only-nix writes no files, and excludes --tool and --nixpkgs");
	if (!n->only_nix)
		code = skeleton_plan(&n->skeleton, n->call, n->folder, f);
	return code == 0 ? firstnix_plan(&n->nix, n->call, lock_name(n), f) : code;
}

static int run(struct init *n, struct fault *f)
{
	int code = plan(n, f);
	if (code == 0 && n->nix.wanted && !n->planned)
		say_note(n->call, "installing Nix " TEXT_F " in /nix, since %s; --without-nix writes the files alone", TEXT_A(nix_version(n)),
			 call_flag(n->call, "nix") ? "--nix names it" : "this machine has none");
	if (code == 0 && !n->planned)
		code = firstnix_lock(&n->nix, f);
	if (code == 0 && !n->planned && !n->only_nix)
		code = skeleton_write(&n->skeleton, n->folder, f);
	if (code == 0 && !n->planned)
		code = firstnix_apply(&n->nix, f);
	if (code == 0)
		report(n);
	return code;
}

static int init_run(struct call *call, struct fault *f)
{
	struct init init = { .call = call, .folder = TEXT("."), .planned = call_flag(call, "dry-run") };
	if (call->operands.count > 1)
		return fault_set(f, FAULT_USAGE, "name one folder; see `nixgraft init --help`");
	if (call->operands.count)
		init.folder = call->operands.at[0];
	init.only_nix = call_flag(call, "only-nix");
	if (!init.folder.len)
		return fault_set(f, FAULT_USAGE, "'' is no folder");
	int code = run(&init, f);
	firstnix_close(&init.nix);
	return code;
}

const struct command cmd_init = {
	.name = "init",
	.summary = "begin: a flake.nix to edit, and a Nix to evaluate it",
	.operands = "[DIR]",
	.text = "Writes flake.nix, where the tools are listed, graft.nix, which describes them to nixgraft, and lines of .gitignore;\n"
		"overwrites nothing. Where there is no Nix, it pins one in closure.lock and installs it on this machine: in /nix,\n"
		"which takes root or a /nix of one's own, with links in /usr/local/bin. Signatures and hashes are checked as ever.\n"
		"--without-nix leaves that, --dry-run tells. Then it says which commands come next.\n"
		"\n"
		"  nixgraft init\n"
		"  nixgraft init --tool git --tool gh --tool black=python3Packages.black\n"
		"  nixgraft init --nixpkgs git+https://git.example.org/nixpkgs?ref=stable\n"
		"  nixgraft init --without-nix project\n"
		"  nixgraft init --only-nix          a Nix for a project that was begun elsewhere\n",
	.options = OPTIONS,
	.run = init_run,
};
