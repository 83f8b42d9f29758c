#include "plan/scancopy.h"

#include "plan/scansource.h"
#include "plan/scantext.h"

/* The text with known variables put in, and without quotes. */
static struct text expanded(const struct scan_place *place, struct text written)
{
	struct expand how = { .escape = place->work->out->file->escape, .get = stage_expand_state, .of = place->state };
	struct expanded out;
	struct fault f = { 0 };
	return expand_word(written, &how, place->work->arena, &out, &f) ? written : out.text;
}

static struct text flag_of(const struct scan_place *place, const char *name)
{
	struct text n = text_of(name);
	for (size_t i = place->of->flags.count; i-- > 0;)
		if (text_starts(place->of->flags.at[i], n))
			return text_skip(place->of->flags.at[i], n.len);
	return (struct text){ 0 };
}

static struct texts words_of(const struct scan_place *place)
{
	struct texts words = { arena_alloc(place->work->arena, place->of->words.count, sizeof *words.at), place->of->words.count };
	for (size_t i = 0; i < words.count; i++)
		words.at[i] = expanded(place, place->of->words.at[i]);
	return words;
}

static struct text target_of(const struct scan_place *place, struct text target, struct text source)
{
	struct text full = scan_flow_path(place, target);
	bool folder = text_ends(target, TEXT("/")) || scan_is_bin(full) || text_equal(target, TEXT("."));
	return folder ? scan_path(place->work->arena, full, scan_base(source)) : full;
}

/* ---- images ---- */

/* The program that is put in place, when it looks like one. */
static struct text program_of(const struct scan_place *place, struct texts words)
{
	struct text none = { 0 };
	if (words.count < 2)
		return none;
	struct text source = words.at[0], target = target_of(place, words.at[words.count - 1], source);
	bool to = scan_is_program(target) || scan_find(target, TEXT("plugins/")) != SIZE_MAX;
	if (scan_is_bin(source) || !to || text_has(scan_base(target), '*'))
		return none;
	return scan_base(target);
}

static void add_image(const struct scan_place *place, struct text image, struct text command, struct text why_not)
{
	struct scan_named named;
	struct software item = { .way = WAY_IMAGE, .origin = image, .at = place->at, .command = command };
	scan_name_image(place->work->arena, "image", image, &named);
	item.name = named.name;
	item.version = named.version;
	item.pin = named.pin;
	item.check = named.pinned ? CHECK_PINNED : CHECK_REGISTRY;
	item.stage = place->state->stage;
	item.edit.instruction = place->instruction;
	item.edit.why_not = place->why_not.len ? place->why_not : why_not;
	item.edit.whole = !item.edit.why_not.len;
	scan_add(place->work, &item);
}

/* A stage that is an image under another name: nothing is done in it. */
static bool is_bare(const struct scan_place *place, size_t stage)
{
	const struct stage *s = &place->work->out->stages.at[stage];
	return s->end == s->first + 1 && s->base == STAGE_NONE && !text_equal(s->image, TEXT("scratch"));
}

/* Downloads of another stage that are copied from it. */
static void carry(const struct scan_place *place, size_t stage, struct texts words)
{
	struct scan_flow *flow = place->work->flow;
	struct stage_state there = { .stage = stage };
	struct scan_place other = *place;
	other.state = &there;
	for (size_t i = 0; i + 1 < words.count; i++) {
		struct text path = scan_path(place->work->arena, TEXT("/"), words.at[i]);
		const struct scan_where *w = scan_flow_where(&other, path, false);
		size_t fetch = w ? w->fetch : scan_flow_claim(&other, path);
		scan_flow_keep_below(&other, path, TEXT("another stage copies what was downloaded"));
		if (fetch == FETCH_NONE)
			continue;
		struct scan_fetch *f = &flow->fetches.at[fetch];
		struct text to = target_of(place, words.at[words.count - 1], words.at[i]);
		if (!f->puts.len && scan_is_program(to))
			f->puts = scan_base(to);
		scan_flow_keep(place, fetch, TEXT("another stage copies what was downloaded"));
		scan_flow_put(place, (struct scan_where){ .path = to, .fetch = fetch });
	}
}

static void copy_from(const struct scan_place *place, struct text from)
{
	struct texts words = words_of(place);
	size_t stage = stages_find(&place->work->out->stages, place->state->stage, from);
	struct text command = program_of(place, words), none = { 0 };
	if (stage == STAGE_NONE)
		add_image(place, from, command, none);
	else if (is_bare(place, stage))
		add_image(place, place->work->out->stages.at[stage].image, command, none);
	else
		carry(place, stage, words);
}

static void copy_context(const struct scan_place *place)
{
	struct texts words = words_of(place);
	struct software like = { .at = place->at, .stage = place->state->stage, .edit = { .instruction = place->instruction } };
	for (size_t i = 0; i + 1 < words.count && i < 64; i++)
		scan_source_copied(place->work, &like, words.at[i], target_of(place, words.at[words.count - 1], words.at[i]));
}

/* ---- ADD ---- */

/* Where a word of the instruction stands in the file. */
static size_t place_of(const struct scan_place *place, size_t word)
{
	const struct placed *rest = &place->of->rest;
	size_t found = scan_find(rest->text, place->of->words.at[word]);
	return found == SIZE_MAX ? place->at : rest->at[found];
}

/* "https://.../name.git#v1" is a clone. */
static void apply_fragment(struct text url, struct scan_named *named)
{
	struct text ref = url, head;
	if (!text_has(url, '#'))
		return;
	text_cut(&ref, '#', &head);
	text_cut(&ref, ':', &head);
	named->version = head;
	named->pin = scan_pin_ref(head);
	named->pinned = named->pin == PIN_DIGEST;
}

static void add_url(const struct scan_place *place, size_t word, struct texts words)
{
	struct scan_fetch f = { .place = place, .instruction = place->instruction, .address = words.at[word], .role = ROLE_FILE };
	struct text target = target_of(place, words.at[words.count - 1], words.at[word]), sum = flag_of(place, "--checksum=");
	if (!scan_name_url(place->work->arena, words.at[word], &f.named))
		return;
	apply_fragment(words.at[word], &f.named);
	f.named.pinned |= sum.len && (scan_has_hash(sum) || scan_has_hash(expanded(place, sum)));
	f.check = f.named.pinned ? CHECK_PINNED : f.named.secure ? CHECK_TRANSPORT : CHECK_NONE;
	f.stage = place->state->stage;
	f.at = place_of(place, word);
	if (words.count > 2)
		f.why_not = TEXT("one instruction brings several files");
	size_t fetch = scan_flow_add(place->work, &f);
	if (fetch == FETCH_NONE)
		return;
	scan_flow_settle(place, fetch, target);
}

static void add_all(const struct scan_place *place)
{
	struct texts words = words_of(place);
	for (size_t i = 0; i + 1 < words.count; i++)
		add_url(place, i, words);
	copy_context(place);
}

void scan_copy(const struct scan_place *place)
{
	struct text from = expanded(place, flag_of(place, "--from="));
	if (place->of->kind == INSTRUCTION_ADD)
		add_all(place);
	else if (from.len)
		copy_from(place, from);
	else
		copy_context(place);
}

void scan_mounts(const struct scan_place *place)
{
	for (size_t i = 0; i < place->of->flags.count; i++) {
		struct text rest = place->of->flags.at[i];
		if (!text_starts(rest, TEXT("--mount=")))
			continue;
		rest = text_skip(rest, 8);
		for (struct text one; text_cut(&rest, ',', &one);) {
			struct text from = text_starts(one, TEXT("from=")) ? expanded(place, text_skip(one, 5)) : (struct text){ 0 };
			if (from.len && stages_find(&place->work->out->stages, place->state->stage, from) == STAGE_NONE)
				add_image(place, from, (struct text){ 0 }, TEXT("it is mounted, and commands use it"));
		}
	}
}
