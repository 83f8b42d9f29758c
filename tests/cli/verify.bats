# `nixgraft verify`: every planted fault is found by name and left as it is; --repair puts it right with no more than it needs.
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
    exits 4 "$1 $2: " "$3" "broken: " " store objects" " 1 findings" "nixgraft verify --repair"
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
    if [ "$1" = 0 ]; then silent_on "fetching"; else exits 0 "fetching $1 paths"; fi
    verify
    exits 0 "right: 5 store objects"
    same_manifest "$(cat "$BATS_FILE_TMPDIR/objects")" "$(manifest root/nix/store | grep '/.*/')"
    same_manifest "$(rows "$BATS_FILE_TMPDIR/good")" "$(rows root)"
    same_manifest "$(links "$BATS_FILE_TMPDIR/good")" "$(links root)"
    graft apply --no-sync --lock "$lock" --root root
    exits 0 "nothing to do"
}

@test "a root that follows its lock is right, for people and for machines, and nothing is written" {
    before=$(manifest -c root)
    verify
    exits 0 "right: 5 store objects (14.3 MB)" "0 findings"
    verify --json
    exits 0
    json '.result == "right" and .system == "x86_64-linux" and .objects == 5 and .bytes > 14000000 and .wires == 2 and .findings == []'
    verify --repair
    exits 0 "right: "
    same_manifest "$before" "$(manifest -c root)"
}

@test "a store object's content: a flipped byte, a truncated file, an extra file, a removed file" {
    bin=root$victim/bin/jq
    flip() { printf X | dd of="$bin" bs=1 seek=5000 conv=notrunc status=none && touch -d @1 "$bin"; }
    short() { truncate -s -1 "$bin" && touch -d @1 "$bin"; }
    extra() { opened "$victim/bin" touch -d @1 "root$victim/bin/extra" && chmod 444 "root$victim/bin/extra"; }
    removed() { opened "$victim/bin" rm "$bin"; }
    local -A says=([flip]="content: has digest" [short]="content: ends after" [extra]="content: " [removed]="content: ends after")
    for fault in "${!says[@]}"; do
        "$fault"
        found object "$victim" "${says[$fault]}"
        repaired 1
        fresh
    done
}

@test "a store object's metadata: mode and time of a file, mode of a folder" {
    chmod 644 "root$victim/bin/jq"
    found object "$victim" "jq' has mode 0644"
    repaired 1
    fresh
    chmod 444 "root$victim/bin/jq"
    found object "$victim" "content: ends after"
    repaired 1
    fresh
    touch -d @2 "root$victim/bin/jq"
    found object "$victim" "jq' has the modification time 2, not 1"
    repaired 1
    fresh
    chmod 755 "root$victim/bin"
    found object "$victim" "bin' has mode 0755"
    repaired 1
    fresh
    chmod 755 "root$victim"
    found object "$victim" "' has mode 0755"
    repaired 1
}

@test "a symlink in a store object that leads elsewhere, and the object of another path" {
    rm -r cache
    copy_cache small cache "$onig"
    link=$(cd root && find ".$onig" -type l | head -n 1)
    [ -n "$link" ]
    opened "$(dirname "${link#.}")" ln -sfn /etc/passwd "root/$link"
    touch -h -d @1 "root/$link"
    found object "$onig" ""
    repaired 1
    fresh
    unlocked "root$onig"
    rm -r "root$onig"
    ln -s "$(basename "$victim")" "root$onig"
    found object "$onig" ""
    repaired 1
}

@test "a store object that is gone" {
    unlocked "root$victim"
    rm -r "root$victim"
    found object "$victim" "is missing"
    repaired 1
}

@test "a row of the database: another hash, another size, without references, without signatures" {
    id="(select id from ValidPaths where path = '$victim')"
    row() {
        query root "$1"
        found row "$victim" "$2"
        # Only the row is wrong: nothing needs to be fetched.
        rm -rf cache/nar
        repaired 0
        fresh
    }
    row "update ValidPaths set hash = 'sha256:$(printf %064d 0)' where id = $id" "another hash"
    row "update ValidPaths set narSize = 1 where id = $id" "another size"
    row "delete from Refs where rowid = (select rowid from Refs where referrer = $id limit 1)" "other references"
    row "insert into Refs values ($id, $id)" "other references"
    row "update ValidPaths set sigs = null where id = $id" "without the signatures of the lock"
    row "update ValidPaths set ca = 'fixed:r:sha256:x' where id = $id" "another content address"
}

@test "a row that is gone, with all that pointed to it" {
    query root "pragma foreign_keys = off; delete from Refs where (select id from ValidPaths where path = '$victim') in (referrer, reference);
        delete from ValidPaths where path = '$victim'"
    verify
    exits 4 "row $victim: is not registered in /nix/var/nix/db/db.sqlite" "row $environment: "
    repaired 0
}

@test "the row of the environment: gone, or with a reference less" {
    id="(select id from ValidPaths where path = '$environment')"
    query root "delete from Refs where referrer = $id; delete from ValidPaths where id = $id"
    found row "$environment" "is not registered"
    repaired 0
    fresh
    query root "delete from Refs where referrer = $id"
    found row "$environment" "does not follow from its own content address"
    repaired 0
}

@test "the environment's object: changed, or gone" {
    chmod u+w "root$environment/share/nixgraft/roots"
    echo x >> "root$environment/share/nixgraft/roots"
    chmod 444 "root$environment/share/nixgraft/roots"
    touch -d @1 "root$environment/share/nixgraft/roots"
    found object "$environment" ""
    repaired 0
    fresh
    unlocked "root$environment"
    rm -r "root$environment"
    found object "$environment" "is missing"
    repaired 0
}

@test "a link in /usr/local/bin is gone" {
    rm root/usr/local/bin/jq
    found wire /usr/local/bin/jq "is missing or leads elsewhere"
    repaired 0
}

@test "the link of the profile leads elsewhere, or is gone" {
    ln -sfn nixgraft-7-link root/nix/var/nix/profiles/nixgraft
    verify
    exits 4 "profile /nix/var/nix/profiles/nixgraft: "
    repaired 0
    fresh
    rm root/nix/var/nix/profiles/nixgraft
    found profile /nix/var/nix/profiles/nixgraft "does not lead to a generation"
    repaired 0
}

@test "the link of a generation leads to another store path" {
    ln -sfn "$victim" root/nix/var/nix/profiles/nixgraft-1-link
    found profile /nix/var/nix/profiles/nixgraft "leads to another environment"
    verify --repair
    exits 0 "repaired: "
    # What the old link is for is not known: a new generation is made beside it.
    [ "$(readlink root/nix/var/nix/profiles/nixgraft)" = nixgraft-2-link ]
    verify
    exits 0 "right: "
}

@test "a link that was redirected, and a profile.d piece that was edited, are not ours any more: --force moves them aside" {
    ln -sfn /opt/jq root/usr/local/bin/jq
    found wire /usr/local/bin/jq "is missing or leads elsewhere"
    verify --repair
    exits 5 "/usr/local/bin/jq is in the way" --force
    [ "$(readlink root/usr/local/bin/jq)" = /opt/jq ]
    verify --repair --force
    exits 0 "repaired: "
    [ "$(readlink root/usr/local/bin/jq.before-nixgraft)" = /opt/jq ]
    rm root/usr/local/bin/jq.before-nixgraft
    repaired_links=$(links root)
    same_manifest "$(links "$BATS_FILE_TMPDIR/good")" "$repaired_links"
    fresh
    echo "# mine" >> root/etc/profile.d/nixgraft.sh
    found wire /etc/profile.d/nixgraft.sh "is missing or was changed"
    verify --repair
    exits 5 "/etc/profile.d/nixgraft.sh is in the way" --force
    verify --repair --force
    exits 0 "repaired: "
    tail -n 1 root/etc/profile.d/nixgraft.sh.before-nixgraft | grep -qx '# mine'
}

@test "several faults are all named in one go, and repaired in one go" {
    printf X | dd of="root$victim/bin/jq" bs=1 seek=5000 conv=notrunc status=none
    query root "update ValidPaths set sigs = null where path = '$onig'"
    rm root/usr/local/bin/jq root/etc/profile.d/nixgraft.sh root/nix/var/nixgraft/receipt.json
    verify --json
    exits 4
    json '[.findings[] | [.kind, .path]] | sort == ([["object", $jq], ["profile", "/nix/var/nixgraft/receipt.json"], ["row", $onig]] | sort)' \
        --arg jq "$victim" --arg onig "$onig"
    repaired 1
}

@test "--repair --dry-run changes nothing, and a repair that cannot be made leaves all as it was" {
    printf X | dd of="root$victim/bin/jq" bs=1 seek=5000 conv=notrunc status=none
    before=$(manifest -c root)
    verify --repair --dry-run
    exits 4 "object $victim: " "1 findings"
    same_manifest "$before" "$(manifest -c root)"
    objects=$(manifest -c root/nix/store | grep '/.*/')
    rm -r cache/nar
    verify --repair --cache "file://$PWD/cache"
    exits 3 "$victim" "in none of the caches"
    same_manifest "$objects" "$(manifest -c root/nix/store | grep '/.*/')"
    same_manifest "$(rows "$BATS_FILE_TMPDIR/good")" "$(rows root)"
    same_manifest "$(links "$BATS_FILE_TMPDIR/good")" "$(links root)"
}

@test "--repair --dry-run tells what would be fetched, as its help says" {
    printf X | dd of="root$victim/bin/jq" bs=1 seek=5000 conv=notrunc status=none
    verify --repair --dry-run
    exits 4 "to be fetched"
}

@test "a repair is checked like an apply: a tampered file does not get in" {
    printf X | dd of="root$victim/bin/jq" bs=1 seek=5000 conv=notrunc status=none
    printf X | dd of="$(echo cache/nar/*)" bs=1 seek=5000 conv=notrunc status=none
    objects=$(manifest root/nix/store | grep '/.*/')
    verify --repair --cache "file://$PWD/cache"
    exits 4 "$victim: " "pinned in the lock"
    same_manifest "$objects" "$(manifest root/nix/store | grep '/.*/')"
}

@test "a root that follows another lock is not right for this one" {
    "$NIXGRAFT" lock --quiet --lock other --cache "$(cache small)" --trusted-key "$KEY" --tool "jq=$victim" --expose jq= > /dev/null
    graft verify --lock other --root root
    exits 4
    graft verify --lock "$(lock_of next jq)" --root root
    exits 4 "object $(path next jq): "
}

@test "a root without a store is told to be so" {
    tiny_root bare
    graft verify --lock "$lock" --root bare
    exits 4 "/nix/store is missing" "nixgraft apply"
    [ ! -e bare/nix ]
    graft verify --lock "$lock" --root bare --repair
    exits 4 "/nix/store is missing"
}
