/* shadow: which programs of a base are covered by linked commands, and what goes with their packages. */
#include "samples.h"

#include "base/buffer.h"
#include "plan/shadow.h"

#define STANZA(name, more) "Package: " name "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n" more "\n"

static const char STATUS[] = STANZA("dpkg", "Essential: yes\nInstalled-Size: 100\n")
	STANZA("vcs", "Installed-Size: 40\n")
	STANZA("vcs-extra", "Depends: vcs\nInstalled-Size: 2\n")
	STANZA("json", "Installed-Size: 7\n")
	STANZA("basics", "Essential: yes\nInstalled-Size: 9\n")
	STANZA("tool", "Installed-Size: 3\n")
	STANZA("needs-tool", "Depends: tool\n");

static const char MARKS[] = "Package: vcs-extra\nArchitecture: amd64\nAuto-Installed: 1\n";

/* Paths of the base with their packages; "" is nobody's. */
static const char *const PROGRAMS[][2] = {
	{ "/usr/sbin/vcs", "vcs-extra" }, { "/usr/bin/vcs", "vcs" },       { "/usr/bin/vcs-shell", "vcs" },
	{ "/usr/bin/extra", "vcs-extra" }, { "/usr/bin/json", "json" },    { "/usr/bin/ls", "basics" },
	{ "/usr/bin/byhand", "" },         { "/usr/bin/tool", "tool" },    { "/usr/bin/nobody", "" },
	{ "/bin/json", "json" },
};

#define COUNT (sizeof PROGRAMS / sizeof *PROGRAMS)

struct scene {
	struct arena arena;
	struct dpkg db;
	struct shadow_programs programs;
	struct shadows shadows;
};

/* "a b c", sorted. */
static struct texts words(struct scene *s, const char *line)
{
	LIST(struct text) list = { 0 };
	struct text rest = text_of(line), word;
	while (text_cut(&rest, ' ', &word))
		if (word.len)
			LIST_PUSH(&list, &s->arena, word);
	struct texts sorted = LIST_TEXTS(list);
	texts_sort_unique(&sorted);
	return sorted;
}

static void make(struct scene *s, const char *commands)
{
	struct fault f = { 0 };
	*s = (struct scene){ 0 };
	assert_int_equal(dpkg_parse(text_of(STATUS), "status", &s->arena, &s->db, &f), 0);
	assert_int_equal(dpkg_marks(text_of(MARKS), "marks", &s->db, &f), 0);
	s->programs = (struct shadow_programs){ arena_alloc(&s->arena, COUNT, sizeof *s->programs.at), COUNT };
	for (size_t i = 0; i < COUNT; i++) {
		const struct dpkg_package *p = *PROGRAMS[i][1] ? dpkg_find(&s->db, text_of(PROGRAMS[i][1])) : NULL;
		assert_true(p || !*PROGRAMS[i][1]);
		s->programs.at[i] = (struct shadow_program){ text_of(PROGRAMS[i][0]), p };
	}
	shadows_make(&s->db, s->programs, words(s, commands), &s->arena, &s->shadows);
}

static const char *joined(struct scene *s, struct texts t)
{
	BUFFER_AUTO b = { 0 };
	for (size_t i = 0; i < t.count; i++)
		buffer_printf(&b, "%s" TEXT_F, i ? " " : "", TEXT_A(t.at[i]));
	return arena_copy(&s->arena, buffer_view(&b)).at;
}

/* The shadowed package of that name ("": of none) is the i-th, and these are its lists. */
static const struct shadow *is(struct scene *s, size_t i, const char *name, const char *covered, const char *lost)
{
	assert_true(i < s->shadows.count);
	const struct shadow *shadow = &s->shadows.at[i];
	if (*name)
		assert_true(text_equal(shadow->package->name, text_of(name)));
	else
		assert_null(shadow->package);
	assert_string_equal(joined(s, shadow->covered), covered);
	assert_string_equal(joined(s, shadow->lost), lost);
	return shadow;
}

static void nothing_is_before_nothing(void **state)
{
	struct scene s;
	(void)state;
	make(&s, "");
	assert_int_equal(s.shadows.count, 0);
	arena_drop(&s.arena);
	make(&s, "unheard-of vc usr");
	assert_int_equal(s.shadows.count, 0);
	arena_drop(&s.arena);
}

static void a_package_is_told_with_all_its_programs(void **state)
{
	struct scene s;
	(void)state;
	make(&s, "json");
	assert_int_equal(s.shadows.count, 1);
	const struct shadow *json = is(&s, 0, "json", "/usr/bin/json /bin/json", "");
	assert_int_equal(json->verdict.answer, PURGE_YES);
	assert_int_equal(json->installed_kib, 7);
	arena_drop(&s.arena);
}

static void what_goes_along_counts(void **state)
{
	struct scene s;
	(void)state;
	make(&s, "vcs");
	assert_int_equal(s.shadows.count, 2);
	is(&s, 0, "vcs-extra", "/usr/sbin/vcs", "/usr/bin/extra");
	const struct shadow *vcs = is(&s, 1, "vcs", "/usr/bin/vcs", "/usr/bin/vcs-shell /usr/bin/extra");
	assert_int_equal(vcs->verdict.answer, PURGE_YES);
	assert_int_equal(vcs->installed_kib, 42);
	arena_drop(&s.arena);
	make(&s, "extra vcs vcs-shell");
	is(&s, 1, "vcs", "/usr/bin/vcs /usr/bin/vcs-shell", "");
	arena_drop(&s.arena);
}

static void essential_needed_and_nobody_s(void **state)
{
	struct scene s;
	(void)state;
	make(&s, "byhand ls tool");
	assert_int_equal(s.shadows.count, 3);
	assert_int_equal(is(&s, 0, "basics", "/usr/bin/ls", "")->verdict.answer, PURGE_ESSENTIAL);
	const struct shadow *none = is(&s, 1, "", "/usr/bin/byhand", "");
	assert_int_equal(none->verdict.answer, PURGE_ABSENT);
	assert_int_equal(none->installed_kib, 0);
	const struct shadow *tool = is(&s, 2, "tool", "/usr/bin/tool", "");
	assert_int_equal(tool->verdict.answer, PURGE_NEEDED);
	assert_int_equal(tool->verdict.keeping.count, 1);
	assert_true(text_equal(tool->verdict.keeping.at[0]->name, TEXT("needs-tool")));
	arena_drop(&s.arena);
}

static void a_tool_has_its_part(void **state)
{
	struct scene s;
	(void)state;
	make(&s, "json vcs vcs-shell");
	const struct shadow *vcs = &s.shadows.at[1];
	assert_string_equal(joined(&s, shadow_by(vcs, words(&s, "vcs vcs-shell zz"), &s.arena)), "/usr/bin/vcs /usr/bin/vcs-shell");
	assert_string_equal(joined(&s, shadow_by(vcs, words(&s, "vcs-shell"), &s.arena)), "/usr/bin/vcs-shell");
	assert_string_equal(joined(&s, shadow_by(vcs, words(&s, "json"), &s.arena)), "");
	arena_drop(&s.arena);
}

static void a_base_without_packages(void **state)
{
	struct scene s = { 0 };
	struct dpkg none = { 0 };
	struct shadow_program one = { TEXT("/bin/json"), NULL };
	(void)state;
	shadows_make(&none, (struct shadow_programs){ &one, 1 }, words(&s, "json"), &s.arena, &s.shadows);
	assert_int_equal(s.shadows.count, 1);
	is(&s, 0, "", "/bin/json", "");
	arena_drop(&s.arena);
}

static void a_command_is_what_follows_the_last_slash(void **state)
{
	(void)state;
	assert_true(text_equal(shadow_command(TEXT("/usr/bin/[")), TEXT("[")));
	assert_true(text_equal(shadow_command(TEXT("git")), TEXT("git")));
	assert_int_equal(shadow_command(TEXT("/")).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_before_nothing),
		cmocka_unit_test(a_package_is_told_with_all_its_programs),
		cmocka_unit_test(what_goes_along_counts),
		cmocka_unit_test(essential_needed_and_nobody_s),
		cmocka_unit_test(a_tool_has_its_part),
		cmocka_unit_test(a_base_without_packages),
		cmocka_unit_test(a_command_is_what_follows_the_last_slash),
	};
	return cmocka_run_group_tests_name("shadow", tests, NULL, NULL);
}
