#!/usr/bin/env bats
# A /nix that another installer made is adopted; beside a Nix at work both come out right.
load lib

setup_file() {
    need small next chroot:trixie root:trixie
    scratch
}
teardown_file() { unscratch; }
setup() { r=$S/r; }
teardown() {
    unfaulty
    rm -rf "$S/r"
}

# nix_copy SET STOREPATH...: the real Nix puts them into $r, and so makes that /nix.
nix_copy() {
    tiny_root "$r"
    ENTER_BIND=$r "$fixture/enter" trixie nix copy --quiet --from "file://$F/caches/$1-zstd" --to "local?root=$r" \
        --option trusted-public-keys "$KEY" "${@:2}"
}
rows() { query "$r" 'select id, path, hash, registrationTime, deriver, narSize, sigs, ca from ValidPaths order by id'; }
foreign() { path next jq; }
mark() { stat -c '%n %i %y %z' "$r$1"/bin/*; }
# trixie_with SET: a Debian root whose own Nix is that set's.
trixie_with() {
    debian_root "$r"
    apply --lock "$(lock_of "$1")" --root "$r"
}

@test "a Nix's own store is adopted: its rows and files stay as they are, only the rest is fetched" {
    nix_copy small "$(path small jq)"
    nix_copy next "$(foreign)"
    rows > "$S/rows"
    mark "$(path small jq)" > "$S/files"
    mark "$(foreign)" >> "$S/files"
    graft apply --lock "$(lock_of small)" --root "$r"
    exits 0 "generation 1"
    [[ $output =~ ([0-9]+)" fetched (".*", 0 adopted, 4 present" ]]
    [ "${BASH_REMATCH[1]}" -eq $(($(closure "$(lock_of small)" | wc -l) - 4)) ]
    rows | head -n "$(wc -l < "$S/rows")" | diff "$S/rows" -
    { mark "$(path small jq)"; mark "$(foreign)"; } | diff "$S/files" -
    in_place "$r" "$(lock_of small)"
    run "$fixture/verdict" trixie "$r"
    exits 0 "verify --check-contents" "store verify"
    silent_on FAIL
}

@test "objects that stand in the store unregistered are taken when they are right, replaced when they are not" {
    local good bad
    nix_copy small "$(path small git)"
    good=$(path small jq) bad=$(path small git)
    applied "$S/r2" "$(lock_of small jq)"
    cp -a "$S/r2$good" "$r/nix/store/"
    rm -rf "$S/r2"
    query "$r" "pragma foreign_keys = 1; delete from ValidPaths where path = '$bad'"
    echo x >> "$(find "$r$bad" -type f -name git | head -n 1)"
    mark "$good" > "$S/files"
    graft apply --lock "$(lock_of small git jq)" --root "$r"
    exits 0 ", 1 adopted, "
    mark "$good" | diff "$S/files" -
    in_place "$r" "$(lock_of small git jq)"
    run "$fixture/verdict" trixie "$r"
    exits 0
    silent_on FAIL
}

@test "a valid path whose files somebody removed is fetched again" {
    nix_copy small "$(path small jq)"
    rm -rf "$r$(path small jq)"
    graft apply --lock "$(lock_of small jq)" --root "$r"
    exits 0 "1 fetched"
    in_place "$r" "$(lock_of small jq)"
    run "$fixture/verdict" trixie "$r"
    exits 0
}

@test "a database of another schema is refused with 5, and nothing is changed" {
    nix_copy small "$(path small jq)"
    echo 7 > "$r/nix/var/nix/db/schema"
    before=$(manifest -c "$r")
    graft apply --lock "$(lock_of small)" --root "$r"
    exits 5 "/nix/var/nix/db/schema says '7'"
    same_manifest "$before" "$(manifest -c "$r")"
}

# Builds until /tmp/go is there.
slow_build() {
    mkdir -p "$r/tmp/slow"
    cat > "$r/tmp/slow/default.nix" << 'N'
derivation {
  name = "slow";
  system = builtins.currentSystem;
  builder = "/bin/sh";
  PATH = "/usr/bin:/bin";
  input = ./default.nix;
  args = [ "-c" "touch /tmp/started; until [ -e /tmp/go ]; do sleep 0.02; done; cat $input > $out" ];
}
N
    inside "$r" nix-build /tmp/slow -o /tmp/slow/result > "$S/build" 2>&1 3>&- &
    build=$!
    until_true test -e "$r/tmp/started"
}

@test "an apply beside a running build finishes, and so does the build" {
    trixie_with small
    slow_build
    graft apply --lock "$(lock_of next)" --root "$r"
    exits 0 "generation 2"
    [ ! -e "$r/tmp/slow/result" ]
    kill -0 "$build" # it was there all the while
    touch "$r/tmp/go"
    wait "$build" || fail "$(cat "$S/build")"
    cmp "$r/tmp/slow/default.nix" "$r$(readlink "$r/tmp/slow/result")"
    in_place "$r" "$(lock_of next)"
    run inside "$r" nix-store --verify --check-contents
    exits 0
    silent_on modified disappeared missing "not valid"
}

@test "a collector that comes while an apply is at work waits; nothing half-done is taken" {
    local big apply gc
    trixie_with small
    sed "s|$(cache next)|URL|" "$(lock_of next)" > "$S/lock"
    big=$(jq -r '[.systems[].paths[]] | max_by(.fileSize).url' "$S/lock")
    faulty "$F/caches/next-zstd" "hold:$big:700001"
    sed -i "s|URL|$url|" "$S/lock"
    "$NIXGRAFT" apply --lock "$S/lock" --root "$r" > "$S/apply" 2>&1 3>&- &
    apply=$!
    until_true grep -q ^held "$log"
    # By now other paths are in the store, not yet registered: garbage, if nothing held the collector back.
    # shellcheck disable=SC2317
    arrived() { [ "$(find "$r/nix/store" -maxdepth 1 -cnewer "$S/lock" -name '[0-9a-z]*' ! -name '*.lock' | wc -l)" -gt 3 ]; }
    until_true arrived
    inside "$r" nix-store --gc > "$S/gc" 2>&1 3>&- &
    gc=$!
    until_true grep -q 'waiting for' "$S/gc"
    # The connection that is held ends, and the rest comes from the same server.
    touch "$log.release"
    wait "$apply" || fail "$(cat "$S/apply")"
    wait "$gc" || fail "$(cat "$S/gc")"
    in_place "$r" "$S/lock"
    run inside "$r" nix-store --verify --check-contents
    exits 0
    silent_on modified disappeared missing "not valid"
}

@test "a collector in a loop beside applies loses nothing" {
    local gc set n
    trixie_with small
    # shellcheck disable=SC2016
    inside "$r" sh -c 'n=0; until [ -e /tmp/stop ]; do nix-store --gc || exit; n=$((n + 1)); echo $n > /tmp/runs; done' \
        > "$S/gc" 2>&1 3>&- &
    gc=$!
    for n in 1 2; do
        for set in next small; do
            graft apply --no-sync --lock "$(lock_of "$set")" --root "$r"
            exits 0 "is in place"
            [ "$n" = 1 ] || [[ $output != *" 0 fetched"* ]] || fail "nothing was collected: $output"
            in_place "$r" "$(lock_of "$set")"
            run inside "$r" git --version
            exits 0
            # The collector may take the other generation now.
            find "$r/nix/var/nix/profiles" -name 'nixgraft-*-link' ! -name "$(readlink "$r/nix/var/nix/profiles/nixgraft")" -delete
            before=$(cat "$r/tmp/runs" 2> /dev/null || echo 0)
            # shellcheck disable=SC2317
            twice_more() { [ "$(cat "$r/tmp/runs" 2> /dev/null || echo 0)" -ge $((before + 2)) ] || ! kill -0 "$gc"; }
            until_true twice_more
            in_place "$r" "$(lock_of "$set")"
        done
    done
    touch "$r/tmp/stop"
    wait "$gc" || fail "$(tail "$S/gc")"
    grep -q "store paths deleted" "$S/gc"
    run inside "$r" nix-store --verify --check-contents
    exits 0
    silent_on modified disappeared missing "not valid"
}
