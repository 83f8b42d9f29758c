/* deb822: paragraphs of fields, as Debian's control files have them.
 *
 *     Package: git                    a field: name, colon, value; names in either case
 *     Description: fast version       a line that begins with a blank or a tab continues the one before
 *      and more
 *                                     an empty line ends the paragraph
 *
 * Fields that nobody asked for are passed over, a field that stands there twice is refused. Source: deb822(5). */
#ifndef FORMAT_DEB822_H
#define FORMAT_DEB822_H

#include "base/fault.h"
#include "base/text.h"

#define DEB822_FIELDS_MAX 24 /* fields that one reader may ask for */

/* A file being read: fill in the first four members. */
struct deb822 {
	struct text all;          /* its bytes, which must outlive all that is read */
	const char *what;         /* its name in messages */
	const char *const *names; /* the fields that are asked for */
	size_t count;             /* how many, at most DEB822_FIELDS_MAX */
	struct fault *fault;      /* where the cause goes */
	size_t offset;            /* bytes read so far */
};

/* A paragraph. */
struct deb822_paragraph {
	struct text first;                    /* its first field, whole: where it is */
	struct text value[DEB822_FIELDS_MAX]; /* as `names`, trimmed; folded lines still within; none when not there */
};

/* The next paragraph: 1, 0 at the end, or FAULT_INPUT. */
MUST_CHECK int deb822_next(struct deb822 *d, struct deb822_paragraph *out);

/* FAULT_INPUT "<what>:<line of value>: <field> "<value>": <rule>"; `value` must be a part of the file. */
int deb822_refuse(const struct deb822 *d, const char *field, struct text value, const char *rule);

/* `t` without blanks, tabs and ends of lines before and behind it. */
struct text deb822_trim(struct text t);

/* Is `t` that word, in either case? */
bool deb822_is(struct text t, const char *word);

#endif
