#!/usr/bin/env bats
# Is what apply leaves in /nix what Nix itself would have made? Judged by the Nix of three Debian suites: files, database,
# schema, queries, collector, re-export (tests/fixture/soundness).
load lib

setup_file() {
    need small next chroot:bookworm chroot:trixie chroot:sid
    scratch
}
teardown_file() { unscratch; }
teardown() { rm -rf "$S/r" "$S/both"; }

# judge SUITE CACHE OWN STOREPATH...: all checks pass, OWN of the paths are environments of ours.
judge() {
    run "$fixture/soundness" -s "$1" "$S/r" "$2" "${@:4}"
    exits 0 "ok   valid paths ($3 own environments)" "ok   database schema" "ok   gc with roots: nothing is dead"
    silent_on FAIL
    [ "$(grep -c '^ok ' <<< "$output")" -eq 13 ] || fail "not 13 checks: $output"
}

@test "Nix 2.8 (bookworm) finds no difference between our store and its own" {
    mapfile -t roots < <(roots_of small)
    applied "$S/r" "$(lock_of small)"
    judge bookworm "$F/caches/small-zstd" 1 "${roots[@]}"
}

@test "Nix 2.26 (trixie) finds no difference between our store and its own" {
    mapfile -t roots < <(roots_of small)
    applied "$S/r" "$(lock_of small)"
    judge trixie "$F/caches/small-zstd" 1 "${roots[@]}"
}

@test "Nix 2.34 (sid) finds no difference after an update: both closures, two environments" {
    mapfile -t roots < <(roots_of small; roots_of next)
    mkdir "$S/both"
    cp -rsf "$F/caches/small-zstd/." "$F/caches/next-zstd/." "$S/both"
    applied "$S/r" "$(lock_of small)"
    apply --lock "$(lock_of next)" --root "$S/r"
    judge sid "$S/both" 2 "${roots[@]}"
}
