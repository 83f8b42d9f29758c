/* cmd_update: with a Nix that only plays its part: which words it gets, what is refused, and that flake.lock is as before then. */
#include <sys/stat.h>

#include "format/lock.h"
#include "tiny.h"

/* A flake.lock of two inputs in these states; a state is 40 digits of one kind. */
#define INPUT(name, state)                                                                                             \
	"\"" name "\": {\"locked\": {\"type\": \"github\", \"owner\": \"o\", \"repo\": \"r\", \"rev\": \"" state state state state   \
	"\"}}"
#define FLAKE_LOCK(a, b)                                                                                               \
	"{\"version\": 7, \"root\": \"root\", \"nodes\": {" INPUT("a", a) ", " INPUT("b", b)                           \
	", \"root\": {\"inputs\": {\"a\": \"a\", \"b\": \"b\"}}}}\n"
#define OLD "0000000000"
#define NEW "1111111111"

/* Its versions of the tools: `hello` is from the input a, `lib` from b; what an input has now is told by the file now.<input>. */
static const char NIX[] =
	"#!/bin/sh\n"
	"[ \"$1\" != --version ] || { cat version; exit; }\n"
	"shift 2\n"
	"echo \"$*\" >>calls\n"
	"case $1 in\n"
	"eval) [ ! -e broken ] || exit 1\n"
	"  grep -q 'a.: {.locked.*rev.: .0.*b.: {' flake.lock && hello=old || hello=new\n"
	"  grep -q 'b.: {.locked[^}]*rev.: .0' flake.lock && lib=old || lib=new\n"
	"  sed \"s/HELLO/$hello/; s/LIB/$lib/\" manifest ;;\n"
	"*) for i in a b; do case \" $* \" in *\" update . \"*|*\" update --flake . \"*|*\" $i \"*)\n"
	"  sed -i \"s/\\(\\\"$i\\\": {[^}]*rev\\\": \\\"\\)[0-9]*/\\1$(cat now.$i)/\" flake.lock ;; esac; done ;;\n"
	"esac\n";

static void put_world(struct tiny *t, const char *version)
{
	tiny_put(t, "bin/nix", text_of(NIX));
	assert_int_equal(chmod("bin/nix", 0755), 0);
	setenv("PATH", tiny_line(t, "%s/bin:/usr/bin:/bin", t->top), 1);
	tiny_put(t, "version", text_of(version));
	tiny_put(t, "flake.nix", TEXT("{ }"));
	tiny_put(t, "flake.lock", TEXT(FLAKE_LOCK(OLD, OLD)));
	tiny_put(t, "now.a", TEXT(OLD OLD OLD OLD));
	tiny_put(t, "now.b", TEXT(OLD OLD OLD OLD));
	tiny_put(t, "manifest", text_of(tiny_line(t, "{\"system\": \"" TINY_SYSTEM "\", \"tools\": {"
		 "\"hello\": {\"path\": \"" STORE_PREFIX TEXT_F "\", \"version\": \"HELLO\"},"
		 "\"lib\": {\"path\": \"" STORE_PREFIX TEXT_F "\", \"version\": \"LIB\", \"commands\": []}}}",
		 TEXT_A(t->hello), TEXT_A(t->library))));
	struct verb v;
	verb_run(&v, &cmd_lock, tiny_line(t, "--system " TINY_SYSTEM " --cache file://%s/cache --trusted-key " TINY_KEY, t->top));
	verb_ended(&v, 0, "");
	verb_drop(&v);
	tiny_put(t, "calls", TEXT(""));
}

/* Is there something newer of the inputs? */
static void moves(struct tiny *t, bool a, bool b)
{
	tiny_put(t, "now.a", a ? TEXT(NEW NEW NEW NEW) : TEXT(OLD OLD OLD OLD));
	tiny_put(t, "now.b", b ? TEXT(NEW NEW NEW NEW) : TEXT(OLD OLD OLD OLD));
}

static void is_as_before(struct tiny *t)
{
	assert_true(text_equal(tiny_get(t, "flake.lock"), TEXT(FLAKE_LOCK(OLD, OLD))));
	assert_non_null(strstr(tiny_get(t, "closure.lock").at, "\"version\": \"old\""));
	assert_null(strstr(tiny_get(t, "closure.lock").at, "\"version\": \"new\""));
}

static void ended(struct tiny *t, const char *line, int code, const char *words)
{
	struct verb v;
	(void)t;
	verb_ended(verb_run(&v, &cmd_update, line), code, words);
	verb_drop(&v);
}

static void printed(const char *line, int code, const char *words)
{
	struct verb v;
	verb_ended(verb_run(&v, &cmd_update, line), code, "");
	verb_printed(&v, words);
	verb_drop(&v);
}

static void called(struct tiny *t, const char *words)
{
	if (!strstr(tiny_get(t, "calls").at, words))
		fail_msg("no \"%s\" in:\n%s", words, tiny_get(t, "calls").at);
	tiny_put(t, "calls", TEXT(""));
}

static void each_nix_is_called_in_its_own_words(void **state)
{
	static const struct {
		const char *version, *all, *one;
	} table[] = {
		{ "nix (Nix) 2.8.0\n", "flake update .\n", "flake lock --update-input b .\n" },
		{ "nix (Nix) 2.18.9\n", "flake update .\n", "flake lock --update-input b .\n" },
		{ "nix (Nix) 2.19.0\n", "flake update --flake .\n", "flake update b --flake .\n" },
		{ "nix (Lix, like Nix) 2.91.1\n", "flake update --flake .\n", "flake update b --flake .\n" },
		{ "nix (Nix) 3.0\n", "flake update --flake .\n", "flake update b --flake .\n" },
	};
	struct tiny *t = *state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		put_world(t, table[i].version);
		ended(t, "", 0, "");
		called(t, table[i].all);
		ended(t, "--input b", 0, "");
		called(t, table[i].one);
	}
}

static void all_that_is_newer_is_told_and_locked(void **state)
{
	struct tiny *t = *state;
	put_world(t, "nix (Nix) 2.30.1\n");
	printed("", 0, "./flake.lock: nothing newer\nclosure.lock: unchanged\n");
	moves(t, true, false);
	printed("--check", FAULT_DIFFERS, "closure.lock: outdated\n  x86_64-linux: 2 tools\n  changed  hello old -> new\n");
	is_as_before(t);
	printed("--dry-run", 0, "./flake.lock: would be written\n  a 000000000000 -> 111111111111\nclosure.lock: would be written\n");
	is_as_before(t);
	printed("--json", 0, "\"inputs\": [\n    {\"name\": \"a\", \"from\": \"" OLD OLD OLD OLD "\", \"to\": \"" NEW NEW NEW NEW "\"}\n  ],\n"
			    "  \"changed\": [\"hello\"]\n");
	assert_true(text_equal(tiny_get(t, "flake.lock"), TEXT(FLAKE_LOCK(NEW, OLD))));
	assert_non_null(strstr(tiny_get(t, "closure.lock").at, "\"rev\": \"" NEW NEW NEW NEW "\""));
	printed("--check", 0, "closure.lock: current\n");
}

static void a_tool_moves_only_its_input(void **state)
{
	struct tiny *t = *state;
	put_world(t, "nix (Nix) 2.30.1\n");
	moves(t, true, true);
	printed("lib --input a", 0, "./flake.lock: nothing newer\nclosure.lock: unchanged\n"); /* lib is from b */
	is_as_before(t);
	printed("lib", 0, "  changed  lib old -> new\n");
	assert_true(text_equal(tiny_get(t, "flake.lock"), TEXT(FLAKE_LOCK(OLD, NEW))));
	printed("lib", 0, "closure.lock: unchanged\n"); /* a has something newer, and lib nothing */
	assert_true(text_equal(tiny_get(t, "flake.lock"), TEXT(FLAKE_LOCK(OLD, NEW))));
}

static void others_that_would_come_along_are_named(void **state)
{
	struct tiny *t = *state;
	put_world(t, "nix (Nix) 2.30.1\n");
	moves(t, true, true);
	ended(t, "hello --input a --input b", FAULT_DIFFERS, "lib would change too, by the flake's inputs a, b; nothing was changed. --with-others takes");
	is_as_before(t);
	printed("hello --input a --input b --with-others", 0, "  changed  hello old -> new\n  changed  lib old -> new\n");
	ended(t, "none", FAULT_USAGE, "closure.lock has no tool 'none'; it has hello, lib");
	ended(t, "--input c", FAULT_USAGE, "has no input 'c'; it has a, b");
}

static void after_a_fault_all_is_as_before(void **state)
{
	struct tiny *t = *state;
	put_world(t, "nix (Nix) 2.30.1\n");
	moves(t, true, true);
	tiny_put(t, "broken", TEXT(""));
	ended(t, "", FAULT_INPUT, "ended with exit status 1");
	is_as_before(t);
	assert_int_equal(unlink("broken"), 0);
	ended(t, "--cache file:///nowhere --trusted-key " TINY_KEY, FAULT_NETWORK, "in none of the caches");
	is_as_before(t);
	assert_int_equal(unlink("flake.nix"), 0);
	ended(t, "", FAULT_USAGE, "./flake.nix: there is no such flake to update; `nixgraft init` makes one");
}

static int restore_path(void **state)
{
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	return tiny_drop(state);
}

#define nix_test(test) cmocka_unit_test_setup_teardown(test, tiny_make, restore_path)

int main(void)
{
	const struct CMUnitTest tests[] = {
		nix_test(each_nix_is_called_in_its_own_words),
		nix_test(all_that_is_newer_is_told_and_locked),
		nix_test(a_tool_moves_only_its_input),
		nix_test(others_that_would_come_along_are_named),
		nix_test(after_a_fault_all_is_as_before),
	};
	return cmocka_run_group_tests_name("cmd_update", tests, NULL, NULL);
}
