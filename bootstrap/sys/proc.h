/* proc: what the process is and how it runs another program. */
#ifndef SYS_PROC_H
#define SYS_PROC_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"

/* The Nix system of this machine's kernel ("x86_64-linux"); from uname. */
struct text proc_system(struct arena *a);

/* The Nix system of an ELF file's first bytes (at least 20): "" (none) when it is no ELF we know. */
struct text proc_elf_system(struct text head);

/* The full path of `program` on $PATH, in the arena; none when it is not there. */
struct text proc_find(const char *program, struct arena *a);

/* Runs argv[0] (a path) with argv, standard input from /dev/null, its standard output into `out` (at most `max` bytes),
 * its standard error ours. FAULT_SYSTEM when it cannot be run, FAULT_INPUT when it exits non-zero (the status named). */
MUST_CHECK int proc_capture(const char *const argv[], size_t max, struct buffer *out, struct fault *f);

/* Where a program runs, and who may want to end it. */
struct proc_place {
	const char *folder;      /* its working directory; NULL: ours */
	volatile pid_t *running; /* its number while it runs, else 0, for a signal handler; NULL: nobody asks */
};

/* The same, there. */
MUST_CHECK int proc_capture_in(struct proc_place place, const char *const argv[], size_t max, struct buffer *out, struct fault *f);

/* Ends a program of ours, in a signal handler or outside: asked, and after two seconds killed. When it returns, it has ended. */
void proc_end(pid_t pid);

/* First in main. Lookups of hosts, users and groups use files and DNS only: no foreign libnss is ever loaded. The umask is 022:
 * what is made here has the same modes whoever makes it. A limit of file sizes is an error like others, not the end. */
void proc_start(void);

#define PROC_GROUPS 1024 /* supplementary groups of a process; who has more keeps them */

/* What a thread is when it is itself. */
struct proc_self {
	gid_t groups[PROC_GROUPS]; /* its supplementary groups */
	int count;                 /* how many; below 0: more than that */
};

/* From now on the calling thread reaches and makes files as `uid` and `gid` do, without root's rights over those of others; then as it
 * did before, which *self keeps. False: the kernel does not let it. */
bool proc_act_as(struct proc_self *self, uid_t uid, gid_t gid);
void proc_act_as_self(const struct proc_self *self);

/* Raises the soft limit of open files to the hard one; returns the limit now in force. */
size_t proc_raise_files(void);

#endif
