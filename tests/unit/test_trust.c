/* trust: whose signatures are believed, and for what. */
#include "objects.h"

#include "store/trust.h"

#define NIXOS_KEY TEXT(TRUST_NIXOS_KEY)

static void bad_keys_are_refused(void **state)
{
	static const char *const keys[] = { "", "name", ":6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=", "name:" };
	static const char *const bytes[] = { "n:AAAA", "n:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY",
					     "n:6NCHdD59X431o0gWypbM rAURkbJ16ZPMQFGspcDShjY=",
					     "n:m:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=" };
	struct household *h = *state;
	struct trust t = { 0 };
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		FAILS(FAULT_USAGE, house_say(h, "trusted key '%s': must be NAME:BASE64", keys[i]),
		      trust_add(&t, &h->arena, text_of(keys[i]), &h->f));
	for (size_t i = 0; i < COUNT_OF(bytes); i++)
		FAILS(FAULT_USAGE,
		      house_say(h, "trusted key '%s': what follows the colon must be the base64 of 32 bytes", bytes[i]),
		      trust_add(&t, &h->arena, text_of(bytes[i]), &h->f));
	assert_int_equal(t.keys.count, 0);
}

static void names_and_keys_have_a_limit(void **state)
{
	struct household *h = *state;
	struct trust t = { 0 };
	const char *base64 = strchr(h->key.at, ':');
	WORKS(trust_add(&t, &h->arena, text_of(house_say(h, "%0255d%s", 0, base64)), &h->f));
	FAILS(FAULT_USAGE, "must be NAME:BASE64",
	      trust_add(&t, &h->arena, text_of(house_say(h, "%0256d%s", 0, base64)), &h->f));
	while (t.keys.count < KEYS_MAX)
		WORKS(trust_add(&t, &h->arena, h->key, &h->f));
	FAILS(FAULT_USAGE, "more than 256 trusted keys", trust_add(&t, &h->arena, h->key, &h->f));
}

static void a_key_outlives_its_spelling(void **state)
{
	struct household *h = *state;
	struct trust t = { 0 };
	char *spelt = strdup(TRUST_NIXOS_KEY);
	WORKS(trust_add(&t, &h->arena, text_of(spelt), &h->f));
	free(spelt);
	IS(t.keys.at[0].name, "cache.nixos.org-1");
	assert_int_equal(t.keys.at[0].bytes[0], 0xe8);
}

static void keys_of_a_lock_are_taken(void **state)
{
	struct household *h = *state;
	struct trust t = { 0 };
	struct lock_cache caches[] = { { TEXT("file:///a"), object_list(h, 2, h->key, NIXOS_KEY) },
				       { TEXT("file:///b"), object_list(h, 1, TEXT("x")) } };
	struct lock lock = { .caches = caches, .cache_count = 1 };
	WORKS(trust_add_lock(&t, &h->arena, &lock, &h->f));
	assert_int_equal(t.keys.count, 2);
	lock.cache_count = 2;
	FAILS(FAULT_USAGE, "trusted key 'x'", trust_add_lock(&t, &h->arena, &lock, &h->f));
}

static struct object tool(struct household *h)
{
	return OBJECT(h, "tool-1", object_list(h, 1, object_base(h, "tool-1")), { "bin/tool", 'x', "#!" });
}

static void a_genuine_signature_is_believed(void **state)
{
	struct household *h = *state;
	struct trust none = { 0 }, t = { 0 };
	struct object o = tool(h);
	assert_false(trust_path(&none, &o.path));
	WORKS(trust_add(&t, &h->arena, NIXOS_KEY, &h->f));
	assert_false(trust_path(&t, &o.path));
	WORKS(trust_add(&t, &h->arena, h->key, &h->f));
	assert_true(trust_path(&t, &o.path));
}

static void every_signed_fact_is_signed(void **state)
{
	struct household *h = *state;
	struct trust t = { 0 };
	WORKS(trust_add(&t, &h->arena, h->key, &h->f));
	for (int change = 0; change < 6; change++) {
		struct object o = tool(h);
		struct lock_path *p = &o.path;
		char *signature = (char *)p->signatures.at[0].at + strlen(HOUSE_KEY_NAME ":") + 5;
		switch (change) {
		case 0:
			p->path = object_base(h, "tool-2");
			break;
		case 1:
			p->nar_digest.bytes[31] ^= 1;
			break;
		case 2:
			p->nar_size++;
			break;
		case 3:
			p->references = NO_TEXTS;
			break;
		case 4:
			*signature = *signature == 'A' ? 'B' : 'A';
			break;
		case 5:
			p->signatures =
				object_list(h, 1, text_of(house_say(h, "other" TEXT_F, TEXT_A(p->signatures.at[0]))));
			break;
		}
		assert_false(trust_path(&t, p));
	}
}

static void any_of_several_signatures_and_keys_will_do(void **state)
{
	struct household *h = *state;
	struct trust t = { 0 };
	struct object o = tool(h);
	struct text namesake = text_of(house_say(h, HOUSE_KEY_NAME "%s", strchr(TRUST_NIXOS_KEY, ':')));
	WORKS(trust_add(&t, &h->arena, namesake, &h->f));
	assert_false(trust_path(&t, &o.path));
	WORKS(trust_add(&t, &h->arena, h->key, &h->f));
	assert_true(trust_path(&t, &o.path));
	o.path.signatures = object_list(h, 3, TEXT("a"), TEXT(HOUSE_KEY_NAME ":AAAA"), o.path.signatures.at[0]);
	assert_true(trust_path(&t, &o.path));
	o.path.signatures.count = 2;
	o.path.signatures.at = (struct text[]){ TEXT("a"), TEXT(HOUSE_KEY_NAME ":AAAA") };
	assert_false(trust_path(&t, &o.path));
}

/* Makes the path content-addressed and takes its signature away. */
static void make_ca(struct household *h, struct lock_path *p)
{
	char digest[DIGEST_NIX32_SIZE];
	p->path = storepath_make_ca(TEXT("content"), &p->nar_digest, p->references, &h->arena);
	p->ca = text_of(house_say(h, "fixed:r:%s", digest_nix32(&p->nar_digest, digest)));
	p->signatures = NO_TEXTS;
}

static void content_vouches_for_itself(void **state)
{
	struct household *h = *state;
	struct trust none = { 0 };
	struct object o = tool(h);
	make_ca(h, &o.path);
	assert_true(trust_path(&none, &o.path));
	o.path.references = NO_TEXTS;
	assert_false(trust_path(&none, &o.path));
	make_ca(h, &o.path);
	assert_true(trust_path(&none, &o.path));
	o.path.nar_digest.bytes[0] ^= 1;
	assert_false(trust_path(&none, &o.path));
}

static void a_wrong_content_address_leaves_the_signature(void **state)
{
	struct household *h = *state;
	struct trust t = { 0 };
	struct object o = tool(h);
	WORKS(trust_add(&t, &h->arena, h->key, &h->f));
	o.path.ca = TEXT("text:sha256:0000000000000000000000000000000000000000000000000000");
	assert_true(trust_path(&t, &o.path));
}

static void the_first_unbelieved_path_is_named(void **state)
{
	struct household *h = *state;
	struct trust t = { 0 };
	struct lock_path paths[3] = { tool(h).path, tool(h).path, tool(h).path };
	struct lock_system system = { .paths = paths, .path_count = 3 };
	WORKS(trust_add(&t, &h->arena, h->key, &h->f));
	WORKS(trust_check(&t, &system, &h->f));
	paths[1].nar_size++;
	paths[1].path = object_base(h, "other");
	paths[2].signatures = NO_TEXTS;
	FAILS(FAULT_VERIFY,
	      house_say(h, "/nix/store/" TEXT_F " (2 of 3 paths) has no good signature by a trusted key",
			TEXT_A(paths[1].path)),
	      trust_check(&t, &system, &h->f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(bad_keys_are_refused),
		HOUSE_TEST(names_and_keys_have_a_limit),
		HOUSE_TEST(a_key_outlives_its_spelling),
		HOUSE_TEST(keys_of_a_lock_are_taken),
		HOUSE_TEST(a_genuine_signature_is_believed),
		HOUSE_TEST(every_signed_fact_is_signed),
		HOUSE_TEST(any_of_several_signatures_and_keys_will_do),
		HOUSE_TEST(content_vouches_for_itself),
		HOUSE_TEST(a_wrong_content_address_leaves_the_signature),
		HOUSE_TEST(the_first_unbelieved_path_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
