#!/usr/bin/env bats
# An update that is killed, on a root that already follows a lock: what it had begun is nixgraft's own, the next run completes it, and
# a removal leaves the tree as it was.
load lib

setup_file() {
    scratch
    old=$(lock_of small nix jq)
    new=$BATS_FILE_TMPDIR/new.json
    jq '.caches += [{ url: "https://example.org", keys: [.caches[0].keys[0]] }]' "$old" > "$new" # another nix.conf
    other=$(lock_of small nix just)
    tools=$(lock_of tiny)
    export old new other tools
}
teardown_file() { unscratch; }
setup() {
    cd "$S" || return
    tiny_root r
    before=$(manifest -n r)
}
teardown() { rm -rf "$S"/r; }

# killed FOLDER N WORDS...: nixgraft, killed before the N-th rename in that folder of the root; without a FOLDER in any.
killed() {
    local -a at=(-e trace=renameat)
    [ -z "$1" ] || at+=(-P "$PWD/r$1")
    run strace -f -qq -o /dev/null "${at[@]}" -e "inject=renameat:signal=KILL:when=$2" "$NIXGRAFT" "${@:3}"
    [ "$status" -eq 137 ] || fail "not killed: $status" "$output"
}
follow() { graft apply --no-sync --root r --lock "$@"; }
purged() {
    graft remove --purge-nix --root r
    exits 0 "all that nixgraft made is removed"
    same_manifest "$before" "$(manifest -n r)"
}

@test "a file that was to be replaced is ours all the same: the next apply replaces it, a removal takes it" {
    local n
    for n in 1 2; do
        apply --lock "$old" --root r
        [ "$n" = 1 ] || killed /etc/nix 1 apply --quiet --no-sync --lock "$new" --root r
        [ "$n" = 2 ] || killed /etc/nix 1 apply --quiet --no-sync --lock "$new" --root r
        ! grep -q example.org r/etc/nix/nix.conf
        if [ "$n" = 1 ]; then
            follow "$new"
            exits 0
            silent_on kept
            grep -q example.org r/etc/nix/nix.conf
            in_place r "$new"
        fi
        purged
    done
}

@test "the profile.d piece, when Nix comes or goes with the update" {
    apply --lock "$old" --without-nix --root r
    killed /etc/profile.d 1 apply --quiet --no-sync --lock "$old" --with-nix --root r
    follow "$old" --with-nix
    exits 0
    in_place r "$old"
    [ ! -e r/etc/profile.d/nixgraft.sh.before-nixgraft ]
    purged
}

@test "a generation's link that was not in place yet is no root of others, and does not stay" {
    local n
    for n in 1 2; do
        apply --lock "$old" --root r
        killed /nix/var/nix/profiles "$n" apply --quiet --no-sync --lock "$other" --root r
        ls -A r/nix/var/nix/profiles | grep -q '^\.nixgraft-'
        if [ "$n" = 1 ]; then
            follow "$old"
            exits 0
            ! ls -A r/nix/var/nix/profiles | grep '^\.nixgraft-'
        fi
        purged
    done
}

@test "a /nix that was there before: what a first run had brought in is removed, /nix stays" {
    mkdir r/nix
    before=$(manifest -n r)
    killed "" 4 apply --quiet --no-sync --lock "$tools" --root r
    [ -n "$(ls r/nix/store)" ]
    graft status --root r
    exits 1 "the last apply was not completed"
    purged
    mkdir -p r/nix
    killed "" 4 apply --quiet --no-sync --lock "$tools" --root r
    follow "$tools"
    exits 0
    in_place r "$tools"
    purged
}

# git, the biggest, comes first; with and without a Nix, which would collect it.
@test "what one lock's killed run had brought in does not stay behind another's" {
    local first second
    for second in "$other" "$(lock_of small just)"; do
        first=$(lock_of small nix git)
        [ "$second" = "$other" ] || first=$(lock_of small git)
        killed /nix/store 3 apply --quiet --no-sync --lock "$first" --jobs 1 --root r
        ls r/nix/store | grep -q -- -git-
        follow "$second"
        exits 0
        in_place r "$second"
        [ "$(cd r/nix/store && ls -d -- *-* | grep -v nixgraft-environment)" = "$(closure "$second" | sed 's,.*/,,' | sort)" ] ||
            fail "orphans" "$(ls r/nix/store)"
        [ ! -e r/nix/var/nixgraft/locks/pending.lock ]
        purged
    done
}

@test "a run that fails leaves no lock pending, and nothing in the store" {
    apply --lock "$(lock_of small jq)" --root r
    before=$(manifest -n r)
    sed 's|"fileHash": "sha256-.|"fileHash": "sha256-x|' "$(lock_of small just)" > bad.json
    follow bad.json
    exits 4
    rmdir r/nix/var/nixgraft/spool # kept for what is half here
    same_manifest "$before" "$(manifest -n r)"
}
