/* scancopy: software that comes with COPY --from, ADD and RUN --mount. */
#ifndef PLAN_SCANCOPY_H
#define PLAN_SCANCOPY_H

#include "plan/scanflow.h"

/* Looks at COPY or ADD; `place` is that of the instruction, without a script. */
void scan_copy(const struct scan_place *place);

/* Looks at the mounts of RUN. */
void scan_mounts(const struct scan_place *place);

#endif
