#include "plan/scanfollow.h"

#include "plan/scanargs.h"
#include "plan/scanplace.h"
#include "plan/scansource.h"
#include "plan/scantext.h"
#include "plan/scanverify.h"

static struct text word_at(const struct scan_call *call, size_t i)
{
	return i < call->command->word_count ? call->command->words[i].value : (struct text){ 0 };
}

static bool is_download(struct scan_stream s)
{
	return s.kind == STREAM_FILE || s.kind == STREAM_PART;
}

/* ---- words that go on ---- */

/* What echo or printf says; "%s\n" and options are nobody's words. */
static void on_echo(const struct scan_call *call)
{
	struct arena *a = call->place->work->arena;
	size_t len = 0, room = 1;
	for (size_t i = call->first + 1; i < call->command->word_count; i++)
		room += word_at(call, i).len + 1;
	char *to = arena_alloc(a, room, 1);
	struct scan_stream s = { .kind = STREAM_WORDS, .fetch = FETCH_NONE };
	for (size_t i = call->first + 1; i < call->command->word_count; i++) {
		struct text word = word_at(call, i);
		struct scan_stream held = text_has(word, '$') ? scan_flow_variable(call->place, word) : (struct scan_stream){ 0 };
		if (is_download(held))
			s.fetch = held.fetch;
		if (i == call->first + 1 && (text_equal(word, TEXT("-e")) || text_equal(word, TEXT("-n"))))
			continue;
		if (len)
			to[len++] = ' ';
		if (word.len)
			memcpy(to + len, word.at, word.len);
		len += word.len;
	}
	if (is_download(call->place->inner[call->index]))
		s.fetch = call->place->inner[call->index].fetch;
	s.words = (struct text){ to, len };
	call->place->streams[call->index] = s;
}

/* The first operand that is a download or a text of the script's, when not a pattern; else the input. */
static struct scan_stream taken(const struct scan_call *call)
{
	bool pattern = scan_in(" grep egrep fgrep sed awk gawk mawk jq yq dasel gron ", call->program);
	for (size_t i = call->first + 1; i < call->command->word_count && i < call->first + 64; i++) {
		struct text word = word_at(call, i);
		if (!word.len || word.at[0] == '-')
			continue;
		if (pattern) {
			pattern = false;
			continue;
		}
		struct scan_stream there = scan_flow_read(call->place, word);
		if (there.kind != STREAM_NONE)
			return there;
	}
	struct scan_stream in = scan_flow_input(call);
	return in.kind ? in : call->place->inner[call->index];
}

static void on_pass(const struct scan_call *call)
{
	call->place->streams[call->index] = taken(call);
}

/* dd of=FILE */
static void on_dd(const struct scan_call *call)
{
	struct scan_stream in = scan_flow_input(call);
	for (size_t i = call->first + 1; i < call->command->word_count; i++) {
		if (!text_starts(word_at(call, i), TEXT("of=")))
			continue;
		if (is_download(in))
			scan_flow_serve(call, in.fetch);
		scan_flow_store(call, text_skip(word_at(call, i), 3), in);
	}
}

/* Other mirrors, other components: what apt takes is changed. */
static void tell_change(const struct scan_call *call)
{
	for (size_t i = call->first + 1; i < call->command->word_count && i < call->first + 64; i++)
		if (text_starts(word_at(call, i), TEXT("/etc/apt/sources.list"))) {
			SCAN_DOUBT(call, TEXT_F " is changed, and was not looked into", TEXT_A(word_at(call, i)));
			return;
		}
}

static void on_filter(const struct scan_call *call)
{
	if (text_equal(call->program, TEXT("sed")))
		tell_change(call);
	struct scan_stream s = taken(call);
	if (s.kind == STREAM_FILE)
		s.kind = STREAM_PART;
	call->place->streams[call->index] = s;
}

static void on_tee(const struct scan_call *call)
{
	struct scan_stream in = scan_flow_input(call);
	call->place->streams[call->index] = in;
	for (size_t i = call->first + 1; i < call->command->word_count; i++) {
		struct text word = word_at(call, i);
		if (!word.len || word.at[0] == '-')
			continue;
		if (in.kind == STREAM_WORDS)
			scan_source_written(call, scan_flow_path(call->place, word), in.words);
		if (is_download(in))
			scan_flow_serve(call, in.fetch);
		scan_flow_store(call, word, in);
	}
}

/* ---- scripts that run ---- */

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
	struct text path = word_at(call, word), base = scan_base(path);
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
		struct text word = word_at(call, i);
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
		struct text word = word_at(call, i);
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
	if (is_download(inner))
		run_fetch(call, inner.fetch);
	for (size_t i = call->first + 1; !is_download(inner) && i < call->command->word_count && i < call->first + 8; i++) {
		struct scan_stream held = scan_flow_variable(call->place, word_at(call, i));
		if (!is_download(held) || !has_code(call))
			continue;
		run_fetch(call, held.fetch);
		return true;
	}
	return is_download(inner);
}

static void on_shell(const struct scan_call *call)
{
	struct scan_stream in = scan_flow_input(call);
	size_t word = script_word(call);
	struct text path = word_at(call, word);
	if (run_inner(call) || has_code(call))
		return;
	size_t fetch = path.len ? scan_flow_at(call->place, path, true) : FETCH_NONE;
	if (fetch != FETCH_NONE)
		run_file(call, fetch, path);
	else if (is_download(in))
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
		on_filter(call);
		return;
	}
	size_t fetch = scan_flow_at(call->place, word_at(call, word), true);
	if (fetch != FETCH_NONE)
		run_file(call, fetch, word_at(call, word));
	else if (is_download(in) && (word >= call->command->word_count || text_equal(word_at(call, word), TEXT("-"))))
		run_fetch(call, in.fetch);
}

static void on_source(const struct scan_call *call)
{
	size_t fetch = scan_flow_at(call->place, word_at(call, call->first + 1), false);
	if (!run_inner(call) && fetch != FETCH_NONE)
		run_fetch(call, fetch);
}

/* ---- packages in files ---- */

/* A package that nobody downloaded: of the build context. */
static void install_context(const struct scan_call *call, size_t word)
{
	struct software item = { .way = WAY_DEB, .name = word_at(call, word), .note = TEXT("a package of the build context") };
	if (!text_ends(item.name, TEXT(".deb")))
		return;
	struct software *added = scan_add_word(call, word, item);
	if (added && !added->edit.why_not.len)
		added->edit.why_not = TEXT("what is in the package is not known");
}

static void install_files(const struct scan_call *call, const char *verbs, size_t from)
{
	struct scan_args args;
	size_t debs = 0, any = FETCH_NONE;
	scan_args_read(call, " -t --target-release -o --option -c ", &args);
	if (verbs && !scan_in(verbs, scan_args_operand(call, &args, 0)))
		return;
	for (size_t i = from; i < args.operands.count; i++) {
		size_t fetch = scan_flow_at(call->place, scan_args_operand(call, &args, i), false);
		if (fetch == FETCH_NONE) {
			install_context(call, args.operands.at[i]);
			continue;
		}
		scan_flow_serve(call, fetch);
		scan_flow_role(call->place, fetch, ROLE_DEB);
		any = fetch;
		debs++;
	}
	if (any != FETCH_NONE && debs != args.operands.count - from)
		scan_flow_keep(call->place, any, TEXT("one command installs other packages, too"));
}

static void on_dpkg(const struct scan_call *call)
{
	struct scan_args args;
	scan_args_read(call, " ", &args);
	if (!scan_args_find(&args, " -i --install ") && !text_equal(call->program, TEXT("gdebi")))
		return;
	install_files(call, NULL, 0);
}

static void on_apt(const struct scan_call *call)
{
	install_files(call, " install reinstall ", 1);
}

static void on_cd(const struct scan_call *call)
{
	struct text to = word_at(call, call->first + 1);
	size_t fetch = to.len ? scan_flow_at(call->place, to, true) : FETCH_NONE;
	if (fetch != FETCH_NONE && scan_flow_fetch(call->place, fetch)->role != ROLE_UNUSED)
		scan_flow_keep(call->place, fetch, TEXT("commands run in its folder"));
	if (to.len && !text_equal(to, TEXT("-")) && call->place->shell->blocks[call->command->block].kind == SHELL_PROGRAM)
		call->place->work->flow->folder = scan_flow_path(call->place, to);
}

/* export NAME=$(...) */
static void on_export(const struct scan_call *call)
{
	struct scan_flow *flow = call->place->work->flow;
	struct scan_stream inner = call->place->inner[call->index];
	struct text name = word_at(call, call->first + 1);
	name = scan_head(name, scan_identifier(name));
	if (!is_download(inner) || !name.len)
		return;
	struct scan_held held = { name, inner };
	LIST_PUSH(&flow->held, call->place->work->arena, held);
}

static const struct follower {
	const char *programs;
	void (*carry_out)(const struct scan_call *call);
} followers[] = {
	{ " echo printf ", on_echo },
	{ " cat pv base64 xxd dos2unix ", on_pass },
	{ " tee sponge ", on_tee },
	{ " grep egrep fgrep sed awk gawk mawk jq yq cut head tail tr sort uniq rev xargs basename dirname fgrep wc gron dasel column ", on_filter },
	{ " sh bash dash ash zsh ksh fish ", on_shell },
	{ " python python2 python3 perl ruby node php pwsh lua Rscript ", on_interpreter },
	{ " source . eval ", on_source },
	{ " dpkg gdebi ", on_dpkg },
	{ " dd ", on_dd },
	{ " apt apt-get aptitude nala ", on_apt },
	{ " cd pushd ", on_cd },
	{ " export local readonly declare typeset ", on_export },
};

/* A program out of an archive, or the download itself. One that was put in place is there afterwards, too. */
static void run_program(const struct scan_call *call, size_t fetch, struct text path)
{
	if (is_unpacked(call, path) && !says_install(scan_base(path)))
		scan_flow_keep(call->place, fetch, TEXT("a program of it runs"));
	if (scan_is_program(scan_flow_path(call->place, path)))
		return;
	run_file(call, fetch, path);
}

/* Any other program: it runs a download, or it uses one in a manner that is not known. */
static void on_other(const struct scan_call *call)
{
	struct text path = word_at(call, call->first);
	size_t fetch = text_has(path, '/') ? scan_flow_at(call->place, path, true) : FETCH_NONE;
	if (fetch != FETCH_NONE) {
		run_program(call, fetch, path);
	} else if (fetch == FETCH_NONE && text_has(path, '/')) {
		run_context(call, call->first);
	}
	for (size_t i = call->first + 1; i < call->command->word_count && i < call->first + 64; i++) {
		struct text word = word_at(call, i);
		size_t used = word.len && word.at[0] != '-' ? scan_flow_at(call->place, word, false) : FETCH_NONE;
		if (used == FETCH_NONE || used == fetch)
			continue;
		scan_flow_keep(call->place, used, arena_printf(call->place->work->arena, TEXT_F " uses what was downloaded", TEXT_A(call->program)));
	}
}

void scan_follow(const struct scan_call *call)
{
	bool done = scan_placing(call);
	done |= scan_sourcing(call);
	done |= scan_verifying(call);
	for (size_t i = 0; i < sizeof followers / sizeof *followers; i++)
		if (scan_in(followers[i].programs, call->program)) {
			followers[i].carry_out(call);
			done = true;
		}
	if (!done && !scan_in(" curl wget wget2 aria2c axel ", call->program))
		on_other(call);
}

void scan_follow_output(const struct scan_call *call)
{
	struct scan_stream out = call->place->streams[call->index];
	for (size_t i = 0; i < call->command->redirect_count; i++) {
		const struct shell_redirect *r = &call->command->redirects[i];
		if (!scan_in(" > >> >| &> &>> ", r->op) || (r->fd != 1 && !text_starts(r->op, TEXT("&"))))
			continue;
		if (out.kind == STREAM_WORDS)
			scan_source_written(call, scan_flow_path(call->place, r->target.value), out.words);
		if (is_download(out))
			scan_flow_serve(call, out.fetch);
		scan_flow_store(call, r->target.value, out);
	}
}
