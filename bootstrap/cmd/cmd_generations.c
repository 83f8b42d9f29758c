#include <stdio.h>
#include <time.h>

#include "cmd/past.h"
#include "cmd/say.h"
#include "cmd/verbs.h"
#include "format/json.h"

static const struct option_spec OPTIONS[] = {
	{ "root", 'r', "DIR", "the Debian tree to look at (default: /)" },
	{ 0 },
};

#define TIME_SIZE 32

static const char *spell_time(const struct timespec *t, char out[TIME_SIZE])
{
	struct tm utc;
	if (!gmtime_r(&t->tv_sec, &utc) || !strftime(out, TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc))
		out[0] = '\0';
	return out;
}

static void print_one(const struct past *p, const struct profile_generation *g, const struct lock_system *s)
{
	char time[TIME_SIZE];
	printf("%s %4llu  %s", g->number == p->current ? "*" : " ", (unsigned long long)g->number, spell_time(&g->made, time));
	if (s)
		printf("  %zu tool%s%s, %zu path%s\n", s->tool_count, text_plural(s->tool_count), s->nix.len ? " and Nix" : "", s->path_count,
		       text_plural(s->path_count));
	else
		printf("  " TEXT_F "\n", TEXT_A(g->path));
}

static void put_what(struct json_out *o, const struct lock_system *s)
{
	json_key(o, "tools");
	json_open(o, '{', false);
	for (size_t i = 0; i < s->tool_count; i++) {
		json_key_text(o, s->tools[i].name);
		json_put_text(o, s->tools[i].version);
	}
	json_close(o, '}');
	if (s->nix.len)
		json_pair(o, "nix", change_nix_version(s));
	json_pair_u64(o, "paths", s->path_count);
}

static void put_one(struct json_out *o, const struct past *p, const struct profile_generation *g, const struct lock_system *s)
{
	char time[TIME_SIZE];
	json_open(o, '{', false);
	json_pair_u64(o, "generation", g->number);
	json_pair_bool(o, "current", g->number == p->current);
	json_pair(o, "made", text_of(spell_time(&g->made, time)));
	json_pair(o, "environment", g->path);
	if (s)
		put_what(o, s);
	json_close(o, '}');
}

/* One whose kept lock cannot be read is listed by its environment, like one without. */
static void list(const struct past *p, struct call *call, struct json_out *o)
{
	for (size_t i = 0; i < p->all.count; i++) {
		const struct lock_system *s;
		struct fault unreadable = { 0 };
		if (past_lock(p, p->all.at[i].number, &call->arena, &s, &unreadable) < 0)
			say_note(call, "%s", unreadable.text);
		if (o)
			put_one(o, p, &p->all.at[i], s);
		else if (!call->quiet)
			print_one(p, &p->all.at[i], s);
	}
}

static void list_json(const struct past *p, struct call *call)
{
	BUFFER_AUTO bytes = { 0 };
	struct json_out o;
	say_json_begin(&o, &bytes);
	json_key(&o, "generations");
	json_open(&o, '[', false);
	list(p, call, &o);
	json_close(&o, ']');
	say_json_end(&o);
}

static int generations_run(struct call *call, struct fault *f)
{
	struct past past = { .root.fd = -1 };
	int code = call_no_operands(call, f);
	if (code == 0)
		code = past_open(&past, call, f);
	if (code == 0 && call->json)
		list_json(&past, call);
	else if (code == 0)
		list(&past, call, NULL);
	if (code == 0 && !past.all.count)
		say_note(call, "no generation is here; `nixgraft apply` makes the first");
	past_close(&past);
	return code;
}

const struct command cmd_generations = {
	.name = "generations",
	.summary = "list the generations that applies have made",
	.text = "Each update is a generation of its own; the one in force has a star. The older ones keep their store paths until\n"
		"`nix-collect-garbage -d` takes them. `nixgraft rollback` returns to one.\n",
	.options = OPTIONS,
	.run = generations_run,
};
