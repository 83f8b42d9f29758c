#include "cmd/migration.h"

#include "base/assets.h"
#include "base/bounds.h"
#include "cmd/say.h"
#include "cmd/target.h"
#include "format/flaketools.h"
#include "format/lock.h"
#include "store/debian.h"
#include "sys/fs.h"
#include "sys/proc.h"

/* ---- tables ---- */

static int add_map(struct migration *m, struct text bytes, const char *what, struct fault *f)
{
	struct toolmap map;
	int code = toolmap_parse(bytes, what, &m->call->arena, &map, f);
	LIST_PUSH(&m->maps, &m->call->arena, map);
	return code;
}

static int read_maps(struct migration *m, struct fault *f)
{
	struct texts given = call_texts(m->call, "map");
	int code = 0;
	for (size_t i = 0; code == 0 && i < given.count; i++) {
		BUFFER_AUTO bytes = { 0 };
		code = fs_read_host(given.at[i].at, TOOLMAP_MAX, &bytes, f);
		if (code == FS_ABSENT)
			code = fault_set(f, FAULT_INPUT, "--map %s: there is no such file", given.at[i].at);
		if (code == 0)
			code = add_map(m, arena_copy(&m->call->arena, buffer_view(&bytes)), given.at[i].at, f);
	}
	if (code == 0)
		code = add_map(m, asset_apt_map(), "the built-in apt-map.tsv", f);
	return code == 0 ? add_map(m, asset_release_map(), "the built-in release-map.tsv", f) : code;
}

/* ---- the image's packages ---- */

static int read_root(struct migration *m, struct fault *f)
{
	if (!call_flag(m->call, "root"))
		return 0;
	int code = target_root(&m->root, m->call, f);
	if (code == 0)
		code = debian_read(m->root.fd, &m->call->arena, &m->dpkg, &m->has_debian, f);
	if (code == 0 && !m->has_debian)
		say_note(m->call, "--root " TEXT_F ": there is no package database of Debian in it",
			 TEXT_A(call_text(m->call, "root", "/")));
	return code;
}

static int read_programs(const struct migration *m, const struct scan *scan, struct migrate_facts *facts, struct fault *f)
{
	struct arena *a = &m->call->arena;
	LIST(struct migrate_programs) list = { 0 };
	int code = 0;
	for (size_t i = 0; code == 0 && m->has_debian && i < scan->software.count; i++) {
		const struct software *s = &scan->software.at[i];
		const struct dpkg_package *package = s->way == WAY_APT ? dpkg_find(&m->dpkg, s->name) : NULL;
		if (!package)
			continue;
		struct migrate_programs p = { .package = package->name };
		code = debian_programs(m->root.fd, package, a, &p.names, f);
		LIST_PUSH(&list, a, p);
	}
	facts->programs = list.at;
	facts->program_count = list.count;
	return code;
}

/* ---- what the flake and the lock have ---- */

static void add_tool(struct migration *m, struct text name, struct text attribute)
{
	LIST_PUSH(&m->locked, &m->call->arena, name);
	if (attribute.len)
		LIST_PUSH(&m->locked, &m->call->arena, attribute);
}

static int read_flake(struct migration *m, struct text folder, struct fault *f)
{
	struct arena *a = &m->call->arena;
	BUFFER_AUTO bytes = { 0 };
	struct flaketools tools;
	struct fault why = { 0 };
	m->flake = text_equal(folder, TEXT(".")) ? TEXT("flake.nix") : arena_printf(a, TEXT_F "/flake.nix", TEXT_A(folder));
	int code = fs_read_host(m->flake.at, FLAKE_NIX_MAX, &bytes, f);
	if (code)
		return code == FS_ABSENT ? 0 : code;
	m->flake_bytes = arena_copy(a, buffer_view(&bytes));
	code = flaketools_parse(m->flake_bytes, m->flake.at, a, &tools, &why);
	if (code == FAULT_DIFFERS)
		return 0;
	if (code < 0)
		return fault_set(f, code, "%s", why.text);
	for (size_t i = 0; i < tools.tools.count; i++)
		add_tool(m, tools.tools.at[i].name, tools.tools.at[i].attribute);
	return 0;
}

static int read_lock(struct migration *m, struct text folder, struct fault *f)
{
	struct arena *a = &m->call->arena;
	BUFFER_AUTO bytes = { 0 };
	struct text name = text_equal(folder, TEXT(".")) ? TEXT("closure.lock") : arena_printf(a, TEXT_F "/closure.lock", TEXT_A(folder));
	struct lock lock = { 0 };
	int code = fs_read_host(name.at, LOCK_MAX, &bytes, f);
	if (code)
		return code == FS_ABSENT ? 0 : code;
	code = lock_parse(arena_copy(a, buffer_view(&bytes)), name.at, a, &lock, f);
	for (size_t i = 0; code == 0 && i < lock.system_count; i++)
		for (size_t k = 0; k < lock.systems[i].tool_count; k++)
			add_tool(m, lock.systems[i].tools[k].name, lock.systems[i].tools[k].attribute);
	return code;
}

/* ---- all of it ---- */

static int tell_architecture(struct migration *m, struct fault *f)
{
	struct text system = proc_system(&m->call->arena);
	m->architecture = call_text(m->call, "arch", text_starts(system, TEXT("aarch64-")) ? "arm64" : "amd64");
	if (text_equal(m->architecture, TEXT("amd64")) || text_equal(m->architecture, TEXT("arm64")))
		return 0;
	return fault_set(f, FAULT_USAGE, "--arch '" TEXT_F "': must be amd64 or arm64", TEXT_A(m->architecture));
}

int migration_open(struct migration *m, struct call *call, struct fault *f)
{
	struct text folder = call_text(call, "flake", ".");
	*m = (struct migration){ .call = call, .root.fd = -1 };
	int code = tell_architecture(m, f);
	if (code == 0)
		code = read_maps(m, f);
	if (code == 0)
		code = read_root(m, f);
	if (code == 0)
		code = read_flake(m, folder, f);
	if (code == 0)
		code = read_lock(m, folder, f);
	struct texts locked = LIST_TEXTS(m->locked);
	texts_sort_unique(&locked);
	m->locked.count = locked.count;
	return code;
}

void migration_close(struct migration *m)
{
	fs_close(&m->root.fd);
}

/* ---- a file ---- */

/* By its name, else by its first byte: no Containerfile begins so. */
static bool is_devcontainer(struct text name, struct text bytes)
{
	if (text_ends(name, TEXT(".json")) || text_ends(name, TEXT(".jsonc")))
		return true;
	while (bytes.len && text_has(TEXT(" \t\r\n"), bytes.at[0]))
		bytes = text_skip(bytes, 1);
	return bytes.len && (bytes.at[0] == '{' || bytes.at[0] == '/');
}

int migration_judge(struct migration *m, struct migration_file *out, struct fault *f)
{
	struct arena *a = &m->call->arena;
	struct migrate_facts facts = { .maps = m->maps.at, .map_count = m->maps.count, .installed = m->has_debian ? &m->dpkg : NULL,
				       .locked = LIST_TEXTS(m->locked), .only = call_texts(m->call, "only") };
	int code = 0;
	if (out->devcontainer)
		code = scan_devcontainer(out->bytes, out->name.at, a, &out->scan, f);
	else
		code = containerfile_parse(out->bytes, out->name.at, a, &out->file, f);
	if (code == 0 && !out->devcontainer)
		code = scan_containerfile(&out->file, m->architecture, a, &out->scan, f);
	if (code < 0)
		return text_starts(text_of(f->text), out->name) ? code : fault_wrap(f, TEXT_F, TEXT_A(out->name));
	code = read_programs(m, &out->scan, &facts, f);
	if (code == 0)
		migrate_make(&out->scan, &facts, a, &out->judged);
	return code;
}

int migration_read(struct migration *m, struct text name, struct migration_file *out, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	bool standard = text_equal(name, TEXT("-"));
	*out = (struct migration_file){ .name = standard ? TEXT("standard input") : name };
	int code = fs_read_host(name.at, CONTAINERFILE_MAX, &bytes, f);
	if (code == FS_ABSENT)
		code = fault_set(f, FAULT_INPUT, TEXT_F ": there is no such file", TEXT_A(name));
	if (code < 0)
		return code;
	out->bytes = arena_copy(&m->call->arena, buffer_view(&bytes));
	out->devcontainer = is_devcontainer(name, out->bytes);
	return migration_judge(m, out, f);
}
