/* resolve: which file a command is on a PATH beneath a root, as a shell looks for it; nothing is executed. */
#ifndef STORE_RESOLVE_H
#define STORE_RESOLVE_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/text.h"

/* PATH of an image that sets none, and of root's login shells on Debian. */
#define RESOLVE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Is there a program at `path` beneath root, links followed: a regular file that somebody may execute? */
bool resolve_is_program(int root, struct text path);

/* The first program of that name in the folders of `path`, as PATH names it ("/usr/bin/git"), in the arena; none when there is none.
 * Folders that are not absolute are passed over. */
struct text resolve_command(int root, struct text path, struct text command, struct arena *a);

/* Does PATH have that folder, whatever slashes follow it? */
bool resolve_has_folder(struct text path, struct text folder);

/* The PATH that /etc/profile beneath root gives login shells, of root or of others; with nixgraft's profile.d piece, which puts
 * `folder` first where it is missing. None when there is no such file, or it does not say PATH plainly, as Debian's does. In the
 * arena. */
struct text resolve_login_path(int root, bool of_root, struct text folder, struct arena *a);

#endif
