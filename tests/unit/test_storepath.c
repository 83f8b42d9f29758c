#include "samples.h"

#include "format/storepath.h"

#define HASH "00bgd045z0d4icpbc2yyz4gx48ak44la"

static void base_names(void **state)
{
	static const char *const good[] = { HASH "-a",        HASH "-.gitignore",    HASH "-...", HASH "-..foo",
					    HASH "-.foo-bar", HASH "-a?b=c+d_e-f.G", HASH "--",   HASH "-a-." };
	static const char *const bad[] = { "",
					   "-",
					   HASH,
					   HASH "-",
					   HASH "a",
					   HASH "-.",
					   HASH "-..",
					   HASH "-.-foo",
					   HASH "-..-foo",
					   HASH "-a b",
					   HASH "-a~b",
					   HASH "-a/b",
					   HASH "-\xc3\xa4",
					   "00bgd045z0d4icpbc2yyz4gx48aku4la-x",
					   "00BGD045z0d4icpbc2yyz4gx48ak44la-x",
					   "0" HASH "-x",
					   "/nix/store/" HASH "-x" };
	char longest[STOREPATH_BASE_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(storepath_valid(text_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(storepath_valid(text_of(bad[i])));
	assert_false(storepath_valid(TEXT(HASH "-a\0b")));
	for (const char *c = "eotu"; *c; c++) {
		char letter[] = HASH "-a";

		letter[5] = *c;
		assert_false(storepath_valid(text_of(letter)));
	}
	memset(longest, 'a', sizeof longest);
	longest[STORE_HASH_CHARS] = '-';
	assert_true(storepath_valid((struct text){ longest, STOREPATH_BASE_MAX }));
	assert_false(storepath_valid((struct text){ longest, STOREPATH_BASE_MAX + 1 }));
}

static void full_paths(void **state)
{
	(void)state;
	assert_true(text_equal(storepath_base(TEXT("/nix/store/" HASH "-x")), TEXT(HASH "-x")));
	assert_null(storepath_base(TEXT(HASH "-x")).at);
	assert_null(storepath_base(TEXT("/nix/store/" HASH "-x/")).at);
	assert_null(storepath_base(TEXT("/nix/store/" HASH "-x/bin")).at);
	assert_null(storepath_base(TEXT("/nix/store//" HASH "-x")).at);
	assert_null(storepath_base(TEXT("/gnu/store/" HASH "-x")).at);
	assert_null(storepath_base(TEXT("/nix/store/")).at);
	assert_null(storepath_base((struct text){ 0 }).at);
	assert_true(text_equal(storepath_hash(TEXT(HASH "-x-1")), TEXT(HASH)));
	assert_true(text_equal(storepath_name(TEXT(HASH "-x-1")), TEXT("x-1")));
}

/* Nix: the tests of nix-env's parseDrvName. */
static void names_split_before_the_version(void **state)
{
	static const char *const rows[][3] = {
		{ "git-2.51.0", "git", "2.51.0" },
		{ "git-2.51.0-doc", "git", "2.51.0-doc" },
		{ "nix-js-0.12pre3333", "nix-js", "0.12pre3333" },
		{ "hello", "hello", "" },
		{ "foo-bar", "foo-bar", "" },
		{ "foo-", "foo-", "" },
		{ "foo--1", "foo", "-1" },
		{ "foo-_1", "foo", "_1" },
		{ "-", "-", "" },
		{ "-1", "", "1" },
		{ "a-", "a-", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text name, version;

		storepath_split_name(text_of(rows[i][0]), &name, &version);
		assert_true(text_equal(name, text_of(rows[i][1])));
		assert_true(text_equal(version, text_of(rows[i][2])));
	}
}

static void vectors(void **state)
{
	struct text file = sample_read(vectors_path("storepath-valid.tsv")), rest = file, line, base;
	size_t count = 0;

	(void)state;
	while (text_cut(&rest, '\n', &line)) {
		if (!line.len || line.at[0] == '#')
			continue;
		text_cut(&line, '\t', &base);
		if (storepath_valid(base) != text_starts(line, TEXT("ok")))
			fail_msg("storepath_valid(" TEXT_F "), expected: " TEXT_F, TEXT_A(base), TEXT_A(line));
		count++;
	}
	assert_true(count >= 16);
	free((void *)(uintptr_t)file.at);
}

#define SELF "xyz0lzq7s99iaccwb98hz33lqcv2klhb-self-2.0"

/* Made by Nix 2.8: `nix store add-path` and `nix store make-content-addressed`. */
static struct made {
	const char *base, *ca, *nar;
	struct text references[2];
	size_t count;
} made[] = {
	{ "xfp2hphvk98rkk9ywlqpp587rjdcgnc2-hello.txt",
	  "fixed:r:sha256:0sg9f58l1jj88w6pdrfdpj5x9b1zrwszk84j81zvby36q9whhhqa",
	  "sha256-CkMIecJm+LV/QJKg+TXPP6zUi7zN5XYNR0jKQFFx6Wk=",
	  { { 0 } },
	  0 },
	{ "hrmb0diqb1781qahpz108z53k8nk9hr4-a-1",
	  "fixed:r:sha256:1z9x4wqqzn00vzqxswrhz7jnky5rb57zfh3vhkjjn5gipynlan1n",
	  "sha256-NlhFrb/xFSvlhHtA909Zufhp5fkwc93x3wDYjzEnPf0=",
	  { TEXT_INIT("023vfm7ypgfv7hdpl2cfi57a895c5kba-b-1"), TEXT_INIT("4jiqvfi7mp005g3im9x4k32fxfjywb9g-c-1") },
	  2 },
	{ SELF,
	  "fixed:r:sha256:1j35a9zkxaacnx8svmv2m87pcczwy40sdab8yb6wk7pcrpnd8k9n",
	  "sha256-y1YGzoAA+AXTA78p9L6rQp2seapmAwyht1d2hi/apIA=",
	  { TEXT_INIT("hrmb0diqb1781qahpz108z53k8nk9hr4-a-1"), TEXT_INIT(SELF) },
	  2 },
};

static bool holds(struct made *m, struct text base, const char *digest)
{
	struct digest nar;

	assert_true(digest_parse(text_of(digest), &nar));
	return storepath_ca_holds(base, text_of(m->ca), &nar, (struct texts){ m->references, m->count });
}

static void paths_follow_from_their_content(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct texts references = { made[i].references, made[i].count };
		struct text base = text_of(made[i].base);
		struct digest nar;

		assert_true(holds(&made[i], base, made[i].nar));
		assert_true(digest_parse(text_of(made[i].nar), &nar));
		assert_true(text_equal(base, storepath_make_ca(storepath_name(base), &nar, references, &a)));
	}
	/* With a self-reference ca has the hash of the rewritten NAR: it proves nothing about the real one. */
	assert_false(holds(&made[2], TEXT(SELF), made[2].nar));
	assert_true(holds(&made[2], TEXT(SELF), made[2].ca + strlen("fixed:r:")));
	arena_drop(&a);
}

static void nothing_else_follows(void **state)
{
	struct made *m = &made[1];
	struct made other = *m;

	(void)state;
	assert_false(holds(m, TEXT("hrmb0diqb1781qahpz108z53k8nk9hr4-a-2"), m->nar));
	assert_false(holds(m, TEXT("irmb0diqb1781qahpz108z53k8nk9hr4-a-1"), m->nar));
	assert_false(holds(m, text_of(m->base), made[0].nar));
	other.count = 1;
	assert_false(holds(&other, text_of(m->base), m->nar));
	other = *m;
	other.ca = made[0].ca;
	assert_false(holds(&other, text_of(m->base), m->nar));
	other.ca = m->ca + strlen("fixed:r:");
	assert_false(holds(&other, text_of(m->base), m->nar));
	other.ca = "text:sha256:1z9x4wqqzn00vzqxswrhz7jnky5rb57zfh3vhkjjn5gipynlan1n";
	assert_false(holds(&other, text_of(m->base), m->nar));
	other.ca = "fixed:sha256:1z9x4wqqzn00vzqxswrhz7jnky5rb57zfh3vhkjjn5gipynlan1n";
	assert_false(holds(&other, text_of(m->base), m->nar));
	other.ca = "";
	assert_false(holds(&other, text_of(m->base), m->nar));
	assert_false(holds(m, TEXT("a-1"), m->nar));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_names),
		cmocka_unit_test(full_paths),
		cmocka_unit_test(names_split_before_the_version),
		cmocka_unit_test(vectors),
		cmocka_unit_test(paths_follow_from_their_content),
		cmocka_unit_test(nothing_else_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
