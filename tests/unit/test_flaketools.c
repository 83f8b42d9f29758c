/* flaketools: the block of tools in a flake.nix, and its edits. */
#include "samples.h"

#include "base/bounds.h"
#include "format/flaketools.h"

#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))

static const char FLAKE[] = "{\n"
			    "  inputs.nixpkgs.url = \"github:a/b\"; # pinned\n"
			    "  tools = pkgs: {\n"
			    "    # why b\n"
			    "    b = pkgs.b; # here\n"
			    "    d = other.d;\n"
			    "  };\n"
			    "}\n";

static void parse(const char *bytes, struct arena *a, struct flaketools *out)
{
	struct fault f = { 0 };
	if (flaketools_parse(text_of(bytes), "flake.nix", a, out, &f))
		fail_msg("%s", f.text);
}

/* FLAKE, or what is given, with these tools added is `want`. */
static void adds(const char *bytes, struct flake_tools added, const char *want)
{
	struct arena a = { 0 };
	struct flaketools block;
	BUFFER_AUTO to = { 0 };
	parse(bytes, &a, &block);
	flaketools_add(text_of(bytes), &block, added, &to);
	assert_string_equal(to.at, want);
	arena_drop(&a);
}

static void every_tool_is_found(void **state)
{
	struct arena a = { 0 };
	struct flaketools block;
	const char *top = getenv("NIXGRAFT_TOP");
	char path[4096];
	(void)state;
	snprintf(path, sizeof path, "%s/tests/data/flaketools/good/comments.nix", top ? top : ".");
	struct text bytes = sample_read(path);
	struct fault f = { 0 };
	assert_int_equal(flaketools_parse(bytes, path, &a, &block, &f), 0);
	assert_int_equal(block.tools.count, 5);
	assert_false(block.sorted);
	IS(block.indent, "      ");
	IS(block.tools.at[0].name, "b");
	IS(block.tools.at[0].attribute, "b");
	assert_true(text_starts((struct text){ bytes.at + block.tools.at[0].at, 20 }, TEXT("      # first\n")));
	IS(block.tools.at[1].name, "a");
	IS(block.tools.at[1].attribute, "a.b.c-d");
	IS(block.tools.at[2].name, "py");
	assert_int_equal(block.tools.at[2].attribute.len, 0);
	IS(block.tools.at[3].name, "e+f");
	IS(block.tools.at[3].attribute, "7zz");
	IS(block.tools.at[4].name, "fresh");
	assert_int_equal(block.tools.at[4].attribute.len, 0);
	assert_true(text_starts((struct text){ bytes.at + block.end, 7 }, TEXT("    };\n")));
	free((void *)(uintptr_t)bytes.at);
	arena_drop(&a);
}

static void what_is_added_stands_in_order(void **state)
{
	struct flake_tool tools[] = { { TEXT("e"), TEXT("e"), 0 },   { TEXT("a"), TEXT("x.a"), 0 }, { TEXT("d"), TEXT("new"), 0 },
				      { TEXT("c"), TEXT("7zz"), 0 }, { TEXT("let"), TEXT("e"), 0 }, { TEXT("a"), TEXT("again"), 0 } };
	(void)state;
	adds(FLAKE, (struct flake_tools){ tools, 6 },
	     "{\n"
	     "  inputs.nixpkgs.url = \"github:a/b\"; # pinned\n"
	     "  tools = pkgs: {\n"
	     "    a = pkgs.x.a;\n"
	     "    # why b\n"
	     "    b = pkgs.b; # here\n"
	     "    c = pkgs.\"7zz\";\n"
	     "    d = other.d;\n"
	     "    e = pkgs.e;\n"
	     "    \"let\" = pkgs.e;\n"
	     "  };\n"
	     "}\n");
	adds(FLAKE, (struct flake_tools){ tools, 0 }, FLAKE);
	adds("tools = pkgs: {\n /* of\n b */\n b = pkgs.b;\n};", (struct flake_tools){ &tools[1], 1 },
	     "tools = pkgs: {\n a = pkgs.x.a;\n /* of\n b */\n b = pkgs.b;\n};");
}

static void where_there_was_no_order_new_ones_come_last(void **state)
{
	struct flake_tool tools[] = { { TEXT("m"), TEXT("m"), 0 }, { TEXT("a"), TEXT("a"), 0 } };
	(void)state;
	adds("tools = pkgs: {\n z = pkgs.z;\n b = pkgs.b;\n # end\n};", (struct flake_tools){ tools, 2 },
	     "tools = pkgs: {\n z = pkgs.z;\n b = pkgs.b;\n # end\n a = pkgs.a;\n m = pkgs.m;\n};");
	adds("\ttools = pkgs: {\r\n\t};\r\n", (struct flake_tools){ tools, 1 }, "\ttools = pkgs: {\r\n\t  m = pkgs.m;\r\n\t};\r\n");
}

static void all_tools_can_be_replaced(void **state)
{
	struct flake_tool tools[] = { { TEXT("y"), TEXT("y"), 0 }, { TEXT("x"), TEXT("x"), 0 } };
	struct arena a = { 0 };
	struct flaketools block;
	BUFFER_AUTO to = { 0 };
	(void)state;
	parse(FLAKE, &a, &block);
	flaketools_replace(text_of(FLAKE), &block, (struct flake_tools){ tools, 2 }, &to);
	assert_string_equal(to.at, "{\n"
				   "  inputs.nixpkgs.url = \"github:a/b\"; # pinned\n"
				   "  tools = pkgs: {\n"
				   "    x = pkgs.x;\n"
				   "    y = pkgs.y;\n"
				   "  };\n"
				   "}\n");
	arena_drop(&a);
}

static void the_url_of_an_input_can_be_another(void **state)
{
	static const struct {
		const char *flake, *url;
		int code;
		const char *says;
	} table[] = {
		{ "inputs.nixpkgs.url = \"a\";\n", "path:/x", 0, "inputs.nixpkgs.url = \"path:/x\";\n" },
		{ "inputs = {\n  nixpkgs.url=\"a\"; # b\n  n.url = \"c\";\n};", "d", 0, "inputs = {\n  nixpkgs.url=\"d\"; # b\n  n.url = \"c\";\n};" },
		{ "# inputs.nixpkgs.url = \"a\";\n", "b", FAULT_DIFFERS, "no line says `inputs.nixpkgs.url" },
		{ "nixpkgs.url = \"a\";\ninputs.nixpkgs.url = \"a\";\n", "b", FAULT_DIFFERS, "more than one line" },
		{ "nixpkgs.url = x;\n", "b", FAULT_DIFFERS, "no line says" },
		{ "nixpkgs.url = \"a\";\n", "b\"c", FAULT_USAGE, "is no URL" },
		{ "nixpkgs.url = \"a\";\n", "${b}", FAULT_USAGE, "is no URL" },
		{ "nixpkgs.url = \"a\";\n", "", FAULT_USAGE, "is no URL" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct fault f = { 0 };
		BUFFER_AUTO to = { 0 };
		int code = flaketools_set_url(text_of(table[i].flake), TEXT("nixpkgs"), text_of(table[i].url), &to, &f);
		assert_int_equal(code, table[i].code);
		if (!strstr(code ? f.text : to.at, table[i].says))
			fail_msg("%zu: %s", i, code ? f.text : to.at);
	}
}

static void names_are_judged(void **state)
{
	(void)state;
	assert_true(flaketools_valid(TEXT("git"), TEXT("git")));
	assert_true(flaketools_valid(TEXT("7z"), TEXT("python3Packages.x+y")));
	assert_false(flaketools_valid(TEXT(""), TEXT("git")));
	assert_false(flaketools_valid(TEXT("git"), TEXT("")));
	assert_false(flaketools_valid(TEXT("a\"b"), TEXT("git")));
	assert_false(flaketools_valid(TEXT("a"), TEXT("${x}")));
	assert_false(flaketools_valid(TEXT("a"), TEXT("b..c")));
	assert_false(flaketools_valid(TEXT("a"), TEXT("b.")));
	assert_false(flaketools_valid(TEXT("a\nb"), TEXT("b")));
}

static void good_one(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct flaketools block;
	struct fault f = { 0 };
	if (flaketools_parse(bytes, name, &a, &block, &f))
		fail_msg("%s", f.text);
	arena_drop(&a);
}

static void bad_one(const char *name, struct text bytes)
{
	static const char *const rules[][2] = {
		{ "none", "has no line `tools = pkgs: {`" },
		{ "no-end", "must end with a line `};`" },
		{ "twice", "the tool 'a' stands there twice" },
		{ "two-blocks", "more than one line" },
	};
	struct arena a = { 0 };
	struct flaketools block;
	struct fault f = { 0 };
	assert_true(flaketools_parse(bytes, name, &a, &block, &f) < 0);
	sample_says(rules, 4, name, name, f.text);
	arena_drop(&a);
}

static void samples(void **state)
{
	(void)state;
	samples_walk("tests/data/flaketools/good", good_one);
	samples_walk("tests/data/flaketools/bad", bad_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tool_is_found),
		cmocka_unit_test(what_is_added_stands_in_order),
		cmocka_unit_test(where_there_was_no_order_new_ones_come_last),
		cmocka_unit_test(all_tools_can_be_replaced),
		cmocka_unit_test(the_url_of_an_input_can_be_another),
		cmocka_unit_test(names_are_judged),
		cmocka_unit_test(samples),
	};
	return cmocka_run_group_tests_name("flaketools", tests, NULL, NULL);
}
