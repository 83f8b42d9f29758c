/* lockrule: what lock_parse demands of the parts of a lock, for those who make one. */
#ifndef FORMAT_LOCKRULE_H
#define FORMAT_LOCKRULE_H

#include "format/lock.h"

/* The name of a tool, output, command or system: 1..255 printable ASCII characters without '/', not "." nor "..". */
bool lock_name_valid(struct text name);

/* Free text, as a version or an attribute: 1..4096 bytes without control characters. */
bool lock_line_valid(struct text line);

/* The same without U+0080 to U+009F, which terminals may obey too: what people are shown. */
bool lock_line_shown(struct text line);

/* The URL of a cache: scheme file, http or https, no final slash, printable, at most URL_MAX bytes. */
bool lock_url_valid(struct text url);

/* A key or signature: "<name>:<base64 of `size` bytes>"; size is ED25519_KEY_BYTES or ED25519_SIG_BYTES. */
bool lock_key_valid(struct text key, size_t size);

/* FAULT_INPUT when two tools, or a tool and Nix, expose the same command; names both. */
MUST_CHECK int lock_check_commands(const struct lock_system *system, struct fault *f);

#endif
