#include "store/debian.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/bounds.h"
#include "sys/fs.h"

#define HOPS_MAX 8 /* alternatives that lead to alternatives */

int debian_read(int root, struct arena *a, struct dpkg *out, bool *found, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	*out = (struct dpkg){ 0 };
	int code = fs_read(root, DEBIAN_STATUS, DPKG_STATUS_MAX, &bytes, f);
	*found = code == 0;
	if (code)
		return code == FS_ABSENT ? 0 : code;
	code = dpkg_parse(buffer_view(&bytes), DEBIAN_STATUS, a, out, f);
	if (code == 0)
		code = fs_read(root, DEBIAN_MARKS, DPKG_STATUS_MAX, &bytes, f);
	if (code)
		return code == FS_ABSENT ? 0 : code;
	return dpkg_marks(buffer_view(&bytes), DEBIAN_MARKS, out, f);
}

/* ---- one path by several names ---- */

/* Names that some list may have, and who has them. */
struct search {
	int root;
	struct arena *arena;
	LIST(struct text) names;            /* sorted and unique once all are known */
	const struct dpkg_package **owners; /* of each name: the first that has it; NULL: nobody so far */
	bool *hit;                          /* of each name: was it in a list so far? */
};

static const char *const MERGED[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" };

/* Is the directory `top` of the root a link to that of /usr, absolute or not? */
static bool is_merged(const struct search *s, const char *top)
{
	struct text target = fs_read_link(s->root, top, s->arena);
	if (text_starts(target, TEXT("/")))
		target = text_skip(target, 1);
	return text_equal(target, arena_printf(s->arena, "usr%s", top));
}

/* The other name of a path where /usr is merged; none when it has no other. */
static struct text twin_of(const struct search *s, struct text path)
{
	bool below_usr = text_starts(path, TEXT("/usr/"));
	struct text bare = below_usr ? text_skip(path, sizeof "/usr" - 1) : path;
	for (size_t i = 0; i < sizeof MERGED / sizeof *MERGED; i++) {
		struct text top = text_of(MERGED[i]);
		if (!text_starts(bare, top) || !text_starts(text_skip(bare, top.len), TEXT("/")) ||
		    !is_merged(s, MERGED[i]))
			continue;
		return below_usr ? bare : arena_printf(s->arena, "/usr" TEXT_F, TEXT_A(path));
	}
	return (struct text){ 0 };
}

static void add_name(struct search *s, struct text path)
{
	struct text twin = twin_of(s, path);
	LIST_PUSH(&s->names, s->arena, path);
	if (twin.len)
		LIST_PUSH(&s->names, s->arena, twin);
}

/* The file behind a link of update-alternatives; none when `path` is no such link. */
static struct text follow_alternatives(const struct search *s, struct text path)
{
	struct text file = { 0 };
	struct text target = fs_read_link(s->root, arena_copy(s->arena, path).at, s->arena);
	for (int i = 0; i < HOPS_MAX && text_starts(target, TEXT(DEBIAN_ALTERNATIVES "/")); i++) {
		file = fs_read_link(s->root, target.at, s->arena);
		if (!text_starts(file, TEXT("/")))
			return (struct text){ 0 };
		target = fs_read_link(s->root, file.at, s->arena);
	}
	return file;
}

/* ---- the pass ---- */

/* Reads a package's list into `bytes`. dpkg names it with the architecture when the package is Multi-Arch: same. */
static int read_list(const struct search *s, int info, const struct dpkg_package *p, struct buffer *bytes,
		     struct fault *f)
{
	struct text names[] = {
		arena_printf(s->arena, "/" TEXT_F ".list", TEXT_A(p->name)),
		arena_printf(s->arena, "/" TEXT_F ":" TEXT_F ".list", TEXT_A(p->name), TEXT_A(p->architecture)),
	};
	int code = fs_read(info, names[p->same].at, DPKG_LIST_MAX, bytes, f);
	if (code == FS_ABSENT)
		code = fs_read(info, names[!p->same].at, DPKG_LIST_MAX, bytes, f);
	if (code == FS_ABSENT)
		buffer_reset(bytes);
	return code < 0 ? fault_wrap(f, DEBIAN_INFO) : 0;
}

static int read_lists(struct search *s, const struct dpkg *db, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	FD_AUTO info = fs_open(s->root, DEBIAN_INFO, O_RDONLY | O_DIRECTORY);
	if (info < 0)
		return errno == ENOENT ? 0 : fault_errno(f, DEBIAN_INFO);
	for (size_t i = 0; i < db->count; i++) {
		int code = read_list(s, info, &db->packages[i], &bytes, f);
		if (code < 0)
			return code;
		dpkg_list_search(buffer_view(&bytes), LIST_TEXTS(s->names), s->hit);
		for (size_t k = 0; k < s->names.count; k++)
			if (s->hit[k] && !s->owners[k])
				s->owners[k] = &db->packages[i];
	}
	return 0;
}

static const struct dpkg_package *owner_of(const struct search *s, struct text path)
{
	struct text names[] = { path, twin_of(s, path) };
	for (size_t i = 0; i < 2; i++) {
		ptrdiff_t at = names[i].len ? texts_find(LIST_TEXTS(s->names), names[i]) : -1;
		if (at >= 0 && s->owners[at])
			return s->owners[at];
	}
	return NULL;
}

int debian_find_owners(int root, const struct dpkg *db, struct debian_owners *ask, struct arena *a, struct fault *f)
{
	struct search s = { .root = root, .arena = a };
	for (size_t i = 0; i < ask->count; i++) {
		struct debian_owner *o = &ask->at[i];
		o->file = follow_alternatives(&s, o->path);
		add_name(&s, o->path);
		if (o->file.len)
			add_name(&s, o->file);
	}
	struct texts names = LIST_TEXTS(s.names);
	texts_sort_unique(&names);
	s.names.count = names.count;
	s.owners = arena_alloc(a, names.count, sizeof *s.owners);
	s.hit = arena_alloc(a, names.count, sizeof *s.hit);
	int code = names.count ? read_lists(&s, db, f) : 0;
	for (size_t i = 0; code == 0 && i < ask->count; i++) {
		struct debian_owner *o = &ask->at[i];
		o->package = owner_of(&s, o->path);
		if (o->package)
			o->file = (struct text){ 0 };
		else if (o->file.len)
			o->package = owner_of(&s, o->file);
	}
	return code;
}

/* ---- programs ---- */

/* The name of a program; none for any other file. */
static struct text program_of(struct text path)
{
	static const char *const folders[] = { "/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/games/", "/usr/local/bin/" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		struct text name = text_skip(path, strlen(folders[i]));
		if (text_starts(path, text_of(folders[i])) && name.len && !text_has(name, '/'))
			return name;
	}
	return (struct text){ 0 };
}

int debian_programs(int root, const struct dpkg_package *package, struct arena *a, struct texts *out, struct fault *f)
{
	const struct search s = { .root = root, .arena = a };
	LIST(struct text) names = { 0 };
	BUFFER_AUTO bytes = { 0 };
	FD_AUTO info = fs_open(root, DEBIAN_INFO, O_RDONLY | O_DIRECTORY);
	int code = info < 0 ? 0 : read_list(&s, info, package, &bytes, f);
	struct text rest = buffer_view(&bytes), path;
	while (code == 0 && text_cut(&rest, '\n', &path)) {
		struct text name = program_of(path);
		if (name.len)
			LIST_PUSH(&names, a, arena_copy(a, name));
	}
	*out = LIST_TEXTS(names);
	texts_sort_unique(out);
	return code;
}
