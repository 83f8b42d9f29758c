#include "samples.h"

#include "base/bounds.h"
#include "format/lock.h"
#include "format/lockrule.h"
#include "sys/crypto.h"

static const char *const rules[][2] = {
	{ "version-2", "is 2, but this nixgraft reads 1" },
	{ "version-missing", "version: is missing" },
	{ "version-string", "version: must be a whole number" },
	{ "unknown-", "is not a member that is known here" },
	{ "null-member", "must not be null" },
	{ "duplicate-", "duplicate object key" },
	{ "paths-missing", "paths: is missing" },
	{ "paths-array", "paths: must be an object" },
	{ "package-unknown", "git.package.name: is not a member that is known here" },
	{ "package-null", "pname: must not be null" },
	{ "package-string", "nix.package: must be an object" },
	{ "package-empty", "nix.package: is empty" },
	{ "package-description-", "1 to 4096 bytes without control characters" },
	{ "package-licenses-unsorted", "licenses[1]: belongs before" },
	{ "package-licenses-none", "licenses: is empty" },
	{ "package-licenses-string", "licenses: must be an array" },
	{ "package-licenses-many", "has 257 items; at most 256 are allowed" },
	{ "package-cpe", "cpe: must be a CPE name" },
	{ "package-purl", "purl: must be a package URL" },
	{ "package-derivation-output", "derivation: must be a derivation" },
	{ "package-derivation-", "derivation: must be a store path" },
	{ "package-hash-", "sources[0].hash: must be the hash of a source" },
	{ "package-source-empty", "sources[1]: must have URLs or a hash" },
	{ "package-source-array", "sources[1]: must be an object" },
	{ "package-source-unknown", "sources[1].url: is not a member that is known here" },
	{ "package-sources-unsorted", "sources[2]: belongs before" },
	{ "package-sources-twice", "sources[1]: belongs before" },
	{ "package-sources-none", "sources: must be an array of 1 to 1024" },
	{ "package-urls-", "sources[1].urls: must be an array of 1 to 256" },
	{ "package-mode-unknown", "sources[0].mode: must be \"flat\" or \"recursive\"" },
	{ "package-mode-alone", "sources[1]: has a mode, and no hash" },
	{ "package-patches-twice", "patches[1]: belongs before" },
	{ "package-vulnerabilities-number", "knownVulnerabilities[0]: must be a string" },
	{ "nix-version-empty", "nix.version: must be 1 to 4096 bytes" },
	{ "path-string", "must be an object" },
	{ "path-", "must be a store path" },
	{ "references-unsorted", "references[1]: belongs before" },
	{ "references-twice", "references[1]: belongs before" },
	{ "references-dangling", "references[1]: must be one of the system's paths" },
	{ "references-base-name", "references[0]: must be one of the system's paths" },
	{ "references-number", "references[0]: must be a string" },
	{ "references-object", "references: must be an array" },
	{ "references-missing", "references: is missing" },
	{ "signatures-unsorted", "signatures[1]: belongs before" },
	{ "signatures-missing", "signatures: is missing" },
	{ "signature-", "must be a signature" },
	{ "nar-hash-", "narHash: must be \"sha256-\"" },
	{ "nar-size-zero", "narSize: must not be 0" },
	{ "nar-size-huge", "narSize: must be a whole number, 0 to 8796093022208" },
	{ "nar-size-", "narSize: must be a whole number" },
	{ "file-size-zero", "fileSize: must not be 0" },
	{ "file-hash-missing", "fileHash: is missing" },
	{ "file-url-", "must be a plain relative path" },
	{ "compression-", "must be one of none, xz" },
	{ "deriver-base-name", "deriver: must be a store path" },
	{ "ca-unknown", "ca: must be a content address" },
	{ "cache-unknown", "must be one of the lock's caches" },
	{ "cache-url-", "must be a file://, http:// or https:// URL" },
	{ "cache-twice", "caches[1]: is the same cache" },
	{ "caches-missing", "caches: is missing" },
	{ "caches-", "at most 64 caches" },
	{ "keys-none", "at least one key" },
	{ "keys-unsorted", "keys[1]: belongs before" },
	{ "key-", "must be a public key" },
	{ "origin-missing", "origin: is missing" },
	{ "origin-nar-unsigned", "\"signed narinfo\" or \"content address\"" },
	{ "origin-file-signed", "\"unsigned narinfo\" or \"download\"" },
	{ "origin-tool", "\"evaluation\" or \"command line\"" },
	{ "tool-path-dangling", "path: must be one of the system's paths" },
	{ "tool-path-not-output", "the tool's \"path\" must be among them" },
	{ "tool-output-dangling", "outputs.doc: must be one of the system's paths" },
	{ "tool-outputs-none", "the tool's \"path\" must be among them" },
	{ "tool-name-", "a name has 1 to 255 printable characters" },
	{ "tool-array", "must be an object" },
	{ "tools-missing", "tools: is missing" },
	{ "tool-", "without control characters" },
	{ "output-name-dots", "a name has 1 to 255 printable characters" },
	{ "commands-unsorted", "commands[1]: belongs before" },
	{ "commands-clash-nix", "'nix' is exposed by two tools, 'libc tools' and 'nix itself'" },
	{ "commands-clash", "'git' is exposed by two tools, 'git' and 'libc tools'" },
	{ "commands-missing", "commands: is missing" },
	{ "command-", "must be a command's name" },
	{ "nix-dangling", "nix.path: must be one of the system's paths" },
	{ "nix-commands-missing", "nix.commands: is missing" },
	{ "system-name-slash", "a name has 1 to 255 printable characters" },
	{ "systems-array", "systems: must be an object" },
	{ "systems-many", "at most 64" },
	{ "flake-lock-hex", "flake.lock: must be \"sha256-\"" },
	{ "flake-lock-missing", "flake.lock: is missing" },
	{ "flake-rev", "40 hex digits" },
	{ "flake-inputs-array", "inputs: must be an object" },
	{ "flake-string", "flake: must be an object" },
	{ "not-json", "not proper JSON" },
	{ "nothing", "not proper JSON" },
	{ "root-array", "must be an object" },
};

static void good_comes_back(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	BUFFER_AUTO again = { 0 };
	struct lock lock;

	if (lock_parse(bytes, name, &a, &lock, &f))
		fail_msg("%s", f.text);
	lock_write(&lock, &again);
	if (!text_equal(buffer_view(&again), bytes))
		fail_msg("%s was written again as\n%s", name, again.at);
	arena_drop(&a);
}

static void bad_is_refused(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct lock lock;

	if (lock_parse(bytes, name, &a, &lock, &f) != FAULT_INPUT)
		fail_msg("%s: was not refused", name);
	arena_drop(&a);
	sample_says(rules, sizeof rules / sizeof *rules, name, name, f.text);
}

static void samples(void **state)
{
	(void)state;
	samples_walk("tests/data/lock/good", good_comes_back);
	samples_walk("tests/data/lock/bad", bad_is_refused);
}

static void check_full(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct lock_system *system;
	const struct lock_path *git, *glibc;
	struct lock lock;

	if (strcmp(name, "full.lock") != 0)
		return;
	assert_int_equal(lock_parse(bytes, name, &a, &lock, &f), 0);
	memset((void *)(uintptr_t)bytes.at, 'x', bytes.len); /* it keeps nothing of the file */
	assert_true(lock.has_flake);
	assert_int_equal(lock.flake.input_count, 2);
	assert_int_equal(lock.flake.inputs[0].last_modified, 1782116945);
	assert_int_equal(lock.cache_count, 2);
	assert_int_equal(lock.caches[1].keys.count, 2);
	assert_null(lock_system_find(&lock, TEXT("i686-linux")));
	system = lock_system_find(&lock, TEXT("x86_64-linux"));
	assert_non_null(system);
	assert_true(text_ends(system->nix, TEXT("-nix-2.31.2")));
	assert_int_equal(system->nix_commands.count, 2);
	assert_int_equal(system->tool_count, 2);
	assert_int_equal(system->tools[0].output_count, 2);
	assert_int_equal(system->tools[0].origin, LOCK_EVALUATION);
	assert_true(text_equal(system->tools[0].version, TEXT("2.51.0")));
	assert_int_equal(system->tools[1].version.len, 0);
	assert_int_equal(system->path_count, 4);
	git = lock_path_find(system, system->tools[0].path);
	assert_non_null(git);
	assert_int_equal(git->references.count, 2);
	assert_int_equal(git->signatures.count, 2);
	assert_int_equal(git->codec, CODEC_XZ);
	assert_int_equal(git->nar_size, 1010);
	assert_int_equal(git->file_size, 510);
	assert_int_equal(git->nar_origin, LOCK_SIGNED);
	assert_int_equal(git->file_origin, LOCK_UNSIGNED);
	glibc = lock_path_find(system, git->references.at[1]);
	assert_non_null(glibc);
	assert_int_equal(glibc->nar_origin, LOCK_CONTENT);
	assert_int_equal(glibc->file_origin, LOCK_DOWNLOAD);
	assert_true(text_equal(glibc->cache, TEXT("file:///srv/cache")));
	assert_null(glibc->deriver.at);
	assert_true(text_starts(glibc->ca, TEXT("fixed:r:sha256:")));
	assert_null(lock_path_find(system, TEXT("x")));
	assert_int_equal(lock_system_find(&lock, TEXT("aarch64-linux"))->tools[0].origin, LOCK_COMMAND);
	arena_drop(&a);
}

static void all_that_is_in_it_is_read(void **state)
{
	(void)state;
	samples_walk("tests/data/lock/good", check_full);
}

static void check_package(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct lock_system *system;
	const struct package *git;
	struct lock lock;

	if (strcmp(name, "package.lock") != 0)
		return;
	assert_int_equal(lock_parse(bytes, name, &a, &lock, &f), 0);
	memset((void *)(uintptr_t)bytes.at, 'x', bytes.len);
	system = lock_system_find(&lock, TEXT("x86_64-linux"));
	assert_true(text_equal(system->nix_attribute, TEXT("nixVersions.latest")));
	assert_true(text_equal(system->nix_version, TEXT("2.31.2")));
	assert_true(text_equal(system->nix_package.pname, TEXT("nix")));
	assert_int_equal(system->nix_package.source_count, 1);
	assert_int_equal(system->nix_package.sources[0].urls.count, 0);
	assert_true(package_is_empty(&system->tools[1].package));
	git = &system->tools[0].package;
	assert_false(package_is_empty(git));
	assert_true(text_equal(git->pname, TEXT("git")));
	assert_true(text_starts(git->description, TEXT("Distributed version control system, \"stupid\"")));
	assert_true(text_equal(git->homepage, TEXT("https://git-scm.com/")));
	assert_int_equal(git->licenses.count, 3);
	assert_true(text_equal(git->licenses.at[1], TEXT("GPL-2.0-only")));
	assert_true(text_equal(git->main_program, TEXT("git")));
	assert_true(text_equal(git->cpe, TEXT("cpe:2.3:a:git-scm:git:2.51.0:*:*:*:*:*:*:*")));
	assert_true(text_equal(git->purl, TEXT("pkg:github/git/git@v2.51.0")));
	assert_true(text_equal(git->derivation, TEXT("n28ig2fbmskksqmrc29k98j9646rgv4v-git-2.51.0.drv")));
	assert_int_equal(git->source_count, 3);
	assert_int_equal(git->sources[0].urls.count, 2);
	assert_true(text_equal(git->sources[0].urls.at[1], TEXT("https://example.org/a.tar.xz")));
	assert_true(text_equal(git->sources[0].hash, TEXT("sha512:00")));
	assert_true(text_equal(git->sources[0].mode, TEXT("recursive")));
	assert_null(git->sources[1].hash.at);
	assert_null(git->sources[2].mode.at);
	assert_int_equal(git->patches.count, 2);
	assert_true(text_equal(git->patches.at[1], TEXT("git-sh-i18n.patch")));
	assert_int_equal(git->vulnerabilities.count, 1);
	assert_true(text_equal(git->vulnerabilities.at[0], TEXT("CVE-2025-00000: made up")));
	arena_drop(&a);
}

static void what_is_known_of_a_package_is_read(void **state)
{
	(void)state;
	samples_walk("tests/data/lock/good", check_package);
}

/* `count` paths, each with up to 12 references, made up. */
static struct lock_system make_closure(size_t count, struct text cache, struct arena *a)
{
	struct lock_system s = { .name = TEXT("x86_64-linux"), .path_count = count };
	struct texts names = { arena_alloc(a, count, sizeof *names.at), count };
	uint64_t random = 9;

	for (size_t i = 0; i < count; i++) {
		uint8_t hash[20];
		char chars[33];

		for (size_t k = 0; k < sizeof hash; k++)
			hash[k] = (uint8_t)random_next(&random);
		encode_nix32(chars, hash, sizeof hash);
		names.at[i] = arena_printf(a, "%s-package-%zu", chars, i);
	}
	texts_sort_unique(&names);
	assert_int_equal(names.count, count);
	s.paths = arena_alloc(a, count, sizeof *s.paths);
	for (size_t i = 0; i < count; i++) {
		struct lock_path *p = &s.paths[i];

		*p = (struct lock_path){ .path = names.at[i], .cache = cache, .nar_size = 1 + i, .file_size = 1 + i / 2,
					 .url = TEXT("nar/x.nar"), .codec = (enum codec)(i % CODEC_COUNT),
					 .file_origin = LOCK_UNSIGNED };
		p->references = (struct texts){ arena_alloc(a, 12, sizeof *p->references.at), i % 13 };
		for (size_t k = 0; k < p->references.count; k++)
			p->references.at[k] = names.at[random_next(&random) % count];
		texts_sort_unique(&p->references);
	}
	return s;
}

static void a_made_lock_comes_back(void **state)
{
	struct text keys[] = { TEXT("k:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=") };
	struct lock_cache cache = { TEXT("https://cache.example.org"), { keys, 1 } };
	struct arena a = { 0 }, b = { 0 };
	BUFFER_AUTO once = { 0 }, twice = { 0 };
	struct lock_system system = make_closure(3000, cache.url, &a);
	struct lock lock = { .caches = &cache, .cache_count = 1, .systems = &system, .system_count = 1 }, back;
	struct fault f = { 0 };

	(void)state;
	lock_write(&lock, &once);
	if (lock_parse(buffer_view(&once), "made", &b, &back, &f))
		fail_msg("%s", f.text);
	lock_write(&back, &twice);
	assert_true(text_equal(buffer_view(&once), buffer_view(&twice)));
	for (size_t i = 0; i < system.path_count; i++) {
		const struct lock_path *p = lock_path_find(&back.systems[0], system.paths[i].path);

		assert_non_null(p);
		assert_int_equal(p->nar_size, i + 1);
		assert_int_equal(p->references.count, system.paths[i].references.count);
	}
	arena_drop(&a);
	arena_drop(&b);
}

static void names_urls_and_keys(void **state)
{
	static const char *const good[] = { "a", "a b", "[", "...", ".x", "g++" };
	static const char *const bad[] = { "", ".", "..", "a/b", "/", "a\nb", "\x7f", "\xc3\xa4" };
	char longest[URL_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(lock_name_valid(text_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(lock_name_valid(text_of(bad[i])));
	memset(longest, 'a', sizeof longest);
	assert_true(lock_name_valid((struct text){ longest, 255 }));
	assert_false(lock_name_valid((struct text){ longest, 256 }));
	assert_true(lock_line_valid((struct text){ longest, 4096 }));
	assert_false(lock_line_valid((struct text){ longest, 4097 }));
	assert_true(lock_line_valid(TEXT("1.0 \xc3\xa4")));
	assert_true(lock_line_shown(TEXT("1.0 \xc3\xa4 \xc2\xa0 \xe0\xa4\x85")));
	assert_false(lock_line_shown(TEXT("1.0 \xc2\x9b" "31m")));
	assert_false(lock_line_shown(TEXT("1.0\t")));
	assert_false(lock_line_valid(TEXT("")));
	assert_false(lock_line_valid(TEXT("a\tb")));
	memcpy(longest, "http://", 7);
	assert_true(lock_url_valid((struct text){ longest, URL_MAX }));
	assert_false(lock_url_valid((struct text){ longest, URL_MAX + 1 }));
	assert_true(lock_url_valid(TEXT("file:///srv/cache")));
	assert_false(lock_url_valid(TEXT("file:///")));
	assert_true(lock_key_valid(TEXT("k:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="), ED25519_KEY_BYTES));
	assert_false(lock_key_valid(TEXT("k:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="), ED25519_SIG_BYTES));
	assert_false(lock_key_valid(TEXT("k"), ED25519_KEY_BYTES));
	memset(longest, 'k', 256);
	memcpy(longest + 255, ":6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=", 45);
	assert_true(lock_key_valid((struct text){ longest, 255 + 45 }, ED25519_KEY_BYTES));
	longest[255] = 'k';
	memcpy(longest + 256, ":6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=", 45);
	assert_false(lock_key_valid((struct text){ longest, 256 + 45 }, ED25519_KEY_BYTES));
}

static void too_many_bytes_are_refused(void **state)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct lock lock;

	(void)state;
	assert_int_equal(lock_parse((struct text){ "{}", LOCK_MAX + 1 }, "x", &a, &lock, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "at most 268435456"));
	assert_null(lock_system_find(&lock, TEXT("x")));
	assert_null(lock_path_find(&(struct lock_system){ 0 }, TEXT("x")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(all_that_is_in_it_is_read),
		cmocka_unit_test(what_is_known_of_a_package_is_read),
		cmocka_unit_test(a_made_lock_comes_back),
		cmocka_unit_test(names_urls_and_keys),
		cmocka_unit_test(too_many_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
