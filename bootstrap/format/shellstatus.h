/* shellstatus: whether a command of a script succeeds, where its words alone tell: true, false, [ ], [[ ]], patterns. */
#ifndef FORMAT_SHELLSTATUS_H
#define FORMAT_SHELLSTATUS_H

#include "format/shellvalue.h"

/* Does it? */
enum shell_status {
	SHELL_MAYBE, /* nobody knows */
	SHELL_YES,   /* it succeeds */
	SHELL_NO,    /* it fails */
};

/* The status of a command whose words' values are there, without its "!". Compound commands but [[ ]] are SHELL_MAYBE. */
MUST_CHECK int shellstatus_of(struct shell_values *v, const struct shell_command *c, enum shell_status *out);

/* Is it a test, whose failing is no accident: [ ], [[ ]], grep, "command -v", whatever stands behind "!"? */
bool shellstatus_is_test(const struct shell_command *c);

/* Does the word of a case match one of the arm's patterns? */
MUST_CHECK int shellstatus_arm(struct shell_values *v, const struct shell_word *subject, const struct shell_block *arm,
			       enum shell_status *out);

/* The other way round. */
enum shell_status shellstatus_not(enum shell_status s);

#endif
