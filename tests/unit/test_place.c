/* place: a receipt makes no other places nixgraft's own, and in its own no other things. */
#include "store/place.h"

#include "samples.h"
#include "store/layout.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define SHARE "/usr/local/share/"

static void only_some_places_can_be_ours(void **state)
{
	static const char *const ours[] = { "/usr/local/bin/git", PROFILE_D, NIX_CONF, NIX_REGISTRY, SHARE "man/man1/x",
					    "/home/ada/.nix-profile", SHARE "man/man1/...1" };
	static const char *const others[] = { "/etc/passwd", "/usr/local/binary", "/usr/local/sbin/x", "/usr/local/shared/x",
					      "/home/ada/.profile", "/etc/nix/nix.conf.d", "", SHARE "../../../etc/passwd",
					      "/usr/local/bin/../../etc/passwd", "/usr/local/bin/.." };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		assert_true(place_is_ours(text_of(ours[i])));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (place_is_ours(text_of(others[i])))
			fail_msg("%s could be ours", others[i]);
}

static void a_link_leads_into_a_profile_and_a_file_has_one_of_three_names(void **state)
{
	static const struct {
		const char *path, *target;
		bool ours;
	} cases[] = {
		{ "/usr/local/bin/git", GRAFT_PROFILE "/bin/git", true },
		{ "/home/ada/.nix-profile", NIX_PROFILES "/per-user/ada/profile", true },
		{ "/usr/local/bin/git", "/opt/git", false },
		{ "/etc/passwd", GRAFT_PROFILE "/bin/git", false },
		{ NIX_CONF, NULL, true },
		{ NIX_REGISTRY, NULL, true },
		{ PROFILE_D, NULL, true },
		{ "/usr/local/bin/git", NULL, false },
		{ SHARE "man/man1/x.1", NULL, false },
		{ "/home/ada/.nix-profile", NULL, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct receipt_wire w = { .path = text_of(cases[i].path), .target = text_of(cases[i].target) };
		if (place_may_have(&w) != cases[i].ours)
			fail_msg("%s", cases[i].path);
	}
}

static void folders_are_those_of_places_and_above(void **state)
{
	static const char *const ours[] = { "/nix", "/etc", "/etc/nix", "/etc/profile.d", "/usr", "/usr/local/bin", SHARE "man/man1" };
	static const char *const others[] = { "/etc/passwd", "/bin/sh", "/opt", "/home", "/home/ada", "/nix/store", "/usr/local/sbin", "/etc/ssh" };
	struct arena a = { 0 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		if (!place_holds_ours(text_of(ours[i]), &a))
			fail_msg("%s is not ours", ours[i]);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (place_holds_ours(text_of(others[i]), &a))
			fail_msg("%s could be ours", others[i]);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_some_places_can_be_ours),
		cmocka_unit_test(a_link_leads_into_a_profile_and_a_file_has_one_of_three_names),
		cmocka_unit_test(folders_are_those_of_places_and_above),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
