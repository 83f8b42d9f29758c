#include "store/fetch.h"

#include "base/bounds.h"
#include "store/spool.h"
#include "sys/fs.h"
#include "sys/stream.h"

/* All that is under way. */
struct fetch {
	struct caches *caches;
	int spool;                      /* the spool directory */
	struct cache_files files;       /* in order */
	size_t next;                    /* the next one to start */
	const struct fetch_sink *sink;
};

/* A file under way from afar. */
struct incoming {
	struct http_request request;
	struct spool spool;
	const struct cache_file *file;
	struct fetch *fetch;
};

static int wrap(const struct fetch *h, const struct cache_file *file, struct fault *f)
{
	return fault_wrap(f, STORE_PREFIX TEXT_F ": %s", TEXT_A(file->path->path), cache_address(h->caches, file));
}

static int open_spool(struct fetch *h, struct spool *s, const struct cache_file *file, struct fault *f)
{
	uint64_t size = file->path->file_size;
	bool in_memory = size <= SPOOL_MEMORY_MAX && h->sink->in_memory(h->sink->context, size);
	return spool_open(s, h->spool, in_memory, file->path, f);
}

/* Hands a whole file over. *again: it is not right, and part of it was an earlier run's, so it is worth another try. */
static int hand_over(struct fetch *h, struct spool *s, const struct cache_file *file, bool *again, struct fault *f)
{
	int fd = -1;
	bool resumed = s->resumed;
	int code = spool_end(s, &fd, f);
	*again = code == FAULT_VERIFY && resumed;
	if (*again)
		fault_clear(f);
	if (code < 0)
		return *again ? 0 : wrap(h, file, f);
	return h->sink->file(h->sink->context, file, fd, f);
}

/* ---- near ---- */

static int copy_near(struct fetch *h, struct spool *s, const struct cache_file *file, struct fault *f)
{
	FD_AUTO fd = -1;
	struct stream_fd from;
	struct text block;
	int code = cache_open_near(h->caches, file, &fd, f);
	if (code == 0)
		code = spool_restart(s, f); /* copying it all is as quick as reading what is there */
	if (code < 0)
		return code;
	stream_fd_open(&from, fd, cache_address(h->caches, file));
	while ((code = stream_next(&from.stream, &block, f)) == 0 && block.len) {
		code = spool_write(s, block, f);
		if (code < 0)
			break;
		h->sink->progress(h->sink->context, block.len);
	}
	return code < 0 ? wrap(h, file, f) : 0;
}

static int fetch_near(struct fetch *h, const struct cache_file *file, struct fault *f)
{
	struct spool spool = { .fd = -1 };
	bool again;
	int code = open_spool(h, &spool, file, f);
	if (code == 0)
		code = copy_near(h, &spool, file, f);
	if (code == 0)
		code = hand_over(h, &spool, file, &again, f);
	spool_close(&spool);
	return code;
}

/* ---- far ---- */

static int on_body(struct http_request *r, struct text bytes, struct fault *f)
{
	struct incoming *in = r->context;
	int code = spool_write(&in->spool, bytes, f);
	if (code == 0)
		in->fetch->sink->progress(in->fetch->sink->context, bytes.len);
	return code;
}

static int on_restart(struct http_request *r, struct fault *f)
{
	return spool_restart(&((struct incoming *)r->context)->spool, f);
}

static int start(struct fetch *h, struct incoming *in, const struct cache_file *file, struct fault *f);
static int start_more(struct fetch *h, struct incoming *in, struct fault *f);

/* Closes the place; a file that is worth another try takes it again. */
static int settle(struct fetch *h, struct incoming *in, struct fault *f)
{
	bool again;
	int code = hand_over(h, &in->spool, in->file, &again, f);
	spool_close(&in->spool);
	return code == 0 && again ? start(h, in, in->file, f) : code;
}

static int on_done(struct http_request *r, int code, enum http_answer answer, struct fault *f)
{
	struct incoming *in = r->context;
	struct fetch *h = in->fetch;
	if (code == 0 && answer == HTTP_MISSING)
		code = fault_set(f, FAULT_NETWORK, "the cache does not have it (any more)");
	if (code < 0)
		wrap(h, in->file, f);
	else
		code = settle(h, in, f);
	if (code < 0)
		spool_close(&in->spool);
	return code < 0 ? code : start_more(h, in, f);
}

/* Begins a file; one that an earlier run left whole is handed over at once. */
static int start(struct fetch *h, struct incoming *in, const struct cache_file *file, struct fault *f)
{
	*in = (struct incoming){ .file = file, .fetch = h, .spool = { .fd = -1 } };
	int code = open_spool(h, &in->spool, file, f);
	if (code < 0)
		return code;
	if (in->spool.have == in->spool.size)
		return settle(h, in, f);
	in->request = (struct http_request){ .url = cache_address(h->caches, file),
					     .max = file->path->file_size,
					     .have = in->spool.have,
					     .body = on_body,
					     .restart = on_restart,
					     .done = on_done,
					     .context = in };
	http_add(h->caches->http, &in->request);
	return 0;
}

/* Puts the next file that needs a request into the free place `in`; those that need none are done on the way. */
static int start_more(struct fetch *h, struct incoming *in, struct fault *f)
{
	int code = 0;
	while (code == 0 && h->next < h->files.count && in->spool.fd < 0) {
		const struct cache_file *file = &h->files.at[h->next++];
		bool near = h->caches->at[file->which].folder;
		code = near ? fetch_near(h, file, f) : start(h, in, file, f);
	}
	return code;
}

static void on_tick(void *context)
{
	const struct fetch_sink *sink = context;
	sink->progress(sink->context, 0);
}

int fetch_files(struct caches *c, int spool, struct cache_files files, const struct fetch_sink *sink, struct fault *f)
{
	struct fetch h = { .caches = c, .spool = spool, .files = files, .sink = sink };
	size_t places = files.count < HTTP_IN_FLIGHT ? files.count : HTTP_IN_FLIGHT;
	struct incoming *all = arena_alloc(c->arena, places, sizeof *all);
	int code = 0;
	for (size_t i = 0; i < places; i++)
		all[i].spool.fd = -1;
	for (size_t i = 0; code == 0 && i < places; i++)
		code = start_more(&h, &all[i], f);
	if (code == 0 && c->http) {
		http_while_waiting(c->http, on_tick, (void *)sink);
		code = http_run(c->http, f);
		http_while_waiting(c->http, NULL, NULL);
	}
	for (size_t i = 0; i < places; i++)
		spool_close(&all[i].spool);
	return code;
}
