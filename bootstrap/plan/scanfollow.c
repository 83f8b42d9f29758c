#include "plan/scanfollow.h"

#include "plan/scanargs.h"
#include "plan/scanpipe.h"
#include "plan/scanplace.h"
#include "plan/scanrun.h"
#include "plan/scansource.h"
#include "plan/scantext.h"
#include "plan/scanverify.h"

/* A package that nobody downloaded: of the build context. */
static void install_context(const struct scan_call *call, size_t word)
{
	struct software item = { .way = WAY_DEB, .name = scan_word(call, word), .note = TEXT("a package of the build context") };
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
	struct text to = scan_word(call, call->first + 1);
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
	struct text name = scan_word(call, call->first + 1);
	name = scan_head(name, scan_identifier(name));
	if (!scan_is_download(inner) || !name.len)
		return;
	struct scan_held held = { name, inner };
	LIST_PUSH(&flow->held, call->place->work->arena, held);
}

static const struct follower {
	const char *programs;
	void (*carry_out)(const struct scan_call *call);
} followers[] = {
	{ " dpkg gdebi ", on_dpkg },
	{ " apt apt-get aptitude nala ", on_apt },
	{ " cd pushd ", on_cd },
	{ " export local readonly declare typeset ", on_export },
};

void scan_follow(const struct scan_call *call)
{
	bool done = scan_placing(call);
	done |= scan_sourcing(call);
	done |= scan_verifying(call);
	done |= scan_piping(call);
	done |= scan_running(call);
	for (size_t i = 0; i < sizeof followers / sizeof *followers; i++)
		if (scan_in(followers[i].programs, call->program)) {
			followers[i].carry_out(call);
			done = true;
		}
	if (!done && !scan_in(" curl wget wget2 aria2c axel ", call->program))
		scan_run_other(call);
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
		if (scan_is_download(out))
			scan_flow_serve(call, out.fetch);
		scan_flow_store(call, r->target.value, out);
	}
}
