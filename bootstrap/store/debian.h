/* debian: the Debian packages beneath a root, and which of them a path belongs to.
 *
 * Only files are read, no program of the root is run. What an interrupted dpkg left in /var/lib/dpkg/updates is not
 * looked at, nor are diversions: of a path that is diverted, a package is named that ships it, maybe not the one whose
 * file stands there.
 * Source: dpkg lib/dpkg/db-fsys-files.c, update-alternatives(1); apt apt-pkg/depcache.cc (extended_states). */
#ifndef STORE_DEBIAN_H
#define STORE_DEBIAN_H

#include "base/arena.h"
#include "base/fault.h"
#include "format/dpkg.h"

#define DEBIAN_STATUS "/var/lib/dpkg/status"
#define DEBIAN_INFO "/var/lib/dpkg/info" /* <package>.list, or <package>:<architecture>.list */
#define DEBIAN_MARKS "/var/lib/apt/extended_states"
#define DEBIAN_ALTERNATIVES "/etc/alternatives"

/* Reads the installed packages with apt's marks (without extended_states all count as installed by hand). A root
 * without dpkg is no fault: *found tells, and there are no packages then. FAULT_INPUT names file, line and rule. */
MUST_CHECK int debian_read(int root, struct arena *a, struct dpkg *out, bool *found, struct fault *f);

/* Whose a path is. */
struct debian_owner {
	struct text path;                   /* asked for: absolute, as the target sees it */
	const struct dpkg_package *package; /* the answer, of the database; NULL: nobody's */
	struct text file; /* when `path` is nobody's but a link that update-alternatives made: the file that
	                                     * it leads to, NUL-terminated, which `package` owns; none otherwise */
};

/* Several questions. */
struct debian_owners {
	struct debian_owner *at; /* `path` is given, the rest is the answer */
	size_t count;            /* how many */
};

/* Answers all questions in one pass over the packages' lists of files. Where /bin is a link to /usr/bin, /bin/x and
 * /usr/bin/x are one path, and so on for sbin and lib*. A package without a list has no files, as for dpkg. */
MUST_CHECK int debian_find_owners(int root, const struct dpkg *db, struct debian_owners *ask, struct arena *a,
				  struct fault *f);

/* The names of a package's programs, what it has in the bin, sbin and games directories of the system, sorted; in the arena. None without a
 * list. */
MUST_CHECK int debian_programs(int root, const struct dpkg_package *package, struct arena *a, struct texts *out, struct fault *f);

#endif
