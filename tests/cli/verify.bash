# shellcheck shell=bash
# What the verify tests share: a root that is right, faults to plant in a copy of it, and what verify and --repair must say and do.
load ../lib

setup_file() {
    export lock
    lock=$(lock_of small jq)
    applied "$BATS_FILE_TMPDIR/good" "$lock"
    manifest "$BATS_FILE_TMPDIR/good/nix/store" | grep '/.*/' > "$BATS_FILE_TMPDIR/objects"
}

teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }

setup() {
    work_folder
    victim=$(path small jq)
    onig=$(closure "$lock" | grep libonig)
    environment=/nix/store/$(basename "$BATS_FILE_TMPDIR"/good/nix/store/*-nixgraft-environment)
    # A cache that has this one path and no other: a repair that wants more fails.
    copy_cache small cache "$victim"
    fresh
}

teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# fresh: ./root is a root as it should be.
fresh() {
    unlocked root
    rm -rf root
    cp -a "$BATS_FILE_TMPDIR/good" root
}

# opened PATH COMMAND...: runs it with the folder PATH of the root writable, and puts mode and time back.
opened() {
    chmod u+w "root$1"
    "${@:2}"
    chmod u-w "root$1"
    touch -d @1 "root$1"
}

verify() { graft verify --lock "$lock" --root root "$@"; }
rows() { peek "$1" "select path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca from ValidPaths order by path;
    select a.path, b.path from Refs join ValidPaths a on a.id = referrer join ValidPaths b on b.id = reference order by 1, 2"; }
links() { (cd "$1" && find usr/local/bin nix/var/nix/profiles nix/var/nix/gcroots etc/profile.d -printf '%p %y %m %l\n' | LC_ALL=C sort
    cat etc/profile.d/*); }

# found KIND SUBJECT REASON: does verify find just that, for people and for machines, and leave every byte as it is?
found() {
    local before
    before=$(manifest -c root)
    verify
    exits 4 "$1 $2: " "$3" "broken: " " store objects" " 1 finding;" "nixgraft verify --repair"
    verify --json
    exits 4
    json '.result == "broken" and (.findings | length == 1 and .[0].kind == $kind and .[0].path == $path and (.[0].reason | contains($why)))' \
        --arg kind "$1" --arg path "$2" --arg why "$3"
    same_manifest "$before" "$(manifest -c root)"
}

# repaired FETCHED: does --repair fetch so many paths, and is all as it was before the fault?
repaired() {
    verify --repair --cache "file://$PWD/cache"
    exits 0 "repaired: 5 store objects" "0 findings"
    if [ "$1" = 0 ]; then silent_on "fetching"; else exits 0 "fetching $1 path"; fi
    verify
    exits 0 "right: 5 store objects"
    same_manifest "$(cat "$BATS_FILE_TMPDIR/objects")" "$(manifest root/nix/store | grep '/.*/')"
    same_manifest "$(rows "$BATS_FILE_TMPDIR/good")" "$(rows root)"
    same_manifest "$(links "$BATS_FILE_TMPDIR/good")" "$(links root)"
    graft apply --no-sync --lock "$lock" --root root
    exits 0 "nothing to do"
}
