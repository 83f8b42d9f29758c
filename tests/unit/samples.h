/* samples: what several unit tests need: files of tests/data, sources that fail, a random sequence that is always the same. */
#ifndef UNIT_SAMPLES_H
#define UNIT_SAMPLES_H

#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/text.h"

#define UNUSED __attribute__((unused))

/* The bytes of a file, in a block of exactly that size, so that a sanitizer sees a read beyond; for free(). */
UNUSED static struct text sample_read(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct text t;
	char *bytes;
	long size;

	if (!file)
		fail_msg("cannot open %s", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	bytes = malloc((size_t)size);
	t = (struct text){ bytes, (size_t)size };
	assert_int_equal(fread(bytes, 1, t.len, file), t.len);
	fclose(file);
	return t;
}

/* Runs `check` over each file of <top>/<folder>; there must be some. */
UNUSED static void samples_walk(const char *folder, void (*check)(const char *name, struct text bytes))
{
	const char *top = getenv("NIXGRAFT_TOP");
	char path[4096];
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	snprintf(path, sizeof path, "%s%s%s", top && *folder != '/' ? top : "", top && *folder != '/' ? "/" : "", folder);
	dir = opendir(path);
	if (!dir)
		fail_msg("cannot open %s", path);
	while ((entry = readdir(dir))) {
		char file[8192];
		struct text bytes;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
		bytes = sample_read(file);
		check(entry->d_name, bytes);
		free((void *)(uintptr_t)bytes.at);
		count++;
	}
	closedir(dir);
	assert_true(count > 0);
}

/* Is the fault of a bad sample, which begins with `where`, what its rule wants? Rules are pairs: how the sample's name begins, part of
 * the text. */
UNUSED static void sample_says(const char *const (*rules)[2], size_t count, const char *name, const char *where, const char *said)
{
	for (size_t i = 0; i < count; i++) {
		if (!text_starts(text_of(name), text_of(rules[i][0])))
			continue;
		if (!strstr(said, rules[i][1]) || strstr(said, where) != said)
			fail_msg("%s: expected '%s': %s", name, rules[i][1], said);
		return;
	}
	fail_msg("no rule for %s: %s", name, said);
}

/* $NIXGRAFT_VECTORS/<name>, or the test is skipped. */
UNUSED static const char *vectors_path(const char *name)
{
	const char *folder = getenv("NIXGRAFT_VECTORS");
	static char path[4096];

	if (!folder) {
		print_message("# NIXGRAFT_VECTORS is not set: skipped\n");
		skip();
	}
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

/* xorshift64*: never 0 as state. */
UNUSED static uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

#endif
