/* tree: a store object made from a NAR.
 *
 * Files come out 0444 or 0555,
 * directories 0555, mtime 1, without ACLs, whatever the caller's umask; nothing is followed, nothing overwritten: every
 * entry is made with O_EXCL in a directory that this call made. Source: Nix libstore/posix-fs-canonicalise.cc. */
#ifndef STORE_TREE_H
#define STORE_TREE_H

#include "base/fault.h"
#include "sys/stream.h"

/* Unpacks the NAR `from` as the new entry `name` of the directory `dir`. The stream decides what is right: pass a
 * checked one. On any fault what was made stays for the caller to remove. FAULT_SYSTEM names the file; faults of the stream
 * and of the format pass through. */
MUST_CHECK int tree_unpack(int dir, const char *name, struct stream *from, struct fault *f);

#endif
