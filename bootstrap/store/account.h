/* account: whose installation it is: name and home of a user, from the root's own /etc/passwd. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/fault.h"
#include "store/layout.h"

/* A user. */
struct account {
	uid_t uid;        /* his number */
	gid_t gid;        /* of his group; 0 when passwd does not know him */
	struct text name; /* NUL-terminated; his number in decimal when passwd does not know him */
	struct text home; /* NUL-terminated, absolute; none when unknown */
};

/* Takes name, group and home of `uid` from the bytes of a passwd file; false when it does not know him. Home stays none unless
 * it is absolute. Texts in the arena. Source: passwd(5). */
bool account_parse(struct text passwd, uid_t uid, struct arena *a, struct account *out);

/* The account of `uid` beneath `root`; one that passwd does not know has its number for a name and, when the root is the
 * host's own "/", $HOME. */
MUST_CHECK int account_read(const struct root *root, uid_t uid, struct arena *a, struct account *out, struct fault *f);

/* The account that `user` means beneath `root`: a name in passwd, or else a number. FAULT_USAGE: neither. */
MUST_CHECK int account_find(const struct root *root, struct text user, struct arena *a, struct account *out, struct fault *f);

#endif
