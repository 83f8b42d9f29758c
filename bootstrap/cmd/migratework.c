#include "cmd/migratework.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assets.h"
#include "base/bounds.h"
#include "cmd/migrateview.h"
#include "format/flaketools.h"
#include "plan/rewrite.h"
#include "sys/fs.h"

/* ---- the Containerfile ---- */

/* The lines that bring the tools of closure.lock in, as docs/containers.md has them. */
static struct text graft_lines(const struct migratework *w)
{
	struct text from = call_text(w->migration->call, "from", MIGRATEWORK_IMAGE);
	return arena_printf(&w->migration->call->arena,
			    "# nixgraft: the tools that flake.nix names, from Nix, as closure.lock pins them (`nixgraft lock`). A base with CA\n"
			    "# certificates of its own needs no second COPY.\n"
			    "COPY --from=" TEXT_F " /nixgraft /usr/local/bin/nixgraft\n"
			    "COPY --from=" TEXT_F " /ca-certificates.crt /etc/ssl/certs/ca-certificates.crt\n"
			    "COPY closure.lock /etc/nixgraft/closure.lock\n"
			    "RUN nixgraft apply --no-sync --lock /etc/nixgraft/closure.lock\n"
			    "ENV NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt\n",
			    TEXT_A(from), TEXT_A(from));
}

static bool can_go(const struct migrate_proposal *p)
{
	return p->chosen && !p->obstacle.len;
}

static int rewrite(const struct migratework *w, struct migration_file *file, struct fault *f)
{
	struct arena *a = &w->migration->call->arena;
	LIST(const struct software *) gone = { 0 };
	BUFFER_AUTO bytes = { 0 };
	for (size_t i = 0; i < file->judged.count; i++)
		if (can_go(&file->judged.at[i]))
			LIST_PUSH(&gone, a, file->judged.at[i].software);
	if (!gone.count)
		return 0;
	struct rewrite_plan plan = { &file->scan, gone.at, gone.count, graft_lines(w) };
	rewrite_make(&plan, a, &bytes);
	file->bytes = arena_copy(a, buffer_view(&bytes));
	if (migration_judge(w->migration, file, f) < 0)
		return fault_wrap(f, "nothing was written, since the new file would not be accepted");
	return 0;
}

static void add_change(struct migratework *w, struct text name, struct text before, struct text after)
{
	struct arena *a = &w->migration->call->arena;
	struct migratework_change c = { .name = name, .is_new = !before.at, .after = after };
	struct linediff d = { name, before, after };
	BUFFER_AUTO bytes = { 0 };
	c.count = linediff_make(&d, a, &bytes);
	c.diff = arena_copy(a, buffer_view(&bytes));
	if (c.count.removed || c.count.added)
		LIST_PUSH(&w->changes, a, c);
}

static int change_file(struct migratework *w, const struct migration_file *file, struct fault *f)
{
	struct migration_file now = *file;
	int code = file->devcontainer ? 0 : rewrite(w, &now, f);
	if (code == 0)
		add_change(w, file->name, file->bytes, now.bytes);
	return code;
}

static void add_by_hand(struct migratework *w, const struct migration_file *file)
{
	struct arena *a = &w->migration->call->arena;
	for (size_t i = 0; i < file->judged.count; i++) {
		const struct migrate_proposal *p = &file->judged.at[i];
		if (!p->chosen || can_go(p))
			continue;
		LIST_PUSH(&w->by_hand, a,
			  arena_printf(a, TEXT_F ":%u: take out " TEXT_F " by hand: " TEXT_F, TEXT_A(file->name), p->software->line,
				       TEXT_A(p->software->name), TEXT_A(p->obstacle)));
	}
}

/* ---- the flake ---- */

/* The last component of an attribute. */
static struct text tool_name(struct text attribute)
{
	struct text name = attribute, part;
	while (text_cut(&attribute, '.', &part))
		name = part;
	return name;
}

/* A tool that the flake is to get. */
struct new_tool {
	struct flake_tool tool;
	struct texts commands; /* that it must give, sorted; none: its main program */
};

/* All of them, sorted by name. */
struct new_tools {
	struct new_tool *at;
	size_t count;
};

static struct new_tool *tool_named(struct new_tool *tools, size_t count, struct text name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(tools[i].tool.name, name))
			return &tools[i];
	return NULL;
}

/* Two packages may come from one attribute. */
static void add_commands(struct new_tool *n, struct texts commands, struct arena *a)
{
	struct texts both = { arena_alloc(a, n->commands.count + commands.count, sizeof *both.at), 0 };
	for (size_t i = 0; i < n->commands.count; i++)
		both.at[both.count++] = n->commands.at[i];
	for (size_t i = 0; i < commands.count; i++)
		both.at[both.count++] = commands.at[i];
	texts_sort_unique(&both);
	n->commands = both;
}

static int by_name(const void *a, const void *b)
{
	return text_compare(((const struct new_tool *)a)->tool.name, ((const struct new_tool *)b)->tool.name);
}

/* What moves and is not there yet. */
static struct new_tools find_tools(const struct migratework *w, const struct migration_file *files, size_t count)
{
	struct arena *a = &w->migration->call->arena;
	LIST(struct new_tool) tools = { 0 };
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < files[i].judged.count; k++) {
			const struct migrate_proposal *p = &files[i].judged.at[k];
			struct new_tool n = { .tool = { .name = tool_name(p->attribute), .attribute = p->attribute } };
			if (!p->chosen || p->locked || !flaketools_valid(n.tool.name, n.tool.attribute))
				continue;
			if (!tool_named(tools.at, tools.count, n.tool.name))
				LIST_PUSH(&tools, a, n);
			if (p->told)
				add_commands(tool_named(tools.at, tools.count, n.tool.name), p->commands, a);
		}
	if (tools.count)
		qsort(tools.at, tools.count, sizeof *tools.at, by_name);
	return (struct new_tools){ tools.at, tools.count };
}

static struct flake_tools bare_tools(struct new_tools tools, struct arena *a)
{
	struct flake_tools bare = { arena_alloc(a, tools.count, sizeof *bare.at), tools.count };
	for (size_t i = 0; i < tools.count; i++)
		bare.at[i] = tools.at[i].tool;
	return bare;
}

/* The tool's line; where its commands are not just its name, it says which: docs/flake.md. */
static struct text tool_line(const struct new_tool *n, struct arena *a)
{
	BUFFER_AUTO b = { 0 };
	flaketools_line(&n->tool, &b);
	struct text line = arena_copy(a, buffer_view(&b)), value = line, name;
	bool plain = !n->commands.count || (n->commands.count == 1 && text_equal(n->commands.at[0], n->tool.name));
	if (plain || !text_cut(&value, '=', &name) || !text_ends(value, TEXT(";")))
		return line;
	buffer_reset(&b);
	value.len--;
	buffer_printf(&b, TEXT_F "= { package =" TEXT_F "; commands = [", TEXT_A(name), TEXT_A(value));
	for (size_t i = 0; i < n->commands.count; i++)
		buffer_printf(&b, " \"" TEXT_F "\"", TEXT_A(n->commands.at[i]));
	buffer_printf(&b, " ]; };");
	return arena_copy(a, buffer_view(&b));
}

/* The flake, in the arena, with those lines in the place of plain ones, that were just added. */
static struct text with_commands(const struct buffer *bytes, struct new_tools tools, struct arena *a)
{
	struct text flake = arena_copy(a, buffer_view(bytes));
	for (size_t i = 0; i < tools.count; i++) {
		struct new_tool bare = { .tool = tools.at[i].tool };
		struct text plain = tool_line(&bare, a), full = tool_line(&tools.at[i], a);
		const char *at = memmem(flake.at, flake.len, arena_printf(a, " " TEXT_F, TEXT_A(plain)).at, plain.len + 1);
		if (!at || text_equal(plain, full))
			continue;
		struct text head = { flake.at, (size_t)(at + 1 - flake.at) }, tail = text_skip(flake, head.len + plain.len);
		flake = arena_printf(a, TEXT_F TEXT_F TEXT_F, TEXT_A(head), TEXT_A(full), TEXT_A(tail));
	}
	return flake;
}

static struct text beside_flake(const struct migration *m, const char *name)
{
	struct text folder = m->flake;
	while (folder.len && folder.at[folder.len - 1] != '/')
		folder.len--;
	return arena_printf(&m->call->arena, TEXT_F "%s", TEXT_A(folder), name);
}

/* As `nixgraft init` makes it, with these tools alone. */
static int new_flake(struct migratework *w, struct new_tools tools, struct fault *f)
{
	struct migration *m = w->migration;
	struct text template = asset_flake_nix(), graft = beside_flake(m, "graft.nix");
	struct flaketools block;
	BUFFER_AUTO bytes = { 0 }, old = { 0 };
	int code = flaketools_parse(template, "the built-in flake.nix", &m->call->arena, &block, f);
	if (code < 0)
		return code;
	flaketools_replace(template, &block, bare_tools(tools, &m->call->arena), &bytes);
	add_change(w, m->flake, (struct text){ 0 }, with_commands(&bytes, tools, &m->call->arena));
	code = fs_read_host(graft.at, FLAKE_NIX_MAX, &old, f);
	if (code == FS_ABSENT)
		add_change(w, graft, (struct text){ 0 }, asset_graft_nix());
	return code == FS_ABSENT ? 0 : code;
}

static void paste_lines(struct migratework *w, struct new_tools tools)
{
	struct arena *a = &w->migration->call->arena;
	LIST(struct text) lines = { 0 };
	for (size_t i = 0; i < tools.count; i++)
		LIST_PUSH(&lines, a, tool_line(&tools.at[i], a));
	w->paste = LIST_TEXTS(lines);
}

static int change_flake(struct migratework *w, struct new_tools tools, struct fault *f)
{
	struct migration *m = w->migration;
	struct flaketools block;
	struct fault why = { 0 };
	BUFFER_AUTO bytes = { 0 };
	if (!tools.count)
		return 0;
	if (!m->flake_bytes.at)
		return new_flake(w, tools, f);
	if (flaketools_parse(m->flake_bytes, m->flake.at, &m->call->arena, &block, &why) < 0) {
		paste_lines(w, tools);
		return 0;
	}
	flaketools_add(m->flake_bytes, &block, bare_tools(tools, &m->call->arena), &bytes);
	add_change(w, m->flake, m->flake_bytes, with_commands(&bytes, tools, &m->call->arena));
	return 0;
}

/* ---- all of it ---- */

int migratework_plan(struct migratework *w, struct migration *m, const struct migration_file *files, size_t count,
		     struct fault *f)
{
	int code = 0;
	*w = (struct migratework){ .migration = m };
	for (size_t i = 0; code == 0 && i < count; i++) {
		code = change_file(w, &files[i], f);
		add_by_hand(w, &files[i]);
	}
	return code == 0 ? change_flake(w, find_tools(w, files, count), f) : code;
}

/* A link stays one: what it leads to is written. Root leaves a file to whom it belongs, where it can. */
static int write_change(const struct migratework_change *c, struct fault *f)
{
	struct stat st = { 0 };
	char *real = c->is_new ? NULL : realpath(c->name.at, NULL);
	const char *path = real ? real : c->name.at;
	mode_t mode = !c->is_new && stat(path, &st) == 0 ? st.st_mode & 07777 : 0644;
	int code = fs_write_host(path, mode, c->after, f);
	bool others = !c->is_new && geteuid() == 0 && (st.st_uid || st.st_gid);
	if (code == 0 && others && lchown(path, st.st_uid, st.st_gid) != 0)
		errno = 0;
	free(real);
	return code;
}

int migratework_write(const struct migratework *w, struct fault *f)
{
	int code = 0;
	for (size_t i = w->changes.count; code == 0 && i-- > 0;)
		code = write_change(&w->changes.at[i], f);
	return code;
}
