#include "plan/mention.h"

#include <string.h>

#include "base/bounds.h"
#include "plan/aptcommand.h"
#include "plan/marks.h"
#include "plan/scantext.h"

#define DPKG_TOOLS " dpkg dpkg-query dpkg-reconfigure dpkg-divert dpkg-statoverride update-alternatives apt-mark debconf-show "
#define FILE_TOOLS                                                                                                     \
	" sha1sum sha224sum sha256sum sha384sum sha512sum shasum md5sum b2sum b3sum cksum cmp strip setcap chmod chown chgrp upx mv cp ln rm " \
	"install gpg gpgv cosign minisign patchelf "
#define INSTALLERS " pip pip3 pipx uv npm gem cargo "

/* ---- what software's own commands say ---- */

static void own_span(const struct scan_script *s, size_t begin, size_t end, bool *own)
{
	for (size_t at = begin; at < end && at < s->source->text.len; at++)
		own[s->source->at[at]] = true;
}

static void own_commands(const struct scan_script *s, const size_t *commands, size_t count, bool *own)
{
	for (size_t i = 0; i < count; i++)
		own_span(s, s->shell.commands[commands[i]].begin, s->shell.commands[commands[i]].end, own);
}

/* The bytes that go with one piece of software or another. */
static bool *own_bytes(const struct scan *scan, struct arena *a)
{
	bool *own = arena_alloc(a, scan->file->bytes.len + 1, sizeof *own);
	for (size_t i = 0; i < scan->software.count; i++) {
		const struct software_edit *e = &scan->software.at[i].edit;
		if (e->instruction >= scan->file->count || e->why_not.len)
			continue;
		const struct instruction *in = &scan->file->at[e->instruction];
		if (e->whole) {
			memset(own + in->begin, true, in->end - in->begin);
			continue;
		}
		size_t script = marks_script(scan, e);
		if (script == SIZE_MAX)
			continue;
		const struct scan_script *s = &scan->scripts.at[script];
		own_commands(s, e->commands, e->command_count, own);
		own_commands(s, e->helpers, e->helper_count, own);
		if (e->word_count && !own[s->source->at[s->shell.commands[e->command].begin]])
			own_commands(s, &e->command, 1, own);
	}
	return own;
}

/* ---- paths ---- */

static bool is_path_byte(char c)
{
	return !strchr(" \t\r\n\"'`;|&()<>=,:\\[]", c);
}

static struct text last_part(struct text path, struct text *folder)
{
	const char *slash = path.len ? memrchr(path.at, '/', path.len) : NULL;
	size_t n = slash ? (size_t)(slash - path.at) : 0;
	*folder = (struct text){ path.at, n };
	return slash ? text_skip(path, n + 1) : path;
}

static bool is_data(struct text path)
{
	return text_starts(path, TEXT("/usr/share/")) || text_starts(path, TEXT("/usr/lib/")) || text_starts(path, TEXT("/usr/libexec/"));
}

/* A program by its path, a package's own folder, or a program of Debian's name. */
static bool may_matter(const struct mentions *m, struct text word)
{
	struct text folder, last = last_part(word, &folder);
	if (texts_find(m->former, last) >= 0)
		return true;
	if (scan_find(word, TEXT("node_modules/")) != SIZE_MAX)
		return true;
	if (!word.len || !text_has(TEXT("/~$."), *word.at) || text_starts(word, TEXT("//")))
		return false;
	return is_data(word) || text_starts(word, TEXT("/etc/")) || text_ends(folder, TEXT("/bin")) || text_ends(folder, TEXT("/sbin")) || text_equal(last, TEXT("env"));
}

/* Which stage an instruction's paths are of; STAGE_NONE: of none of the file. */
static size_t stage_of(const struct scan *scan, size_t instruction)
{
	const struct instruction *in = &scan->file->at[instruction];
	size_t stage = scan->stages.states[instruction].stage;
	for (size_t i = 0; in->kind == INSTRUCTION_COPY && i < in->flags.count; i++)
		if (text_starts(in->flags.at[i], TEXT("--from=")))
			return stages_find(&scan->stages, stage, text_skip(in->flags.at[i], 7));
	return in->kind == INSTRUCTION_COPY && !in->heredoc_count ? STAGE_NONE : stage;
}

static bool has_paths(const struct instruction *in)
{
	static const enum instruction_kind kinds[] = { INSTRUCTION_RUN, INSTRUCTION_COPY, INSTRUCTION_CMD, INSTRUCTION_ENTRYPOINT,
						       INSTRUCTION_ENV, INSTRUCTION_HEALTHCHECK, INSTRUCTION_ONBUILD, INSTRUCTION_SHELL };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (in->kind == kinds[i])
			return true;
	return false;
}

/* The end of the line at `at` when it is a comment, else `at`. */
static size_t behind_comment(struct text bytes, size_t at, size_t end)
{
	size_t head = at;
	while (head < end && (bytes.at[head] == ' ' || bytes.at[head] == '\t'))
		head++;
	if (head >= end || bytes.at[head] != '#')
		return at;
	while (head < end && bytes.at[head] != '\n')
		head++;
	return head;
}

/* Does a command of the instruction, which stays, look at files or change them? */
static bool handles_files(const struct mentions *m, size_t script, const bool *own)
{
	const struct scan_script *s = &m->scan->scripts.at[script];
	for (size_t i = 0; i < s->shell.command_count; i++) {
		const struct shell_command *c = &s->shell.commands[i];
		size_t first;
		if (!own[s->source->at[c->begin]] && scan_in(FILE_TOOLS, shell_program(c, &first)))
			return true;
	}
	return false;
}

static void read_paths(struct mentions *m, size_t instruction, const bool *own, bool file, struct arena *a)
{
	const struct instruction *in = &m->scan->file->at[instruction];
	struct text bytes = m->scan->file->bytes;
	struct mention found = { .stage = stage_of(m->scan, instruction), .instruction = instruction, .line = in->line,
				 .run = in->kind == INSTRUCTION_RUN, .file = file };
	if (found.stage == STAGE_NONE || !has_paths(in))
		return;
	for (size_t at = in->begin, from; at < in->end; at++) {
		bool next = at > in->begin && bytes.at[at - 1] == '\n';
		found.line += next;
		if (next)
			at = behind_comment(bytes, at, in->end);
		for (from = at; at < in->end && is_path_byte(bytes.at[at]); at++)
			;
		found.word = (struct text){ bytes.at + from, at - from };
		if (at > from && !own[from] && may_matter(m, found.word))
			LIST_PUSH(&m->paths, a, found);
	}
}

/* ---- words of commands ---- */

/* Does plan/marks take such a word out? */
static bool is_trimmed(const struct scan_script *s, size_t command, struct arena *a)
{
	struct trim t;
	size_t first;
	if (apt_role(&s->shell.commands[command], &first) != APT_NAMES)
		return false;
	trim_make(s, a, &t);
	trim_command(&t, command);
	return !trim_obstacle(&t).len;
}

static bool names_modules(struct text program)
{
	return text_starts(program, TEXT("python"));
}

static void read_words(struct mentions *m, const struct scan_script *s, const bool *own, struct arena *a)
{
	for (size_t i = 0; i < s->shell.command_count; i++) {
		const struct shell_command *c = &s->shell.commands[i];
		size_t first = 0;
		struct text program = shell_program(c, &first);
		bool module = names_modules(program);
		if (!(module || scan_in(DPKG_TOOLS INSTALLERS, program)) || own[s->source->at[c->begin]])
			continue;
		struct mention found = { .program = program, .stage = m->scan->stages.states[s->instruction].stage,
					 .instruction = s->instruction, .line = m->scan->file->at[s->instruction].line, .run = true,
					 .trimmed = is_trimmed(s, i, a) };
		for (size_t k = first + 1; k < c->word_count; k++) {
			found.word = c->words[k].value;
			if (scan_in(" run exec x ", found.word))
				break;
			if (!module || text_equal(c->words[k - 1].value, TEXT("-m")))
				LIST_PUSH(&m->words, a, found);
		}
	}
}

void mention_read(const struct scan *scan, struct texts former, struct arena *a, struct mentions *out)
{
	*out = (struct mentions){ .scan = scan->file ? scan : NULL, .former = former, .steps = MENTION_STEPS_MAX };
	if (!scan->file)
		return;
	bool *own = own_bytes(scan, a);
	bool *files = arena_alloc(a, scan->file->count, sizeof *files);
	for (size_t i = 0; i < scan->scripts.count; i++)
		files[scan->scripts.at[i].instruction] |= handles_files(out, i, own);
	for (size_t i = 0; i < scan->file->count; i++)
		read_paths(out, i, own, files[i], a);
	for (size_t i = 0; i < scan->scripts.count; i++)
		read_words(out, &scan->scripts.at[i], own, a);
}

/* ---- one piece of software ---- */

/* What is looked for. */
struct wanted {
	const struct software *software;
	struct texts commands; /* its programs, sorted */
	struct text package;   /* its name without kind, owner and architecture */
	struct texts former;   /* what Debian calls them, where it is otherwise */
};

static bool is_program(const struct wanted *w, struct text name)
{
	return text_equal(name, w->software->command) || texts_find(w->commands, name) >= 0 || text_equal(name, w->package);
}

static bool begins_with_package(struct text rest, struct text package)
{
	return text_starts(rest, package) && (rest.len == package.len || text_has(TEXT("/-."), rest.at[package.len]));
}

/* /usr/share/git-core, /usr/share/doc/fzf/examples, /usr/share/bash-completion/completions/git */
static bool is_its_data(const struct wanted *w, struct text path, struct text last)
{
	struct text rest = path, top;
	text_cut(&rest, '/', &top);
	text_cut(&rest, '/', &top);
	text_cut(&rest, '/', &top);
	if (text_starts(rest, TEXT("doc/")))
		rest = text_skip(rest, 4);
	return rest.len && (begins_with_package(rest, w->package) || is_program(w, last));
}

/* /etc/vim/vimrc, /etc/wgetrc: what came with the package. */
static bool is_its_settings(const struct wanted *w, struct text path)
{
	struct text rest = text_skip(path, 5), first;
	text_cut(&rest, '/', &first);
	if (!rest.at && text_ends(first, TEXT("rc")))
		first.len -= 2;
	else if (!rest.at)
		return false;
	return first.len && is_program(w, first);
}

/* Where what follows the last "node_modules/" begins; the end when there is none. */
static size_t behind_modules(struct text path)
{
	struct text rest = path;
	for (size_t found; (found = scan_find(rest, TEXT("node_modules/"))) != SIZE_MAX;)
		rest = text_skip(rest, found + 13);
	return rest.len == path.len ? path.len : path.len - rest.len;
}

static bool is_among(struct texts names, struct text name)
{
	for (size_t i = 0; i < names.count; i++)
		if (text_equal(names.at[i], name))
			return true;
	return false;
}

static bool is_path_to(const struct wanted *w, const struct mention *m)
{
	struct text folder, last = last_part(m->word, &folder);
	bool apt = w->software->way == WAY_APT, local = text_equal(folder, TEXT("/usr/local/bin"));
	if (apt && is_among(w->former, last))
		return true;
	if (apt && text_starts(m->word, TEXT("/etc/")))
		return m->run && is_its_settings(w, m->word);
	if (apt && is_data(m->word))
		return is_its_data(w, m->word, last);
	if (w->software->way == WAY_NPM && begins_with_package(text_skip(m->word, behind_modules(m->word)), w->package))
		return true;
	if (w->software->way == WAY_PIPED && text_equal(last, TEXT("env")))
		return text_ends(folder, TEXT("/.local/bin")) || text_ends(folder, TEXT("/.cargo"));
	if (!is_program(w, last) || !(text_ends(folder, TEXT("/bin")) || text_ends(folder, TEXT("/sbin"))))
		return false;
	if (apt)
		return local ? m->run : text_starts(folder, TEXT("/usr/")) || text_equal(folder, TEXT("/bin")) || text_equal(folder, TEXT("/sbin"));
	return !local || m->file;
}

static bool is_way_of(enum software_way way, struct text program)
{
	if (way == WAY_APT)
		return scan_in(DPKG_TOOLS, program);
	bool python = way == WAY_PIP || way == WAY_PIPX || way == WAY_UV;
	if (python)
		return scan_in(" pip pip3 pipx uv ", program) || names_modules(program);
	return (way == WAY_NPM && scan_in(" npm ", program)) || (way == WAY_GEM && scan_in(" gem ", program)) ||
	       (way == WAY_CARGO && scan_in(" cargo ", program));
}

static bool same_module(struct text module, struct text package)
{
	for (size_t i = 0; i < package.len && module.len == package.len; i++)
		if (module.at[i] != package.at[i] && !(module.at[i] == '_' && package.at[i] == '-'))
			return false;
	return module.len == package.len;
}

static bool is_word_of(const struct wanted *w, const struct mention *m)
{
	return !m->trimmed && is_way_of(w->software->way, m->program) && same_module(m->word, w->package);
}

/* Does the mention see what comes into that stage? Where that takes too long: yes. */
static bool sees(struct mentions *m, const struct mention *by, const struct software *s)
{
	size_t stage = by->stage;
	if (by->run && by->instruction < s->edit.instruction)
		return false;
	while (stage != STAGE_NONE && stage > s->stage) {
		if (!m->steps)
			return true;
		stage = m->scan->stages.at[stage].base;
		m->steps--;
	}
	return stage == s->stage;
}

static struct wanted wanted_of(const struct mention_of *of)
{
	return (struct wanted){ of->software, of->commands, software_called(of->software), of->former };
}

/* The first of them that needs it; NULL: none does. */
static const struct mention *first_of(struct mentions *m, const struct wanted *w)
{
	for (size_t i = 0; i < m->paths.count; i++)
		if (is_path_to(w, &m->paths.at[i]) && sees(m, &m->paths.at[i], w->software))
			return &m->paths.at[i];
	for (size_t i = 0; i < m->words.count; i++)
		if (is_word_of(w, &m->words.at[i]) && sees(m, &m->words.at[i], w->software))
			return &m->words.at[i];
	return NULL;
}

static bool spend(struct mentions *m, size_t steps)
{
	bool enough = steps <= m->steps;
	m->steps -= enough ? steps : m->steps;
	return enough;
}

struct text mention_obstacle(struct mentions *m, const struct mention_of *of, struct arena *a)
{
	if (!m->scan)
		return (struct text){ 0 };
	if (!spend(m, m->paths.count + m->words.count))
		return TEXT("the file is too big to follow");
	struct wanted w = wanted_of(of);
	const struct mention *found = first_of(m, &w);
	if (!found)
		return (struct text){ 0 };
	if (found->program.len)
		return arena_printf(a, "line %u: " TEXT_F " needs it as it is there now", found->line, TEXT_A(found->program));
	return arena_printf(a, "line %u needs " TEXT_F, found->line, TEXT_A(found->word));
}
