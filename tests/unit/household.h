/* household: what the tests of the store floor live in: a throw-away root, a file:// cache, a key of their own. */
#ifndef UNIT_HOUSEHOLD_H
#define UNIT_HOUSEHOLD_H

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "samples.h"

#include "base/fault.h"
#include "format/lock.h"
#include "format/nar.h"
#include "format/narinfo.h"
#include "format/storepath.h"
#include "store/layout.h"
#include "sys/fs.h"

#define HOUSE_KEY_NAME "household-1"
#define HOUSE_FORM(fmt, args) __attribute__((format(printf, fmt, args)))

/* A throw-away folder of the host: root/ is the root, cache/ and cache2/ are file:// caches. */
struct household {
	char top[4096];        /* the folder */
	int host;              /* the folder, open */
	struct root root;      /* root/ */
	struct arena arena;    /* for whatever the test makes */
	struct fault f;        /* for FAILS and WORKS */
	EVP_PKEY *pair;        /* signs */
	struct text key;       /* "household-1:<base64>" */
	struct text caches[2]; /* URLs of cache/ and cache2/ */
};

/* ---- saying what is expected, with `struct household *h` at hand ---- */

#define WORKS(call) house_judge(h, (call), 0, "", __FILE__, __LINE__)
#define FAILS(code, part, call) house_judge(h, (call), code, part, __FILE__, __LINE__)
#define HOUSE_TEST(function) cmocka_unit_test_setup_teardown(function, house_open, house_close)
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))

UNUSED static void house_judge(struct household *h, int code, int want, const char *part, const char *file, int line)
{
	bool right = code == want && (want == 0 || (h->f.code == want && strstr(h->f.text, part)));
	if (!right) {
		print_error("code %d '%s'; expected %d '%s'\n", code, h->f.text, want, part);
		_fail(file, line);
	}
	fault_clear(&h->f);
}

HOUSE_FORM(2, 3) UNUSED static const char *house_say(struct household *h, const char *fmt, ...)
{
	char text[8192];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return arena_copy(&h->arena, text_of(text)).at;
}

/* ---- opening and closing ---- */

UNUSED static int house_open(void **state)
{
	static const uint8_t seed[32] = "no secret, every test has it ...";
	struct household *h = calloc(1, sizeof *h);
	const char *tmp = getenv("TMPDIR");
	uint8_t public[32];
	size_t size = sizeof public;
	char base64[BASE64_CHARS(32) + 1];
	*state = h;
	snprintf(h->top, sizeof h->top, "%s/nixgraft-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(h->top));
	WORKS(fs_root_open(h->top, &h->host, &h->f));
	WORKS(fs_make_dirs(h->host, "/root", 0755, &h->f));
	WORKS(fs_make_dirs(h->host, "/cache/nar", 0755, &h->f));
	WORKS(fs_make_dirs(h->host, "/cache2/nar", 0755, &h->f));
	h->root.path = house_say(h, "%s/root", h->top);
	WORKS(fs_root_open(h->root.path, &h->root.fd, &h->f));
	h->pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
	assert_int_equal(EVP_PKEY_get_raw_public_key(h->pair, public, &size), 1);
	encode_base64(base64, public, sizeof public);
	h->key = text_of(house_say(h, HOUSE_KEY_NAME ":%s", base64));
	h->caches[0] = text_of(house_say(h, "file://%s/cache", h->top));
	h->caches[1] = text_of(house_say(h, "file://%s/cache2", h->top));
	return 0;
}

UNUSED static int house_close(void **state)
{
	struct household *h = *state;
	fault_clear(&h->f);
	fs_close(&h->root.fd);
	fs_close(&h->host);
	FD_AUTO dir = open(house_say(h, "%s/..", h->top), O_RDONLY | O_DIRECTORY);
	WORKS(fs_remove_tree(dir, strrchr(h->top, '/') + 1, &h->f));
	EVP_PKEY_free(h->pair);
	arena_drop(&h->arena);
	free(h);
	return 0;
}

/* ---- looking at the root ---- */

UNUSED static int house_dir(struct household *h, const char *path)
{
	int fd = fs_open(h->root.fd, path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	return fd;
}

/* The names in a directory, separated by blanks. */
UNUSED static const char *house_names(struct household *h, int root, const char *path)
{
	struct texts names;
	const char *all = "";
	WORKS(fs_list(root, path, &h->arena, &names, &h->f));
	for (size_t i = 0; i < names.count; i++)
		all = house_say(h, "%s%s" TEXT_F, all, i ? " " : "", TEXT_A(names.at[i]));
	return all;
}

UNUSED static const char *house_file(struct household *h, int root, const char *path)
{
	BUFFER_AUTO bytes = { 0 };
	if (fs_read(root, path, 1 << 20, &bytes, &h->f))
		return NULL;
	return arena_copy(&h->arena, buffer_view(&bytes)).at;
}

UNUSED static const char *house_link(struct household *h, const char *path)
{
	return fs_read_link(h->root.fd, path, &h->arena).at;
}

UNUSED static bool house_has(struct household *h, const char *path)
{
	struct stat st;
	return fs_stat(h->root.fd, path, &st) == 0;
}

UNUSED static mode_t house_mode(struct household *h, const char *path)
{
	struct stat st;
	assert_int_equal(fs_stat(h->root.fd, path, &st), 0);
	return st.st_mode & 07777;
}

/* Writes a file into the root, with the folders above it. */
UNUSED static void house_put(struct household *h, const char *path, const char *bytes)
{
	const char *slash = strrchr(path, '/');
	WORKS(fs_make_dirs(h->root.fd, house_say(h, "%.*s", (int)(slash - path + 1), path), 0755, &h->f));
	WORKS(fs_write(h->root.fd, path, 0644, text_of(bytes), &h->f));
}

/* How many descriptors this process has open: nothing may be left behind. */
UNUSED static size_t house_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Sets a default ACL (linux/posix_acl_xattr.h): user:65534:rwx and all others rwx. False: there is no such thing. */
UNUSED static bool house_put_acl(int dir)
{
	static const unsigned char acl[] = {
		2, 0, 0,   0,   1,   0,   7,    0, 255, 255, 255, 255, 2,   0,   7,    0, 254, 255, 0,   0,   4,   0,
		7, 0, 255, 255, 255, 255, 0x10, 0, 7,   0,   255, 255, 255, 255, 0x20, 0, 7,   0,   255, 255, 255, 255,
	};
	return fsetxattr(dir, "system.posix_acl_default", acl, sizeof acl, 0) == 0;
}

#endif
