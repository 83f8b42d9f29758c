#include "store/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "format/nar.h"
#include "format/storepath.h"
#include "sys/fs.h"

/* An open directory and what is left of it. */
struct level {
	int fd;              /* the directory */
	const char *name;    /* its own */
	struct arena arena;  /* holds the names */
	struct texts names;  /* sorted */
	size_t next;         /* of names */
};

struct dump_walk {
	struct level levels[NAR_DEPTH_MAX + 1]; /* levels[0] stands for the caller's directory */
	unsigned depth;        /* index of the innermost; 0 before and after the root node's inside */
	int file;              /* the file being read, or -1 */
	uint64_t size, offset; /* of that file */
	bool ended;            /* the root node is out */
	struct buffer out;     /* the block that was handed out last */
	bool handed;           /* has it been handed out? */
};

static int check_seal(const struct stat *st, const char *name, struct fault *f)
{
	mode_t mode = st->st_mode & 07777;
	if (!S_ISLNK(st->st_mode) && mode != 0555 && (mode != 0444 || S_ISDIR(st->st_mode)))
		return fault_set(f, FAULT_VERIFY, "'%s' has mode %04o, not that of a store object", name, (unsigned)mode);
	if (st->st_mtim.tv_sec != 1 || st->st_mtim.tv_nsec != 0)
		return fault_set(f, FAULT_VERIFY, "'%s' has the modification time %lld, not 1", name,
				 (long long)st->st_mtim.tv_sec);
	return 0;
}

static int enter_directory(struct dump_walk *w, int dir, const char *name, struct fault *f)
{
	if (w->depth == NAR_DEPTH_MAX)
		return fault_set(f, FAULT_VERIFY, "'%s' is nested deeper than %d levels", name, NAR_DEPTH_MAX);
	struct level *l = &w->levels[w->depth + 1];
	*l = (struct level){ .fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), .name = name };
	if (l->fd < 0)
		return fault_errno(f, "cannot open '%s'", name);
	w->depth++;
	nar_put_directory(&w->out);
	return fs_list(l->fd, "/", &l->arena, &l->names, f);
}

static int enter_file(struct dump_walk *w, int dir, const char *name, const struct stat *st, struct fault *f)
{
	w->file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (w->file < 0)
		return fault_errno(f, "cannot open '%s'", name);
	w->size = (uint64_t)st->st_size;
	w->offset = 0;
	nar_put_file(&w->out, st->st_mode & S_IXUSR, w->size);
	return 0;
}

static int put_symlink(struct dump_walk *w, int dir, const char *name, struct fault *f)
{
	char target[NAR_TARGET_MAX + 1];
	ssize_t n = readlinkat(dir, name, target, sizeof target);
	if (n < 0)
		return fault_errno(f, "cannot read the symlink '%s'", name);
	nar_put_symlink(&w->out, (struct text){ target, (size_t)n });
	return 0;
}

/* Writes the beginning of a node: all of it for a symlink, the rest by later steps for the others. */
static int begin_node(struct dump_walk *w, int dir, const char *name, struct fault *f)
{
	struct stat st = { 0 };
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
		return fault_errno(f, "cannot look at '%s'", name);
	if (!st.st_mode)
		return w->depth ? fault_set(f, FAULT_VERIFY, "'%s' is missing", name) : fault_set(f, FAULT_VERIFY, "is missing");
	int code = check_seal(&st, name, f);
	if (code < 0)
		return code;
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return enter_directory(w, dir, name, f);
	case S_IFREG:
		return enter_file(w, dir, name, &st, f);
	case S_IFLNK:
		return put_symlink(w, dir, name, f);
	default:
		return fault_set(f, FAULT_VERIFY, "'%s' is neither file, directory nor symlink", name);
	}
}

/* What closes a node that is not the root: its entry. */
static void end_node(struct dump_walk *w)
{
	if (w->depth > 0)
		nar_put_entry_end(&w->out);
	else
		w->ended = true;
}

static int read_file(struct dump_walk *w, struct fault *f)
{
	if (w->offset == w->size) {
		nar_put_file_end(&w->out, w->size);
		fs_close(&w->file);
		end_node(w);
		return 0;
	}
	char block[16384];
	uint64_t left = w->size - w->offset;
	ssize_t n = pread(w->file, block, left < sizeof block ? (size_t)left : sizeof block, (off_t)w->offset);
	if (n < 0)
		return errno == EINTR ? 0 : fault_errno(f, "cannot read a file");
	if (n == 0)
		return fault_set(f, FAULT_VERIFY, "a file became shorter while it was read");
	buffer_add(&w->out, block, (size_t)n);
	w->offset += (uint64_t)n;
	return 0;
}

static void leave_directory(struct dump_walk *w)
{
	struct level *l = &w->levels[w->depth--];
	fs_close(&l->fd);
	arena_drop(&l->arena);
}

static int step(struct dump_walk *w, struct fault *f)
{
	if (w->file >= 0)
		return read_file(w, f);
	struct level *l = &w->levels[w->depth];
	if (l->next == l->names.count) {
		leave_directory(w);
		nar_put_directory_end(&w->out);
		end_node(w);
		return 0;
	}
	struct text name = l->names.at[l->next++];
	nar_put_entry(&w->out, name);
	unsigned depth = w->depth;
	int code = begin_node(w, l->fd, name.at, f);
	if (code == 0 && w->file < 0 && w->depth == depth)
		end_node(w);
	return code;
}

/* Says in which directory of the object, innermost last to come first. */
static int say_where(const struct dump_walk *w, int code, struct fault *f)
{
	for (unsigned i = w->depth; i > 1; i--)
		fault_wrap(f, "in '%s'", w->levels[i].name);
	return code;
}

static int dump_next(struct stream *s, struct text *block, struct fault *f)
{
	struct dump_walk *w = ((struct dump *)s)->walk;
	int code = 0;
	if (w->handed)
		buffer_reset(&w->out);
	w->handed = true;
	while (code == 0 && !w->ended && w->out.len < BLOCK_BYTES)
		code = step(w, f);
	*block = buffer_view(&w->out);
	return code < 0 ? say_where(w, code, f) : 0;
}

int dump_open(struct dump *d, int dir, const char *name, struct fault *f)
{
	struct dump_walk *w = calloc(1, sizeof *w);
	*d = (struct dump){ .stream = { .next = dump_next }, .walk = w };
	if (!w)
		return fault_errno(f, "dump");
	w->file = -1;
	nar_put_magic(&w->out);
	int code = begin_node(w, dir, name, f);
	if (code == 0 && w->file < 0 && w->depth == 0)
		w->ended = true;
	return code;
}

void dump_close(struct dump *d)
{
	if (!d->walk)
		return;
	while (d->walk->depth > 0)
		leave_directory(d->walk);
	fs_close(&d->walk->file);
	buffer_drop(&d->walk->out);
	free(d->walk);
	d->walk = NULL;
}

int dump_check(int dir, const struct lock_path *path, struct fault *f)
{
	char name[STOREPATH_BASE_MAX + 1];
	struct dump dump;
	struct stream_check check;
	snprintf(name, sizeof name, TEXT_F, TEXT_A(path->path));
	int code = dump_open(&dump, dir, name, f);
	if (code == 0) {
		stream_check_open(&check, &dump.stream, path->nar_size, &path->nar_digest, "content");
		code = nar_parse(&check.stream, NULL, NULL, f);
		stream_check_close(&check);
	}
	dump_close(&dump);
	return code;
}
