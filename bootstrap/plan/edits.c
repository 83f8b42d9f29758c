#include "plan/edits.h"

#include <stdlib.h>

void edits_cut(struct edits *e, struct arena *a, size_t begin, size_t end)
{
	struct edit cut = { begin, end, { 0 } };
	if (begin < end)
		LIST_PUSH(&e->list, a, cut);
}

void edits_insert(struct edits *e, struct arena *a, size_t at, struct text text)
{
	struct edit insertion = { at, at, text };
	LIST_PUSH(&e->list, a, insertion);
}

static int by_place(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return (x->end > y->end) - (x->end < y->end);
}

void edits_sort(struct edits *e)
{
	if (e->list.count)
		qsort(e->list.at, e->list.count, sizeof *e->list.at, by_place);
}

bool edits_is_cut(const struct edits *e, size_t at)
{
	for (size_t i = 0; i < e->list.count && e->list.at[i].begin <= at; i++)
		if (e->list.at[i].end > at)
			return true;
	return false;
}

void edits_apply(struct edits *e, struct buffer *to)
{
	size_t done = 0;
	edits_sort(e);
	for (size_t i = 0; i < e->list.count; i++) {
		const struct edit *x = &e->list.at[i];
		if (x->begin > done) {
			buffer_add(to, e->bytes.at + done, x->begin - done);
			done = x->begin;
		}
		buffer_text(to, x->text);
		if (x->end > done)
			done = x->end;
	}
	buffer_add(to, e->bytes.at + done, e->bytes.len - done);
}
