#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <nss.h>
#endif

#define ELF_HEAD 20        /* bytes up to and with e_machine */
#define BLOCK (16 << 10)   /* bytes of one read from a program */
#define END_STEPS 20       /* looks whether a program that was asked to end has done so */
#define END_STEP_MS 100    /* between two of them */

/* What uname(2) says and what Nix says, where they differ; Nix libstore/globals.cc, config's host_cpu. */
static const struct machine_name {
	const char *machine; /* utsname.machine */
	const char *cpu;     /* the first half of the Nix system */
} machine_names[] = {
	{ "i386", "i686" }, { "i486", "i686" }, { "i586", "i686" }, { "armv8l", "armv7l" },
	{ "ppc64le", "powerpc64le" }, { "ppc64", "powerpc64" }, { "ppc", "powerpc" },
};

/* ELF machines; System V ABI, "e_machine" and the processor supplements. */
static const struct elf_machine {
	unsigned machine;   /* e_machine */
	unsigned char bits; /* EI_CLASS: 1 = 32, 2 = 64 */
	unsigned char data; /* EI_DATA: 1 = little endian, 2 = big endian */
	const char *system; /* the Nix system */
} elf_machines[] = {
	{ 62, 2, 1, "x86_64-linux" },      { 183, 2, 1, "aarch64-linux" },     { 3, 1, 1, "i686-linux" },
	{ 40, 1, 1, "armv7l-linux" },      { 243, 2, 1, "riscv64-linux" },     { 21, 2, 1, "powerpc64le-linux" },
	{ 21, 2, 2, "powerpc64-linux" },   { 22, 2, 2, "s390x-linux" },        { 258, 2, 1, "loongarch64-linux" },
	{ 243, 1, 1, "riscv32-linux" },    { 8, 2, 1, "mips64el-linux" },      { 8, 1, 1, "mipsel-linux" },
};

struct text proc_system(struct arena *a)
{
	struct utsname name;
	const char *cpu = name.machine;

	if (uname(&name) < 0)
		return (struct text){ 0 };
	for (size_t i = 0; i < sizeof machine_names / sizeof *machine_names; i++) {
		if (strcmp(name.machine, machine_names[i].machine) == 0)
			cpu = machine_names[i].cpu;
	}
	return arena_printf(a, "%s-linux", cpu);
}

struct text proc_elf_system(struct text head)
{
	const unsigned char *b = (const unsigned char *)head.at;
	unsigned machine;

	if (head.len < ELF_HEAD || memcmp(b, "\177ELF", 4) != 0)
		return (struct text){ 0 };
	machine = b[5] == 2 ? b[18] << 8 | b[19] : b[19] << 8 | b[18];
	for (size_t i = 0; i < sizeof elf_machines / sizeof *elf_machines; i++) {
		const struct elf_machine *m = &elf_machines[i];

		if (m->machine == machine && m->bits == b[4] && m->data == b[5])
			return text_of(m->system);
	}
	return (struct text){ 0 };
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

struct text proc_find(const char *program, struct arena *a)
{
	struct text rest = text_of(getenv("PATH")), folder;

	if (!*program || strchr(program, '/'))
		return (struct text){ 0 };
	while (text_cut(&rest, ':', &folder)) {
		struct text path = arena_printf(a, TEXT_F "/%s", TEXT_A(folder), program);

		if (text_starts(folder, TEXT("/")) && is_program(path.at))
			return path;
	}
	return (struct text){ 0 };
}

/* Starts argv with its output into `to`. 0 or an errno. (qemu-user and valgrind make a vfork a fork: a failing exec is then
 * told by no errno, hence the look before.) */
static int start(const char *folder, const char *const argv[], int to, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = access(argv[0], X_OK) < 0 ? errno : posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	if (!error && folder)
		error = posix_spawn_file_actions_addchdir_np(&actions, folder);
	if (!error)
		error = posix_spawn(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int collect(int from, const char *program, size_t max, struct buffer *out, struct fault *f)
{
	char block[BLOCK];
	ssize_t n;

	while ((n = read(from, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "%s: its output cannot be read", program);
		if ((size_t)n > max - out->len)
			return fault_set(f, FAULT_INPUT, "%s: wrote more than %zu bytes, the most that is read",
					 program, max);
		buffer_add(out, block, (size_t)n);
	}
	return 0;
}

/* Waits for the program; one whose output was not taken to the end is killed first. */
static int finish(pid_t pid, const char *program, int code, struct fault *f)
{
	int status = 0;

	if (code < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return fault_errno(f, "%s: cannot be waited for", program);
	}
	if (code < 0 || status == 0)
		return code;
	if (WIFSIGNALED(status))
		return fault_set(f, FAULT_INPUT, "%s: ended by signal %d", program, WTERMSIG(status));
	return fault_set(f, FAULT_INPUT, "%s: ended with exit status %d; see what it wrote above", program,
			 WEXITSTATUS(status));
}

int proc_capture_in(struct proc_place place, const char *const argv[], size_t max, struct buffer *out, struct fault *f)
{
	int ends[2], code;
	pid_t pid = 0;

	buffer_reset(out);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_errno(f, "%s: no pipe can be made", argv[0]);
	errno = start(place.folder, argv, ends[1], &pid);
	code = errno ? fault_errno(f, "%s: cannot be run", argv[0]) : 0;
	if (place.running)
		*place.running = code == 0 ? pid : 0;
	close(ends[1]);
	if (code == 0)
		code = finish(pid, argv[0], collect(ends[0], argv[0], max, out, f), f);
	if (place.running)
		*place.running = 0;
	close(ends[0]);
	return code;
}

int proc_capture(const char *const argv[], size_t max, struct buffer *out, struct fault *f)
{
	return proc_capture_in((struct proc_place){ 0 }, argv, max, out, f);
}

/* Only what is async-signal-safe. */
void proc_end(pid_t pid)
{
	kill(pid, SIGTERM);
	for (int i = 0; i < END_STEPS; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		poll(NULL, 0, END_STEP_MS);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

void proc_start(void)
{
	umask(022);
	signal(SIGXFSZ, SIG_IGN); /* a write beyond `ulimit -f` fails with EFBIG, and is told */
	/* A closed standard stream would be the next file we open, and get our words. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(5);
#if defined(__GLIBC__)
	__nss_configure_lookup("hosts", "files dns");
	__nss_configure_lookup("passwd", "files");
	__nss_configure_lookup("group", "files");
#endif
}

/* Of this thread alone: glibc's setgroups would be that of all threads. */
static void set_groups(int count, const gid_t *groups)
{
	syscall(SYS_setgroups, count, groups); /* a user namespace may forbid it */
}

bool proc_act_as(struct proc_self *self, uid_t uid, gid_t gid)
{
	self->count = getgroups(PROC_GROUPS, self->groups);
	if (self->count >= 0)
		set_groups(0, NULL);
	setfsgid(gid);
	setfsuid(uid);
	if (setfsuid((uid_t)-1) == (int)uid && setfsgid((gid_t)-1) == (int)gid)
		return true;
	proc_act_as_self(self);
	return false;
}

void proc_act_as_self(const struct proc_self *self)
{
	setfsuid(geteuid());
	setfsgid(getegid());
	if (self->count >= 0)
		set_groups(self->count, self->groups);
}

size_t proc_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		getrlimit(RLIMIT_NOFILE, &limit);
	return (size_t)limit.rlim_cur;
}
