#include "cmd/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "store/history.h"
#include "store/ownership.h"
#include "store/profile.h"
#include "sys/crypto.h"
#include "sys/fs.h"
#include "sys/proc.h"

#define ELF_HEAD 64 /* bytes that tell an ELF file's machine */

int target_root(struct root *root, struct call *call, struct fault *f)
{
	struct text given = call_text(call, "root", "/");
	char *real = realpath(given.at, NULL);
	if (!real)
		return fault_errno(f, "--root %s", given.at);
	root->path = text_equal(text_of(real), TEXT("/")) ? "" : arena_copy(&call->arena, text_of(real)).at;
	free(real);
	return fs_root_open(*root->path ? root->path : "/", &root->fd, f);
}

static int read_lock(struct target *t, struct call *call, struct fault *f)
{
	t->lock_name = call_text(call, "lock", "closure.lock");
	int code = fs_read_host(t->lock_name.at, LOCK_MAX, &t->bytes, f);
	if (code == FS_ABSENT)
		return fault_set(f, FAULT_INPUT, "%s: there is no such lock; make one with `nixgraft lock`, or name it with --lock FILE",
				 t->lock_name.at);
	if (text_equal(t->lock_name, TEXT("-")))
		t->lock_name = TEXT("standard input");
	return code;
}

static int read_kept(struct target *t, uint64_t number, struct call *call, struct fault *f)
{
	int code = history_read(t->root.fd, number, &t->bytes, f);
	t->kept = code == 0;
	t->lock_name = arena_printf(&call->arena, "the lock of generation %llu", (unsigned long long)number);
	return code;
}

/* The root's own lock, or the one that is named, or closure.lock. */
static int read_own(struct target *t, struct call *call, struct fault *f)
{
	struct profile profile = { 0 };
	int code = call_flag(call, "lock") ? 0 : profile_read(t->root.fd, &call->arena, &profile, f);
	if (code == 0)
		code = profile.current ? read_kept(t, profile.current, call, f) : FS_ABSENT;
	return code == FS_ABSENT ? read_lock(t, call, f) : code;
}

static struct text elf_system(int root)
{
	static const char *const programs[] = { "/bin/sh", "/usr/bin/env", "/usr/bin/dpkg", "/bin/busybox", "/sbin/ldconfig" };
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		char head[ELF_HEAD];
		FD_AUTO fd = fs_open(root, programs[i], O_RDONLY | O_NONBLOCK);
		ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
		struct text system = n > 0 ? proc_elf_system((struct text){ head, (size_t)n }) : (struct text){ 0 };
		if (system.len)
			return system;
	}
	return (struct text){ 0 };
}

static int tell_system(struct target *t, struct call *call, struct fault *f)
{
	struct text given = call_text(call, "system", NULL), found = elf_system(t->root.fd);
	struct text machine = proc_system(&call->arena);
	if (given.at && found.at && !text_equal(given, found))
		return fault_set(f, FAULT_SYSTEM, "--system " TEXT_F ": the programs of this root are " TEXT_F, TEXT_A(given),
				 TEXT_A(found));
	t->system = given.at ? given : found.at ? found : machine;
	t->emulated = !text_equal(t->system, machine);
	return 0;
}

/* Whose installation it is: who owns the store. Only root can make one for somebody else. */
static int tell_account(struct target *t, struct call *call, struct fault *f)
{
	struct text user = call_text(call, "user", NULL);
	uid_t uid = geteuid(), owner;
	if (ownership_tell(t->root.fd, &owner))
		uid = owner;
	int code = user.at ? account_find(&t->root, user, &call->arena, &t->account, f) :
			     account_read(&t->root, uid, &call->arena, &t->account, f);
	if (code == 0 && user.at && geteuid() != 0 && t->account.uid != geteuid())
		code = fault_set(f, FAULT_SYSTEM, "--user " TEXT_F ": only root can install for somebody else; run as root or as that user",
				 TEXT_A(user));
	return code;
}

static int tell_rest(struct target *t, struct call *call, struct fault *f)
{
	t->digest = crypto_sha256(buffer_view(&t->bytes));
	int code = tell_system(t, call, f);
	return code == 0 ? tell_account(t, call, f) : code;
}

int target_open(struct target *t, struct call *call, struct fault *f)
{
	*t = (struct target){ .root.fd = -1 };
	int code = target_root(&t->root, call, f);
	if (code == 0)
		code = read_lock(t, call, f);
	return code == 0 ? tell_rest(t, call, f) : code;
}

int target_open_own(struct target *t, struct call *call, struct fault *f)
{
	*t = (struct target){ .root.fd = -1 };
	int code = target_root(&t->root, call, f);
	if (code == 0)
		code = read_own(t, call, f);
	return code == 0 ? tell_rest(t, call, f) : code;
}

int target_open_any(struct target *t, struct call *call, struct fault *f)
{
	bool here = call_flag(call, "lock") || access("closure.lock", F_OK) == 0;
	return here ? target_open(t, call, f) : target_open_own(t, call, f);
}

int target_open_generation(struct target *t, uint64_t number, struct call *call, struct fault *f)
{
	*t = (struct target){ .root.fd = -1 };
	int code = target_root(&t->root, call, f);
	if (code == 0)
		code = read_kept(t, number, call, f);
	if (code == FS_ABSENT)
		return fault_set(f, FAULT_INPUT, "there is no lock of a generation %llu here; see `nixgraft generations`",
				 (unsigned long long)number);
	return code == 0 ? tell_rest(t, call, f) : code;
}

int target_parse(struct target *t, struct call *call, struct fault *f)
{
	if (t->want)
		return 0;
	int code = lock_parse(buffer_view(&t->bytes), t->lock_name.at, &call->arena, &t->lock, f);
	if (code < 0)
		return code;
	t->want = lock_system_find(&t->lock, t->system);
	if (t->want)
		return 0;
	BUFFER_AUTO has = { 0 };
	for (size_t i = 0; i < t->lock.system_count; i++)
		buffer_printf(&has, "%s" TEXT_F, i ? ", " : "", TEXT_A(t->lock.systems[i].name));
	return fault_set(f, FAULT_SYSTEM,
			 "%s: this root is " TEXT_F ", and the lock has %s; add it with `nixgraft lock --system " TEXT_F "`",
			 t->lock_name.at, TEXT_A(t->system), has.at ? has.at : "no system", TEXT_A(t->system));
}

void target_close(struct target *t)
{
	fs_close(&t->root.fd);
	buffer_drop(&t->bytes);
}
