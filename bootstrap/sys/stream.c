#include "sys/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

int stream_next(struct stream *s, struct text *block, struct fault *f)
{
	*block = (struct text){ 0 };
	if (s->failed)
		return fault_set(f, s->failed, "a stream was read again after it had failed");
	s->failed = s->next(s, block, f);
	if (s->failed)
		*block = (struct text){ 0 };
	return s->failed;
}

int stream_drain(struct stream *s, struct fault *f)
{
	struct text block;
	int code;

	do
		code = stream_next(s, &block, f);
	while (!code && block.len);
	return code;
}

static int memory_next(struct stream *s, struct text *block, struct fault *f)
{
	struct stream_memory *m = (struct stream_memory *)s;

	(void)f;
	*block = m->rest;
	m->rest = (struct text){ 0 };
	return 0;
}

void stream_memory_open(struct stream_memory *m, struct text bytes)
{
	*m = (struct stream_memory){ .stream.next = memory_next, .rest = bytes };
}

static int fd_next(struct stream *s, struct text *block, struct fault *f)
{
	struct stream_fd *source = (struct stream_fd *)s;
	ssize_t got;

	do
		got = pread(source->fd, source->block, sizeof source->block, (off_t)source->offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fault_errno(f, "%s: cannot read at byte %" PRIu64, source->what, source->offset);
	source->offset += (uint64_t)got;
	*block = (struct text){ source->block, (size_t)got };
	return 0;
}

void stream_fd_open(struct stream_fd *s, int fd, const char *what)
{
	/* Field by field: a compound literal would clear the block, too. */
	s->stream = (struct stream){ .next = fd_next };
	s->fd = fd;
	s->offset = 0;
	s->what = what;
}

static int check_end(struct stream_check *c, struct fault *f)
{
	char want[DIGEST_SRI_SIZE], have[DIGEST_SRI_SIZE];
	struct digest digest;

	if (c->seen < c->size)
		return fault_set(f, FAULT_VERIFY, "%s: ends after %" PRIu64 " bytes, pinned are %" PRIu64, c->what,
				 c->seen, c->size);
	digest = hasher_end(c->hasher);
	stream_check_close(c);
	if (!digest_equal(&digest, &c->digest))
		return fault_set(f, FAULT_VERIFY, "%s: has digest %s, pinned is %s", c->what, digest_sri(&digest, have),
				 digest_sri(&c->digest, want));
	return 0;
}

static int check_next(struct stream *s, struct text *block, struct fault *f)
{
	struct stream_check *c = (struct stream_check *)s;
	int code;

	if (!c->hasher)
		return 0;
	code = stream_next(c->inner, block, f);
	if (code)
		return code;
	if (!block->len)
		return check_end(c, f);
	if (block->len > c->size - c->seen)
		return fault_set(f, FAULT_VERIFY, "%s: goes on after the %" PRIu64 " bytes that are pinned", c->what,
				 c->size);
	c->seen += block->len;
	hasher_add(c->hasher, block->at, block->len);
	return 0;
}

void stream_check_open(struct stream_check *c, struct stream *inner, uint64_t size, const struct digest *digest,
		       const char *what)
{
	*c = (struct stream_check){ .stream.next = check_next,
				    .inner = inner,
				    .hasher = hasher_make(),
				    .size = size,
				    .digest = *digest,
				    .what = what };
}

void stream_check_close(struct stream_check *c)
{
	hasher_drop(c->hasher);
	c->hasher = NULL;
}
