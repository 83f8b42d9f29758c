#include "cmd/skeleton.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/assets.h"
#include "base/bounds.h"
#include "format/flaketools.h"
#include "sys/fs.h"

/* ---- flake.nix ---- */

static int read_tools(struct call *call, struct flake_tools *out, struct fault *f)
{
	struct texts given = call_texts(call, "tool");
	*out = (struct flake_tools){ arena_alloc(&call->arena, given.count, sizeof *out->at), given.count };
	for (size_t i = 0; i < given.count; i++) {
		struct text rest = given.at[i], name;
		text_cut(&rest, '=', &name);
		out->at[i] = (struct flake_tool){ .name = name, .attribute = rest.at ? rest : name };
		if (!flaketools_valid(name, out->at[i].attribute))
			return fault_set(f, FAULT_USAGE, "--tool '" TEXT_F "': must be NAME or NAME=ATTRIBUTE of nixpkgs, such as jq or "
							 "black=python3Packages.black", TEXT_A(given.at[i]));
		for (size_t k = 0; k < i; k++)
			if (text_equal(out->at[k].name, name))
				return fault_set(f, FAULT_USAGE, "--tool: '" TEXT_F "' is given twice", TEXT_A(name));
	}
	return 0;
}

static int choose_tools(struct call *call, struct text *flake, struct fault *f)
{
	struct flake_tools tools;
	struct flaketools block;
	BUFFER_AUTO to = { 0 };
	int code = read_tools(call, &tools, f);
	if (code == 0 && tools.count)
		code = flaketools_parse(*flake, "the template", &call->arena, &block, f);
	if (code < 0 || !tools.count)
		return code;
	flaketools_replace(*flake, &block, tools, &to);
	*flake = arena_copy(&call->arena, buffer_view(&to));
	return 0;
}

static int make_flake(struct call *call, struct text *flake, struct fault *f)
{
	struct text url = call_text(call, "nixpkgs", NULL);
	BUFFER_AUTO to = { 0 };
	*flake = asset_flake_nix();
	int code = choose_tools(call, flake, f);
	if (code < 0 || !url.at)
		return code;
	if (flaketools_set_url(*flake, TEXT("nixpkgs"), url, &to, f) < 0)
		return fault_wrap(f, "--nixpkgs");
	*flake = arena_copy(&call->arena, buffer_view(&to));
	return 0;
}

/* ---- .gitignore ---- */

/* "/result/" and "result" keep the same out here. */
static struct text bare_pattern(struct text line)
{
	while (line.len && (line.at[line.len - 1] == '\r' || line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '/'))
		line.len--;
	return text_starts(line, TEXT("/")) ? text_skip(line, 1) : line;
}

static bool ignores(struct text file, struct text pattern)
{
	struct text line;
	while (text_cut(&file, '\n', &line))
		if (line.len && text_equal(bare_pattern(line), bare_pattern(pattern)))
			return true;
	return false;
}

/* The template's patterns that the file does not have; with all that is said about them if it has none. */
static struct text lines_to_add(struct text now, struct arena *a)
{
	BUFFER_AUTO missing = { 0 };
	struct text rest = asset_gitignore(), line;
	bool some = false;
	while (text_cut(&rest, '\n', &line)) {
		if (!line.len || line.at[0] == '#')
			continue;
		if (ignores(now, line))
			some = true;
		else
			buffer_printf(&missing, TEXT_F "\n", TEXT_A(line));
	}
	return some ? arena_copy(a, buffer_view(&missing)) : asset_gitignore();
}

static void plan_gitignore(struct skeleton *s, struct skeleton_file *file, struct text now, struct arena *a)
{
	static const char *const needed[] = { "closure.lock", "flake.lock", "*.lock" };
	struct text added = lines_to_add(now, a);
	bool broken = now.len && !text_ends(now, TEXT("\n"));
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		s->ignores_lock |= ignores(now, text_of(needed[i]));
	BUFFER_AUTO whole = { 0 };
	buffer_text(&whole, now); /* which may have any bytes, NUL too */
	buffer_printf(&whole, "%s%s" TEXT_F, broken ? "\n" : "", now.len && text_starts(added, TEXT("#")) ? "\n" : "", TEXT_A(added));
	file->bytes = arena_copy(a, buffer_view(&whole));
	if (file->state == SKELETON_SAME)
		file->state = added.len ? SKELETON_ADDED : SKELETON_SAME;
	if (!added.len)
		file->bytes = now;
}

/* ---- all of them ---- */

static int look(struct skeleton_file *file, struct arena *a, struct text *now, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct stat st;
	int code = fs_read_host(file->path.at, FLAKE_NIX_MAX, &bytes, f);
	*now = code == 0 ? arena_copy(a, buffer_view(&bytes)) : (struct text){ 0 };
	file->state = code == 0 ? SKELETON_SAME : SKELETON_NEW;
	if (code == FS_ABSENT && lstat(file->path.at, &st) == 0)
		return fault_set(f, FAULT_SYSTEM, "%s: is a link that leads to no file; make that file, or remove the link", file->path.at);
	return code < 0 ? code : 0;
}

static int plan_file(struct skeleton_file *file, struct arena *a, struct fault *f)
{
	struct text now;
	int code = look(file, a, &now, f);
	if (code == 0 && file->state == SKELETON_SAME && !text_equal(now, file->bytes))
		code = fault_set(f, FAULT_SYSTEM,
				 "%s is there already, and nothing is overwritten: to begin anew, move it away; to keep it, run `nixgraft lock` "
				 "(if it has no output graft.SYSTEM yet: docs/flake.md; if there is no Nix here: `nixgraft init --only-nix`)", file->path.at);
	return code;
}

int skeleton_plan(struct skeleton *s, struct call *call, struct text folder, struct fault *f)
{
	static const char *const names[SKELETON_FILES] = { "flake.nix", "graft.nix", ".gitignore" };
	struct arena *a = &call->arena;
	struct text now;
	bool here = text_equal(folder, TEXT("."));
	*s = (struct skeleton){ 0 };
	for (size_t i = 0; i < SKELETON_FILES; i++) {
		s->files[i].name = names[i];
		s->files[i].path = here ? text_of(names[i]) : arena_printf(a, TEXT_F "/%s", TEXT_A(folder), names[i]);
	}
	int code = make_flake(call, &s->files[0].bytes, f);
	s->files[1].bytes = asset_graft_nix();
	for (size_t i = 0; code == 0 && i < 2; i++)
		code = plan_file(&s->files[i], a, f);
	if (code == 0)
		code = look(&s->files[2], a, &now, f);
	if (code == 0)
		plan_gitignore(s, &s->files[2], now, a);
	return code;
}

int skeleton_write(const struct skeleton *s, struct text folder, struct fault *f)
{
	int code = 0;
	if (mkdir(folder.at, 0755) < 0 && errno != EEXIST)
		return fault_errno(f, "%s: the folder cannot be made", folder.at);
	for (size_t i = 0; code == 0 && i < SKELETON_FILES; i++)
		if (s->files[i].state != SKELETON_SAME)
			code = fs_write_host(s->files[i].path.at, 0644, s->files[i].bytes, f);
	return code;
}
