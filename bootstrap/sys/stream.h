/* stream: pull sources of bytes, stacked by adapters on the caller's stack.
 *
 *     struct stream_fd spool;  stream_fd_open(&spool, fd, ...);
 *     struct stream_check whole; stream_check_open(&whole, &spool.stream, size, digest, "NAR");
 *     while (!(code = stream_next(&whole.stream, &block, fault)) && block.len) ...
 *
 * A source hands out blocks that it owns until the next call: no copies between adapters. A fault is sticky: after
 * it, every further call returns it again. A checked stream's end is an end only when size and hash agree. */
#ifndef SYS_STREAM_H
#define SYS_STREAM_H

#include "base/bounds.h"
#include "base/encode.h"
#include "base/fault.h"
#include "sys/crypto.h"

/* A source; embedded as first member `stream` in each kind. */
struct stream {
	int (*next)(struct stream *s, struct text *block, struct fault *f); /* the kind's own; call stream_next */
	int failed; /* the sticky code, 0 while well */
};

/* The next block, 1 byte or more; block->len == 0 is the end (again at every later call).
 * The bytes belong to the source until the next call. Faults: whatever the stack below meets. */
MUST_CHECK int stream_next(struct stream *s, struct text *block, struct fault *f);

/* Reads to the end and forgets: for its checks only. */
MUST_CHECK int stream_drain(struct stream *s, struct fault *f);

/* Bytes in memory, one block. */
struct stream_memory {
	struct stream stream; /* the source */
	struct text rest;     /* what is still to come; the opener's bytes */
};
void stream_memory_open(struct stream_memory *m, struct text bytes);

/* A file descriptor, from offset 0, by pread: the descriptor's own offset is neither used nor moved, and the caller
 * closes it. `what` (the opener's) names it in FAULT_SYSTEM messages. */
struct stream_fd {
	struct stream stream;     /* the source */
	int fd;                   /* the opener's */
	uint64_t offset;          /* bytes handed out */
	const char *what;         /* its name in messages */
	char block[BLOCK_BYTES];  /* the last block */
};
void stream_fd_open(struct stream_fd *s, int fd, const char *what);

/* Another source that must give exactly `size` bytes of digest `digest`; each block passes through as it is.
 * FAULT_VERIFY "<what>: ..." when longer (at the first byte too many), shorter, or of another digest. */
struct stream_check {
	struct stream stream;   /* the source */
	struct stream *inner;   /* the opener's */
	struct hasher *hasher;  /* NULL once the end was checked */
	uint64_t size;          /* bytes expected */
	uint64_t seen;          /* bytes so far */
	struct digest digest;   /* expected */
	const char *what;       /* its name in messages */
};
void stream_check_open(struct stream_check *c, struct stream *inner, uint64_t size, const struct digest *digest,
		       const char *what);
void stream_check_close(struct stream_check *c);

#endif
