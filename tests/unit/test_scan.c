/* scan: what brings software into an image, over tests/data/migrate: whole files and all that is to be found in them. */
#include "samples.h"

#include "base/buffer.h"
#include "format/containerfile.h"
#include "plan/scan.h"

static const char *top_path(const char *path)
{
	const char *top = getenv("NIXGRAFT_TOP");
	static char full[4096];
	snprintf(full, sizeof full, "%s%s%s", top ? top : "", top ? "/" : "", path);
	return full;
}

static void show_text(struct buffer *b, struct text t)
{
	buffer_printf(b, "\t" TEXT_F, TEXT_A(t.len ? t : TEXT("-")));
}

/* Findings as the samples write them. */
static void show(struct buffer *b, const struct scan *scan)
{
	for (size_t i = 0; i < scan->software.count; i++) {
		const struct software *s = &scan->software.at[i];
		buffer_printf(b, "%u\t%s", s->line, software_way_name(s->way));
		show_text(b, s->name);
		show_text(b, s->version);
		buffer_printf(b, "\t%s\t%s", software_pin_name(s->pin), software_check_name(s->check));
		show_text(b, s->command);
		buffer_printf(b, "\n");
	}
	buffer_add(b, "", 0);
}

static bool line_in(struct text line, struct text all)
{
	for (struct text one; text_cut(&all, '\n', &one);)
		if (text_equal(one, line))
			return true;
	return false;
}

static size_t tell_missing(const char *name, const char *what, struct text lines, struct text all)
{
	size_t count = 0;
	for (struct text one; text_cut(&lines, '\n', &one);) {
		if (!one.len || line_in(one, all))
			continue;
		print_message("%s: %s " TEXT_F "\n", name, what, TEXT_A(one));
		count++;
	}
	return count;
}

static size_t compare(const char *name, const struct scan *scan, struct text expected)
{
	BUFFER_AUTO b = { 0 };
	show(&b, scan);
	struct text found = buffer_view(&b);
	size_t count = tell_missing(name, "missed", expected, found) + tell_missing(name, "found", found, expected);
	if (!count && !text_equal(found, expected)) {
		print_message("%s: the order differs\n", name);
		count = 1;
	}
	return count;
}

static bool exists(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (f)
		fclose(f);
	return f != NULL;
}

static size_t check_containerfile(const char *name, struct text bytes, struct text expected)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct containerfile file;
	struct scan scan;
	if (containerfile_parse(bytes, name, &a, &file, &f) || scan_containerfile(&file, TEXT("amd64"), &a, &scan, &f))
		fail_msg("%s: %s", name, f.text);
	size_t count = compare(name, &scan, expected);
	for (size_t i = 0; getenv("SCAN_DOUBTS") && i < scan.doubts.count; i++)
		print_message("%s: doubt: " TEXT_F "\n", name, TEXT_A(scan.doubts.at[i]));
	arena_drop(&a);
	return count;
}

static size_t check_devcontainer(const char *name, struct text bytes, struct text expected)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct scan scan;
	if (scan_devcontainer(bytes, name, &a, &scan, &f))
		fail_msg("%s: %s", name, f.text);
	size_t count = compare(name, &scan, expected);
	arena_drop(&a);
	return count;
}

static size_t check_sample(const char *name, const char *file, const char *table,
			   size_t (*check)(const char *name, struct text bytes, struct text expected))
{
	char input[8192], want[8192], path[8192];
	snprintf(path, sizeof path, "tests/data/migrate/%s/%s", name, file);
	snprintf(input, sizeof input, "%s", top_path(path));
	snprintf(path, sizeof path, "tests/data/migrate/%s/%s", name, table);
	snprintf(want, sizeof want, "%s", top_path(path));
	if (!exists(input))
		return 0;
	struct text bytes = sample_read(input), expected = sample_read(want);
	size_t count = check(name, bytes, expected);
	free((void *)(uintptr_t)bytes.at);
	free((void *)(uintptr_t)expected.at);
	return count;
}

static void all_samples(void **state)
{
	DIR *dir = opendir(top_path("tests/data/migrate"));
	struct dirent *entry;
	size_t samples = 0, differences = 0;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "README"))
			continue;
		differences += check_sample(entry->d_name, "Containerfile", "expected.tsv", check_containerfile);
		differences += check_sample(entry->d_name, "devcontainer.json", "devcontainer.tsv", check_devcontainer);
		samples++;
	}
	closedir(dir);
	assert_true(samples > 30);
	assert_int_equal(differences, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
