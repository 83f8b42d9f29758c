/* dpkgversion: how Debian compares versions: [EPOCH:]UPSTREAM[-REVISION].
 *
 * Source: deb-version(7); dpkg lib/dpkg/version.c (verrevcmp). */
#ifndef FORMAT_DPKGVERSION_H
#define FORMAT_DPKGVERSION_H

#include "base/text.h"

/* What is asked of a version. */
enum dpkg_operator { DPKG_ANY, DPKG_LESS, DPKG_AT_MOST, DPKG_EQUAL, DPKG_AT_LEAST, DPKG_MORE };

/* Order of two versions: below, 0 or above zero. Exactly dpkg's for valid ones, some order for others. */
int dpkg_version_compare(struct text a, struct text b);

/* Is `version` one that <op> <wanted> asks for? An unknown version (none) is one for DPKG_ANY only. */
bool dpkg_version_fits(struct text version, enum dpkg_operator op, struct text wanted);

#endif
