#!/usr/bin/env bats
# Servers that misbehave (faultserver.py): what is tried again, what goes on where it stopped, what is refused, and with
# which exit status. libc6 is the file that suffers: too big to be kept in memory, so that its part is on disk.
load lib

setup_file() {
    scratch
    applied "$S/plain" "$(lock_of small jq)"
    libc=$(jq -r '.systems[].paths | to_entries[] | select(.key | contains("-libc6-")) | .value | "\(.url) \(.fileSize)"' "$(lock_of small jq)")
    read -r big size <<< "$libc"
    [ "$size" -gt 1500000 ]
    export big size
}
teardown_file() { unscratch; }
setup() {
    lock=$BATS_TEST_TMPDIR/lock r=$S/r
    tiny_root "$r"
    before=$(manifest -n "$r")
}
teardown() {
    unfaulty
    rm -rf "$S/r"
}

# start FAULT...: the server, and a lock of jq from it. The log is empty.
start() {
    faulty "$F/caches/small-zstd" "$@"
    sed "s|$(cache small)|$url|" "$(lock_of small jq)" > "$lock"
    : > "$log"
}
# done_right: exit 0 and the store is that of an undisturbed run.
done_right() {
    exits 0 "is in place"
    in_place "$r" "$lock"
    same_manifest "$(objects "$S/plain")" "$(objects "$r")"
    [ ! -e "$r/nix/var/nixgraft/spool" ]
}
# untouched: nothing became visible: no valid path, no profile, no link, no object.
untouched() {
    [ ! -e "$r/nix/var/nix/db/db.sqlite" ]
    [ ! -e "$r/nix/var/nix/profiles/nixgraft" ]
    [ ! -L "$r/usr/local/bin/jq" ]
    [ ! -d "$r/nix/store" ] || [ -z "$(find "$r/nix/store" -mindepth 1 ! -name .links)" ]
}
# asked METHOD: the log's lines of the big file, as STATUS RANGE, on one line.
asked() { sed -n "s|^$1 [^ ]*/$big ||p" "$log" | paste -sd ' '; }

@test "a connection that ends in the middle: the rest is asked for by Range" {
    start "cut:$big:700001"
    graft apply --lock "$lock" --root "$r"
    done_right
    [ "$(asked GET)" = "200 - 206 bytes=700001-" ] || fail "$(cat "$log")"
}

@test "a connection that is reset in the middle is tried again" {
    start "reset:$big:700001"
    graft apply --lock "$lock" --root "$r"
    done_right
    [[ "$(asked GET)" =~ ^"200 - "(200 -|206 bytes=[0-9]+-)$ ]] || fail "$(cat "$log")"
}

@test "a server without ranges: the file is fetched again from its beginning" {
    start "cut:$big:700001" "noranges:$big"
    graft apply --lock "$lock" --root "$r"
    done_right
    [ "$(asked GET | cut -d ' ' -f 1,3)" = "200 200" ] || fail "$(cat "$log")"
}

@test "503 with Retry-After is tried again" {
    start "busy:$big:1"
    graft apply --lock "$lock" --root "$r"
    done_right
    [ "$(asked GET)" = "503 - 200 -" ] || fail "$(cat "$log")"
}

@test "a server that stays down is given up with 3 after five tries, and nothing is changed" {
    start "down:$big:1"
    graft apply --lock "$lock" --root "$r"
    exits 3 "$url/$big" 503
    [ "$(asked GET)" = "503 - 503 - 503 - 503 - 503 -" ] || fail "$(cat "$log")"
    untouched
}

@test "what always ends early is given up with 3, and the next run fetches only the rest" {
    start "truncate:$big:700001"
    graft apply --lock "$lock" --root "$r"
    exits 3 "$url/$big"
    untouched
    unfaulty
    start
    graft apply --lock "$lock" --root "$r"
    done_right
    [[ "$(asked GET)" =~ ^"206 bytes="[0-9]+-$ ]] || fail "$(cat "$log")"
}

@test "another part than asked for is refused with 3" {
    start "cut:$big:700001" "badrange:$big"
    graft apply --lock "$lock" --root "$r"
    exits 3 "$url/$big" "another range"
    untouched
}

@test "a page instead of the file is refused with 4" {
    start "html:$big"
    graft apply --lock "$lock" --root "$r"
    exits 4 "-libc6-" "$url/$big" "26 bytes instead of the $size pinned in the lock"
    untouched
}

@test "a file that is shorter than the lock says is refused with 4" {
    start "short:$big:700001"
    graft apply --lock "$lock" --root "$r"
    exits 4 "-libc6-" "700001 bytes instead of the $size pinned in the lock"
    untouched
}

@test "a redirect to another server is followed" {
    start
    local other=$faulty elsewhere=$url there=$log
    start "moved:$big:$elsewhere"
    graft apply --lock "$lock" --root "$r"
    kill "$other"
    done_right
    [ "$(asked GET)" = "302 -" ]
    grep -qx "GET /$big 200 -" "$there"
}

@test "a redirect to a file of this machine is refused with 3" {
    start "moved:$big:file://$F/caches/small-zstd"
    graft apply --lock "$lock" --root "$r"
    exits 3 "$url/$big" redirect
    same_manifest "$before" "$(manifest -n "$r")"
    [ -z "$(asked GET)" ] # the HEAD was refused already
}

@test "a file that is in no cache: exit status 3 before anything is changed" {
    start
    sed -i "s|$big|nar/${big:4:8}0.nar.zst|" "$lock"
    graft apply --lock "$lock" --root "$r"
    exits 3 "is in none of the caches ($url)" "1 file missing"
    same_manifest "$before" "$(manifest -n "$r")"
    run grep ^GET "$log"
    exits 1
}

@test "killed in the middle of a big file, the next run asks for the rest only" {
    start "hold:$big:700001"
    "$NIXGRAFT" apply --lock "$lock" --root "$r" > /dev/null 2>&1 3>&- &
    local pid=$! spool
    # shellcheck disable=SC2317
    arrived() { spool=$(find "$r/nix/var/nixgraft/spool" -size +680k) && [ -n "$spool" ] && [ "$(stat -c %s "$spool")" -eq 700001 ]; }
    until_true grep -q ^held "$log"
    until_true arrived
    kill -KILL "$pid"
    wait "$pid" || true
    [ ! -e "$r/nix/var/nix/profiles/nixgraft" ]
    : > "$log"
    graft apply --lock "$lock" --root "$r"
    done_right
    [ "$(asked GET)" = "206 bytes=700001-" ] || fail "$(cat "$log")"
}

@test "a proxy of the environment is asked instead of the server; no_proxy spares it" {
    start
    sed -i "s|$url|http://cache.example.org|" "$lock"
    http_proxy=$url graft apply --lock "$lock" --root "$r"
    done_right
    [ "$(grep -c '^GET http://cache.example.org/nar/.* 200 ' "$log")" -eq 4 ]
    rm -rf "$r"
    tiny_root "$r"
    sed -i "s|http://cache.example.org|$url|" "$lock"
    : > "$log"
    http_proxy=http://127.0.0.1:9 no_proxy=127.0.0.1 graft apply --lock "$lock" --root "$r"
    done_right
    [ "$(grep -c '^GET /nar/.* 200 ' "$log")" -eq 4 ]
}

@test "a proxy that is not there: exit status 3, and nothing is changed" {
    start
    http_proxy=http://127.0.0.1:9 graft apply --lock "$lock" --root "$r"
    exits 3 "$url/nar/"
    same_manifest "$before" "$(manifest -n "$r")"
    [ ! -s "$log" ]
}

@test "credentials come from the netrc file; without them it is 3, and they are never told" {
    start "auth:.zst:ada:open sesame"
    graft apply --lock "$lock" --root "$r"
    exits 3 "$url/nar/" "HTTP status 401" "netrc"
    same_manifest "$before" "$(manifest -n "$r")"
    printf 'machine 127.0.0.1 login ada password "open sesame"\n' > "$BATS_TEST_TMPDIR/netrc"
    NETRC=$BATS_TEST_TMPDIR/netrc graft apply --lock "$lock" --root "$r"
    done_right
    silent_on sesame
    run grep -r "open sesame" "$r/nix/var" "$r/etc"
    exits 1
}

@test "credentials of a URL are used, and not sent on to the server that a redirect leads to" {
    start "auth:.zst:ada:lovelace"
    local other=$faulty elsewhere=$url there=$log
    sed -i "s|http://|http://ada:lovelace@|" "$lock"
    graft apply --lock "$lock" --root "$r"
    done_right
    rm -rf "$r"
    tiny_root "$r"
    start "moved:$big:$elsewhere"
    sed -i "s|http://|http://ada:lovelace@|" "$lock"
    : > "$there"
    graft apply --lock "$lock" --root "$r"
    kill "$other"
    exits 3 "redirected to $elsewhere/$big" "HTTP status 401"
    silent_on lovelace
    grep -qx "HEAD /$big 401 -" "$there"
}
