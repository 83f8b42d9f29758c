/* wiring: the bytes of the files outside the store, judged by who reads them: a shell, a line reader, a JSON reader. */
#include "household.h"

#include "format/json.h"
#include "store/wiring.h"
#include "sys/proc.h"

#define CACERT "00bgd045z0d4icpbc2yyz4gx48ak44la-nss-cacert-3.98"
#define BUNDLE "/nix/store/" CACERT "/etc/ssl/certs/ca-bundle.crt"

/* Sources the piece in a clean shell after `before` and gives what `after` prints. */
static const char *source_piece(struct household *h, struct text piece, const char *before, const char *after)
{
	BUFFER_AUTO out = { 0 };
	WORKS(fs_write(h->host, "/piece.sh", 0644, piece, &h->f));
	const char *script =
		house_say(h, "set -eu; unset PATH HOME NIX_SSL_CERT_FILE LOCALE_ARCHIVE; %s\n. %s/piece.sh; %s", before,
			  h->top, after);
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	WORKS(proc_capture(argv, 65536, &out, &h->f));
	return arena_copy(&h->arena, buffer_view(&out)).at;
}

static const char *source(struct household *h, const struct lock_system *system, const char *before, const char *after)
{
	return source_piece(h, wiring_profile_d(system, true, &h->arena), before, after);
}

static void path_is_only_added_to(void **state)
{
	static const char *const cases[][2] = {
		{ "PATH=/usr/bin:/bin", "/usr/local/bin:/usr/bin:/bin" },
		{ "PATH=/a:/usr/local/bin:/b", "/a:/usr/local/bin:/b" },
		{ "", "/usr/local/bin" },
		{ "PATH=/usr/bin HOME=/home/ada", "/usr/local/bin:/usr/bin:/home/ada/.nix-profile/bin" },
		{ "PATH=/usr/local/bin:/h/.nix-profile/bin:/x HOME=/h", "/usr/local/bin:/h/.nix-profile/bin:/x" },
		{ "PATH='/with a blank' HOME='/h b'", "/usr/local/bin:/with a blank:/h b/.nix-profile/bin" },
	};
	struct household *h = *state;
	struct lock_system none = { .nix = TEXT("nix") };
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(source(h, &none, cases[i][0], "echo \"$PATH\""), house_say(h, "%s\n", cases[i][1]));
	assert_string_equal(
		source(h, &none, "PATH=/bin HOME=/h", house_say(h, ". %s/piece.sh; echo \"$PATH\"", h->top)),
		"/usr/local/bin:/bin:/h/.nix-profile/bin\n");
}

static void without_links_the_profile_comes_first(void **state)
{
	static const char *const cases[][2] = {
		{ "PATH=/usr/local/bin:/usr/bin", GRAFT_PROFILE "/bin:/usr/local/bin:/usr/bin" },
		{ "PATH=/a:" GRAFT_PROFILE "/bin:/b", "/a:" GRAFT_PROFILE "/bin:/b" },
		{ "PATH=/usr/bin HOME=/h", GRAFT_PROFILE "/bin:/usr/bin:/h/.nix-profile/bin" },
		{ "", GRAFT_PROFILE "/bin" },
	};
	struct household *h = *state;
	struct lock_system none = { .nix = TEXT("nix") };
	struct text piece = wiring_profile_d(&none, false, &h->arena);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(source_piece(h, piece, cases[i][0], "echo \"$PATH\""), house_say(h, "%s\n", cases[i][1]));
	assert_null(strstr(piece.at, "/usr/local/bin"));
}

/* "<name>=<value> ..." of all variables. */
static const char *variables(struct household *h, const struct lock_system *system, struct wiring_base base)
{
	size_t count;
	const struct wiring_variable *all = wiring_variables(system, &base, &h->arena, &count);
	const char *is = "";
	for (size_t i = 0; i < count; i++)
		is = house_say(h, "%s%s%s=" TEXT_F, is, i ? " " : "", all[i].name, TEXT_A(all[i].value));
	return is;
}

static void variables_depend_on_the_base(void **state)
{
	struct household *h = *state;
	struct lock_path path = { .path = TEXT(CACERT) };
	struct lock_system none = { 0 }, own = { .paths = &path, .path_count = 1 };
	assert_string_equal(variables(h, &own, wiring_look(h->root.fd)), "NIX_SSL_CERT_FILE=" BUNDLE);
	assert_string_equal(variables(h, &none, wiring_look(h->root.fd)), "");
	house_put(h, "/etc/ssl/certs/ca-certificates.crt", "");
	house_put(h, "/usr/lib/locale/locale-archive", "");
	assert_string_equal(variables(h, &own, wiring_look(h->root.fd)),
			    "NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt LOCALE_ARCHIVE=/usr/lib/locale/locale-archive");
}

static void without_a_nix_nobody_has_a_profile_of_it(void **state)
{
	struct household *h = *state;
	struct lock_system tools = { 0 };
	assert_string_equal(source(h, &tools, "PATH=/usr/bin HOME=/h", "echo \"$PATH\""), "/usr/local/bin:/usr/bin\n");
}

static void locales_that_are_set_stay(void **state)
{
	struct household *h = *state;
	struct lock_system none = { .nix = TEXT("nix") };
	assert_string_equal(source(h, &none, "LOCALE_ARCHIVE=/mine", "echo $LOCALE_ARCHIVE"), "/mine\n");
}

static void the_lock_s_own_bundle_is_a_way_out(void **state)
{
	struct household *h = *state;
	struct lock_path path = { .path = TEXT(CACERT) };
	struct lock_system none = { 0 }, own = { .paths = &path, .path_count = 1 };
	assert_null(strstr(wiring_profile_d(&none, true, &h->arena).at, "ca-bundle"));
	assert_non_null(strstr(wiring_profile_d(&own, true, &h->arena).at, "/ca-certificates.crt " BUNDLE "; do\n"));
	path.path = TEXT("00bgd045z0d4icpbc2yyz4gx48ak44la-not-nss-cacert-3");
	assert_null(strstr(wiring_profile_d(&own, true, &h->arena).at, "ca-bundle"));
	assert_string_equal(source(h, &own, "NIX_SSL_CERT_FILE=/mine", "echo $NIX_SSL_CERT_FILE ${nixgraft_ca-none}"),
			    "/mine none\n");
	assert_string_equal(source(h, &own, "", "echo ${nixgraft_ca-none}"), "none\n");
}

static void nix_conf_has_caches_and_keys(void **state)
{
	struct household *h = *state;
	struct text one[] = { TEXT("b-1:BBBB"), TEXT("z-1:ZZZZ") }, two[] = { TEXT("a-1:AAAA"), TEXT("b-1:BBBB") };
	struct lock_cache caches[] = { { TEXT("https://second.example"), { one, 2 } },
				       { TEXT("file:///first"), { two, 2 } } };
	struct lock lock = { .caches = caches, .cache_count = 2 };
	const char *conf = wiring_nix_conf(&lock, false, &h->arena).at;
	assert_non_null(strstr(conf, "\nsubstituters = https://second.example file:///first\n"));
	assert_non_null(strstr(conf, "\ntrusted-public-keys = a-1:AAAA b-1:BBBB z-1:ZZZZ\n"));
	assert_non_null(strstr(conf, "\nbuild-users-group =\n"));
	assert_non_null(strstr(conf, "\nflake-registry = /etc/nix/registry.json\n"));
	assert_null(strstr(conf, "filter-syscalls"));
	assert_non_null(strstr(wiring_nix_conf(&lock, true, &h->arena).at, "\nfilter-syscalls = false\n"));
	for (struct text rest = text_of(conf), line; text_cut(&rest, '\n', &line) && rest.at;)
		assert_true(text_starts(line, TEXT("#")) || strstr(line.at, " ="));
	assert_true(text_ends(text_of(conf), TEXT("\n")));
}

static void get(struct household *h, const struct json_at *at, const char *key, const char *want)
{
	struct text is;
	if (want)
		WORKS(json_get_text(at, key, &is, &h->f));
	struct json_at child;
	assert_int_equal(json_member(at, key, &child), want != NULL);
	if (want)
		assert_true(text_equal(is, text_of(want)));
}

static void the_registry_has_the_inputs_as_locked(void **state)
{
	struct household *h = *state;
	struct flake_input inputs[] = {
		{ .name = TEXT("here"), .type = TEXT("path") },
		{ .name = TEXT("nixpkgs"),
		  .type = TEXT("github"),
		  .owner = TEXT("NixOS"),
		  .repo = TEXT("nixpkgs"),
		  .rev = TEXT("abc"),
		  .nar_hash = TEXT("sha256-x"),
		  .last_modified = 17 },
		{ .name = TEXT("nothing") },
		{ .name = TEXT("tar \"ball\""), .type = TEXT("tarball"), .url = TEXT("https://x") },
	};
	struct lock lock = { .has_flake = true, .flake = { .inputs = inputs, .input_count = 4 } };
	struct json_at root, flakes, flake = { 0 }, from, to;
	struct text bytes = wiring_registry(&lock, &h->arena);
	uint64_t number;
	WORKS(json_parse(bytes, "registry", &root, &h->f));
	WORKS(json_get_u64(&root, "version", 99, &number, &h->f));
	assert_int_equal(number, 2);
	WORKS(json_get_array(&root, "flakes", &flakes, &h->f));
	assert_int_equal(json_count(&flakes), 2);
	flake = (struct json_at){ 0 };
	assert_true(json_next(&flakes, &flake));
	WORKS(json_get_object(&flake, "from", &from, &h->f));
	WORKS(json_get_object(&flake, "to", &to, &h->f));
	get(h, &from, "id", "nixpkgs");
	get(h, &from, "type", "indirect");
	get(h, &to, "type", "github");
	get(h, &to, "owner", "NixOS");
	get(h, &to, "repo", "nixpkgs");
	get(h, &to, "rev", "abc");
	get(h, &to, "narHash", "sha256-x");
	get(h, &to, "url", NULL);
	WORKS(json_get_u64(&to, "lastModified", 99, &number, &h->f));
	assert_int_equal(number, 17);
	assert_true(json_next(&flakes, &flake));
	WORKS(json_get_object(&flake, "from", &from, &h->f));
	WORKS(json_get_object(&flake, "to", &to, &h->f));
	get(h, &from, "id", "tar \"ball\"");
	get(h, &to, "url", "https://x");
	get(h, &to, "rev", NULL);
	assert_false(json_member(&to, "lastModified", &from));
	json_drop(&root);
}

static void without_a_flake_the_registry_is_empty(void **state)
{
	struct household *h = *state;
	struct flake_input input = { .name = TEXT("x"), .type = TEXT("github") };
	struct lock lock = { .flake = { .inputs = &input, .input_count = 1 } };
	struct json_at root, flakes;
	struct text bytes = wiring_registry(&lock, &h->arena);
	WORKS(json_parse(bytes, "registry", &root, &h->f));
	WORKS(json_get_array(&root, "flakes", &flakes, &h->f));
	assert_int_equal(json_count(&flakes), 0);
	json_drop(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(path_is_only_added_to),
		HOUSE_TEST(without_links_the_profile_comes_first),
		HOUSE_TEST(variables_depend_on_the_base),
		HOUSE_TEST(without_a_nix_nobody_has_a_profile_of_it),
		HOUSE_TEST(locales_that_are_set_stay),
		HOUSE_TEST(the_lock_s_own_bundle_is_a_way_out),
		HOUSE_TEST(nix_conf_has_caches_and_keys),
		HOUSE_TEST(the_registry_has_the_inputs_as_locked),
		HOUSE_TEST(without_a_flake_the_registry_is_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
