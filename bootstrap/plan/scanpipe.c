#include "plan/scanpipe.h"

#include "plan/scansource.h"
#include "plan/scantext.h"

/* What echo or printf says; "%s\n" and options are nobody's words. */
static void on_echo(const struct scan_call *call)
{
	struct arena *a = call->place->work->arena;
	size_t len = 0, room = 1;
	for (size_t i = call->first + 1; i < call->command->word_count; i++)
		room += scan_word(call, i).len + 1;
	char *to = arena_alloc(a, room, 1);
	struct scan_stream s = { .kind = STREAM_WORDS, .fetch = FETCH_NONE };
	for (size_t i = call->first + 1; i < call->command->word_count; i++) {
		struct text word = scan_word(call, i);
		struct scan_stream held = text_has(word, '$') ? scan_flow_variable(call->place, word) : (struct scan_stream){ 0 };
		if (scan_is_download(held))
			s.fetch = held.fetch;
		if (i == call->first + 1 && (text_equal(word, TEXT("-e")) || text_equal(word, TEXT("-n"))))
			continue;
		if (len)
			to[len++] = ' ';
		if (word.len)
			memcpy(to + len, word.at, word.len);
		len += word.len;
	}
	if (scan_is_download(call->place->inner[call->index]))
		s.fetch = call->place->inner[call->index].fetch;
	s.words = (struct text){ to, len };
	call->place->streams[call->index] = s;
}

/* The first operand that is a download or a text of the script's, when not a pattern; else the input. */
static struct scan_stream taken(const struct scan_call *call)
{
	bool pattern = scan_in(" grep egrep fgrep sed awk gawk mawk jq yq dasel gron ", call->program);
	for (size_t i = call->first + 1; i < call->command->word_count && i < call->first + 64; i++) {
		struct text word = scan_word(call, i);
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
		if (!text_starts(scan_word(call, i), TEXT("of=")))
			continue;
		if (scan_is_download(in))
			scan_flow_serve(call, in.fetch);
		scan_flow_store(call, text_skip(scan_word(call, i), 3), in);
	}
}

/* Other mirrors, other components: what apt takes is changed. */
static void tell_change(const struct scan_call *call)
{
	for (size_t i = call->first + 1; i < call->command->word_count && i < call->first + 64; i++)
		if (text_starts(scan_word(call, i), TEXT("/etc/apt/sources.list"))) {
			SCAN_DOUBT(call, TEXT_F " is changed, and was not looked into", TEXT_A(scan_word(call, i)));
			return;
		}
}

void scan_pipe_filter(const struct scan_call *call)
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
		struct text word = scan_word(call, i);
		if (!word.len || word.at[0] == '-')
			continue;
		if (in.kind == STREAM_WORDS)
			scan_source_written(call, scan_flow_path(call->place, word), in.words);
		if (scan_is_download(in))
			scan_flow_serve(call, in.fetch);
		scan_flow_store(call, word, in);
	}
}

static const struct piper {
	const char *programs;
	void (*carry_out)(const struct scan_call *call);
} pipers[] = {
	{ " echo printf ", on_echo },
	{ " cat pv base64 xxd dos2unix ", on_pass },
	{ " dd ", on_dd },
	{ " tee sponge ", on_tee },
	{ " grep egrep fgrep sed awk gawk mawk jq yq cut head tail tr sort uniq rev xargs basename dirname wc gron dasel column ",
	  scan_pipe_filter },
};

bool scan_piping(const struct scan_call *call)
{
	for (size_t i = 0; i < sizeof pipers / sizeof *pipers; i++) {
		if (!scan_in(pipers[i].programs, call->program))
			continue;
		pipers[i].carry_out(call);
		return true;
	}
	return false;
}
