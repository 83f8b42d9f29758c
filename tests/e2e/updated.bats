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
        [ ! -e r/nix/var/nixgraft/pending ]
        purged
    done
}

@test "a run that fails leaves nothing pending, and nothing in the store" {
    apply --lock "$(lock_of small jq)" --root r
    before=$(manifest -n r)
    sed 's|"fileHash": "sha256-.|"fileHash": "sha256-x|' "$(lock_of small just)" > bad.json
    follow bad.json
    exits 4
    rmdir r/nix/var/nixgraft/spool # kept for what is half here
    same_manifest "$before" "$(manifest -n r)"
}

# bad LOCK: prints a lock with a cache in which the file of its tool is damaged.
bad() {
    local file
    copy_cache "${2:-small}" "$S/bad" $(closure "$1")
    file=$S/bad/$(jq -r '.systems[] | .paths[.tools[].path].url' "$1")
    printf x | dd of="$file" bs=1 seek=1000 conv=notrunc 2> /dev/null
    sed "s|$(cache "${2:-small}")|file://$S/bad|" "$1" > bad.lock
    echo bad.lock
}
# Do all commands of the generation in force lead to a file?
works() {
    local link
    for link in r/usr/local/bin/*; do
        [ -e "r$(readlink "r$(readlink "r$(readlink r/nix/var/nix/profiles/nixgraft | sed 's,^,/nix/var/nix/profiles/,')")/bin/$(basename "$link")")" ] ||
            fail "$link leads nowhere"
    done
}

@test "objects of others in a store that was there before are nobody's but theirs, though the first apply fails" {
    local object=r/nix/store/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-mine
    mkdir -p "$object"
    echo precious > "$object/x"
    follow "$(bad "$(lock_of small jq)")"
    exits 4
    rm -rf bad
    graft remove --root r
    exits 0
    [ "$(cat "$object/x")" = precious ]
    killed /nix/store 2 apply --quiet --no-sync --lock "$tools" --root r
    graft remove --purge-nix --root r
    [ "$(cat "$object/x")" = precious ]
}

@test "the generation in force keeps its objects, wherever the run that made it was killed and whatever fails then" {
    local folder n
    for folder in nix/var/nix/profiles:1 nix/var/nix/profiles:2 nix/var/nixgraft:3 nix/var/nixgraft/locks:1; do
        apply --without-nix --lock "$(lock_of small jq)" --root r
        killed "/${folder%:*}" "${folder#*:}" apply --quiet --no-sync --lock "$(lock_of next jq)" --root r
        follow "$(bad "$(lock_of small just)")"
        exits 4
        rm -rf bad
        works
        follow "$(lock_of small just)"
        exits 0
        purged
    done
}

@test "what stood there before the killed run is not taken for its own" {
    local lock
    lock=$(lock_of small jq)
    apply --without-nix --lock "$lock" --root r
    mkdir aside
    cp -a r/nix/store/*-* aside
    rm -rf aside/*-nixgraft-environment
    purged
    mkdir -p r/nix/store
    cp -a aside/* r/nix/store
    rm -rf aside
    killed "" 3 apply --quiet --no-sync --lock "$lock" --root r
    follow "$(lock_of small just)"
    exits 0
    for object in $(closure "$lock"); do [ -e "r$object" ] || fail "$object is gone"; done
}

@test "after a kill the next apply has something to do, be it of the lock before, and doctor says so" {
    local lock objects
    lock=$(lock_of small jq)
    apply --without-nix --lock "$lock" --root r
    objects=$(ls r/nix/store)
    killed /nix/store 3 apply --quiet --no-sync --jobs 1 --lock "$(lock_of small git)" --root r
    graft doctor --root r
    exits 0 "an apply was killed"
    follow "$lock"
    exits 0 "generation 1"
    silent_on "nothing to do"
    [ "$(ls r/nix/store)" = "$objects" ]
    follow "$lock"
    exits 0 "nothing to do"
    graft doctor --root r
    silent_on "was killed"
}

@test "a file that was half made does not outlive the next apply, nor a removal" {
    local lock how
    lock=$(lock_of small jq)
    for how in apply remove; do
        apply --lock "$lock" --root r
        killed /etc/nix 1 apply --quiet --no-sync --lock "$old" --root r
        [ -n "$(find r/etc -name '.nixgraft-*')" ]
        if [ "$how" = apply ]; then
            follow "$lock"
            exits 0
            [ -z "$(find r/etc -name '.nixgraft-*')" ]
        fi
        purged
    done
}

@test "a tree that was copied by hard links is a root of its own" {
    apply --lock "$old" --root r
    cp -al r twin
    follow "$other"
    exits 0
    graft remove --purge-nix --root twin
    exits 0
    graft remove --purge-nix --root r
    exits 0
    unlocked twin
    rm -rf twin
}
