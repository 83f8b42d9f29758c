/* sweep: what of a store goes, what stays because others need it, and what was never ours. */
#include "samples.h"

#include "plan/sweep.h"

/* A store in a few words: name, what it refers to (blanks between), and its flags: o ours, e environment, h held. */
struct row {
	const char *name, *references, *flags;
};

/* Judges the rows, which are sorted; compares the names of what goes, what is kept and what is others'. */
static void judges_rows(const struct row *rows, size_t count, const char *const want[3])
{
	struct arena a = { 0 };
	struct sweep_object *objects = arena_alloc(&a, count, sizeof *objects);
	struct sweep sweep;
	for (size_t i = 0; i < count; i++) {
		struct text rest = text_of(rows[i].references), word;
		LIST(struct text) references = { 0 };
		while (text_cut(&rest, ' ', &word))
			if (word.len)
				LIST_PUSH(&references, &a, word);
		objects[i] = (struct sweep_object){ .path = text_of(rows[i].name),
						    .references = LIST_TEXTS(references),
						    .nar_size = 1u << i,
						    .ours = strchr(rows[i].flags, 'o'),
						    .environment = strchr(rows[i].flags, 'e'),
						    .held = strchr(rows[i].flags, 'h') };
	}
	sweep_judge(objects, count, &a, &sweep);
	struct { size_t *at, count; } lists[] = { { sweep.gone.at, sweep.gone.count },
						  { sweep.kept.at, sweep.kept.count },
						  { sweep.others.at, sweep.others.count } };
	uint64_t bytes[3] = { 0 };
	for (size_t k = 0; k < 3; k++) {
		struct text names = TEXT("");
		for (size_t i = 0; i < lists[k].count; i++) {
			names = arena_printf(&a, TEXT_F "%s" TEXT_F, TEXT_A(names), i ? " " : "", TEXT_A(objects[lists[k].at[i]].path));
			bytes[k] += objects[lists[k].at[i]].nar_size;
		}
		assert_string_equal(names.at, want[k]);
	}
	assert_int_equal(sweep.gone_bytes, bytes[0]);
	assert_int_equal(sweep.kept_bytes, bytes[1]);
	arena_drop(&a);
}

#define JUDGES(gone, kept, others, ...)                                                                                \
	judges_rows((const struct row[]){ __VA_ARGS__ }, sizeof((const struct row[]){ __VA_ARGS__ }) / sizeof(struct row),  \
		    (const char *const[]){ gone, kept, others })

static void all_of_ours_goes_when_nobody_needs_it(void **state)
{
	(void)state;
	JUDGES("env git libc", "", "", { "env", "git", "e" }, { "git", "libc", "o" }, { "libc", "libc", "o" });
}

static void nothing_is_nothing(void **state)
{
	struct arena a = { 0 };
	struct sweep sweep;
	(void)state;
	sweep_judge(NULL, 0, &a, &sweep);
	assert_int_equal(sweep.gone.count + sweep.kept.count + sweep.others.count, 0);
	arena_drop(&a);
}

static void what_is_held_keeps_all_that_it_reaches(void **state)
{
	(void)state;
	JUDGES("env git pcre", "libc nix openssl", "", { "env", "git nix", "e" }, { "git", "libc pcre", "o" }, { "libc", "", "o" },
	       { "nix", "openssl libc", "oh" }, { "openssl", "libc", "o" }, { "pcre", "libc", "o" });
}

static void an_object_of_others_keeps_what_it_reaches(void **state)
{
	(void)state;
	JUDGES("git", "libc", "mine", { "git", "libc", "o" }, { "libc", "", "o" }, { "mine", "libc", "" });
	JUDGES("libc", "", "mine", { "libc", "", "o" }, { "mine", "", "" });
}

static void a_root_of_others_holds_an_object_of_ours(void **state)
{
	(void)state;
	JUDGES("env jq", "git libc", "", { "env", "git jq", "e" }, { "git", "libc", "oh" }, { "jq", "", "o" }, { "libc", "", "o" });
}

static void an_environment_vouches_for_what_it_reaches(void **state)
{
	(void)state;
	JUDGES("env git libc", "", "stray", { "env", "git", "e" }, { "git", "libc", "" }, { "libc", "", "" }, { "stray", "", "" });
	JUDGES("", "env git", "", { "env", "git", "eh" }, { "git", "", "" });
}

static void references_to_nothing_and_circles_are_fine(void **state)
{
	(void)state;
	JUDGES("a b", "", "", { "a", "b gone", "o" }, { "b", "a b", "o" });
	JUDGES("", "b c", "a", { "a", "b nowhere", "" }, { "b", "c", "o" }, { "c", "b", "o" });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_ours_goes_when_nobody_needs_it),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(what_is_held_keeps_all_that_it_reaches),
		cmocka_unit_test(an_object_of_others_keeps_what_it_reaches),
		cmocka_unit_test(a_root_of_others_holds_an_object_of_ours),
		cmocka_unit_test(an_environment_vouches_for_what_it_reaches),
		cmocka_unit_test(references_to_nothing_and_circles_are_fine),
	};
	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
