/* placed_checks: does every byte of what a Containerfile gave stand where it says? */
#ifndef UNIT_PLACED_CHECKS_H
#define UNIT_PLACED_CHECKS_H

#include "format/containerfile.h"

/* Each byte is the file's at its place, the places rise within from..to, and the last is behind the last byte. */
static inline bool placed_right(struct text bytes, const struct placed *p, size_t from, size_t to)
{
	for (size_t i = 0; i < p->text.len; i++) {
		if (p->at[i] < from || p->at[i] >= to || p->at[i] >= bytes.len || bytes.at[p->at[i]] != p->text.at[i])
			return false;
		if (i > 0 && p->at[i] <= p->at[i - 1])
			return false;
	}
	return p->text.len ? p->at[p->text.len] == p->at[p->text.len - 1] + 1 : p->at[0] >= from && p->at[0] <= to;
}

static inline bool instruction_right(struct text bytes, const struct instruction *in)
{
	if (in->begin >= in->end || in->end > bytes.len || in->line > in->last_line)
		return false;
	if (in->keyword.len && bytes.at[in->begin] != in->keyword.at[0])
		return false;
	if (!placed_right(bytes, &in->rest, in->begin, in->end))
		return false;
	for (size_t i = 0; i < in->heredoc_count; i++)
		if (!placed_right(bytes, &in->heredocs[i].content, in->begin, in->end))
			return false;
	return !in->trigger || (in->trigger->begin > in->begin && in->trigger->end == in->end &&
				in->trigger->heredocs == in->heredocs && instruction_right(bytes, in->trigger));
}

/* All instructions, one behind the other; begin and end are those of their lines. */
static inline bool containerfile_right(const struct containerfile *file)
{
	size_t behind = 0;
	for (size_t i = 0; i < file->count; i++) {
		const struct instruction *in = &file->at[i];
		unsigned lines = 1;
		for (size_t k = 0; k < in->end; k++)
			lines += file->bytes.at[k] == '\n' && k + 1 < in->end;
		if (in->begin < behind || !instruction_right(file->bytes, in) || lines != in->last_line)
			return false;
		if (in->end < file->bytes.len && file->bytes.at[in->end - 1] != '\n')
			return false;
		behind = in->end;
	}
	return file->count > 0;
}

#endif
