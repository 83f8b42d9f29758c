/* filter: a decompressing stream of the ONE declared codec: zstd, bzip2 and gzip by libarchive's read filters, xz by
 * liblzma (libarchive sets it no memory limit, we XZ_MEMORY_MAX), br by libbrotlidec (libarchive has no such filter).
 *
 * Never guesses a codec and never runs a program: a filter is appended by name, raw format, and anything but
 * ARCHIVE_OK is a fault (an ARCHIVE_WARN would be libarchive running an external program).
 * Concatenated frames are legal (but not in br, which has none), so are zstd's skippable frames and xz's padding; any
 * other byte behind the end is refused, and so is an empty input and one that ends inside a frame. What no decoder sees:
 * a cut exactly between two frames, damage in formats without a checksum (br; zstd may have none), and gzip's checksum,
 * which libarchive does not look at. So a clean end here proves nothing: wrap it in a stream_check. */
#ifndef SYS_FILTER_H
#define SYS_FILTER_H

#include "base/codec.h"
#include "sys/stream.h"

struct filter_decoder; /* the library's state */

/* A decompressing source. */
struct filter {
	struct stream stream;            /* the source */
	struct stream *inner;            /* the compressed bytes; the opener's */
	enum codec codec;                /* declared */
	struct filter_decoder *decoder;  /* NULL for none */
	struct fault *fault;             /* where the inner stream's fault goes while libarchive calls back */
};

/* Opens on `inner`, which must outlive it. FAULT_VERIFY when the bytes are not of that codec (said by stream_next too),
 * FAULT_SYSTEM when the library cannot start. Close after use, also after a fault. */
MUST_CHECK int filter_open(struct filter *x, struct stream *inner, enum codec codec, struct fault *f);
void filter_close(struct filter *x);

#endif
