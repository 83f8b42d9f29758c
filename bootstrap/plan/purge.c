#include "plan/purge.h"

#include <stdlib.h>
#include <string.h>

/* A name that a package answers to. */
struct offer {
	struct text name;
	const struct dpkg_package *package;
	const struct dpkg_relation *as; /* what it provides; NULL: its own name */
};

/* A group of some package's Depends or Recommends that is satisfied. */
struct demand {
	size_t owner; /* index of the package */
	bool soft;    /* Recommends */
	size_t first; /* of graph.servers: the packages that satisfy it, each as often as it does */
	size_t count; /* how many */
};

struct indexes {
	size_t *at;
	size_t count;
	size_t room;
};

/* Who needs whom. */
struct graph {
	const struct dpkg *db;
	struct arena *arena;
	struct offer *offers; /* sorted by name */
	size_t offer_count;
	LIST(struct demand) demands; /* in the order of their owners */
	struct indexes servers;      /* of demands: indexes of packages */
	struct indexes *uses;        /* of each package: indexes of the demands that it satisfies */
	size_t *own;                 /* of each package: index of its first demand; one more at the end */
};

/* ---- the graph ---- */

static int by_name(const void *a, const void *b)
{
	return text_compare(((const struct offer *)a)->name, ((const struct offer *)b)->name);
}

static void collect_offers(struct graph *g)
{
	size_t room = g->db->count;
	for (size_t i = 0; i < g->db->count; i++)
		room += g->db->packages[i].provides.count;
	g->offers = arena_alloc(g->arena, room, sizeof *g->offers);
	for (size_t i = 0; i < g->db->count; i++) {
		const struct dpkg_package *p = &g->db->packages[i];
		g->offers[g->offer_count++] = (struct offer){ p->name, p, NULL };
		for (size_t k = 0; k < p->provides.count; k++)
			g->offers[g->offer_count++] = (struct offer){ p->provides.at[k].name, p, &p->provides.at[k] };
	}
	if (g->offer_count)
		qsort(g->offers, g->offer_count, sizeof *g->offers, by_name);
}

static size_t first_offer(const struct graph *g, struct text name)
{
	size_t low = 0, high = g->offer_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (text_compare(g->offers[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ":any" is taken at its word: what is installed was let in by dpkg. */
static bool satisfies(const struct graph *g, const struct offer *o, const struct dpkg_relation *r,
		      const struct dpkg_package *asker)
{
	struct text is = o->as && o->as->architecture.len ? o->as->architecture : o->package->architecture;
	struct text wanted = r->architecture.len ? r->architecture : asker->architecture;
	bool fits = text_equal(wanted, TEXT("any")) || dpkg_architecture_equal(g->db, is, wanted) ||
		    (!r->architecture.len && o->package->foreign);
	return fits && dpkg_version_fits(o->as ? o->as->version : o->package->version, r->op, r->version);
}

static void add_servers(struct graph *g, const struct dpkg_relation *r, const struct dpkg_package *asker)
{
	for (size_t i = first_offer(g, r->name); i < g->offer_count && text_equal(g->offers[i].name, r->name); i++) {
		size_t server = (size_t)(g->offers[i].package - g->db->packages);
		if (!satisfies(g, &g->offers[i], r, asker))
			continue;
		LIST_PUSH(&g->servers, g->arena, server);
		LIST_PUSH(&g->uses[server], g->arena, g->demands.count);
	}
}

static void add_demands(struct graph *g, const struct dpkg_package *asker, const struct dpkg_groups *groups, bool soft)
{
	for (size_t i = 0; i < groups->count; i++) {
		struct demand d = { (size_t)(asker - g->db->packages), soft, g->servers.count, 0 };
		for (size_t k = 0; k < groups->at[i].count; k++)
			add_servers(g, &groups->at[i].at[k], asker);
		d.count = g->servers.count - d.first;
		if (d.count)
			LIST_PUSH(&g->demands, g->arena, d);
	}
}

static void graph_make(struct graph *g, const struct dpkg *db, struct arena *a)
{
	*g = (struct graph){ .db = db, .arena = a };
	g->uses = arena_alloc(a, db->count, sizeof *g->uses);
	g->own = arena_alloc(a, db->count + 1, sizeof *g->own);
	collect_offers(g);
	for (size_t i = 0; i < db->count; i++) {
		g->own[i] = g->demands.count;
		add_demands(g, &db->packages[i], &db->packages[i].depends, false);
		add_demands(g, &db->packages[i], &db->packages[i].recommends, true);
	}
	g->own[db->count] = g->demands.count;
}

/* ---- one verdict ---- */

enum fate { STAYS, GOES, KEPT };

/* A package taken away, with all that follows. */
struct trial {
	struct graph *graph;
	size_t subject;      /* what is taken away */
	size_t *left;        /* of each demand: servers that are left */
	enum fate *fates;    /* of each package */
	struct indexes gone; /* all that GOES or is KEPT, the subject first */
};

static void take_away(struct trial *t, size_t package, enum fate fate)
{
	t->fates[package] = fate;
	LIST_PUSH(&t->gone, t->graph->arena, package);
}

static void spread(struct trial *t)
{
	struct graph *g = t->graph;
	take_away(t, t->subject, GOES);
	for (size_t i = 0; i < t->gone.count; i++) {
		const struct indexes *uses = &g->uses[t->gone.at[i]];
		for (size_t k = 0; k < uses->count; k++) {
			const struct demand *d = &g->demands.at[uses->at[k]];
			if (--t->left[uses->at[k]] == 0 && !d->soft && t->fates[d->owner] == STAYS)
				take_away(t, d->owner, GOES);
		}
	}
}

/* apt protects itself, whatever its fields say. */
static bool is_guarded(const struct dpkg_package *p)
{
	return p->essential || p->protected || text_equal(p->name, TEXT("apt"));
}

static bool must_stay(const struct dpkg_package *p)
{
	return !p->automatic || p->held || is_guarded(p);
}

static void keep(struct trial *t, size_t package, struct indexes *kept)
{
	if (package == t->subject || t->fates[package] != GOES)
		return;
	t->fates[package] = KEPT;
	LIST_PUSH(kept, t->graph->arena, package);
}

/* Who must stay keeps what he needs. */
static void keep_back(struct trial *t)
{
	const struct graph *g = t->graph;
	struct indexes kept = { 0 };
	for (size_t i = 0; i < t->gone.count; i++)
		if (must_stay(&g->db->packages[t->gone.at[i]]))
			keep(t, t->gone.at[i], &kept);
	for (size_t i = 0; i < kept.count; i++)
		for (size_t d = g->own[kept.at[i]]; d < g->own[kept.at[i] + 1]; d++) {
			const struct demand *demand = &g->demands.at[d];
			for (size_t k = 0; !demand->soft && t->left[d] == 0 && k < demand->count; k++)
				keep(t, g->servers.at[demand->first + k], &kept);
		}
}

/* Those of a fate, without the subject. */
static struct purge_packages list_fate(const struct trial *t, enum fate fate)
{
	const struct dpkg *db = t->graph->db;
	struct purge_packages list = { arena_alloc(t->graph->arena, t->gone.count, sizeof *list.at), 0 };
	for (size_t i = 0; i < db->count; i++)
		if (t->fates[i] == fate && i != t->subject)
			list.at[list.count++] = &db->packages[i];
	return list;
}

static struct purge_packages list_missing(const struct trial *t)
{
	const struct graph *g = t->graph;
	LIST(const struct dpkg_package *) list = { 0 };
	for (size_t i = 0; i < g->demands.count; i++) {
		const struct demand *d = &g->demands.at[i];
		const struct dpkg_package *owner = &g->db->packages[d->owner];
		bool told = list.count && list.at[list.count - 1] == owner;
		if (d->soft && t->left[i] == 0 && t->fates[d->owner] == STAYS && !told)
			LIST_PUSH(&list, g->arena, owner);
	}
	return (struct purge_packages){ list.at, list.count };
}

static enum purge_answer answer_of(const struct purge_verdict *v)
{
	if (is_guarded(v->package))
		return PURGE_ESSENTIAL;
	if (v->package->held)
		return PURGE_HELD;
	return v->keeping.count ? PURGE_NEEDED : PURGE_YES;
}

static struct purge_verdict judge(struct graph *g, const struct dpkg_package *package)
{
	struct purge_verdict v = { .package = package, .answer = PURGE_ABSENT };
	if (!package)
		return v;
	struct trial t = { .graph = g, .subject = (size_t)(package - g->db->packages) };
	t.left = arena_alloc(g->arena, g->demands.count, sizeof *t.left);
	t.fates = arena_alloc(g->arena, g->db->count, sizeof *t.fates);
	for (size_t i = 0; i < g->demands.count; i++)
		t.left[i] = g->demands.at[i].count;
	spread(&t);
	keep_back(&t);
	v.keeping = list_fate(&t, KEPT);
	v.going = list_fate(&t, GOES);
	v.missing = list_missing(&t);
	v.answer = answer_of(&v);
	return v;
}

struct purge_verdict *purge_judge(const struct dpkg *db, struct texts names, struct arena *a)
{
	struct purge_verdict *verdicts = arena_alloc(a, names.count, sizeof *verdicts);
	struct graph g;
	graph_make(&g, db, a);
	for (size_t i = 0; i < names.count; i++)
		verdicts[i] = judge(&g, dpkg_find(db, names.at[i]));
	return verdicts;
}

const char *purge_answer_name(enum purge_answer answer)
{
	static const char *const names[] = {
		[PURGE_YES] = "yes",   [PURGE_ABSENT] = "absent", [PURGE_ESSENTIAL] = "essential",
		[PURGE_HELD] = "held", [PURGE_NEEDED] = "needed",
	};
	return names[answer];
}
