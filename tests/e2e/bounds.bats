#!/usr/bin/env bats
# Large closures: 3,000 paths, and how much memory an apply takes at the most. (Bounds, not measurements: tests/bench.)
load lib

setup_file() {
    need synth tools
    scratch
}
teardown_file() { unscratch; }
setup() { r=$S/r; }
teardown() {
    unserve
    rm -rf "$S/r"
}

# peak CMD...: runs it; $peak is the most memory it had at once, in kB.
peak() {
    run --separate-stderr /usr/bin/python3 -c 'import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(pid, 0)
open(os.environ["PEAK"], "w").write(str(used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))' "$@"
    peak=$(cat "$PEAK")
    echo "peak: $peak kB" >&2
}

@test "3,000 paths come in with less than 100 MB, verify finds them right, a second run has nothing to do" {
    export PEAK=$BATS_TEST_TMPDIR/peak
    tiny_root "$r"
    peak "$NIXGRAFT" apply --no-sync --lock "$(lock_of synth)" --root "$r"
    exits 0 "paths: 3001, of them 3001 fetched"
    [ "$peak" -lt 100000 ]
    peak "$NIXGRAFT" verify --lock "$(lock_of synth)" --root "$r"
    exits 0 "right: 3002 store objects"
    [ "$peak" -lt 100000 ]
    before=$(stat -c '%n %Y %Z' "$r"/nix/var/nix/db/* "$r"/nix/var/nixgraft/* "$r/nix/store")
    peak "$NIXGRAFT" apply --lock "$(lock_of synth)" --root "$r"
    exits 0 "nothing to do"
    [ "$peak" -lt 100000 ]
    [ "$before" = "$(stat -c '%n %Y %Z' "$r"/nix/var/nix/db/* "$r"/nix/var/nixgraft/* "$r/nix/store")" ]
}

@test "3,000 paths are locked over http, each narinfo asked for once, with less than 100 MB" {
    export PEAK=$BATS_TEST_TMPDIR/peak
    cd "$BATS_TEST_TMPDIR" || return # away from the repository's flake.lock
    serve "$F/caches/synth-zstd"
    peak "$NIXGRAFT" lock --quiet --lock "$BATS_TEST_TMPDIR/lock" --manifest "$F/closures/synth.json" --cache "$url" --trusted-key "$KEY"
    exits 0
    [ "$peak" -lt 100000 ]
    sed "s|$url|$(cache synth)|g" "$BATS_TEST_TMPDIR/lock" | cmp - "$(lock_of synth)"
    [ "$(grep -c '^GET /.*narinfo' "$log")" -eq 3001 ]
    [ -z "$(cut -d ' ' -f 2 "$log" | sort | uniq -d)" ]
}

@test "an apply over http of big paths takes memory by workers, not by sizes" {
    export PEAK=$BATS_TEST_TMPDIR/peak
    local largest
    serve "$F/caches/tools-zstd"
    sed "s|$(cache tools)|$url|" "$(lock_of tools)" > "$BATS_TEST_TMPDIR/lock"
    largest=$(jq '[.systems[].paths[].narSize] | max' "$BATS_TEST_TMPDIR/lock")
    [ "$largest" -gt 40000000 ]
    tiny_root "$r"
    peak "$NIXGRAFT" apply --no-sync --jobs 2 --lock "$BATS_TEST_TMPDIR/lock" --root "$r"
    exits 0 "is in place"
    [ "$((peak * 1024))" -lt "$largest" ]
    in_place "$r" "$BATS_TEST_TMPDIR/lock"
}
