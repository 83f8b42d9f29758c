/* flaketools: the tools in a flake.nix as nixgraft's template writes it, and edits that touch no other byte.
 *
 *     tools = pkgs: {
 *       # where the history is            a comment belongs to the line below it
 *       git = pkgs.git;                   NAME = pkgs.ATTRIBUTE;
 *       yaml = pkgs.python3Packages.pyyaml; # a comment may follow
 *       uv = fresh.uv;                    anything else is a tool too, of which only the name is known
 *     };
 *
 * This is no parser of Nix: it knows the block by its first line, "tools = pkgs: {", and its end by the first "};" as far from the margin.
 * Lines within slash-star comments do not count; in a string of several lines such lines would. */
#ifndef FORMAT_FLAKETOOLS_H
#define FORMAT_FLAKETOOLS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fault.h"

/* One tool of the block. */
struct flake_tool {
	struct text name;      /* as the team calls it */
	struct text attribute; /* below pkgs, "python3Packages.pyyaml"; none: the flake says something else */
	size_t at;             /* offset of its first line: with the comments above it; not looked at in tools to be added */
};

/* Several of them. */
struct flake_tools {
	struct flake_tool *at; /* the first */
	size_t count;          /* how many */
};

/* The block. */
struct flaketools {
	struct flake_tools tools; /* in order; no name twice */
	size_t end;               /* offset of the line that closes it */
	struct text indent;       /* blanks before a tool */
	struct text newline;      /* how its lines end: "\n" or "\r\n" */
	bool sorted;              /* do the names stand bytewise in order? */
};

/* Finds the block; `what` names the file in messages. Texts in the arena or slices of `flake`. FAULT_DIFFERS: there is none, or more than one;
 * FAULT_INPUT: a name stands there twice, it has no end, or it is too big. */
MUST_CHECK int flaketools_parse(struct text flake, const char *what, struct arena *a, struct flaketools *out, struct fault *f);

/* Can this be a tool's name and attribute? No quotes, backslashes, dollars, control bytes; no empty part between dots. */
bool flaketools_valid(struct text name, struct text attribute);

/* Appends the line of a tool, without indentation and end: `git = pkgs.git;`. For a person to paste, too. */
void flaketools_line(const struct flake_tool *tool, struct buffer *to);

/* Appends `flake` with these tools, valid ones, added to `block`, which is its; names that are there already stay as they are. Where the names
 * were in order, they are afterwards; else the new ones come last. */
void flaketools_add(struct text flake, const struct flaketools *block, struct flake_tools added, struct buffer *to);

/* Appends `flake` with these tools, valid ones, in the place of all that `block` has from its first tool on. */
void flaketools_replace(struct text flake, const struct flaketools *block, struct flake_tools tools, struct buffer *to);

/* Appends `flake` with another URL of the input `name`: in its line `inputs.NAME.url = "...";` or `NAME.url = "...";`. FAULT_DIFFERS: there is no
 * such line, or more than one; FAULT_USAGE: no URL can look so. */
MUST_CHECK int flaketools_set_url(struct text flake, struct text name, struct text url, struct buffer *to, struct fault *f);

#endif
