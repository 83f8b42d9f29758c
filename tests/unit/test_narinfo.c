#include "samples.h"

#include <time.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/narinfo.h"
#include "format/storepath.h"
#include "sys/crypto.h"

static const char *const KEY = "6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";

/* One good narinfo, a line each, to be varied by the tests. */
static const char *const LINES[] = {
	"StorePath: /nix/store/7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1",
	"URL: nar/1lvxzk3rqs0jimh651psx6795vbwb95d1kg8vp1rzrpd6kv6a560.nar.xz",
	"Compression: xz",
	"FileHash: sha256:1lvxzk3rqs0jimh651psx6795vbwb95d1kg8vp1rzrpd6kv6a560",
	"FileSize: 59728",
	"NarHash: sha256:0slwb5sdrjfxdyvv6j4sp91lfqzdmfp27ng8wakndandrkn85xhg",
	"NarSize: 240768",
	"References: 7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1 "
	"nxkcjcdb9bfh9fvili44b6g2all08vr3-libunistring-0.9.10",
	"Deriver: frwl2fvnjjb1yj53qw5w6fgawx0qx5av-libidn2-2.3.1.drv",
	"Sig: cache.nixos.org-1:/ZqElkft7Uzk2dRmARaTcuxW2HnY1Q/7Jly2n3zewNUigfkGXR2jPpjC/FBETwzFf3qjpuI/gC9+F/DLy6nABQ==",
};
#define LINE_COUNT (sizeof LINES / sizeof *LINES)
#define SIG "cache.nixos.org-1:/ZqElkft7Uzk2dRmARaTcuxW2HnY1Q/7Jly2n3zewNUigfkGXR2jPpjC/FBETwzFf3qjpuI/gC9+F/DLy6nABQ=="

static const struct text ASKED = { "7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1", 46 };

/* Has it a signature by cache.nixos.org-1? */
static bool is_trusted(const struct narinfo *n, struct arena *a)
{
	uint8_t key[ED25519_KEY_BYTES], sig[ED25519_SIG_BYTES];
	struct text message =
		narinfo_fingerprint(n->path, &n->nar_digest, n->nar_size, n->references, a);

	assert_true(decode_base64(text_of(KEY), key, sizeof key));
	for (size_t i = 0; i < n->signatures.count; i++) {
		struct text name, rest = n->signatures.at[i];

		text_cut(&rest, ':', &name);
		assert_true(decode_base64(rest, sig, sizeof sig));
		if (text_equal(name, TEXT("cache.nixos.org-1")) && crypto_ed25519_verify(key, sig, message))
			return true;
	}
	return false;
}

/* The good narinfo with the line of `field` replaced by `line` (NULL: left out; a new one: added). */
static void vary(struct buffer *b, const char *field, const char *line)
{
	bool done = false;

	for (size_t i = 0; i < LINE_COUNT; i++) {
		bool here = field && text_starts(text_of(LINES[i]), text_of(field));

		if (!here || line)
			buffer_printf(b, "%s\n", here ? line : LINES[i]);
		done = done || here;
	}
	if (!done && line)
		buffer_printf(b, "%s\n", line);
}

static int parse_varied(const char *field, const char *line, struct arena *a, struct narinfo *n, struct fault *f)
{
	BUFFER_AUTO b = { 0 };

	vary(&b, field, line);
	return narinfo_parse(buffer_view(&b), ASKED, a, n, f);
}

static void every_field_is_read(void **state)
{
	char shown[DIGEST_NIX32_SIZE];
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(parse_varied(NULL, NULL, &a, &n, &f), 0);
	assert_true(text_equal(n.path, ASKED));
	assert_true(text_equal(n.url, TEXT("nar/1lvxzk3rqs0jimh651psx6795vbwb95d1kg8vp1rzrpd6kv6a560.nar.xz")));
	assert_int_equal(n.codec, CODEC_XZ);
	assert_true(n.has_file);
	assert_string_equal(digest_nix32(&n.file_digest, shown),
			    "sha256:1lvxzk3rqs0jimh651psx6795vbwb95d1kg8vp1rzrpd6kv6a560");
	assert_int_equal(n.file_size, 59728);
	assert_string_equal(digest_nix32(&n.nar_digest, shown),
			    "sha256:0slwb5sdrjfxdyvv6j4sp91lfqzdmfp27ng8wakndandrkn85xhg");
	assert_int_equal(n.nar_size, 240768);
	assert_int_equal(n.references.count, 2);
	assert_true(text_equal(n.references.at[1], TEXT("nxkcjcdb9bfh9fvili44b6g2all08vr3-libunistring-0.9.10")));
	assert_int_equal(n.signatures.count, 1);
	assert_true(text_equal(n.signatures.at[0], TEXT(SIG)));
	assert_true(text_equal(n.deriver, TEXT("frwl2fvnjjb1yj53qw5w6fgawx0qx5av-libidn2-2.3.1.drv")));
	assert_int_equal(n.ca.len, 0);
	assert_true(is_trusted(&n, &a));
	n.nar_size++;
	assert_false(is_trusted(&n, &a));
	arena_drop(&a);
}

/* What may be missing, and what that means. */
static void optional_fields_have_defaults(void **state)
{
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(parse_varied("Compression", NULL, &a, &n, &f), 0);
	assert_int_equal(n.codec, CODEC_BZIP2);
	assert_int_equal(parse_varied("Compression", "Compression: ", &a, &n, &f), 0);
	assert_int_equal(n.codec, CODEC_BZIP2);
	assert_int_equal(parse_varied("Compression", "Compression: none", &a, &n, &f), 0);
	assert_int_equal(n.codec, CODEC_NONE);
	assert_int_equal(parse_varied("References", NULL, &a, &n, &f), 0);
	assert_int_equal(n.references.count, 0);
	assert_int_equal(parse_varied("References", "References: ", &a, &n, &f), 0);
	assert_int_equal(n.references.count, 0);
	assert_int_equal(parse_varied("References", "References:", &a, &n, &f), 0);
	assert_int_equal(n.references.count, 0);
	assert_int_equal(parse_varied("Sig", NULL, &a, &n, &f), 0);
	assert_int_equal(n.signatures.count, 0);
	assert_int_equal(parse_varied("Deriver", "Deriver: unknown-deriver", &a, &n, &f), 0);
	assert_int_equal(n.deriver.len, 0);
	assert_int_equal(parse_varied("CA", "CA: text:sha256:18cyz621xqngdfc8kmxrj3v5rrxyzdls5ahqb6qaq5ggm7q9gjdq", &a, &n,
				      &f), 0);
	assert_true(text_starts(n.ca, TEXT("text:sha256:18c")));
	arena_drop(&a);
}

static void half_a_file_is_none(void **state)
{
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(parse_varied("FileHash", NULL, &a, &n, &f), 0);
	assert_false(n.has_file);
	assert_int_equal(parse_varied("FileSize", NULL, &a, &n, &f), 0);
	assert_false(n.has_file);
	assert_int_equal(parse_varied("FileSize", "FileSize: 0", &a, &n, &f), 0);
	assert_false(n.has_file);
	arena_drop(&a);
}

static void lists_are_sorted_and_unique(void **state)
{
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(parse_varied("References",
				      "References: nxkcjcdb9bfh9fvili44b6g2all08vr3-libunistring-0.9.10  "
				      "7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1 "
				      "nxkcjcdb9bfh9fvili44b6g2all08vr3-libunistring-0.9.10 ",
				      &a, &n, &f), 0);
	assert_int_equal(n.references.count, 2);
	assert_true(is_trusted(&n, &a));
	assert_int_equal(parse_varied("Sig", "Sig: " SIG "\nSig: " SIG, &a, &n, &f), 0);
	assert_int_equal(n.signatures.count, 1);
	arena_drop(&a);
}

static const struct {
	const char *field, *line; /* as for vary() */
	const char *says;
} bad_lines[] = {
	{ "StorePath", NULL, "StorePath \"\": the field is missing" },
	{ "URL", NULL, "URL \"\": the field is missing" },
	{ "NarHash", NULL, "NarHash \"\": the field is missing" },
	{ "NarSize", NULL, "NarSize \"\": the field is missing" },
	{ "StorePath", "StorePath: /gnu/store/7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1", "must be a store path" },
	{ "StorePath", "StorePath: 7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1", "must be a store path" },
	{ "StorePath", "StorePath: /nix/store/../etc", "must be a store path" },
	{ "URL", "URL: ", "URL \"\": must be a plain relative path" },
	{ "URL", "URL: http://example.org/x.nar", "must be a plain relative path" },
	{ "Compression", "Compression: XZ", "Compression \"XZ\": must be one of none, xz" },
	{ "Compression", "Compression: lrzip", "must be one of none, xz" },
	{ "Compression", "Compression: xz ", "must be one of none, xz" },
	{ "FileHash", "FileHash: md5:d41d8cd98f00b204e9800998ecf8427e", "must be a sha256 hash" },
	{ "FileSize", "FileSize: -1", "FileSize \"-1\": must be a decimal number" },
	{ "NarHash", "NarHash: 0slwb5sdrjfxdyvv6j4sp91lfqzdmfp27ng8wakndandrkn85xhg", "must be a sha256 hash" },
	{ "NarHash", "NarHash: sha256:0slwb5sdrjfxdyvv6j4sp91lfqzdmfp27ng8wakndandrkn85xh", "must be a sha256 hash" },
	{ "NarSize", "NarSize: 0", "NarSize \"0\": must be a decimal number, 1 to" },
	{ "NarSize", "NarSize: 0x10", "must be a decimal number" },
	{ "NarSize", "NarSize: +5", "must be a decimal number" },
	{ "NarSize", "NarSize: 0240768", "must be a decimal number" },
	{ "NarSize", "NarSize:  240768", "must be a decimal number" },
	{ "NarSize", "NarSize: 8796093022209", "must be a decimal number" },
	{ "NarSize", "NarSize: 18446744073709551617", "must be a decimal number" },
	{ "References", "References: /nix/store/7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1", "must be the base name" },
	{ "References", "References: 7bzaif84k0ia8zkh4mg0c1kgibnb744n-a\tb", "must be the base name" },
	{ "Deriver", "Deriver: ../../x.drv", "must be the base name" },
	{ "Sig", "Sig: garbage", "must be <key name>:<base64 of 64 bytes>" },
	{ "Sig", "Sig: ", "must be <key name>:<base64 of 64 bytes>" },
	{ "Sig", "Sig: :" SIG, "must be <key name>:<base64 of 64 bytes>" },
	{ "Sig", "Sig: key:AAAA", "must be <key name>:<base64 of 64 bytes>" },
	{ "Sig", "Sig: two words" SIG, "must be <key name>:<base64 of 64 bytes>" },
	{ "CA", "CA: something", "must be a content address" },
	{ "CA", "CA: fixed:r:sha256:0 1", "must be a content address" },
	{ "x", "a line without", "line \"a line without\": must be a field's name, a colon" },
	{ "x", "", "line \"\": must be" },
	{ "NarSize", "NarSize:240768", "must be a field's name, a colon, a blank" },
	{ "Deriver", "Deriver: unknown-deriver\r", "carriage return" },
	{ "x", "URL: nar/x", "the field stands there twice" },
	{ "x", "NarSize: 240768", "the field stands there twice" },
	{ "x", "StorePath: /nix/store/7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1", "the field stands there twice" },
	{ "x", "References: ", "the field stands there twice" },
	{ "x", "Deriver: unknown-deriver", "the field stands there twice" },
	{ "x", "CA: \nCA: ", "the field stands there twice" },
};

static void bad_lines_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad_lines / sizeof *bad_lines; i++) {
		struct arena a = { 0 };
		struct narinfo n;
		struct fault f = { 0 };
		int code = parse_varied(bad_lines[i].field, bad_lines[i].line, &a, &n, &f);

		if (code != FAULT_INPUT || !strstr(f.text, bad_lines[i].says) || strncmp(f.text, "narinfo", 7))
			fail_msg("\"%s\": code %d, %s", bad_lines[i].line ? bad_lines[i].line : bad_lines[i].field, code,
				 f.text);
		arena_drop(&a);
	}
}

static void another_path_is_a_mixup(void **state)
{
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(parse_varied("StorePath", "StorePath: /nix/store/7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.2", &a,
				      &n, &f), FAULT_VERIFY);
	assert_non_null(strstr(f.text, "libidn2-2.3.2, but asked was for 7bzaif84k0ia8zkh4mg0c1kgibnb744n-libidn2-2.3.1"));
	arena_drop(&a);
}

static void nul_and_size_are_refused(void **state)
{
	struct text big = { calloc(1, NARINFO_MAX + 1), NARINFO_MAX + 1 };
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(narinfo_parse(TEXT("StorePath: \0"), ASKED, &a, &n, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "NUL"));
	f = (struct fault){ 0 };
	assert_int_equal(narinfo_parse(big, ASKED, &a, &n, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "at most 4194304"));
	f = (struct fault){ 0 };
	assert_int_equal(narinfo_parse((struct text){ 0 }, ASKED, &a, &n, &f), FAULT_INPUT);
	free((void *)(uintptr_t)big.at);
	arena_drop(&a);
}

/* ---- lists at and beyond their limits, in no more than n log n ---- */

static void put_references(struct buffer *b, size_t count)
{
	buffer_printf(b, "References:");
	for (size_t i = count; i-- > 0;)
		buffer_printf(b, " 7bzaif84k0ia8zkh4mg0c1kgib%06zu-x", i);
	buffer_printf(b, "\n");
}

static void references_end_at_their_limit(void **state)
{
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };
	BUFFER_AUTO b = { 0 };

	(void)state;
	vary(&b, "References", NULL);
	put_references(&b, REFERENCES_MAX);
	assert_int_equal(narinfo_parse(buffer_view(&b), ASKED, &a, &n, &f), 0);
	assert_int_equal(n.references.count, REFERENCES_MAX);
	for (size_t i = 1; i < n.references.count; i++)
		assert_true(text_compare(n.references.at[i - 1], n.references.at[i]) < 0);
	b.len--;
	buffer_printf(&b, " 7bzaif84k0ia8zkh4mg0c1kgibnb744n-more\n");
	assert_int_equal(narinfo_parse(buffer_view(&b), ASKED, &a, &n, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "at most 65536"));
	arena_drop(&a);
}

static void signatures_end_at_their_limit(void **state)
{
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };
	BUFFER_AUTO b = { 0 };

	(void)state;
	vary(&b, "Sig", NULL);
	for (int i = 0; i < SIGNATURES_MAX; i++)
		buffer_printf(&b, "Sig: %d-%s\n", i, SIG);
	assert_int_equal(narinfo_parse(buffer_view(&b), ASKED, &a, &n, &f), 0);
	assert_int_equal(n.signatures.count, SIGNATURES_MAX);
	buffer_printf(&b, "Sig: %s\n", SIG);
	assert_int_equal(narinfo_parse(buffer_view(&b), ASKED, &a, &n, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "at most 256"));
	arena_drop(&a);
}

/* Four megabytes of the shortest lines there are. */
static void many_unknown_fields_are_quick(void **state)
{
	struct timespec from, to;
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };
	BUFFER_AUTO b = { 0 };

	(void)state;
	vary(&b, NULL, NULL);
	while (b.len < NARINFO_MAX - 16)
		buffer_add(&b, "x:\n", 3);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(narinfo_parse(buffer_view(&b), ASKED, &a, &n, &f), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true(to.tv_sec - from.tv_sec < 20);
	arena_drop(&a);
}

/* ---- the small functions ---- */

static void urls_are_safe_or_not(void **state)
{
	static const char *const safe[] = { "nar/x.nar.xz", "x", "nar/x.nar?hash=abc", "nar/x%0d%0aHost:%20evil", "a/b/c",
					    "nar/a..b", "nar/...", "nar/.x", "nar/x%2Fy", "a/b:c", "nar/%zz", "nar/%", "x/" };
	static const char *const unsafe[] = { "",
					      "/etc/passwd",
					      "//host/x",
					      "..",
					      "../x",
					      "nar/../../x",
					      "nar/..",
					      "nar//x",
					      "nar\\x",
					      "file:///etc/passwd",
					      "http://example.org/x",
					      "http:x",
					      "data:x",
					      "nar/x y",
					      " nar/x",
					      "nar/x\n",
					      "nar/x\x7f",
					      "nar/\xc3\xa9",
					      "%2e%2e/x",
					      "nar/.%2E/x",
					      "nar/%2e%2e",
					      "nar%2f..%2f..%2fx",
					      "%2fetc/passwd",
					      "nar%5cx",
					      "nar/x%00.xz",
					      "nar/%2f/x" };
	char *longest = malloc(URL_MAX + 2);

	(void)state;
	for (size_t i = 0; i < sizeof safe / sizeof *safe; i++) {
		if (!narinfo_url_safe(text_of(safe[i])))
			fail_msg("\"%s\" is safe", safe[i]);
	}
	for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++) {
		if (narinfo_url_safe(text_of(unsafe[i])))
			fail_msg("\"%s\" is not safe", unsafe[i]);
	}
	memset(longest, 'x', URL_MAX + 1);
	assert_true(narinfo_url_safe((struct text){ longest, URL_MAX }));
	assert_false(narinfo_url_safe((struct text){ longest, URL_MAX + 1 }));
	free(longest);
}

static void fingerprint_is_the_signed_text(void **state)
{
	static struct text references[] = { { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-a", 34 },
						  { "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-b", 34 } };
	struct digest d = { { 0 } };
	struct arena a = { 0 };

	(void)state;
	assert_string_equal(narinfo_fingerprint(references[0], &d, 7, (struct texts){ references, 2 }, &a).at,
			    "1;/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-a;"
			    "sha256:0000000000000000000000000000000000000000000000000000;7;"
			    "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-a,/nix/store/baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-b");
	assert_true(text_ends(narinfo_fingerprint(references[0], &d, 7, (struct texts){ 0 }, &a), TEXT(";7;")));
	arena_drop(&a);
}

static void cache_info_names_our_store(void **state)
{
	static const char *const good[] = { "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n", "", "\n",
					    "StoreDir: /nix/store", "Priority: 30\nsomething\n", "StoreDir:/nix/store\n" };
	static const char *const bad[] = { "StoreDir: /gnu/store\n", "StoreDir: \n", "StoreDir: /nix/store/\n",
					   "Priority: 1\nStoreDir: /nix/store2", "StoreDir: /nix/store\nStoreDir: /x\n" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct fault f = { 0 };

		assert_int_equal(narinfo_cache_info(text_of(good[i]), &f), 0);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fault f = { 0 };

		assert_int_equal(narinfo_cache_info(text_of(bad[i]), &f), FAULT_INPUT);
		assert_non_null(strstr(f.text, "must be /nix/store"));
	}
}

/* ---- samples ---- */

static void check_good(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };

	if (narinfo_parse(bytes, (struct text){ 0 }, &a, &n, &f))
		fail_msg("good/%s: %s", name, f.text);
	arena_drop(&a);
}

static void check_bad(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct narinfo n;
	struct fault f = { 0 };

	if (narinfo_parse(bytes, (struct text){ 0 }, &a, &n, &f) != FAULT_INPUT || !f.text[0])
		fail_msg("bad/%s: code %d, %s", name, f.code, f.text);
	arena_drop(&a);
}

static void samples_are_judged(void **state)
{
	(void)state;
	samples_walk("tests/data/narinfo/good", check_good);
	samples_walk("tests/data/narinfo/bad", check_bad);
}

/* ---- vectors: made from a real narinfo, one thing changed in each ---- */

enum verdict { TRUSTED, UNTRUSTED, INPUT, MIXUP };

static const struct {
	const char *file;
	enum verdict verdict;
} edges[] = {
	{ "00-base", TRUSTED },
	{ "03-narhash-base64-colon", TRUSTED },
	{ "06-narhash-md5", INPUT },
	{ "09-refs-double-space", TRUSTED },
	{ "12-refs-second-line", INPUT },
	{ "15-narsize-neg", INPUT },
	{ "18-narsize-leading0", INPUT },
	{ "21-no-final-newline", TRUSTED },
	{ "24-blank-line-before-sig", INPUT },
	{ "27-unknown-field", TRUSTED },
	{ "30-dup-narhash", INPUT },
	{ "33-mixup-same-hash-other-name", MIXUP },
	{ "36-sig-bad-then-good", TRUSTED },
	{ "39-sig-no-colon", INPUT },
	{ "42-sig-keyname-case", UNTRUSTED },
	{ "45-compression-empty", TRUSTED },
	{ "48-compression-upper", INPUT },
	{ "51-url-file", INPUT },
	{ "54-url-crlf-injection", TRUSTED },
	{ "57-url-empty", INPUT },
	{ "60-deriver-nodrv", TRUSTED },
	{ "63-filehash-wrong", TRUSTED },
	{ "66-utf8-bom", INPUT },
	{ "69-storedir-gnu", INPUT },
};

static void edges_are_judged_as_recommended(void **state)
{
	char folder[4096];

	(void)state;
	snprintf(folder, sizeof folder, "%s", vectors_path("narinfo-edge"));
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		char path[8192];
		struct arena a = { 0 };
		struct narinfo n;
		struct fault f = { 0 };
		struct text bytes;
		int code;

		snprintf(path, sizeof path, "%s/%s.narinfo", folder, edges[i].file);
		bytes = sample_read(path);
		code = narinfo_parse(bytes, ASKED, &a, &n, &f);
		free((void *)(uintptr_t)bytes.at);
		if (edges[i].verdict == INPUT || edges[i].verdict == MIXUP ?
			    code != (edges[i].verdict == INPUT ? FAULT_INPUT : FAULT_VERIFY) :
			    code || is_trusted(&n, &a) != (edges[i].verdict == TRUSTED))
			fail_msg("%s: code %d, %s", edges[i].file, code, f.text);
		if (strstr(edges[i].file, "crlf"))
			assert_true(text_equal(n.url, TEXT("nar/x%0d%0aHost:%20evil")));
		if (strstr(edges[i].file, "45-"))
			assert_int_equal(n.codec, CODEC_BZIP2);
		arena_drop(&a);
	}
}

/* {"storePath": "...", "text": "..."}, in which only \n is escaped. */
static void check_real(char *line, struct arena *a)
{
	static const char path_key[] = "{\"storePath\": \"/nix/store/", text_key[] = "\", \"text\": \"";
	char *path = strstr(line, path_key), *text = strstr(line, text_key), *to;
	struct fault f = { 0 };
	struct narinfo n;

	assert_non_null(path);
	assert_non_null(text);
	path += sizeof path_key - 1;
	*text = '\0';
	text += sizeof text_key - 1;
	to = text;
	for (char *from = text; *from != '"'; *to++ = *from++) {
		if (*from == '\\') {
			assert_int_equal(from[1], 'n');
			*++from = '\n';
		}
	}
	if (narinfo_parse((struct text){ text, (size_t)(to - text) }, text_of(path), a, &n, &f))
		fail_msg("%s: %s", path, f.text);
	if (!is_trusted(&n, a))
		fail_msg("%s: the signature does not verify", path);
	if (n.ca.len && text_starts(n.ca, TEXT("fixed:r:")))
		assert_true(storepath_ca_holds(n.path, n.ca, &n.nar_digest, n.references));
}

static void real_ones_are_read_and_verify(void **state)
{
	FILE *file = fopen(vectors_path("narinfo-real.jsonl"), "r");
	char *line = NULL;
	size_t room = 0, count = 0;
	struct arena a = { 0 };

	(void)state;
	assert_non_null(file);
	for (; getline(&line, &room, file) > 0; count++)
		check_real(line, &a);
	assert_int_equal(count, 220);
	free(line);
	fclose(file);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_read),
		cmocka_unit_test(optional_fields_have_defaults),
		cmocka_unit_test(half_a_file_is_none),
		cmocka_unit_test(lists_are_sorted_and_unique),
		cmocka_unit_test(bad_lines_are_refused),
		cmocka_unit_test(another_path_is_a_mixup),
		cmocka_unit_test(nul_and_size_are_refused),
		cmocka_unit_test(references_end_at_their_limit),
		cmocka_unit_test(signatures_end_at_their_limit),
		cmocka_unit_test(many_unknown_fields_are_quick),
		cmocka_unit_test(urls_are_safe_or_not),
		cmocka_unit_test(fingerprint_is_the_signed_text),
		cmocka_unit_test(cache_info_names_our_store),
		cmocka_unit_test(samples_are_judged),
		cmocka_unit_test(edges_are_judged_as_recommended),
		cmocka_unit_test(real_ones_are_read_and_verify),
	};

	return cmocka_run_group_tests_name("narinfo", tests, NULL, NULL);
}
