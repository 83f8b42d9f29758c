/* account: whose installation it is: name and home of a user, from the root's own /etc/passwd. */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/fault.h"

/* A user. */
struct account {
	uid_t uid;        /* his number */
	struct text name; /* NUL-terminated; his number in decimal when passwd does not know him */
	struct text home; /* NUL-terminated, absolute; none when unknown */
};

/* The account of `uid` beneath `root`; one that passwd does not know has its number for a name and, with `own_root`, $HOME. */
MUST_CHECK int account_read(int root, uid_t uid, bool own_root, struct arena *a, struct account *out, struct fault *f);

#endif
