/* together: what shares a command with something that stays. */
#include "plan/together.h"

#include "containers.h"

#define URL "https://github.com/"
#define GET(name) "curl -fsSLo /usr/local/bin/" name " " URL "o/" name "/releases/download/v1/" name

/* A file, what of it would go, separated by blanks, and what of these is held back. */
static const struct {
	const char *file, *going, *held;
} SAMPLES[] = {
	{ "FROM d\nRUN " GET("a") " && " GET("b") " && chmod +x /usr/local/bin/a /usr/local/bin/b", "a b", "" },
	{ "FROM d\nRUN " GET("a") " && " GET("b") " && chmod +x /usr/local/bin/a /usr/local/bin/b", "a", "a" },
	{ "FROM d\nRUN " GET("a") " && " GET("b") " && chmod +x /usr/local/bin/a && chmod +x /usr/local/bin/b", "a", "" },
	{ "FROM d\nRUN mkdir -p /x && " GET("a") " && " GET("b") " && chmod +x /usr/local/bin/a /usr/local/bin/b && " GET("c")
	  " && chmod +x /usr/local/bin/c", "a c", "a" },
	/* a and b share one command, b and c another: what stays, c, holds both. */
	{ "FROM d\nRUN " GET("a") " && " GET("b") " && " GET("c")
	  " && chmod +x /usr/local/bin/a /usr/local/bin/b && chmod +r /usr/local/bin/b /usr/local/bin/c", "a b", "a b" },
};

static bool among(const char *words, struct text name)
{
	struct text rest = text_of(words), word;

	while (rest.len && text_cut(&rest, ' ', &word))
		if (text_ends(name, word))
			return true;
	return false;
}

static void what_is_shared_is_held(void **state)
{
	for (size_t i = 0; i < sizeof SAMPLES / sizeof *SAMPLES; i++) {
		struct arena a = { 0 };
		struct containerfile file;
		struct scan scan;
		bool going[8] = { 0 };
		struct text why[8] = { 0 };

		scan_text(text_of(SAMPLES[i].file), &a, &file, &scan);
		assert_in_range(scan.software.count, 2, 8);
		for (size_t k = 0; k < scan.software.count; k++)
			going[k] = among(SAMPLES[i].going, scan.software.at[k].name);
		together_hold(&scan, &a, going, why);
		for (size_t k = 0; k < scan.software.count; k++) {
			struct text name = scan.software.at[k].name;
			bool held = among(SAMPLES[i].held, name);

			if (going[k] != (among(SAMPLES[i].going, name) && !held) || (why[k].len > 0) != held)
				fail_msg("%s\n" TEXT_F ": '" TEXT_F "'", SAMPLES[i].file, TEXT_A(name), TEXT_A(why[k]));
			if (held)
				assert_true(text_equal(why[k], TEXT("it shares `chmod` with what stays")));
		}
		arena_drop(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shared_is_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
