/* target: which root, which lock, which system. */
#include "cmd/target.h"

#include <sys/stat.h>

#include "sys/proc.h"
#include "tiny.h"

/* A target, the call that it was opened for, and how that went. */
struct opened {
	struct target target;
	struct call call;
	struct words words;
	struct fault fault;
	int code;
};

typedef int opener(struct target *t, struct call *call, struct fault *f);

static struct opened *open_by(struct opened *o, opener *open, const char *line)
{
	*o = (struct opened){ 0 };
	words_make(&o->words, line);
	call_make(&o->call, &cmd_apply, &o->words);
	o->code = open(&o->target, &o->call, &o->fault);
	return o;
}

static struct opened *open_target(struct opened *o, const char *line)
{
	return open_by(o, target_open, line);
}

static void drop(struct opened *o)
{
	target_close(&o->target);
	target_close(&o->target);
	assert_int_equal(o->target.root.fd, -1);
	arena_drop(&o->call.arena);
	free(o->words.line);
}

static void refuses(const char *line, int code, const char *words)
{
	struct opened o;

	open_target(&o, line);
	if (o.code != code || o.fault.code != code || !strstr(o.fault.text, words))
		fail_msg("\"%s\": code %d, %s", line, o.code, o.fault.text);
	drop(&o);
}

static void root_and_lock_are_opened(void **state)
{
	struct tiny *t = *state;
	struct arena *a = &t->arena;
	struct digest digest = crypto_sha256(TEXT("not read yet"));
	struct opened o;

	tiny_put(t, "other.lock", TEXT("not read yet"));
	assert_int_equal(symlink("root", "link"), 0);
	open_target(&o, "--root link/. --lock other.lock");
	assert_int_equal(o.code, 0);
	assert_string_equal(o.target.root.path, arena_printf(a, "%s/root", t->top).at);
	assert_true(o.target.root.fd >= 0);
	assert_true(text_equal(o.target.lock_name, TEXT("other.lock")));
	assert_true(digest_equal(&o.target.digest, &digest));
	assert_true(text_equal(o.target.system, TEXT(TINY_SYSTEM)));
	assert_int_equal(o.target.emulated, !text_equal(o.target.system, proc_system(a)));
	assert_int_equal(o.target.account.uid, geteuid());
	drop(&o);
	open_target(&o, "--root / --lock other.lock");
	assert_int_equal(o.code, 0);
	assert_string_equal(o.target.root.path, "");
	drop(&o);
}

static void what_is_not_there_is_named(void **state)
{
	struct tiny *t = *state;

	refuses("--root root", FAULT_INPUT,
		"closure.lock: there is no such lock; make one with `nixgraft lock`, or name it with --lock FILE");
	refuses("--root root --lock none/x.lock", FAULT_INPUT, "none/x.lock: there is no such lock");
	refuses("--root nowhere", FAULT_SYSTEM, "--root nowhere: No such file or directory");
	refuses("--root=", FAULT_SYSTEM, "--root");
	tiny_put(t, "closure.lock", TEXT("{}"));
	refuses("--root closure.lock", FAULT_SYSTEM, "closure.lock");
	refuses("--root root --lock root", FAULT_SYSTEM, "root");
}

static void system_is(const char *line, const char *system)
{
	struct opened o;

	open_target(&o, line);
	if (o.code || !text_equal(o.target.system, text_of(system)))
		fail_msg("\"%s\": %s; the system is " TEXT_F, line, o.fault.text, TEXT_A(o.target.system));
	drop(&o);
}

static void the_root_tells_its_system(void **state)
{
	struct tiny *t = *state;
	const char *machine = proc_system(&t->arena).at;

	tiny_put(t, "closure.lock", TEXT("{}"));
	system_is("--root root", TINY_SYSTEM);
	system_is("--root root --system " TINY_SYSTEM, TINY_SYSTEM);
	refuses("--root root --system aarch64-linux", FAULT_SYSTEM,
		"--system aarch64-linux: the programs of this root are x86_64-linux");
	/* The first that is an ELF file counts; links stay in the root. */
	tiny_put(t, "root/bin/sh", TEXT("#!/usr/bin/busybox and twenty bytes\n"));
	tiny_put(t, "root/usr/bin/coreutils", TEXT(TINY_ELF_ARM));
	assert_int_equal(symlink("/usr/bin/coreutils", "root/usr/bin/env"), 0);
	system_is("--root root", "aarch64-linux");
	assert_int_equal(unlink("root/usr/bin/env"), 0);
	system_is("--root root", machine);
	system_is("--root root --system riscv64-linux", "riscv64-linux");
}

static void the_lock_is_parsed_once(void **state)
{
	struct tiny *t = *state;
	struct opened o;

	tiny_lock(t);
	open_target(&o, "--root root");
	assert_int_equal(target_parse(&o.target, &o.call, &o.fault), 0);
	assert_int_equal(o.target.want->path_count, 2);
	buffer_reset(&o.target.bytes);
	assert_int_equal(target_parse(&o.target, &o.call, &o.fault), 0);
	assert_true(text_equal(o.target.want->tools->name, TEXT("hello")));
	drop(&o);
}

static void parse_refuses(const char *line, int code, const char *words)
{
	struct opened o;

	open_target(&o, line);
	assert_int_equal(o.code, 0);
	if (target_parse(&o.target, &o.call, &o.fault) != code || !strstr(o.fault.text, words))
		fail_msg("\"%s\": %s", line, o.fault.text);
	assert_null(o.target.want);
	drop(&o);
}

static void a_lock_for_others_is_refused(void **state)
{
	struct tiny *t = *state;

	tiny_lock(t);
	tiny_put(t, "root/bin/sh", TEXT(TINY_ELF_ARM));
	parse_refuses("--root root", FAULT_SYSTEM,
		      "closure.lock: this root is aarch64-linux, and the lock has x86_64-linux; add it with `nixgraft lock --system "
		      "aarch64-linux`");
	tiny_put(t, "empty.lock", TEXT("{\"version\": 1, \"caches\": [], \"systems\": {}}"));
	parse_refuses("--root root --lock empty.lock", FAULT_SYSTEM, "and the lock has no system;");
	tiny_put(t, "bad.lock", TEXT("{\"version\": 1}"));
	parse_refuses("--root root --lock bad.lock", FAULT_INPUT, "bad.lock");
}

/* ---- whose it is ---- */

static void user_is(const char *line, uid_t uid, const char *name)
{
	struct opened o;

	open_target(&o, line);
	if (o.code || o.target.account.uid != uid || !text_equal(o.target.account.name, text_of(name)))
		fail_msg("\"%s\": %s; the user is %u, " TEXT_F, line, o.fault.text, (unsigned)o.target.account.uid,
			 TEXT_A(o.target.account.name));
	drop(&o);
}

static void a_store_tells_its_user(void **state)
{
	struct tiny *t = *state;

	if (geteuid() != 0)
		skip();
	tiny_put(t, "closure.lock", TEXT("{}"));
	tiny_put(t, "root/etc/passwd", TEXT("root:x:0:0:root:/root:/bin/sh\nada:x:4711:4712::/home/ada:/bin/sh\n"));
	user_is("--root root", 0, "root");
	user_is("--root root --user ada", 4711, "ada");
	user_is("--root root -u 4711", 4711, "ada");
	user_is("--root root --user=4713", 4713, "4713");
	refuses("--root root --user bob", FAULT_USAGE, "there is no user 'bob' in /etc/passwd of this root");
	tiny_put(t, "root/nix/store/x", TEXT(""));
	assert_int_equal(chown("root/nix/store", 4711, 0), 0);
	user_is("--root root", 4711, "ada");
	user_is("--root root --user root", 0, "root");
}

static void only_root_works_for_others(void **state)
{
	struct tiny *t = *state;
	struct opened o[3];

	if (geteuid() != 0)
		skip();
	tiny_put(t, "closure.lock", TEXT("{}"));
	tiny_put(t, "root/nix/store/x", TEXT(""));
	assert_int_equal(chmod(t->top, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	open_target(&o[0], "--root root --user root");
	open_target(&o[1], "--root root --user 65534");
	open_target(&o[2], "--root root");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(o[0].code, FAULT_SYSTEM);
	assert_string_equal(o[0].fault.text, "--user root: only root can install for somebody else; run as root or as that user");
	assert_int_equal(o[1].code, 0);
	assert_int_equal(o[1].target.account.uid, 65534);
	assert_int_equal(o[2].code, 0);
	assert_int_equal(o[2].target.account.uid, 0); /* whose the store is: it can be looked at */
	for (size_t i = 0; i < 3; i++)
		drop(&o[i]);
}

/* ---- locks that a root keeps ---- */

static void lock_is(opener *open, const char *line, const char *bytes, const char *name)
{
	struct opened o;

	open_by(&o, open, line);
	if (o.code || !text_equal(buffer_view(&o.target.bytes), text_of(bytes)) || !text_equal(o.target.lock_name, text_of(name)))
		fail_msg("\"%s\": %s; " TEXT_F " is '" TEXT_F "'", line, o.fault.text, TEXT_A(o.target.lock_name),
			 TEXT_A(buffer_view(&o.target.bytes)));
	drop(&o);
}

static void keep_locks(struct tiny *t)
{
	tiny_put(t, "root/nix/var/nixgraft/locks/1.lock", TEXT("first"));
	tiny_put(t, "root/nix/var/nixgraft/locks/2.lock", TEXT("second"));
	tiny_put(t, "root/nix/var/nix/profiles/x", TEXT(""));
	assert_int_equal(symlink("nixgraft-2-link", "root/nix/var/nix/profiles/nixgraft"), 0);
}

static void the_root_s_own_lock_comes_first(void **state)
{
	struct tiny *t = *state;

	tiny_put(t, "closure.lock", TEXT("here"));
	tiny_put(t, "other.lock", TEXT("other"));
	lock_is(target_open_own, "--root root", "here", "closure.lock");
	keep_locks(t);
	lock_is(target_open_own, "--root root", "second", "the lock of generation 2");
	lock_is(target_open_own, "--root root --lock other.lock", "other", "other.lock");
	lock_is(target_open, "--root root", "here", "closure.lock");
	assert_int_equal(unlink("root/nix/var/nixgraft/locks/2.lock"), 0);
	lock_is(target_open_own, "--root root", "here", "closure.lock");
}

static int open_first(struct target *t, struct call *call, struct fault *f)
{
	return target_open_generation(t, 1, call, f);
}

static int open_third(struct target *t, struct call *call, struct fault *f)
{
	return target_open_generation(t, 3, call, f);
}

static void a_generation_has_its_lock(void **state)
{
	struct tiny *t = *state;
	struct opened o;

	keep_locks(t);
	lock_is(open_first, "--root root", "first", "the lock of generation 1");
	open_by(&o, open_third, "--root root");
	assert_int_equal(o.code, FAULT_INPUT);
	assert_string_equal(o.fault.text, "there is no lock of a generation 3 here; see `nixgraft generations`");
	drop(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		tiny_test(root_and_lock_are_opened),
		tiny_test(what_is_not_there_is_named),
		tiny_test(the_root_tells_its_system),
		tiny_test(the_lock_is_parsed_once),
		tiny_test(a_lock_for_others_is_refused),
		tiny_test(a_store_tells_its_user),
		tiny_test(only_root_works_for_others),
		tiny_test(the_root_s_own_lock_comes_first),
		tiny_test(a_generation_has_its_lock),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
