/* tiny: a folder with a Debian root and a binary cache of two objects, small enough for a unit test.
 *
 *     root/etc/passwd, root/bin/sh    an x86_64 root, by the head of an ELF file
 *     cache/                          libhello-1, and hello-2.1 that refers to it; believed by their content addresses
 *
 * A test has it as its working directory, so that names are short: closure.lock, root, file://<top>/cache. */
#ifndef UNIT_TINY_H
#define UNIT_TINY_H

#include <fcntl.h>

#include "base/bounds.h"
#include "base/buffer.h"
#include "cmd/verbs.h"
#include "format/nar.h"
#include "format/storepath.h"
#include "sys/crypto.h"
#include "sys/fs.h"
#include "verb.h"

#define TINY_SYSTEM "x86_64-linux"
#define TINY_KEY "cache.example-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY="
#define TINY_ELF "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\76\0\1\0\0\0"
#define TINY_ELF_ARM "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\267\0\1\0\0\0"

/* The folder. */
struct tiny {
	char top[64];        /* its absolute name */
	char *back;          /* where the test program was before */
	int dir;             /* the folder, as a root for fs */
	struct arena arena;  /* for what the test makes */
	struct text library; /* base name of libhello-1 */
	struct text hello;   /* base name of hello-2.1 */
	struct text file;    /* of hello's file in the cache, from the top */
};

/* A file of the folder, by its name from the top, with the folders above. */
static void tiny_put(struct tiny *t, const char *name, struct text bytes)
{
	char path[512], *last;
	struct fault f = { 0 };

	snprintf(path, sizeof path, "/%s", name);
	last = strrchr(path, '/');
	*last = '\0';
	if (*path && fs_make_dirs(t->dir, path, 0755, &f))
		fail_msg("%s", f.text);
	*last = '/';
	if (fs_write(t->dir, path, 0644, bytes, &f))
		fail_msg("%s", f.text);
}

/* What a file of the folder holds, in the arena. */
UNUSED static struct text tiny_get(struct tiny *t, const char *name)
{
	BUFFER_AUTO bytes = { 0 };
	struct fault f = { 0 };

	if (fs_read_host(name, 1 << 20, &bytes, &f))
		fail_msg("%s: %s", name, f.text);
	return arena_copy(&t->arena, buffer_view(&bytes));
}

/* Is there such a file or link? The name is printf-like. */
#define tiny_has(t, ...)                                                                                               \
	(faccessat(AT_FDCWD, arena_printf(&(t)->arena, __VA_ARGS__).at, F_OK, AT_SYMLINK_NOFOLLOW) == 0)

/* A folder with a program in it, as a NAR. */
static void tiny_nar(struct buffer *to, const char *const path[2], struct text bytes)
{
	nar_put_magic(to);
	nar_put_directory(to);
	nar_put_entry(to, text_of(path[0]));
	nar_put_directory(to);
	nar_put_entry(to, text_of(path[1]));
	nar_put_file(to, true, bytes.len);
	buffer_text(to, bytes);
	nar_put_file_end(to, bytes.len);
	nar_put_entry_end(to);
	nar_put_directory_end(to);
	nar_put_entry_end(to);
	nar_put_directory_end(to);
}

/* An object "<folder>/<file>" of a few bytes, in the cache, uncompressed. */
static struct text tiny_object(struct tiny *t, const char *name, const char *const path[2], struct texts references)
{
	BUFFER_AUTO nar = { 0 }, info = { 0 };
	char hash[DIGEST_NIX32_SIZE];
	struct digest digest;
	struct text base;

	tiny_nar(&nar, path, arena_printf(&t->arena, "#!/bin/sh\necho %s\n", name));
	digest = crypto_sha256(buffer_view(&nar));
	digest_nix32(&digest, hash);
	base = storepath_make_ca(text_of(name), &digest, references, &t->arena);
	buffer_printf(&info, "StorePath: " STORE_PREFIX TEXT_F "\nURL: nar/%s.nar\nCompression: none\n", TEXT_A(base), name);
	buffer_printf(&info, "FileHash: %s\nFileSize: %zu\nNarHash: %s\nNarSize: %zu\n", hash, nar.len, hash, nar.len);
	buffer_printf(&info, "CA: fixed:r:%s\nReferences:", hash);
	for (size_t i = 0; i < references.count; i++)
		buffer_printf(&info, " " TEXT_F, TEXT_A(references.at[i]));
	buffer_printf(&info, "\n");
	tiny_put(t, arena_printf(&t->arena, "cache/" TEXT_F ".narinfo", TEXT_A(storepath_hash(base))).at, buffer_view(&info));
	tiny_put(t, arena_printf(&t->arena, "cache/nar/%s.nar", name).at, buffer_view(&nar));
	return base;
}

/* Makes the folder: a cmocka setup. */
static int tiny_make(void **state)
{
	struct tiny *t = calloc(1, sizeof *t);
	struct fault f = { 0 };

	snprintf(t->top, sizeof t->top, "/tmp/nixgraft-test-XXXXXX");
	assert_non_null(mkdtemp(t->top));
	t->back = get_current_dir_name();
	assert_int_equal(chdir(t->top), 0);
	assert_int_equal(fs_root_open(t->top, &t->dir, &f), 0);
	tiny_put(t, "root/etc/passwd", TEXT("root:x:0:0:root:/root:/bin/sh\n"));
	tiny_put(t, "root/bin/sh", TEXT(TINY_ELF));
	tiny_put(t, "cache/nix-cache-info", TEXT("StoreDir: /nix/store\n"));
	t->library = tiny_object(t, "libhello-1", (const char *const[]){ "lib", "libhello" }, (struct texts){ 0 });
	t->hello = tiny_object(t, "hello-2.1", (const char *const[]){ "bin", "hello" }, (struct texts){ &t->library, 1 });
	t->file = TEXT("cache/nar/hello-2.1.nar");
	unsetenv("SOURCE_DATE_EPOCH");
	*state = t;
	return 0;
}

/* Removes it: a cmocka teardown. */
static int tiny_drop(void **state)
{
	struct tiny *t = *state;
	struct fault f = { 0 };
	int parent;

	assert_int_equal(chdir(t->back), 0);
	fs_close(&t->dir);
	assert_int_equal(fs_root_open("/tmp", &parent, &f), 0);
	if (fs_remove_tree(parent, strrchr(t->top, '/') + 1, &f))
		fail_msg("%s", f.text);
	fs_close(&parent);
	arena_drop(&t->arena);
	free(t->back);
	free(t);
	return 0;
}

#define tiny_test(test) cmocka_unit_test_setup_teardown(test, tiny_make, tiny_drop)

/* The printf-like words of a command line. */
#define tiny_line(t, ...) (arena_printf(&(t)->arena, __VA_ARGS__).at)

/* What pins hello: the options of `nixgraft lock`. */
UNUSED static const char *tiny_lock_line(struct tiny *t)
{
	return tiny_line(t, "--cache file://%s/cache --trusted-key " TINY_KEY " --system " TINY_SYSTEM
			 " --tool hello=" STORE_PREFIX TEXT_F, t->top, TEXT_A(t->hello));
}

/* Writes closure.lock. */
UNUSED static void tiny_lock(struct tiny *t)
{
	struct verb v;

	verb_ended(verb_run(&v, &cmd_lock, tiny_lock_line(t)), 0, "");
	verb_drop(&v);
}

/* Writes closure.lock and makes `root` follow it. */
UNUSED static void tiny_apply(struct tiny *t)
{
	struct verb v;

	tiny_lock(t);
	verb_ended(verb_run(&v, &cmd_apply, "--root root --no-sync --quiet"), 0, "");
	verb_drop(&v);
}

#endif
