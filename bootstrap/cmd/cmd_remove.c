#include <stdio.h>

#include "cmd/say.h"
#include "cmd/ungraft.h"
#include "cmd/verbs.h"
#include "format/json.h"

static const struct option_spec OPTIONS[] = {
	{ "root", 'r', "DIR", "the Debian tree to work on (default: /)" },
	{ "purge-nix", 0, NULL, "the Nix that was installed goes too, and all of its state" },
	{ "dry-run", 'n', NULL, "tell what would go and what would stay; change nothing" },
	{ 0 },
};

/* ---- the report for machines ---- */

static void put_what(struct json_out *o, const struct ungraft *u)
{
	json_key(o, "paths");
	json_open(o, '{', true);
	json_pair_u64(o, "removed", u->sweep.gone.count);
	json_pair_u64(o, "kept", u->kept);
	json_pair_u64(o, "others", u->sweep.others.count);
	json_close(o, '}');
	json_key(o, "bytes");
	json_open(o, '{', true);
	json_pair_u64(o, "removed", u->sweep.gone_bytes);
	json_pair_u64(o, "kept", u->kept_bytes);
	json_close(o, '}');
	json_pair_texts(o, "removed", LIST_TEXTS(u->wires.gone));
	json_pair_texts(o, "movedBack", LIST_TEXTS(u->wires.back));
	json_pair_texts(o, "left", LIST_TEXTS(u->wires.left));
}

static void report_json(const struct ungraft *u, const char *result)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_pair(&o, "result", text_of(result));
	json_pair_bool(&o, "nixStays", u->nix_stays);
	if (u->scope != UNGRAFT_NOTHING)
		put_what(&o, u);
	say_json_end(&o);
}

/* ---- the report for people ---- */

static void report_text(const struct ungraft *u, bool planned)
{
	static const char *const what[][2] = { { "the tools are removed", "would remove the tools" },
					       { "all that nixgraft made is removed", "would remove all that nixgraft made" } };
	static const char *const stays[] = { "; Nix stays", "; Nix would stay" };
	char removed[SAY_SIZE], kept[SAY_SIZE];
	const struct sweep *s = &u->sweep;
	printf("%s%s%s\n", what[u->scope == UNGRAFT_ALL][planned], u->nix_stays ? stays[planned] : "", planned ? "; nothing was changed" : "");
	printf("  store paths: %zu %sdeleted (%s)", s->gone.count, planned ? "to be " : "", say_bytes(s->gone_bytes, removed));
	if (u->kept)
		printf(", %zu kept that Nix or others need (%s)", u->kept, say_bytes(u->kept_bytes, kept));
	if (s->others.count)
		printf(", %zu of others kept", s->others.count);
	printf("\n");
	say_files("taken back", LIST_TEXTS(u->wires.gone));
	say_files("moved back", LIST_TEXTS(u->wires.back));
	say_words("left, since others changed or use it", LIST_TEXTS(u->wires.left));
}

static void report(const struct ungraft *u, bool planned)
{
	bool nothing = u->scope == UNGRAFT_NOTHING;
	if (u->call->json)
		report_json(u, nothing ? "nothing" : planned ? "planned" : "removed");
	else if (u->call->quiet)
		return;
	else if (nothing)
		printf("nothing to remove%s\n", u->nix_stays ? ": only Nix is there, which --purge-nix removes" : "");
	else
		report_text(u, planned);
}

static int run(struct ungraft *u, struct call *call, struct fault *f)
{
	bool planned = call_flag(call, "dry-run");
	int code = ungraft_open(u, call, f);
	if (code == 0)
		code = ungraft_plan(u, call_flag(call, "purge-nix"), f);
	if (code == 0 && !planned)
		code = ungraft_carry_out(u, f);
	if (code == 0)
		report(u, planned);
	return code;
}

static int remove_run(struct call *call, struct fault *f)
{
	struct ungraft ungraft;
	int code = call_no_operands(call, f);
	if (code < 0)
		return code;
	code = run(&ungraft, call, f);
	ungraft_close(&ungraft);
	return code;
}

const struct command cmd_remove = {
	.name = "remove",
	.summary = "take back what apply made",
	.text = "Takes the tools back: their links, the older generations, and the store paths that only they needed. The Nix that the\n"
		"lock brought stays, as does every path that others brought or hold; `nixgraft apply` brings the tools back. With\n"
		"--purge-nix, or where the generation in force has no Nix, all that apply made goes, /nix too if it was not there before: the tree is\n"
		"as it was. That is refused while others' store paths would be lost. Files that were changed since are left, and named.\n"
		"\n"
		"  nixgraft remove --dry-run        what would go, and what would stay\n"
		"  nixgraft remove\n"
		"  nixgraft remove --purge-nix\n",
	.options = OPTIONS,
	.run = remove_run,
};
