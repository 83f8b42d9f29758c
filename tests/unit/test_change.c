/* change: what differs between two systems, tool by tool and command by command. */
#include "samples.h"

#include "base/buffer.h"
#include "plan/change.h"

#define HASH "00bgd045z0d4icpbc2yyz4gx48ak44la-"

/* "a,b,c" as texts, in the arena. */
static struct texts list(struct arena *a, const char *line)
{
	LIST(struct text) out = { 0 };
	struct text rest = text_of(line), word;
	while (text_cut(&rest, ',', &word))
		if (word.len)
			LIST_PUSH(&out, a, word);
	return LIST_TEXTS(out);
}

/* A tool as a test writes it; the list ends with a NULL name. */
struct row {
	const char *name, *version, *path, *commands;
};

static struct lock_system *make(struct arena *a, const struct row *rows, const char *nix, const char *nix_commands)
{
	struct lock_system *s = arena_alloc(a, 1, sizeof *s);
	while (rows[s->tool_count].name)
		s->tool_count++;
	s->tools = arena_alloc(a, s->tool_count, sizeof *s->tools);
	for (size_t i = 0; i < s->tool_count; i++)
		s->tools[i] = (struct lock_tool){ .name = text_of(rows[i].name), .version = text_of(rows[i].version),
						  .path = text_of(rows[i].path), .commands = list(a, rows[i].commands) };
	s->nix = text_of(nix);
	s->nix_commands = list(a, nix_commands);
	return s;
}

/* "kind name from>to; ..." */
static const char *told(struct arena *a, const struct changes *c)
{
	BUFFER_AUTO b = { 0 };
	for (size_t i = 0; i < c->tools.count; i++)
		buffer_printf(&b, "%s " TEXT_F " " TEXT_F ">" TEXT_F ";", change_kind_name(c->tools.at[i].kind),
			      TEXT_A(c->tools.at[i].name), TEXT_A(c->tools.at[i].from), TEXT_A(c->tools.at[i].to));
	buffer_printf(&b, "|");
	for (size_t i = 0; i < c->vanished.count; i++)
		buffer_printf(&b, "-" TEXT_F, TEXT_A(c->vanished.at[i]));
	for (size_t i = 0; i < c->appeared.count; i++)
		buffer_printf(&b, "+" TEXT_F, TEXT_A(c->appeared.at[i]));
	return arena_copy(a, buffer_view(&b)).at;
}

static const struct row NONE[] = { { 0 } };
static const struct row OLD[] = {
	{ "bat", "1", "p-bat", "bat" },     { "git", "2.47", "p-git", "git,gitk" }, { "jq", "1.7", "p-jq", "jq" },
	{ "just", "1", "p-just", "just,x" }, { "old", "9", "p-old", "old,y" },       { 0 },
};
static const struct row NEW[] = {
	{ "ant", "3", "p-ant", "ant" },      { "bat", "1", "p-bat", "bat" },  { "git", "2.48", "p-git2", "git" },
	{ "jq", "1.7", "p-jq2", "jq" },      { "just", "1", "p-just", "just,y" }, { "zip", "4", "p-zip", "zip" }, { 0 },
};

static void check(const struct row *from, const char *nix_from, const struct row *to, const char *nix_to, const char *want)
{
	struct arena a = { 0 };
	struct changes c;
	changes_make(make(&a, from, nix_from, nix_from ? "nix,nix-env" : ""), make(&a, to, nix_to, nix_to ? "nix" : ""), &a, &c);
	assert_string_equal(told(&a, &c), want);
	arena_drop(&a);
}

static void each_way_to_differ(void **state)
{
	(void)state;
	check(OLD, NULL, NEW, NULL,
	      "added ant >3;changed git 2.47>2.48;rebuilt jq 1.7>1.7;commands just 1>1;removed old 9>;added zip >4;"
	      "|-gitk-old-x+ant+zip");
	check(NEW, NULL, OLD, NULL,
	      "removed ant 3>;changed git 2.48>2.47;rebuilt jq 1.7>1.7;commands just 1>1;added old >9;removed zip 4>;"
	      "|-ant-zip+gitk+old+x");
}

static void the_same_is_nothing(void **state)
{
	(void)state;
	check(OLD, HASH "nix-2.26.3", OLD, HASH "nix-2.26.3", "|-nix-env"); /* its commands are told, whatever its path */
	check(NONE, NULL, NONE, NULL, "|");
}

/* Another description is no other tool, whatever a lock says about it. */
static void what_is_only_known_is_no_change(void **state)
{
	struct arena a = { 0 };
	struct changes c;
	struct lock_system *from = make(&a, OLD, HASH "nix-2.26.3", "nix"), *to = make(&a, OLD, HASH "nix-2.26.3", "nix");
	(void)state;
	to->tools[0].package = (struct package){ .description = TEXT("another"), .derivation = TEXT(HASH "x.drv") };
	to->tools[1].attribute = TEXT("gitFull");
	to->nix_version = TEXT("2.26");
	to->nix_package.pname = TEXT("nix");
	changes_make(from, to, &a, &c);
	assert_string_equal(told(&a, &c), "|");
	to->nix = TEXT("10bgd045z0d4icpbc2yyz4gx48ak44la-nix-2.30.0");
	changes_make(from, to, &a, &c);
	assert_string_equal(told(&a, &c), "changed nix 2.26.3>2.26;|");
	arena_drop(&a);
}

static void nix_is_told_last(void **state)
{
	(void)state;
	check(OLD, HASH "nix-2.26.3", NONE, HASH "nix-2.34.8",
	      "removed bat 1>;removed git 2.47>;removed jq 1.7>;removed just 1>;removed old 9>;changed nix 2.26.3>2.34.8;"
	      "|-bat-git-gitk-jq-just-nix-env-old-x-y");
	check(NONE, NULL, NONE, HASH "nix-bin-2.26.3+dfsg-1", "added nix >2.26.3+dfsg-1;|+nix");
	check(NONE, HASH "nix-2", NONE, NULL, "removed nix 2>;|-nix-nix-env");
	check(NONE, "10bgd045z0d4icpbc2yyz4gx48ak44la-nix-2", NONE, HASH "nix-2", "rebuilt nix 2>2;|-nix-env");
}

static void a_side_may_be_missing(void **state)
{
	struct arena a = { 0 };
	struct changes c;
	struct lock_system *s = make(&a, NEW, HASH "nix-2", "nix");
	(void)state;
	changes_make(NULL, s, &a, &c);
	assert_string_equal(told(&a, &c), "added ant >3;added bat >1;added git >2.48;added jq >1.7;added just >1;added zip >4;added nix >2;"
					  "|+ant+bat+git+jq+just+nix+y+zip");
	changes_make(s, NULL, &a, &c);
	assert_string_equal(told(&a, &c), "removed ant 3>;removed bat 1>;removed git 2.48>;removed jq 1.7>;removed just 1>;removed zip 4>;"
					  "removed nix 2>;|-ant-bat-git-jq-just-nix-y-zip");
	changes_make(NULL, NULL, &a, &c);
	assert_string_equal(told(&a, &c), "|");
	arena_drop(&a);
}

static void commands_are_sorted_whoever_s_they_are(void **state)
{
	struct arena a = { 0 };
	const struct row rows[] = { { "a", "", "p", "z" }, { "b", "", "p", "m,n" }, { 0 } };
	struct texts all = change_commands(make(&a, rows, "p", "b,o"), &a);
	(void)state;
	assert_int_equal(all.count, 5);
	for (size_t i = 0; i < all.count; i++)
		assert_int_equal(all.at[i].at[0], "bmnoz"[i]);
	assert_int_equal(change_commands(NULL, &a).count, 0);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_to_differ),     cmocka_unit_test(the_same_is_nothing),
		cmocka_unit_test(what_is_only_known_is_no_change),
		cmocka_unit_test(nix_is_told_last),       cmocka_unit_test(a_side_may_be_missing),
		cmocka_unit_test(commands_are_sorted_whoever_s_they_are),
	};
	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
