#!/usr/bin/env bats
# remove on a real Debian root: the tree is byte for byte what it was; the Nix that stays works, and what its user has stays his; a
# run that is killed is completed by the next.
load lib

setup_file() {
    need small next root:trixie
    scratch
    lock=$S/small.lock next=$S/next.lock kill=$(lock_of small jq nix)
    cp "$(lock_of small)" "$lock"
    cp "$(lock_of next)" "$next"
    export lock next kill
    debian_root "$S/debian"
    inside "$S/debian" useradd -m -s /bin/bash ada
    manifest -n "$S/debian" > "$S/before"
}
teardown_file() { unscratch; }
setup() { r=$S/r.$BATS_TEST_NUMBER; }
teardown() { rm -rf --one-file-system "$S"/r.* "$S"/k; }

debian() { cp -a "$S/debian" "$r"; }
as_before() { diff "$S/before" <(manifest -n "$r") > "$S/diff" || fail "not as before:" "$(head -n 20 "$S/diff")"; }
remove() { graft remove --root "$r" "$@"; }
nix_run() { run --separate-stderr inside "$r" env HOME=/root USER=root "$@"; }
contents_right() {
    nix_run nix-store --verify --check-contents
    exits 0
    silent_on modified disappeared missing "not valid" error
}

@test "--purge-nix after several applies and a rollback: the Debian root is byte for byte what it was" {
    debian
    apply --lock "$lock" --root "$r"
    apply --lock "$next" --root "$r"
    apply --lock "$next" --root "$r" --expose jq,nix
    graft rollback 1 --root "$r" --quiet
    exits 0
    remove --purge-nix
    exits 0 "all that nixgraft made is removed"
    as_before
}

@test "so with --user, with --force, without Nix, and after the tools alone were removed" {
    debian
    apply --lock "$lock" --root "$r" --user ada
    [ -L "$r/home/ada/.nix-profile" ]
    remove --purge-nix
    exits 0
    as_before
    echo '# theirs' > "$r/usr/local/bin/jq"
    mkdir -p "$r/etc/nix"
    echo '# theirs' > "$r/etc/nix/nix.conf"
    manifest -n "$r" > "$S/forced"
    apply --lock "$next" --root "$r" --force
    remove --purge-nix
    exits 0 "moved back: /etc/nix/nix.conf /usr/local/bin/jq"
    diff "$S/forced" <(manifest -n "$r")
    rm -r "$r/usr/local/bin/jq" "$r/etc/nix"
    apply --lock "$lock" --root "$r" --without-nix
    remove
    exits 0 "all that nixgraft made is removed"
    as_before
    apply --lock "$lock" --root "$r"
    apply --lock "$next" --root "$r"
    remove --quiet
    remove --purge-nix --quiet
    exits 0
    as_before
}

@test "the Nix that stays works, knows nothing of the tools, and gets them back by apply" {
    local version
    debian
    apply --lock "$lock" --root "$r"
    apply --lock "$next" --root "$r"
    remove
    exits 0 "the tools are removed; Nix stays"
    contents_right
    nix_run sh -c 'nix --version && readlink -f "$(command -v nix)"; ! command -v jq git just'
    exits 0 "nix (Nix)" "$(path next nix)/"
    silent_on /usr/local/bin/jq
    mkdir -p "$r/tmp/build"
    echo 'derivation { name = "greeting"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo hello > $out" ]; }' \
        > "$r/tmp/build/default.nix"
    nix_run nix-build --no-out-link /tmp/build
    exits 0 -greeting
    [ "$(cat "$r$output")" = hello ]
    nix_run nix-store --gc
    exits 0
    nix_run nix-store --query --requisites /nix/var/nix/profiles/nixgraft
    exits 0 "$(path next nix)"
    silent_on -jq- -git-
    remove
    exits 0 "nothing to remove"
    apply --lock "$next" --root "$r"
    in_place "$r" "$next"
    contents_right
}

@test "what its user added with the real Nix makes --purge-nix refuse, and stays with all that it needs" {
    local mine jq
    debian
    jq=$(path small jq)
    apply --lock "$lock" --root "$r"
    echo mine > "$r/tmp/mine"
    nix_run nix-store --add /tmp/mine
    exits 0
    mine=$output
    nix_run nix-env --install "$jq"
    exits 0
    manifest -c "$r" > "$S/added"
    remove --purge-nix
    exits 5 "store paths that others brought or hold would be lost" "/nix/var/nix/profiles/per-user/root/profile-1-link leads to it" "$mine"
    diff "$S/added" <(manifest -c "$r")
    remove
    exits 0
    [ "$(cat "$r$mine")" = mine ]
    nix_run sh -c '/root/.nix-profile/bin/jq --version && ! command -v git'
    exits 0 "jq-1."
    contents_right
    # As the message says:
    nix_run nix-env --uninstall jq
    exits 0
    nix_run sh -c 'rm /nix/var/nix/profiles/per-user/root/profile* && nix-collect-garbage'
    exits 0
    remove --purge-nix
    exits 0 "all that nixgraft made is removed"
    [ ! -e "$r/nix" ]
    [ ! -e "$r/etc/nix" ]
    [ -z "$(ls -A "$r/usr/local/bin")" ]
}

@test "it waits for a Nix that is at work, and what that one did meanwhile counts" {
    local waiting theirs
    tiny_root "$r"
    apply --lock "$kill" --root "$r"
    theirs=$r/nix/store/z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-theirs
    exec 9< "$r/nix/var/nix/db/big-lock"
    flock --shared 9
    "$NIXGRAFT" remove --purge-nix --root "$r" > "$S/said" 2>&1 3>&- 9>&- &
    waiting=$!
    until_true grep -q "a Nix is at work on this root; waiting for it" "$S/said"
    mkdir "$theirs"
    exec 9<&-
    status=0
    wait "$waiting" || status=$?
    [ "$status" -eq 5 ]
    grep -q "1 store path that others brought or hold would be lost: /nix/store/$(basename "$theirs")" "$S/said"
    [ -d "$theirs" ]
    [ -L "$r/usr/local/bin/jq" ]
    in_place "$r" "$kill"
    rmdir "$theirs"
    remove --purge-nix
    exits 0
    [ ! -e "$r/nix" ]
}

# at_call CALL N ARG...: a removal with these options that is killed when it makes CALL for the N-th time.
at_call() {
    run strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=SIGKILL:error=EINTR:when=$2" "$NIXGRAFT" remove --quiet --root "$r" "${@:3}"
}
# moments CALL COUNT ARG...: the ordinals of COUNT calls of an undisturbed removal of $S/k, spread, and its last three.
moments() {
    cp -a "$S/k" "$r"
    strace -f -qq -o "$S/trace" -e "trace=$1" "$NIXGRAFT" remove --quiet --root "$r" "${@:3}"
    rm -rf "$r"
    wc -l < "$S/trace" | awk -v k="$2" '{ for (i = 0; i < k; i++) print int(1 + i * ($1 - 1) / k); for (i = 2; i >= 0; i--) if ($1 > i) print $1 - i }' | sort -nu
}

@test "killed at any point, --purge-nix is completed by the next run" {
    local call n killed=0
    tiny_root "$S/k"
    manifest -n "$S/k" > "$S/tiny"
    apply --lock "$lock" --root "$S/k"
    apply --lock "$kill" --root "$S/k"
    for call in unlinkat:6 renameat:2 flock:3 openat:3; do
        for n in $(moments "${call%:*}" "${call#*:}" --purge-nix); do
            cp -a "$S/k" "$r"
            at_call "${call%:*}" "$n" --purge-nix
            [ "$status" -ne 137 ] || killed=$((killed + 1))
            remove --purge-nix
            exits 0
            diff "$S/tiny" <(manifest -n "$r") > "$S/diff" || fail "killed at $call $n:" "$(head -n 20 "$S/diff")"
            rm -rf "$r"
        done
    done
    [ "$killed" -gt 12 ] || fail "only $killed runs were killed"
}

@test "killed at any point, remove is completed by the next run: Nix is whole, nothing else is left" {
    local call n killed=0
    tiny_root "$S/k"
    apply --lock "$lock" --root "$S/k"
    apply --lock "$kill" --root "$S/k"
    cp -a "$S/k" "$r"
    remove --quiet
    objects "$r" > "$S/want"
    query "$r" 'select path from ValidPaths order by path' > "$S/rows"
    rm -rf "$r"
    for call in unlinkat:6 renameat:8 pwrite64:4 symlinkat:2 flock:3; do
        for n in $(moments "${call%:*}" "${call#*:}"); do
            cp -a "$S/k" "$r"
            at_call "${call%:*}" "$n"
            [ "$status" -ne 137 ] || killed=$((killed + 1))
            remove
            exits 0
            diff "$S/want" <(objects "$r") > "$S/diff" || fail "killed at $call $n:" "$(head -n 20 "$S/diff")"
            diff "$S/rows" <(query "$r" 'select path from ValidPaths order by path')
            [ "$(query "$r" 'pragma foreign_key_check')" = "" ]
            in_place "$r" "$r"/nix/var/nixgraft/locks/*.lock || fail "killed at $call $n"
            remove
            exits 0 "nothing to remove: only Nix is there"
            rm -rf "$r"
        done
    done
    [ "$killed" -gt 15 ] || fail "only $killed runs were killed"
}

@test "an apply that is killed can be removed: the tree is what it was" {
    local call n killed=0
    tiny_root "$S/k"
    manifest -n "$S/k" > "$S/tiny"
    for call in "renameat 1" "renameat 9" "renameat 20" "symlinkat 9" "mkdirat 3" "mkdirat 30" "pwrite64 40"; do
        cp -a "$S/k" "$r"
        read -r call n <<< "$call"
        run strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=SIGKILL:error=EINTR:when=$n" \
            "$NIXGRAFT" apply --quiet --no-sync --lock "$kill" --root "$r"
        [ "$status" -ne 137 ] || killed=$((killed + 1))
        remove --purge-nix
        exits 0
        diff "$S/tiny" <(manifest -n "$r") > "$S/diff" || fail "killed at $call $n:" "$(head -n 20 "$S/diff")"
        rm -rf "$r"
    done
    [ "$killed" -gt 4 ] || fail "only $killed runs were killed"
}
