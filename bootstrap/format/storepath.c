#include "format/storepath.h"

#include "base/buffer.h"
#include "sys/crypto.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool in_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || text_has(TEXT("+-._?="), c);
}

static bool in_hash(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z' && c != 'e' && c != 'o' && c != 't' && c != 'u');
}

static bool all_are(bool (*is)(char c), struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		if (!is(t.at[i]))
			return false;
	}
	return true;
}

bool storepath_valid(struct text base)
{
	struct text name, first;

	if (base.len < STORE_HASH_CHARS + 2 || base.len > STOREPATH_BASE_MAX || base.at[STORE_HASH_CHARS] != '-')
		return false;
	name = storepath_name(base);
	if (!all_are(in_hash, storepath_hash(base)) || !all_are(in_name, name))
		return false;
	text_cut(&name, '-', &first);
	return !text_equal(first, TEXT(".")) && !text_equal(first, TEXT(".."));
}

struct text storepath_base(struct text path)
{
	struct text base = text_skip(path, sizeof STORE_PREFIX - 1);

	return text_starts(path, TEXT(STORE_PREFIX)) && storepath_valid(base) ? base : (struct text){ 0 };
}

struct text storepath_hash(struct text base)
{
	return (struct text){ base.at, STORE_HASH_CHARS };
}

struct text storepath_name(struct text base)
{
	return text_skip(base, STORE_HASH_CHARS + 1);
}

void storepath_split_name(struct text name, struct text *pname, struct text *version)
{
	size_t i = 0;

	while (i + 1 < name.len && (name.at[i] != '-' || is_letter(name.at[i + 1])))
		i++;
	if (i + 1 >= name.len)
		i = name.len;
	*pname = (struct text){ name.at, i };
	*version = i < name.len ? text_skip(name, i + 1) : text_skip(name, name.len);
}

/* Nix's makeStorePath: the hash part of the path of a thing of this type, content and name. */
static void make_hash(char out[STORE_HASH_CHARS + 1], struct text type, const struct digest *nar, struct text name)
{
	BUFFER_AUTO words = { 0 };
	uint8_t folded[STORE_HASH_CHARS * 5 / 8] = { 0 };
	char hex[DIGEST_HEX_SIZE];
	struct digest whole;

	buffer_text(&words, type);
	buffer_printf(&words, ":%s:" STORE_DIR ":", digest_hex(nar, hex));
	buffer_text(&words, name);
	whole = crypto_sha256(buffer_view(&words));
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		folded[i % sizeof folded] ^= whole.bytes[i];
	encode_nix32(out, folded, sizeof folded);
}

/* The type of a recursive SHA-256 object: "source[:<reference>...][:self]"; `self` may be none. */
static void put_type(struct buffer *to, struct texts references, struct text self)
{
	bool refers_to_self = false;

	buffer_text(to, TEXT("source"));
	for (size_t i = 0; i < references.count; i++) {
		if (text_equal(references.at[i], self)) {
			refers_to_self = true;
			continue;
		}
		buffer_text(to, TEXT(":" STORE_PREFIX));
		buffer_text(to, references.at[i]);
	}
	if (refers_to_self)
		buffer_text(to, TEXT(":self"));
}

struct text storepath_make_ca(struct text name, const struct digest *nar, struct texts references, struct arena *a)
{
	BUFFER_AUTO type = { 0 };
	char hash[STORE_HASH_CHARS + 1];

	put_type(&type, references, (struct text){ 0 });
	make_hash(hash, buffer_view(&type), nar, name);
	return arena_printf(a, "%s-" TEXT_F, hash, TEXT_A(name));
}

bool storepath_ca_holds(struct text base, struct text ca, const struct digest *nar, struct texts references)
{
	BUFFER_AUTO type = { 0 };
	char hash[STORE_HASH_CHARS + 1];
	struct digest named;

	if (!storepath_valid(base) || !text_starts(ca, TEXT("fixed:r:sha256:")))
		return false;
	if (!digest_parse(text_skip(ca, sizeof "fixed:r:" - 1), &named) || !digest_equal(&named, nar))
		return false;
	put_type(&type, references, base);
	make_hash(hash, buffer_view(&type), nar, storepath_name(base));
	return text_equal(storepath_hash(base), text_of(hash));
}
