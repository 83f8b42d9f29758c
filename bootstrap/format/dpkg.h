/* dpkg: what Debian's package database says is installed.
 *
 *     Package: git                                   /var/lib/dpkg/status: one paragraph a package (format/deb822)
 *     Status: install ok installed
 *     Version: 1:2.39.5-0+deb12u2
 *     Depends: libc6 (>= 2.35), mawk | awk           "," and between groups, "|" or between alternatives
 *
 *     Package: git                                   /var/lib/apt/extended_states: apt's marks, likewise
 *     Architecture: amd64
 *     Auto-Installed: 1
 *
 * Packages that are not wholly there ("Status: <any> ok installed" is) are left out and not looked at. Unknown fields
 * are passed over; what is used is read strictly. FAULT_INPUT names file, line, field and rule.
 * Source: deb822(5), deb-control(5), Debian Policy 7; dpkg lib/dpkg/{fields,parse}.c; apt extended_states. */
#ifndef FORMAT_DPKG_H
#define FORMAT_DPKG_H

#include "base/arena.h"
#include "base/fault.h"
#include "format/dpkgversion.h"

/* Something that is asked for, or provided. */
struct dpkg_relation {
	struct text name;         /* a package's, or a virtual one's */
	struct text architecture; /* behind the colon: "any" or an architecture; none when not told */
	enum dpkg_operator op;    /* DPKG_ANY: every version will do, or none is provided */
	struct text version;      /* none with DPKG_ANY */
};

/* Alternatives of which one suffices; or all that a package provides. */
struct dpkg_relations {
	struct dpkg_relation *at; /* the first */
	size_t count;             /* how many */
};

/* Groups of alternatives, of which each must be satisfied. */
struct dpkg_groups {
	struct dpkg_relations *at; /* the first */
	size_t count;              /* how many */
};

/* An installed package. */
struct dpkg_package {
	struct text name;               /* letters, digits and -+._ */
	struct text version;            /* printable ASCII */
	struct text architecture;       /* "amd64", "all" */
	struct text source;             /* name of its source package: `name` when not told */
	struct text source_version;     /* `version` when not told */
	struct text priority;           /* "required", "optional"; none when not told */
	uint64_t installed_size_kib;    /* as dpkg has it; 0 when not told or no number */
	bool same;                      /* Multi-Arch: same: may be there for several architectures at once */
	bool foreign;                   /* Multi-Arch: foreign: serves packages of every architecture */
	bool essential;                 /* Essential: yes */
	bool protected;                 /* Protected: yes, or Important: yes as it was called before */
	bool held;                      /* its state of selection is hold */
	bool automatic;                 /* apt's mark; false: installed by hand (dpkg_marks) */
	struct dpkg_groups depends;     /* Pre-Depends and Depends */
	struct dpkg_groups recommends;  /* Recommends */
	struct dpkg_relations provides; /* Provides: op is DPKG_ANY or DPKG_EQUAL */
};

/* The installed packages. All in one arena. */
struct dpkg {
	struct dpkg_package *packages; /* sorted by name, then architecture */
	size_t count;                  /* how many */
	struct text native;            /* architecture of dpkg itself, or else of the first that has one */
};

/* Reads the bytes of the status file; they are copied into the arena. `what` names the file in messages and must
 * outlive the call. FAULT_INPUT, also when one package stands there twice or a limit of bounds.h is passed. */
MUST_CHECK int dpkg_parse(struct text bytes, const char *what, struct arena *a, struct dpkg *out, struct fault *f);

/* Reads the bytes of extended_states and sets `automatic`; marks of packages that are not installed are passed over. */
MUST_CHECK int dpkg_marks(struct text bytes, const char *what, struct dpkg *db, struct fault *f);

/* The packages of that name, one for each architecture; NULL and 0 when there is none. */
struct dpkg_package *dpkg_named(const struct dpkg *db, struct text name, size_t *count);

/* The package "<name>" or "<name>:<architecture>"; without one the native, or else the first. NULL: not installed. */
struct dpkg_package *dpkg_find(const struct dpkg *db, struct text name);

/* Are two architectures the same, when "all" counts as native? */
bool dpkg_architecture_equal(const struct dpkg *db, struct text a, struct text b);

/* Sets hit[i] for each of `paths` (absolute, sorted, unique) that the list has, one pass for all of them.
 *   list  the bytes of /var/lib/dpkg/info/<package>.list: an absolute path a line */
void dpkg_list_search(struct text list, struct texts paths, bool *hit);

#endif
