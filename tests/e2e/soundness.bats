#!/usr/bin/env bats
# Is what apply leaves in /nix what Nix itself would have made? Judged by the Nix of three Debian suites: files, database,
# queries, collector, re-export (tests/fixture/soundness).
load lib

setup_file() {
	need small next chroot:bookworm chroot:trixie chroot:sid keys
	scratch S
	lock_set small "$S/small.lock"
	lock_set next "$S/next.lock"
}
teardown_file() { unscratch "$S"; }
teardown() { rm -rf "$S/r" "$S/both"; }

judge() { # SUITE
	local roots
	mapfile -t roots < <(roots_of small)
	tiny_root "$S/r"
	apply --lock "$S/small.lock" --root "$S/r"
	run -0 "$fixture/soundness" -s "$1" "$S/r" "$F/caches/small-zstd" "${roots[@]}"
	says_not FAIL
	says "ok   valid paths (1 own environments)"
	says "ok   database schema"
	says "ok   gc with roots: nothing is dead"
	[ "$(grep -c '^ok ' <<<"$output")" -eq 13 ]
}

@test "Nix 2.8 (bookworm) finds no difference between our store and its own" {
	judge bookworm
}

@test "Nix 2.26 (trixie) finds no difference between our store and its own" {
	judge trixie
}

@test "Nix 2.34 (sid) finds no difference after an update: both closures, two environments" {
	local roots
	mapfile -t roots < <(roots_of small; roots_of next)
	mkdir "$S/both"
	cp -rsf "$F/caches/small-zstd/." "$F/caches/next-zstd/." "$S/both"
	tiny_root "$S/r"
	apply --lock "$S/small.lock" --root "$S/r"
	apply --lock "$S/next.lock" --root "$S/r"
	run -0 "$fixture/soundness" -s sid "$S/r" "$S/both" "${roots[@]}"
	says_not FAIL
	says "ok   valid paths (2 own environments)"
	[ "$(grep -c '^ok ' <<<"$output")" -eq 13 ]
}
