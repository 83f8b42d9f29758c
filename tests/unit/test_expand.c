/* expand: words with variables put in, known and unknown ones. What BuildKit expects is tested in
 * tests/cli/containerfile.bats. */
#include "samples.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "format/expand.h"

/* V is "a.b.c", E is empty, U is unset, O is open, all others are unknown. */
static enum expand_state get(const void *of, struct text name, struct text *value)
{
	(void)of;
	*value = text_equal(name, TEXT("V")) ? TEXT("a.b.c") : text_equal(name, TEXT("W")) ? TEXT(" x  y ") : TEXT("");
	if (value->len || text_equal(name, TEXT("E")))
		return EXPAND_SET;
	return text_equal(name, TEXT("U")) ? EXPAND_UNSET : text_equal(name, TEXT("O")) ? EXPAND_OPEN : EXPAND_UNKNOWN;
}

static const struct expand PLAIN = { .escape = '\\', .get = get };

static void gives_how(const char *written, const struct expand *how, const char *want, bool known)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct expanded out;
	if (expand_word(text_of(written), how, &a, &out, &f) < 0)
		fail_msg("%s", f.text);
	if (!text_equal(out.text, text_of(want)) || out.known != known)
		fail_msg("%s: %.*s, %s", written, (int)out.text.len, out.text.at, out.known ? "known" : "unknown");
	arena_drop(&a);
}

static void gives(const char *written, const char *want)
{
	gives_how(written, &PLAIN, want, true);
}

static void stays(const char *written)
{
	gives_how(written, &PLAIN, written, false);
}

static void refuses(const char *written, const char *want)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct expanded out;
	assert_int_equal(expand_word(text_of(written), &PLAIN, &a, &out, &f), FAULT_INPUT);
	if (!strstr(f.text, want))
		fail_msg("%s: %s", written, f.text);
	arena_drop(&a);
}

static void known_variables_are_put_in(void **state)
{
	(void)state;
	gives("x$V-${V}y", "xa.b.c-a.b.cy");
	gives("'$V' \"$V\" \\$V", "$V a.b.c $V");
	gives("${U}$U${E}", "");
	gives("${U:-d}${U-d}${E:-d}${E-d}${V:-d}", "ddda.b.c");
	gives("${U:+d}${U+d}${E:+d}${E+d}${V:+d}", "dd");
	gives("${V:?no}${E?no}", "a.b.c");
	gives("${V#*.}|${V##*.}|${V%.*}|${V%%.*}", "b.c|c|a.b|a");
	gives("${V/./-}|${V//./-}|${V//b/}", "a-b.c|a-b-c|a..c");
}

static void unknown_variables_stay(void **state)
{
	(void)state;
	stays("$X");
	stays("a${X}b");
	stays("${X:-d}${X+e}");
	stays("${X#*.}${X//a/b}");
	stays("${X:1:2}${X:@}");
	gives_how("\"$X\"$V", &PLAIN, "$Xa.b.c", false);
	gives_how("$O", &PLAIN, "$O", false);
	gives_how("${O:?no}${O#a}", &PLAIN, "${O:?no}${O#a}", false);
	gives("${O:-d}${O-$V}", "da.b.c");
	gives("${O:+d}", "");
	gives_how("$V", &(struct expand){ .escape = '\\' }, "$V", false);
}

static void options_are_heeded(void **state)
{
	(void)state;
	gives_how("a` b`$V\\c", &(struct expand){ .escape = '`', .get = get }, "a b$V\\c", true);
	gives_how("'a' \"$V\"", &(struct expand){ .escape = '\\', .keep_quotes = true, .get = get }, "'a' \"a.b.c\"",
		  true);
	gives_how("\\a \"\\\"\"", &(struct expand){ .escape = '\\', .keep_escapes = true, .get = get }, "\\a \\\"",
		  true);
	gives_how("it's \"$V", &(struct expand){ .escape = '\\', .plain_quotes = true, .get = get }, "it's \"a.b.c",
		  true);
}

static void words_are_split(void **state)
{
	static const char *const want[] = { "a", "x", "y", "b c", " x  y ", "<< E" };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct expanded out;
	(void)state;
	assert_int_equal(expand_word(TEXT(" a $W 'b c' \"$W\"  << E"), &PLAIN, &a, &out, &f), 0);
	assert_int_equal(out.words.count, 6);
	for (size_t i = 0; i < 6; i++)
		assert_true(text_equal(out.words.at[i], text_of(want[i])));
	arena_drop(&a);
}

static void faults_are_told(void **state)
{
	(void)state;
	refuses("a'b", "no second '");
	refuses("a\"b", "no second \"");
	refuses("${V", "must stand }");
	refuses("${V:-a", "no }");
	refuses("${V/a}", "no second /");
	refuses("${}", "name");
	refuses("${V@Q}", "must stand");
	refuses("${V:1:2}", "must stand");
	refuses("${X:#a}", "must stand");
	refuses("${X:", "must stand");
	refuses("${X:1", "no }");
	refuses("${U:?tell me $V}", "U: tell me a.b.c");
	refuses("${E:?}", "E: is not allowed");
	refuses("${V#\\a}", "pattern");
}

static void limits_hold(void **state)
{
	BUFFER_AUTO b = { 0 };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct expanded out;
	(void)state;
	for (size_t i = 0; i < EXPAND_DEPTH_MAX; i++)
		buffer_printf(&b, "${U:-");
	for (size_t i = 0; i < EXPAND_DEPTH_MAX; i++)
		buffer_printf(&b, "}");
	gives(b.at, "");
	buffer_reset(&b);
	for (size_t i = 0; i <= EXPAND_DEPTH_MAX; i++)
		buffer_printf(&b, "${U:-");
	assert_int_equal(expand_word(buffer_view(&b), &PLAIN, &a, &out, &f), FAULT_INPUT);
	assert_true(out.limited && strstr(f.text, "nesting"));
	buffer_reset(&b);
	fault_clear(&f);
	for (size_t i = 0; i < EXPAND_MAX / 5; i++)
		buffer_printf(&b, "$V-");
	assert_int_equal(expand_word(buffer_view(&b), &PLAIN, &a, &out, &f), 0);
	buffer_printf(&b, "$V");
	assert_int_equal(expand_word(buffer_view(&b), &PLAIN, &a, &out, &f), FAULT_INPUT);
	assert_true(out.limited && strstr(f.text, "too long"));
	fault_clear(&f);
	assert_int_equal(expand_word(TEXT("'"), &PLAIN, &a, &out, &f), FAULT_INPUT);
	assert_false(out.limited);
	arena_drop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_variables_are_put_in),
		cmocka_unit_test(unknown_variables_stay),
		cmocka_unit_test(options_are_heeded),
		cmocka_unit_test(words_are_split),
		cmocka_unit_test(faults_are_told),
		cmocka_unit_test(limits_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
