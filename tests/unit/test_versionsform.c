/* versionsform: each form, with names that want quotes. Those who read them are asked in tests/cli/versions.bats. */
#include "samples.h"

#include "cmd/versionsform.h"

#define HASH "00bgd045z0d4icpbc2yyz4gx48ak44la-"

static void spelled(const char *form, bool with_nix, struct buffer *to)
{
	struct text odd[] = { TEXT("it's"), TEXT("x\"\\") }, many[10];
	struct lock_tool tools[] = {
		{ .name = TEXT("od'd"), .version = TEXT("1\"'$x`"), .path = TEXT(HASH "odd-1"), .commands = { odd, 2 }, .attribute = TEXT("odd") },
		{ .name = TEXT("void"), .path = TEXT(HASH "void") },
	};
	struct lock_system s = { .name = TEXT("x86_64-linux"), .tools = tools, .tool_count = 2, .nix_commands = { many, 10 } };
	struct versions v = { .system = s.name };
	struct arena a = { 0 };

	for (size_t i = 0; i < 10; i++)
		many[i] = arena_printf(&a, "nix-%zu", i);
	s.nix = with_nix ? TEXT(HASH "nix-2") : (struct text){ 0 };
	expectations_make(&s, NULL, &a, &v.tools);
	buffer_reset(to);
	versions_form(text_of(form))->write(&v, to);
	arena_drop(&a);
}

static void has(const struct buffer *b, const char *words)
{
	if (!strstr(b->at, words))
		fail_msg("no \"%s\" in:\n%s", words, b->at);
}

static void the_table(void **state)
{
	BUFFER_AUTO b = { 0 };

	(void)state;
	spelled("table", true, &b);
	has(&b, "tool  version  attribute  store path                                         commands\n");
	has(&b, "od'd  1\"'$x`   odd        /nix/store/" HASH "odd-1  it's x\"\\\n");
	has(&b, "void                      /nix/store/" HASH "void   none\n");
	has(&b, " nix-0 nix-1 nix-2 nix-3 nix-4 nix-5 nix-6 nix-7 and 2 more\n");
}

static void json(void **state)
{
	BUFFER_AUTO b = { 0 };

	(void)state;
	spelled("json", true, &b);
	has(&b, "\"od'd\": {\n      \"version\": \"1\\\"'$x`\",\n      \"attribute\": \"odd\",\n      \"path\": \"/nix/store/" HASH "odd-1\"");
	has(&b, "\"it's\": \"/nix/store/" HASH "odd-1/bin/it's\"");
	has(&b, "\"nix\": {\n    \"version\": \"2\"");
	has(&b, "\"commands\": {}");
	spelled("json", false, &b);
	assert_null(strstr(b.at, "\"nix\""));
}

static void pytest(void **state)
{
	BUFFER_AUTO b = { 0 };

	(void)state;
	spelled("pytest", true, &b);
	has(&b, "SYSTEM = \"x86_64-linux\"\n\nTOOLS = {\n    \"od'd\": {\n        \"version\": \"1\\\"'$x`\",\n");
	has(&b, "        \"commands\": [\n            \"it's\",\n            \"x\\\"\\\\\",\n        ],\n    },\n");
	has(&b, "        \"commands\": [],\n    },\n}\n\nNIX = {\n    \"version\": \"2\",\n");
	spelled("pytest", false, &b);
	has(&b, "}\n\nNIX = None\n\nPACKAGES = ");
}

static void shell(void **state)
{
	BUFFER_AUTO b = { 0 };

	(void)state;
	spelled("shell", true, &b);
	has(&b, "NIXGRAFT_OD_D_VERSION='1\"'\\''$x`'\nNIXGRAFT_OD_D_PATH='/nix/store/" HASH "odd-1'\nNIXGRAFT_VOID_VERSION=''\n");
	has(&b, "	nixgraft_expect 'it'\\''s' \"$NIXGRAFT_OD_D_PATH\"/bin/'it'\\''s' || bad=1\n");
}

static void no_others(void **state)
{
	(void)state;
	assert_null(versions_form(TEXT("yaml")));
	assert_null(versions_form(TEXT("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table), cmocka_unit_test(json),      cmocka_unit_test(pytest),
		cmocka_unit_test(shell),     cmocka_unit_test(no_others),
	};

	return cmocka_run_group_tests_name("versionsform", tests, NULL, NULL);
}
