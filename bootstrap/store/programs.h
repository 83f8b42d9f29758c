/* programs: every program of the base, and the Debian package that it came with. */
#ifndef STORE_PROGRAMS_H
#define STORE_PROGRAMS_H

#include "store/debian.h"

/* Lists what is in /usr/sbin, /usr/bin, /sbin and /bin beneath `root`, in this order, each folder sorted by name; a folder that is a
 * link to another one is passed over. Whose they are is found in one pass over the packages' lists of files. In the arena; the
 * packages are the database's. */
MUST_CHECK int programs_read(int root, const struct dpkg *db, struct arena *a, struct debian_owners *out, struct fault *f);

#endif
