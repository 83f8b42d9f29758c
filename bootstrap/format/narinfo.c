#include "format/narinfo.h"

#include <inttypes.h>
#include <string.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/storepath.h"
#include "sys/crypto.h"

#define SHOWN_MAX 100 /* bytes of a foreign value in a message */

/* A narinfo being read. */
struct reader {
	struct arena *arena;
	struct narinfo *out;
	struct text asked;
	struct fault *fault;
	unsigned seen;      /* a bit for each of fields[] */
	bool has_file_hash; /* was FileHash among them? */
	LIST(struct text) references;
	LIST(struct text) signatures;
};

static int refuse(struct reader *r, struct text field, struct text value, const char *rule)
{
	if (value.len > SHOWN_MAX)
		value.len = SHOWN_MAX;
	return fault_set(r->fault, FAULT_INPUT, "narinfo, " TEXT_F " \"" TEXT_F "\": %s", TEXT_A(field), TEXT_A(value),
			 rule);
}

/* ---- the fields: each takes its value, or returns the rule that it breaks ---- */

static const char *read_path(struct reader *r, struct text value)
{
	r->out->path = storepath_base(value);
	return r->out->path.len ? NULL : "must be a store path below " STORE_DIR;
}

static const char *read_url(struct reader *r, struct text value)
{
	r->out->url = value;
	return narinfo_url_safe(value) ? NULL : "must be a plain relative path below the cache, of at most 4096 bytes";
}

static const char *read_compression(struct reader *r, struct text value)
{
	if (!value.len || codec_parse(value, &r->out->codec))
		return NULL;
	return "must be one of none, xz, zstd, bzip2, gzip, br";
}

static const char *read_digest(struct digest *digest, struct text value)
{
	return digest_parse(value, digest) ? NULL : "must be a sha256 hash, in nix32, hex, base64 or SRI";
}

static const char *read_file_hash(struct reader *r, struct text value)
{
	r->has_file_hash = true;
	return read_digest(&r->out->file_digest, value);
}

static const char *read_file_size(struct reader *r, struct text value)
{
	return text_u64(value, NAR_SIZE_MAX, &r->out->file_size) ? NULL : "must be a decimal number, at most 2^43";
}

static const char *read_nar_hash(struct reader *r, struct text value)
{
	return read_digest(&r->out->nar_digest, value);
}

static const char *read_nar_size(struct reader *r, struct text value)
{
	if (text_u64(value, NAR_SIZE_MAX, &r->out->nar_size) && r->out->nar_size)
		return NULL;
	return "must be a decimal number, 1 to 2^43";
}

static const char *read_references(struct reader *r, struct text value)
{
	struct text base;

	while (text_cut(&value, ' ', &base)) {
		if (!base.len)
			continue;
		if (!storepath_valid(base))
			return "each must be the base name of a store path";
		if (r->references.count == REFERENCES_MAX)
			return "there may be at most 65536";
		LIST_PUSH(&r->references, r->arena, base);
	}
	return NULL;
}

static const char *read_deriver(struct reader *r, struct text value)
{
	if (!value.len || text_equal(value, TEXT("unknown-deriver")))
		return NULL;
	r->out->deriver = value;
	return storepath_valid(value) ? NULL : "must be the base name of a store path";
}

static const char *read_signature(struct reader *r, struct text value)
{
	uint8_t bytes[ED25519_SIG_BYTES];
	struct text name, rest = value;

	text_cut(&rest, ':', &name);
	/* A blank would make two signatures of it in Nix's database. */
	if (!text_graphic(name) || name.len > KEY_NAME_MAX || !decode_base64(rest, bytes, sizeof bytes))
		return "must be <key name>:<base64 of 64 bytes>";
	if (r->signatures.count == SIGNATURES_MAX)
		return "there may be at most 256";
	LIST_PUSH(&r->signatures, r->arena, value);
	return NULL;
}

static const char *read_ca(struct reader *r, struct text value)
{
	if (!value.len)
		return NULL;
	r->out->ca = value;
	if (text_graphic(value) && (text_starts(value, TEXT("fixed:")) || text_starts(value, TEXT("text:"))))
		return NULL;
	return "must be a content address, \"fixed:...\" or \"text:...\"";
}

enum presence { OPTIONAL, REQUIRED, REPEATED };

static const struct field {
	const char *name;
	enum presence presence;
	const char *(*read)(struct reader *r, struct text value);
} fields[] = {
	{ "StorePath", REQUIRED, read_path },
	{ "URL", REQUIRED, read_url },
	{ "Compression", OPTIONAL, read_compression },
	{ "FileHash", OPTIONAL, read_file_hash },
	{ "FileSize", OPTIONAL, read_file_size },
	{ "NarHash", REQUIRED, read_nar_hash },
	{ "NarSize", REQUIRED, read_nar_size },
	{ "References", OPTIONAL, read_references },
	{ "Deriver", OPTIONAL, read_deriver },
	{ "Sig", REPEATED, read_signature },
	{ "CA", OPTIONAL, read_ca },
};

#define FIELDS (sizeof fields / sizeof *fields)

/* ---- the whole ---- */

static bool was_seen(const struct reader *r, size_t field)
{
	return r->seen >> field & 1;
}

static int read_field(struct reader *r, struct text name, struct text value)
{
	for (size_t i = 0; i < FIELDS; i++) {
		const char *broken;

		if (!text_equal(name, text_of(fields[i].name)))
			continue;
		if (was_seen(r, i) && fields[i].presence != REPEATED)
			return refuse(r, name, value, "the field stands there twice");
		r->seen |= 1u << i;
		broken = fields[i].read(r, value);
		return broken ? refuse(r, name, value, broken) : 0;
	}
	return 0;
}

static int read_line(struct reader *r, struct text line)
{
	struct text name, value = line;

	text_cut(&value, ':', &name);
	if (!value.at || (value.len && value.at[0] != ' '))
		return refuse(r, TEXT("line"), line, "must be a field's name, a colon, a blank and its value");
	return read_field(r, name, text_skip(value, value.len ? 1 : 0));
}

static int check_fields(struct reader *r)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (fields[i].presence == REQUIRED && !was_seen(r, i))
			return refuse(r, text_of(fields[i].name), TEXT(""), "the field is missing");
	}
	if (r->asked.len && !text_equal(r->out->path, r->asked))
		return fault_set(r->fault, FAULT_VERIFY,
				 "narinfo is for " TEXT_F ", but asked was for " TEXT_F ": do not use this cache",
				 TEXT_A(r->out->path), TEXT_A(r->asked));
	return 0;
}

/* Cuts off the last newline, which some caches forget. FAULT_INPUT when the bytes are no text of lines. */
static int check_text(struct text *bytes, const char *what, size_t max, struct fault *f)
{
	if (bytes->len > max)
		return fault_set(f, FAULT_INPUT, "%s: has %zu bytes, at most %zu are read", what, bytes->len, max);
	if (text_has(*bytes, '\0') || text_has(*bytes, '\r'))
		return fault_set(f, FAULT_INPUT, "%s: NUL and carriage return are not allowed in it", what);
	if (text_ends(*bytes, TEXT("\n")))
		bytes->len--;
	return 0;
}

int narinfo_parse(struct text bytes, struct text asked, struct arena *a, struct narinfo *out, struct fault *f)
{
	struct reader r = { .arena = a, .out = out, .asked = asked, .fault = f };
	int code = check_text(&bytes, "narinfo", NARINFO_MAX, f);
	struct text line;

	*out = (struct narinfo){ .codec = CODEC_BZIP2 };
	if (code)
		return code;
	bytes = arena_copy(a, bytes);
	while (!code && text_cut(&bytes, '\n', &line))
		code = read_line(&r, line);
	if (!code)
		code = check_fields(&r);
	if (code)
		return code;
	/* A size of 0 is what some caches say when they do not know it. */
	out->has_file = r.has_file_hash && out->file_size;
	out->references = LIST_TEXTS(r.references);
	out->signatures = LIST_TEXTS(r.signatures);
	texts_sort_unique(&out->references);
	texts_sort_unique(&out->signatures);
	return 0;
}

/* ---- URLs ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The first character, percent-decoded, cut off. Servers decode before they look at dots and slashes, and so does
 * libcurl for file://. */
static char take_decoded(struct text *rest)
{
	char c = rest->at[0];
	size_t used = 1;

	if (c == '%' && rest->len > 2 && hex_value(rest->at[1]) >= 0 && hex_value(rest->at[2]) >= 0) {
		c = (char)(hex_value(rest->at[1]) << 4 | hex_value(rest->at[2]));
		used = 3;
	}
	*rest = text_skip(*rest, used);
	return c;
}

/* No segment may be "", as in "//" and in front of a leading "/", or "..". */
static bool segments_safe(struct text url)
{
	size_t len = 0, dots = 0;

	while (url.len) {
		char c = take_decoded(&url);

		if (c == '\\' || c == '\0')
			return false;
		if (c == '/' && (!len || (len == 2 && dots == 2)))
			return false;
		dots = c == '/' ? 0 : dots + (c == '.');
		len = c == '/' ? 0 : len + 1;
	}
	return !(len == 2 && dots == 2);
}

bool narinfo_url_safe(struct text url)
{
	struct text first, rest = url;

	text_cut(&rest, '/', &first);
	return text_graphic(url) && url.len <= URL_MAX && !text_has(first, ':') && segments_safe(url);
}

/* ---- what is signed ---- */

struct text narinfo_fingerprint(struct text path, const struct digest *nar, uint64_t nar_size,
				struct texts references, struct arena *a)
{
	char hash[DIGEST_NIX32_SIZE];
	BUFFER_AUTO b = { 0 };

	buffer_printf(&b, "1;" STORE_PREFIX TEXT_F ";%s;%" PRIu64 ";", TEXT_A(path), digest_nix32(nar, hash), nar_size);
	for (size_t i = 0; i < references.count; i++) {
		buffer_text(&b, i ? TEXT("," STORE_PREFIX) : TEXT(STORE_PREFIX));
		buffer_text(&b, references.at[i]);
	}
	return arena_copy(a, buffer_view(&b));
}

/* ---- nix-cache-info ---- */

int narinfo_cache_info(struct text bytes, struct fault *f)
{
	struct text line;
	int code = check_text(&bytes, "nix-cache-info", CACHE_INFO_MAX, f);

	while (!code && text_cut(&bytes, '\n', &line)) {
		struct text name;

		text_cut(&line, ':', &name);
		if (!text_equal(name, TEXT("StoreDir")))
			continue;
		while (text_starts(line, TEXT(" ")))
			line = text_skip(line, 1);
		if (!text_equal(line, TEXT(STORE_DIR)))
			code = fault_set(f, FAULT_INPUT,
					 "nix-cache-info, StoreDir \"" TEXT_F "\": must be " STORE_DIR
					 ": this cache serves another store",
					 TEXT_A(line));
	}
	return code;
}
