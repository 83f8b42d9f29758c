#include "store/install.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "store/fetch.h"
#include "store/spool.h"
#include "sys/filter.h"
#include "sys/fs.h"
#include "sys/pool.h"

#define FILES_WAITING 32 /* fetched files, each an open descriptor, that may wait for a worker */

/* ---- what stands there already ---- */

/* A path to be looked at. */
struct candidate {
	const struct lock_path *path;
	bool right; /* found right */
};

static int adopt_work(void *context, void *job, struct fault *f)
{
	struct candidate *c = job;
	return store_adopt(context, c->path, &c->right, f);
}

static int adopt_all(struct store *s, struct candidate *all, size_t count, unsigned jobs, struct fault *f)
{
	struct pool *pool;
	struct pool_plan plan = { jobs, count ? count : 1, adopt_work, s };
	int code = pool_open(&pool, &plan, f);
	if (code < 0)
		return code;
	for (size_t i = 0; i < count; i++)
		pool_push(pool, &all[i]);
	return pool_close(pool, true, f);
}

int install_adopt(struct store *s, unsigned jobs, struct install_paths *paths, struct fault *f)
{
	struct arena scratch = { 0 };
	struct candidate *all = arena_alloc(&scratch, paths->count, sizeof *all);
	for (size_t i = 0; i < paths->count; i++)
		all[i].path = paths->at[i];
	int code = adopt_all(s, all, paths->count, jobs, f);
	size_t front = 0, back = paths->count;
	for (size_t i = 0; i < paths->count; i++)
		paths->at[all[i].right ? --back : front++] = all[i].path;
	paths->fetch = front;
	arena_drop(&scratch);
	return code;
}

/* ---- what comes in ---- */

/* A fetched file. */
struct unpacking {
	const struct lock_path *path;
	int fd; /* the file; closed by the worker, or in the end when it was not its turn any more */
};

/* What fetching thread and workers share. */
struct install {
	struct store *store;
	struct pool *pool;
	struct unpacking *jobs;        /* one for each file, in order of coming in */
	size_t begun;                  /* of jobs */
	const struct install_options *options;
	uint64_t bytes;                /* fetched so far */
	int spool;                     /* the spool directory */
	_Atomic uint64_t in_memory;    /* bytes of files kept in memory */
	_Atomic size_t paths;          /* unpacked so far */
};

static int unpack(struct store *s, const struct lock_path *p, int fd, struct fault *f)
{
	struct stream_fd *file = malloc(sizeof *file);
	struct filter filter;
	if (!file)
		return fault_errno(f, "unpacking");
	stream_fd_open(file, fd, "the spool");
	int code = filter_open(&filter, &file->stream, p->codec, f);
	if (code == 0)
		code = store_add(s, p, &filter.stream, f);
	filter_close(&filter);
	free(file);
	return code < 0 ? fault_wrap(f, STORE_PREFIX TEXT_F, TEXT_A(p->path)) : 0;
}

static void give_back(struct install *in, const struct lock_path *p)
{
	if (p->file_size <= SPOOL_MEMORY_MAX)
		atomic_fetch_sub(&in->in_memory, p->file_size);
}

static int unpack_work(void *context, void *job, struct fault *f)
{
	struct install *in = context;
	struct unpacking *u = job;
	int code = unpack(in->store, u->path, u->fd, f);
	fs_close(&u->fd);
	spool_done(in->spool, u->path);
	give_back(in, u->path);
	atomic_fetch_add(&in->paths, 1);
	return code;
}

static int on_file(void *context, const struct cache_file *file, int fd, struct fault *f)
{
	struct install *in = context;
	struct unpacking *u = &in->jobs[in->begun++];
	*u = (struct unpacking){ file->path, fd };
	if (pool_failed(in->pool))
		return fault_set(f, FAULT_VERIFY, "stopped"); /* the worker's own reason is told instead */
	pool_push(in->pool, u);
	return 0;
}

static void on_progress(void *context, uint64_t bytes)
{
	struct install *in = context;
	in->bytes += bytes;
	if (in->options->progress)
		in->options->progress(in->options->context, in->bytes, atomic_load(&in->paths));
}

static void on_tick(void *context)
{
	on_progress(context, 0);
}

static bool on_in_memory(void *context, uint64_t size)
{
	struct install *in = context;
	uint64_t now = atomic_fetch_add(&in->in_memory, size);
	return now + size <= SPOOL_MEMORY_ALL;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = ((const struct cache_file *)a)->path->file_size, y = ((const struct cache_file *)b)->path->file_size;
	return x < y ? 1 : x > y ? -1 : 0;
}

static int run(struct install *in, struct caches *caches, struct cache_files files, struct fault *f)
{
	struct fetch_sink sink = { on_file, on_progress, on_in_memory, in };
	struct fault worker = { 0 };
	struct pool_plan plan = { in->options->jobs, FILES_WAITING, unpack_work, in };
	int code = pool_open(&in->pool, &plan, f);
	if (code < 0)
		return code;
	pool_while_waiting(in->pool, on_tick);
	code = fetch_files(caches, in->spool, files, &sink, f);
	if (pool_close(in->pool, code == 0, &worker) < 0) {
		*f = worker;
		code = worker.code;
	}
	return code;
}

int install_files(struct store *s, struct caches *caches, struct cache_files files,
		  const struct install_options *options, struct fault *f)
{
	struct arena scratch = { 0 };
	struct install in = { .store = s, .options = options, .spool = -1 };
	if (!files.count)
		return 0;
	in.jobs = arena_alloc(&scratch, files.count, sizeof *in.jobs);
	qsort(files.at, files.count, sizeof *files.at, by_size);
	int code = spool_directory(s->root->fd, &in.spool, f);
	if (code == 0)
		code = run(&in, caches, files, f);
	for (size_t i = 0; i < in.begun; i++)
		fs_close(&in.jobs[i].fd);
	fs_close(&in.spool);
	arena_drop(&scratch);
	return code;
}
