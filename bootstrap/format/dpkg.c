#include "format/dpkg.h"

#include <stdlib.h>
#include <string.h>

#include "base/bounds.h"
#include "format/deb822.h"

/* Fields that are looked at. */
enum field {
	PACKAGE,
	STATUS,
	VERSION,
	ARCHITECTURE,
	SOURCE,
	PRIORITY,
	INSTALLED_SIZE,
	MULTI_ARCH,
	ESSENTIAL,
	PROTECTED,
	IMPORTANT,
	PRE_DEPENDS,
	DEPENDS,
	RECOMMENDS,
	PROVIDES,
	AUTO_INSTALLED,
	FIELDS,
};

static const char *const NAMES[FIELDS] = {
	[PACKAGE] = "Package",
	[STATUS] = "Status",
	[VERSION] = "Version",
	[ARCHITECTURE] = "Architecture",
	[SOURCE] = "Source",
	[PRIORITY] = "Priority",
	[INSTALLED_SIZE] = "Installed-Size",
	[MULTI_ARCH] = "Multi-Arch",
	[ESSENTIAL] = "Essential",
	[PROTECTED] = "Protected",
	[IMPORTANT] = "Important",
	[PRE_DEPENDS] = "Pre-Depends",
	[DEPENDS] = "Depends",
	[RECOMMENDS] = "Recommends",
	[PROVIDES] = "Provides",
	[AUTO_INSTALLED] = "Auto-Installed",
};

/* A file being read. */
struct reader {
	struct deb822 file;  /* its paragraphs */
	struct arena *arena; /* for lists */
	size_t relations;    /* read so far */
};

static int refuse(const struct reader *r, enum field field, struct text value, const char *rule)
{
	return deb822_refuse(&r->file, NAMES[field], value, rule);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* pkg_name_is_illegal of dpkg; also what makes it safe as a part of a file's name. */
static bool name_valid(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!is_letter(t.at[i]) && !is_digit(t.at[i]) && (i == 0 || !text_has(TEXT("-+._"), t.at[i])))
			return false;
	return t.len > 0 && t.len <= DPKG_NAME_MAX;
}

/* The next paragraph, which must be a package's: 1, 0 at the end. */
static int next_paragraph(struct reader *r, struct deb822_paragraph *out)
{
	int code = deb822_next(&r->file, out);
	struct text name = out->value[PACKAGE];
	if (code > 0 && !name_valid(name))
		return refuse(r, PACKAGE, name.at ? name : out->first,
			      "each paragraph must have a package's name: letters, digits and -+._");
	return code;
}

/* ---- relations ---- */

static const struct {
	const char *sign;
	enum dpkg_operator op;
} OPERATORS[] = {
	/* Longer ones first. "<" and ">" are old names of "<=" and ">="; without a sign it is "=". */
	{ "<<", DPKG_LESS }, { "<=", DPKG_AT_MOST }, { ">=", DPKG_AT_LEAST }, { ">>", DPKG_MORE },
	{ "=", DPKG_EQUAL }, { "<", DPKG_AT_MOST },  { ">", DPKG_AT_LEAST },  { "", DPKG_EQUAL },
};

/* What stands between the parentheses. */
static const char *read_condition(struct text t, struct dpkg_relation *out)
{
	size_t i = 0;
	while (!text_starts(t, text_of(OPERATORS[i].sign)))
		i++;
	out->op = OPERATORS[i].op;
	out->version = deb822_trim(text_skip(t, strlen(OPERATORS[i].sign)));
	if (!text_graphic(out->version) || text_has(out->version, '(') || text_has(out->version, ')'))
		return "a version must be printable ASCII without blanks and parentheses";
	return NULL;
}

static const char *read_relation(struct text t, struct dpkg_relation *out)
{
	struct text name, condition = t;
	text_cut(&condition, '(', &name);
	name = deb822_trim(name);
	out->architecture = name;
	text_cut(&out->architecture, ':', &out->name);
	if (!name_valid(out->name) || (out->architecture.at && !name_valid(out->architecture)))
		return "each must be NAME[:ARCHITECTURE] [(RELATION VERSION)], with one \",\" or \"|\" between";
	if (!condition.at)
		return NULL;
	condition = deb822_trim(condition);
	if (!text_ends(condition, TEXT(")")))
		return "the version in parentheses must be the last";
	condition.len--;
	return read_condition(deb822_trim(condition), out);
}

static size_t count_of(struct text t, char c)
{
	size_t count = 0;
	for (size_t i = 0; i < t.len; i++)
		count += t.at[i] == c;
	return count;
}

/* Appends what stands between the separators; `out` has room. */
static int add_relations(struct reader *r, enum field field, struct text value, char separator,
			 struct dpkg_relations *out)
{
	struct text one;
	while (text_cut(&value, separator, &one)) {
		const char *broken = read_relation(deb822_trim(one), &out->at[out->count++]);
		if (broken)
			return refuse(r, field, deb822_trim(one), broken);
	}
	return 0;
}

static struct dpkg_relations room_for(struct reader *r, size_t count)
{
	return (struct dpkg_relations){ arena_alloc(r->arena, count, sizeof(struct dpkg_relation)), 0 };
}

/* Appends the groups of a field; `out` has room. */
static int add_groups(struct reader *r, enum field field, struct text value, struct dpkg_groups *out)
{
	struct text group;
	int code = 0;
	while (code == 0 && text_cut(&value, ',', &group)) {
		struct dpkg_relations *to = &out->at[out->count++];
		*to = room_for(r, count_of(group, '|') + 1);
		code = add_relations(r, field, group, '|', to);
	}
	return code;
}

/* How many there are in a field, at most. */
static size_t measure(struct reader *r, struct text value)
{
	size_t count = value.len ? count_of(value, ',') + 1 : 0;
	r->relations += count + count_of(value, '|');
	return count;
}

static int read_relations(struct reader *r, const struct deb822_paragraph *s, struct dpkg_package *out)
{
	const struct text *value = s->value;
	size_t depends = measure(r, value[PRE_DEPENDS]) + measure(r, value[DEPENDS]);
	size_t recommends = measure(r, value[RECOMMENDS]), provides = measure(r, value[PROVIDES]);
	if (r->relations > DPKG_RELATIONS_MAX)
		return refuse(r, PACKAGE, out->name, "the file has too many relations");
	out->depends.at = arena_alloc(r->arena, depends, sizeof *out->depends.at);
	out->recommends.at = arena_alloc(r->arena, recommends, sizeof *out->recommends.at);
	out->provides = room_for(r, provides);
	int code = value[PRE_DEPENDS].len ? add_groups(r, PRE_DEPENDS, value[PRE_DEPENDS], &out->depends) : 0;
	if (code == 0 && value[DEPENDS].len)
		code = add_groups(r, DEPENDS, value[DEPENDS], &out->depends);
	if (code == 0 && value[RECOMMENDS].len)
		code = add_groups(r, RECOMMENDS, value[RECOMMENDS], &out->recommends);
	if (code == 0 && value[PROVIDES].len)
		code = add_relations(r, PROVIDES, value[PROVIDES], ',', &out->provides);
	return code;
}

/* ---- a package ---- */

/* "want flag state": wholly there, and wanted how? */
static int read_status(struct reader *r, struct text value, bool *installed, bool *held)
{
	struct text want, flag, state = value;
	text_cut(&state, ' ', &want);
	text_cut(&state, ' ', &flag);
	if (!text_graphic(want) || !text_graphic(flag) || !text_graphic(state))
		return refuse(r, STATUS, value, "must be three words");
	*installed = deb822_is(flag, "ok") && deb822_is(state, "installed");
	*held = deb822_is(want, "hold");
	return 0;
}

/* "Source: name (version)", both optional. */
static int read_source(struct reader *r, struct text value, struct dpkg_package *out)
{
	struct dpkg_relation source = { .name = out->name };
	const char *broken = value.len ? read_relation(value, &source) : NULL;
	out->source = source.name;
	out->source_version = source.version.len ? source.version : out->version;
	return broken ? refuse(r, SOURCE, value, broken) : 0;
}

static int read_package(struct reader *r, const struct deb822_paragraph *s, struct dpkg_package *out)
{
	const struct text *value = s->value;
	out->name = value[PACKAGE];
	out->version = value[VERSION];
	out->architecture = value[ARCHITECTURE];
	out->priority = text_graphic(value[PRIORITY]) ? value[PRIORITY] : (struct text){ 0 };
	if (!out->version.at || !out->architecture.at)
		return refuse(r, PACKAGE, out->name, "an installed package must have a Version and an Architecture");
	if (!text_graphic(out->version))
		return refuse(r, VERSION, out->version, "must be printable ASCII without a blank");
	if (!name_valid(out->architecture))
		return refuse(r, ARCHITECTURE, out->architecture, "must be letters, digits and -");
	if (!text_u64(value[INSTALLED_SIZE], DPKG_SIZE_MAX, &out->installed_size_kib))
		out->installed_size_kib = 0;
	out->same = deb822_is(value[MULTI_ARCH], "same");
	out->foreign = deb822_is(value[MULTI_ARCH], "foreign");
	out->essential = deb822_is(value[ESSENTIAL], "yes");
	out->protected = deb822_is(value[PROTECTED], "yes") || deb822_is(value[IMPORTANT], "yes");
	int code = read_source(r, value[SOURCE], out);
	return code == 0 ? read_relations(r, s, out) : code;
}

static int take_paragraph(struct reader *r, const struct deb822_paragraph *s, struct dpkg *out, size_t *room)
{
	struct dpkg_package package = { 0 };
	bool installed = false;
	struct text status = s->value[STATUS];
	if (!status.at)
		return refuse(r, PACKAGE, s->value[PACKAGE], "a package must have a Status");
	int code = read_status(r, status, &installed, &package.held);
	if (code < 0 || !installed)
		return code;
	if (out->count == DPKG_PACKAGES_MAX)
		return refuse(r, PACKAGE, s->value[PACKAGE], "the file has too many packages");
	code = read_package(r, s, &package);
	if (out->count == *room)
		out->packages = arena_grow(r->arena, out->packages, room, sizeof package);
	out->packages[out->count++] = package;
	return code;
}

static int by_name(const void *a, const void *b)
{
	const struct dpkg_package *x = a, *y = b;
	int order = text_compare(x->name, y->name);
	return order ? order : text_compare(x->architecture, y->architecture);
}

static int sort_packages(const struct reader *r, struct dpkg *out)
{
	const struct text *native = NULL;
	if (out->count)
		qsort(out->packages, out->count, sizeof *out->packages, by_name);
	for (size_t i = 0; i < out->count; i++) {
		const struct dpkg_package *p = &out->packages[i];
		if (i > 0 && by_name(p - 1, p) == 0)
			return refuse(r, PACKAGE, p->name, "this package stands there twice");
		bool all = text_equal(p->architecture, TEXT("all"));
		if (!all && (!native || text_equal(p->name, TEXT("dpkg"))))
			native = &p->architecture;
	}
	out->native = native ? *native : (struct text){ 0 };
	return 0;
}

static int open_file(struct reader *r, struct text bytes, const char *what, struct fault *f)
{
	if (bytes.len > DPKG_STATUS_MAX)
		return fault_set(f, FAULT_INPUT, "%s: has %zu bytes, at most %u are read", what, bytes.len,
				 DPKG_STATUS_MAX);
	r->file = (struct deb822){ .all = bytes, .what = what, .names = NAMES, .count = FIELDS, .fault = f };
	return 0;
}

int dpkg_parse(struct text bytes, const char *what, struct arena *a, struct dpkg *out, struct fault *f)
{
	struct reader r = { .arena = a };
	struct deb822_paragraph s;
	size_t room = 0;
	*out = (struct dpkg){ 0 };
	int code = open_file(&r, bytes, what, f);
	if (code == 0)
		r.file.all = arena_copy(a, bytes);
	while (code == 0 && (code = next_paragraph(&r, &s)) > 0)
		code = take_paragraph(&r, &s, out, &room);
	return code == 0 ? sort_packages(&r, out) : code;
}

/* ---- apt's marks ---- */

static int take_mark(const struct reader *r, const struct deb822_paragraph *s, struct dpkg *db)
{
	struct text mark = s->value[AUTO_INSTALLED];
	size_t count;
	struct dpkg_package *p = dpkg_named(db, s->value[PACKAGE], &count);
	if (mark.at && !text_equal(mark, TEXT("0")) && !text_equal(mark, TEXT("1")))
		return refuse(r, AUTO_INSTALLED, mark, "must be 0 or 1");
	for (size_t i = 0; mark.at && i < count; i++)
		if (!s->value[ARCHITECTURE].at ||
		    dpkg_architecture_equal(db, p[i].architecture, s->value[ARCHITECTURE]))
			p[i].automatic = mark.at[0] == '1';
	return 0;
}

int dpkg_marks(struct text bytes, const char *what, struct dpkg *db, struct fault *f)
{
	struct reader r = { 0 };
	struct deb822_paragraph s;
	int code = open_file(&r, bytes, what, f);
	while (code == 0 && (code = next_paragraph(&r, &s)) > 0)
		code = take_mark(&r, &s, db);
	return code;
}

/* ---- looking things up ---- */

struct dpkg_package *dpkg_named(const struct dpkg *db, struct text name, size_t *count)
{
	size_t low = 0, high = db->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (text_compare(db->packages[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0; low + *count < db->count && text_equal(db->packages[low + *count].name, name);)
		++*count;
	return *count ? &db->packages[low] : NULL;
}

static struct text real_architecture(const struct dpkg *db, struct text architecture)
{
	return text_equal(architecture, TEXT("all")) ? db->native : architecture;
}

bool dpkg_architecture_equal(const struct dpkg *db, struct text a, struct text b)
{
	return text_equal(real_architecture(db, a), real_architecture(db, b));
}

struct dpkg_package *dpkg_find(const struct dpkg *db, struct text name)
{
	struct text bare, architecture = name;
	size_t count;
	text_cut(&architecture, ':', &bare);
	struct dpkg_package *p = dpkg_named(db, bare, &count);
	for (size_t i = 0; i < count; i++)
		if (dpkg_architecture_equal(db, p[i].architecture, architecture.at ? architecture : db->native))
			return &p[i];
	return architecture.at ? NULL : p;
}

void dpkg_list_search(struct text list, struct texts paths, bool *hit)
{
	struct text line;
	while (text_cut(&list, '\n', &line)) {
		ptrdiff_t i = texts_find(paths, line);
		if (i >= 0)
			hit[i] = true;
	}
}
