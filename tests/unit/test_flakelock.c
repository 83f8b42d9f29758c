#include "samples.h"

#include "base/bounds.h"
#include "format/flakelock.h"

#define FOLLOWS_DIGEST "sha256-/t6HpAxeVC58sFC9nF7OOAQG57XGPC6XJyrFfc9HBwA=" /* openssl dgst -sha256 follows.lock */

static const char *const rules[][2] = {
	{ "version-4", "must be 5 to 7" },
	{ "version-8", "must be 5 to 7" },
	{ "version-", "version: " },
	{ "root-missing", "root: is missing" },
	{ "root-dangling", "there is no node 'rot'" },
	{ "root-array", "is missing" },
	{ "nodes-missing", "nodes: is missing" },
	{ "nodes-array", "nodes: must be an object" },
	{ "inputs-array", "inputs: must be an object" },
	{ "input-dangling", "there is no node 'nope'" },
	{ "input-name-", "printable ASCII" },
	{ "input-", "nodes.root.inputs.a: must be a string" },
	{ "follows-dangling", "has no input 'nope'" },
	{ "follows-number", "must be a string" },
	{ "follows-", "circle" },
	{ "rev-number", "rev: must be a string" },
	{ "rev-", "40 hex digits" },
	{ "nar-hash-", "narHash must be" },
	{ "last-modified-", "lastModified: must be a whole number" },
	{ "locked-string", "locked: must be an object" },
	{ "duplicate-node", "duplicate object key" },
	{ "not-json", "not proper JSON" },
};

static void good_is_read(const char *name, struct text bytes)
{
	struct flakelock lock;
	struct arena a = { 0 };
	struct fault f = { 0 };

	if (flakelock_parse(bytes, name, &a, &lock, &f))
		fail_msg("%s", f.text);
	for (size_t i = 1; i < lock.input_count; i++)
		assert_true(text_compare(lock.inputs[i - 1].name, lock.inputs[i].name) < 0);
	arena_drop(&a);
}

static void bad_is_refused(const char *name, struct text bytes)
{
	struct flakelock lock;
	struct arena a = { 0 };
	struct fault f = { 0 };

	assert_int_equal(flakelock_parse(bytes, name, &a, &lock, &f), FAULT_INPUT);
	arena_drop(&a);
	sample_says(rules, sizeof rules / sizeof *rules, name, name, f.text);
}

static void samples(void **state)
{
	(void)state;
	samples_walk("tests/data/flakelock/good", good_is_read);
	samples_walk("tests/data/flakelock/bad", bad_is_refused);
}

static void check_follows(const char *name, struct text bytes)
{
	struct flakelock lock;
	struct arena a = { 0 };
	struct fault f = { 0 };
	char digest[DIGEST_SRI_SIZE];

	if (strcmp(name, "follows.lock") != 0)
		return;
	assert_int_equal(flakelock_parse(bytes, name, &a, &lock, &f), 0);
	assert_int_equal(lock.input_count, 4);
	assert_true(text_equal(lock.inputs[0].name, TEXT("b-tool")));
	assert_true(text_equal(lock.inputs[0].type, TEXT("git")));
	assert_true(text_equal(lock.inputs[0].url, TEXT("https://example.org/tool.git")));
	assert_null(lock.inputs[0].owner.at);
	assert_int_equal(lock.inputs[0].last_modified, 1);
	for (size_t i = 1; i < 4; i++) {
		assert_true(text_equal(lock.inputs[i].owner, TEXT("NixOS")));
		assert_true(text_equal(lock.inputs[i].repo, TEXT("nixpkgs")));
		assert_true(text_equal(lock.inputs[i].rev, TEXT("34268251cf5547d39063f2c5ea9a196246f7f3a6")));
		assert_true(text_equal(lock.inputs[i].nar_hash,
				       TEXT("sha256-G3tw/IXmaH6IQ2upZvhuN9sG8CkuX+BLuJDpE8hz0Ds=")));
		assert_int_equal(lock.inputs[i].last_modified, 1782116945);
	}
	assert_true(text_equal(lock.inputs[3].name, TEXT("up")));
	assert_string_equal(digest_sri(&lock.digest, digest), FOLLOWS_DIGEST);
	arena_drop(&a);
}

static void follows_lead_to_the_node(void **state)
{
	(void)state;
	samples_walk("tests/data/flakelock/good", check_follows);
}

static void too_many_bytes_are_refused(void **state)
{
	struct flakelock lock;
	struct arena a = { 0 };
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(flakelock_parse((struct text){ "{}", FLAKE_LOCK_MAX + 1 }, "x", &a, &lock, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "at most 16777216"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(follows_lead_to_the_node),
		cmocka_unit_test(too_many_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
