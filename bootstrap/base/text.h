/* text: slices of bytes that somebody else owns, and strict readings of them. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `len` bytes at `at`, not necessarily NUL-terminated; the owner is whoever holds the bytes. {NULL, 0} is "none". */
struct text {
	const char *at; /* first byte; may be NULL when len is 0 */
	size_t len;     /* bytes */
};

/* Several texts; the owner of the array is told where one is handed out. */
struct texts {
	struct text *at; /* the first; may be NULL when count is 0 */
	size_t count;    /* how many */
};

/* A text of a string literal. */
#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })

/* The same as an initialiser of what is static. */
#define TEXT_INIT(literal) { "" literal, sizeof(literal) - 1 }

/* printf pieces: printf("path " TEXT_F, TEXT_A(path)). */
#define TEXT_F "%.*s"
#define TEXT_A(t) (int)(t).len, ((t).at ? (t).at : "")

/* A text of a NUL-terminated string; NULL gives none. */
struct text text_of(const char *s);

/* Same bytes? */
bool text_equal(struct text a, struct text b);

/* Bytewise (unsigned) order: <0, 0, >0; the order of NAR entries, references and lock keys. */
int text_compare(struct text a, struct text b);

/* text_compare over `struct text *`, for qsort and bsearch. */
int text_compare_items(const void *a, const void *b);

/* Does `t` begin, or end, with `part`? */
bool text_starts(struct text t, struct text part);
bool text_ends(struct text t, struct text part);

/* Is the byte `c` in `t`? */
bool text_has(struct text t, char c);

/* `t` without its first `n` bytes; none when it has fewer. */
struct text text_skip(struct text t, size_t n);

/* Cuts `rest` at the first `sep`: the part before goes to `head`, what follows stays in `rest`. Without `sep` all
 * goes to `head` and `rest` becomes none. False when `rest` is none (at == NULL): `while (text_cut(&rest, ' ',
 * &word))`. */
bool text_cut(struct text *rest, char sep, struct text *head);

/* Strict decimal 0..max: digits only, no sign, no blank, no leading zero but "0" itself. False otherwise. */
bool text_u64(struct text t, uint64_t max, uint64_t *out);

/* What makes a noun plural: "%zu path%s". "s", but "" for one. */
const char *text_plural(uint64_t count);

/* Sorts bytewise and drops equal neighbours; count becomes what is left. */
void texts_sort_unique(struct texts *t);

/* Index of `key` in sorted texts, or -1. */
ptrdiff_t texts_find(struct texts sorted, struct text key);

/* The same texts in the same order? */
bool texts_equal(struct texts a, struct texts b);

/* Bytes of the well-formed UTF-8 character that `t` begins with, 1..4; 0 when it begins with none. */
size_t text_utf8(struct text t);

/* Is `t` not empty and all printable ASCII without the blank (0x21..0x7e)? */
bool text_graphic(struct text t);

#endif
