/* reader: the programs of a base that read manual pages and completions, and the places where they look for more. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "base/arena.h"
#include "base/text.h"

/* Who reads what of an environment; on a base without him nobody would miss it. */
struct reader {
	struct text folder;      /* of the environment, with its final slash */
	struct text place;       /* where he looks on the base, whatever the environment variables are; likewise */
	const char *programs[2]; /* one of them is there */
};

/* All of them; ends with one without a folder. Sources: manpath(5) MANDATORY_MANPATH; bash-completion's loader; Debian's zsh(1) fpath;
 * fish(1) $fish_complete_path, whose vendor folders take XDG_DATA_DIRS, which nobody sets. */
extern const struct reader READERS[];

/* Is he there beneath `root`? */
bool reader_is_here(int root, const struct reader *reader);

/* Where the environment's file `path` is to be linked for this reader, in the arena; none when it is not his. */
struct text reader_link(const struct reader *reader, struct text path, struct arena *a);

/* Is `path` in the place of one of them? */
bool reader_owns(struct text path);

#endif
