/* graft: the steps of an apply, one by one, on a tiny root. */
#include "cmd/graft.h"

#include "tiny.h"

/* A graft, the call that it is for, and what went wrong last. */
struct at_work {
	struct graft graft;
	struct call call;
	struct words words;
	struct fault fault;
};

static struct graft *begin(struct at_work *w, const char *line)
{
	*w = (struct at_work){ 0 };
	words_make(&w->words, line);
	call_make(&w->call, &cmd_apply, &w->words);
	w->call.quiet = true;
	if (graft_open(&w->graft, &w->call, &w->fault))
		fail_msg("%s", w->fault.text);
	return &w->graft;
}

static void end(struct at_work *w)
{
	graft_close(&w->graft);
	arena_drop(&w->call.arena);
	free(w->words.line);
}

#define LINE "--root root --no-sync --jobs 2"

/* A step that must go well. */
static void well(int code, struct at_work *w)
{
	if (code)
		fail_msg("code %d: %s", code, w->fault.text);
}

/* graft_plan refuses, and nothing was changed. */
static void plan_refuses(struct tiny *t, const char *line, int code, const char *words)
{
	struct at_work w;

	begin(&w, line);
	if (graft_plan(&w.graft, &w.fault) != code || w.fault.code != code || !strstr(w.fault.text, words))
		fail_msg("\"%s\": code %d, %s", line, w.fault.code, w.fault.text);
	end(&w);
	assert_false(tiny_has(t, "root/nix"));
}

static bool unchanged(struct at_work *w)
{
	bool is = true;

	well(graft_unchanged(&w->graft, &is, &w->fault), w);
	return is;
}

/* ---- the whole way ---- */

static void plan_looks_only(void **state)
{
	struct tiny *t = *state;
	struct at_work w;
	struct graft *g;

	tiny_lock(t);
	g = begin(&w, LINE);
	assert_int_equal(g->jobs, 2);
	assert_false(g->has_receipt || unchanged(&w));
	well(graft_plan(g, &w.fault), &w);
	assert_int_equal(g->missing.count, 2);
	assert_int_equal(g->missing.fetch, 2);
	assert_int_equal(g->files.count, 2);
	assert_int_equal(g->fetch_bytes, g->missing.at[0]->file_size + g->missing.at[1]->file_size);
	assert_int_equal(g->unpack_bytes, g->missing.at[0]->nar_size + g->missing.at[1]->nar_size);
	assert_false(g->registry.exists);
	end(&w);
	assert_false(tiny_has(t, "root/nix") || tiny_has(t, "root/usr") || tiny_has(t, "root/etc/profile.d"));
}

static void carrying_out_makes_all_of_it(void **state)
{
	struct tiny *t = *state;
	struct at_work w;
	struct graft *g;

	tiny_lock(t);
	g = begin(&w, LINE);
	well(graft_plan(g, &w.fault), &w);
	well(graft_carry_out(g, &w.fault), &w);
	assert_int_equal(g->generation, 1);
	assert_true(tiny_has(t, "root/nix/store/" TEXT_F, TEXT_A(g->environment)));
	end(&w);
	assert_true(tiny_has(t, "root/nix/store/" TEXT_F "/bin/hello", TEXT_A(t->hello)));
	assert_true(tiny_has(t, "root/usr/local/bin/hello"));
	assert_false(tiny_has(t, "root/nix/var/nixgraft/spool"));
	g = begin(&w, LINE);
	assert_true(g->has_receipt && unchanged(&w));
	assert_int_equal(g->generation, 1);
	assert_null(g->target.want); /* the lock was not even parsed */
	end(&w);
}

/* ---- what makes a second run look again ---- */

static void goes_stale(const char *file)
{
	struct at_work w;

	if (unlink(file))
		fail_msg("cannot remove %s", file);
	begin(&w, LINE);
	assert_false(unchanged(&w));
	well(graft_plan(&w.graft, &w.fault), &w);
	well(graft_carry_out(&w.graft, &w.fault), &w);
	end(&w);
	begin(&w, LINE);
	assert_true(unchanged(&w));
	end(&w);
}

static void what_is_gone_is_made_again(void **state)
{
	struct tiny *t = *state;
	struct at_work w;

	tiny_apply(t);
	goes_stale("root/usr/local/bin/hello");
	goes_stale("root/nix/var/nix/profiles/nixgraft");
	goes_stale("root/nix/var/nixgraft/receipt.json");
	begin(&w, LINE " --force");
	assert_false(unchanged(&w));
	end(&w);
	begin(&w, LINE " --trusted-key " TINY_KEY);
	assert_false(unchanged(&w));
	end(&w);
}

/* Without its database the store is looked through, and what is right in it is not fetched again. */
static void a_standing_store_is_adopted(void **state)
{
	struct tiny *t = *state;
	struct at_work w;
	struct graft *g;

	tiny_apply(t);
	assert_int_equal(unlink("root/nix/var/nix/db/db.sqlite"), 0);
	assert_int_equal(unlink(t->file.at), 0); /* nor could it be */
	g = begin(&w, LINE);
	assert_false(unchanged(&w));
	well(graft_plan(g, &w.fault), &w);
	assert_int_equal(g->missing.count, 2);
	assert_int_equal(g->missing.fetch, 0);
	well(graft_carry_out(g, &w.fault), &w);
	end(&w);
	assert_true(tiny_has(t, "root/nix/var/nix/db/db.sqlite"));
}

/* What a verify found broken is missing, though it is valid and stands there. */
static void broken_paths_count_as_missing(void **state)
{
	static const size_t broken[] = { 1 };
	struct tiny *t = *state;
	struct at_work w;
	struct graft *g;

	tiny_apply(t);
	g = begin(&w, LINE);
	g->broken = broken;
	g->broken_count = 1;
	well(graft_plan(g, &w.fault), &w);
	assert_int_equal(g->missing.count, 1);
	assert_ptr_equal(g->missing.at[0], &g->target.want->paths[1]);
	end(&w);
}

/* ---- refusals, before anything changes ---- */

static void bad_options_are_refused(void **state)
{
	struct tiny *t = *state;
	struct at_work w = { 0 };

	words_make(&w.words, "--jobs 65 --root root");
	call_make(&w.call, &cmd_apply, &w.words);
	assert_int_equal(graft_open(&w.graft, &w.call, &w.fault), FAULT_USAGE);
	assert_non_null(strstr(w.fault.text, "option --jobs: '65' must be a number from 1 to 64"));
	end(&w);
	tiny_lock(t);
	plan_refuses(t, LINE " --trusted-key nonsense", FAULT_USAGE, "nonsense");
	plan_refuses(t, LINE " --cache ftp://host/x", FAULT_USAGE, "ftp://host/x");
	plan_refuses(t, LINE " --system " TINY_SYSTEM " --cache http://127.0.0.1:1 --offline", FAULT_USAGE, "--offline");
}

static void foreign_files_are_refused_but_with_force(void **state)
{
	struct tiny *t = *state;
	struct at_work w;

	tiny_lock(t);
	tiny_put(t, "root/usr/local/bin/hello", TEXT("somebody's own"));
	plan_refuses(t, LINE, FAULT_SYSTEM, "/usr/local/bin/hello");
	begin(&w, LINE " --force");
	well(graft_plan(&w.graft, &w.fault), &w);
	well(graft_carry_out(&w.graft, &w.fault), &w);
	end(&w);
	assert_true(text_equal(tiny_get(t, "root/usr/local/bin/hello.before-nixgraft"), TEXT("somebody's own")));
}

static void a_file_that_no_cache_has_is_refused(void **state)
{
	struct tiny *t = *state;

	tiny_lock(t);
	assert_int_equal(unlink(t->file.at), 0);
	plan_refuses(t, LINE, FAULT_NETWORK, "hello-2.1");
}

/* Nobody vouches for a path whose content address was taken away. */
static void an_unsigned_path_is_refused(void **state)
{
	struct tiny *t = *state;
	struct lock lock;
	struct fault f = { 0 };
	BUFFER_AUTO bytes = { 0 };

	tiny_lock(t);
	assert_int_equal(lock_parse(tiny_get(t, "closure.lock"), "closure.lock", &t->arena, &lock, &f), 0);
	lock_path_find(lock.systems, t->hello)->ca = (struct text){ 0 };
	lock_path_find(lock.systems, t->hello)->nar_origin = LOCK_SIGNED;
	lock_write(&lock, &bytes);
	tiny_put(t, "closure.lock", buffer_view(&bytes));
	plan_refuses(t, LINE, FAULT_VERIFY, "hello-2.1");
}

/* ---- a fault on the way leaves the store as it was ---- */

static void carrying_out_leaves_nothing(struct tiny *t, int code, const char *words)
{
	struct at_work w;

	begin(&w, LINE);
	well(graft_plan(&w.graft, &w.fault), &w);
	if (graft_carry_out(&w.graft, &w.fault) != code || w.fault.code != code || !strstr(w.fault.text, words))
		fail_msg("code %d: %s", w.fault.code, w.fault.text);
	end(&w);
	assert_false(tiny_has(t, "root/nix/store/" TEXT_F, TEXT_A(t->hello)));
	assert_false(tiny_has(t, "root/nix/store/" TEXT_F, TEXT_A(t->library)));
	assert_false(tiny_has(t, "root/nix/var/nix/profiles/nixgraft") || tiny_has(t, "root/usr/local/bin/hello") ||
		     tiny_has(t, "root/nix/var/nixgraft/receipt.json"));
}

static void a_damaged_file_leaves_nothing(void **state)
{
	struct tiny *t = *state;
	struct text file;

	tiny_lock(t);
	file = tiny_get(t, t->file.at);
	((char *)(uintptr_t)file.at)[file.len / 2] ^= 1;
	tiny_put(t, t->file.at, file);
	carrying_out_leaves_nothing(t, FAULT_VERIFY, "hello-2.1");
}

/* All objects were in place already. */
static void a_command_that_is_not_there_leaves_nothing(void **state)
{
	struct tiny *t = *state;
	struct verb v;

	verb_ended(verb_run(&v, &cmd_lock, tiny_line(t, "%s --expose hello=hello,gone", tiny_lock_line(t))), 0, "");
	verb_drop(&v);
	carrying_out_leaves_nothing(t, FAULT_INPUT, "gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tiny_test(plan_looks_only),
		tiny_test(carrying_out_makes_all_of_it),
		tiny_test(what_is_gone_is_made_again),
		tiny_test(a_standing_store_is_adopted),
		tiny_test(broken_paths_count_as_missing),
		tiny_test(bad_options_are_refused),
		tiny_test(foreign_files_are_refused_but_with_force),
		tiny_test(a_file_that_no_cache_has_is_refused),
		tiny_test(an_unsigned_path_is_refused),
		tiny_test(a_damaged_file_leaves_nothing),
		tiny_test(a_command_that_is_not_there_leaves_nothing),
	};

	return cmocka_run_group_tests_name("graft", tests, NULL, NULL);
}
