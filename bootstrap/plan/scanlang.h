/* scanlang: what the package managers of languages install: pip, pipx, uv, npm, yarn, pnpm, bun, cargo, go, gem. */
#ifndef PLAN_SCANLANG_H
#define PLAN_SCANLANG_H

#include "plan/scanwork.h"

/* Looks at one command. Managers that no way of plan/software stands for (conda, nvm, ...) are told as doubts. */
void scan_languages(const struct scan_call *call);

#endif
