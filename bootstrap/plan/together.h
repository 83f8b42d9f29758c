/* together: what one command does for several pieces of software, of which not all go.
 *
 *     chmod +x /usr/local/bin/jq /usr/local/bin/ours && rm jq.tar.gz ours.tar.gz
 *
 * would fail without jq. `mkdir -p` and `rm -f` would not. */
#ifndef PLAN_TOGETHER_H
#define PLAN_TOGETHER_H

#include "plan/scan.h"

/* Clears going[i] of each piece of software of the scan that shares such a command with one that stays, and of those that share with these.
 * Gives the line for people that says so, in why[i]. */
void together_hold(const struct scan *scan, struct arena *a, bool *going, struct text *why);

#endif
