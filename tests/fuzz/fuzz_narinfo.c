/* fuzz_narinfo: what is accepted, written again field by field, is accepted again and means the same. */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/narinfo.h"
#include "format/storepath.h"

#define REQUIRE(truth)                                                                                                 \
	do {                                                                                                           \
		if (!(truth))                                                                                          \
			abort();                                                                                       \
	} while (0)

static void write_again(const struct narinfo *n, struct buffer *b)
{
	char hex[DIGEST_HEX_SIZE], sri[DIGEST_SRI_SIZE];

	buffer_printf(b, "StorePath: " STORE_PREFIX TEXT_F "\n", TEXT_A(n->path));
	buffer_printf(b, "URL: " TEXT_F "\nCompression: %s\n", TEXT_A(n->url), codec_name(n->codec));
	if (n->has_file)
		buffer_printf(b, "FileHash: %s\nFileSize: %" PRIu64 "\n", digest_hex(&n->file_digest, hex), n->file_size);
	buffer_printf(b, "NarHash: %s\nNarSize: %" PRIu64 "\nReferences:", digest_sri(&n->nar_digest, sri), n->nar_size);
	for (size_t i = 0; i < n->references.count; i++)
		buffer_printf(b, " " TEXT_F, TEXT_A(n->references.at[i]));
	buffer_printf(b, "\n");
	for (size_t i = 0; i < n->signatures.count; i++)
		buffer_printf(b, "Sig: " TEXT_F "\n", TEXT_A(n->signatures.at[i]));
	if (n->deriver.len)
		buffer_printf(b, "Deriver: " TEXT_F "\n", TEXT_A(n->deriver));
	if (n->ca.len)
		buffer_printf(b, "CA: " TEXT_F "\n", TEXT_A(n->ca));
}

static void require_sorted(struct texts t)
{
	for (size_t i = 1; i < t.count; i++)
		REQUIRE(text_compare(t.at[i - 1], t.at[i]) < 0);
}

static void require_rules(const struct narinfo *n)
{
	REQUIRE(storepath_valid(n->path) && narinfo_url_safe(n->url) && n->codec < CODEC_COUNT);
	REQUIRE(n->nar_size >= 1 && n->nar_size <= NAR_SIZE_MAX);
	require_sorted(n->references);
	require_sorted(n->signatures);
	for (size_t i = 0; i < n->references.count; i++)
		REQUIRE(storepath_valid(n->references.at[i]));
	for (size_t i = 0; i < n->signatures.count; i++)
		REQUIRE(text_graphic(n->signatures.at[i]) && text_has(n->signatures.at[i], ':'));
	REQUIRE(!n->deriver.len || storepath_valid(n->deriver));
	REQUIRE(!n->ca.len || text_graphic(n->ca));
}

static void require_same(const struct narinfo *a, const struct narinfo *b)
{
	REQUIRE(text_equal(a->path, b->path) && text_equal(a->url, b->url) && a->codec == b->codec);
	REQUIRE(a->has_file == b->has_file);
	REQUIRE(!a->has_file || (a->file_size == b->file_size && digest_equal(&a->file_digest, &b->file_digest)));
	REQUIRE(a->nar_size == b->nar_size && digest_equal(&a->nar_digest, &b->nar_digest));
	REQUIRE(texts_equal(a->references, b->references) && texts_equal(a->signatures, b->signatures));
	REQUIRE(text_equal(a->deriver, b->deriver) && text_equal(a->ca, b->ca));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	struct arena a = { 0 };
	struct narinfo n, again;
	struct fault f = { 0 };
	int code = narinfo_parse(bytes, (struct text){ 0 }, &a, &n, &f);

	REQUIRE(code == 0 || (code == FAULT_INPUT && f.code == code && f.text[0]));
	if (!code) {
		BUFFER_AUTO b = { 0 };

		require_rules(&n);
		write_again(&n, &b);
		/* Defaults made explicit and hashes in hex may push a huge one over the limit. */
		if (b.len <= NARINFO_MAX) {
			REQUIRE(!narinfo_parse(buffer_view(&b), n.path, &a, &again, &f));
			require_same(&n, &again);
		}
	}
	f = (struct fault){ 0 };
	code = narinfo_cache_info(bytes, &f);
	REQUIRE(code == 0 || code == FAULT_INPUT);
	arena_drop(&a);
	return 0;
}
