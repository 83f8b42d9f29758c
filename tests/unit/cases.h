/* cases: the declarative tests of tests/plan. A case is a text file of lines "<word> <rest>"; blank lines and lines that begin
 * with '#' say nothing. What the words mean is told by the test that reads them. */
#ifndef UNIT_CASES_H
#define UNIT_CASES_H

#include "base/arena.h"
#include "samples.h"

/* A line of a case. */
struct case_line {
	struct text word; /* what comes before the first blank */
	struct text rest; /* what comes after it; none when there is no blank */
};

/* The next line that says something; false at the end. */
static bool case_next(struct text *bytes, struct case_line *line)
{
	while (text_cut(bytes, '\n', &line->rest)) {
		if (!line->rest.len || line->rest.at[0] == '#')
			continue;
		text_cut(&line->rest, ' ', &line->word);
		return true;
	}
	return false;
}

/* Is it the line's word? */
static bool case_word(const struct case_line *line, const char *word)
{
	return text_equal(line->word, text_of(word));
}

/* "<name> <key>=<value> ...": the value, or none. */
UNUSED static struct text case_value(struct text words, const char *key)
{
	struct text word, name;

	while (text_cut(&words, ' ', &word))
		if (text_cut(&word, '=', &name) && text_equal(name, text_of(key)) && word.at)
			return word;
	return (struct text){ 0 };
}

/* The items between the commas; none of an empty text. */
UNUSED static struct texts case_list(struct text items, struct arena *a)
{
	LIST(struct text) list = { 0 };
	struct text item;

	while (items.len && text_cut(&items, ',', &item))
		LIST_PUSH(&list, a, item);
	return LIST_TEXTS(list);
}

#endif
