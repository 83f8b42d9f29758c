/* The part of scan.h that is about Containerfiles. */
#include "plan/scan.h"

#include "plan/scancopy.h"
#include "plan/scanedit.h"
#include "plan/scanmention.h"
#include "plan/scanscript.h"
#include "plan/scansource.h"
#include "plan/scantext.h"

/* ---- RUN ---- */

/* Here-documents alone, "<<EOF" or "<<A <<B": they are the script. */
static bool only_heredocs(struct text rest)
{
	for (struct text one; text_cut(&rest, ' ', &one);)
		if (one.len && !text_starts(one, TEXT("<<")))
			return false;
	return true;
}

/* The first line "#!/usr/bin/env NAME" or "#!/bin/NAME"; none without. */
static struct text interpreter_of(struct text script)
{
	struct text line, word, last = { 0 };
	if (!text_starts(script, TEXT("#!")))
		return last;
	script = text_skip(script, 2);
	text_cut(&script, '\n', &line);
	line = scan_trim(line, " \t\r");
	while (text_cut(&line, ' ', &word))
		if (word.len && word.at[0] != '-' && !text_has(word, '=') && (!last.len || text_equal(last, TEXT("env"))))
			last = scan_base(word);
	return last;
}

static void run_heredocs(const struct scan_place *like)
{
	for (size_t i = 0; i < like->of->heredoc_count; i++) {
		const struct heredoc *h = &like->of->heredocs[i];
		struct text by = interpreter_of(h->content.text);
		struct scan_place place = *like;
		place.source = &h->content;
		place.script = i + 1;
		if (by.len && !scan_is_shell(by))
			scan_doubt(like->work, like->at, "a script for " TEXT_F " was not looked into", TEXT_A(by));
		else
			scan_script(&place, h->content.text);
	}
}

/* What the shell is given: the rest, and behind it the here-documents that it names. */
static const struct placed *with_heredocs(const struct scan_place *like)
{
	const struct instruction *of = like->of;
	struct arena *a = like->work->arena;
	size_t room = of->rest.text.len + 1;
	for (size_t i = 0; i < of->heredoc_count; i++)
		room += of->heredocs[i].content.text.len + of->heredocs[i].name.len + 2;
	char *to = arena_alloc(a, room + 1, 1);
	uint32_t *at = arena_alloc(a, room + 1, sizeof *at);
	struct placed *whole = arena_alloc(a, 1, sizeof *whole);
	size_t len = of->rest.text.len;
	if (!of->heredoc_count)
		return &of->rest;
	memcpy(to, of->rest.text.at, len);
	memcpy(at, of->rest.at, (len + 1) * sizeof *at);
	to[len++] = '\n';
	for (size_t i = 0; i < of->heredoc_count; i++) {
		const struct heredoc *h = &of->heredocs[i];
		if (h->content.text.len)
			memcpy(to + len, h->content.text.at, h->content.text.len);
		memcpy(at + len, h->content.at, (h->content.text.len + 1) * sizeof *at);
		len += h->content.text.len;
		memcpy(to + len, h->name.at, h->name.len);
		for (size_t k = 0; k <= h->name.len + 1; k++)
			at[len + k] = h->content.at[h->content.text.len];
		len += h->name.len;
		to[len++] = '\n';
	}
	*whole = (struct placed){ { to, len }, at };
	return whole;
}

static bool shell_is_read(const struct scan_place *like)
{
	struct texts shell = like->state->shell;
	if (!shell.count || scan_is_shell(shell.at[0]))
		return true;
	scan_doubt(like->work, like->at, "a script for " TEXT_F " was not looked into", TEXT_A(shell.at[0]));
	return false;
}

static void look_at_run(struct scan_place *like)
{
	scan_mounts(like);
	if (like->of->json) {
		scan_array(like, like->of->words);
	} else if (like->of->heredoc_count && only_heredocs(like->of->rest.text)) {
		if (shell_is_read(like))
			run_heredocs(like);
	} else if (shell_is_read(like)) {
		like->source = with_heredocs(like);
		like->script = 0;
		scan_script(like, like->source->text);
	}
}

/* ---- instructions ---- */

static bool says_paths(enum instruction_kind kind)
{
	return kind == INSTRUCTION_ENTRYPOINT || kind == INSTRUCTION_CMD || kind == INSTRUCTION_HEALTHCHECK ||
	       kind == INSTRUCTION_SHELL || kind == INSTRUCTION_ENV;
}

static void look_at(struct scan_work *work, size_t index)
{
	const struct instruction *of = &work->out->file->at[index];
	struct scan_place *place = arena_alloc(work->arena, 1, sizeof *place);
	*place = (struct scan_place){ .work = work, .of = of, .instruction = index, .at = of->begin };
	place->state = &work->out->stages.states[index];
	place->script = SIZE_MAX;
	if (of->kind == INSTRUCTION_ONBUILD && of->trigger) {
		place->of = of->trigger;
		place->why_not = TEXT("it stands in ONBUILD");
	}
	scan_flow_script(place);
	if (place->of->kind == INSTRUCTION_RUN)
		look_at_run(place);
	else if (place->of->kind == INSTRUCTION_COPY || place->of->kind == INSTRUCTION_ADD)
		scan_copy(place);
	else if (says_paths(place->of->kind))
		scan_mention(place);
}

int scan_containerfile(const struct containerfile *file, struct text architecture, struct arena *a, struct scan *out,
		       struct fault *f)
{
	struct scan_work work;
	*out = (struct scan){ .file = file };
	int code = stages_make(file, architecture, a, &out->stages, f);
	if (code)
		return code;
	scan_flow_begin(&work, file->bytes, a, out);
	for (size_t i = 0; i < file->count; i++)
		if (out->stages.states[i].stage != STAGE_NONE)
			look_at(&work, i);
	scan_source_judge(&work);
	scan_edit_all(&work);
	return 0;
}
