/* scanscript: walks through a shell script and shows each command to those who look at it. */
#ifndef PLAN_SCANSCRIPT_H
#define PLAN_SCANSCRIPT_H

#include "plan/scanflow.h"

/* Looks through a script of the place: `like` says all but what is read here, its source (or NULL) too. A script that cannot
 * be read is told as a doubt. */
void scan_script(const struct scan_place *like, struct text script);

/* A command in an array: ["apt-get", "install", "-y", "git"]. */
void scan_array(const struct scan_place *like, struct texts words);

/* Is it a shell that scripts are looked into of? "/bin/bash" is. */
bool scan_is_shell(struct text path);

#endif
