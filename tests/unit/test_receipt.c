/* receipt: what the last apply did, written and read again. */
#include "household.h"

#include "store/receipt.h"

static const char *const rules[][2] = {
	{ "empty", "not proper JSON" },
	{ "cut-short", "not proper JSON" },
	{ "array", "version: is missing" },
	{ "version-missing", "version: is missing" },
	{ "version-2", "has version 2, and this nixgraft knows 1; use the newer nixgraft" },
	{ "version-text", "version: must be" },
	{ "lock-missing", "lock: is missing" },
	{ "lock-sha512", "'lock' must be a SHA-256" },
	{ "system-number", "system: must be a string" },
	{ "environment-missing", "environment: is missing" },
	{ "generation-negative", "generation: must be" },
	{ "paths-object", "paths: must be an array" },
	{ "paths-number", "must be a string" },
	{ "paths-empty-text", "must not be empty" },
	{ "wires-missing", "wires: is missing" },
	{ "wire-without-path", "path: is missing" },
	{ "wire-without-both", "sha256: is missing" },
	{ "wire-bad-digest", "'sha256' must be a SHA-256" },
	{ "wire-target-number", "target: must be a string" },
	{ "unfinished-text", "'unfinished' must be true or false" },
	{ "tools-only-number", "'toolsOnly' must be true or false" },
	{ "expose-text", "expose: must be an array" },
	{ "expose-number", "must be a string" },
	{ "folders-object", "folders: must be an array" },
	{ "folders-empty-text", "must not be empty" },
	{ "moved-aside-number", "must be a string" },
	{ "kept-true", "kept: must be an array" },
	{ "key-twice", "not proper JSON" },
	{ "nul-in-text", "not proper JSON" },
};

static void good_is_read(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct receipt r;
	if (receipt_parse(bytes, &a, &r, &f))
		fail_msg("%s: %s", name, f.text);
	arena_drop(&a);
}

static void bad_is_refused(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct receipt r;
	assert_int_equal(receipt_parse(bytes, &a, &r, &f), FAULT_INPUT);
	arena_drop(&a);
	sample_says(rules, COUNT_OF(rules), name, GRAFT_RECEIPT, f.text);
}

static void samples(void **state)
{
	(void)state;
	samples_walk("tests/data/receipt/good", good_is_read);
	samples_walk("tests/data/receipt/bad", bad_is_refused);
}

static struct receipt sample(struct receipt_wire wires[3])
{
	static struct text paths[] = { TEXT_INIT("a"), TEXT_INIT("b") };
	wires[0] = (struct receipt_wire){ .path = TEXT("/usr/local/bin/git"), .target = TEXT("/nix/x \"quoted\"") };
	wires[1] =
		(struct receipt_wire){ .path = TEXT("/etc/profile.d/nixgraft.sh"), .digest = crypto_sha256(TEXT("x")) };
	wires[2] = (struct receipt_wire){ .path = TEXT("/usr/local/bin/odd"), .target = TEXT("") };
	return (struct receipt){ .lock = crypto_sha256(TEXT("lock")),
				 .system = TEXT("x86_64-linux"),
				 .user = TEXT("ad\xc3\xa4"),
				 .environment = TEXT("env"),
				 .generation = 7,
				 .paths = { paths, 2 },
				 .wires = wires,
				 .wire_count = 3,
				 .kept = { paths, 1 } };
}

static void what_is_written_is_read(void **state)
{
	struct household *h = *state;
	struct receipt_wire wires[3];
	struct receipt w = sample(wires), r;
	bool found = false;
	WORKS(fs_make_dirs(h->root.fd, GRAFT_STATE, 0755, &h->f));
	WORKS(receipt_write(h->root.fd, &w, &h->f));
	assert_int_equal(house_mode(h, GRAFT_RECEIPT), 0644);
	WORKS(receipt_read(h->root.fd, &h->arena, &r, &found, &h->f));
	assert_true(found);
	assert_string_equal(r.made_by.at, NIXGRAFT_VERSION);
	assert_true(digest_equal(&r.lock, &w.lock));
	assert_true(text_equal(r.system, w.system));
	assert_true(text_equal(r.user, w.user));
	assert_true(text_equal(r.environment, w.environment));
	assert_int_equal(r.generation, 7);
	assert_true(texts_equal(r.paths, w.paths));
	assert_int_equal(r.wire_count, 3);
	assert_true(texts_equal(r.kept, w.kept));
	assert_non_null(r.wires[2].target.at);
	assert_int_equal(r.wires[2].target.len, 0);
	assert_true(text_equal(r.wires[0].target, w.wires[0].target));
	assert_null(r.wires[1].target.at);
	assert_true(digest_equal(&r.wires[1].digest, &w.wires[1].digest));
	assert_string_equal(r.wires[0].path.at, "/usr/local/bin/git");
}

static void the_same_gives_the_same_bytes(void **state)
{
	struct household *h = *state;
	struct receipt_wire wires[3];
	struct receipt w = sample(wires), r;
	bool found;
	WORKS(fs_make_dirs(h->root.fd, GRAFT_STATE, 0755, &h->f));
	WORKS(receipt_write(h->root.fd, &w, &h->f));
	const char *first = house_file(h, h->root.fd, GRAFT_RECEIPT);
	WORKS(receipt_read(h->root.fd, &h->arena, &r, &found, &h->f));
	WORKS(receipt_write(h->root.fd, &r, &h->f));
	assert_string_equal(house_file(h, h->root.fd, GRAFT_RECEIPT), first);
	assert_true(text_ends(text_of(first), TEXT("}\n")));
}

/* What was chosen, and what is written only where it is so. */
static void choices_come_back(void **state)
{
	static struct text texts[] = { TEXT_INIT("a"), TEXT_INIT("b") };
	static const struct receipt_choice choices[] = {
		{ 0 },
		{ .tools_only = true },
		{ .some = true },
		{ .some = true, .commands = { texts, 2 } },
		{ .tools_only = true, .some = true, .commands = { texts, 1 } },
	};
	struct household *h = *state;
	for (size_t i = 0; i < COUNT_OF(choices); i++) {
		BUFFER_AUTO bytes = { 0 };
		struct receipt_wire wires[3];
		struct receipt w = sample(wires), r;
		w.choice = choices[i];
		w.unfinished = i % 2;
		w.aside = (struct texts){ texts, i % 3 };
		w.folders = (struct texts){ texts, i % 2 + 1 };
		receipt_spell(&w, &bytes);
		WORKS(receipt_parse(buffer_view(&bytes), &h->arena, &r, &h->f));
		assert_int_equal(r.unfinished, i % 2);
		assert_int_equal(r.choice.tools_only, choices[i].tools_only);
		assert_int_equal(r.choice.some, choices[i].some);
		assert_true(texts_equal(r.choice.commands, choices[i].commands));
		assert_true(texts_equal(r.aside, w.aside));
		assert_true(texts_equal(r.folders, w.folders));
		assert_int_equal(strstr(bytes.at, "\"unfinished\"") != NULL, i % 2);
		assert_int_equal(strstr(bytes.at, "\"toolsOnly\"") != NULL, choices[i].tools_only);
		assert_int_equal(strstr(bytes.at, "\"expose\"") != NULL, choices[i].some);
		assert_int_equal(strstr(bytes.at, "\"movedAside\"") != NULL, i % 3 > 0);
	}
}

static void none_is_no_fault(void **state)
{
	struct household *h = *state;
	struct receipt r;
	bool found = true;
	WORKS(receipt_read(h->root.fd, &h->arena, &r, &found, &h->f));
	assert_false(found);
	assert_int_equal(r.wire_count, 0);
}

static void what_cannot_be_read_is_a_fault(void **state)
{
	struct household *h = *state;
	struct receipt r;
	bool found;
	house_put(h, GRAFT_RECEIPT, "{}");
	FAILS(FAULT_INPUT, GRAFT_RECEIPT ": version: is missing",
	      receipt_read(h->root.fd, &h->arena, &r, &found, &h->f));
	FD_AUTO dir = house_dir(h, GRAFT_STATE);
	WORKS(fs_remove_tree(dir, "receipt.json", &h->f));
	WORKS(fs_make_dirs(h->root.fd, GRAFT_RECEIPT, 0755, &h->f));
	FAILS(FAULT_SYSTEM, GRAFT_RECEIPT, receipt_read(h->root.fd, &h->arena, &r, &found, &h->f));
}

static void wires_are_found_by_path(void **state)
{
	struct receipt_wire wires[3];
	struct receipt w = sample(wires);
	(void)state;
	assert_ptr_equal(receipt_find(&w, TEXT("/etc/profile.d/nixgraft.sh")), &wires[1]);
	assert_null(receipt_find(&w, TEXT("/etc/profile.d/nixgraft.s")));
	assert_null(receipt_find(&w, TEXT("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		HOUSE_TEST(what_is_written_is_read),
		HOUSE_TEST(the_same_gives_the_same_bytes),
		HOUSE_TEST(choices_come_back),
		HOUSE_TEST(none_is_no_fault),
		HOUSE_TEST(what_cannot_be_read_is_a_fault),
		cmocka_unit_test(wires_are_found_by_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
