/* environment: the store object that a generation is, and the name that follows from it. */
#include "objects.h"

#include "store/environment.h"

/* Two tools with commands, pages and completions, and a Nix. */
struct kit {
	struct object ada, ada_man, bob, nix;
	struct lock_output ada_outputs[2], bob_output;
	struct lock_tool tools[2];
	struct lock_system system;
};

static struct kit *make(struct household *h)
{
	struct kit *k = arena_alloc(&h->arena, 1, sizeof *k);
	k->ada = OBJECT(h, "ada-1", NO_TEXTS, { "bin/ada", 'x', "" }, { "bin/ada-x", 'x', "" },
			{ "bin/hidden", 'x', "" }, { "share/bash-completion/completions/ada", 'f', "" },
			{ "share/fish/vendor_completions.d/ada.fish", 'f', "" },
			{ "share/zsh/site-functions/_ada", 'f', "" });
	k->ada_man = OBJECT(h, "ada-1-man", NO_TEXTS, { "share/man/de/man1/ada.1", 'f', "" },
			    { "share/man/man1/ada.1", 'f', "" }, { "share/man/man1/both.1", 'f', "" },
			    { "share/man/man8/ada.8", 'f', "" });
	k->bob = OBJECT(h, "bob-2", NO_TEXTS, { "bin/bob", 'l', "bobby" }, { "bin/bobby", 'x', "" },
			{ "share/man/man1/both.1", 'f', "" });
	k->nix = OBJECT(h, "nix-3", NO_TEXTS, { "bin/nix", 'x', "" }, { "share/man/man1/nix.1", 'f', "" });
	object_install(h, &k->ada);
	object_install(h, &k->ada_man);
	object_install(h, &k->bob);
	object_install(h, &k->nix);
	k->ada_outputs[0] = (struct lock_output){ TEXT("man"), k->ada_man.path.path };
	k->ada_outputs[1] = (struct lock_output){ TEXT("out"), k->ada.path.path };
	k->bob_output = (struct lock_output){ TEXT("out"), k->bob.path.path };
	k->tools[0] = (struct lock_tool){ .name = TEXT("ada"),
					  .path = k->ada.path.path,
					  .outputs = k->ada_outputs,
					  .output_count = 2,
					  .commands = object_list(h, 2, TEXT("ada"), TEXT("ada-x")) };
	k->tools[1] = (struct lock_tool){ .name = TEXT("bob"),
					  .path = k->bob.path.path,
					  .outputs = &k->bob_output,
					  .output_count = 1,
					  .commands = object_list(h, 1, TEXT("bob")) };
	k->system = (struct lock_system){ .tools = k->tools, .tool_count = 2 };
	return k;
}

static void with_nix(struct household *h, struct kit *k)
{
	k->system.nix = k->nix.path.path;
	k->system.nix_commands = object_list(h, 1, TEXT("nix"));
}

static const char *sorted_roots(struct household *h, size_t count, const struct object *const *objects)
{
	struct texts names = { arena_alloc(&h->arena, count, sizeof *names.at), count };
	const char *all = "";
	for (size_t i = 0; i < count; i++)
		names.at[i] = objects[i]->path.path;
	texts_sort_unique(&names);
	for (size_t i = 0; i < count; i++)
		all = house_say(h, "%s" STORE_PREFIX TEXT_F "\n", all, TEXT_A(names.at[i]));
	return all;
}

/* The NAR spelt out leaf by leaf: what environment_make is held against. */
static struct text expected(struct household *h, struct kit *k, bool nix)
{
	const struct object *const all[] = { &k->ada, &k->ada_man, &k->bob, &k->nix };
	struct leaf leaves[] = {
		{ "bin/ada", 'l', object_at(h, &k->ada, "/bin/ada") },
		{ "bin/ada-x", 'l', object_at(h, &k->ada, "/bin/ada-x") },
		{ "bin/bob", 'l', object_at(h, &k->bob, "/bin/bob") },
		{ "bin/nix", 'l', object_at(h, &k->nix, "/bin/nix") },
		{ "share/bash-completion/completions/ada", 'l',
		  object_at(h, &k->ada, "/share/bash-completion/completions/ada") },
		{ "share/fish/vendor_completions.d/ada.fish", 'l',
		  object_at(h, &k->ada, "/share/fish/vendor_completions.d/ada.fish") },
		{ "share/man/man1/ada.1", 'l', object_at(h, &k->ada_man, "/share/man/man1/ada.1") },
		{ "share/man/man1/both.1", 'l', object_at(h, &k->ada_man, "/share/man/man1/both.1") },
		{ "share/man/man1/nix.1", 'l', object_at(h, &k->nix, "/share/man/man1/nix.1") },
		{ "share/man/man8/ada.8", 'l', object_at(h, &k->ada_man, "/share/man/man8/ada.8") },
		{ "share/nixgraft/roots", 'f', sorted_roots(h, nix ? 4 : 3, all) },
		{ "share/zsh/site-functions/_ada", 'l', object_at(h, &k->ada, "/share/zsh/site-functions/_ada") },
	};
	size_t count = COUNT_OF(leaves);
	for (size_t i = 0; !nix && i < count; i++)
		if (strstr(leaves[i].path, "nix") && leaves[i].kind == 'l')
			memmove(&leaves[i], &leaves[i + 1], (--count - i) * sizeof *leaves);
	return object_nar(h, leaves, count);
}

static void it_is_what_it_should_be(void **state)
{
	struct household *h = *state;
	struct kit *k = make(h);
	for (int nix = 0; nix < 2; nix++) {
		struct environment e;
		if (nix)
			with_nix(h, k);
		struct text nar = expected(h, k, nix);
		WORKS(environment_make(h->root.fd, &k->system, &h->arena, &e, &h->f));
		assert_true(text_equal(buffer_view(&e.nar), nar));
		buffer_drop(&e.nar);
	}
}

/* Nix's makeFixedOutputPath, written down a second time: libstore/store-dir-config, libutil/hash.cc (compressHash). */
static const char *name_of(struct household *h, struct text nar, struct texts references)
{
	char hex[2 * DIGEST_BYTES + 1], hash[STORE_HASH_CHARS + 1];
	uint8_t folded[20] = { 0 };
	const char *before = "source";
	struct digest digest = crypto_sha256(nar);
	encode_hex(hex, digest.bytes, DIGEST_BYTES);
	for (size_t i = 0; i < references.count; i++)
		before = house_say(h, "%s:/nix/store/" TEXT_F, before, TEXT_A(references.at[i]));
	digest = crypto_sha256(text_of(house_say(h, "%s:sha256:%s:/nix/store:nixgraft-environment", before, hex)));
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		folded[i % 20] ^= digest.bytes[i];
	encode_nix32(hash, folded, sizeof folded);
	return house_say(h, "%s-nixgraft-environment", hash);
}

static void its_name_follows_from_its_content(void **state)
{
	struct household *h = *state;
	struct kit *k = make(h);
	struct environment e;
	char digest[DIGEST_NIX32_SIZE];
	with_nix(h, k);
	WORKS(environment_make(h->root.fd, &k->system, &h->arena, &e, &h->f));
	struct text nar = buffer_view(&e.nar);
	struct digest is = crypto_sha256(nar);
	assert_true(texts_equal(e.path.references, object_list(h, 4, k->ada.path.path, k->ada_man.path.path,
							       k->bob.path.path, k->nix.path.path)));
	assert_string_equal(e.path.path.at, name_of(h, nar, e.path.references));
	assert_string_equal(e.path.ca.at, house_say(h, "fixed:r:%s", digest_nix32(&is, digest)));
	assert_int_equal(e.path.nar_size, nar.len);
	assert_true(digest_equal(&e.path.nar_digest, &is));
	assert_true(storepath_ca_holds(e.path.path, e.path.ca, &e.path.nar_digest, e.path.references));
	assert_int_equal(e.path.nar_origin, LOCK_CONTENT);
	assert_null(e.path.url.at);
	buffer_drop(&e.nar);
}

static void it_can_be_unpacked(void **state)
{
	struct household *h = *state;
	struct kit *k = make(h);
	struct environment e;
	with_nix(h, k);
	WORKS(environment_make(h->root.fd, &k->system, &h->arena, &e, &h->f));
	struct object o = { e.path, buffer_view(&e.nar) };
	object_install(h, &o);
	assert_string_equal(house_names(h, h->root.fd, object_at(h, &o, "/bin")), "ada ada-x bob nix");
	assert_string_equal(house_names(h, h->root.fd, object_at(h, &o, "/share/man/man1")), "ada.1 both.1 nix.1");
	buffer_drop(&e.nar);
}

static void says(struct household *h, struct texts shared, const char *expected)
{
	const char *is = "";
	for (size_t i = 0; i < shared.count; i++)
		is = house_say(h, "%s" TEXT_F "\n", is, TEXT_A(shared.at[i]));
	assert_string_equal(is, expected);
}

static void it_tells_pages_and_completions(void **state)
{
	struct household *h = *state;
	struct kit *k = make(h);
	struct lock_system none = { 0 };
	struct environment e;
	WORKS(environment_make(h->root.fd, &k->system, &h->arena, &e, &h->f));
	buffer_drop(&e.nar);
	says(h, e.shared,
	     "share/bash-completion/completions/ada\nshare/fish/vendor_completions.d/ada.fish\nshare/man/man1/ada.1\n"
	     "share/man/man1/both.1\nshare/man/man8/ada.8\nshare/zsh/site-functions/_ada\n");
	WORKS(environment_make(h->root.fd, &none, &h->arena, &e, &h->f));
	buffer_drop(&e.nar);
	assert_int_equal(e.shared.count, 0);
}

static void a_missing_command_is_named(void **state)
{
	struct household *h = *state;
	struct kit *k = make(h);
	struct environment e;
	k->tools[1].commands = object_list(h, 2, TEXT("bob"), TEXT("robert"));
	FAILS(FAULT_INPUT,
	      house_say(h, "the lock's tool 'bob' exposes the command 'robert', but there is no %s",
			object_at(h, &k->bob, "/bin/robert")),
	      environment_make(h->root.fd, &k->system, &h->arena, &e, &h->f));
	buffer_drop(&e.nar);
	k->tools[1].commands = NO_TEXTS;
	with_nix(h, k);
	k->system.nix_commands = object_list(h, 1, TEXT("nix-shell"));
	FAILS(FAULT_INPUT, "the lock's Nix exposes the command 'nix-shell'",
	      environment_make(h->root.fd, &k->system, &h->arena, &e, &h->f));
	buffer_drop(&e.nar);
}

static void odd_trees_are_no_trouble(void **state)
{
	struct household *h = *state;
	struct kit *k = make(h);
	struct environment e;
	k->bob = OBJECT(h, "bob-3", NO_TEXTS, { "bin/bob", 'x', "" }, { "share/bash-completion", 'f', "" },
			{ "share/man/man1/bob.1", 'l', "/nowhere" }, { "share/man/manual", 'f', "" },
			{ "share/zsh/site-functions", 'l', "/nowhere" });
	object_install(h, &k->bob);
	k->bob_output.path = k->tools[1].path = k->bob.path.path;
	WORKS(environment_make(h->root.fd, &k->system, &h->arena, &e, &h->f));
	struct object o = { e.path, buffer_view(&e.nar) };
	object_install(h, &o);
	assert_string_equal(house_names(h, h->root.fd, object_at(h, &o, "/share/man")), "man1 man8");
	assert_string_equal(house_link(h, object_at(h, &o, "/share/man/man1/bob.1")),
			    object_at(h, &k->bob, "/share/man/man1/bob.1"));
	buffer_drop(&e.nar);
}

static void no_tool_at_all_is_an_environment_too(void **state)
{
	struct household *h = *state;
	struct lock_system none = { 0 };
	struct environment e;
	WORKS(environment_make(h->root.fd, &none, &h->arena, &e, &h->f));
	assert_true(
		text_equal(buffer_view(&e.nar), object_nar(h, &(struct leaf){ "share/nixgraft/roots", 'f', "" }, 1)));
	assert_int_equal(e.path.references.count, 0);
	buffer_drop(&e.nar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(it_is_what_it_should_be),  HOUSE_TEST(its_name_follows_from_its_content),
		HOUSE_TEST(it_can_be_unpacked),       HOUSE_TEST(a_missing_command_is_named),
		HOUSE_TEST(odd_trees_are_no_trouble), HOUSE_TEST(no_tool_at_all_is_an_environment_too),
		HOUSE_TEST(it_tells_pages_and_completions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
