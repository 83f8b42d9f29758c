/* nar: the Nix archive, as events in and as bytes out.
 *
 *     str  = u64 little-endian length, bytes, zero padding to a multiple of 8
 *     nar  = "nix-archive-1" node
 *     node = "(" "type" ( "regular" [ "executable" "" ] "contents" bytes
 *                       | "symlink" "target" bytes
 *                       | "directory" { "entry" "(" "name" bytes "node" node ")" } ) ")"
 *
 * Stricter than Nix: padding is checked, names strictly increase bytewise, nothing follows the last ")", and depth, names and
 * targets have limits (bounds.h). The parser is iterative and allocates nothing by what the stream says.
 * Source: Nix libutil/archive.cc; Dolstra's thesis, figure 5.2. */
#ifndef FORMAT_NAR_H
#define FORMAT_NAR_H

#include "base/buffer.h"
#include "base/fault.h"
#include "sys/stream.h"

/* What the parser tells, in the order of the archive. Each call returns 0 or a fault code, which ends the parse. `name`
 * is the entry's name in the innermost open directory, NUL-terminated, and "" for the root node. */
struct nar_ops {
	/* A directory begins; entries follow until directory_end. */
	int (*directory)(void *context, const char *name, struct fault *f);
	int (*directory_end)(void *context, struct fault *f);
	/* A regular file of `size` bytes begins; its bytes follow in one or more file_data (none when empty), then file_end. */
	int (*file)(void *context, const char *name, bool executable, uint64_t size, struct fault *f);
	int (*file_data)(void *context, struct text bytes, struct fault *f);
	int (*file_end)(void *context, struct fault *f);
	/* A symlink; `target` is NUL-terminated. */
	int (*symlink)(void *context, const char *name, const char *target, struct fault *f);
};

/* Parses the whole stream, which must end with the archive. `ops` NULL checks only. FAULT_VERIFY names the rule and the
 * byte offset; faults of the stream and of ops pass through. */
MUST_CHECK int nar_parse(struct stream *from, const struct nar_ops *ops, void *context, struct fault *f);

/* ---- writing: the pieces, appended to a buffer; the caller calls them in the archive's order ---- */

/* One str. */
void nar_put(struct buffer *to, struct text bytes);

/* "nix-archive-1" and the opening of a directory node; its end. */
void nar_put_magic(struct buffer *to);
void nar_put_directory(struct buffer *to);
void nar_put_directory_end(struct buffer *to);

/* The opening of a directory's entry, to be followed by one node; its end. */
void nar_put_entry(struct buffer *to, struct text name);
void nar_put_entry_end(struct buffer *to);

/* A whole symlink node. */
void nar_put_symlink(struct buffer *to, struct text target);

/* A regular node up to and with the length of its contents; the bytes follow; then nar_put_file_end with the same size adds
 * padding and the closing. */
void nar_put_file(struct buffer *to, bool executable, uint64_t size);
void nar_put_file_end(struct buffer *to, uint64_t size);

#endif
