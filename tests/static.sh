#!/usr/bin/env bash
# tests/static.sh PROGRAM : is it one file that needs nothing of the machine it runs on?
set -u
program=${1:?usage: tests/static.sh PROGRAM}
max_bytes=$((12 * 1024 * 1024))
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
chroot=$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)

# check WHAT COMMAND... : one line; what the command printed follows when it failed.
check() {
	local what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok $what"
		passed=$((passed + 1))
	else
		echo "FAIL $what"
		sed 's/^/    /' "$work/out" | head -n 20
		failed=$((failed + 1))
	fi
}

no_loader() {
	readelf -ld "$program" >"$work/elf" && [ -s "$work/elf" ] && ! grep -E 'INTERP|NEEDED' "$work/elf"
}
small() {
	local bytes
	bytes=$(stat -c %s "$program") && echo "$bytes bytes, at most $max_bytes" && [ "$bytes" -le "$max_bytes" ]
}
stripped() {
	! readelf -S "$program" | grep -E '\.symtab|\.debug_info' && readelf -S "$program.dbg" | grep -q '\.debug_info'
}
no_paths() {
	! strings -n 4 "$program" | grep -F "$PWD/"
}
opens_nothing() {
	strace -f -qq -e trace=open,openat,openat2,execve -o "$work/trace" "$program" --version </dev/null || return
	[ -s "$work/trace" ] && ! grep -E '\.so|gconv|openssl\.cnf' "$work/trace"
}
empty_root() {
	mkdir "$work/root" && cp "$program" "$work/root/program" || return
	if [ "$(id -u)" -eq 0 ]; then
		env -i "$chroot" "$work/root" /program --version
	else
		env -i "$(command -v unshare)" -r "$chroot" "$work/root" /program --version
	fi </dev/null >"$work/version" && grep '^nixgraft ' "$work/version"
}

check "no program loader, no shared library" no_loader
check "at most 12 MiB" small
check "stripped, with its symbols beside it" stripped
check "no path of the build in it" no_paths
check "--version opens no shared object, gconv or openssl.cnf" opens_nothing
check "runs in an empty root" empty_root
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
