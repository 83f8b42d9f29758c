#include "format/wordlist.h"

#include "format/unicode.h"

void wordlist_add(struct wordlist *w, struct text t)
{
	buffer_text(w->word, t);
	w->inside = true;
}

void wordlist_end(struct wordlist *w)
{
	if (!w->word->len)
		return;
	LIST_PUSH(&w->whole, w->arena, arena_copy(w->arena, buffer_view(w->word)));
	buffer_reset(w->word);
	w->inside = false;
}

void wordlist_split(struct wordlist *w, struct text t)
{
	size_t len;
	for (; t.len; t = text_skip(t, len)) {
		if (!unicode_space(unicode_first(t, &len)))
			wordlist_add(w, (struct text){ t.at, len });
		else if (w->inside)
			wordlist_end(w);
	}
}
