/* scantext: small questions about words, paths and lists that the scan's modules ask. */
#ifndef PLAN_SCANTEXT_H
#define PLAN_SCANTEXT_H

#include "base/arena.h"

/* Is `word` one of the words of `list`, which begins and ends with a blank: " install i add "? */
bool scan_in(const char *list, struct text word);

/* Place of `part` in `t`, or SIZE_MAX. */
size_t scan_find(struct text t, struct text part);

/* The first `n` bytes. */
struct text scan_head(struct text t, size_t n);

/* What stands behind the last '/', and before it; the folder of a path without '/' is none. */
struct text scan_base(struct text path);
struct text scan_folder(struct text path);

/* Without the bytes of `set` at both ends. */
struct text scan_trim(struct text t, const char *set);

/* Bytes of the run of hexadecimal digits that `t` begins with. */
size_t scan_hex(struct text t);

/* Does `t` hold a hash: a run of 32 or more hexadecimal digits, and no more than 128? */
bool scan_has_hash(struct text t);

/* Is a program that lies there one of the image's, by its name: is its folder a bin or sbin, and no passing one? */
bool scan_is_program(struct text path);

/* Is it a folder of programs? */
bool scan_is_bin(struct text path);

/* Does `path` fit the pattern, in which '*' stands for any bytes and '?' for one? */
bool scan_glob(struct text pattern, struct text path);

/* The path below `folder` when it is not absolute, without "./", "//", "x/.." and a '/' at its end. */
struct text scan_path(struct arena *a, struct text folder, struct text path);

/* Is `path` below `folder`? */
bool scan_below(struct text folder, struct text path);

/* Bytes of the name of a shell variable that `t` begins with; 0 when it begins with none. */
size_t scan_identifier(struct text t);

/* The next variable that `*rest` puts in, as $NAME or ${NAME...}; false when there is none. `*rest` goes on behind it. */
bool scan_next_variable(struct text *rest, struct text *name);

#endif
