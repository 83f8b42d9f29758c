#include "sys/filter.h"

#include <errno.h>
#include <stdlib.h>

#include <archive.h>
#include <brotli/decode.h>
#include <lzma.h>

struct filter_decoder {
	struct archive *archive;    /* libarchive's, or NULL */
	int64_t given;              /* libarchive: bytes of the inner stream that were handed to it */
	BrotliDecoderState *brotli; /* libbrotlidec's, or NULL */
	lzma_stream xz;             /* liblzma's */
	struct text input;          /* not libarchive: the inner block, for brotli what is left of it */
	bool ended;                 /* the end has been checked */
	uint8_t block[BLOCK_BYTES]; /* xz: what was decoded */
};

static int refuse(const struct filter *x, struct fault *f, const char *reason)
{
	return fault_set(f, FAULT_VERIFY, "the %s data is damaged: %s", codec_name(x->codec), reason);
}

/* The decoder has come to its end: so must the inner stream, of which bytes may be `left` that it did not want. */
static int check_end(struct filter *x, bool left, struct fault *f)
{
	struct text block = { 0 };
	int code = left ? 0 : stream_next(x->inner, &block, f);

	if (code)
		return code;
	if (left || block.len)
		return refuse(x, f, "bytes follow its end");
	x->decoder->ended = true;
	return 0;
}

/* ---- none ---- */

static int plain_next(struct stream *s, struct text *block, struct fault *f)
{
	return stream_next(((struct filter *)s)->inner, block, f);
}

static int plain_begin(struct filter *x, struct fault *f)
{
	(void)x, (void)f;
	return 0;
}

/* ---- zstd, bzip2, gzip by libarchive ---- */

static la_ssize_t archive_pull(struct archive *a, void *context, const void **bytes)
{
	struct filter *x = context;
	struct text block;

	if (stream_next(x->inner, &block, x->fault)) {
		archive_set_error(a, EIO, "the source has failed");
		return ARCHIVE_FATAL;
	}
	x->decoder->given += (int64_t)block.len;
	*bytes = block.at;
	return (la_ssize_t)block.len;
}

static int archive_next(struct stream *s, struct text *block, struct fault *f)
{
	struct filter *x = (struct filter *)s;
	struct filter_decoder *d = x->decoder;
	const void *bytes;
	la_int64_t offset;
	size_t len;
	int status;

	if (d->ended)
		return 0;
	do {
		x->fault = f;
		status = archive_read_data_block(d->archive, &bytes, &len, &offset);
		x->fault = NULL;
		/* Some of libarchive's filters take a failing source for an ending one. */
		if (x->inner->failed)
			return x->inner->failed;
	} while (status == ARCHIVE_OK && !len);
	if (status == ARCHIVE_EOF)
		return check_end(x, archive_filter_bytes(d->archive, -1) != d->given, f);
	if (status != ARCHIVE_OK)
		return refuse(x, f, archive_error_string(d->archive));
	*block = (struct text){ bytes, len };
	return 0;
}

static int archive_begin(struct filter *x, struct fault *f)
{
	static const int codes[CODEC_COUNT] = { [CODEC_ZSTD] = ARCHIVE_FILTER_ZSTD,
						[CODEC_BZIP2] = ARCHIVE_FILTER_BZIP2,
						[CODEC_GZIP] = ARCHIVE_FILTER_GZIP };
	struct archive *a = x->decoder->archive = archive_read_new();
	struct archive_entry *entry;
	int status;

	if (!a)
		fault_no_memory();
	if (archive_read_append_filter(a, codes[x->codec]) != ARCHIVE_OK ||
	    archive_read_support_format_raw(a) != ARCHIVE_OK)
		return fault_set(f, FAULT_SYSTEM, "this program's libarchive cannot decode %s by itself: %s",
				 codec_name(x->codec), archive_error_string(a));
	x->fault = f;
	status = archive_read_open(a, x, NULL, archive_pull, NULL);
	if (status == ARCHIVE_OK)
		status = archive_read_next_header(a, &entry);
	x->fault = NULL;
	if (x->inner->failed)
		return x->inner->failed;
	/* The raw format sees no archive in nothing; no NAR is empty. */
	return status == ARCHIVE_OK ? 0 : refuse(x, f, "it does not begin as such, or there is nothing in it");
}

static void archive_end(struct filter_decoder *d)
{
	archive_read_free(d->archive);
}

/* ---- xz by liblzma: libarchive sets it no memory limit ---- */

static int xz_refuse(const struct filter *x, lzma_ret result, struct fault *f)
{
	static const char *const reasons[] = {
		[LZMA_MEMLIMIT_ERROR] = "it asks for more than 1 GiB of memory",
		[LZMA_FORMAT_ERROR] = "it does not begin as such, or something else follows its end",
		[LZMA_OPTIONS_ERROR] = "it uses unknown options",
		[LZMA_DATA_ERROR] = "a checksum or a field is wrong",
		[LZMA_BUF_ERROR] = "it ends too early",
	};
	const char *reason = result < sizeof reasons / sizeof *reasons ? reasons[result] : NULL;

	if (result == LZMA_MEM_ERROR)
		fault_no_memory();
	return refuse(x, f, reason ? reason : "liblzma cannot go on");
}

static int xz_step(struct filter *x, struct fault *f)
{
	struct filter_decoder *d = x->decoder;
	lzma_ret result;

	if (!d->xz.avail_in) {
		int code = stream_next(x->inner, &d->input, f);

		if (code)
			return code;
		d->xz.next_in = (const uint8_t *)d->input.at;
		d->xz.avail_in = d->input.len;
	}
	/* Another frame may follow: only the end of the source is the end. */
	result = lzma_code(&d->xz, d->xz.avail_in ? LZMA_RUN : LZMA_FINISH);
	d->ended = result == LZMA_STREAM_END;
	return result == LZMA_OK || d->ended ? 0 : xz_refuse(x, result, f);
}

static int xz_next(struct stream *s, struct text *block, struct fault *f)
{
	struct filter *x = (struct filter *)s;
	struct filter_decoder *d = x->decoder;

	d->xz.next_out = d->block;
	d->xz.avail_out = sizeof d->block;
	while (d->xz.avail_out && !d->ended) {
		int code = xz_step(x, f);

		if (code)
			return code;
	}
	*block = (struct text){ (const char *)d->block, sizeof d->block - d->xz.avail_out };
	return 0;
}

static int xz_begin(struct filter *x, struct fault *f)
{
	x->decoder->xz = (lzma_stream)LZMA_STREAM_INIT;
	if (lzma_stream_decoder(&x->decoder->xz, XZ_MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK)
		return 0;
	return fault_set(f, FAULT_SYSTEM, "cannot start liblzma");
}

static void xz_end(struct filter_decoder *d)
{
	lzma_end(&d->xz);
}

/* ---- brotli by libbrotlidec ---- */

static int brotli_step(struct filter *x, struct fault *f)
{
	struct filter_decoder *d = x->decoder;
	const uint8_t *next;
	size_t left, room = 0;

	if (!d->input.len) {
		int code = stream_next(x->inner, &d->input, f);

		if (code)
			return code;
		if (!d->input.len)
			return refuse(x, f, "it ends too early");
	}
	next = (const uint8_t *)d->input.at;
	left = d->input.len;
	if (BrotliDecoderDecompressStream(d->brotli, &left, &next, &room, NULL, NULL) == BROTLI_DECODER_RESULT_ERROR)
		return refuse(x, f, BrotliDecoderErrorString(BrotliDecoderGetErrorCode(d->brotli)));
	d->input = text_skip(d->input, d->input.len - left);
	return 0;
}

static int brotli_next(struct stream *s, struct text *block, struct fault *f)
{
	struct filter *x = (struct filter *)s;
	struct filter_decoder *d = x->decoder;
	size_t len = 0;

	while (!d->ended) {
		/* The decoder's own window, valid until the next step: no copy. */
		const uint8_t *bytes = BrotliDecoderTakeOutput(d->brotli, &len);
		int code = 0;

		if (len) {
			*block = (struct text){ (const char *)bytes, len };
			return 0;
		}
		if (BrotliDecoderIsFinished(d->brotli))
			code = check_end(x, d->input.len > 0, f);
		else
			code = brotli_step(x, f);
		if (code)
			return code;
	}
	return 0;
}

static int brotli_begin(struct filter *x, struct fault *f)
{
	x->decoder->brotli = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	return x->decoder->brotli ? 0 : fault_set(f, FAULT_SYSTEM, "cannot start libbrotlidec");
}

static void brotli_end(struct filter_decoder *d)
{
	if (d->brotli)
		BrotliDecoderDestroyInstance(d->brotli);
}

/* ---- which is whose ---- */

static const struct kind {
	int (*begin)(struct filter *x, struct fault *f);
	int (*next)(struct stream *s, struct text *block, struct fault *f);
	void (*end)(struct filter_decoder *d); /* NULL: it has no decoder */
} kinds[CODEC_COUNT] = {
	[CODEC_NONE] = { plain_begin, plain_next, NULL },
	[CODEC_XZ] = { xz_begin, xz_next, xz_end },
	[CODEC_ZSTD] = { archive_begin, archive_next, archive_end },
	[CODEC_BZIP2] = { archive_begin, archive_next, archive_end },
	[CODEC_GZIP] = { archive_begin, archive_next, archive_end },
	[CODEC_BROTLI] = { brotli_begin, brotli_next, brotli_end },
};

int filter_open(struct filter *x, struct stream *inner, enum codec codec, struct fault *f)
{
	*x = (struct filter){ .stream.next = kinds[codec].next, .inner = inner, .codec = codec };
	if (kinds[codec].end) {
		x->decoder = calloc(1, sizeof *x->decoder);
		if (!x->decoder)
			fault_no_memory();
	}
	x->stream.failed = kinds[codec].begin(x, f);
	return x->stream.failed;
}

void filter_close(struct filter *x)
{
	if (!x->decoder)
		return;
	kinds[x->codec].end(x->decoder);
	free(x->decoder);
	x->decoder = NULL;
}
