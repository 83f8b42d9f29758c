#include "cmd/flake.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bounds.h"
#include "cmd/say.h"
#include "store/layout.h"
#include "sys/proc.h"

#define FEATURES "--extra-experimental-features", "nix-command flakes"
#define INPUTS_APART 19 /* since 2.19 `nix flake update` takes inputs; before, `nix flake lock --update-input` did */

/* ---- which Nix ---- */

/* None where the folder is not absolute: what the working directory happens to have is not run. */
static struct text program_at(struct arena *a, const char *folder, const char *rest)
{
	struct stat st;
	struct text path = folder ? arena_printf(a, "%s%s", folder, rest) : (struct text){ 0 };
	bool may = text_starts(path, TEXT("/")) && stat(path.at, &st) == 0 && S_ISREG(st.st_mode) && access(path.at, X_OK) == 0;
	return may ? path : (struct text){ 0 };
}

/* A shell that was open before the installation, cron and sudo have a PATH without any of these. */
struct text flake_find_nix(struct arena *a)
{
	const struct {
		const char *folder, *rest;
	} places[] = {
		{ "", GRAFT_PROFILE "/bin/nix" },
		{ "", NIX_PROFILES "/default/bin/nix" },
		{ getenv("XDG_STATE_HOME"), "/nix/profile/bin/nix" },
		{ getenv("HOME"), "/.local/state/nix/profile/bin/nix" },
		{ getenv("HOME"), "/.nix-profile/bin/nix" },
		{ "", "/run/current-system/sw/bin/nix" },
		{ "", "/usr/local/bin/nix" },
		{ "", "/usr/bin/nix" },
	};
	struct text nix = proc_find("nix", a);
	for (size_t i = 0; !nix.len && i < sizeof places / sizeof *places; i++)
		nix = program_at(a, places[i].folder, places[i].rest);
	return nix;
}

/* "nix (Nix) 2.26.3": the minor number of a version 2; others are younger. */
static int nix_minor(struct text nix, uint64_t *minor, struct fault *f)
{
	BUFFER_AUTO said = { 0 };
	const char *argv[] = { nix.at, "--version", NULL };
	int code = proc_capture(argv, TOLD_MAX, &said, f);
	struct text version = { 0 }, rest = buffer_view(&said), number;
	*minor = INPUTS_APART;
	if (code < 0)
		return code;
	text_cut(&rest, '\n', &version);
	for (rest = version; rest.at;)
		text_cut(&rest, ' ', &version);
	text_cut(&version, '.', &number);
	if (text_equal(number, TEXT("2")) && text_cut(&version, '.', &number) && !text_u64(number, UINT32_MAX, minor))
		*minor = INPUTS_APART;
	return 0;
}

/* ---- which flake ---- */

void flake_name(struct flake *flake, struct call *call)
{
	struct text given = call_text(call, "flake", "."), folder = given;
	struct stat st;
	if (text_starts(given, TEXT("path:")))
		folder = text_skip(given, 5);
	bool there = folder.at == given.at && stat(given.at, &st) == 0;
	/* What begins with neither is a name in Nix's registry. */
	bool bare = there && !text_has(TEXT("./"), given.at[0]);
	*flake = (struct flake){
		.call = call,
		.nix = flake_find_nix(&call->arena),
		.folder = folder,
		.local = there && S_ISDIR(st.st_mode),
		.reference = bare ? arena_printf(&call->arena, "./" TEXT_F, TEXT_A(given)) : given,
		.lock_name = arena_printf(&call->arena, TEXT_F "/flake.lock", TEXT_A(folder)),
	};
}

bool flake_in_git(const char *folder)
{
	char path[PATH_MAX + 8], *slash;
	struct stat st;
	if (!realpath(folder, path))
		return false;
	while ((slash = strrchr(path, '/'))) {
		snprintf(path + strlen(path), 8, slash[1] ? "/.git" : ".git");
		if (lstat(path, &st) == 0)
			return true;
		*slash = '\0';
	}
	return false;
}

/* ---- what Nix does not see ---- */

static struct text find_git(struct arena *a)
{
	struct text git = proc_find("git", a);
	return git.len ? git : program_at(a, "", GRAFT_PROFILE "/bin/git");
}

/* The .nix files of the folder that git does not track, separated by blanks. */
static int untracked(const struct flake *flake, struct text git, struct text *names, struct fault *f)
{
	BUFFER_AUTO listed = { 0 };
	BUFFER_AUTO joined = { 0 };
	const char *argv[] = { git.at, "-C", flake->folder.at, "ls-files", "--others", "-z", "--", ":(glob)*.nix", NULL };
	int code = proc_capture(argv, TOLD_MAX, &listed, f);
	struct text rest = buffer_view(&listed), name;
	while (code == 0 && text_cut(&rest, '\0', &name))
		if (name.len)
			buffer_printf(&joined, "%s" TEXT_F, joined.len ? " " : "", TEXT_A(name));
	*names = arena_copy(&flake->call->arena, buffer_view(&joined));
	return code;
}

/* Nix has failed; the newcomer's trap is told. */
static int explain(const struct flake *flake, struct fault *f)
{
	struct arena *a = &flake->call->arena;
	struct text git = find_git(a), names;
	struct fault ignored = { 0 };
	if (text_starts(flake->reference, TEXT("path:")) || !flake_in_git(flake->folder.at))
		return f->code;
	if (!git.len)
		return fault_wrap(f, "in a git work tree Nix sees only what git tracks, and there is no git here to ask; `git add` the "
				     "flake's files, or give --flake path:" TEXT_F, TEXT_A(flake->folder));
	if (untracked(flake, git, &names, &ignored) < 0 || !names.len)
		return f->code;
	return fault_wrap(f, "git does not track " TEXT_F ", and Nix sees only what git tracks; run `git add " TEXT_F "` if the flake has "
			     "them", TEXT_A(names), TEXT_A(names));
}

/* ---- running it ---- */

/* The Nix that runs just now, or 0. */
static volatile pid_t running;

void flake_stop(void)
{
	if (running)
		proc_end(running);
}

static int run(const struct flake *flake, const char *const argv[], size_t max, struct buffer *out, struct fault *f)
{
	struct proc_place place = { flake->local ? flake->folder.at : NULL, &running };
	return proc_capture_in(place, argv, max, out, f) < 0 ? explain(flake, f) : 0;
}

/* How Nix, in the flake's folder if it is one, is to call it. */
static struct text reference(const struct flake *flake)
{
	return flake->local ? TEXT(".") : flake->reference;
}

int flake_evaluate(const struct flake *flake, struct text system, struct buffer *manifest, struct text *what, struct fault *f)
{
	*what = arena_printf(&flake->call->arena, TEXT_F "#graft." TEXT_F, TEXT_A(flake->reference), TEXT_A(system));
	struct text installable = arena_printf(&flake->call->arena, TEXT_F "#graft." TEXT_F, TEXT_A(reference(flake)), TEXT_A(system));
	const char *argv[] = { flake->nix.at, FEATURES, "eval", "--json", installable.at, NULL };
	say_note(flake->call, "evaluating %s", what->at);
	return run(flake, argv, MANIFEST_MAX, manifest, f);
}

/* The words of the command line of this Nix. */
static void update_words(const struct flake *flake, struct texts inputs, bool apart, const char **word)
{
	const char *start[] = { flake->nix.at, FEATURES, "flake", inputs.count && !apart ? "lock" : "update" };
	for (size_t i = 0; i < sizeof start / sizeof *start; i++)
		*word++ = start[i];
	for (size_t i = 0; i < inputs.count; i++) {
		if (!apart)
			*word++ = "--update-input";
		*word++ = arena_copy(&flake->call->arena, inputs.at[i]).at;
	}
	if (apart)
		*word++ = "--flake";
	*word++ = reference(flake).at;
	*word = NULL;
}

int flake_update(const struct flake *flake, struct texts inputs, struct fault *f)
{
	BUFFER_AUTO said = { 0 };
	uint64_t minor;
	const char **argv = arena_alloc(&flake->call->arena, 2 * inputs.count + 8, sizeof *argv);
	int code = nix_minor(flake->nix, &minor, f);
	if (code < 0)
		return code;
	update_words(flake, inputs, minor >= INPUTS_APART, argv);
	return run(flake, argv, TOLD_MAX, &said, f);
}
