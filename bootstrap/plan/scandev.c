/* The part of scan.h that is about devcontainer.json. */
#include "plan/scan.h"

#include "format/json.h"
#include "format/jsonc.h"
#include "plan/scanedit.h"
#include "plan/scanscript.h"
#include "plan/scantext.h"

/* A file that is looked through. */
struct work {
	struct scan_work *scan;
	struct text bytes; /* as written, for places */
	size_t at;         /* where the member at hand begins */
};

/* Where a string of the file stands, from `from` on; `from` when it is written with escapes. */
static size_t place_of(const struct work *w, struct text string, size_t from)
{
	struct text rest = text_skip(w->bytes, from);
	struct text quoted = arena_printf(w->scan->arena, "\"" TEXT_F "\"", TEXT_A(string));
	size_t found = scan_find(rest, quoted);
	return found == SIZE_MAX ? from : from + found + 1;
}

/* ---- features ---- */

static bool is_local(struct text id)
{
	return text_starts(id, TEXT("./")) || text_starts(id, TEXT("../"));
}

static void name_feature(struct arena *a, struct text id, struct software *item)
{
	struct scan_named named;
	item->check = CHECK_REGISTRY;
	if (scan_name_url(a, id, &named)) {
		item->name = arena_printf(a, "feature:" TEXT_F, TEXT_A(text_skip(id, scan_find(id, TEXT("://")) + 3)));
		item->check = named.secure ? CHECK_TRANSPORT : CHECK_NONE;
	} else {
		scan_name_image(a, "feature", id, &named);
		item->name = named.name;
		item->check = named.pinned ? CHECK_PINNED : CHECK_REGISTRY;
	}
	item->version = named.version;
	item->pin = named.pin;
	if (is_local(id)) {
		item->check = CHECK_NONE;
		item->note = TEXT("a Feature of this folder, which was not looked into");
	}
}

/* The options that were given, for people: "version=22, pnpm=none". */
static struct text options_of(struct arena *a, const struct json_at *feature)
{
	struct text all = { 0 }, value;
	for (struct json_at option = { 0 }; json_holds_object(feature) && json_next(feature, &option);) {
		struct fault f = { 0 };
		if (json_text(&option, &value, &f))
			continue;
		all = arena_printf(a, TEXT_F "%s%s=" TEXT_F, TEXT_A(all), all.len ? ", " : "", option.key, TEXT_A(value));
		if (all.len > 200)
			break;
	}
	return all;
}

static void look_at_features(struct work *w, const struct json_at *root)
{
	struct json_at features, one = { 0 };
	if (!json_member(root, "features", &features) || !json_holds_object(&features))
		return;
	size_t from = place_of(w, TEXT("features"), 0);
	while (json_next(&features, &one)) {
		struct text id = arena_copy(w->scan->arena, text_of(one.key));
		struct software item = { .way = WAY_FEATURE, .origin = id, .at = place_of(w, id, from) };
		name_feature(w->scan->arena, id, &item);
		struct text options = options_of(w->scan->arena, &one);
		if (options.len && !item.note.len)
			item.note = options;
		item.edit.instruction = SIZE_MAX;
		item.edit.why_not = TEXT("a devcontainer.json is not rewritten");
		scan_add(w->scan, &item);
	}
}

/* ---- commands ---- */

static struct scan_place place_at(const struct work *w, size_t at)
{
	struct scan_place place = { .work = w->scan, .instruction = SIZE_MAX, .script = SIZE_MAX, .at = at };
	place.why_not = TEXT("a devcontainer.json is not rewritten");
	return place;
}

static void look_at_array(struct work *w, const struct json_at *array, size_t at)
{
	LIST(struct text) words = { 0 };
	struct text word;
	struct scan_place place = place_at(w, at);
	for (struct json_at one = { 0 }; json_next(array, &one);) {
		struct fault f = { 0 };
		if (json_text(&one, &word, &f))
			return;
		LIST_PUSH(&words, w->scan->arena, arena_copy(w->scan->arena, word));
	}
	scan_flow_script(&place);
	if (words.count)
		scan_array(&place, (struct texts){ words.at, words.count });
}

/* A string for a shell, or an array for none. */
static void look_at_value(struct work *w, const struct json_at *value, size_t at)
{
	struct fault f = { 0 };
	struct text script;
	struct scan_place place = place_at(w, at);
	if (json_holds_array(value)) {
		look_at_array(w, value, at);
	} else if (!json_holds_object(value) && !json_text(value, &script, &f) && script.len) {
		scan_flow_script(&place);
		scan_script(&place, arena_copy(w->scan->arena, script));
	}
}

static void look_at_command(struct work *w, const struct json_at *root, const char *key)
{
	struct json_at command, one = { 0 };
	if (!json_member(root, key, &command))
		return;
	size_t at = place_of(w, text_of(key), 0);
	if (!json_holds_object(&command)) {
		look_at_value(w, &command, at);
		return;
	}
	while (json_next(&command, &one))
		look_at_value(w, &one, place_of(w, text_of(one.key), at));
}

int scan_devcontainer(struct text bytes, const char *what, struct arena *a, struct scan *out, struct fault *f)
{
	static const char *const commands[] = { "initializeCommand", "onCreateCommand", "updateContentCommand", "postCreateCommand",
						"postStartCommand", "postAttachCommand" };
	struct scan_work scan;
	struct work w = { .scan = &scan, .bytes = bytes };
	struct json_at root;
	*out = (struct scan){ 0 };
	int code = json_parse(jsonc_plain(bytes, a), what, &root, f);
	if (code == 0) {
		scan_flow_begin(&scan, bytes, a, out);
		look_at_features(&w, &root);
		for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
			look_at_command(&w, &root, commands[i]);
		scan_edit_all(&scan);
	}
	json_drop(&root);
	return code;
}
