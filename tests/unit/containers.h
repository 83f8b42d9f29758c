/* containers: Containerfiles in tests of the plan floor. */
#ifndef UNIT_CONTAINERS_H
#define UNIT_CONTAINERS_H

#include "plan/scan.h"

#include "samples.h"

/* Reads and scans a file whose bytes outlive the scan. */
UNUSED static void scan_text(struct text bytes, struct arena *a, struct containerfile *file, struct scan *scan)
{
	struct fault f = { 0 };

	if (containerfile_parse(bytes, "Containerfile", a, file, &f) != 0 ||
	    scan_containerfile(file, TEXT("amd64"), a, scan, &f) != 0)
		fail_msg(TEXT_F "\n%s", TEXT_A(bytes), f.text);
}

/* Index of the software of that name. */
UNUSED static size_t software_named(const struct scan *scan, const char *name)
{
	for (size_t i = 0; i < scan->software.count; i++)
		if (text_equal(scan->software.at[i].name, text_of(name)))
			return i;
	fail_msg("no %s was found", name);
	return 0;
}

#endif
