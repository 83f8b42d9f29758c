/* proc: what the process is, and programs that it runs. */
#include "sys/proc.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "samples.h"

static void elf_is(const char *system, unsigned char bits, unsigned char data, unsigned machine)
{
	char head[20] = "\177ELF";

	head[4] = bits;
	head[5] = data;
	head[data == 2 ? 19 : 18] = machine & 0xff;
	head[data == 2 ? 18 : 19] = machine >> 8;
	assert_true(text_equal(proc_elf_system((struct text){ head, sizeof head }), text_of(system)));
	assert_null(proc_elf_system((struct text){ head, sizeof head - 1 }).at);
	head[1] = 'e';
	assert_null(proc_elf_system((struct text){ head, sizeof head }).at);
}

static void test_elf_system(void **state)
{
	(void)state;
	elf_is("x86_64-linux", 2, 1, 62);
	elf_is("aarch64-linux", 2, 1, 183);
	elf_is("i686-linux", 1, 1, 3);
	elf_is("armv7l-linux", 1, 1, 40);
	elf_is("riscv64-linux", 2, 1, 243);
	elf_is("powerpc64le-linux", 2, 1, 21);
	elf_is("s390x-linux", 2, 2, 22);
	elf_is("loongarch64-linux", 2, 1, 258);
	elf_is(NULL, 1, 1, 62);  /* x32 */
	elf_is(NULL, 2, 2, 183); /* big-endian ARM */
	elf_is(NULL, 2, 1, 9999);
	assert_null(proc_elf_system((struct text){ 0 }).at);
	assert_null(proc_elf_system(TEXT("#!/bin/sh\necho hello world\n")).at);
}

/* Good ones are named for their system: "<system>[.<more>]". */
static void check_good(const char *name, struct text bytes)
{
	struct text system = proc_elf_system(bytes);

	if (!system.len || strncmp(name, system.at, system.len) != 0)
		fail_msg("good/%s: " TEXT_F, name, TEXT_A(system));
}

static void check_bad(const char *name, struct text bytes)
{
	if (proc_elf_system(bytes).at)
		fail_msg("bad/%s: " TEXT_F, name, TEXT_A(proc_elf_system(bytes)));
}

static void test_samples(void **state)
{
	(void)state;
	samples_walk("tests/data/proc/good", check_good);
	samples_walk("tests/data/proc/bad", check_bad);
}

/* The system of the machine is that of the program that runs on it. */
static void test_system(void **state)
{
	struct arena a = { 0 };
	char head[64];
	FILE *self = fopen("/proc/self/exe", "rb");

	(void)state;
	assert_non_null(self);
	assert_int_equal(fread(head, 1, sizeof head, self), sizeof head);
	fclose(self);
	assert_string_equal(proc_system(&a).at, proc_elf_system((struct text){ head, sizeof head }).at);
	arena_drop(&a);
}

static void test_find(void **state)
{
	struct arena a = { 0 };
	char top[] = "/tmp/test-proc-XXXXXX", path[64], list[128];
	char *old = strdup(getenv("PATH"));
	char *here = get_current_dir_name();
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof path, "%s/tool", top);
	file = fopen(path, "w");
	fclose(file);
	snprintf(list, sizeof list, "::.:relative:/none:%s:/bin", top);
	setenv("PATH", list, 1);
	assert_null(proc_find("tool", &a).at); /* not executable */
	chmod(path, 0755);
	assert_int_equal(chdir(top), 0); /* "" and "." of PATH have it too, and are passed over */
	assert_string_equal(proc_find("tool", &a).at, path);
	assert_int_equal(chdir(here), 0);
	assert_string_equal(proc_find("sh", &a).at, "/bin/sh");
	assert_null(proc_find("/bin/sh", &a).at);
	assert_null(proc_find("", &a).at);
	assert_null(proc_find("no-such-program", &a).at);
	unlink(path);
	mkdir(path, 0755);
	assert_null(proc_find("tool", &a).at);
	rmdir(path);
	rmdir(top);
	unsetenv("PATH");
	assert_null(proc_find("sh", &a).at);
	setenv("PATH", old, 1);
	free(old);
	free(here);
	arena_drop(&a);
}

static int shell(const char *script, size_t max, struct buffer *out, struct fault *f)
{
	return proc_capture((const char *const[]){ "/bin/sh", "-c", script, NULL }, max, out, f);
}

static void test_capture(void **state)
{
	BUFFER_AUTO out = { 0 };
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(shell("echo one; cat; echo two", 100, &out, &f), 0);
	assert_string_equal(out.at, "one\ntwo\n");
	assert_int_equal(shell("head -c 300000 /dev/zero", 300000, &out, &f), 0);
	assert_int_equal(out.len, 300000);
	assert_int_equal(shell(":", 0, &out, &f), 0);
	assert_int_equal(out.len, 0);
}

static void test_capture_refuses(void **state)
{
	BUFFER_AUTO out = { 0 };
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(shell("exit 7", 100, &out, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "/bin/sh: ended with exit status 7"));
	fault_clear(&f);
	assert_int_equal(shell("kill -9 $$", 100, &out, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "ended by signal 9"));
	fault_clear(&f);
	assert_int_equal(shell("while :; do echo too much; done", 1000, &out, &f), FAULT_INPUT);
	assert_non_null(strstr(f.text, "wrote more than 1000 bytes"));
	fault_clear(&f);
	assert_int_equal(proc_capture((const char *const[]){ "/none/such", NULL }, 9, &out, &f), FAULT_SYSTEM);
	assert_string_equal(f.text, "/none/such: cannot be run: No such file or directory");
}

static void test_raise_files(void **state)
{
	struct rlimit limit, old;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(proc_raise_files() == old.rlim_max);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(limit.rlim_cur == old.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

/* In another folder, with its number told while it runs. */
static void test_place(void **state)
{
	volatile pid_t running = -1;
	struct buffer out = { 0 };
	struct fault f = { 0 };
	const char *argv[] = { "/bin/sh", "-c", "pwd; echo $$", NULL };

	(void)state;
	assert_int_equal(proc_capture_in((struct proc_place){ "/usr", &running }, argv, 100, &out, &f), 0);
	assert_true(text_starts(buffer_view(&out), TEXT("/usr\n")));
	assert_int_equal(running, 0);
	running = -1;
	assert_int_equal(proc_capture_in((struct proc_place){ "/none/such", &running }, argv, 100, &out, &f), FAULT_SYSTEM);
	assert_int_equal(running, 0);
	buffer_drop(&out);
}

static pid_t sleeper(bool stubborn)
{
	int ready[2];
	char c;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (stubborn)
			signal(SIGTERM, SIG_IGN);
		if (write(ready[1], "", 1) == 1)
			sleep(60);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void test_end(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		pid_t pid = sleeper(i);
		time_t began = time(NULL);

		proc_end(pid);
		assert_int_equal(kill(pid, 0), -1);
		assert_int_equal(errno, ESRCH);
		assert_true(time(NULL) - began < 30);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf_system),      cmocka_unit_test(test_system),
		cmocka_unit_test(test_find),            cmocka_unit_test(test_capture),
		cmocka_unit_test(test_place),           cmocka_unit_test(test_end),
		cmocka_unit_test(test_capture_refuses), cmocka_unit_test(test_raise_files),
		cmocka_unit_test(test_samples),
	};

	proc_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
