#include "plan/scanedit.h"

#include <stdlib.h>

#include "plan/scanserve.h"
#include "plan/scantext.h"

/* Does its name say that it only checks others? */
static bool says_proof(struct text address)
{
	static const char *const ends[] = { ".sha256", ".sha512", ".sha256sum", ".sha512sum", ".md5", ".asc", ".sig", ".minisig",
					    ".pem", ".pub", ".sigstore", ".sigstore.json", "SHA256SUMS", "SHASUMS256.txt", "checksums.txt",
					    "checksum.txt", "sha256sum.txt", "sha256sums.txt", ".sbom", ".intoto.jsonl" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (text_ends(address, text_of(ends[i])))
			return true;
	return false;
}

/* A file of a repository, or one that no program is: it is not the project's program that comes with it. */
static bool is_data(struct text address)
{
	static const char *const ends[] = { ".jar", ".war", ".zsh", ".bash", ".fish", ".sh",   ".vim", ".json", ".yaml",
					    ".yml", ".conf", ".txt", ".1",   ".ttf",  ".toml", ".xml", ".css",  ".js" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (text_ends(address, text_of(ends[i])))
			return true;
	return scan_find(address, TEXT("raw.githubusercontent.com/")) != SIZE_MAX;
}

static bool is_software(const struct scan_fetch *f)
{
	if (f->role == ROLE_FILE)
		return !says_proof(f->address);
	return f->role == ROLE_SOFTWARE || f->role == ROLE_DEB || f->role == ROLE_PIPED;
}

static enum software_way way_of(const struct scan_fetch *f)
{
	if (f->role == ROLE_KEY || f->role == ROLE_SOURCE)
		return WAY_SOURCE;
	if (!f->place->shell)
		return WAY_ADD;
	return f->role == ROLE_DEB ? WAY_DEB : f->role == ROLE_PIPED ? WAY_PIPED : WAY_DOWNLOAD;
}

static struct software item_of(const struct scan_fetch *f)
{
	struct software item = { .way = way_of(f), .name = f->named.name, .version = f->named.version, .origin = f->address };
	item.command = f->puts;
	item.pin = f->named.pinned ? PIN_DIGEST : f->named.pin;
	item.check = f->check;
	item.note = f->note;
	item.stage = f->stage;
	item.at = f->at;
	item.edit.instruction = f->instruction;
	item.edit.script = f->place->script;
	return item;
}

/* ---- what is no software of its own ---- */

static void add_source(struct scan_work *work, const struct scan_fetch *f)
{
	struct software item = item_of(f);
	item.version = (struct text){ 0 };
	item.command = (struct text){ 0 };
	item.pin = f->named.pinned ? PIN_DIGEST : PIN_NONE;
	item.note = f->role == ROLE_KEY ? TEXT("a key that apt trusts") : TEXT("a list of apt's sources, which was not looked into");
	item.edit.why_not = TEXT("other packages may come from it");
	scan_add(work, &item);
}

static void add_added(struct scan_work *work, const struct scan_fetch *f)
{
	struct software item = item_of(f);
	item.edit.why_not = f->why_not.len ? f->why_not : f->place->why_not;
	item.edit.whole = !item.edit.why_not.len;
	scan_add(work, &item);
}

/* ---- downloads of scripts ---- */

/* Scripts and packages that only tell apt of another source. */
static bool adds_source(const struct scan_fetch *f)
{
	static const char *const parts[] = { "deb.nodesource.com/setup", ".deb.sh", "packages-microsoft-prod", "-apt-source", "apt-config",
					     "apt-release", "-release_", "-keyring", "archive-keyring", "add-repo", "add_repo" };
	if (f->role != ROLE_PIPED && f->role != ROLE_DEB)
		return false;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (scan_find(f->address, text_of(parts[i])) != SIZE_MAX)
			return true;
	return false;
}

static void add_served(struct scan_work *work, const struct scan_service *s)
{
	const struct scan_fetch *f = &work->flow->fetches.at[s->fetch];
	struct software item = item_of(f);
	item.edit.why_not = !s->why_not.len && adds_source(f) ? TEXT("packages come from the source that it adds") : s->why_not;
	item.edit.commands = s->commands.at;
	item.edit.command_count = s->commands.count;
	item.edit.helpers = s->helpers.at;
	item.edit.helper_count = s->helpers.count;
	if (f->role == ROLE_FILE && !f->puts.len && !item.edit.why_not.len && is_data(f->address))
		item.edit.why_not = TEXT("it is a file, of which it is not known what becomes");
	if (!f->place->source)
		item.edit.instruction = SIZE_MAX;
	scan_add(work, &item);
}

/* All downloads of one script, from `first` on: those of scripts in its words come between. */
static void add_script(struct scan_work *work, size_t first, bool *done)
{
	const struct scan_flow *flow = work->flow;
	const struct scan_place *place = flow->fetches.at[first].place;
	LIST(struct scan_service) services = { 0 };
	for (size_t i = first; i < flow->fetches.count && flow->fetches.at[i].instruction == flow->fetches.at[first].instruction; i++) {
		struct scan_service s = { .fetch = i };
		if (flow->fetches.at[i].place != place || !is_software(&flow->fetches.at[i]))
			continue;
		LIST_PUSH(&services, work->arena, s);
		done[i] = true;
	}
	scan_serve(place, services.at, services.count);
	for (size_t i = 0; i < services.count; i++)
		add_served(work, &services.at[i]);
}

/* ---- the order of the file ---- */

static int by_place(const void *a, const void *b)
{
	const struct software *x = *(const struct software *const *)a, *y = *(const struct software *const *)b;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void sort(struct scan_work *work)
{
	struct software_list *list = &work->out->software;
	const struct software **order = arena_alloc(work->arena, list->count, sizeof *order);
	struct software *sorted = arena_alloc(work->arena, list->count, sizeof *sorted);
	for (size_t i = 0; i < list->count; i++)
		order[i] = &list->at[i];
	if (list->count)
		qsort(order, list->count, sizeof *order, by_place);
	for (size_t i = 0; i < list->count; i++)
		sorted[i] = *order[i];
	list->at = sorted;
	list->room = list->count;
}

void scan_edit_all(struct scan_work *work)
{
	const struct scan_flow *flow = work->flow;
	bool *done = arena_alloc(work->arena, flow->fetches.count, sizeof *done);
	for (size_t i = 0; i < flow->fetches.count; i++) {
		const struct scan_fetch *f = &flow->fetches.at[i];
		if (f->role == ROLE_KEY || f->role == ROLE_SOURCE)
			add_source(work, f);
		else if (is_software(f) && !f->place->shell)
			add_added(work, f);
		else if (is_software(f) && !done[i])
			add_script(work, i, done);
	}
	sort(work);
}
