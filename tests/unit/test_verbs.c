/* verbs: each table entry says all that help, completion and the command line need. */
#include "cmd/verbs.h"

#include "base/text.h"
#include "samples.h"

static void verbs_are_told_apart_and_told(void **state)
{
	(void)state;
	for (size_t i = 0; VERBS[i]; i++) {
		const struct command *c = VERBS[i];

		assert_true(c->name && c->summary && c->text && c->options && c->run);
		assert_true(*c->summary && !strchr(c->summary, '\n') && !strchr(c->summary, '\'')); /* completion quotes it */
		assert_true(!*c->text || c->text[strlen(c->text) - 1] == '\n');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(c->name, VERBS[k]->name);
	}
}

/* Is `spec` the only one of its name and letter among `others`, itself aside? */
static void check_alone(const struct option_spec *spec, const struct option_spec *others)
{
	for (; others->name; others++) {
		if (others == spec)
			continue;
		assert_string_not_equal(spec->name, others->name);
		if (spec->letter && spec->letter == others->letter)
			fail_msg("-%c is --%s and --%s", spec->letter, spec->name, others->name);
	}
}

static void options_are_told_apart_and_told(void **state)
{
	(void)state;
	for (size_t i = 0; VERBS[i]; i++) {
		for (const struct option_spec *o = VERBS[i]->options; o->name; o++) {
			assert_true(o->help && *o->help && !strchr(o->help, '\n'));
			check_alone(o, VERBS[i]->options);
			check_alone(o, COMMON_OPTIONS);
		}
	}
	for (const struct option_spec *o = COMMON_OPTIONS; o->name; o++)
		check_alone(o, COMMON_OPTIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_are_told_apart_and_told),
		cmocka_unit_test(options_are_told_apart_and_told),
	};

	return cmocka_run_group_tests_name("verbs", tests, NULL, NULL);
}
