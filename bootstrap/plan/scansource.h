/* scansource: where apt takes packages from: lists of sources, and the keys that sign them. */
#ifndef PLAN_SCANSOURCE_H
#define PLAN_SCANSOURCE_H

#include "plan/scanflow.h"

/* Looks at add-apt-repository, apt-key, and gpg that imports or converts keys. False when the program is none of them. */
bool scan_sourcing(const struct scan_call *call);

/* A text is written to a file by the script: is it a list of sources? */
void scan_source_written(const struct scan_call *call, struct text path, struct text words);

/* A file of the build context is copied to a place of apt's. */
void scan_source_copied(struct scan_work *work, const struct software *like, struct text from, struct text to);

/* At the end: each source is judged by the keys that were seen. */
void scan_source_judge(struct scan_work *work);

#endif
