#include "format/deb822.h"

#include <string.h>
#include <strings.h>

#define SHOWN_MAX 100 /* bytes of a foreign value in a message */
#define BLANKS TEXT(" \t\r\n")

int deb822_refuse(const struct deb822 *d, const char *field, struct text value, const char *rule)
{
	size_t line = 1;
	for (const char *at = d->all.at; at < value.at; at++)
		line += *at == '\n';
	if (value.len > SHOWN_MAX)
		value.len = SHOWN_MAX;
	return fault_set(d->fault, FAULT_INPUT, "%s:%zu: %s \"" TEXT_F "\": %s", d->what, line, field, TEXT_A(value),
			 rule);
}

struct text deb822_trim(struct text t)
{
	while (t.len && text_has(BLANKS, t.at[0]))
		t = text_skip(t, 1);
	while (t.len && text_has(BLANKS, t.at[t.len - 1]))
		t.len--;
	return t;
}

bool deb822_is(struct text t, const char *word)
{
	return t.len == strlen(word) && !strncasecmp(t.at, word, t.len);
}

/* Cuts off a line and those that continue it. */
static struct text cut_field(struct text *rest)
{
	struct text field, more;
	text_cut(rest, '\n', &field);
	while (rest->len && (rest->at[0] == ' ' || rest->at[0] == '\t')) {
		text_cut(rest, '\n', &more);
		field.len = (size_t)(more.at + more.len - field.at);
	}
	return field;
}

static int take_field(const struct deb822 *d, struct text field, struct deb822_paragraph *out)
{
	struct text name, value = field;
	text_cut(&value, ':', &name);
	name = deb822_trim(name);
	value = deb822_trim(value);
	if (!value.at || !text_graphic(name))
		return deb822_refuse(d, "line", field, "must be a field's name, a colon and its value");
	for (size_t i = 0; i < d->count; i++) {
		if (!deb822_is(name, d->names[i]))
			continue;
		if (out->value[i].at)
			return deb822_refuse(d, d->names[i], value, "the field stands there twice");
		out->value[i] = value;
	}
	return 0;
}

int deb822_next(struct deb822 *d, struct deb822_paragraph *out)
{
	struct text rest = text_skip(d->all, d->offset);
	*out = (struct deb822_paragraph){ 0 };
	while (rest.at) {
		struct text field = cut_field(&rest);
		d->offset = rest.at ? (size_t)(rest.at - d->all.at) : d->all.len;
		if (!field.len && out->first.at)
			break;
		if (!field.len)
			continue;
		if (!out->first.at)
			out->first = field;
		if (take_field(d, field, out) < 0)
			return d->fault->code;
	}
	return out->first.at != NULL;
}
