#include "plan/migrate.h"

#include "plan/mention.h"
#include "plan/rewrite.h"
#include "plan/together.h"

bool migrate_named(const struct migrate_proposal *p, struct text name)
{
	const struct software *s = p->software;
	bool is = text_equal(s->name, name) || text_equal(software_called(s), name) || text_equal(s->command, name) ||
		  text_equal(text_skip(s->name, software_kind(s->name).len), name) || texts_find(p->commands, name) >= 0;
	return name.len && (is || text_equal(p->attribute, name));
}

/* ---- one proposal ---- */

/* What the judgement of one file needs. */
struct judge {
	const struct scan *scan;
	const struct migrate_facts *facts;
	struct arena *arena;
	struct migrate *out;
	struct mentions *mentions; /* of the file */
};

static void decide(struct migrate_proposal *p, enum toolmap_verdict verdict, struct text reason)
{
	p->verdict = verdict;
	p->reason = reason;
}

static const struct toolmap_entry *look_up(const struct judge *j, struct text key, bool *exact)
{
	for (size_t i = 0; i < j->facts->map_count; i++) {
		const struct toolmap_entry *e = toolmap_find(&j->facts->maps[i], key, exact);
		if (e)
			return e;
	}
	return NULL;
}

/* What is sure needs no reason. */
static const char *usual_reason(enum toolmap_verdict verdict, enum migrate_sureness sureness)
{
	static const char *const words[] = {
		[VERDICT_MOVE] = "", [VERDICT_KEEP] = "part of the base: better left where it is",
		[VERDICT_REVIEW] = "both are possible: decide, and name it with --only to move it",
		[VERDICT_MISSING] = "nixpkgs does not have it",
	};
	if (verdict == VERDICT_MOVE)
		return sureness == SURENESS_SURE ? "" : "by the table alone";
	return words[verdict];
}

static struct texts sorted_copy(struct texts list, struct arena *a)
{
	struct texts copy = { arena_alloc(a, list.count, sizeof *copy.at), list.count };
	for (size_t i = 0; i < list.count; i++)
		copy.at[i] = list.at[i];
	texts_sort_unique(&copy);
	return copy;
}

static void judge_entry(const struct judge *j, struct migrate_proposal *p, const struct toolmap_entry *e, bool exact)
{
	p->attribute = e->attribute;
	p->sureness = !e->attribute.len ? SURENESS_NONE : exact && e->verified ? SURENESS_SURE : SURENESS_LIKELY;
	decide(p, e->verdict, e->note.len ? e->note : text_of(usual_reason(e->verdict, p->sureness)));
	p->commands = sorted_copy(e->commands, j->arena);
	p->former = e->former;
	p->told = p->commands.count > 0;
}

/* Would Nix take the name without quotes? */
static bool is_attribute_name(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		bool letter = (t.at[i] >= 'a' && t.at[i] <= 'z') || (t.at[i] >= 'A' && t.at[i] <= 'Z') || t.at[i] == '_';
		if (!letter && (i == 0 || !text_has(TEXT("0123456789-"), t.at[i])))
			return false;
	}
	return t.len > 0;
}

/* What no table knows: its name may be an attribute's, and a person decides. What a URL ends with says nothing: install, latest. */
static void guess(const struct judge *j, struct migrate_proposal *p, struct text reason)
{
	const struct software *s = p->software;
	bool url = text_equal(software_kind(software_key(s, j->arena)), TEXT("url:"));
	struct text name = s->command.len ? s->command : url ? (struct text){ 0 } : software_called(s);
	bool may = is_attribute_name(name);
	decide(p, VERDICT_REVIEW, arena_printf(j->arena, TEXT_F "%s", TEXT_A(reason), may ? "; the attribute is a guess by the name" : ""));
	p->attribute = may ? name : (struct text){ 0 };
	p->sureness = may ? SURENESS_GUESS : SURENESS_NONE;
}

static bool is_base_priority(const struct dpkg_package *d)
{
	return text_equal(d->priority, TEXT("required")) || text_equal(d->priority, TEXT("important"));
}

static const struct migrate_programs *programs_of(const struct judge *j, struct text package)
{
	for (size_t i = 0; i < j->facts->program_count; i++)
		if (text_equal(j->facts->programs[i].package, package))
			return &j->facts->programs[i];
	return NULL;
}

static void judge_unknown_package(const struct judge *j, struct migrate_proposal *p, const struct dpkg_package *d)
{
	const struct migrate_programs *programs = d ? programs_of(j, d->name) : NULL;
	if (d && (d->essential || d->protected))
		decide(p, VERDICT_KEEP, TEXT("essential to Debian"));
	else if (d && is_base_priority(d))
		decide(p, VERDICT_KEEP, TEXT("part of Debian's base system, by its priority"));
	else if (programs && !programs->names.count)
		decide(p, VERDICT_KEEP, TEXT("it has no program of its own: a library or data"));
	else
		guess(j, p, TEXT("in no table"));
}

/* What is said of each way's software that no table knows. */
static const struct unknown {
	const char *reason;
	bool guess; /* may its name be an attribute's? */
} UNKNOWN[] = {
	[WAY_DEB] = { "a package from elsewhere, in no table", true },
	[WAY_PIPED] = { "what a script from the network installs cannot be seen", true },
	[WAY_DOWNLOAD] = { "in no table", true },
	[WAY_ADD] = { "in no table", true },
	[WAY_IMAGE] = { "from another image, in no table: pin that by digest, or look the program up", true },
	[WAY_PIP] = { "a Python package: leave it to pip or uv in the project's own environment, pinned with hashes", false },
	[WAY_PIPX] = { "a program from PyPI, in no table", true },
	[WAY_UV] = { "a program from PyPI, in no table", true },
	[WAY_NPM] = { "a program from npm, in no table", true },
	[WAY_CARGO] = { "a program from crates.io, in no table", true },
	[WAY_GO] = { "a Go program, in no table", true },
	[WAY_GEM] = { "a Ruby program, in no table", true },
	[WAY_CLONE] = { "built from a checkout: pin the commit, or look the program up in nixpkgs", true },
	[WAY_SCRIPT] = { "what the script installs cannot be seen here: look into it", false },
	[WAY_FEATURE] = { "a dev container Feature, in no table: look into what it installs", false },
};

/* A file of requirements and the like: what has a kind is a package. */
static bool is_list(const struct software *s)
{
	return (s->way == WAY_PIP || s->way == WAY_PIPX || s->way == WAY_UV) && !software_kind(s->name).len;
}

/* . /venv/bin/activate */
static bool activates(const struct shell_command *c)
{
	return c->word_count > 1 && (text_equal(c->words[0].value, TEXT(".")) || text_equal(c->words[0].value, TEXT("source"))) &&
	       text_ends(c->words[1].value, TEXT("/activate"));
}

/* Is the program that installs it one of a virtual environment: /opt/venv/bin/pip? */
static bool is_in_environment(const struct judge *j, const struct software *s)
{
	for (size_t i = 0; s->way == WAY_PIP && i < j->scan->scripts.count; i++) {
		const struct scan_script *script = &j->scan->scripts.at[i];
		size_t first = 0;
		if (script->instruction != s->edit.instruction || script->index != s->edit.script ||
		    s->edit.command >= script->shell.command_count)
			continue;
		const struct shell_command *c = &script->shell.commands[s->edit.command];
		for (size_t k = 0; k < s->edit.command; k++)
			if (activates(&script->shell.commands[k]))
				return true;
		shell_program(c, &first);
		struct text word = first < c->word_count ? c->words[first].value : (struct text){ 0 };
		return text_has(word, '/') && !text_starts(word, TEXT("/usr/"));
	}
	return false;
}

static void judge_unknown(const struct judge *j, struct migrate_proposal *p)
{
	const struct unknown *u = &UNKNOWN[p->software->way];
	if (is_list(p->software))
		decide(p, VERDICT_REVIEW, TEXT("the project's own packages: leave them to its environment, pinned with hashes"));
	else if (u->guess)
		guess(j, p, text_of(u->reason));
	else
		decide(p, VERDICT_REVIEW, text_of(u->reason));
}

/* ---- what dpkg and the flake know ---- */

static struct texts without(struct texts all, struct texts some, struct arena *a)
{
	LIST(struct text) left = { 0 };
	for (size_t i = 0; i < all.count; i++)
		if (texts_find(some, all.at[i]) < 0)
			LIST_PUSH(&left, a, all.at[i]);
	return LIST_TEXTS(left);
}

static void add_commands(const struct judge *j, struct migrate_proposal *p, const struct dpkg_package *d)
{
	const struct migrate_programs *programs = d ? programs_of(j, d->name) : NULL;
	if (d)
		p->installed = d->version;
	if (programs && !p->commands.count)
		p->commands = programs->names;
	else if (programs)
		p->others = without(programs->names, p->commands, j->arena);
	if (!p->commands.count && p->software->command.len) {
		p->commands = (struct texts){ arena_alloc(j->arena, 1, sizeof *p->commands.at), 1 };
		*p->commands.at = p->software->command;
	}
}

/* An attribute's last component: what a tool of it is called in a flake. */
static struct text tool_name(struct text attribute)
{
	struct text name = attribute, part;
	while (text_cut(&attribute, '.', &part))
		name = part;
	return name;
}

static void look_into_flake(const struct judge *j, struct migrate_proposal *p)
{
	struct texts locked = j->facts->locked;
	p->locked = p->attribute.len &&
		    (texts_find(locked, p->attribute) >= 0 || texts_find(locked, tool_name(p->attribute)) >= 0);
	if (p->locked && p->verdict == VERDICT_REVIEW)
		p->reason = TEXT("that comes from Nix already: if it gives all that is needed, --only takes this out");
	if (!p->locked || p->verdict != VERDICT_MOVE)
		return;
	p->reason = p->software->way == WAY_APT ? TEXT("it comes from Nix already: only apt's has to go") :
						  TEXT("it comes from Nix already: only this has to go");
	p->sureness = SURENESS_SURE;
}

static bool is_chosen(const struct judge *j, const struct migrate_proposal *p)
{
	struct texts only = j->facts->only;
	for (size_t i = 0; i < only.count; i++)
		if (p->attribute.len && migrate_named(p, only.at[i]))
			return true;
	return !only.count && p->verdict == VERDICT_MOVE;
}

/* A download that is put in place under a name of the team's own: Nix's program has another. */
static struct text called_otherwise(const struct judge *j, const struct migrate_proposal *p)
{
	const struct software *s = p->software;
	bool file = s->way == WAY_DOWNLOAD || s->way == WAY_ADD || s->way == WAY_IMAGE;
	if (!file || !p->told || !s->command.len || texts_find(p->commands, s->command) >= 0)
		return (struct text){ 0 };
	return arena_printf(j->arena, "the file calls it " TEXT_F, TEXT_A(s->command));
}

static struct text obstacle_of(const struct judge *j, const struct migrate_proposal *p)
{
	const struct software_edit *e = &p->software->edit;
	struct text found = { 0 };
	if (!j->scan->file)
		return e->why_not.len || e->instruction != SIZE_MAX ? e->why_not : TEXT("this file is not rewritten");
	found = rewrite_obstacle(j->scan, p->software, j->arena);
	if (!found.len)
		found = called_otherwise(j, p);
	return found.len ? found :
			   mention_obstacle(j->mentions, &(struct mention_of){ p->software, p->commands, p->former }, j->arena);
}

static void judge(const struct judge *j, struct migrate_proposal *p)
{
	const struct software *s = p->software;
	bool apt = s->way == WAY_APT, exact;
	struct text key = software_key(s, j->arena);
	const struct dpkg_package *d = apt && j->facts->installed ? dpkg_find(j->facts->installed, s->name) : NULL;
	const struct toolmap_entry *e = look_up(j, key, &exact);
	if (s->upgrade)
		decide(p, VERDICT_KEEP, TEXT("a security update of what the base brings: that stays apt's"));
	else if (is_in_environment(j, s))
		decide(p, VERDICT_REVIEW, TEXT("in an environment of the project: leave it there, pinned with hashes"));
	else if (e)
		judge_entry(j, p, e, exact);
	else if (apt)
		judge_unknown_package(j, p, d);
	else
		judge_unknown(j, p);
	add_commands(j, p, d);
	look_into_flake(j, p);
	p->chosen = is_chosen(j, p);
}

/* ---- sources of apt's ---- */

#define NAMES_TOLD 6 /* packages that a reason names */

/* Some packages, for people. */
struct names {
	size_t count;     /* how many */
	struct text told; /* the first of them */
};

/* The packages that come from a source. */
struct following {
	bool known;        /* by a table; else: all that is installed behind it */
	struct names stay; /* those that stay */
	struct names go;   /* those that go */
};

static bool comes_from(const struct toolmap_entry *e, struct text package)
{
	for (size_t i = 0; i < e->commands.count; i++)
		if (toolmap_matches(e->commands.at[i], package))
			return true;
	return false;
}

static void add_name(struct names *list, struct text name, struct arena *a)
{
	if (list->count < NAMES_TOLD)
		list->told = list->count ? arena_printf(a, TEXT_F ", " TEXT_F, TEXT_A(list->told), TEXT_A(name)) : name;
	list->count++;
}

static struct text told(const char *reason, const struct names *list, struct arena *a)
{
	if (list->count <= NAMES_TOLD)
		return arena_printf(a, "%s " TEXT_F, reason, TEXT_A(list->told));
	return arena_printf(a, "%s " TEXT_F " and %zu more", reason, TEXT_A(list->told), list->count - NAMES_TOLD);
}

static struct following follow(const struct judge *j, const struct software *source, const struct toolmap_entry *e)
{
	struct following f = { .known = e && e->commands.count };
	for (size_t i = 0; i < j->out->count; i++) {
		const struct migrate_proposal *p = &j->out->at[i];
		struct text package = software_package(p->software->name);
		bool behind = p->software->line >= source->line && p->software->stage == source->stage && !p->software->upgrade;
		if (p->software->way != WAY_APT || !(f.known ? comes_from(e, package) : behind))
			continue;
		add_name(p->chosen && !p->obstacle.len ? &f.go : &f.stay, package, j->arena);
	}
	return f;
}

static void judge_source(const struct judge *j, struct migrate_proposal *p)
{
	bool exact;
	const struct toolmap_entry *e = look_up(j, software_key(p->software, j->arena), &exact);
	struct following f = follow(j, p->software, e);
	if (e && !f.known)
		decide(p, e->verdict, e->note.len ? e->note : TEXT("a source of Debian's own packages"));
	else if (!f.go.count && !f.stay.count)
		decide(p, VERDICT_REVIEW, TEXT("no package of this file is known to come from it: can it go?"));
	else if (!f.stay.count)
		decide(p, VERDICT_MOVE, told("goes with", &f.go, j->arena));
	else if (f.known)
		decide(p, VERDICT_KEEP, told("can go when these have moved:", &f.stay, j->arena));
	else
		decide(p, VERDICT_REVIEW, told("can go when all that comes from it has moved; still from apt:", &f.stay, j->arena));
	p->chosen = f.go.count && !f.stay.count && p->verdict == VERDICT_MOVE;
	p->obstacle = obstacle_of(j, p);
}

/* ---- all ---- */

static void count(struct migrate_score *s, const struct migrate_proposal *p)
{
	bool pinned = p->software->pin >= PIN_VERSION, verified = p->software->check >= CHECK_REGISTRY;
	bool movable = p->verdict == VERDICT_MOVE;
	s->all++;
	s->pinned += pinned;
	s->verified += verified;
	s->both += pinned && verified;
	s->movable += movable;
	s->kept += p->verdict == VERDICT_KEEP;
	s->open += p->verdict == VERDICT_REVIEW || p->verdict == VERDICT_MISSING;
	s->after += movable || (pinned && verified);
}

/* What goes together with something that stays, stays, too. */
/* The names that Debian alone has for programs of this file's packages. */
static struct texts all_former(const struct judge *j)
{
	LIST(struct text) all = { 0 };
	for (size_t i = 0; i < j->out->count; i++)
		for (size_t k = 0; k < j->out->at[i].former.count; k++)
			LIST_PUSH(&all, j->arena, j->out->at[i].former.at[k]);
	struct texts sorted = LIST_TEXTS(all);
	texts_sort_unique(&sorted);
	return sorted;
}

static void find_obstacles(const struct judge *j)
{
	mention_read(j->scan, all_former(j), j->arena, j->mentions);
	for (size_t i = 0; i < j->out->count; i++)
		if (j->out->at[i].software->way != WAY_SOURCE)
			j->out->at[i].obstacle = obstacle_of(j, &j->out->at[i]);
}

static void hold_together(const struct judge *j)
{
	bool *going = arena_alloc(j->arena, j->out->count, sizeof *going);
	struct text *why = arena_alloc(j->arena, j->out->count, sizeof *why);
	for (size_t i = 0; i < j->out->count; i++)
		going[i] = j->out->at[i].chosen && !j->out->at[i].obstacle.len;
	together_hold(j->scan, j->arena, going, why);
	for (size_t i = 0; i < j->out->count; i++)
		if (why[i].len)
			j->out->at[i].obstacle = why[i];
}

void migrate_make(const struct scan *scan, const struct migrate_facts *facts, struct arena *a, struct migrate *out)
{
	struct mentions mentions;
	const struct judge j = { scan, facts, a, out, &mentions };
	*out = (struct migrate){ arena_alloc(a, scan->software.count, sizeof *out->at), scan->software.count, { 0 } };
	for (size_t i = 0; i < out->count; i++)
		out->at[i].software = &scan->software.at[i];
	for (size_t i = 0; i < out->count; i++)
		if (out->at[i].software->way != WAY_SOURCE)
			judge(&j, &out->at[i]);
	find_obstacles(&j);
	hold_together(&j);
	for (size_t i = 0; i < out->count; i++)
		if (out->at[i].software->way == WAY_SOURCE)
			judge_source(&j, &out->at[i]);
	for (size_t i = 0; i < out->count; i++)
		if (out->at[i].software->way != WAY_SOURCE)
			count(&out->score, &out->at[i]);
}

const char *migrate_sureness_name(enum migrate_sureness sureness)
{
	static const char *const names[] = {
		[SURENESS_NONE] = "none", [SURENESS_GUESS] = "guess", [SURENESS_LIKELY] = "likely", [SURENESS_SURE] = "sure",
	};
	return names[sureness];
}
