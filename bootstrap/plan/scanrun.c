#include "plan/scanrun.h"

#include "plan/scanpipe.h"
#include "plan/scantext.h"

static void run_fetch(const struct scan_call *call, size_t fetch)
{
	scan_flow_serve(call, fetch);
	scan_flow_role(call->place, fetch, ROLE_PIPED);
}

/* Was the path unpacked from an archive? */
static bool is_unpacked(const struct scan_call *call, struct text path)
{
	const struct scan_where *w = scan_flow_where(call->place, scan_flow_path(call->place, path), true);
	return w && (w->folder || w->loose || w->member);
}

/* A script that was downloaded, or that lies in an archive that was. */
static void run_file(const struct scan_call *call, size_t fetch, struct text path)
{
	scan_flow_serve(call, fetch);
	scan_flow_role(call->place, fetch, is_unpacked(call, path) ? ROLE_SOFTWARE : ROLE_PIPED);
}

static bool says_install(struct text base)
{
	static const char *const parts[] = { "install", "setup", "bootstrap", "provision", "dependencies", "-debian.sh", "post-create", "postcreate" };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (scan_find(base, text_of(parts[i])) != SIZE_MAX)
			return true;
	return false;
}

static bool is_cloned(const struct scan_call *call, struct text path)
{
	const struct scan_flow *flow = call->place->work->flow;
	struct text full = scan_flow_path(call->place, path);
	for (size_t i = 0; i < flow->clones.count && scan_step(call->place->work, 1); i++)
		if (scan_below(flow->clones.at[i].folder, full))
			return true;
	return false;
}

/* A script that nobody downloaded: of the build context. */
static void run_context(const struct scan_call *call, size_t word)
{
	struct text path = scan_word(call, word), base = scan_base(path);
	struct software item = { .way = WAY_SCRIPT, .name = path, .note = TEXT("what it installs was not looked into") };
	const struct scan_where *w = scan_flow_where(call->place, scan_flow_path(call->place, path), false);
	if (w || !base.len || text_has(path, '$') || is_cloned(call, path))
		return;
	if (!says_install(base) || scan_find(path, TEXT("/python")) != SIZE_MAX) {
		if (text_ends(base, TEXT(".sh")))
			SCAN_DOUBT(call, TEXT_F " runs, and was not looked into", TEXT_A(path));
		return;
	}
	struct software *added = scan_add_word(call, word, item);
	if (added)
		added->edit.why_not = TEXT("what the script installs is not known");
}

static size_t script_word(const struct scan_call *call)
{
	size_t i = call->first + 1;
	for (; i < call->command->word_count; i++) {
		struct text word = scan_word(call, i);
		if (scan_in(" -o +o -O --rcfile --init-file ", word))
			i++;
		else if (!word.len || (word.at[0] != '-' && word.at[0] != '+') || text_equal(word, TEXT("-")))
			break;
	}
	return i;
}

static bool has_code(const struct scan_call *call)
{
	for (size_t i = call->first + 1; i < call->command->word_count; i++) {
		struct text word = scan_word(call, i);
		if (!word.len || word.at[0] != '-')
			return false;
		if (word.at[word.len - 1] == 'c' || scan_in(" -e -ne -pe -E -m ", word))
			return true;
	}
	return false;
}

static bool run_inner(const struct scan_call *call)
{
	struct scan_stream inner = call->place->inner[call->index];
	if (scan_is_download(inner))
		run_fetch(call, inner.fetch);
	for (size_t i = call->first + 1; !scan_is_download(inner) && i < call->command->word_count && i < call->first + 8; i++) {
		struct scan_stream held = scan_flow_variable(call->place, scan_word(call, i));
		if (!scan_is_download(held) || !has_code(call))
			continue;
		run_fetch(call, held.fetch);
		return true;
	}
	return scan_is_download(inner);
}

static void on_shell(const struct scan_call *call)
{
	struct scan_stream in = scan_flow_input(call);
	size_t word = script_word(call);
	struct text path = scan_word(call, word);
	if (run_inner(call) || has_code(call))
		return;
	size_t fetch = path.len ? scan_flow_at(call->place, path, true) : FETCH_NONE;
	if (fetch != FETCH_NONE)
		run_file(call, fetch, path);
	else if (scan_is_download(in))
		run_fetch(call, in.fetch);
	else if (path.len && !scan_in(" - /dev/stdin ", path))
		run_context(call, word);
}

/* python3 -c "..." in a pipeline takes a part out of what comes; python3 get-pip.py runs it. */
static void on_interpreter(const struct scan_call *call)
{
	struct scan_stream in = scan_flow_input(call);
	size_t word = script_word(call);
	if (has_code(call)) {
		scan_pipe_filter(call);
		return;
	}
	size_t fetch = scan_flow_at(call->place, scan_word(call, word), true);
	if (fetch != FETCH_NONE)
		run_file(call, fetch, scan_word(call, word));
	else if (scan_is_download(in) && (word >= call->command->word_count || text_equal(scan_word(call, word), TEXT("-"))))
		run_fetch(call, in.fetch);
}

static void on_source(const struct scan_call *call)
{
	size_t fetch = scan_flow_at(call->place, scan_word(call, call->first + 1), false);
	if (!run_inner(call) && fetch != FETCH_NONE)
		run_fetch(call, fetch);
}

static const struct runner {
	const char *programs;
	void (*carry_out)(const struct scan_call *call);
} runners[] = {
	{ " sh bash dash ash zsh ksh fish ", on_shell },
	{ " python python2 python3 perl ruby node php pwsh lua Rscript ", on_interpreter },
	{ " source . eval ", on_source },
};

bool scan_running(const struct scan_call *call)
{
	for (size_t i = 0; i < sizeof runners / sizeof *runners; i++) {
		if (!scan_in(runners[i].programs, call->program))
			continue;
		runners[i].carry_out(call);
		return true;
	}
	return false;
}

/* A program out of an archive, or the download itself. One that was put in place is there afterwards, too. */
static void run_placed(const struct scan_call *call, size_t fetch, struct text path)
{
	if (is_unpacked(call, path) && !says_install(scan_base(path)))
		scan_flow_keep(call->place, fetch, TEXT("a program of it runs"));
	if (scan_in(" /usr/local/bin /usr/local/sbin ", scan_folder(path)))
		return;
	if (scan_is_program(scan_flow_path(call->place, path)))
		scan_flow_keep(call->place, fetch, TEXT("it is called by its path"));
	run_file(call, fetch, path);
}

void scan_run_other(const struct scan_call *call)
{
	struct text path = scan_word(call, call->first);
	size_t fetch = text_has(path, '/') ? scan_flow_at(call->place, path, true) : FETCH_NONE;
	if (fetch != FETCH_NONE) {
		run_placed(call, fetch, path);
	} else if (fetch == FETCH_NONE && text_has(path, '/')) {
		run_context(call, call->first);
	}
	for (size_t i = call->first + 1; i < call->command->word_count && i < call->first + 64; i++) {
		struct text word = scan_word(call, i);
		size_t used = word.len && word.at[0] != '-' ? scan_flow_at(call->place, word, false) : FETCH_NONE;
		if (used == FETCH_NONE || used == fetch)
			continue;
		scan_flow_keep(call->place, used, arena_printf(call->place->work->arena, TEXT_F " uses what was downloaded", TEXT_A(call->program)));
	}
}
