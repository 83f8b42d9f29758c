#include "store/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "format/narinfo.h"
#include "format/storepath.h"
#include "sys/crypto.h"
#include "sys/fs.h"
#include "sys/stream.h"

#define USER_AGENT "nixgraft/" NIXGRAFT_VERSION

static int cache_make(struct cache *c, struct text url, struct arena *a, struct fault *f)
{
	while (url.len && text_ends(url, TEXT("/")))
		url.len--;
	*c = (struct cache){ .url = arena_copy(a, url) };
	if (url.len > URL_MAX)
		return fault_set(f, FAULT_USAGE, "the URL of a cache has %zu bytes, at most %d are allowed", url.len, URL_MAX);
	if (text_has(url, '?') || text_has(url, '#'))
		return fault_set(f, FAULT_USAGE, "cache '" TEXT_F "': must be a plain URL without query or fragment",
				 TEXT_A(url));
	if (text_starts(url, TEXT("file:///")))
		c->folder = text_skip(c->url, strlen("file://")).at;
	else if (!text_starts(url, TEXT("https://")) && !text_starts(url, TEXT("http://")))
		return fault_set(f, FAULT_USAGE, "cache '" TEXT_F "': must begin with https://, http:// or file:///",
				 TEXT_A(url));
	return 0;
}

static bool is_known(const struct caches *c, struct text url)
{
	for (size_t i = 0; i < c->count; i++)
		if (text_equal(c->at[i].url, url))
			return true;
	return false;
}

int caches_open(struct caches *c, struct texts urls, bool offline, struct arena *a, struct fault *f)
{
	*c = (struct caches){ .at = arena_alloc(a, urls.count, sizeof *c->at), .arena = a };
	bool far = false;
	for (size_t i = 0; i < urls.count; i++) {
		int code = cache_make(&c->at[c->count], urls.at[i], a, f);
		if (code < 0)
			return code;
		if ((offline && !c->at[c->count].folder) || is_known(c, c->at[c->count].url))
			continue;
		far |= !c->at[c->count++].folder;
	}
	if (!c->count)
		return fault_set(f, FAULT_USAGE, "%s",
				 offline ? "--offline, and no cache is a file:// one; name one with --cache file:///DIR"
					 : "no cache; name one with --cache URL");
	return far ? http_open(&c->http, USER_AGENT, f) : 0;
}

void caches_close(struct caches *c)
{
	http_close(c->http);
	c->http = NULL;
}

static const char *url_of(struct caches *c, size_t which, struct text part)
{
	return arena_printf(c->arena, TEXT_F "/" TEXT_F, TEXT_A(c->at[which].url), TEXT_A(part)).at;
}

static const char *file_of(struct caches *c, size_t which, struct text part)
{
	return arena_printf(c->arena, "%s/" TEXT_F, c->at[which].folder, TEXT_A(part)).at;
}

/* ---- small texts ---- */

/* A small text on its way. */
struct asking {
	struct http_request request;
	struct buffer bytes; /* so far */
	struct text *text;   /* where it goes */
	struct arena *arena; /* that it goes to */
};

static int asking_body(struct http_request *r, struct text bytes, struct fault *f)
{
	struct asking *ask = r->context;
	(void)f;
	buffer_add(&ask->bytes, bytes.at, bytes.len);
	return 0;
}

static int asking_restart(struct http_request *r, struct fault *f)
{
	struct asking *ask = r->context;
	(void)f;
	buffer_reset(&ask->bytes);
	return 0;
}

static int asking_done(struct http_request *r, int code, enum http_answer answer, struct fault *f)
{
	struct asking *ask = r->context;
	(void)f;
	if (code == 0 && answer == HTTP_FOUND)
		*ask->text = arena_copy(ask->arena, buffer_view(&ask->bytes));
	buffer_drop(&ask->bytes);
	return code;
}

/* Small files to be got. */
struct wanted {
	size_t which;        /* the cache to ask */
	struct texts names;  /* below the cache */
	size_t max;          /* bytes of one */
	struct text *answers; /* one for each name; none when the cache does not have it */
};

static int ask_far(struct caches *c, const struct wanted *w, struct fault *f)
{
	struct asking *asks = arena_alloc(c->arena, w->names.count, sizeof *asks);
	for (size_t i = 0; i < w->names.count; i++) {
		asks[i] = (struct asking){ .text = &w->answers[i], .arena = c->arena };
		asks[i].request = (struct http_request){ .url = url_of(c, w->which, w->names.at[i]),
							 .max = w->max,
							 .body = asking_body,
							 .restart = asking_restart,
							 .done = asking_done,
							 .context = &asks[i] };
		http_add(c->http, &asks[i].request);
	}
	int code = http_run(c->http, f);
	for (size_t i = 0; i < w->names.count; i++)
		buffer_drop(&asks[i].bytes);
	return code;
}

static int ask_near(struct caches *c, const struct wanted *w, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	int code = 0;
	for (size_t i = 0; code >= 0 && i < w->names.count; i++) {
		const char *path = file_of(c, w->which, w->names.at[i]);
		struct stat st;
		if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
			continue;
		code = fs_read_host(path, w->max, &bytes, f);
		if (code == 0)
			w->answers[i] = arena_copy(c->arena, buffer_view(&bytes));
	}
	return code < 0 ? code : 0;
}

static int ask(struct caches *c, const struct wanted *w, struct fault *f)
{
	for (size_t i = 0; i < w->names.count; i++)
		w->answers[i] = (struct text){ 0 };
	return c->at[w->which].folder ? ask_near(c, w, f) : ask_far(c, w, f);
}

int caches_check(struct caches *c, struct fault *f)
{
	for (size_t i = 0; i < c->count; i++) {
		struct text name = TEXT("nix-cache-info"), info;
		struct wanted wanted = { i, { &name, 1 }, CACHE_INFO_MAX, &info };
		int code = ask(c, &wanted, f);
		if (code == 0 && info.at)
			code = narinfo_cache_info(info, f);
		if (code < 0)
			return fault_wrap(f, "cache " TEXT_F, TEXT_A(c->at[i].url));
	}
	return 0;
}

int cache_narinfos(struct caches *c, size_t which, struct texts paths, struct text *answers, struct fault *f)
{
	struct text *names = arena_alloc(c->arena, paths.count, sizeof *names);
	struct wanted wanted = { which, { names, paths.count }, NARINFO_MAX, answers };
	for (size_t i = 0; i < paths.count; i++)
		names[i] = arena_printf(c->arena, TEXT_F ".narinfo", TEXT_A(storepath_hash(paths.at[i])));
	return ask(c, &wanted, f);
}

/* ---- files that nobody described ---- */

/* A file being measured. */
struct measuring {
	struct http_request request;
	struct cache_unknown *file; /* what is learnt */
	struct hasher *hasher;      /* over the bytes so far */
	const char *cache;          /* for messages */
};

static int measuring_body(struct http_request *r, struct text bytes, struct fault *f)
{
	struct measuring *m = r->context;
	(void)f;
	hasher_add(m->hasher, bytes.at, bytes.len);
	m->file->size += bytes.len;
	return 0;
}

static int measuring_restart(struct http_request *r, struct fault *f)
{
	struct measuring *m = r->context;
	(void)f;
	(void)hasher_end(m->hasher);
	m->file->size = 0;
	return 0;
}

static int measuring_done(struct http_request *r, int code, enum http_answer answer, struct fault *f)
{
	struct measuring *m = r->context;
	if (code < 0)
		return code;
	if (answer == HTTP_MISSING)
		return fault_set(f, FAULT_NETWORK, "%s: the narinfo names this file, and the cache does not have it",
				 r->url);
	m->file->digest = hasher_end(m->hasher);
	return 0;
}

static int measure_far(struct caches *c, size_t which, struct cache_unknown *files, size_t count, struct fault *f)
{
	struct measuring *all = arena_alloc(c->arena, count, sizeof *all);
	for (size_t i = 0; i < count; i++) {
		all[i] = (struct measuring){ .file = &files[i], .hasher = hasher_make() };
		all[i].request = (struct http_request){ .url = url_of(c, which, files[i].url),
							.max = files[i].max,
							.body = measuring_body,
							.restart = measuring_restart,
							.done = measuring_done,
							.context = &all[i] };
		http_add(c->http, &all[i].request);
	}
	int code = http_run(c->http, f);
	for (size_t i = 0; i < count; i++)
		hasher_drop(all[i].hasher);
	return code;
}

static int near_open(struct caches *c, size_t which, struct text url, int *fd, struct fault *f)
{
	const char *path = file_of(c, which, url);
	struct stat st;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd >= 0 && fstat(*fd, &st) == 0 && !S_ISREG(st.st_mode))
		return fault_set(f, FAULT_NETWORK, "%s: not a regular file", path);
	if (*fd >= 0)
		return 0;
	return errno == ENOENT ? fault_set(f, FAULT_NETWORK, "%s: no such file in the cache", path)
			       : fault_errno(f, "cannot read %s", path);
}

static int measure_near(struct caches *c, size_t which, struct cache_unknown *file, struct fault *f)
{
	FD_AUTO fd = -1;
	struct text block = { 0 };
	struct stream_fd *from = arena_alloc(c->arena, 1, sizeof *from);
	struct hasher *hasher = hasher_make();
	int code = near_open(c, which, file->url, &fd, f);
	if (code == 0)
		stream_fd_open(from, fd, file->url.at);
	while (code == 0 && (code = stream_next(&from->stream, &block, f)) == 0 && block.len) {
		hasher_add(hasher, block.at, block.len);
		file->size += block.len;
		if (file->size > file->max)
			code = fault_set(f, FAULT_VERIFY, "%s: longer than any compression of its NAR", file->url.at);
		if (code < 0)
			break;
	}
	file->digest = hasher_end(hasher);
	hasher_drop(hasher);
	return code;
}

int cache_measure(struct caches *c, size_t which, struct cache_unknown *files, size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		files[i].size = 0;
	if (!c->at[which].folder)
		return measure_far(c, which, files, count, f);
	int code = 0;
	for (size_t i = 0; code == 0 && i < count; i++)
		code = measure_near(c, which, &files[i], f);
	return code;
}

/* ---- presence ---- */

/* A file being looked for. */
struct looking {
	struct http_request request;
	bool found; /* is it there? */
};

static int looking_done(struct http_request *r, int code, enum http_answer answer, struct fault *f)
{
	struct looking *l = r->context;
	(void)f;
	l->found = code == 0 && answer == HTTP_FOUND;
	return code;
}

/* The k-th cache to ask for a file: the one that the lock names comes first, the others keep their order. */
static size_t candidate(const struct caches *c, const struct lock_path *p, size_t k)
{
	size_t named = 0;
	while (named < c->count && !text_equal(c->at[named].url, p->cache))
		named++;
	if (named == c->count)
		return k;
	return k == 0 ? named : k <= named ? k - 1 : k;
}

static bool near_has(struct caches *c, size_t which, struct text url)
{
	return access(file_of(c, which, url), F_OK) == 0;
}

/* Asks the k-th candidate of each file that is not found yet. */
static int look(struct caches *c, struct cache_files files, size_t k, struct looking *looks, struct fault *f)
{
	bool far = false;
	for (size_t i = 0; i < files.count; i++) {
		struct cache_file *file = &files.at[i];
		if (looks[i].found)
			continue;
		file->which = candidate(c, file->path, k);
		if (c->at[file->which].folder) {
			looks[i].found = near_has(c, file->which, file->path->url);
			continue;
		}
		looks[i].request = (struct http_request){ .url = url_of(c, file->which, file->path->url),
							  .head = true,
							  .done = looking_done,
							  .context = &looks[i] };
		http_add(c->http, &looks[i].request);
		far = true;
	}
	return far ? http_run(c->http, f) : 0;
}

/* The first cache whose folder is not there, or NULL. */
static const struct cache *without_folder(const struct caches *c)
{
	struct stat st;
	for (size_t i = 0; i < c->count; i++)
		if (c->at[i].folder && stat(c->at[i].folder, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
			return &c->at[i];
	return NULL;
}

static int complain(const struct caches *c, const struct lock_path *first, size_t missing, struct fault *f)
{
	const struct cache *gone = without_folder(c);
	if (gone)
		return fault_set(f, FAULT_NETWORK, "cache " TEXT_F ": there is no such folder, and %zu file%s in none of the caches; mount "
				 "it, or name another cache with --cache URL", TEXT_A(gone->url), missing, missing == 1 ? " is" : "s are");
	return fault_set(f, FAULT_NETWORK,
			 "the file " TEXT_F " of " STORE_PREFIX TEXT_F " is in none of the caches (" TEXT_F "%s); %zu "
			 "file%s missing; name another cache with --cache URL",
			 TEXT_A(first->url), TEXT_A(first->path), TEXT_A(c->at[0].url),
			 c->count > 1 ? " and the others" : "", missing, text_plural(missing));
}

int cache_locate(struct caches *c, struct cache_files files, struct fault *f)
{
	struct looking *looks = arena_alloc(c->arena, files.count, sizeof *looks);
	int code = 0;
	for (size_t k = 0; code == 0 && k < c->count; k++)
		code = look(c, files, k, looks, f);
	if (code < 0)
		return code;
	size_t missing = 0, first = 0;
	for (size_t i = files.count; i-- > 0;)
		if (!looks[i].found) {
			missing++;
			first = i;
		}
	return missing ? complain(c, files.at[first].path, missing, f) : 0;
}

const char *cache_address(struct caches *c, const struct cache_file *file)
{
	bool near = c->at[file->which].folder;
	return near ? file_of(c, file->which, file->path->url) : url_of(c, file->which, file->path->url);
}

int cache_open_near(struct caches *c, const struct cache_file *file, int *fd, struct fault *f)
{
	return near_open(c, file->which, file->path->url, fd, f);
}
