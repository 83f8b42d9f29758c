#include "store/environment.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "format/nar.h"
#include "format/storepath.h"
#include "sys/crypto.h"
#include "sys/fs.h"

#define ROOTS_FILE "share/nixgraft/roots"

/* A leaf of the environment. */
struct leaf {
	struct text path;   /* below the environment, no leading slash */
	struct text target; /* of the symlink; of ROOTS_FILE its contents */
	size_t rank;        /* in order of adding: the lowest of one path wins */
};

/* What is being gathered. */
struct gathering {
	int root;
	struct arena *arena;
	struct environment *out;
	LIST(struct leaf) leaves;
	LIST(struct text) references; /* base names */
};

static void add(struct gathering *g, struct text path, struct text target)
{
	struct leaf leaf = { path, target, g->leaves.count };
	LIST_PUSH(&g->leaves, g->arena, leaf);
}

static int add_command(struct gathering *g, const char *owner, struct text path, struct text command, struct fault *f)
{
	struct text target = arena_printf(g->arena, STORE_PREFIX TEXT_F "/bin/" TEXT_F, TEXT_A(path), TEXT_A(command));
	FD_AUTO fd = fs_open(g->root, target.at, O_PATH);
	if (fd < 0)
		return fault_set(f, FAULT_INPUT,
				 "the lock's %s exposes the command '" TEXT_F "', but there is no %s; correct the list of its "
				 "commands and run `nixgraft lock` again",
				 owner, TEXT_A(command), target.at);
	add(g, arena_printf(g->arena, "bin/" TEXT_F, TEXT_A(command)), target);
	return 0;
}

static bool is_folder(int root, const char *path)
{
	FD_AUTO fd = fs_open(root, path, O_PATH | O_DIRECTORY);
	return fd >= 0;
}

/* Links every file of the folder `below` of an output, and with `deep` of its folders man1, man2, ... */
static int add_folder(struct gathering *g, struct text output, const char *below, const char *prefix, struct fault *f)
{
	struct texts names;
	struct text folder = arena_printf(g->arena, STORE_PREFIX TEXT_F "/%s", TEXT_A(output), below);
	if (!is_folder(g->root, folder.at))
		return 0;
	int code = fs_list(g->root, folder.at, g->arena, &names, f);
	for (size_t i = 0; code == 0 && i < names.count; i++) {
		struct text inner = arena_printf(g->arena, "%s/" TEXT_F, below, TEXT_A(names.at[i]));
		if (prefix && text_starts(names.at[i], text_of(prefix)))
			code = add_folder(g, output, inner.at, NULL, f);
		else if (!prefix)
			add(g, inner, arena_printf(g->arena, TEXT_F "/" TEXT_F, TEXT_A(folder), TEXT_A(names.at[i])));
	}
	return code;
}

static int add_output(struct gathering *g, struct text output, struct fault *f)
{
	static const char *const folders[] = { "share/bash-completion/completions", "share/zsh/site-functions",
					       "share/fish/vendor_completions.d" };
	int code = add_folder(g, output, "share/man", "man", f);
	for (size_t i = 0; code == 0 && i < sizeof folders / sizeof *folders; i++)
		code = add_folder(g, output, folders[i], NULL, f);
	LIST_PUSH(&g->references, g->arena, output);
	return code;
}

static int add_tool(struct gathering *g, const struct lock_tool *tool, struct fault *f)
{
	int code = 0;
	struct text owner = arena_printf(g->arena, "tool '" TEXT_F "'", TEXT_A(tool->name));
	for (size_t i = 0; code == 0 && i < tool->commands.count; i++)
		code = add_command(g, owner.at, tool->path, tool->commands.at[i], f);
	for (size_t i = 0; code == 0 && i < tool->output_count; i++)
		code = add_output(g, tool->outputs[i].path, f);
	return code;
}

static int add_nix(struct gathering *g, const struct lock_system *system, struct fault *f)
{
	int code = 0;
	if (!system->nix.len)
		return 0;
	for (size_t i = 0; code == 0 && i < system->nix_commands.count; i++)
		code = add_command(g, "Nix", system->nix, system->nix_commands.at[i], f);
	return code == 0 ? add_output(g, system->nix, f) : code;
}

static void add_roots(struct gathering *g)
{
	struct text all = TEXT("");
	struct texts *roots = &g->out->path.references;
	*roots = LIST_TEXTS(g->references);
	texts_sort_unique(roots);
	for (size_t i = 0; i < roots->count; i++)
		all = arena_printf(g->arena, TEXT_F STORE_PREFIX TEXT_F "\n", TEXT_A(all), TEXT_A(roots->at[i]));
	add(g, TEXT(ROOTS_FILE), all);
}

/* The order in which a NAR has leaves: names compare bytewise within each folder, so '/' sorts before every byte. */
static int leaf_order(const struct text *a, const struct text *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++) {
		int x = a->at[i] == '/' ? 0 : (unsigned char)a->at[i];
		int y = b->at[i] == '/' ? 0 : (unsigned char)b->at[i];
		if (x != y)
			return x - y;
	}
	return a->len < b->len ? -1 : a->len > b->len;
}

static int leaf_compare(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;
	int order = leaf_order(&x->path, &y->path);
	return order ? order : x->rank < y->rank ? -1 : 1;
}

static size_t drop_doubles(struct leaf *leaves, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (!kept || !text_equal(leaves[kept - 1].path, leaves[i].path))
			leaves[kept++] = leaves[i];
	return kept;
}

static void put_leaf(struct buffer *nar, const struct leaf *leaf)
{
	if (!text_equal(leaf->path, TEXT(ROOTS_FILE))) {
		nar_put_symlink(nar, leaf->target);
		return;
	}
	nar_put_file(nar, false, leaf->target.len);
	buffer_text(nar, leaf->target);
	nar_put_file_end(nar, leaf->target.len);
}

/* How many leading folders two paths share, and where the rest begins. */
static size_t shared_folders(struct text a, struct text b, size_t *at)
{
	size_t folders = 0;
	*at = 0;
	for (size_t i = 0; i < a.len && i < b.len && a.at[i] == b.at[i]; i++)
		if (a.at[i] == '/') {
			folders++;
			*at = i + 1;
		}
	return folders;
}

static void put_all(struct buffer *nar, const struct leaf *leaves, size_t count)
{
	size_t open = 0; /* folders that are open below the root node */
	struct text before = { 0 }, name;
	nar_put_magic(nar);
	nar_put_directory(nar);
	for (size_t i = 0; i < count; i++) {
		size_t at, keep = shared_folders(before, leaves[i].path, &at);
		for (; open > keep; open--) {
			nar_put_directory_end(nar);
			nar_put_entry_end(nar);
		}
		struct text rest = text_skip(leaves[i].path, at);
		while (text_cut(&rest, '/', &name) && rest.at) {
			nar_put_entry(nar, name);
			nar_put_directory(nar);
			open++;
		}
		nar_put_entry(nar, name);
		put_leaf(nar, &leaves[i]);
		nar_put_entry_end(nar);
		before = leaves[i].path;
	}
	for (; open > 0; open--) {
		nar_put_directory_end(nar);
		nar_put_entry_end(nar);
	}
	nar_put_directory_end(nar);
}

/* What programs of the base look for below /usr/local. */
static void list_shared(struct gathering *g)
{
	struct texts *out = &g->out->shared;
	out->at = arena_alloc(g->arena, g->leaves.count, sizeof *out->at);
	for (size_t i = 0; i < g->leaves.count; i++)
		if (text_starts(g->leaves.at[i].path, TEXT("share/")) && !text_equal(g->leaves.at[i].path, TEXT(ROOTS_FILE)))
			out->at[out->count++] = g->leaves.at[i].path;
}

static void describe(struct gathering *g)
{
	struct environment *out = g->out;
	char digest[DIGEST_NIX32_SIZE];
	struct lock_path *p = &out->path;
	p->nar_digest = crypto_sha256(buffer_view(&out->nar));
	p->nar_size = out->nar.len;
	p->nar_origin = LOCK_CONTENT;
	p->path = storepath_make_ca(TEXT(ENVIRONMENT_NAME), &p->nar_digest, p->references, g->arena);
	p->ca = arena_printf(g->arena, "fixed:r:%s", digest_nix32(&p->nar_digest, digest));
}

int environment_make(int root, const struct lock_system *system, struct arena *a, struct environment *out,
		     struct fault *f)
{
	*out = (struct environment){ 0 };
	struct gathering g = { .root = root, .arena = a, .out = out };
	int code = 0;
	for (size_t i = 0; code == 0 && i < system->tool_count; i++)
		code = add_tool(&g, &system->tools[i], f);
	if (code == 0)
		code = add_nix(&g, system, f);
	if (code < 0)
		return code;
	add_roots(&g);
	qsort(g.leaves.at, g.leaves.count, sizeof *g.leaves.at, leaf_compare);
	g.leaves.count = drop_doubles(g.leaves.at, g.leaves.count);
	list_shared(&g);
	put_all(&out->nar, g.leaves.at, g.leaves.count);
	describe(&g);
	return 0;
}

bool environment_has_root(int root, struct text base, struct text wanted)
{
	BUFFER_AUTO bytes = { 0 };
	struct arena scratch = { 0 };
	struct fault ignored = { 0 };
	struct text path = arena_printf(&scratch, STORE_PREFIX TEXT_F "/" ROOTS_FILE, TEXT_A(base)), line, rest;
	bool found = false;
	if (base.len && fs_read(root, path.at, MANIFEST_MAX, &bytes, &ignored) == 0)
		for (rest = buffer_view(&bytes); !found && text_cut(&rest, '\n', &line);)
			found = text_equal(storepath_base(line), wanted);
	arena_drop(&scratch);
	return found;
}
