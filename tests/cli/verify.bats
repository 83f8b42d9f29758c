# `nixgraft verify`: every planted fault is found by name and left as it is; --repair puts it right with no more than it needs.
load verify

@test "a root that follows its lock is right, for people and for machines, and nothing is written" {
    before=$(manifest -c root)
    verify
    exits 0 "right: 5 store objects (14.3 MB)" "0 findings"
    verify --json
    exits 0
    json '.result == "right" and .system == "x86_64-linux" and .objects == 5 and .bytes > 1000000 and .files == 2 and .findings == []'
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
    local -A says=([flip]="content: has digest" [short]="content: " [extra]="content: " [removed]="content: ")
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

@test "a link in /usr/local/bin is gone" {
    rm root/usr/local/bin/jq
    found file /usr/local/bin/jq "is missing"
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
    found file /usr/local/bin/jq "is not what nixgraft made"
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
    found file /etc/profile.d/nixgraft.sh "is not what nixgraft made"
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
    json '[.findings[] | [.kind, .path]] | sort == ([["object", $jq], ["profile", "/nix/var/nixgraft/receipt.json"], ["row", $onig],
        ["file", "/usr/local/bin/jq"], ["file", "/etc/profile.d/nixgraft.sh"]] | sort)' \
        --arg jq "$victim" --arg onig "$onig"
    repaired 1
}

@test "--repair --dry-run changes nothing, and a repair that cannot be made leaves all as it was" {
    printf X | dd of="root$victim/bin/jq" bs=1 seek=5000 conv=notrunc status=none
    before=$(manifest -c root)
    verify --repair --dry-run
    exits 4 "object $victim: " "1 finding;"
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

@test "with a foreign file in the way the last line says so: no repair is made before it is moved, or --force given" {
    rm root/etc/profile.d/nixgraft.sh
    verify
    exits 4 "1 finding; \`nixgraft verify --repair"
    silent_on --force "moved away"
    ln -sfn /opt/jq root/usr/local/bin/jq
    printf X | dd of="root$victim/bin/jq" bs=1 seek=5000 conv=notrunc status=none
    verify
    exits 4 "3 findings; \`nixgraft verify --repair" "puts right what it can once /usr/local/bin/jq is moved away" "or with --force"
    verify --repair
    exits 5 "/usr/local/bin/jq is in the way"
    rm root/usr/local/bin/jq
    repaired 1
}

@test "when the root follows another lock, the last line says that first, and how to look at its own" {
    graft apply --no-sync --lock "$(lock_of next jq)" --root root
    exits 0
    cp "$lock" closure.lock
    graft verify --root root
    exits 4 "root follows another lock than closure.lock: " "\`nixgraft apply --root $PWD/root\` makes it follow this one"
    silent_on --repair
    local own=${stderr##*nixgraft verify}
    own=${own%%\`*}
    # shellcheck disable=SC2086  # its words
    graft verify $own
    exits 0 "right: "
    verify --json
    exits 4 "root follows another lock than $lock: " "\`nixgraft apply --root $PWD/root --lock $lock\`"
    graft rollback --root root --no-sync
    exits 0
    graft verify --root root
    exits 0 "right: "
    cp "$(lock_of next jq)" closure.lock
    graft verify --root root
    exits 4 "follows another lock than closure.lock: "
    # Without one here it is the root's own.
    rm closure.lock
    graft verify --root root
    exits 0 "right: "
    rm root/usr/local/bin/jq
    graft verify --root root
    exits 4 "is not what the lock of generation 1 says: " "\`nixgraft verify --repair --root $PWD/root\`"
}
