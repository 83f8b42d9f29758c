/* shellrun: goes through a script in the order in which it would run, to tell what its words are and what cannot run. */
#ifndef FORMAT_SHELLRUN_H
#define FORMAT_SHELLRUN_H

#include "format/shellvalue.h"

/* Sets values, known, splits, taken and skipped of all that was read. */
MUST_CHECK int shellrun(struct shell_values *v, struct shell *shell, const struct shell_variables *variables);

#endif
