#include "cmd/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bounds.h"
#include "sys/crypto.h"
#include "sys/fs.h"
#include "sys/proc.h"

#define ELF_HEAD 64 /* bytes that tell an ELF file's machine */

static int open_root(struct target *t, struct call *call, struct fault *f)
{
	struct text given = call_text(call, "root", "/");
	char *real = realpath(given.at, NULL);
	if (!real)
		return fault_errno(f, "--root %s", given.at);
	t->root.path = text_equal(text_of(real), TEXT("/")) ? "" : arena_copy(&call->arena, text_of(real)).at;
	free(real);
	return fs_root_open(*t->root.path ? t->root.path : "/", &t->root.fd, f);
}

static int read_lock(struct target *t, struct call *call, struct fault *f)
{
	t->lock_name = call_text(call, "lock", "closure.lock");
	int code = fs_read_host(t->lock_name.at, LOCK_MAX, &t->bytes, f);
	if (code == FS_ABSENT)
		return fault_set(f, FAULT_INPUT, "%s: there is no such lock; make one with `nixgraft lock`, or name it with --lock FILE",
				 t->lock_name.at);
	t->digest = crypto_sha256(buffer_view(&t->bytes));
	return code;
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

int target_open(struct target *t, struct call *call, struct fault *f)
{
	*t = (struct target){ .root.fd = -1 };
	int code = open_root(t, call, f);
	if (code == 0)
		code = read_lock(t, call, f);
	if (code == 0)
		code = tell_system(t, call, f);
	if (code == 0)
		code = account_read(&t->root, geteuid(), &call->arena, &t->account, f);
	return code;
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
