/* fuzz_nar: what the parser accepts, written again from its events, is the same bytes; and how the bytes are cut into
 * blocks changes neither verdict nor events. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/nar.h"

#define REQUIRE(truth)                                                                                                 \
	do {                                                                                                           \
		if (!(truth))                                                                                          \
			abort();                                                                                       \
	} while (0)

/* Memory in blocks of 1 to 16 bytes, as the bytes themselves will have it. */
struct pieces {
	struct stream stream; /* the source */
	struct text rest;     /* what is still to come */
};

static int pieces_next(struct stream *s, struct text *block, struct fault *f)
{
	struct pieces *p = (struct pieces *)s;
	size_t len;

	(void)f;
	if (!p->rest.len)
		return 0;
	len = ((unsigned char)p->rest.at[0] & 15) + 1;
	*block = (struct text){ p->rest.at, len < p->rest.len ? len : p->rest.len };
	p->rest = text_skip(p->rest, block->len);
	return 0;
}

struct again {
	struct buffer nar; /* what was written */
	size_t depth;      /* directories open */
	uint64_t left;     /* bytes of the open file that are still to come */
	uint64_t size;     /* of the open file */
};

static void begin(struct again *a, const char *name)
{
	size_t len = strlen(name);

	if (!a->depth) {
		REQUIRE(!len);
		nar_put(&a->nar, TEXT("nix-archive-1"));
		return;
	}
	REQUIRE(len >= 1 && len <= 255 && !strchr(name, '/') && strcmp(name, ".") && strcmp(name, ".."));
	nar_put_entry(&a->nar, text_of(name));
}

static int end(struct again *a)
{
	if (a->depth)
		nar_put_entry_end(&a->nar);
	return 0;
}

static int on_directory(void *context, const char *name, struct fault *f)
{
	struct again *a = context;

	(void)f;
	begin(a, name);
	nar_put_directory(&a->nar);
	REQUIRE(++a->depth <= 64);
	return 0;
}

static int on_directory_end(void *context, struct fault *f)
{
	struct again *a = context;

	(void)f;
	a->depth--;
	nar_put_directory_end(&a->nar);
	return end(a);
}

static int on_file(void *context, const char *name, bool executable, uint64_t size, struct fault *f)
{
	struct again *a = context;

	(void)f;
	begin(a, name);
	a->size = a->left = size;
	nar_put_file(&a->nar, executable, size);
	return 0;
}

static int on_file_data(void *context, struct text bytes, struct fault *f)
{
	struct again *a = context;

	(void)f;
	REQUIRE(bytes.len && bytes.len <= a->left);
	a->left -= bytes.len;
	buffer_text(&a->nar, bytes);
	return 0;
}

static int on_file_end(void *context, struct fault *f)
{
	struct again *a = context;

	(void)f;
	REQUIRE(!a->left);
	nar_put_file_end(&a->nar, a->size);
	return end(a);
}

static int on_symlink(void *context, const char *name, const char *target, struct fault *f)
{
	struct again *a = context;

	(void)f;
	begin(a, name);
	REQUIRE(*target && strlen(target) <= 4095);
	nar_put_symlink(&a->nar, text_of(target));
	return end(a);
}

static const struct nar_ops AGAIN = { on_directory, on_directory_end, on_file, on_file_data, on_file_end, on_symlink };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	struct pieces pieces = { .stream.next = pieces_next, .rest = bytes };
	struct again whole = { 0 }, parts = { 0 };
	struct fault f = { 0 }, g = { 0 };
	struct stream_memory memory;
	int code;

	stream_memory_open(&memory, bytes);
	code = nar_parse(&memory.stream, &AGAIN, &whole, &f);
	REQUIRE(code == 0 || code == FAULT_VERIFY);
	REQUIRE(nar_parse(&pieces.stream, &AGAIN, &parts, &g) == code);
	REQUIRE(!strcmp(f.text, g.text));
	REQUIRE(text_equal(buffer_view(&whole.nar), buffer_view(&parts.nar)));
	REQUIRE(code || text_equal(buffer_view(&whole.nar), bytes));
	buffer_drop(&whole.nar);
	buffer_drop(&parts.nar);
	return 0;
}
