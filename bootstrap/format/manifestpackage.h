/* manifestpackage: what a tools manifest tells about the package of a tool, or of Nix: its members
 *     pname description homepage mainProgram cpe purl   texts: control characters and blanks in a row become one blank
 *     licenses patches knownVulnerabilities             arrays of such texts
 *     drvPath                                           store path of the derivation
 *     sources                                           array of {"urls": [...], "hash": ..., "mode": ...}; a hash becomes SRI where it can
 * Each may be missing, null or empty. */
#ifndef FORMAT_MANIFESTPACKAGE_H
#define FORMAT_MANIFESTPACKAGE_H

#include "format/package.h"

/* Reads the members of the object `at` (another value has none) into a zeroed package, sorted as a lock has it, all copied
 * into the arena. FAULT_INPUT names place and rule. */
MUST_CHECK int manifest_read_package(const struct json_at *at, struct arena *a, struct package *out, struct fault *f);

#endif
