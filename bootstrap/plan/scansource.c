#include "plan/scansource.h"

#include "plan/scanargs.h"
#include "plan/scantext.h"

#define SOURCES "/etc/apt/sources.list"

/* A line or a stanza of a list. */
struct entry {
	struct text url;
	struct text suite;
	struct text signed_by;
	bool trusted;
};

static bool next_word(struct text *rest, struct text *word)
{
	*rest = scan_trim(*rest, " \t\r\n");
	size_t n = 0;
	while (n < rest->len && !text_has(TEXT(" \t\r\n"), rest->at[n]))
		n++;
	*word = scan_head(*rest, n);
	*rest = text_skip(*rest, n);
	return n > 0;
}

static void read_option(struct text word, struct entry *out)
{
	word = scan_trim(word, "[],");
	size_t at = scan_find(word, TEXT("signed-by="));
	if (at != SIZE_MAX)
		out->signed_by = text_skip(word, at + 10);
	if (scan_find(word, TEXT("trusted=yes")) != SIZE_MAX)
		out->trusted = true;
}

/* deb [options] URL suite components */
static bool read_line(struct text line, struct entry *out)
{
	struct text word;
	bool inside = false;
	line = scan_trim(line, " \t\r\"'");
	if (!next_word(&line, &word) || !scan_in(" deb deb-src ", word))
		return false;
	while (next_word(&line, &word)) {
		inside |= word.at[0] == '[';
		if (!inside) {
			out->url = word;
			next_word(&line, &out->suite);
			return true;
		}
		read_option(word, out);
		inside = !text_ends(word, TEXT("]"));
	}
	return false;
}

/* A field of the deb822 style. */
static bool read_field(struct text line, struct entry *out)
{
	struct text key, value = line;
	if (!text_cut(&value, ':', &key))
		return false;
	value = scan_trim(value, " \t\r");
	if (scan_in(" Signed-By Signed-by signed-by ", key))
		out->signed_by = value;
	else if (scan_in(" Suites suites ", key))
		out->suite = value;
	else if (scan_in(" Trusted trusted ", key))
		out->trusted = text_equal(value, TEXT("yes"));
	else if (scan_in(" URIs URIS uris ", key))
		next_word(&value, &out->url);
	return scan_in(" URIs URIS uris ", key);
}

/* ---- what was found ---- */

static void add_source(const struct scan_call *call, const struct entry *e, size_t at)
{
	struct scan_work *work = call->place->work;
	struct scan_named named;
	struct software item = { .way = WAY_SOURCE, .at = at, .origin = e->suite };
	if (!scan_name_url(work->arena, e->url, &named))
		return;
	item.name = named.name;
	item.stage = call->place->state ? call->place->state->stage : 0;
	item.check = e->trusted ? CHECK_NONE : named.secure ? CHECK_TRANSPORT : CHECK_NONE;
	item.edit = (struct software_edit){ .instruction = call->place->instruction, .script = call->place->script };
	item.edit.why_not = TEXT("other packages may come from it");
	item.note = e->trusted ? TEXT("its signatures are not checked") : (struct text){ 0 };
	struct scan_source source = { work->out->software.count, named.host, e->signed_by, item.stage };
	if (scan_add(work, &item) && !e->trusted)
		LIST_PUSH(&work->flow->sources, work->arena, source);
}

/* Where a part of what is written stands: in the command, or in a here-document of the instruction. */
static size_t place_of(const struct scan_call *call, struct text part)
{
	const struct shell *shell = call->place->shell;
	size_t from = call->command->begin;
	size_t found = scan_find((struct text){ shell->script.at + from, shell->script.len - from }, part);
	return scan_byte(call->place, found == SIZE_MAX ? from : from + found);
}

static void read_list(const struct scan_call *call, struct text words)
{
	struct entry stanza = { 0 };
	struct text seen = { 0 };
	for (struct text rest = words, line; text_cut(&rest, '\n', &line);) {
		struct entry one = { 0 };
		size_t escaped = scan_find(line, TEXT("\\ndeb"));
		if (!scan_trim(line, " \t\r").len && stanza.url.len) {
			add_source(call, &stanza, place_of(call, stanza.url));
			stanza = (struct entry){ 0 };
		}
		if (read_line(scan_head(line, escaped), &one) && !text_equal(one.url, seen)) {
			add_source(call, &one, place_of(call, one.url));
			seen = one.url;
		} else if (!one.url.len) {
			read_field(line, &stanza);
		}
	}
	if (stanza.url.len)
		add_source(call, &stanza, place_of(call, stanza.url));
}

void scan_source_written(const struct scan_call *call, struct text path, struct text words)
{
	if (text_starts(path, TEXT(SOURCES)))
		read_list(call, words);
}

void scan_source_copied(struct scan_work *work, const struct software *like, struct text from, struct text to)
{
	struct software item = *like;
	if (text_starts(to, TEXT("/etc/apt/trusted.gpg")) || scan_find(to, TEXT("/keyrings")) != SIZE_MAX) {
		struct scan_key key = { .path = to, .fetch = FETCH_NONE, .stage = like->stage, .apt = true };
		LIST_PUSH(&work->flow->keys, work->arena, key);
		return;
	}
	if (!text_starts(to, TEXT(SOURCES)))
		return;
	item.way = WAY_SOURCE;
	item.name = from;
	item.check = CHECK_NONE;
	item.note = TEXT("a list of the build context, which was not looked into");
	item.edit.why_not = TEXT("other packages may come from it");
	scan_add(work, &item);
}

/* ---- commands ---- */

static void on_repository(const struct scan_call *call, const struct scan_args *args)
{
	struct text what = scan_args_operand(call, args, 0);
	struct entry e = { 0 };
	if (!what.len)
		what = scan_args_value(args, " -S --sourceslist -U --uri -P --ppa ");
	if (!what.len || scan_args_find(args, " -r --remove "))
		return;
	if (read_line(what, &e) || scan_find(what, TEXT("://")) != SIZE_MAX) {
		e.url = e.url.len ? e.url : what;
		add_source(call, &e, scan_byte(call->place, call->command->words[call->first].begin));
		return;
	}
	bool ppa = text_starts(what, TEXT("ppa:"));
	struct software item = { .way = WAY_SOURCE, .name = what, .check = ppa ? CHECK_SAME_ORIGIN : CHECK_REGISTRY };
	size_t word = args->operands.count ? args->operands.at[0] : call->first;
	struct software *added = scan_add_word(call, word, item);
	if (added)
		added->edit.why_not = TEXT("other packages may come from it");
}

/* A key that comes by its fingerprint, or with the build context: it stands in what people have read. */
static void add_key(const struct scan_call *call, struct text path, bool apt)
{
	struct scan_key key = { .path = path, .fetch = FETCH_NONE, .apt = apt, .place = call->place, .command = call->index };
	key.stage = call->place->state ? call->place->state->stage : 0;
	LIST_PUSH(&call->place->work->flow->keys, call->place->work->arena, key);
}

static void add_fetched_key(const struct scan_call *call, size_t fetch, struct text path, bool apt)
{
	const struct scan_fetch *f = scan_flow_fetch(call->place, fetch);
	struct scan_key key = { path, f->named.host, fetch, f->stage, apt, call->place, call->index };
	scan_flow_role(call->place, fetch, apt ? ROLE_KEY : ROLE_PROOF);
	LIST_PUSH(&call->place->work->flow->keys, call->place->work->arena, key);
}

static size_t key_file(const struct scan_call *call, struct text path)
{
	struct scan_stream in = scan_flow_input(call);
	if (path.len && !scan_in(" - /dev/stdin ", path))
		return scan_flow_at(call->place, path, false);
	return in.kind == STREAM_FILE ? in.fetch : FETCH_NONE;
}

static void on_apt_key(const struct scan_call *call, const struct scan_args *args)
{
	size_t fetch = key_file(call, scan_args_operand(call, args, 1));
	bool adds = text_equal(scan_args_operand(call, args, 0), TEXT("add"));
	if (adds && fetch != FETCH_NONE)
		add_fetched_key(call, fetch, (struct text){ 0 }, true);
	else if (adds || scan_args_find(args, " --recv-keys --recv --recv-key "))
		add_key(call, (struct text){ 0 }, true);
}

static void on_dearmor(const struct scan_call *call, const struct scan_args *args)
{
	struct text out = scan_args_value(args, " -o --output ");
	size_t fetch = key_file(call, scan_args_operand(call, args, 0));
	if (fetch == FETCH_NONE)
		return;
	scan_flow_serve(call, fetch);
	struct scan_stream stream = { .kind = STREAM_FILE, .fetch = fetch };
	if (out.len && !text_equal(out, TEXT("-")))
		scan_flow_store(call, out, stream);
	else
		call->place->streams[call->index] = stream;
}

static void on_gpg(const struct scan_call *call, const struct scan_args *args)
{
	struct text keyring = scan_args_value(args, " --keyring --primary-keyring ");
	if (text_starts(keyring, TEXT("gnupg-ring:")))
		keyring = text_skip(keyring, 11);
	struct text path = keyring.len ? scan_flow_path(call->place, keyring) : keyring;
	bool apt = path.len && (text_starts(path, TEXT("/etc/apt/")) || text_starts(path, TEXT("/usr/share/keyrings/")));
	if (scan_args_find(args, " --dearmor --dearmour ")) {
		on_dearmor(call, args);
	} else if (scan_args_find(args, " --recv-keys --recv-key --recv --receive-keys --locate-keys --search-keys ")) {
		add_key(call, path, apt);
	} else if (scan_args_find(args, " --import ")) {
		size_t fetch = key_file(call, scan_args_operand(call, args, 0));
		if (fetch == FETCH_NONE)
			add_key(call, path, apt);
		else
			add_fetched_key(call, fetch, path, apt);
	} else if (scan_args_find(args, " --export ") && scan_args_value(args, " -o --output ").len) {
		add_key(call, scan_flow_path(call->place, scan_args_value(args, " -o --output ")), true);
	}
}

static const struct sourcer {
	const char *programs;
	const char *valued;
	void (*carry_out)(const struct scan_call *call, const struct scan_args *args);
} sourcers[] = {
	{ " add-apt-repository apt-add-repository ", " -S --sourceslist -U --uri -P --ppa -c --component -p --pocket ", on_repository },
	{ " apt-key ", " --keyserver --keyring --keyserver-options ", on_apt_key },
	{ " gpg gpg2 ", " -o --output --keyring --primary-keyring --homedir --keyserver --keyserver-options --import-options --trust-model ", on_gpg },
};

bool scan_sourcing(const struct scan_call *call)
{
	struct scan_args args;
	for (size_t i = 0; i < sizeof sourcers / sizeof *sourcers; i++) {
		if (!scan_in(sourcers[i].programs, call->program))
			continue;
		scan_args_read(call, sourcers[i].valued, &args);
		sourcers[i].carry_out(call, &args);
		return true;
	}
	return false;
}

/* ---- keys and sources ---- */

/* The archives of Debian and Ubuntu, whose keys the base has. */
static bool is_archive(struct text host)
{
	return text_ends(host, TEXT("debian.org")) || text_ends(host, TEXT("ubuntu.com"));
}

static bool may_sign(const struct scan_key *key, const struct scan_source *source)
{
	if (!key->apt || key->stage != source->stage)
		return false;
	return source->signed_by.len ? text_equal(key->path, source->signed_by) : true;
}

/* A key may lie anywhere, when the source says where. */
static void take_signer(struct scan_work *work, const struct scan_source *source)
{
	for (size_t i = 0; source->signed_by.len && i < work->flow->paths.count; i++) {
		const struct scan_where *w = &work->flow->paths.at[i];
		struct scan_fetch *f = w->text ? NULL : &work->flow->fetches.at[w->fetch];
		if (!f || f->role == ROLE_KEY || w->stage != source->stage || !text_equal(w->path, source->signed_by))
			continue;
		struct scan_key key = { .path = w->path, .host = f->named.host, .fetch = w->fetch, .stage = w->stage, .apt = true };
		f->role = ROLE_KEY;
		LIST_PUSH(&work->flow->keys, work->arena, key);
	}
}

/* Without signed-by any key of apt's counts: the one of the source's own host first. */
static void judge(struct scan_work *work, const struct scan_source *source)
{
	struct software *item = &work->out->software.at[source->software];
	bool same = false, other = false;
	if (!scan_step(work, work->flow->keys.count + work->flow->paths.count))
		return;
	take_signer(work, source);
	for (size_t i = 0; i < work->flow->keys.count; i++) {
		struct scan_key *key = &work->flow->keys.at[i];
		if (!may_sign(key, source))
			continue;
		bool near = key->host.len && scan_same_origin(key->host, source->host);
		same |= near;
		other |= !near;
	}
	if (same)
		item->check = CHECK_SAME_ORIGIN;
	else if (other)
		item->check = CHECK_KEY;
	else if (is_archive(source->host))
		item->check = CHECK_REGISTRY;
	else
		item->note = TEXT("its key was not seen");
}

void scan_source_judge(struct scan_work *work)
{
	for (size_t i = 0; i < work->flow->sources.count; i++)
		judge(work, &work->flow->sources.at[i]);
}
