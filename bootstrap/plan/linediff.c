#include "plan/linediff.h"

#include "base/bounds.h"

#define CONTEXT 3 /* lines around a change */

/* Lines, each with its newline but perhaps the last. */
struct lines {
	struct text *at;
	size_t count;
	bool *differs; /* of each: removed, or added */
};

/* Both sides; `skip` lines at the beginning are the same. */
struct sides {
	struct lines old, new;
	struct arena *arena;
	size_t skip;
	size_t n, m; /* lines of each side between what is the same at both ends */
};

static struct lines split(struct text bytes, struct arena *a)
{
	LIST(struct text) list = { 0 };
	struct text line;
	while (bytes.len) {
		struct text rest = bytes;
		text_cut(&rest, '\n', &line);
		line.len += rest.at != NULL;
		LIST_PUSH(&list, a, line);
		bytes = text_skip(bytes, line.len);
	}
	return (struct lines){ list.at, list.count, arena_alloc(a, list.count, sizeof(bool)) };
}

static void trim(struct sides *s)
{
	size_t n = s->old.count, m = s->new.count;
	while (s->skip < n && s->skip < m && text_equal(s->old.at[s->skip], s->new.at[s->skip]))
		s->skip++;
	while (n > s->skip && m > s->skip && text_equal(s->old.at[n - 1], s->new.at[m - 1])) {
		n--;
		m--;
	}
	s->n = n - s->skip;
	s->m = m - s->skip;
}

/* ---- the shortest way from one to the other ---- */

/* How far the ways with `d` edits reach on the diagonals -d, -d + 2, ... d: lines of the old side. */
struct reach {
	uint32_t *x;
};

/* Where a way with d edits comes from, on diagonal k: one more line of the old side, or of the new one. */
static bool from_old(const struct reach *before, ptrdiff_t d, ptrdiff_t k)
{
	size_t at = (size_t)((k + d) / 2); /* of diagonal k + 1 among those of d - 1 */
	return k == d || (k != -d && before->x[at - 1] >= before->x[at]);
}

static uint32_t step(const struct reach *before, ptrdiff_t d, ptrdiff_t k)
{
	size_t at = (size_t)((k + d) / 2);
	if (d == 0)
		return 0;
	return from_old(before, d, k) ? before->x[at - 1] + 1 : before->x[at];
}

static uint32_t slide(const struct sides *s, uint32_t x, ptrdiff_t k)
{
	size_t y = (size_t)((ptrdiff_t)x - k);
	while (x < s->n && y < s->m && text_equal(s->old.at[s->skip + x], s->new.at[s->skip + y])) {
		x++;
		y++;
	}
	return x;
}

/* One edit more on all diagonals. Has a way reached the end? */
static bool advance(const struct sides *s, struct reach *all, ptrdiff_t d)
{
	struct reach *now = &all[d];
	bool done = false;
	now->x = arena_alloc(s->arena, (size_t)d + 1, sizeof *now->x);
	for (ptrdiff_t k = -d; k <= d; k += 2) {
		uint32_t x = slide(s, step(d ? &all[d - 1] : NULL, d, k), k);
		now->x[(k + d) / 2] = x;
		done = done || (k == (ptrdiff_t)s->n - (ptrdiff_t)s->m && x >= s->n);
	}
	return done;
}

/* Back from the end: marks what each edit removes or adds. */
static void mark(const struct sides *s, const struct reach *all, ptrdiff_t d)
{
	ptrdiff_t k = (ptrdiff_t)s->n - (ptrdiff_t)s->m;
	for (; d > 0; d--) {
		size_t at = (size_t)((k + d) / 2);
		bool old = from_old(&all[d - 1], d, k);
		size_t x = all[d - 1].x[old ? at - 1 : at];
		k += old ? -1 : 1;
		if (old)
			s->old.differs[s->skip + x] = true;
		else
			s->new.differs[s->skip + (size_t)((ptrdiff_t)x - k)] = true;
	}
}

static void mark_all(const struct sides *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->old.differs[s->skip + i] = true;
	for (size_t i = 0; i < s->m; i++)
		s->new.differs[s->skip + i] = true;
}

static void compare(struct sides *s)
{
	struct reach *all = arena_alloc(s->arena, DIFF_EDITS_MAX + 1, sizeof *all);
	trim(s);
	for (ptrdiff_t d = 0; d <= DIFF_EDITS_MAX && s->n < UINT32_MAX / 2; d++)
		if (advance(s, all, d)) {
			mark(s, all, d);
			return;
		}
	mark_all(s);
}

/* ---- what is told ---- */

/* Lines from `i` to before `i_end` of the old side, and likewise of the new one. */
struct hunk {
	size_t i, i_end, j, j_end;
};

/* The next run of lines that differ, from h->i_end and h->j_end on; false when there is none. */
static bool next_change(const struct sides *s, struct hunk *h)
{
	h->i = h->i_end;
	h->j = h->j_end;
	while (h->i < s->old.count && h->j < s->new.count && !s->old.differs[h->i] && !s->new.differs[h->j]) {
		h->i++;
		h->j++;
	}
	h->i_end = h->i;
	h->j_end = h->j;
	while (h->i_end < s->old.count && s->old.differs[h->i_end])
		h->i_end++;
	while (h->j_end < s->new.count && s->new.differs[h->j_end])
		h->j_end++;
	return h->i_end > h->i || h->j_end > h->j;
}

static void put_lines(struct buffer *to, char sign, const struct lines *lines, size_t from, size_t end)
{
	for (; from < end; from++) {
		buffer_add(to, &sign, 1);
		buffer_text(to, lines->at[from]);
		if (!text_ends(lines->at[from], TEXT("\n")))
			buffer_printf(to, "\n\\ No newline at end of file\n");
	}
}

/* "-<first>,<count>": the line before, when there are none; no count when it is one. */
static void put_range(struct buffer *to, char sign, size_t from, size_t end)
{
	size_t count = end - from;
	buffer_printf(to, "%c%zu", sign, count ? from + 1 : from);
	if (count != 1)
		buffer_printf(to, ",%zu", count);
}

/* All changes between the two ends, with what is the same between them. */
static struct linediff_count put_hunk(const struct sides *s, const struct hunk *h, struct buffer *to)
{
	struct linediff_count sum = { 0 };
	struct hunk c = { .i_end = h->i, .j_end = h->j };
	size_t same = h->i;
	buffer_printf(to, "@@ ");
	put_range(to, '-', h->i, h->i_end);
	buffer_printf(to, " ");
	put_range(to, '+', h->j, h->j_end);
	buffer_printf(to, " @@\n");
	while (next_change(s, &c) && c.i <= h->i_end) {
		put_lines(to, ' ', &s->old, same, c.i);
		put_lines(to, '-', &s->old, c.i, c.i_end);
		put_lines(to, '+', &s->new, c.j, c.j_end);
		sum.removed += c.i_end - c.i;
		sum.added += c.j_end - c.j;
		same = c.i_end;
	}
	put_lines(to, ' ', &s->old, same, h->i_end);
	return sum;
}

static void put_name(struct buffer *to, const char *sign, const char *side, struct text name)
{
	bool quoted = false, blank = text_has(name, ' ');
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i];
		quoted = quoted || c < 0x20 || c >= 0x7f || c == '"' || c == '\\';
	}
	buffer_printf(to, "%s %s%s", sign, quoted ? "\"" : "", side);
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i];
		bool octal = c < 0x20 || c >= 0x7f;
		buffer_printf(to, octal ? "\\%03o" : c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	buffer_printf(to, "%s%s\n", quoted ? "\"" : "", blank && !quoted ? "\t" : "");
}

static void put_names(const struct linediff *d, struct buffer *to)
{
	if (d->before.at)
		put_name(to, "---", "a/", d->name);
	else
		buffer_printf(to, "--- /dev/null\n");
	put_name(to, "+++", "b/", d->name);
}

static void widen(const struct sides *s, struct hunk *h)
{
	size_t above = h->i < CONTEXT ? h->i : CONTEXT;
	size_t below = s->old.count - h->i_end < CONTEXT ? s->old.count - h->i_end : CONTEXT;
	h->i -= above;
	h->j -= above;
	h->i_end += below;
	h->j_end += below;
}

struct linediff_count linediff_make(const struct linediff *d, struct arena *a, struct buffer *to)
{
	struct sides s = { .old = split(d->before, a), .new = split(d->after, a), .arena = a };
	struct linediff_count sum = { 0 };
	struct hunk h = { 0 }, next = { 0 };
	compare(&s);
	for (bool more = next_change(&s, &next); more;) {
		h = next;
		while ((more = next_change(&s, &next)) && next.i - h.i_end <= 2 * CONTEXT) {
			h.i_end = next.i_end;
			h.j_end = next.j_end;
		}
		if (!sum.removed && !sum.added)
			put_names(d, to);
		widen(&s, &h);
		struct linediff_count part = put_hunk(&s, &h, to);
		sum.removed += part.removed;
		sum.added += part.added;
	}
	return sum;
}
