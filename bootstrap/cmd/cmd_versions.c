#include <stdio.h>
#include <unistd.h>

#include "base/bounds.h"
#include "cmd/choice.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "cmd/versionscheck.h"
#include "format/json.h"
#include "plan/closure.h"
#include "sys/fs.h"
#include "sys/proc.h"

static const struct option_spec OPTIONS[] = {
	{ "lock", 'l', "FILE", "the lock to tell of (default: closure.lock, else the root's own; with --check the other way round)" },
	{ "system", 's', "SYSTEM", "which system of the lock (default: this machine's, or the only one; with --check the root's)" },
	{ "format", 'f', VERSIONS_FORMS, "for whom (default: table)" },
	{ "check", 0, NULL, "look instead whether PATH finds each command in the lock's store path; exit 1 when not" },
	{ "root", 'r', "DIR", "the Debian tree to look at (default: /)" },
	{ "path", 'p', "FOLDERS", "with --check: the PATH to search (default: that of the environment, or an image's; and of login shells)" },
	{ "expose", 'e', "COMMANDS", "only these commands, as for apply: a,b,c, or all, or none (then the profile's folder has them)" },
	{ "without-nix", 0, NULL, "the tools alone, as for apply" },
	{ 0 },
};

/* What the verb works on. Close with versioning_close. */
struct versioning {
	struct call *call;            /* of the verb */
	struct target target;         /* where a root is looked at, with its lock */
	struct buffer bytes;          /* of a lock that belongs to no root */
	struct lock lock;             /* that one */
	struct lock_system system;    /* what of the lock is chosen */
	struct receipt_choice choice; /* by whom applied it, or by options */
	struct versions versions;     /* what it lets one expect */
};

/* ---- which lock ---- */

static int pick_system(const struct lock *lock, const char *what, struct call *call, const struct lock_system **out, struct fault *f)
{
	BUFFER_AUTO has = { 0 };
	struct text given = call_text(call, "system", NULL), name = given.at ? given : proc_system(&call->arena);
	*out = lock_system_find(lock, name);
	if (!*out && !given.at && lock->system_count == 1)
		*out = &lock->systems[0];
	for (size_t i = 0; !*out && i < lock->system_count; i++)
		buffer_printf(&has, "%s" TEXT_F, i ? ", " : "", TEXT_A(lock->systems[i].name));
	return *out ? 0 : fault_set(f, FAULT_USAGE, "%s has nothing for " TEXT_F ", but %s; choose with --system", what, TEXT_A(name),
				    has.at ? has.at : "no system at all");
}

static int open_file(struct versioning *v, struct text name, struct fault *f)
{
	const struct lock_system *system = NULL;
	int code = fs_read_host(name.at, LOCK_MAX, &v->bytes, f);
	if (code == FS_ABSENT)
		return fault_set(f, FAULT_INPUT, "%s: there is no such lock; make one with `nixgraft lock`, or name it with --lock FILE",
				 name.at);
	if (code == 0)
		code = lock_parse(buffer_view(&v->bytes), name.at, &v->call->arena, &v->lock, f);
	if (code == 0)
		code = pick_system(&v->lock, name.at, v->call, &system, f);
	if (code == 0)
		v->system = *system;
	return code;
}

/* A root's own lock comes with what was chosen for the root. */
static int open_root(struct versioning *v, struct fault *f)
{
	struct receipt receipt = { 0 };
	bool found;
	int code = target_open_own(&v->target, v->call, f);
	if (code == 0)
		code = target_parse(&v->target, v->call, f);
	if (code == 0)
		code = receipt_read(v->target.root.fd, &v->call->arena, &receipt, &found, f);
	if (code < 0)
		return code;
	v->system = *v->target.want;
	v->choice = receipt.choice;
	return 0;
}

/* ---- what of it ---- */

/* With no command linked, the profile's own folder has them all, and is to be on PATH. */
static int choose(struct versioning *v, struct fault *f)
{
	struct call *call = v->call;
	struct text expose = call_text(call, "expose", NULL);
	struct lock_system all = v->system;
	if (expose.at)
		choice_commands(&v->choice, expose, &call->arena);
	if (v->choice.tools_only || call_flag(call, "without-nix"))
		closure_subset(&all, &call->arena, &v->system);
	int code = choice_check(&v->choice, &v->system, call, f);
	bool some = v->choice.some && v->choice.commands.count;
	v->versions.system = v->system.name;
	expectations_make(&v->system, some ? &v->choice.commands : NULL, &call->arena, &v->versions.tools);
	return code;
}

/* ---- telling ---- */

static const struct versions_form *pick_form(const struct call *call, struct fault *f)
{
	struct text name = call_text(call, "format", call->json ? "json" : "table");
	const struct versions_form *form = versions_form(name);
	if (!form)
		fault_set(f, FAULT_USAGE, "--format: '" TEXT_F "' is none of table, json, pytest, shell", TEXT_A(name));
	return form;
}

static int tell(struct versioning *v, struct fault *f)
{
	BUFFER_AUTO bytes = { 0 };
	struct text file = call_text(v->call, "lock", "closure.lock");
	const struct versions_form *form = pick_form(v->call, f);
	bool here = call_flag(v->call, "lock") || (!call_flag(v->call, "root") && access(file.at, F_OK) == 0);
	if (!form)
		return f->code;
	if (call_flag(v->call, "path"))
		return fault_set(f, FAULT_USAGE, "--path goes with --check");
	int code = here ? open_file(v, file, f) : open_root(v, f);
	if (code == 0)
		code = choose(v, f);
	if (code < 0)
		return code;
	form->write(&v->versions, &bytes);
	fwrite(bytes.at, 1, bytes.len, stdout);
	return 0;
}

/* ---- checking ---- */

static void put_command(struct json_out *o, const struct versions_check *c, const struct versions_command *command)
{
	json_open(o, '{', false);
	json_pair(o, "name", command->name);
	json_pair(o, "tool", command->tool->name);
	json_pair(o, "version", command->tool->version);
	json_pair(o, "wanted", command->wanted);
	json_pair(o, "state", text_of(versions_state_name(command->state)));
	json_pair(o, "on", text_of(c->paths[command->path].word));
	if (command->found.len)
		json_pair(o, "found", command->found);
	if (command->leads_to.len)
		json_pair(o, "leadsTo", command->leads_to);
	json_close(o, '}');
}

static void report_json(const struct versions_check *c)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", c->wrong ? TEXT("differs") : TEXT("right"));
	json_pair(&o, "system", c->expect->system);
	json_pair_u64(&o, "wrong", c->wrong);
	json_key(&o, "searched");
	json_open(&o, '[', false);
	for (size_t i = 0; i < c->path_count; i++) {
		json_open(&o, '{', true);
		json_pair(&o, "name", text_of(c->paths[i].word));
		json_pair(&o, "path", c->paths[i].value);
		json_close(&o, '}');
	}
	json_close(&o, ']');
	json_key(&o, "commands");
	json_open(&o, '[', false);
	for (size_t i = 0; i < c->count; i++)
		put_command(&o, c, &c->commands[i]);
	json_close(&o, ']');
	say_json_end(&o);
}

static void report_text(const struct versions_check *c, const struct call *call)
{
	BUFFER_AUTO bytes = { 0 };
	versions_check_tell(c, call, &bytes);
	if (c->wrong)
		printf(TEXT_F, TEXT_A(buffer_view(&bytes)));
	else
		printf("right: %zu command%s where %s says, on PATH%s\n", c->count, c->count == 1 ? " leads" : "s lead",
		       c->target->lock_name.at, c->path_count > 1 ? " and in login shells" : "");
}

static int check(struct versioning *v, struct fault *f)
{
	struct versions_check c = { .target = &v->target, .expect = &v->versions };
	if (call_flag(v->call, "format"))
		return fault_set(f, FAULT_USAGE, "--format and --check exclude each other; --check has --json");
	int code = open_root(v, f);
	if (code == 0)
		code = choose(v, f);
	if (code < 0)
		return code;
	versions_check_make(&c, &v->choice, call_text(v->call, "path", NULL), &v->call->arena);
	v->call->answered = true;
	if (v->call->json)
		report_json(&c);
	else if (!v->call->quiet)
		report_text(&c, v->call);
	if (!c.wrong)
		return 0;
	return fault_set(f, FAULT_DIFFERS, "%zu of %zu commands %s not what %s says", c.wrong, c.count, c.wrong == 1 ? "is" : "are",
			 v->target.lock_name.at);
}

static int versions_run(struct call *call, struct fault *f)
{
	struct versioning v = { .call = call, .target.root.fd = -1 };
	int code = call_no_operands(call, f);
	if (code == 0)
		code = call_flag(call, "check") ? check(&v, f) : tell(&v, f);
	target_close(&v.target);
	buffer_drop(&v.bytes);
	return code;
}

const struct command cmd_versions = {
	.name = "versions",
	.summary = "tell what tests may expect of an image, or look whether it is so",
	.text = "From the lock alone: version, attribute, commands and store path of each tool and of Nix, so that no test keeps a list\n"
		"of versions by hand. With --check, inside an image or on a --root, each exposed command is looked up on PATH as a\n"
		"shell would, and in login shells too: does it lead into the lock's store path? What does not is told in one line with\n"
		"what to do. No tool is executed.\n"
		"\n"
		"  nixgraft versions --format pytest > tests/test_nixgraft_versions.py\n"
		"  eval \"$(nixgraft versions --format shell)\"; echo \"$NIXGRAFT_GIT_VERSION\"; nixgraft_check\n"
		"  nixgraft versions --json | jq -r .tools.git.version\n"
		"  nixgraft versions --check --lock closure.lock\n",
	.options = OPTIONS,
	.run = versions_run,
};
