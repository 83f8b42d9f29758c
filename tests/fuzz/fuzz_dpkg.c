/* Whatever is read as a package has a name that is a part of a file's name, and stands in order; every relation has a
 * name; versions have an order. The same bytes as marks change nothing but marks. */
#include <stdlib.h>

#include "base/bounds.h"
#include "format/dpkg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_relations(const struct dpkg_relations *list)
{
	for (size_t i = 0; i < list->count; i++) {
		must(list->at[i].name.len > 0 && !text_has(list->at[i].name, ' '));
		must((list->at[i].op == DPKG_ANY) == (list->at[i].version.len == 0));
	}
}

static void check_groups(const struct dpkg_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++) {
		must(groups->at[i].count > 0);
		check_relations(&groups->at[i]);
	}
}

static void check_order(const struct dpkg_package *a, const struct dpkg_package *b)
{
	int names = text_compare(a->name, b->name);
	int there = dpkg_version_compare(a->version, b->version), back = dpkg_version_compare(b->version, a->version);
	must(names < 0 || (names == 0 && text_compare(a->architecture, b->architecture) < 0));
	must((there < 0) == (back > 0) && (there > 0) == (back < 0));
}

static void check(const struct dpkg *db)
{
	for (size_t i = 0; i < db->count; i++) {
		const struct dpkg_package *p = &db->packages[i];
		size_t count;
		must(text_graphic(p->name) && !text_has(p->name, '/') && p->name.len <= DPKG_NAME_MAX);
		must(text_graphic(p->architecture) && !text_has(p->architecture, '/'));
		must(text_graphic(p->version) && text_graphic(p->source_version) && p->source.len > 0);
		must(dpkg_version_compare(p->version, p->version) == 0);
		must(dpkg_named(db, p->name, &count) <= p && count > 0 && dpkg_find(db, p->name));
		check_groups(&p->depends);
		check_groups(&p->recommends);
		check_relations(&p->provides);
		if (i > 0)
			check_order(p - 1, p);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char one[] = "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n";
	struct text bytes = { (const char *)data, size };
	struct arena a = { 0 };
	struct fault f = { 0 }, g = { 0 };
	struct dpkg db;
	int code = dpkg_parse(bytes, "input", &a, &db, &f);
	must(code == f.code && (code == 0 || code == FAULT_INPUT));
	if (code == 0)
		check(&db);
	must(dpkg_parse(text_of(one), "one", &a, &db, &g) == 0);
	code = dpkg_marks(bytes, "input", &db, &g);
	must(code == g.code && (code == 0 || code == FAULT_INPUT));
	must(db.count == 1);
	arena_drop(&a);
	return 0;
}
