#include <stdio.h>
#include <stdlib.h>

#include "cmd/say.h"
#include "cmd/target.h"
#include "cmd/verbs.h"
#include "format/json.h"
#include "store/receipt.h"
#include "store/wiring.h"

static const struct option_spec OPTIONS[] = {
	{ "lock", 'l', "FILE", "the lock to tell of (default: the root's own, else closure.lock)" },
	{ "root", 'r', "DIR", "the Debian tree to look at (default: /)" },
	{ "system", 's', "SYSTEM", "which system of the lock (default: that of the root's own programs)" },
	{ "format", 'f', "sh|bash|zsh|fish|containerfile|devcontainer|github|json", "for whom (default: sh)" },
	{ 0 },
};

/* What is to be said. */
struct surroundings {
	struct wiring_variable *variables; /* to be set */
	size_t count;                      /* of those */
	const char *folder;                /* to come first on PATH; NULL: Debian's own PATH does */
};

/* ---- the formats ---- */

/* Between single quotes, as both sh and fish read them: no value has a quote or a backslash. What is on PATH already is not put there
 * again, as by the profile.d piece. */
static void write_sh(const struct surroundings *s)
{
	for (size_t i = 0; i < s->count; i++)
		printf("export %s='" TEXT_F "'\n", s->variables[i].name, TEXT_A(s->variables[i].value));
	if (s->folder)
		printf("case :${PATH-}: in *:'%s':*) ;; *) export PATH='%s'\"${PATH:+:$PATH}\" ;; esac\n", s->folder, s->folder);
}

static void write_fish(const struct surroundings *s)
{
	for (size_t i = 0; i < s->count; i++)
		printf("set -gx %s '" TEXT_F "'\n", s->variables[i].name, TEXT_A(s->variables[i].value));
	if (s->folder)
		printf("contains '%s' $PATH; or set -gx PATH '%s' $PATH\n", s->folder, s->folder);
}

static void write_containerfile(const struct surroundings *s)
{
	for (size_t i = 0; i < s->count; i++)
		printf("ENV %s=" TEXT_F "\n", s->variables[i].name, TEXT_A(s->variables[i].value));
	if (s->folder)
		printf("ENV PATH=%s:$PATH\n", s->folder);
}

/* For >>"$GITHUB_ENV". */
static void write_github(const struct surroundings *s)
{
	const char *path = getenv("PATH");
	for (size_t i = 0; i < s->count; i++)
		printf("%s=" TEXT_F "\n", s->variables[i].name, TEXT_A(s->variables[i].value));
	if (s->folder)
		printf("PATH=%s%s%s\n", s->folder, path && *path ? ":" : "", path ? path : "");
}

static void put_variables(struct json_out *o, const struct surroundings *s, const char *key)
{
	json_key(o, key);
	json_open(o, '{', false);
	for (size_t i = 0; i < s->count; i++)
		json_pair(o, s->variables[i].name, s->variables[i].value);
	json_close(o, '}');
}

/* For devcontainer.json; PATH of the image is known to remoteEnv only. */
static void put_devcontainer(struct json_out *o, const struct surroundings *s)
{
	BUFFER_AUTO path = { 0 };
	put_variables(o, s, "containerEnv");
	if (!s->folder)
		return;
	buffer_printf(&path, "%s:${containerEnv:PATH}", s->folder);
	json_key(o, "remoteEnv");
	json_open(o, '{', false);
	json_pair(o, "PATH", buffer_view(&path));
	json_close(o, '}');
}

static void put_all(struct json_out *o, const struct surroundings *s)
{
	struct text folder = text_of(s->folder);
	put_variables(o, s, "variables");
	json_key(o, "path");
	json_put_texts(o, &folder, s->folder != NULL);
}

static void write_json(const struct surroundings *s, void (*put)(struct json_out *, const struct surroundings *))
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	put(&o, s);
	say_json_end(&o);
}

static const struct format {
	const char *name;
	void (*write)(const struct surroundings *s);
	void (*put)(struct json_out *o, const struct surroundings *s);
} FORMATS[] = {
	{ "sh", write_sh, NULL },         { "bash", write_sh, NULL },
	{ "zsh", write_sh, NULL },        { "fish", write_fish, NULL },
	{ "github", write_github, NULL }, { "containerfile", write_containerfile, NULL },
	{ "devcontainer", NULL, put_devcontainer }, { "json", NULL, put_all },
};
#define FORMATS_END (FORMATS + sizeof FORMATS / sizeof *FORMATS)

static const struct format *find_format(const struct call *call)
{
	struct text name = call_text(call, "format", call->json ? "json" : "sh");
	for (const struct format *f = FORMATS; f < FORMATS_END; f++)
		if (text_equal(name, text_of(f->name)))
			return f;
	return NULL;
}

/* ---- what is to be said ---- */

static int gather(struct target *t, struct call *call, struct surroundings *out, struct fault *f)
{
	struct receipt receipt;
	bool found;
	struct wiring_base base = wiring_look(t->root.fd);
	int code = target_parse(t, call, f);
	if (code == 0)
		code = receipt_read(t->root.fd, &call->arena, &receipt, &found, f);
	if (code < 0)
		return code;
	out->folder = receipt.choice.some && !receipt.choice.commands.count ? GRAFT_PROFILE "/bin" : NULL;
	out->variables = wiring_variables(t->want, &base, &call->arena, &out->count);
	if (!wiring_bundle(t->want, &base, &call->arena).len)
		say_note(call, "there is no " WIRING_BUNDLE ": https will not work, and NIX_SSL_CERT_FILE is left out; install ca-certificates");
	return 0;
}

static int env_run(struct call *call, struct fault *f)
{
	struct target target = { .root.fd = -1 };
	struct surroundings s = { 0 };
	const struct format *format = find_format(call);
	int code = call_no_operands(call, f);
	if (code == 0 && !format)
		code = fault_set(f, FAULT_USAGE, "--format: '" TEXT_F "' is none of sh, bash, zsh, fish, containerfile, devcontainer, github, json",
				 TEXT_A(call_text(call, "format", "")));
	if (code == 0)
		code = target_open_own(&target, call, f);
	if (code == 0)
		code = gather(&target, call, &s, f);
	if (code == 0 && format->write)
		format->write(&s);
	else if (code == 0)
		write_json(&s, format->put);
	target_close(&target);
	return code;
}

const struct command cmd_env = {
	.name = "env",
	.summary = "print the environment variables that the tools want",
	.text = "Exactly those, and no more: where Debian's CA bundle and locales are, for programs from the store. Commands are\n"
		"found without it, through links in /usr/local/bin, unless they were not linked (--expose): then PATH, too. Debian's\n"
		"own programs read none of these variables. The lock is the one that the root follows, else closure.lock.\n"
		"\n"
		"  eval \"$(nixgraft env)\"                   for this shell\n"
		"  nixgraft env --format containerfile      ENV lines for a Containerfile\n"
		"  nixgraft env --format devcontainer       containerEnv for devcontainer.json\n"
		"  nixgraft env --format github >> \"$GITHUB_ENV\"\n",
	.options = OPTIONS,
	.run = env_run,
};
