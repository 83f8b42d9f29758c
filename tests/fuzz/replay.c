/* replay: runs LLVMFuzzerTestOneInput over files, without libFuzzer.
 *
 *     replay NAME PATH...    each PATH is a file, or a folder whose files are taken at any depth
 *
 * Prints TAP of one test, named NAME, that tells how many inputs there were; none at all is a failure. A sanitizer report or
 * an abort ends the process; the input that did it is named on stderr. */
#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sanitizer/common_interface_defs.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char *current;

static void name_current(void)
{
	fprintf(stderr, "replay: the input was %s\n", current);
}

/* The block is exactly as large as the file: reading one byte too far is reported. */
static bool run_file(const char *path, size_t size)
{
	uint8_t *bytes = malloc(size);
	FILE *file = fopen(path, "rb");
	bool whole = bytes && file && fread(bytes, 1, size, file) == size;

	current = path;
	if (whole)
		LLVMFuzzerTestOneInput(bytes, size);
	else
		printf("# %s: %s\n", path, strerror(errno));
	if (file)
		fclose(file);
	free(bytes);
	return whole;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

int main(int argc, char **argv)
{
	size_t inputs = 0, unread = 0;
	FTS *tree;

	if (argc < 3) {
		fprintf(stderr, "usage: %s NAME PATH...\n", argv[0]);
		return 2;
	}
	printf("1..1\n");
	__sanitizer_set_death_callback(name_current);
	tree = fts_open(argv + 2, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	for (FTSENT *entry; tree && (entry = fts_read(tree));) {
		if (entry->fts_info == FTS_F)
			*(run_file(entry->fts_path, (size_t)entry->fts_statp->st_size) ? &inputs : &unread) += 1;
		else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
			unread++;
	}
	if (tree)
		fts_close(tree);
	printf("%s 1 - %s: %zu inputs, %zu unreadable\n", inputs && !unread ? "ok" : "not ok", argv[1], inputs, unread);
	return inputs && !unread ? 0 : 1;
}
