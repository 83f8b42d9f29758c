#include "format/nar.h"

#include <inttypes.h>
#include <string.h>

#define PAD_BYTES 8 /* a str is padded to a multiple of this */

/* A parse under way. */
struct reader {
	struct stream *from;
	struct text block;                         /* of the stream's block, what has not been read yet */
	uint64_t offset;                           /* bytes read */
	const struct nar_ops *ops;                 /* NULL: check only */
	void *context;                             /* of ops */
	struct fault *fault;
	size_t depth;                              /* directories open */
	char last[NAR_DEPTH_MAX][NAR_NAME_MAX + 1]; /* of each open directory the newest entry's name, "" at first */
	char target[NAR_TARGET_MAX + 1];           /* of a symlink */
};

/* Tells ops, if there are any. */
#define TELL(r, event, ...) ((r)->ops ? (r)->ops->event((r)->context, __VA_ARGS__) : 0)

static size_t padding_of(uint64_t size)
{
	return (size_t)(-size % PAD_BYTES);
}

/* ---- bytes ---- */

static int refuse(struct reader *r, const char *rule)
{
	return fault_set(r->fault, FAULT_VERIFY, "NAR, byte %" PRIu64 ": %s", r->offset, rule);
}

/* Makes sure that the block has a byte left to read. */
static int need_block(struct reader *r)
{
	int code = r->block.len ? 0 : stream_next(r->from, &r->block, r->fault);

	return code || r->block.len ? code : refuse(r, "the archive ends too early");
}

/* Cuts off and counts up to `want` bytes of a block that has some. */
static struct text take(struct reader *r, uint64_t want)
{
	struct text part = r->block;

	if (part.len > want)
		part.len = (size_t)want;
	r->block = text_skip(r->block, part.len);
	r->offset += part.len;
	return part;
}

static int read_bytes(struct reader *r, void *to, size_t len)
{
	while (len) {
		struct text part;
		int code = need_block(r);

		if (code)
			return code;
		part = take(r, len);
		memcpy(to, part.at, part.len);
		to = (char *)to + part.len;
		len -= part.len;
	}
	return 0;
}

static int read_length(struct reader *r, uint64_t *length)
{
	uint8_t bytes[8];
	int code = read_bytes(r, bytes, sizeof bytes);

	*length = 0;
	for (size_t i = sizeof bytes; !code && i-- > 0;)
		*length = *length << 8 | bytes[i];
	return code;
}

static int read_padding(struct reader *r, uint64_t size)
{
	static const uint8_t zeroes[PAD_BYTES];
	uint8_t bytes[PAD_BYTES];
	int code = read_bytes(r, bytes, padding_of(size));

	if (!code && memcmp(bytes, zeroes, padding_of(size)))
		return refuse(r, "padding must be zero");
	return code;
}

/* ---- strs ---- */

/* A str of at most `max` bytes into to[max + 1], NUL-terminated; it must not have a NUL itself. */
static int read_str(struct reader *r, char *to, size_t max, const char *too_long)
{
	uint64_t length;
	int code = read_length(r, &length);

	if (!code && length > max)
		return refuse(r, too_long);
	if (!code)
		code = read_bytes(r, to, (size_t)length);
	if (!code)
		code = read_padding(r, length);
	if (code)
		return code;
	to[length] = '\0';
	return strlen(to) == length ? 0 : refuse(r, "a NUL is not allowed in tokens, names and targets");
}

static int read_token(struct reader *r, char token[NAR_TAG_MAX + 1])
{
	return read_str(r, token, NAR_TAG_MAX, "a structural token is expected, this is longer than any");
}

static int refuse_token(struct reader *r, const char *want, const char *token)
{
	return fault_set(r->fault, FAULT_VERIFY, "NAR, byte %" PRIu64 ": expected \"%s\", found \"%s\"", r->offset,
			 want, token);
}

static int expect(struct reader *r, const char *want)
{
	char token[NAR_TAG_MAX + 1];
	int code = read_token(r, token);

	if (!code && strcmp(token, want))
		return refuse_token(r, want, token);
	return code;
}

/* ---- nodes ---- */

/* The entry that a node was for ends with it; the root has none. */
static int end_node(struct reader *r)
{
	return r->depth ? expect(r, ")") : 0;
}

/* Hands the contents through as they lie in the stream's blocks. */
static int pass_contents(struct reader *r, uint64_t size)
{
	for (uint64_t left = size; left;) {
		struct text part;
		int code = need_block(r);

		if (code)
			return code;
		part = take(r, left);
		left -= part.len;
		code = TELL(r, file_data, part, r->fault);
		if (code)
			return code;
	}
	return read_padding(r, size);
}

/* What stands before the contents: perhaps the marker, then their size. */
static int read_file_head(struct reader *r, bool *executable, uint64_t *size)
{
	char token[NAR_TAG_MAX + 1];
	int code = read_token(r, token);

	*executable = !code && !strcmp(token, "executable");
	if (*executable) {
		code = expect(r, "");
		if (!code)
			code = read_token(r, token);
	}
	if (!code && strcmp(token, "contents"))
		return refuse_token(r, "contents", token);
	if (!code)
		code = read_length(r, size);
	if (!code && *size > NAR_SIZE_MAX)
		return refuse(r, "no file may be larger than 8 TiB");
	return code;
}

static int parse_regular(struct reader *r, const char *name)
{
	bool executable = false;
	uint64_t size = 0;
	int code = read_file_head(r, &executable, &size);

	if (!code)
		code = TELL(r, file, name, executable, size, r->fault);
	if (!code)
		code = pass_contents(r, size);
	if (!code)
		code = TELL(r, file_end, r->fault);
	if (!code)
		code = expect(r, ")");
	return code ? code : end_node(r);
}

static int parse_symlink(struct reader *r, const char *name)
{
	int code = expect(r, "target");

	if (!code)
		code = read_str(r, r->target, NAR_TARGET_MAX, "a symlink's target may have 4095 bytes");
	if (!code && !*r->target)
		return refuse(r, "a symlink's target must not be empty");
	if (!code)
		code = TELL(r, symlink, name, r->target, r->fault);
	if (!code)
		code = expect(r, ")");
	return code ? code : end_node(r);
}

static int parse_directory(struct reader *r, const char *name)
{
	*r->last[r->depth++] = '\0';
	return TELL(r, directory, name, r->fault);
}

static const struct node_type {
	const char *name;
	int (*parse)(struct reader *r, const char *name);
} node_types[] = {
	{ "regular", parse_regular },
	{ "symlink", parse_symlink },
	{ "directory", parse_directory },
};

/* A whole node, but of a directory only its beginning. */
static int parse_node(struct reader *r, const char *name)
{
	char token[NAR_TAG_MAX + 1];
	int code;

	/* As in Nix, where the root has depth 0 and depth 64 is too deep, whatever the node is. */
	if (r->depth >= NAR_DEPTH_MAX)
		return refuse(r, "no more than 64 nodes may be nested");
	code = expect(r, "(");
	if (!code)
		code = expect(r, "type");
	if (!code)
		code = read_token(r, token);
	if (code)
		return code;
	for (size_t i = 0; i < sizeof node_types / sizeof *node_types; i++) {
		if (!strcmp(token, node_types[i].name))
			return node_types[i].parse(r, name);
	}
	return refuse_token(r, "regular, symlink or directory", token);
}

static int check_name(struct reader *r, const char *name, const char *last)
{
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || strchr(name, '/'))
		return refuse(r, "a name must not be empty, \".\" or \"..\" or have a \"/\"");
	/* strcmp compares unsigned bytes; equal names are what CVE-2024-45593 was made of. */
	if (strcmp(name, last) <= 0)
		return refuse(r, "the names of a directory must strictly increase, bytewise");
	return 0;
}

static int parse_entry(struct reader *r)
{
	char *last = r->last[r->depth - 1];
	char name[NAR_NAME_MAX + 1];
	int code = expect(r, "(");

	if (!code)
		code = expect(r, "name");
	if (!code)
		code = read_str(r, name, NAR_NAME_MAX, "a name may have 255 bytes");
	if (!code)
		code = check_name(r, name, last);
	if (!code)
		code = expect(r, "node");
	if (code)
		return code;
	memcpy(last, name, sizeof name);
	return parse_node(r, last);
}

/* In a directory: its next entry, or its end. */
static int parse_step(struct reader *r)
{
	char token[NAR_TAG_MAX + 1];
	int code = read_token(r, token);

	if (code)
		return code;
	if (!strcmp(token, "entry"))
		return parse_entry(r);
	if (strcmp(token, ")"))
		return refuse_token(r, "entry or )", token);
	r->depth--;
	code = TELL(r, directory_end, r->fault);
	return code ? code : end_node(r);
}

static int parse_end(struct reader *r)
{
	int code = r->block.len ? 0 : stream_next(r->from, &r->block, r->fault);

	if (!code && r->block.len)
		return refuse(r, "bytes follow the end of the archive");
	return code;
}

int nar_parse(struct stream *from, const struct nar_ops *ops, void *context, struct fault *f)
{
	struct reader r = { .from = from, .ops = ops, .context = context, .fault = f };
	int code = expect(&r, "nix-archive-1");

	if (!code)
		code = parse_node(&r, "");
	while (!code && r.depth)
		code = parse_step(&r);
	return code ? code : parse_end(&r);
}

/* ---- writing ---- */

static void put_length(struct buffer *to, uint64_t length)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(length >> 8 * i);
	buffer_add(to, bytes, sizeof bytes);
}

static void put_padding(struct buffer *to, uint64_t size)
{
	buffer_add(to, "\0\0\0\0\0\0\0", padding_of(size));
}

static void put_all(struct buffer *to, const char *const *strs)
{
	for (; *strs; strs++)
		nar_put(to, text_of(*strs));
}

#define PUT(to, ...) put_all((to), (const char *const[]){ __VA_ARGS__, NULL })

void nar_put(struct buffer *to, struct text bytes)
{
	put_length(to, bytes.len);
	buffer_text(to, bytes);
	put_padding(to, bytes.len);
}

void nar_put_magic(struct buffer *to)
{
	PUT(to, "nix-archive-1");
}

void nar_put_directory(struct buffer *to)
{
	PUT(to, "(", "type", "directory");
}

void nar_put_directory_end(struct buffer *to)
{
	PUT(to, ")");
}

void nar_put_entry(struct buffer *to, struct text name)
{
	PUT(to, "entry", "(", "name");
	nar_put(to, name);
	PUT(to, "node");
}

void nar_put_entry_end(struct buffer *to)
{
	PUT(to, ")");
}

void nar_put_symlink(struct buffer *to, struct text target)
{
	PUT(to, "(", "type", "symlink", "target");
	nar_put(to, target);
	PUT(to, ")");
}

void nar_put_file(struct buffer *to, bool executable, uint64_t size)
{
	PUT(to, "(", "type", "regular");
	if (executable)
		PUT(to, "executable", "");
	PUT(to, "contents");
	put_length(to, size);
}

void nar_put_file_end(struct buffer *to, uint64_t size)
{
	put_padding(to, size);
	PUT(to, ")");
}
