/* scanverify: commands that check a download: checksums and signatures, and where these come from. */
#ifndef PLAN_SCANVERIFY_H
#define PLAN_SCANVERIFY_H

#include "plan/scanflow.h"

/* Looks at sha256sum and its like, gpg, minisign, cosign and theirs, and [ ]. False when the program is none of them. */
bool scan_verifying(const struct scan_call *call);

/* [[ ]], which has no words: does it compare a checksum? */
void scan_verify_compare(const struct scan_place *place, size_t command);

#endif
