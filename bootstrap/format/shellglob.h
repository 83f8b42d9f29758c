/* shellglob: a shell's patterns: * ? [a-z] [!a-z], and a backslash before what is meant as it is. */
#ifndef FORMAT_SHELLGLOB_H
#define FORMAT_SHELLGLOB_H

#include "base/text.h"

/* Does the pattern match all of the text? Each byte that is looked at is taken from *steps; with none left it does not. */
bool shellglob_match(struct text pattern, struct text t, size_t *steps);

/* Has the pattern a byte that stands for others? */
bool shellglob_is(struct text pattern);

#endif
