/* scanname: what a URL, a package's specification or an image's reference names: software, version, and how fixed that is. */
#ifndef PLAN_SCANNAME_H
#define PLAN_SCANNAME_H

#include "plan/software.h"

/* What was asked for. */
struct scan_named {
	struct text name;      /* as plan/software.h says; none when it names nothing */
	struct text version;   /* none when none was asked for */
	enum software_pin pin; /* by the version */
	struct text origin;    /* URL, when it is not the registry's */
	struct text host;      /* of a URL */
	bool secure;           /* is it https or ssh? */
	bool lookup;           /* is it a question to a forge's API? */
	bool pinned;           /* does a hash come with it? */
};

/* How fixed a version is: where any version is one release's (tags, ==, @v1.2), and where 1.2 is whatever is newest of it (npm, images). */
enum software_pin scan_pin_exact(struct text version);
enum software_pin scan_pin_moving(struct text version);

/* Of a branch, tag or commit of git. */
enum software_pin scan_pin_ref(struct text ref);

/* A URL of http, https, ftp, git or ssh ("git@host:owner/name" too). False when it is none. */
bool scan_name_url(struct arena *a, struct text url, struct scan_named *out);

/* Of a package manager: "ruff==0.6", "git+https://..."; "@scope/name@1.2"; "name@1.2"; "path@v1"; "name:1.2". False for
 * what is no package of a registry and no URL: a folder, a file. */
bool scan_name_pypi(struct arena *a, struct text word, struct scan_named *out);
bool scan_name_npm(struct arena *a, struct text word, struct scan_named *out);
bool scan_name_crate(struct arena *a, struct text word, struct scan_named *out);
bool scan_name_go(struct arena *a, struct text word, struct scan_named *out);
bool scan_name_gem(struct arena *a, struct text word, struct scan_named *out);

/* An image's or a Feature's reference: "host/name:tag@digest"; `kind` is "image" or "feature". */
void scan_name_image(struct arena *a, const char *kind, struct text word, struct scan_named *out);

/* Do two hosts belong together: are their last two labels the same? */
bool scan_same_origin(struct text a, struct text b);

#endif
