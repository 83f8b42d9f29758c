#include "cmd/locking.h"
#include "cmd/lockreport.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "store/trust.h"

static const struct option_spec OPTIONS[] = {
	LOCKING_OPTIONS,
	{ "system", 's', "SYSTEM", "which system (repeatable with --flake; default: this machine's)" },
	{ "tool", 't', "NAME=PATH", "a tool by its store path (repeatable); exposes the command NAME" },
	{ "expose", 0, "NAME=CMD,..", "which commands the --tool NAME exposes instead" },
	{ "nix", 0, "PATH", "the store path of the Nix to install; without it: tools only" },
	{ "manifest", 'm', "FILE", "tools manifest, `nix eval --json .#graft.SYSTEM` (repeatable; - reads standard input)" },
	{ "flake", 0, "DIR", "evaluate this flake with the Nix on PATH (default without --tool and --manifest: .)" },
	{ "flake-lock", 0, "FILE", "the flake.lock that the tools come from (default: flake.lock beside the flake)" },
	{ "check", 0, NULL, "write nothing; exit 1 with the reason when the lock is stale" },
	{ "dry-run", 'n', NULL, "walk and tell, but write nothing" },
	{ 0 },
};

static void report_json(const struct locking *l)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	lockreport_put(&o, l);
	say_json_end(&o);
}

static void report(const struct locking *l)
{
	l->call->answered = true;
	if (l->call->json)
		report_json(l);
	else if (!l->call->quiet)
		lockreport_print(l);
}

static int check(struct locking *l, struct fault *f)
{
	struct arena *a = &l->call->arena;
	if (!l->exists)
		return fault_set(f, FAULT_DIFFERS, "%s: there is no such lock; make it with `nixgraft lock`", l->file);
	if (l->inputs.tells_flake)
		stale_flake(&l->before, l->inputs.has_flake ? &l->inputs.flake : NULL, a, &l->stale);
	for (size_t i = 0; i < l->inputs.systems.count; i++)
		stale_system(&l->before, &l->inputs.systems.at[i], a, &l->stale);
	l->result = l->stale.reasons.count ? "stale" : "current";
	report(l);
	if (!l->stale.reasons.count)
		return 0;
	return fault_set(f, FAULT_DIFFERS, "%s is stale: " TEXT_F "; run `nixgraft lock`", l->file,
			 TEXT_A(l->stale.reasons.at[0]));
}

static int run(struct locking *l, struct fault *f)
{
	int code = inputs_read(l->call, l->exists ? &l->before : NULL, &l->inputs, f);
	if (code == 0 && call_flag(l->call, "check"))
		return check(l, f);
	if (code == 0)
		code = locking_walk(l, f);
	if (code == 0)
		code = locking_write(l, call_flag(l->call, "dry-run"), f);
	if (code == 0)
		report(l);
	return code;
}

static int lock_run(struct call *call, struct fault *f)
{
	struct locking locking = { 0 };
	int code = call_no_operands(call, f);
	if (code == 0)
		code = locking_open(&locking, call, f);
	if (code == 0)
		code = run(&locking, f);
	locking_close(&locking);
	return code;
}

const struct command cmd_lock = {
	.name = "lock",
	.summary = "pin the whole closure of your tools in closure.lock",
	.text = "Asks the caches for the narinfo of every path that the tools need, checks every signature, and writes down hashes,\n"
		"sizes, references, signatures and files. Needs no Nix with --tool or --manifest. Updating one system keeps the\n"
		"others.\n"
		"\n"
		"  nixgraft lock                                      evaluate ./flake.nix with the Nix on PATH\n"
		"  nix eval --json .#graft.x86_64-linux | nixgraft lock --manifest -\n"
		"  nixgraft lock --tool jq=/nix/store/...-jq-1.7.1-bin --cache https://cache.nixos.org\n"
		"  nixgraft lock --check                              exit 1 when flake.lock has changed since\n",
	.options = OPTIONS,
	.run = lock_run,
};
