# `nixgraft remove`: the tools go and Nix stays; or all goes, and the tree is as it was; what is others' is never lost.
load ../lib

setup() {
    work_folder
    lock=$(lock_of small jq nix) more=$(lock_of small jq just nix) tools=$(lock_of small jq)
    tiny_root root
}
teardown() { unlocked "$BATS_TEST_TMPDIR"; }

apply() { "$NIXGRAFT" apply --quiet --no-sync --root root --lock "$@" > /dev/null; }
remove() { graft remove --root root "$@"; }
# as_before: the tree is what $before tells.
as_before() { same_manifest "$before" "$(manifest -n root)"; }
base() { basename "$(path small "$1")"; }

# add_others PATH [REFERENCE]: an object with a row, as somebody's Nix would have added it.
add_others() {
    echo theirs > "root/nix/store/$1"
    chmod 444 "root/nix/store/$1"
    query root "pragma foreign_keys = 1; insert into ValidPaths (path, hash, registrationTime, narSize)
        values ('/nix/store/$1', 'sha256:$(printf %064d 0)', 1, 120)"
    [ -z "${2-}" ] || query root "insert into Refs select a.id, b.id from ValidPaths a, ValidPaths b where a.path = '/nix/store/$1' and b.path = '/nix/store/$2'"
}
theirs=z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-theirs

@test "where nothing was applied there is nothing to remove, and nothing changes" {
    before=$(manifest -c root)
    for option in --quiet --purge-nix --dry-run; do
        remove $option
        exits 0
    done
    remove
    exits 0 "nothing to remove"
    remove --json --purge-nix
    exits 0
    json '. == {result: "nothing", nixStays: false}'
    same_manifest "$before" "$(manifest -c root)"
}

@test "--purge-nix after several applies: the tree is what it was, byte for byte" {
    before=$(manifest -n root)
    apply "$lock"
    apply "$more"
    apply "$more" --expose jq,nix
    apply "$lock" --expose all
    [ -L root/usr/local/bin/nix-store ]
    remove --purge-nix
    exits 0 "all that nixgraft made is removed" "taken back: /usr/local/bin/" /etc/nix/nix.conf
    as_before
    remove --purge-nix
    exits 0 "nothing to remove"
}

@test "a /nix that was there before stays, empty" {
    mkdir root/nix
    chmod 711 root/nix
    before=$(manifest -n root)
    apply "$lock"
    remove --purge-nix --quiet
    exits 0
    [ -z "$output$stderr" ]
    as_before
}

@test "without it the tools go and Nix stays; then apply brings them back" {
    apply "$more"
    apply "$lock"
    remove
    exits 0 "the tools are removed; Nix stays" "taken back: /usr/local/bin/jq"
    [ ! -e "root$(path small jq)" ]
    [ ! -e "root$(path small just)" ]
    [ ! -L root/usr/local/bin/jq ]
    [ -x "root$(path small nix)/bin/nix" ]
    # Exactly Nix's closure and one environment, in the store and in the database.
    nix_closure=$(jq -r --arg nix "$(path small nix)" '.systems[].paths as $p |
        {todo: [$nix], seen: []} | until(.todo == []; .todo[0] as $x | .seen += [$x] | .todo = (.todo[1:] + $p[$x].references | unique) - .seen) |
        .seen[]' "$lock" | sort)
    [ "$(find root/nix/store -mindepth 1 -maxdepth 1 ! -name .links ! -name '*-nixgraft-environment' -printf '/nix/store/%f\n' | sort)" = "$nix_closure" ]
    [ "$(query root "select path from ValidPaths where path not like '%-nixgraft-environment' order by path")" = "$nix_closure" ]
    [ "$(query root "select count(*) from ValidPaths where path like '%-nixgraft-environment'")" = 1 ]
    [ "$(query root 'pragma foreign_key_check')" = "" ]
    # One generation, whose lock is kept, and which the root is right by.
    [ "$(cd root/nix/var/nix/profiles && echo nixgraft*)" = "nixgraft nixgraft-3-link" ]
    [ "$(ls root/nix/var/nixgraft/locks)" = 3.lock ]
    in_place root root/nix/var/nixgraft/locks/3.lock
    graft verify --root root --lock "$lock"
    exits 4 "$(path small jq)"
    before=$(manifest -c root)
    remove
    exits 0 "nothing to remove: only Nix is there, which --purge-nix removes"
    same_manifest "$before" "$(manifest -c root)"
    apply "$lock"
    in_place root "$lock"
    [ "$(readlink root/usr/local/bin/jq)" = /nix/var/nix/profiles/nixgraft/bin/jq ]
}

@test "Nix alone can be purged then, and the tree is what it was" {
    before=$(manifest -n root)
    apply "$more"
    remove --quiet
    remove --purge-nix --quiet
    exits 0
    as_before
}

@test "where there is no Nix, remove takes everything" {
    before=$(manifest -n root)
    apply "$tools"
    remove
    exits 0 "all that nixgraft made is removed"
    as_before
    apply "$lock" --without-nix
    [ ! -e root/nix/var/nix/db/db.sqlite ]
    remove --dry-run --json
    json '.nixStays == false and .paths.removed > 3 and .bytes.removed > 1000000 and .removed[0] == "/usr/local/bin/jq"'
    remove
    exits 0 "all that nixgraft made is removed"
    as_before
}

@test "--dry-run tells what would go and what would stay, and changes nothing" {
    apply "$lock"
    before=$(manifest -c root)
    remove --dry-run
    exits 0 "would remove the tools; Nix would stay; nothing was changed" "to be deleted (" "kept that Nix or others need (" \
        "taken back: /usr/local/bin/jq"
    remove --dry-run --json
    exits 0
    json '.result == "planned" and .nixStays and .paths.removed > 0 and .paths.kept > 40 and .paths.others == 0 and
        .bytes.kept > .bytes.removed and .removed == ["/usr/local/bin/jq"] and .movedBack == [] and .left == []'
    planned=$(jq -c '.paths, .bytes' <<< "$output")
    remove --dry-run --purge-nix
    exits 0 "would remove all that nixgraft made; nothing was changed" /usr/local/bin/nix-store
    same_manifest "$before" "$(manifest -c root)"
    remove --json
    exits 0
    json '.result == "removed" and .nixStays and .removed == ["/usr/local/bin/jq"]'
    [ "$(jq -c '.paths, .bytes' <<< "$output")" = "$planned" ] || fail "planned: $planned" "$output"
    [ "$(jq .paths.kept <<< "$output")" = "$(query root 'select count(*) from ValidPaths')" ]
    remove --json
    json '. == {result: "nothing", nixStays: true}'
}

@test "what --force moved aside comes back, with its mode" {
    echo "their jq" > root/usr/local/bin/jq
    chmod 700 root/usr/local/bin/jq
    mkdir root/etc/nix
    echo "# theirs" > root/etc/nix/nix.conf
    before=$(manifest -n root)
    apply "$lock" --force
    apply "$more"
    remove --purge-nix
    exits 0 "moved back: /etc/nix/nix.conf /usr/local/bin/jq"
    as_before
    apply "$lock" --force
    remove
    exits 0 "moved back: /usr/local/bin/jq"
    [ "$(cat root/usr/local/bin/jq)" = "their jq" ]
    [ -e root/etc/nix/nix.conf.before-nixgraft ]
    remove --purge-nix
    exits 0 "moved back: /etc/nix/nix.conf"
    as_before
}

@test "what was changed since is left, and named" {
    apply "$lock"
    ln -sfn /opt/jq root/usr/local/bin/jq
    echo "# mine" >> root/etc/nix/nix.conf
    remove
    exits 0 "left, since others changed or use it: /usr/local/bin/jq /etc/nix/nix.conf"
    [ "$(readlink root/usr/local/bin/jq)" = /opt/jq ]
    touch root/nix/notes
    remove --purge-nix --json
    exits 0
    json '.left == ["/nix"]' # the other two are theirs now
    tail -n 1 root/etc/nix/nix.conf | grep -qx "# mine"
    [ "$(ls root/nix)" = notes ]
    [ ! -e root/etc/profile.d ]
    [ ! -e root/etc/nix/registry.json ]
}

@test "--purge-nix is refused while others' rows would be lost, and changes nothing; remove keeps them and what they need" {
    apply "$lock"
    add_others "$theirs" "$(base jq)"
    before=$(manifest -c root)
    remove --purge-nix
    exits 5 "store paths that others brought or hold would be lost" "/nix/store/$theirs" "nix-collect-garbage" "remove without --purge-nix"
    remove --purge-nix --dry-run
    exits 5 "/nix/store/$theirs"
    same_manifest "$before" "$(manifest -c root)"
    remove
    exits 0 "1 of others kept" "taken back: /usr/local/bin/jq"
    [ -e "root/nix/store/$theirs" ]
    [ -e "root$(path small jq)" ] # theirs needs it
    [ "$(query root "select count(*) from ValidPaths where path in ('/nix/store/$theirs', '$(path small jq)')")" = 2 ]
    [ "$(query root 'pragma foreign_key_check')" = "" ]
}

@test "so it is while an entry of the store has no row, and no receipt tells of it" {
    apply "$lock"
    mkdir root/nix/store/mine
    for n in 1 2 3 4 5 6; do mkdir "root/nix/store/z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-$n"; done
    remove --purge-nix
    exits 5 "7 store paths" "/nix/store/mine, " ", ...;"
    silent_on "2k4l-6"
    remove
    exits 0 "7 of others kept"
    [ -d root/nix/store/mine ]
}

@test "so it is while a root of others leads to a path of ours" {
    apply "$more"
    mkdir -p root/nix/var/nix/gcroots/auto root/home/ada
    ln -s /home/ada/result root/nix/var/nix/gcroots/auto/abc
    ln -s "$(path small just)" root/home/ada/result
    remove --purge-nix
    exits 5 "$(path small just) (/nix/var/nix/gcroots/auto/abc leads to it)"
    remove
    exits 0
    [ -e "root$(path small just)" ]
    [ ! -e "root$(path small jq)" ]
    # It is theirs now, until their collector takes it.
    rm root/home/ada/result
    remove
    exits 0 "nothing to remove"
    remove --purge-nix
    exits 5 "$(path small just)" nix-collect-garbage
}

@test "tools beside somebody else's Nix: his store stays, ours goes" {
    mkdir -p root/nix/store root/nix/var/nix/db
    "$NIXGRAFT" apply --quiet --no-sync --root root --lock "$tools" > /dev/null
    add_others "$theirs"
    remove
    exits 0 "the tools are removed" "1 of others kept"
    silent_on "Nix stays"
    [ "$(ls root/nix/store)" = "$theirs" ]
    [ "$(query root 'select path from ValidPaths')" = "/nix/store/$theirs" ]
    [ ! -e root/nix/var/nixgraft ]
    [ -z "$(find root/nix/var/nix/profiles -name 'nixgraft*')" ]
    [ -z "$(ls -A root/usr/local/bin)" ]
    remove
    exits 0 "nothing to remove"
}

@test "an installation of another user goes as well" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    echo ada:x:1234:1234::/home/ada:/bin/sh >> root/etc/passwd
    install -d -o 1234 -g 1234 root/home/ada
    before=$(manifest -n root)
    apply "$more" --user ada
    [ -z "$(find root/nix ! -uid 1234)" ]
    remove
    exits 0
    [ -z "$(find root/nix ! -uid 1234)" ]
    remove --purge-nix
    exits 0
    as_before
}

@test "a receipt that cannot be read, is missing, or a wrong call" {
    apply "$lock"
    echo '{"version": 1' > root/nix/var/nixgraft/receipt.json
    before=$(manifest -c root)
    remove --purge-nix
    exits 6 "/nix/var/nixgraft/receipt.json" "remove /nix/var/nixgraft/receipt.json and apply again"
    rm root/nix/var/nixgraft/receipt.json
    before=$(manifest -c root)
    remove
    exits 5 "/nix/var/nixgraft/receipt.json is missing" 'run `nixgraft apply` once'
    same_manifest "$before" "$(manifest -c root)"
    remove jq
    exits 2 "'jq' is not expected"
    graft remove --root nowhere
    exits 5 nowhere
    apply "$lock"
    remove --purge-nix
    exits 0
    [ ! -e root/etc/nix/nix.conf ]
    [ ! -e root/nix/store ]
}

@test "Nix's own paths are not fetched in order to stay" {
    apply "$lock"
    unlocked "root$(path small nix)"
    rm -r "root$(path small nix)"
    before=$(manifest -c root)
    remove
    exits 5 "$(path small nix) is missing" "verify --repair"
    same_manifest "$before" "$(manifest -c root)"
    remove --purge-nix
    exits 0
    [ ! -e root/nix ]
}

@test "a killed update has left its mark: its objects are named, or known" {
    apply "$lock"
    sed -i 's/"environment"/"unfinished": true,\n  &/' root/nix/var/nixgraft/receipt.json
    mkdir "root/nix/store/z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-fresh"
    remove --purge-nix
    exits 5 z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-fresh
    echo z9kr0s7n8v6a4f2b1c3d5g7h9i0j2k4l-fresh > root/nix/var/nixgraft/pending
    remove --purge-nix
    exits 0
    [ ! -e root/nix ]
}
