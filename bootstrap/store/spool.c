#include "store/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/storepath.h"
#include "store/layout.h"
#include "sys/fs.h"

int spool_directory(int root, int *dir, struct fault *f)
{
	int code = fs_make_dirs(root, GRAFT_SPOOL, 0700, f);
	if (code < 0)
		return code;
	*dir = fs_open(root, GRAFT_SPOOL, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	return *dir < 0 ? fault_errno(f, "cannot open " GRAFT_SPOOL) : 0;
}

int spool_clear(int root, struct fault *f)
{
	char name[FS_NAME_SIZE];
	FD_AUTO dir = fs_open_parent(root, GRAFT_SPOOL, name);
	return dir < 0 ? fault_errno(f, "cannot open " GRAFT_STATE) : fs_remove_tree(dir, name, f);
}

/* Takes in what an earlier run left, so that only the rest is fetched. */
static int take_up(struct spool *s, struct fault *f)
{
	char block[65536];
	for (;;) {
		ssize_t n = pread(s->fd, block, sizeof block, (off_t)s->have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "cannot read " GRAFT_SPOOL "/%s", s->name);
		if (n == 0)
			return 0;
		if ((uint64_t)n > s->size - s->have)
			return spool_restart(s, f);
		hasher_add(s->hasher, block, (size_t)n);
		s->have += (uint64_t)n;
	}
}

static void name_of(char out[SPOOL_NAME_SIZE], const struct lock_path *path)
{
	char hex[2 * DIGEST_BYTES + 1];
	encode_hex(hex, path->file_digest.bytes, DIGEST_BYTES);
	snprintf(out, SPOOL_NAME_SIZE, TEXT_F "-%s", TEXT_A(storepath_hash(path->path)), hex);
}

int spool_open(struct spool *s, int dir, bool in_memory, const struct lock_path *path, struct fault *f)
{
	struct stat st;
	*s = (struct spool){
		.dir = dir, .size = path->file_size, .digest = path->file_digest, .hasher = hasher_make()
	};
	if (in_memory) {
		s->fd = memfd_create("nixgraft", MFD_CLOEXEC);
		if (s->fd >= 0)
			return 0;
	}
	name_of(s->name, path);
	s->fd = openat(dir, s->name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd >= 0 && fstat(s->fd, &st) == 0 && st.st_nlink > 1) { /* whose else it is nobody knows */
		fs_close(&s->fd);
		unlinkat(dir, s->name, 0);
		s->fd = openat(dir, s->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	}
	int code = s->fd < 0 ? fault_errno(f, "cannot make " GRAFT_SPOOL "/%s", s->name) : take_up(s, f);
	s->resumed = s->have > 0;
	return code;
}

int spool_write(struct spool *s, struct text bytes, struct fault *f)
{
	if (bytes.len > s->size - s->have)
		return fault_set(f, FAULT_VERIFY, "the file is longer than the %llu bytes pinned in the lock",
				 (unsigned long long)s->size);
	int code = fs_write_at(s->fd, s->have, bytes, "the spool", f);
	if (code < 0)
		return code;
	hasher_add(s->hasher, bytes.at, bytes.len);
	s->have += bytes.len;
	return 0;
}

int spool_restart(struct spool *s, struct fault *f)
{
	s->have = 0;
	(void)hasher_end(s->hasher);
	return ftruncate(s->fd, 0) < 0 ? fault_errno(f, "cannot empty " GRAFT_SPOOL "/%s", s->name) : 0;
}

static int reject(struct spool *s)
{
	if (s->name[0])
		unlinkat(s->dir, s->name, 0);
	spool_close(s);
	return FAULT_VERIFY;
}

int spool_end(struct spool *s, int *fd, struct fault *f)
{
	if (s->have != s->size) {
		fault_set(f, FAULT_VERIFY, "the file has %llu bytes instead of the %llu pinned in the lock",
			  (unsigned long long)s->have, (unsigned long long)s->size);
		return reject(s);
	}
	struct digest got = hasher_end(s->hasher);
	if (!digest_equal(&got, &s->digest)) {
		char want[DIGEST_SRI_SIZE], is[DIGEST_SRI_SIZE];
		fault_set(f, FAULT_VERIFY, "the file has the hash %s instead of %s pinned in the lock",
			  digest_sri(&got, is), digest_sri(&s->digest, want));
		return reject(s);
	}
	*fd = s->fd;
	s->fd = -1;
	spool_close(s);
	return 0;
}

void spool_done(int dir, const struct lock_path *path)
{
	char name[SPOOL_NAME_SIZE];
	name_of(name, path);
	unlinkat(dir, name, 0);
}

void spool_close(struct spool *s)
{
	fs_close(&s->fd);
	hasher_drop(s->hasher);
	s->hasher = NULL;
}
