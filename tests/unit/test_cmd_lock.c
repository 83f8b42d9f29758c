/* cmd_lock: `nixgraft lock` against a file:// cache: what it writes, keeps, reports and refuses. */
#include "tiny.h"

#include "format/lock.h"

/* The lock as it stands in the folder. */
static void read_lock(struct tiny *t, struct lock *lock)
{
	struct fault f = { 0 };

	if (lock_parse(tiny_get(t, "closure.lock"), "closure.lock", &t->arena, lock, &f))
		fail_msg("%s", f.text);
}

static void lock_pins_the_closure(void **state)
{
	struct tiny *t = *state;
	struct lock lock;
	struct verb v;

	verb_ended(verb_run(&v, &cmd_lock, tiny_lock_line(t)), 0, "");
	verb_printed(&v, "closure.lock: written\n  x86_64-linux: 1 tool, 2 paths, ");
	verb_drop(&v);
	read_lock(t, &lock);
	assert_int_equal(lock.system_count, 1);
	assert_int_equal(lock.systems->path_count, 2);
	assert_non_null(lock_path_find(lock.systems, t->library));
	assert_true(text_equal(lock_path_find(lock.systems, t->hello)->references.at[0], t->library));
	assert_true(text_equal(lock.systems->tools->version, TEXT("2.1")));
	assert_true(text_equal(lock.caches->keys.at[0], TEXT(TINY_KEY)));
	assert_false(lock.has_flake);
	verb_ended(verb_run(&v, &cmd_lock, tiny_lock_line(t)), 0, "");
	verb_printed(&v, "closure.lock: unchanged\n");
	verb_drop(&v);
}

static void dry_run_writes_nothing(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	verb_ended(verb_run(&v, &cmd_lock, tiny_line(t, "%s --dry-run", tiny_lock_line(t))), 0, "");
	verb_printed(&v, "closure.lock: would be written\n");
	assert_false(tiny_has(t, "closure.lock"));
	verb_drop(&v);
}

static void another_system_is_added(void **state)
{
	struct tiny *t = *state;
	struct lock lock;
	struct verb v;

	tiny_lock(t);
	verb_run(&v, &cmd_lock, tiny_line(t, "--json --system aarch64-linux --tool lib=/nix/store/" TEXT_F " --expose lib=",
					  TEXT_A(t->library)));
	verb_ended(&v, 0, "");
	verb_printed(&v, "\"result\": \"written\"");
	verb_printed(&v, "\"system\": \"aarch64-linux\", \"tools\": 1, \"paths\": 1");
	verb_drop(&v);
	read_lock(t, &lock);
	assert_int_equal(lock.system_count, 2);
	assert_int_equal(lock_system_find(&lock, TEXT("aarch64-linux"))->tools->commands.count, 0);
	assert_int_equal(lock_system_find(&lock, TEXT("x86_64-linux"))->path_count, 2);
}

static void check_tells_why_it_is_stale(void **state)
{
	struct tiny *t = *state;
	const char *same = tiny_line(t, "--check %s", tiny_lock_line(t));
	const char *other = tiny_line(t, "--check --json --system " TINY_SYSTEM " --tool hi=/nix/store/" TEXT_F,
				      TEXT_A(t->hello));
	struct verb v;

	verb_ended(verb_run(&v, &cmd_lock, same), FAULT_DIFFERS, "closure.lock: there is no such lock; make it with");
	verb_drop(&v);
	tiny_lock(t);
	verb_ended(verb_run(&v, &cmd_lock, same), 0, "");
	verb_printed(&v, "closure.lock: current\n");
	verb_drop(&v);
	verb_ended(verb_run(&v, &cmd_lock, other), FAULT_DIFFERS,
		   "closure.lock is stale: x86_64-linux: tool 'hello' is no longer wanted; run `nixgraft lock`");
	verb_printed(&v, "\"result\": \"stale\"");
	verb_printed(&v, "x86_64-linux: tool 'hi' is new");
	verb_drop(&v);
	tiny_put(t, "flake.lock", TEXT("{\"version\": 7, \"root\": \"root\", \"nodes\": {\"root\": {}}}"));
	verb_ended(verb_run(&v, &cmd_lock, "--check"), FAULT_DIFFERS, "belongs to no flake.lock, and there is one");
	verb_printed(&v, "closure.lock: stale\n  the lock belongs to no flake.lock, and there is one\n");
	verb_drop(&v);
}

static void bad_calls_are_refused(void **state)
{
	struct tiny *t = *state;
	const char *tool = tiny_line(t, "--tool hello=/nix/store/" TEXT_F, TEXT_A(t->hello));
	const char *cache = tiny_line(t, "--cache file://%s/cache", t->top);
	const struct {
		const char *line;
		int code;
		const char *words;
	} bad[] = {
		{ "hello", FAULT_USAGE, "'hello' is not expected" },
		{ tiny_line(t, "%s %s", tool, cache), FAULT_USAGE, "whom to believe is not known; give its public key" },
		{ tiny_line(t, "%s %s --trusted-key x:abc", tool, cache), FAULT_USAGE, "x:abc" },
		{ tiny_line(t, "%s --cache ftp://host/x --trusted-key " TINY_KEY, tool), FAULT_USAGE, "ftp://host/x" },
		{ tiny_line(t, "%s --trusted-key " TINY_KEY " --tool x=/nix/store/" TEXT_F "x", cache, TEXT_A(t->library)),
		  FAULT_VERIFY, "asked was for" },
		{ tiny_line(t, "%s --trusted-key " TINY_KEY " --tool x=/nix/store/%032d-gone", cache, 0), FAULT_NETWORK, "-gone" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct verb v;

		verb_ended(verb_run(&v, &cmd_lock, bad[i].line), bad[i].code, bad[i].words);
		assert_string_equal(v.printed.out, "");
		verb_drop(&v);
	}
	assert_false(tiny_has(t, "closure.lock"));
}

/* Without its content address nobody vouches for it. */
static void an_unsigned_path_is_refused(void **state)
{
	struct tiny *t = *state;
	const char *name = tiny_line(t, "cache/" TEXT_F ".narinfo", TEXT_A(storepath_hash(t->library)));
	struct text info = tiny_get(t, name);
	struct verb v;

	memcpy(strstr(info.at, "CA:"), "Xy:", 3); /* a field that nobody knows */
	tiny_put(t, name, info);
	verb_ended(verb_run(&v, &cmd_lock, tiny_lock_line(t)), FAULT_VERIFY, "libhello-1");
	assert_non_null(strstr(v.fault.text, "hello-2.1"));
	verb_drop(&v);
}

static void a_malformed_lock_is_not_overwritten(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	tiny_put(t, "closure.lock", TEXT("{\"version\": 2}"));
	verb_ended(verb_run(&v, &cmd_lock, tiny_lock_line(t)), FAULT_INPUT, "closure.lock");
	assert_true(text_equal(tiny_get(t, "closure.lock"), TEXT("{\"version\": 2}")));
	verb_drop(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tiny_test(lock_pins_the_closure),
		tiny_test(dry_run_writes_nothing),
		tiny_test(another_system_is_added),
		tiny_test(check_tells_why_it_is_stale),
		tiny_test(bad_calls_are_refused),
		tiny_test(an_unsigned_path_is_refused),
		tiny_test(a_malformed_lock_is_not_overwritten),
	};

	return cmocka_run_group_tests_name("cmd_lock", tests, NULL, NULL);
}
