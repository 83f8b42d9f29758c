#!/usr/bin/env bash
# tests/shape_test.sh : plants one fault at a time in a small sound tree; tests/shape.sh must name that rule and no other.
set -u
shape=$(cd "$(dirname "$0")" && pwd)/shape.sh
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

sound_tree() {
	rm -rf "$work/tree"
	mkdir -p "$work"/tree/bootstrap/{base,sys,format,cmd}
	cd "$work/tree/bootstrap" || exit 2
	printf '%s\n' '# lowest first' base/text base/list sys/stream sys/fs format/nar cmd/show >FLOORS
	local module
	for module in base/text base/list sys/stream sys/fs format/nar cmd/show; do
		printf '/* what it is for */\n\nint %s(int a);\n' "${module#*/}" >$module.h
		printf '#include "%s.h"\n\nint %s(int a)\n{\n\treturn a; /* system(x) */\n}\n' $module "${module#*/}" >$module.c
		sed -i '2d' $module.h
	done
	printf '#include "cmd/show.h"\n\nint main(void)\n{\n\treturn show(0);\n}\n' >main.c
}

# expect RULES... : those and no others fail.
expect() {
	local got
	got=$("$shape" "$work/tree" 2>&1 | sed -n 's/^FAIL \([a-z-]*\):.*/\1/p' | tr '\n' ' ')
	if [ "${got% }" = "$*" ]; then
		echo "ok ${*:-a sound tree}${what:+: $what}"
		passed=$((passed + 1))
	else
		echo "FAIL ${*:-a sound tree}${what:+: $what}: shape.sh named '${got% }'"
		failed=$((failed + 1))
	fi
}

# plant RULES WHAT FILE TEXT [FILE TEXT...] : appends each TEXT to its FILE of a sound tree.
plant() {
	local rules=$1 what=$2
	shift 2
	sound_tree
	for (( ; $# > 1; )); do
		printf '%b\n' "$2" >>"$1"
		shift 2
	done
	expect $rules
}

lines() { yes "$2" | head -n "$1"; }

what=''
sound_tree
expect
plant floors 'a higher floor' base/text.c '#include "sys/fs.h"'
plant floors 'the same floor, listed below' base/text.c '#include "base/list.h"'
plant floors 'a format that opens files' format/nar.c '#include "sys/fs.h"'
plant '' 'a format that reads a stream' format/nar.c '#include "sys/stream.h"'
plant floors 'no floor in the name' sys/fs.c '#include "text.h"'
plant 'floors circles' 'two that include each other' base/text.c '#include "base/list.h"' base/list.c '#include "base/text.h"'
plant list 'a module that FLOORS does not know' base/new.c ''
plant list 'a module that is not there' FLOORS 'cmd/gone'
plant list 'a low floor above a high one' FLOORS base/late base/late.c ''
plant file-lines '601 lines' base/text.c "$(lines 595 '/* */')"
plant header-lines '121 lines' base/text.h "$(lines 119 '/* */')"
plant 'function-lines function-spread' '71 lines' base/text.c "int more(int a)\n{\n$(lines 68 '	a++;')\n}"
plant function-spread '70 lines' base/text.c "int more(int a)\n{\n$(lines 67 '	a++;')\n}"
plant parameters 'six' base/text.c 'int more(int a, void *b, int (*c)(int, int), int d,\n\t int e, int f)\n{\n\treturn 0;\n}'
plant '' 'five' base/text.c 'PRINTF(1, 2) int more(int a, void *b, int (*c)(int, int), int d, int e)\n{\n\treturn 0;\n}'
deep='if (a)\n{ for (;;)\n while (a) {\n do {'
plant depth 'five levels, some without braces' base/text.c "int more(int a)\n{\n$deep\nif (a) a--; } while (a); } }\n}"
plant '' 'four levels and an else if' base/text.c "int more(int a)\n{\n$deep\na--; } while (a); } }\nelse if (a) a++; else a--;\n}"
plant mutable 'a static variable' base/text.c 'static const char *names[] = { "a", "b" };'
plant mutable 'inside a function' base/text.c 'int more(int a)\n{\n\tstatic int b;\n\treturn b + a;\n}'
plant '' 'constants' base/text.c 'static const char *const names[] = { "a{" };\nint (*const call)(int) = text;'
plant '' 'a variable on the floor of verbs' cmd/show.c 'static int verbose;'
plant conditionals '#if' base/text.c '#if 1\n#endif'
plant '' '#if on the floor of the machine' sys/fs.c '#if 1\n#endif'
plant words 'strcpy' base/text.c 'int more(char *a)\n{\n\treturn *strcpy(a, "x");\n}'
plant words 'all formats' sys/fs.c 'int more(void *a)\n{\n\treturn archive_read_support_format_all(a);\n}'
plant '' 'a field named system' sys/fs.c 'int more(struct a *a)\n{\n\treturn a->system(1);\n}'
plant printing 'below the verbs' base/text.c 'int more(void)\n{\n\treturn puts("x");\n}'
plant '' 'in a verb' cmd/show.c 'int more(void)\n{\n\treturn puts("x");\n}'
plant header-docs 'a struct of silent fields' base/text.h '/* told */\nstruct a {\n\tint b;\n\tint c;\n};'
plant left-open 'a note to oneself' base/text.c "/* TO""DO: finish */"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
