/* fuzz_filter: every codec over the same bytes; how they are cut into blocks changes neither verdict nor what comes out,
 * and a fault of the source comes out as it is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sys/filter.h"

#define OUT_MAX ((size_t)1 << 20) /* bytes after which a decoding is given up */

#define REQUIRE(truth)                                                                                                 \
	do {                                                                                                           \
		if (!(truth))                                                                                          \
			abort();                                                                                       \
	} while (0)

/* Memory in blocks of `step` bytes, that fails at the end when `dies`. */
struct pieces {
	struct stream stream; /* the source */
	struct text rest;     /* what is still to come */
	size_t step;          /* bytes of a block */
	bool dies;            /* instead of ending */
};

static int pieces_next(struct stream *s, struct text *block, struct fault *f)
{
	struct pieces *p = (struct pieces *)s;

	if (!p->rest.len && p->dies)
		return fault_set(f, FAULT_NETWORK, "the line went dead");
	*block = (struct text){ p->rest.at, p->step < p->rest.len ? p->step : p->rest.len };
	p->rest = text_skip(p->rest, block->len);
	return 0;
}

struct outcome {
	int code;             /* of the decoding; 1 when it was given up */
	size_t len;           /* bytes that came out */
	struct digest digest; /* of them */
};

static struct outcome decode(struct text bytes, size_t step, bool dies, enum codec codec)
{
	struct pieces pieces = { { .next = pieces_next }, bytes, step, dies };
	struct hasher *h = hasher_make();
	struct outcome o = { 0 };
	struct fault f = { 0 };
	struct filter x;

	o.code = filter_open(&x, &pieces.stream, codec, &f);
	while (!o.code) {
		struct text block;

		o.code = stream_next(&x.stream, &block, &f);
		if (o.code || !block.len)
			break;
		hasher_add(h, block.at, block.len);
		o.len += block.len;
		if (o.len > OUT_MAX)
			o.code = 1;
	}
	REQUIRE(o.code >= 0 || f.code == o.code);
	REQUIRE(o.code == 0 || o.code == 1 || o.code == FAULT_VERIFY || (dies && o.code == FAULT_NETWORK));
	REQUIRE(!dies || o.code);
	filter_close(&x);
	o.digest = hasher_end(h);
	hasher_drop(h);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };

	for (enum codec codec = 0; codec < CODEC_COUNT; codec++) {
		struct outcome whole = decode(bytes, SIZE_MAX, false, codec), parts = decode(bytes, 5, false, codec);

		REQUIRE(whole.code == parts.code);
		REQUIRE(whole.code || (whole.len == parts.len && digest_equal(&whole.digest, &parts.digest)));
		decode(bytes, 64, true, codec);
	}
	return 0;
}
