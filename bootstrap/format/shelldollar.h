/* shelldollar: what a word has behind $, and the other substitutions. */
#ifndef FORMAT_SHELLDOLLAR_H
#define FORMAT_SHELLDOLLAR_H

#include "format/shellread.h"

/* Reads what begins with the $ that comes next: $X, ${X}, $( ), $(( )), $' ' or the $ alone. */
MUST_CHECK int shelldollar_read(struct shell_reader *r, enum shell_mode mode, struct shell_parts *out);

/* Reads ` `, which comes next. */
MUST_CHECK int shelldollar_backquote(struct shell_reader *r, enum shell_mode mode, struct shell_parts *out);

/* Reads <( ) or >( ), which comes next. */
MUST_CHECK int shelldollar_process(struct shell_reader *r, struct shell_parts *out);

/* Is what follows the "((" that were just taken arithmetic? Otherwise it is a ( in a (. */
MUST_CHECK int shelldollar_is_arithmetic(struct shell_reader *r, bool *is);

/* Reads arithmetic behind "((", and the "))". `begin` is the place of what it belongs to. */
MUST_CHECK int shelldollar_arithmetic(struct shell_reader *r, size_t begin);

#endif
