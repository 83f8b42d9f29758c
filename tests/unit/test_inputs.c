/* inputs: what `nixgraft lock` is asked for, by options, by manifests, by a flake. */
#include "cmd/inputs.h"

#include <sys/stat.h>

#include "cmd/flake.h"
#include "sys/proc.h"
#include "tiny.h"

#define A "/nix/store/00000000000000000000000000000000-"
#define MANIFEST(system) "{\"system\": \"" system "\", \"tools\": {\"jq\": {\"outPath\": \"" A "jq-1.7\"}}}"
#define FLAKE_LOCK "{\"version\": 7, \"root\": \"root\", \"nodes\": {\"root\": {}}}"

/* What was read, and the call that asked. */
struct reading {
	struct inputs inputs;
	struct call call;
	struct words words;
	struct fault fault;
	int code;
};

static struct reading *read_inputs(struct reading *r, const struct lock *existing, const char *line)
{
	*r = (struct reading){ 0 };
	words_make(&r->words, line);
	call_make(&r->call, &cmd_lock, &r->words);
	r->call.quiet = true;
	r->code = inputs_read(&r->call, existing, &r->inputs, &r->fault);
	return r;
}

static void drop(struct reading *r)
{
	arena_drop(&r->call.arena);
	free(r->words.line);
}

/* Reads what must be right. */
static struct reading *reads(struct reading *r, const char *line)
{
	if (read_inputs(r, NULL, line)->code)
		fail_msg("\"%s\": %s", line, r->fault.text);
	return r;
}

static void refuses(const char *line, int code, const char *words)
{
	struct reading r;

	read_inputs(&r, NULL, line);
	if (r.code != code || r.fault.code != code || !strstr(r.fault.text, words))
		fail_msg("\"%s\": code %d, %s", line, r.code, r.fault.text);
	drop(&r);
}

/* ---- --tool, --expose, --nix ---- */

static void tools_come_from_options(void **state)
{
	struct reading r;
	const struct lock_system *s;

	(void)state;
	reads(&r, "--tool zip=" A "zip-3.0 --tool jq=" A "jq-1.7.1-bin --expose zip=zip,unzip,zip, --nix " A "nix-2.31.2 "
		  "--system riscv64-linux");
	assert_int_equal(r.inputs.systems.count, 1);
	assert_false(r.inputs.tells_flake || r.inputs.has_flake);
	s = r.inputs.systems.at;
	assert_true(text_equal(s->name, TEXT("riscv64-linux")));
	assert_true(text_equal(s->nix, TEXT("00000000000000000000000000000000-nix-2.31.2")));
	assert_true(texts_find(s->nix_commands, TEXT("nix-store")) >= 0);
	assert_int_equal(s->tool_count, 2);
	assert_true(text_equal(s->tools[0].name, TEXT("jq")) && text_equal(s->tools[1].name, TEXT("zip")));
	assert_true(text_equal(s->tools[0].version, TEXT("1.7.1-bin")));
	assert_true(text_equal(s->tools[0].commands.at[0], TEXT("jq")));
	assert_int_equal(s->tools[0].origin, LOCK_COMMAND);
	assert_int_equal(s->tools[1].commands.count, 2);
	assert_true(text_equal(s->tools[1].commands.at[0], TEXT("unzip")));
	drop(&r);
	reads(&r, "--tool jq=" A "jq-1.7 --expose jq=");
	assert_int_equal(r.inputs.systems.at->tools->commands.count, 0);
	assert_true(text_equal(r.inputs.systems.at->name, proc_system(&r.call.arena)));
	drop(&r);
}

static void bad_options_are_refused(void **state)
{
	static const struct {
		const char *line, *words;
	} bad[] = {
		{ "--tool jq", "--tool 'jq': must be NAME=/nix/store/<hash>-<name>" },
		{ "--tool =" A "jq", "must be NAME=" },
		{ "--tool jq=", "must be NAME=" },
		{ "--tool jq=/usr/bin/jq", "--tool: '/usr/bin/jq' must be a store path /nix/store/<hash>-<name>" },
		{ "--tool jq=" A "jq/bin", "must be a store path" },
		{ "--tool a/b=" A "jq", "'a/b'" },
		{ "--tool ..=" A "jq", "'..'" },
		{ "--tool jq=" A "jq --tool jq=" A "jq-2", "--tool: 'jq' is given twice" },
		{ "--tool jq=" A "jq --expose jq=../../sbin/init", "'../../sbin/init'" },
		{ "--tool jq=" A "jq --expose yq=yq", "--expose 'yq=yq': must be NAME=COMMAND,... of a --tool NAME=..." },
		{ "--tool jq=" A "jq --expose jq", "--expose 'jq': must be NAME=COMMAND" },
		{ "--nix " A "nix-2 --expose jq=jq", "--expose 'jq=jq': must be" },
		{ "--nix nixpkgs", "--nix: 'nixpkgs' must be a store path" },
		{ "--tool jq=" A "jq --system a-linux --system b-linux", "give --system once" },
		{ "--tool jq=" A "jq --system a/b", "'a/b'" },
		{ "--tool jq=" A "jq --manifest m.json", "--manifest and --tool or --nix exclude each other" },
		{ "--nix " A "nix-2 --manifest m.json", "--manifest and --tool or --nix exclude each other" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuses(bad[i].line, FAULT_USAGE, bad[i].words);
}

static void two_tools_may_not_expose_one_command(void **state)
{
	(void)state;
	refuses("--tool a=" A "a --tool b=" A "b --expose a=x --expose b=x", FAULT_USAGE,
		"the command 'x' is exposed by two tools");
	refuses("--tool nix=" A "nix-1 --nix " A "nix-2", FAULT_USAGE, "'nix itself'");
}

/* ---- manifests ---- */

static void manifests_are_read_and_sorted(void **state)
{
	struct tiny *t = *state;
	struct reading r;

	tiny_put(t, "x86.json", TEXT(MANIFEST("x86_64-linux")));
	tiny_put(t, "arm.json", TEXT(MANIFEST("aarch64-linux")));
	reads(&r, "--manifest x86.json -m arm.json");
	assert_int_equal(r.inputs.systems.count, 2);
	assert_true(text_equal(r.inputs.systems.at[0].name, TEXT("aarch64-linux")));
	assert_true(text_equal(r.inputs.systems.at[1].tools->name, TEXT("jq")));
	assert_int_equal(r.inputs.systems.at[1].tools->origin, LOCK_EVALUATION);
	assert_true(r.inputs.tells_flake);
	assert_false(r.inputs.has_flake);
	drop(&r);
	refuses("-m x86.json -m x86.json", FAULT_USAGE, "two manifests are for x86_64-linux");
	refuses("-m none.json", FAULT_INPUT, "--manifest none.json: no such file");
	tiny_put(t, "bad.json", TEXT("{\"system\": 1}"));
	refuses("-m arm.json -m bad.json", FAULT_INPUT, "bad.json");
}

/* ---- flake.lock ---- */

static void flake_lock_is_found(void **state)
{
	struct tiny *t = *state;
	struct digest digest = crypto_sha256(TEXT(FLAKE_LOCK));
	struct reading r;

	tiny_put(t, "m.json", TEXT(MANIFEST("x86_64-linux")));
	tiny_put(t, "sub/flake.lock", TEXT(FLAKE_LOCK));
	reads(&r, "-m m.json --flake sub");
	assert_true(r.inputs.has_flake && digest_equal(&r.inputs.flake.digest, &digest));
	drop(&r);
	reads(&r, "-m m.json");
	assert_false(r.inputs.has_flake);
	drop(&r);
	reads(&r, "--tool jq=" A "jq --flake-lock sub/flake.lock");
	assert_true(r.inputs.tells_flake && r.inputs.has_flake);
	drop(&r);
	refuses("-m m.json --flake-lock none.lock", FAULT_INPUT, "--flake-lock none.lock: no such file");
	refuses("-m m.json --flake-lock m.json", FAULT_INPUT, "m.json");
}

/* ---- a flake, by a Nix that only tells how it was called ---- */

static void put_nix(struct tiny *t, const char *script)
{
	tiny_put(t, "bin/nix", text_of(script));
	assert_int_equal(chmod("bin/nix", 0755), 0);
	setenv("PATH", tiny_line(t, "%s/bin:/usr/bin:/bin", t->top), 1);
}

#define NIX "#!/bin/sh\necho \"$*\" >>calls\nsystem=${5##*.}\n" \
	    "echo '{\"system\": \"'$system'\", \"tools\": {\"jq\": {\"outPath\": \"" A "jq-1.7\"}}}'\n"
#define CALL "--extra-experimental-features nix-command flakes eval --json "

static void a_flake_is_evaluated_for_each_system(void **state)
{
	struct tiny *t = *state;
	struct lock_system before[] = { { .name = TEXT("aarch64-linux") }, { .name = TEXT("x86_64-linux") } };
	struct lock existing = { .systems = before, .system_count = 2 };
	struct reading r;

	put_nix(t, NIX);
	reads(&r, "--flake sub --system x86_64-linux");
	assert_int_equal(r.inputs.systems.count, 1);
	assert_true(text_equal(tiny_get(t, "calls"), TEXT(CALL "sub#graft.x86_64-linux\n")));
	drop(&r);
	assert_int_equal(unlink("calls"), 0);
	assert_int_equal(mkdir("sub", 0755), 0); /* else a name in Nix's registry; Nix runs in the folder */
	reads(&r, "--flake sub --system x86_64-linux");
	assert_true(text_equal(tiny_get(t, "sub/calls"), TEXT(CALL ".#graft.x86_64-linux\n")));
	drop(&r);
	assert_int_equal(read_inputs(&r, &existing, "")->code, 0);
	assert_int_equal(r.inputs.systems.count, 2);
	assert_true(text_equal(tiny_get(t, "calls"), TEXT(CALL ".#graft.aarch64-linux\n" CALL ".#graft.x86_64-linux\n")));
	drop(&r);
	reads(&r, "");
	assert_true(text_equal(r.inputs.systems.at->name, proc_system(&t->arena)));
	drop(&r);
}

static void check_runs_nix_only_when_asked(void **state)
{
	struct tiny *t = *state;
	struct reading r;

	put_nix(t, NIX);
	reads(&r, "--check");
	assert_int_equal(r.inputs.systems.count, 0);
	assert_true(r.inputs.tells_flake);
	assert_false(tiny_has(t, "calls"));
	drop(&r);
	reads(&r, "--check --flake .");
	assert_int_equal(r.inputs.systems.count, 1);
	assert_true(tiny_has(t, "calls"));
	drop(&r);
}

static void a_failing_nix_is_told(void **state)
{
	struct tiny *t = *state;

	put_nix(t, "#!/bin/sh\nexit 3\n");
	refuses("", FAULT_INPUT, "ended with exit status 3");
	put_nix(t, "#!/bin/sh\necho nothing\n");
	refuses("", FAULT_INPUT, ".#graft.");
	setenv("PATH", "/nowhere", 1);
	if (!flake_find_nix(&t->arena).len)
		refuses("", FAULT_USAGE, "nothing to lock: there is no Nix here to evaluate flake.nix with");
}

static int restore_path(void **state)
{
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	return tiny_drop(state);
}

#define nix_test(test) cmocka_unit_test_setup_teardown(test, tiny_make, restore_path)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tools_come_from_options),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(two_tools_may_not_expose_one_command),
		tiny_test(manifests_are_read_and_sorted),
		tiny_test(flake_lock_is_found),
		nix_test(a_flake_is_evaluated_for_each_system),
		nix_test(check_runs_nix_only_when_asked),
		nix_test(a_failing_nix_is_told),
	};

	return cmocka_run_group_tests_name("inputs", tests, NULL, NULL);
}
