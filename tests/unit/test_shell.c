/* shell: scripts as commands, blocks and words; values of words; what cannot run; the program of a command. */
#include "samples.h"

#include "base/arena.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "format/shell.h"

#define IS(t, literal) assert_true(text_equal((t), TEXT(literal)))

/* What is known from outside, in the tests. */
static bool known(const void *of, struct text name, struct text *value)
{
	static const char *const pairs[][2] = { { "TARGETARCH", "amd64" },
						{ "EMPTY", "" },
						{ "LIST", "a b  c" },
						{ "VER", "v1.22.3" },
						{ "URL", "https://h/d/f.tar.gz" },
						{ "$(dpkg --print-architecture)", "amd64" } };
	(void)of;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (text_equal(name, text_of(pairs[i][0]))) {
			*value = text_of(pairs[i][1]);
			return true;
		}
	return false;
}

static int parse(struct text script, struct arena *a, struct shell *s, struct fault *f)
{
	return shell_parse(&(struct shell_input){ script, "run", { known, NULL } }, a, s, f);
}

static void read_text(const char *script, struct arena *a, struct shell *s)
{
	struct fault f = { 0 };
	if (parse(text_of(script), a, s, &f) < 0)
		fail_msg("%s: %s", script, f.text);
}

/* The last command whose first word is "is": its other words, each with ! when it is not known and * when it splits. */
static void values_are(const char *script, const char *want)
{
	struct arena a = { 0 };
	struct shell s;
	BUFFER_AUTO b = { 0 };
	read_text(script, &a, &s);
	size_t i = s.command_count;
	while (i-- > 0 && !(s.commands[i].word_count && text_equal(s.commands[i].words[0].value, TEXT("is"))))
		assert_true(i > 0);
	for (size_t k = 1; k < s.commands[i].word_count; k++) {
		const struct shell_word *w = &s.commands[i].words[k];
		buffer_printf(&b, "%s%s%s" TEXT_F, k > 1 ? "|" : "", w->known ? "" : "!", w->splits ? "*" : "",
			      TEXT_A(w->value));
	}
	buffer_add(&b, "", 0);
	if (strcmp(b.at ? b.at : "", want))
		fail_msg("%s\n  gives '%s'\n  and not '%s'", script, b.at, want);
	arena_drop(&a);
}

static void words_lose_their_quotes(void **state)
{
	(void)state;
	values_are("is a 'b c' \"d e\" f\\ g '' \"\"", "a|b c|d e|f g||");
	values_are("is a\"b\"'c'\\d", "abcd");
	values_are("is \"\\$x \\\\ \\\" \\n \\`\" '\\n'", "$x \\ \" \\n `|\\n");
	values_are("is $'a\\tb\\x41\\101\\'' $\"q\" \\#x a#b # gone", "a\tbAA'|q|#x|a#b");
	values_are("is a\\\nb \"c\\\nd\" 'e\\\nf'", "ab|cd|e\\\nf");
	values_are("is $ a$ \"$\" $% ~ *.txt {a,b}", "$|a$|$|$%|~|*.txt|{a,b}");
}

static void variables_are_put_in(void **state)
{
	(void)state;
	values_are("A=1 B=\"x y\"; is $A ${A}b \"$B\" $B $TARGETARCH", "1|1b|x y|*x y|amd64");
	values_are("A=1; B=$A$A; C=\"$B-${B}\"; is $C", "11-11");
	values_are("is $X \"${X}\" a$X $1 $@ \"$?\" ${10}", "!$X|!${X}|!a$X|!$1|!$@|!$?|!${10}");
	values_are("is \"https://x/$(cmd \"a\")/$TARGETARCH\" `b` $((1 + 2))",
		   "!https://x/$(cmd \"a\")/amd64|!`b`|!$((1 + 2))");
	values_are("A=$(curl x); is $A a-$A", "!$A|!a-$A");
	values_are("V=$(curl x); U=https://h/$V/$TARGETARCH; is $U ${U##*/}", "!https://h/$V/amd64|!${U##*/}");
	values_are("is $LIST \"$LIST\" $EMPTY x$EMPTY", "*a b  c|a b  c||x");
	values_are("is $(dpkg --print-architecture) \"`dpkg --print-architecture`\"", "amd64|amd64");
	values_are("A=1 cmd; is $A", "!$A");
	values_are("export A=1 B=\"$TARGETARCH\"; readonly C=3; is $A $B $C", "1|amd64|3");
	values_are("A=1; A+=2; is $A; ", "12");
	values_are("A=1; A[0]=2; is $A", "!$A");
	values_are("A=1; printf -v A x; printf A; is $A", "!$A");
	values_are("A=1; unset A; is \"$A\" ${A-x}", "|x");
	values_are("A=1; read -r A; is $A", "!$A");
	values_are("VERSION=1 ID=2 X=3; . /etc/os-release; is $ID $VERSION $X", "!$ID|!$VERSION|3");
	values_are("A=1; ((A++)); B=1; is $A $((B += 1)) $B", "!$A|!$((B += 1))|1");
	values_are("B=1; : $((B += 1)); is $B", "!$B");
}

static void operators_are_followed(void **state)
{
	(void)state;
	values_are("is ${VER#v} ${VER%.*} ${VER%%.*} ${VER##*.} ${#VER}", "1.22.3|v1.22|v1|3|7");
	values_are("is ${URL##*/} ${URL%/*} ${URL#*://} ${VER#x} ${VER#[uv]} ${VER%?}",
		   "f.tar.gz|https://h/d|h/d/f.tar.gz|v1.22.3|1.22.3|v1.22.");
	values_are("is ${VER:-x} ${EMPTY:-x} ${EMPTY-x} ${EMPTY:+x} ${EMPTY+x} ${VER:+\"a b\"}", "v1.22.3|x||"
												 ""
												 "|x|a b");
	values_are("is ${X:-x} ${X#v} ${X:+y} \"${X:?must}\"", "!${X:-x}|!${X#v}|!${X:+y}|!${X:?must}");
	values_are("A=; is ${A:=z} $A ${VER:?}", "z|z|v1.22.3");
	values_are("is ${VER/./_} ${VER//./_} ${VER//.} ${VER//\\./-} ${VER/x/y} ${VER//[0-9]/}",
		   "v1_22.3|v1_22_3|v1223|v1-22-3|v1.22.3|!${VER//[0-9]/}");
	values_are("is ${VER:1} ${VER:1:2} ${VER: -1} ${VER:99} ${VER^^} ${VER^}",
		   "1.22.3|1.|!${VER: -1}||V1.22.3|V1.22.3");
	values_are("P=v; is ${VER#$P} ${VER#\"$P\"} ${VER#\\v} \"${VER#'v'}\" ${VER#'*'}",
		   "1.22.3|1.22.3|1.22.3|1.22.3|v1.22.3");
	values_are("is \"${EMPTY:-'x'}\" ${EMPTY:-'x'} ${EMPTY:-${EMPTY:-$VER}} ${EMPTY:-$X}", "'x'|x|v1.22.3|!$X");
	values_are("is ${a[0]} ${#a[@]} ${!VER} ${VER@Q}", "!${a[0]}|!${#a[@]}|!${!VER}|!${VER@Q}");
}

static void choices_are_followed(void **state)
{
	(void)state;
	values_are("case $TARGETARCH in amd64) A=x64;; arm64) A=arm64;; esac; is $A", "x64");
	values_are("case ${TARGETARCH} in arm*) A=1;; a?d64|x) A=2;; *) A=3; esac; is $A", "2");
	values_are("case $X in a) A=1;; b) A=2;; esac; is $A", "1");
	values_are("case $TARGETARCH in \"$X\") A=0;; amd64) A=1;; *) A=2;; esac; is $A", "0");
	values_are("A=0; case $TARGETARCH in riscv64) A=1;; esac; is $A", "0");
	values_are("case $TARGETARCH in 'a*') A=1;; [a-c]md64) A=2;; esac; is $A", "2");
	values_are("if [ $TARGETARCH = amd64 ]; then A=1; else A=2; fi; is $A", "1");
	values_are("if [ \"$TARGETARCH\" != amd64 ]; then A=1; elif true; then A=2; else A=3; fi; is $A", "2");
	values_are("if grep x y; then A=1; else A=2; fi; is $A", "1");
	values_are("A=0; if grep x y; then A=1; fi; is $A", "!$A");
	values_are("A=0; if false; then A=1; fi; is $A", "0");
	values_are("if [[ $TARGETARCH == a* && -n $VER ]]; then A=1; else A=2; fi; is $A", "1");
	values_are("if [[ $TARGETARCH == \"a*\" || -z $VER ]]; then A=1; else A=2; fi; is $A", "2");
	values_are("if [ 2 -gt 1 ] && ! [ -z x ]; then A=1; else A=2; fi; is $A", "1");
	values_are("A=0; [ $TARGETARCH = arm64 ] && A=1; is $A", "0");
	values_are("[ $TARGETARCH = amd64 ] && A=1 || A=2; is $A", "1");
	values_are("[ $TARGETARCH = arm64 ] && A=1 || A=2; is $A", "2");
	values_are("[ $X = arm64 ] && A=1 || A=2; is $A", "1");
	values_are("A=0; [ $X = arm64 ] && A=1; is $A", "!$A");
	values_are("A=0; [ $X = arm64 ] || A=1; is $A", "!$A");
	values_are("curl x && A=1 && is $A", "1");
	values_are("curl x && A=1; is $A", "1");
	values_are("A=0; command -v x && A=1; is $A", "!$A");
	values_are("A=0; echo x | grep y && A=1; is $A", "!$A");
	values_are("A=0; grep x y | cat && A=1; is $A", "1");
	values_are("A=0; ! cmd && A=1; is $A", "!$A");
}

/* Each test with whether its branch is the one that is taken. */
static void tests_are_made(void **state)
{
	static const struct {
		const char *test, *want;
	} table[] = {
		{ "[ 1 -eq 1 ]", "yes" },
		{ "[ 1 -eq 2 ]", "no" },
		{ "[ 1 -ne 2 ]", "yes" },
		{ "[ 2 -ne 2 ]", "no" },
		{ "[ 1 -lt 2 ]", "yes" },
		{ "[ 2 -lt 2 ]", "no" },
		{ "[ 2 -le 2 ]", "yes" },
		{ "[ 3 -le 2 ]", "no" },
		{ "[ 3 -gt 2 ]", "yes" },
		{ "[ 2 -gt 2 ]", "no" },
		{ "[ 2 -ge 2 ]", "yes" },
		{ "[ 1 -ge 2 ]", "no" },
		{ "[ a -eq 2 ]", "!$A" },
		{ "[ a == a ]", "yes" },
		{ "[ a = 'a*' ]", "no" },
		{ "[ ! a = b ]", "yes" },
		{ "! [ a = b ]", "yes" },
		{ "[ ! '' ]", "yes" },
		{ "[ '' ]", "no" },
		{ "[ ]", "!$A" },
		{ "[ -n \"$EMPTY\" ]", "no" },
		{ "[ -z \"$EMPTY\" ]", "yes" },
		{ "[ $LIST = x ]", "!$A" },
		{ "[ -e x ]", "!$A" },
		{ "[ a = a -a b = b ]", "!$A" },
		{ "test a != a", "no" },
		{ "[[ abc == a* ]]", "yes" },
		{ "[[ abc != a* ]]", "no" },
		{ "[[ abc == \"a*\" ]]", "no" },
		{ "[[ a && b || '' ]]", "yes" },
		{ "[[ '' && b ]]", "no" },
		{ "[[ '' || b ]]", "yes" },
		{ "[[ $X && '' ]]", "no" },
		{ "[[ $X || '' ]]", "!$A" },
		{ "[[ ( a ) ]]", "!$A" },
		{ "[[ a < b ]]", "!$A" },
		{ "[[ -f <(x) ]]", "!$A" },
		{ "true >x", "!$A" },
		{ "true", "yes" },
		{ ":", "yes" },
		{ "false", "no" },
		{ "false; true", "yes" },
		{ "true | false", "no" },
		{ "! true && x", "no" },
		{ "x && false", "no" },
		{ "x || true", "yes" },
		{ "x && true", "!$A" },
		{ "B=1", "yes" },
		{ "B=$(x)", "!$A" },
		{ "(false)", "no" },
		{ "{ false || true; }", "yes" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char script[200];
		snprintf(script, sizeof script, "A=no; if %s; then A=yes; fi; is $A", table[i].test);
		values_are(script, table[i].want);
	}
}

static void settings_stay_where_they_are(void **state)
{
	(void)state;
	values_are("A=1; (A=2; is $A)", "2");
	values_are("A=1; (A=2); is $A", "1");
	values_are("A=1; { A=2; }; is $A", "2");
	values_are("A=1; A=2 | cat; is $A", "1");
	values_are("A=1; cat | A=2; is $A", "1");
	values_are("A=1; A=2 & is $A", "1");
	values_are("A=1; B=$(A=2; is $A)", "2");
	values_are("A=1; B=$(A=2); is $A", "1");
	values_are("for i in x; do is $i; done", "x");
	values_are("for i in x y; do is $i; done", "!$i");
	values_are("for i in *.c; do is $i; done", "!$i");
	values_are("for i in $LIST; do is $i; done", "!$i");
	values_are("A=1; for i in x y; do is $A; A=2; done", "!$A");
	values_are("A=1; for i in x y; do B=2; is $A $B; done", "1|2");
	values_are("for i in x y; do B=2; done; is $B", "2");
	values_are("A=1; while read x; do A=2; done; is $A", "!$A");
	values_are("A=1; while false; do A=2; done; is $A", "1");
	values_are("A=1; f() { is $A $1; }", "1|!$1");
	values_are("A=1; f() { is $A; }; A=2", "!$A");
	values_are("A=1; f() { A=2; is $A; }", "2");
	values_are("A=1; f() { A=2; }; f; is $A", "!$A");
	values_are("A=1; f() { local A=2; }; f; is $A", "1");
}

static const struct shell_command *named(const struct shell *s, const char *name)
{
	for (size_t i = 0; i < s->command_count; i++)
		if (s->commands[i].word_count && text_equal(s->commands[i].words[0].value, text_of(name)))
			return &s->commands[i];
	fail_msg("no command %s", name);
	return NULL;
}

static void what_cannot_run_is_told(void **state)
{
	static const struct {
		const char *script;
		bool skipped;
	} table[] = {
		{ "case $TARGETARCH in amd64) is;; esac", false },
		{ "case $TARGETARCH in arm64) is;; esac", true },
		{ "case $TARGETARCH in amd64) a;; *) is;; esac", true },
		{ "case $TARGETARCH in amd64) a;& *) is;; esac", false },
		{ "case $X in arm64) is;; esac", false },
		{ "if [ $TARGETARCH = arm64 ]; then is; fi", true },
		{ "if [ $TARGETARCH = arm64 ]; then a; else is; fi", false },
		{ "if true; then a; elif is; then b; fi", true },
		{ "if [ -f /x ]; then is; fi", false },
		{ "while false; do is; done", true },
		{ "until true; do is; done", true },
		{ "while true; do is; done", false },
		{ "true || is", true },
		{ "false && is", true },
		{ "! false && is", false },
		{ "false && a || is", false },
		{ "false && { b; c $(is); }", true },
		{ "x || is", false },
		{ "false; is", false },
		{ "[ $TARGETARCH = arm64 ] || is", false },
		{ "test -z \"$VER\" && is", true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena a = { 0 };
		struct shell s;
		read_text(table[i].script, &a, &s);
		const struct shell_command *c = named(&s, "is");
		if (c->skipped != table[i].skipped)
			fail_msg("%s: skipped is %d", table[i].script, c->skipped);
		if (s.blocks[c->block].kind != SHELL_PROGRAM)
			assert_int_equal(s.blocks[c->block].taken, !c->skipped);
		arena_drop(&a);
	}
}

static void piece_is(const struct shell *s, size_t begin, size_t end, const char *want)
{
	struct text piece = { s->script.at + begin, end - begin };
	if (!text_equal(piece, text_of(want)))
		fail_msg("'" TEXT_F "' and not '%s'", TEXT_A(piece), want);
}

static void everything_has_its_place(void **state)
{
	static const char script[] =
		"set -e; A=1 cmd \"x $(in y)\" >out 2>&1 && ! (b | c) # end\nif d; then e; fi & cat <<EOF\nhi $(f)\nEOF\ng";
	struct arena a = { 0 };
	struct shell s;
	(void)state;
	read_text(script, &a, &s);
	const struct shell_command *cmd = named(&s, "cmd"), *in = named(&s, "in"), *b = named(&s, "b"),
				   *cat = named(&s, "cat");
	piece_is(&s, cmd->begin, cmd->end, "A=1 cmd \"x $(in y)\" >out 2>&1");
	piece_is(&s, cmd->words[1].begin, cmd->words[1].end, "\"x $(in y)\"");
	piece_is(&s, cmd->assignments[0].value.begin, cmd->assignments[0].value.end, "1");
	piece_is(&s, cmd->redirects[1].begin, cmd->redirects[1].end, "2>&1");
	assert_int_equal(cmd->redirects[0].fd, 1);
	assert_int_equal(cmd->redirects[1].fd, 2);
	IS(cmd->redirects[1].op, ">&");
	assert_int_equal(cmd->join, SHELL_SEQUENCE);
	assert_int_equal(s.blocks[in->block].kind, SHELL_SUBSTITUTION);
	assert_ptr_equal(&s.commands[s.blocks[in->block].owner], cmd);
	piece_is(&s, s.blocks[in->block].begin, s.blocks[in->block].end, "in y");
	const struct shell_command *brackets = &s.commands[s.blocks[b->block].owner];
	piece_is(&s, brackets->begin, brackets->end, "(b | c)");
	assert_true(brackets->negated && brackets->compound);
	assert_int_equal(brackets->join, SHELL_AND);
	assert_int_equal(named(&s, "c")->join, SHELL_PIPE);
	assert_int_equal(s.blocks[named(&s, "d")->block].kind, SHELL_CONDITION);
	assert_int_equal(s.blocks[named(&s, "e")->block].kind, SHELL_BRANCH);
	piece_is(&s, s.blocks[named(&s, "e")->block].begin, s.blocks[named(&s, "e")->block].end, " e; ");
	assert_int_equal(cat->join, SHELL_BACKGROUND);
	piece_is(&s, cat->begin, cat->end, "cat <<EOF");
	IS(cat->redirects[0].content, "hi $(f)\n");
	IS(cat->redirects[0].target.value, "EOF");
	assert_ptr_equal(&s.commands[s.blocks[named(&s, "f")->block].owner], cat);
	assert_int_equal(named(&s, "g")->join, SHELL_SEQUENCE);
	arena_drop(&a);
}

static void backquotes_have_their_place(void **state)
{
	struct arena a = { 0 };
	struct shell s;
	(void)state;
	read_text("a `b \\`c \\\"d\\\"\\` e`; case x in (p|q) r;; esac", &a, &s);
	const struct shell_command *b = named(&s, "b"), *c = named(&s, "c");
	piece_is(&s, b->begin, b->end, "b \\`c \\\"d\\\"\\` e");
	piece_is(&s, b->words[1].begin, b->words[1].end, "\\`c \\\"d\\\"\\`");
	piece_is(&s, c->begin, c->end, "c \\\"d\\\"");
	piece_is(&s, c->words[1].begin, c->words[1].end, "\\\"d\\\"");
	const struct shell_block *arm = &s.blocks[named(&s, "r")->block];
	assert_int_equal(arm->pattern_count, 2);
	IS(arm->patterns[1].value, "q");
	IS(s.commands[arm->owner].operands[0].value, "x");
	arena_drop(&a);
}

static void groups_in_words_are_read(void **state)
{
	struct arena a = { 0 };
	struct shell s;
	(void)state;
	read_text("[[ $a =~ ^(x|y z)[a]+$ && b != @(c|d(e)) ]]; ls !(*.c|?(x y)) z", &a, &s);
	assert_int_equal(s.commands[0].operand_count, 7);
	IS(s.commands[0].operands[2].value, "^(x|y z)[a]+$");
	IS(s.commands[0].operands[6].value, "@(c|d(e))");
	assert_int_equal(s.commands[1].word_count, 3);
	IS(s.commands[1].words[1].value, "!(*.c|?(x y))");
	arena_drop(&a);
}

/* A here-document's content may stand elsewhere: what takes RUN's apart gives only the operator. */
static void heredocs_may_be_cut_off(void **state)
{
	struct arena a = { 0 };
	struct shell s;
	(void)state;
	read_text("cat <<EOF >/x && b", &a, &s);
	assert_null(named(&s, "cat")->redirects[0].content.at);
	assert_int_equal(named(&s, "b")->join, SHELL_AND);
	read_text("cat <<'E F' <<-X\n$(no)\nE F\n\t$(yes)\n\tX\nb", &a, &s);
	IS(named(&s, "cat")->redirects[0].content, "$(no)\n");
	IS(named(&s, "cat")->redirects[1].content, "\t$(yes)\n");
	assert_int_equal(s.command_count, 3);
	read_text("cat <<EOF\nno end", &a, &s);
	IS(s.commands[0].redirects[0].content, "no end");
	arena_drop(&a);
}

static void programs_are_found(void **state)
{
	static const struct {
		const char *command, *program;
		size_t first;
	} table[] = {
		{ "apt-get install x", "apt-get", 0 },
		{ "/usr/bin/apt-get install x", "apt-get", 0 },
		{ "DEBIAN_FRONTEND=x apt-get install", "apt-get", 0 },
		{ "sudo apt-get install", "apt-get", 1 },
		{ "sudo -E -u root -- apt install", "apt", 5 },
		{ "sudo -uroot -n DEBIAN_FRONTEND=x apt install", "apt", 4 },
		{ "sudo --user=x --group y apt", "apt", 4 },
		{ "sudo -nu x apt", "apt", 3 },
		{ "env A=1 B=2 curl x", "curl", 3 },
		{ "env -i -u X A=1 /bin/curl x", "curl", 5 },
		{ "exec tini -- a", "tini", 1 },
		{ "exec -a name x", "x", 3 },
		{ "command -p ls", "ls", 2 },
		{ "command -v ls", "command", 0 },
		{ "time -p make", "make", 2 },
		{ "nice -n 19 make", "make", 3 },
		{ "nice -19 make", "make", 2 },
		{ "nohup timeout -k 5 10 curl", "curl", 5 },
		{ "sudo -u x env A=1 nice bash -c y", "bash", 6 },
		{ "gosu node npm i", "npm", 2 },
		{ "$EMPTY apt", "apt", 1 },
		{ "env", "env", 0 },
		{ "sudo -l", "sudo", 0 },
		{ "$X apt", "", 0 },
		{ "sudo $X", "", 0 },
		{ "A=1", "", 0 },
		{ ">x", "", 0 },
		{ "( a )", "", 0 },
		{ "$LIST", "", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct arena a = { 0 };
		struct shell s;
		size_t first = 99;
		read_text(table[i].command, &a, &s);
		struct text program = shell_program(&s.commands[0], &first);
		if (!text_equal(program, text_of(table[i].program)) || (program.len && first != table[i].first))
			fail_msg("%s: '" TEXT_F "' %zu", table[i].command, TEXT_A(program), first);
		arena_drop(&a);
	}
}

static void good_is_read(const char *name, struct text bytes)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct shell s;
	if (parse(bytes, &a, &s, &f) < 0)
		fail_msg("%s: %s", name, f.text);
	if (strcmp(name, "empty") && strcmp(name, "only-comments"))
		assert_true(s.command_count > 0);
	arena_drop(&a);
}

static void bad_is_refused(const char *name, struct text bytes)
{
	static const char *const rules[][2] = {
		{ "and-", "a command must stand here" },
		{ "arithmetic-open", "\"$(\" has no \")\"" },
		{ "array-open", "an array must end with \")\", but the script ends" },
		{ "backquote-open", "1: \"`\" has no second one" },
		{ "brace-open", "\"${\" must have a name, an operator and \"}\"" },
		{ "braces-empty", "\"${\" must have a variable's name behind it, not \"}\"" },
		{ "braces-no-operator", "\"${\" must have a name, an operator and \"}\"" },
		{ "case-no-esac", "a word must stand here, but the script ends" },
		{ "case-no-in", "\"case\" must have a word and \"in\", not \"a\"" },
		{ "case-no-pattern", "a word must stand here, not \")\"" },
		{ "case-pattern-open", "a case's pattern must end with \")\", not \"b\"" },
		{ "close-alone", "a command must stand here, not \")\"" },
		{ "done-alone", "a command must stand here, not \"done\"" },
		{ "double-open", "2: a quote (\") has no second one" },
		{ "elif-alone", "a command must stand here, not \"elif\"" },
		{ "fi-alone", "a command must stand here, not \"fi\"" },
		{ "for-no-done", "2: \"do\" must end with \"done\", but the script ends" },
		{ "for-no-do", "1: a loop must have a \"do\", not \"echo\"" },
		{ "for-no-name", "\"for\" must have a variable's name behind it, not \"1x\"" },
		{ "function-no-body", "a function's body must be { }, ( ) or another compound command, not \"echo\"" },
		{ "group-empty", "a command must stand in { }" },
		{ "group-open", "\"{\" must end with \"}\", but the script ends" },
		{ "if-empty", "a command must stand here, not \";\"" },
		{ "if-no-fi", "\"if\" must end with \"fi\", but the script ends" },
		{ "if-no-then", "\"if\" must have a \"then\", not \"fi\"" },
		{ "nul", "1: a script must have no NUL" },
		{ "or-or", "a command must stand here, not \"||\"" },
		{ "pipe-", "a command must stand here" },
		{ "redirection-", "a redirection must have a word behind it" },
		{ "semicolon-", "a command must stand here, not \";" },
		{ "single-open", "1: a quote (') has no second one" },
		{ "subshell-behind", "a command must end here, not \"(\"" },
		{ "subshell-empty", "a command must stand in ( )" },
		{ "subshell-open", "\"(\" must end with \")\", but the script ends" },
		{ "substitution-open", "1: \"$(\" has no \")\"" },
		{ "substitution-ends-wrongly", "a substitution must end with \")\", not \"fi\"" },
		{ "test-open", "\"[[\" must end with \"]]\"" },
		{ "then-empty", "a command must stand behind \"then\", not \"fi\"" },
		{ "while-no-do", "a loop must have a \"do\", not \"done\"" },
	};
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct shell s;
	assert_int_equal(parse(bytes, &a, &s, &f), FAULT_INPUT);
	sample_says(rules, sizeof rules / sizeof *rules, name, "run:", f.text);
	arena_drop(&a);
}

static void samples_are_read(void **state)
{
	(void)state;
	samples_walk("tests/data/shell/good", good_is_read);
	samples_walk("tests/data/shell/bad", bad_is_refused);
}

static void refused(struct buffer *script, const char *says)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct shell s;
	assert_int_equal(parse(buffer_view(script), &a, &s, &f), FAULT_INPUT);
	if (!strstr(f.text, says))
		fail_msg("'%s' and not '%s'", f.text, says);
	arena_drop(&a);
	buffer_reset(script);
}

static void repeat(struct buffer *b, const char *what, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buffer_add(b, what, strlen(what));
}

static void there_are_limits(void **state)
{
	BUFFER_AUTO b = { 0 };
	(void)state;
	repeat(&b, " ", SHELL_SCRIPT_MAX + 1);
	refused(&b, "run: a script of 1048577 bytes, at most 1048576 are read");
	repeat(&b, "(", SHELL_SCRIPT_MAX);
	refused(&b, "more than 64 blocks or substitutions in one another");
	repeat(&b, "\"$(", 100);
	refused(&b, "more than 64 blocks or substitutions in one another");
	repeat(&b, "${a-", 100);
	refused(&b, "more than 64 blocks or substitutions in one another");
	repeat(&b, "a;", SHELL_COMMANDS_MAX + 1);
	refused(&b, "more than 65536 commands");
	repeat(&b, "a ", SHELL_WORDS_MAX / 2 + 1);
	refused(&b, "more than 262144 words and parts of words");
	for (size_t i = 0; i <= SHELL_VARIABLES_MAX; i++)
		buffer_printf(&b, "a%zu=\n", i);
	refused(&b, "run: more than 16384 variables");
	buffer_printf(&b, "a=0123456789abcdef;");
	repeat(&b, "a=$a$a;", 12);
	buffer_printf(&b, "b");
	repeat(&b, " $a$a", 200);
	refused(&b, "run: the values of its words have more than 16777216 bytes");
}

static void values_that_grow_are_not_followed(void **state)
{
	(void)state;
	values_are(
		"a=0123456789abcdef;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;a=$a$a;is $a",
		"!$a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_lose_their_quotes),
		cmocka_unit_test(variables_are_put_in),
		cmocka_unit_test(operators_are_followed),
		cmocka_unit_test(choices_are_followed),
		cmocka_unit_test(tests_are_made),
		cmocka_unit_test(settings_stay_where_they_are),
		cmocka_unit_test(what_cannot_run_is_told),
		cmocka_unit_test(everything_has_its_place),
		cmocka_unit_test(backquotes_have_their_place),
		cmocka_unit_test(groups_in_words_are_read),
		cmocka_unit_test(heredocs_may_be_cut_off),
		cmocka_unit_test(programs_are_found),
		cmocka_unit_test(samples_are_read),
		cmocka_unit_test(there_are_limits),
		cmocka_unit_test(values_that_grow_are_not_followed),
	};
	return cmocka_run_group_tests_name("shell", tests, NULL, NULL);
}
