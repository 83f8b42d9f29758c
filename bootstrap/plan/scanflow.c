#include "plan/scanflow.h"

#include "base/bounds.h"
#include "plan/scantext.h"

static void find_lines(struct scan_work *work, struct text bytes)
{
	LIST_PUSH(&work->lines, work->arena, (size_t)0);
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.at[i] == '\n')
			LIST_PUSH(&work->lines, work->arena, i + 1);
}

void scan_flow_begin(struct scan_work *work, struct text bytes, struct arena *a, struct scan *out)
{
	*work = (struct scan_work){ .out = out, .arena = a, .steps = SCAN_STEPS_MAX };
	work->flow = arena_alloc(a, 1, sizeof *work->flow);
	find_lines(work, bytes);
}

void scan_flow_script(const struct scan_place *place)
{
	struct scan_flow *flow = place->work->flow;
	flow->held.count = 0;
	flow->folder = place->state ? place->state->workdir : (struct text){ 0 };
}

struct text scan_flow_path(const struct scan_place *place, struct text path)
{
	return scan_path(place->work->arena, place->work->flow->folder, path);
}

static size_t stage_of(const struct scan_place *place)
{
	return place->state ? place->state->stage : 0;
}

/* A stage sees its own files and those of the stage that it builds on. */
static bool sees(const struct scan_place *place, size_t stage)
{
	const struct stages *stages = &place->work->out->stages;
	size_t own = stage_of(place);
	return own == stage || (own < stages->count && stages->at[own].base == stage);
}

static bool has_glob(struct text path)
{
	return text_has(path, '*') || text_has(path, '?');
}

/* Of what lies there nobody knows from which archive it is. */
static bool is_system_program(struct text path)
{
	return scan_in(" /bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin ", scan_folder(path));
}

/* A pattern that names several downloads of a script holds them all. */
static void hold_others(const struct scan_place *place, struct text pattern, const struct scan_where *one)
{
	const struct scan_flow *flow = place->work->flow;
	struct text why = TEXT("a pattern names several downloads");
	if (!scan_step(place->work, flow->paths.count)) {
		scan_flow_keep(place, one->fetch, why);
		return;
	}
	for (size_t i = 0; i < flow->paths.count; i++) {
		const struct scan_where *w = &flow->paths.at[i];
		if (w->text || w->fetch == one->fetch || w->loose || flow->fetches.at[w->fetch].place != place ||
		    !scan_glob(pattern, w->path))
			continue;
		scan_flow_keep(place, w->fetch, why);
		scan_flow_keep(place, one->fetch, why);
	}
}

/* Was the path unpacked from it, by its name? "gh_2_linux/bin/gh" is of "gh_2_linux.tar.gz". */
static bool is_named_after(const struct scan_place *place, const struct scan_where *w, struct text path)
{
	struct text rest = text_skip(path, w->path.len), first = { 0 };
	while (!first.len && text_cut(&rest, '/', &first))
		;
	return first.len > 1 && text_starts(scan_base(place->work->flow->fetches.at[w->fetch].address), first);
}

const struct scan_where *scan_flow_where(const struct scan_place *place, struct text path, bool loose)
{
	const struct scan_flow *flow = place->work->flow;
	const struct scan_where *folder = NULL, *common = NULL;
	bool glob = has_glob(path), named = false;
	if (!path.len || !scan_step(place->work, flow->paths.count))
		return NULL;
	for (size_t i = flow->paths.count; i-- > 0;) {
		const struct scan_where *w = &flow->paths.at[i];
		if (!sees(place, w->stage))
			continue;
		if (!w->loose && text_equal(w->path, path))
			return w;
		if (!w->loose && glob && scan_glob(path, w->path)) {
			if (!w->text)
				hold_others(place, path, w);
			return w;
		}
		if (!folder && w->folder && !w->loose && scan_below(w->path, path))
			folder = w;
		if (named || !w->loose || flow->fetches.at[w->fetch].place != place || !scan_below(w->path, path) || is_system_program(path))
			continue;
		named = is_named_after(place, w, path);
		if (named || !common)
			common = w;
	}
	return folder ? folder : loose ? common : NULL;
}

size_t scan_flow_at(const struct scan_place *place, struct text path, bool loose)
{
	const struct scan_where *w;
	if (text_equal(path, TEXT("-")))
		return FETCH_NONE;
	w = scan_flow_where(place, scan_flow_path(place, path), loose);
	return w && !w->text ? w->fetch : FETCH_NONE;
}

size_t scan_flow_claim(const struct scan_place *place, struct text path)
{
	const struct scan_flow *flow = place->work->flow;
	struct text full = scan_flow_path(place, path);
	size_t last = FETCH_NONE;
	if (!scan_step(place->work, flow->paths.count))
		return last;
	for (size_t i = flow->paths.count; i-- > 0;) {
		const struct scan_where *w = &flow->paths.at[i];
		if (!w->loose || !sees(place, w->stage) || !scan_below(w->path, full) || is_system_program(full))
			continue;
		scan_flow_keep(place, w->fetch, TEXT("another instruction may use what was unpacked"));
		last = last == FETCH_NONE ? w->fetch : last;
	}
	return last;
}

void scan_flow_keep_below(const struct scan_place *place, struct text path, struct text why)
{
	const struct scan_flow *flow = place->work->flow;
	while (has_glob(path))
		path = scan_folder(path);
	if (!scan_step(place->work, flow->paths.count))
		return;
	for (size_t i = 0; i < flow->paths.count; i++) {
		const struct scan_where *w = &flow->paths.at[i];
		if (!w->text && sees(place, w->stage) && scan_below(path, w->path))
			scan_flow_keep(place, w->fetch, why);
	}
}

void scan_flow_put(const struct scan_place *place, struct scan_where where)
{
	where.stage = stage_of(place);
	LIST_PUSH(&place->work->flow->paths, place->work->arena, where);
}

size_t scan_flow_add(struct scan_work *work, const struct scan_fetch *fetch)
{
	struct scan_flow *flow = work->flow;
	if (flow->fetches.count >= SCAN_FETCHES_MAX) {
		scan_doubt(work, fetch->at, "more than %d downloads; the rest is not told", SCAN_FETCHES_MAX);
		return FETCH_NONE;
	}
	LIST_PUSH(&flow->fetches, work->arena, *fetch);
	return flow->fetches.count - 1;
}

struct scan_fetch *scan_flow_fetch(const struct scan_place *place, size_t fetch)
{
	return &place->work->flow->fetches.at[fetch];
}

void scan_flow_role(const struct scan_place *place, size_t fetch, enum scan_role role)
{
	struct scan_fetch *f = scan_flow_fetch(place, fetch);
	if (f->role < role)
		f->role = role;
}

void scan_flow_keep(const struct scan_place *place, size_t fetch, struct text why)
{
	struct scan_fetch *f = scan_flow_fetch(place, fetch);
	if (!f->why_not.len)
		f->why_not = why;
}

void scan_flow_serve(const struct scan_call *call, size_t fetch)
{
	struct scan_fetch *f = scan_flow_fetch(call->place, fetch);
	if (f->place != call->place) {
		scan_flow_keep(call->place, fetch, TEXT("another instruction uses what was downloaded"));
		return;
	}
	if (!f->serves.count || f->serves.at[f->serves.count - 1] != call->index)
		LIST_PUSH(&f->serves, call->place->work->arena, call->index);
}

void scan_flow_verified(const struct scan_place *place, size_t fetch, enum software_check check)
{
	struct scan_fetch *f = scan_flow_fetch(place, fetch);
	if (f->check < check)
		f->check = check;
	if (f->proof < check)
		f->proof = check;
}

struct scan_stream scan_flow_variable(const struct scan_place *place, struct text word)
{
	const struct scan_flow *flow = place->work->flow;
	for (struct text rest = word, name; scan_next_variable(&rest, &name);) {
		if (!scan_step(place->work, flow->held.count))
			break;
		for (size_t i = flow->held.count; i-- > 0;)
			if (text_equal(flow->held.at[i].name, name))
				return flow->held.at[i].stream;
	}
	return (struct scan_stream){ .fetch = FETCH_NONE };
}

/* ---- streams ---- */

bool scan_is_download(struct scan_stream stream)
{
	return stream.kind == STREAM_FILE || stream.kind == STREAM_PART;
}

struct scan_stream scan_flow_read(const struct scan_place *place, struct text path)
{
	const struct scan_where *w = scan_flow_where(place, scan_flow_path(place, path), false);
	if (!w)
		return (struct scan_stream){ .fetch = FETCH_NONE };
	if (w->text)
		return (struct scan_stream){ STREAM_WORDS, w->fetch, w->words, w->place == place ? w->command + 1 : 0 };
	return (struct scan_stream){ .kind = STREAM_FILE, .fetch = w->fetch };
}

struct scan_stream scan_flow_input(const struct scan_call *call)
{
	const struct scan_place *place = call->place;
	struct scan_stream none = { .fetch = FETCH_NONE };
	for (size_t i = 0; i < call->command->redirect_count; i++) {
		const struct shell_redirect *r = &call->command->redirects[i];
		if (text_equal(r->op, TEXT("<<<")))
			return (struct scan_stream){ .kind = STREAM_WORDS, .fetch = FETCH_NONE, .words = r->target.value };
		if (text_starts(r->op, TEXT("<<")))
			return (struct scan_stream){ .kind = STREAM_WORDS, .fetch = FETCH_NONE, .words = r->content };
		if (text_equal(r->op, TEXT("<")))
			return place->inner[call->index].kind ? place->inner[call->index] : scan_flow_read(place, r->target.value);
	}
	if (call->command->join == SHELL_PIPE && place->before[call->index] != SIZE_MAX)
		return place->streams[place->before[call->index]];
	return none;
}

static bool is_keyring(struct text path)
{
	static const char *const folders[] = { "/etc/apt/trusted.gpg", "/usr/share/keyrings/", "/etc/apt/keyrings/",
					       "/usr/local/share/keyrings/" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (text_starts(path, text_of(folders[i])))
			return true;
	return false;
}

void scan_flow_settle(const struct scan_place *place, size_t fetch, struct text path)
{
	struct scan_fetch *f = scan_flow_fetch(place, fetch);
	scan_flow_put(place, (struct scan_where){ .path = path, .fetch = fetch });
	scan_flow_role(place, fetch, ROLE_FILE);
	if (is_keyring(path)) {
		struct scan_key key = { .path = path, .host = f->named.host, .fetch = fetch, .stage = stage_of(place), .apt = true };
		LIST_PUSH(&place->work->flow->keys, place->work->arena, key);
		scan_flow_role(place, fetch, ROLE_KEY);
	} else if (text_starts(path, TEXT("/etc/apt/sources.list"))) {
		scan_flow_role(place, fetch, ROLE_SOURCE);
	} else if (scan_is_program(path)) {
		scan_flow_role(place, fetch, ROLE_SOFTWARE);
		if (!f->puts.len)
			f->puts = scan_base(path);
	}
}

void scan_flow_store(const struct scan_call *call, struct text path, struct scan_stream stream)
{
	struct text full = scan_flow_path(call->place, path);
	if (text_equal(full, TEXT("/dev/null")) || stream.kind == STREAM_NONE)
		return;
	if (stream.kind == STREAM_WORDS)
		scan_flow_put(call->place, (struct scan_where){ .path = full, .fetch = stream.fetch, .text = true, .words = stream.words,
								.place = call->place, .command = call->index });
	else
		scan_flow_settle(call->place, stream.fetch, full);
}
