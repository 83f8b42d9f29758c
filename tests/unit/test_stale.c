/* stale: why a lock is out of date, by the cases of tests/plan.
 *
 *     have flake 1               the lock belongs to the flake.lock of that content; left out: to none
 *     have system x86_64-linux   begins a system of the lock, which the next lines tell about
 *     have nix N                 its Nix
 *     have tool T KEY=VALUE...   its tools, sorted: path, version, attribute, outputs=NAME:PATH,..., commands=NAME,...
 *     want flake 2 | want flake none             what flake.lock is now; left out: nobody looks
 *     want system ..., want nix ..., want tool ...   the manifest; left out: there is none
 *     reason TEXT                what comes out, in order */
#include "plan/stale.h"

#include "cases.h"

/* One side of a case. */
struct side {
	bool has_flake, looks;            /* is there a flake.lock; does the case tell? */
	struct flakelock flake;           /* then */
	LIST(struct lock_system) systems; /* in the order of the case */
	LIST(struct lock_tool) tools;     /* of the last of them */
};

static void read_flake(struct side *s, struct text content)
{
	s->looks = true;
	s->has_flake = !text_equal(content, TEXT("none"));
	memcpy(s->flake.digest.bytes, content.at, content.len);
}

static void read_outputs(struct lock_tool *tool, struct text outputs, struct arena *a)
{
	struct texts pairs = case_list(outputs, a);

	tool->output_count = pairs.count;
	tool->outputs = arena_alloc(a, pairs.count + 1, sizeof *tool->outputs);
	for (size_t i = 0; i < pairs.count; i++) {
		tool->outputs[i].path = pairs.at[i];
		text_cut(&tool->outputs[i].path, ':', &tool->outputs[i].name);
	}
}

static void read_tool(struct side *s, struct text words, struct arena *a)
{
	struct lock_system *system = &s->systems.at[s->systems.count - 1];
	struct lock_tool tool = { .path = case_value(words, "path"), .version = case_value(words, "version"),
				  .attribute = case_value(words, "attribute"),
				  .commands = case_list(case_value(words, "commands"), a) };

	read_outputs(&tool, case_value(words, "outputs"), a);
	text_cut(&words, ' ', &tool.name);
	LIST_PUSH(&s->tools, a, tool);
	system->tools = s->tools.at;
	system->tool_count = s->tools.count;
}

static void read_side(struct side *s, struct text words, struct arena *a)
{
	struct text kind;

	text_cut(&words, ' ', &kind);
	if (text_equal(kind, TEXT("flake"))) {
		read_flake(s, words);
	} else if (text_equal(kind, TEXT("system"))) {
		LIST_PUSH(&s->systems, a, ((struct lock_system){ .name = words }));
		memset(&s->tools, 0, sizeof s->tools);
	} else if (text_equal(kind, TEXT("nix"))) {
		s->systems.at[s->systems.count - 1].nix = words;
	} else {
		assert_true(text_equal(kind, TEXT("tool")));
		read_tool(s, words, a);
	}
}

static void run_case(struct side *have, struct side *want, struct arena *a, struct stale *out)
{
	struct lock lock = { .has_flake = have->has_flake, .flake = have->flake, .systems = have->systems.at,
			     .system_count = have->systems.count };

	if (want->looks)
		stale_flake(&lock, want->has_flake ? &want->flake : NULL, a, out);
	for (size_t i = 0; i < want->systems.count; i++)
		stale_system(&lock, &want->systems.at[i], a, out);
}

static void check_case(const char *name, struct text bytes)
{
	LIST(struct text) reasons = { 0 };
	struct side have = { 0 }, want = { 0 };
	struct stale stale = { 0 };
	struct arena a = { 0 };
	struct case_line line;

	if (strncmp(name, "stale-", 6))
		return;
	while (case_next(&bytes, &line)) {
		if (case_word(&line, "reason"))
			LIST_PUSH(&reasons, &a, line.rest);
		else
			read_side(case_word(&line, "have") ? &have : &want, line.rest, &a);
	}
	run_case(&have, &want, &a, &stale);
	for (size_t i = 0; i < reasons.count || i < stale.reasons.count; i++)
		if (i >= reasons.count || i >= stale.reasons.count || !text_equal(reasons.at[i], stale.reasons.at[i]))
			fail_msg("%s: reason %zu is \"" TEXT_F "\" and not \"" TEXT_F "\"", name, i,
				 TEXT_A(i < stale.reasons.count ? stale.reasons.at[i] : TEXT("none")),
				 TEXT_A(i < reasons.count ? reasons.at[i] : TEXT("none")));
	arena_drop(&a);
}

static void cases_hold(void **state)
{
	(void)state;
	samples_walk("tests/plan", check_case);
}

/* Several looks add up in one list. */
static void reasons_are_appended(void **state)
{
	struct stale stale = { 0 };
	struct arena a = { 0 };
	struct lock lock = { 0 };
	struct flakelock flake = { 0 };
	struct lock_system arm = { .name = TEXT("aarch64-linux") }, riscv = { .name = TEXT("riscv64-linux") };

	(void)state;
	stale_system(&lock, &arm, &a, &stale);
	stale_system(&lock, &riscv, &a, &stale);
	stale_flake(&lock, &flake, &a, &stale);
	assert_int_equal(stale.reasons.count, 3);
	assert_true(text_equal(stale.reasons.at[0], TEXT("the lock has nothing for aarch64-linux")));
	assert_true(text_equal(stale.reasons.at[1], TEXT("the lock has nothing for riscv64-linux")));
	arena_drop(&a);
}

/* What is only known about a package makes no lock stale; the next `nixgraft lock` writes it all the same. */
static void what_is_only_known_makes_nothing_stale(void **state)
{
	struct lock_tool old = { .name = TEXT("git"), .path = TEXT("p") }, new = old;
	struct lock_system before = { .name = TEXT("s"), .nix = TEXT("n"), .tools = &old, .tool_count = 1 }, after = before;
	struct lock lock = { .systems = &before, .system_count = 1 };
	struct stale stale = { 0 };
	struct arena a = { 0 };

	(void)state;
	new.package = (struct package){ .description = TEXT("another"), .cpe = TEXT("cpe:x") };
	after.tools = &new;
	after.nix_version = TEXT("2");
	after.nix_package.pname = TEXT("nix");
	stale_system(&lock, &after, &a, &stale);
	assert_int_equal(stale.reasons.count, 0);
	after.nix_commands = (struct texts){ &new.name, 1 };
	stale_system(&lock, &after, &a, &stale);
	assert_int_equal(stale.reasons.count, 1);
	assert_true(text_equal(stale.reasons.at[0], TEXT("s: Nix has another set of commands")));
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_hold),
		cmocka_unit_test(reasons_are_appended),
		cmocka_unit_test(what_is_only_known_makes_nothing_stale),
	};

	return cmocka_run_group_tests_name("stale", tests, NULL, NULL);
}
