# shellcheck shell=bash
# Sourced by every tests/e2e/*.bats: where things are, scratch space, locks, roots, servers.
bats_require_minimum_version 1.5.0
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export NIXGRAFT=${NIXGRAFT:-$top/build/static/nixgraft}
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8
here=$top/tests/e2e fixture=$top/tests/fixture
F=$(realpath -m "${NIXGRAFT_BUILD:-$top/build}")/fixture
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY SOURCE_DATE_EPOCH

# Messages go to stderr: bats shows them when the test fails.
die() { echo "$*" >&2; return 1; }
need() { "$fixture/make" "$@" >&2; }
key() { cat "$F/keys/cache.pub"; }
cache() { echo "file://$F/caches/$1"; }
outpath() { jq -r --arg t "$2" '.tools[$t].outPath' "$F/closures/$1.json"; }
roots_of() { cat "$F/closures/$1.roots"; }

# scratch NAME: a folder for big data, in memory where there is room and programs may run; $NAME names it. Unscratch removes it.
scratch() {
	local at=${BATS_FILE_TMPDIR:?} room
	room=$(df --output=avail -m /dev/shm 2>/dev/null | tail -n 1)
	if [ "${room:-0}" -gt 6000 ] && ! findmnt -no OPTIONS -T /dev/shm | grep -q noexec; then
		at=$(mktemp -d /dev/shm/nixgraft-test.XXXXXX)
	fi
	chmod 755 "$at" # users of the roots below it pass
	printf -v "$1" %s "$at"
	export "${1?}"
}
unscratch() { [ -z "${1:-}" ] || rm -rf --one-file-system "$1"; }

# lock_set SET FILE [URL]: the lock of a fixture set; lock_jq FILE [URL]: jq alone, 4 paths.
lock_set() {
	"$NIXGRAFT" lock --quiet --lock "$2" --manifest "$F/closures/$1.json" --cache "${3:-$(cache "$1-zstd")}" --trusted-key "$(key)"
}
lock_jq() {
	"$NIXGRAFT" lock --quiet --lock "$1" --tool "jq=$(outpath small jq)" --cache "${2:-$(cache small-zstd)}" --trusted-key "$(key)"
}

# tiny_root DIR: the least that apply works on; it has no program, so the system is this machine's.
tiny_root() {
	mkdir -p "$1"/{dev,etc,proc,root,tmp,usr/local/bin}
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
}
debian_root() { "$fixture/root" trixie "$1" >&2; }
inside() { "$fixture/chroot" "$@"; }

apply() { "$NIXGRAFT" apply --no-sync "$@"; }

# says TEXT: the output of the last `run` has it; says_not TEXT.
says() { [[ $output == *"$1"* ]] || die "expected '$1' in: $output"; }
says_not() { [[ $output != *"$1"* ]] || die "did not expect '$1' in: $output"; }

# state ROOT: all that apply leaves behind, one line a file: type, mode, owner, link target and, within store objects, mtime;
# then the hash of every file (the database byte by byte, receipt, wires).
state() {
	(
		cd "$1" || exit
		find . -path './nix/store/*' -prune -o -printf '%P %y %m %U:%G %l\n' | LC_ALL=C sort
		find nix/store -mindepth 1 -printf '%p %y %m %U:%G %T@ %l %n\n' | sed 's|^\(nix/store/.links [^ ]* [^ ]* [^ ]*\) .*|\1|' | LC_ALL=C sort
		find . -path ./proc -prune -o -path ./dev -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
	)
}

# same WHAT A B: two files are equal, else the difference is told.
same() { diff "$2" "$3" >"$BATS_TEST_TMPDIR/diff" || die "$1 differs: $(head -n 20 "$BATS_TEST_TMPDIR/diff")"; }

# serve DIR [--tls]: real nginx; $url, $log and $nginx (its pid). Stop with unserve.
serve() {
	local state line
	line=$("$fixture/serve" start "$@" 3>&-) || return
	read -r url nginx state <<<"$line"
	log=$state/access.log
	export url nginx log
}
unserve() {
	[ -z "${nginx:-}" ] || "$fixture/serve" stop "$nginx"
	nginx=
}

# faulty FOLDER [FAULT...]: tests/e2e/faultserver.py; $url, $log and $faulty (its pid). Stop with unfaulty.
faulty() {
	local ready=$BATS_TEST_TMPDIR/faulty.$RANDOM
	log=$ready.log
	mkfifo "$ready"
	: >"$log"
	/usr/bin/python3 "$here/faultserver.py" "$log" "$@" >"$ready" 2>"$ready.err" 3>&- &
	faulty=$!
	read -r url <"$ready" || die "the server does not start: $(cat "$ready.err")"
	rm "$ready"
}
unfaulty() {
	[ -z "${faulty:-}" ] || { kill "$faulty" 2>/dev/null; wait "$faulty" 2>/dev/null || true; }
	faulty=
}

# until_true CMD...: waits until it is, a minute at the most.
until_true() {
	local end=$((SECONDS + 60))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || die "never true: $*" || return
		read -rt 0.02 <> <(:) || true
	done
}
