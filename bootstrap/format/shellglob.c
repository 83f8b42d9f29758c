#include "format/shellglob.h"

/* Bytes of the pattern's first item: a byte, one with a backslash, or [ ]. */
static size_t item_length(struct text p)
{
	size_t i = 1;
	if (p.at[0] == '\\' && p.len > 1)
		return 2;
	if (p.at[0] != '[')
		return 1;
	if (i < p.len && (p.at[i] == '!' || p.at[i] == '^'))
		i++;
	for (size_t first = i; i < p.len; i++)
		if (p.at[i] == ']' && i > first)
			return i + 1;
	return 1;
}

static bool in_set(struct text set, unsigned char c)
{
	bool not = set.at[0] == '!' || set.at[0] == '^', found = false;
	for (size_t i = not ; i < set.len; i++) {
		unsigned char low = (unsigned char)set.at[i], high = low;
		if (i + 2 < set.len && set.at[i + 1] == '-') {
			high = (unsigned char)set.at[i + 2];
			i += 2;
		}
		found |= c >= low && c <= high;
	}
	return found != not ;
}

static bool item_matches(struct text item, char c)
{
	if (item.len == 1)
		return item.at[0] == '?' || item.at[0] == c;
	if (item.at[0] == '\\')
		return item.at[1] == c;
	return in_set((struct text){ item.at + 1, item.len - 2 }, (unsigned char)c);
}

bool shellglob_match(struct text pattern, struct text t, size_t *steps)
{
	struct text p = pattern, behind_star = { 0 }, again = { 0 };
	for (;;) {
		size_t len = p.len ? item_length(p) : 0;
		if (!*steps)
			return false;
		--*steps;
		if (p.len && p.at[0] == '*') {
			behind_star = p = (struct text){ p.at + 1, p.len - 1 };
			again = t;
			continue;
		}
		if (!p.len && !t.len)
			return true;
		if (p.len && t.len && item_matches((struct text){ p.at, len }, t.at[0])) {
			p = (struct text){ p.at + len, p.len - len };
			t = (struct text){ t.at + 1, t.len - 1 };
			continue;
		}
		if (!behind_star.at || !again.len)
			return false;
		p = behind_star;
		again = t = (struct text){ again.at + 1, again.len - 1 };
	}
}

bool shellglob_is(struct text pattern)
{
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.at[i] == '\\')
			i++;
		else if (text_has(TEXT("*?["), pattern.at[i]))
			return true;
	}
	return false;
}
