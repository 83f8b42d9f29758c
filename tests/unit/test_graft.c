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

/* ---- what is chosen ---- */

static void chosen(const char *line, bool some, const char *commands)
{
	struct at_work w;
	BUFFER_AUTO is = { 0 };

	begin(&w, line);
	for (size_t i = 0; i < w.graft.choice.commands.count; i++)
		buffer_printf(&is, "%s" TEXT_F, i ? " " : "", TEXT_A(w.graft.choice.commands.at[i]));
	if (w.graft.choice.some != some || strcmp(is.at ? is.at : "", commands))
		fail_msg("\"%s\": %s", line, is.at);
	end(&w);
}

static void commands_are_chosen(void **state)
{
	struct tiny *t = *state;

	tiny_lock(t);
	chosen(LINE, false, "");
	chosen(LINE " --expose all", false, "");
	chosen(LINE " --expose none", true, "");
	chosen(LINE " --expose b,a,,b", true, "a b");
	chosen(LINE " --expose=", true, "");
	chosen(LINE " --expose a --expose b", true, "b");
}

static void apply(const char *line)
{
	struct at_work w;

	begin(&w, line);
	assert_false(unchanged(&w));
	well(graft_plan(&w.graft, &w.fault), &w);
	well(graft_carry_out(&w.graft, &w.fault), &w);
	end(&w);
	begin(&w, LINE);
	if (!unchanged(&w))
		fail_msg("after \"%s\" there is still something to do", line);
	end(&w);
}

static void a_choice_is_kept_to(void **state)
{
	struct tiny *t = *state;
	struct at_work w;

	tiny_apply(t);
	apply(LINE " --expose none");
	assert_false(tiny_has(t, "root/usr/local/bin/hello"));
	chosen(LINE, true, "");
	apply(LINE " --expose hello");
	assert_true(tiny_has(t, "root/usr/local/bin/hello"));
	chosen(LINE, true, "hello");
	begin(&w, LINE " --expose hello");
	assert_true(unchanged(&w));
	end(&w);
	begin(&w, LINE " --expose hello,gone");
	assert_false(unchanged(&w));
	assert_int_equal(graft_parse(&w.graft, &w.fault), FAULT_USAGE);
	assert_non_null(strstr(w.fault.text, "--expose: the lock has no command 'gone'"));
	end(&w);
	apply(LINE " --expose all");
	chosen(LINE, false, "");
}

/* The lock moved on; the user's choice is not its business. */
static void a_kept_choice_may_name_what_is_gone(void **state)
{
	struct tiny *t = *state;
	struct at_work w;
	struct text receipt;
	const char *at;

	tiny_apply(t);
	apply(LINE " --expose hello");
	receipt = tiny_get(t, "root/nix/var/nixgraft/receipt.json");
	at = strstr(receipt.at, "\"expose\"");
	assert_non_null(at);
	at = strstr(at, "hello");
	((char *)(uintptr_t)at)[0] = 'j';
	tiny_put(t, "root/nix/var/nixgraft/receipt.json", receipt);
	chosen(LINE, true, "jello");
	begin(&w, LINE);
	well(graft_parse(&w.graft, &w.fault), &w);
	end(&w);
}

static void open_refuses(const char *line, int code, const char *words)
{
	struct at_work w = { 0 };

	words_make(&w.words, line);
	call_make(&w.call, &cmd_apply, &w.words);
	if (graft_open(&w.graft, &w.call, &w.fault) != code || !strstr(w.fault.text, words))
		fail_msg("\"%s\": %s", line, w.fault.text);
	end(&w);
}

static void tools_alone_need_no_database(void **state)
{
	struct tiny *t = *state;
	struct at_work w;
	struct graft *g;

	tiny_lock(t);
	open_refuses(LINE " --with-nix --without-nix", FAULT_USAGE, "--with-nix and --without-nix exclude each other");
	apply(LINE " --without-nix");
	assert_false(tiny_has(t, "root/nix/var/nix/db/db.sqlite"));
	assert_true(tiny_has(t, "root/usr/local/bin/hello"));
	goes_stale("root/usr/local/bin/hello");
	assert_false(tiny_has(t, "root/nix/var/nix/db/db.sqlite"));
	/* Registered after all, and nothing is fetched for it. */
	assert_int_equal(unlink(t->file.at), 0);
	g = begin(&w, LINE " --with-nix");
	assert_false(unchanged(&w));
	well(graft_plan(g, &w.fault), &w);
	assert_int_equal(g->missing.count, 2);
	assert_int_equal(g->missing.fetch, 0);
	well(graft_carry_out(g, &w.fault), &w);
	end(&w);
	assert_true(tiny_has(t, "root/nix/var/nix/db/db.sqlite"));
	g = begin(&w, LINE " --without-nix");
	assert_false(unchanged(&w));
	assert_int_equal(graft_plan(g, &w.fault), FAULT_SYSTEM);
	assert_non_null(strstr(w.fault.text, "--without-nix: this root has the database of a Nix (/nix/var/nix/db/db.sqlite)"));
	end(&w);
	begin(&w, LINE);
	assert_true(unchanged(&w));
	end(&w);
}

/* What of the store is gone is missed without a database, too. */
static void tools_alone_are_looked_at(void **state)
{
	struct tiny *t = *state;
	struct at_work w;

	tiny_lock(t);
	apply(LINE " --without-nix");
	assert_int_equal(rename(tiny_line(t, "root/nix/store/" TEXT_F, TEXT_A(t->library)), "away"), 0);
	begin(&w, LINE);
	assert_false(unchanged(&w));
	well(graft_plan(&w.graft, &w.fault), &w);
	assert_int_equal(w.graft.missing.fetch, 1);
	well(graft_carry_out(&w.graft, &w.fault), &w);
	end(&w);
	assert_true(tiny_has(t, "root/nix/store/" TEXT_F "/lib/libhello", TEXT_A(t->library)));
}

/* ---- what an interrupted run leaves ---- */

static void an_unfinished_receipt_is_completed(void **state)
{
	struct tiny *t = *state;
	struct receipt r;
	struct fault f = { 0 };
	bool found;

	tiny_apply(t);
	FD_AUTO root = open("root", O_RDONLY | O_DIRECTORY);
	assert_int_equal(receipt_read(root, &t->arena, &r, &found, &f), 0);
	assert_true(found && !r.unfinished);
	r.unfinished = true;
	assert_int_equal(receipt_write(root, &r, &f), 0);
	apply(LINE);
	assert_int_equal(receipt_read(root, &t->arena, &r, &found, &f), 0);
	assert_false(r.unfinished);
	assert_int_equal(r.generation, 1);
}

static void the_receipt_tells_what_was_made(void **state)
{
	static const char *const folders[] = { "/etc/profile.d", "/nix", "/usr", "/usr/local", "/usr/local/bin" };
	struct tiny *t = *state;
	struct receipt r;
	struct fault f = { 0 };
	bool found;

	tiny_apply(t);
	FD_AUTO root = open("root", O_RDONLY | O_DIRECTORY);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(receipt_read(root, &t->arena, &r, &found, &f), 0);
		assert_int_equal(r.folders.count, 5);
		for (size_t i = 0; i < 5; i++)
			assert_true(text_equal(r.folders.at[i], text_of(folders[i])));
		if (!again)
			apply(LINE " --expose none"); /* what was made before is still told */
	}
	assert_true(text_equal(tiny_get(t, "root/nix/var/nixgraft/locks/1.lock"), tiny_get(t, "closure.lock")));
}

static void a_nix_of_others_is_not_ours(void **state)
{
	struct tiny *t = *state;
	struct receipt r;
	struct fault f = { 0 };
	bool found;

	tiny_put(t, "root/nix/x", TEXT(""));
	tiny_apply(t);
	FD_AUTO root = open("root", O_RDONLY | O_DIRECTORY);
	assert_int_equal(receipt_read(root, &t->arena, &r, &found, &f), 0);
	assert_int_equal(texts_find(r.folders, TEXT("/nix")), -1);
}

/* ---- whose it is ---- */

static uid_t owner_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		fail_msg("there is no %s", path);
	return st.st_uid;
}

static void root_gives_it_to_the_user(void **state)
{
	struct tiny *t = *state;
	struct at_work w;

	if (geteuid() != 0)
		skip();
	tiny_put(t, "root/etc/passwd", TEXT("root:x:0:0:root:/root:/bin/sh\nada:x:4711:4712::/home/ada:/bin/sh\n"));
	tiny_lock(t);
	apply(LINE " --user ada");
	assert_int_equal(owner_of("root/nix"), 4711);
	assert_int_equal(owner_of("root/nix/store"), 4711);
	assert_int_equal(owner_of("root/nix/var/nix/db/db.sqlite"), 4711);
	assert_int_equal(owner_of("root/nix/var/nixgraft/lock"), 4711);
	assert_int_equal(owner_of("root/nix/var/nixgraft"), 4711);
	assert_int_equal(owner_of(tiny_line(t, "root/nix/store/" TEXT_F "/bin/hello", TEXT_A(t->hello))), 4711);
	assert_int_equal(owner_of("root/usr/local/bin/hello"), 0);
	/* Her number changes: root knows her by name. */
	tiny_put(t, "root/etc/passwd", TEXT("root:x:0:0:root:/root:/bin/sh\nada:x:4713:4712::/home/ada:/bin/sh\n"));
	begin(&w, LINE);
	assert_int_equal(w.graft.target.account.uid, 4713);
	assert_false(unchanged(&w));
	end(&w);
	apply(LINE);
	assert_int_equal(owner_of("root/nix/store"), 4713);
	/* She is gone: then it is whose the store is. */
	tiny_put(t, "root/etc/passwd", TEXT("root:x:0:0:root:/root:/bin/sh\n"));
	begin(&w, LINE);
	assert_int_equal(w.graft.target.account.uid, 4713);
	end(&w);
	apply(LINE);
	apply(LINE " --user root");
	assert_int_equal(owner_of("root/nix/store"), 0);
	assert_int_equal(owner_of("root/nix/var/nix/db/db.sqlite"), 0);
}

static void who_does_not_own_it_is_told_how(void **state)
{
	struct tiny *t = *state;
	struct at_work w;
	int code;

	if (geteuid() != 0)
		skip();
	tiny_apply(t);
	assert_int_equal(chmod(t->top, 0755), 0);
	begin(&w, LINE " --force");
	assert_int_equal(seteuid(65534), 0);
	code = graft_plan(&w.graft, &w.fault);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(code, FAULT_SYSTEM);
	assert_non_null(strstr(w.fault.text, "/nix/store belongs to root (0), and you are 65534: apply as that user or as root, or let root "
					     "give it to you: nixgraft rechown --user 65534"));
	end(&w);
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
	assert_false(tiny_has(t, "root/nix/var/nix/profiles/nixgraft") || tiny_has(t, "root/usr/local/bin/hello"));
	/* But who made /nix is known. */
	begin(&w, LINE);
	assert_true(w.graft.has_receipt && w.graft.receipt.unfinished);
	assert_int_equal(w.graft.receipt.wire_count, 0);
	assert_int_equal(texts_find(w.graft.receipt.folders, TEXT("/nix")), 0);
	assert_false(unchanged(&w));
	end(&w);
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
		tiny_test(commands_are_chosen),
		tiny_test(a_choice_is_kept_to),
		tiny_test(a_kept_choice_may_name_what_is_gone),
		tiny_test(tools_alone_need_no_database),
		tiny_test(tools_alone_are_looked_at),
		tiny_test(an_unfinished_receipt_is_completed),
		tiny_test(the_receipt_tells_what_was_made),
		tiny_test(a_nix_of_others_is_not_ours),
		tiny_test(root_gives_it_to_the_user),
		tiny_test(who_does_not_own_it_is_told_how),
		tiny_test(a_damaged_file_leaves_nothing),
		tiny_test(a_command_that_is_not_there_leaves_nothing),
	};

	return cmocka_run_group_tests_name("graft", tests, NULL, NULL);
}
