/* mention: what stays in a Containerfile and needs what would go: by its path, by its package's name.
 *
 *     RUN apt-get install -y jq fd-find       jq, fd-find: /usr/local/bin is where links to the tools come
 *     RUN ln -s "$(which fdfind)" /usr/local/bin/fd
 *     RUN dpkg -L jq; apt-mark hold jq        apt-mark's word goes with the package, where it can be taken out
 *     ENTRYPOINT ["/usr/bin/jq"]
 *
 * Told is what would fail or lead nowhere; a mention that is not seen so is no proof that there is none. */
#ifndef PLAN_MENTION_H
#define PLAN_MENTION_H

#include "plan/scan.h"

/* A path in the file, or a word of a command. */
struct mention {
	struct text word;          /* it */
	struct text program;       /* whose word it is; none of a path */
	size_t stage, instruction; /* in which it stands; of a COPY --from a stage: that stage */
	unsigned line;             /* in which a path stands; of a word, the instruction's first */
	bool run;                  /* is it a RUN's? */
	bool file;                 /* of a RUN that looks at files, or changes them: sha256sum, strip, chmod, ln */
	bool trimmed;              /* does plan/marks take the word out? */
};

/* All of a file that may be one. */
struct mentions {
	const struct scan *scan;      /* of the file; NULL: there are none */
	LIST(struct mention) paths;   /* paths to programs and packages' own folders */
	LIST(struct mention) words;   /* of dpkg and of what installs */
	struct texts former;          /* names that Debian alone has for programs, sorted */
	size_t steps;                 /* comparisons that are left */
};

/* Software, and its programs. */
struct mention_of {
	const struct software *software; /* of the scan */
	struct texts commands;           /* its programs, sorted */
	struct texts former;             /* names that Debian alone has for some of them */
};

/* Reads the file once. `former` are the names that Debian alone has for any software's programs, sorted. */
void mention_read(const struct scan *scan, struct texts former, struct arena *a, struct mentions *out);

/* Why the software cannot go, one line for people; none when nothing is seen. */
struct text mention_obstacle(struct mentions *m, const struct mention_of *of, struct arena *a);

#endif
