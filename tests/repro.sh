#!/usr/bin/env bash
# tests/repro.sh : builds the static program of this tree in two other places and compares the bytes.
set -u
cd "$(dirname "$0")/.." || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# What git knows or would add; a release tarball has no git and no build folder worth skipping by name but ours.
files() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files -z --cached --others --exclude-standard
	else
		find . -path ./build -prune -o -type f -print0
	fi
}
for place in "$work/a" "$work/another/place with-a-longer-name"; do
	mkdir -p "$place"
	files | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
		tar -c --null -T - | tar -xC "$place"
	(cd "$place" && unset MAKEFLAGS MAKELEVEL && make --no-print-directory -j"$(nproc)" static) >"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log"; break; }
done
if cmp "$work/a/build/static/nixgraft" "$place/build/static/nixgraft"; then
	echo "ok two builds in two places are the same bytes"
	passed=1
else
	echo "FAIL two builds in two places differ, or one did not finish"
	failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
