# `nixgraft rechown`: the store follows its user to his new number, with as few changes as Nix needs, and stays valid.
load ../lib

setup_file() {
    [ "$(id -u)" = 0 ] || skip "only root gives things away"
    export lock
    lock=$(lock_of small nix jq)
    root=$BATS_FILE_TMPDIR/good
    tiny_root "$root"
    echo dev:x:4242:4243::/home/dev:/bin/sh >> "$root/etc/passwd"
    install -d -o 4242 -g 4243 "$root/home/dev"
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root "$root" --user dev > /dev/null
}
teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }
setup() {
    work_folder
    cp -a "$BATS_FILE_TMPDIR/good" root
    shared=''
}
teardown() {
    unlocked "$BATS_TEST_TMPDIR"
    [ -z "$shared" ] || { unlocked "$shared"; rm -rf "$shared"; }
}

# renumbered: dev has another number, as a dev container gives him one. Home is moved by who does so.
renumbered() {
    sed -i 's/^dev:x:4242:4243:/dev:x:5252:5253:/' root/etc/passwd
    chown 5252:5253 root/home/dev
}
rechown() { graft rechown --root root "$@"; }
# his UID:GID FIND-EXPRESSION...: what of /nix is of that sort and not his.
not_his() { find root/nix "${@:2}" ! \( -uid "${1%:*}" -gid "${1#*:}" \); }
# content DIR: everything but owners and change times.
content() { manifest "$1" | sed -E 's/^((\S+ ){2})[^ ]+ /\1/' | sort; }

@test "what Nix changes goes to the new number, and nothing else: not files of objects, no mode, time or byte" {
    renumbered
    before=$(content root)
    files=$(find root/nix/store/*-* ! -type d -printf '%i %C@ %U:%G %p\n')
    outside=$(manifest -c root | grep -v ' \./nix\(/\| \|$\)' | grep -v nix-profile)
    rechown
    exits 0 "given to dev (5252:5253)"
    [ -z "$stderr" ]
    [ -z "$(not_his 5252:5253 -type d)" ] || fail "$(not_his 5252:5253 -type d)"
    [ -z "$(not_his 5252:5253 -path 'root/nix/var/*')" ] || fail "$(not_his 5252:5253 -path 'root/nix/var/*')"
    [ "$(stat -c %u:%g root/home/dev/.nix-profile)" = 5252:5253 ]
    same_manifest "$before" "$(content root)"
    [ "$files" = "$(find root/nix/store/*-* ! -type d -printf '%i %C@ %U:%G %p\n')" ]
    same_manifest "$outside" "$(manifest -c root | grep -v ' \./nix\(/\| \|$\)' | grep -v nix-profile)"
    in_place root "$lock"
}

@test "a second run changes nothing, not even a change time; machines are told the counts" {
    local changed
    renumbered
    rechown --json
    exits 0
    json '.result == "given" and .user == "dev" and .uid == 5252 and .changed > 100 and .changed <= .seen'
    changed=$(jq .changed <<< "$output")
    [ "$changed" = "$(find root/nix root/home/dev/.nix-profile \( -type d -o -path 'root/nix/var/*' -o -name .nix-profile \) | sort -u | wc -l)" ]
    before=$(manifest -c root)
    rechown --json
    exits 0
    json '.result == "unchanged" and .changed == 0 and .seen > 100'
    rechown
    exits 0 "0 of "
    rechown --quiet
    exits 0
    [ -z "$output$stderr" ]
    same_manifest "$before" "$(manifest -c root)"
}

@test "--all gives the files of objects, too" {
    renumbered
    before=$(content root)
    rechown
    [ -n "$(not_his 5252:5253 -type f)" ]
    rechown --all --jobs 3
    exits 0
    [ -z "$(not_his 5252:5253)" ] || fail "$(not_his 5252:5253)"
    same_manifest "$before" "$(content root)"
    rechown --all --json
    json '.changed == 0'
    in_place root "$lock"
}

@test "apply then has nothing to do for him; by root and by himself" {
    renumbered
    rechown
    graft apply --no-sync --lock "$lock" --root root
    exits 0 "nothing to do"
    shared=$(mktemp -d "${TMPDIR:-/tmp}/nixgraft-cli.XXXXXX")
    chmod 755 "$shared"
    cp "$NIXGRAFT" "$shared/nixgraft"
    cp "$lock" "$shared/lock"
    mv root "$shared/root"
    run --separate-stderr setpriv --reuid=5252 --regid=5253 --clear-groups --no-new-privs "$shared/nixgraft" apply --lock "$shared/lock" --root "$shared/root"
    exits 0 "nothing to do"
}

@test "to another user: apply, once, takes the former one's ~/.nix-profile back and makes his; verify and doctor agree" {
    apply() { graft apply --no-sync --lock "$lock" --root root; }
    wrong() { # [PATH]: this link, or nothing, for verify and doctor
        graft verify --lock "$lock" --root root --json
        exits $(($# ? 4 : 0))
        json '[.findings[].path] == $paths' --argjson paths "$(jq -nc '$ARGS.positional' --args "$@")"
        graft doctor --root root --json
        json '[.findings[] | select(.check == "files").subject] == $paths' --argjson paths "$(jq -nc '$ARGS.positional' --args "$@")"
    }
    passes() { # FROM TO: from a user with that home to the user TO
        rechown --user "$2"
        exits 0 "given to $2"
        wrong "$1/.nix-profile"
        apply
        exits 0 "taken back: $1/.nix-profile"
        [ ! -L "root$1/.nix-profile" ]
        wrong
        apply
        exits 0 "nothing to do"
    }
    echo eva:x:777:778::/home/eva:/bin/sh >> root/etc/passwd
    install -d -o 777 -g 778 root/home/eva
    wrong
    passes /home/dev eva
    [ "$(stat -c %u:%g root/home/eva/.nix-profile)" = 777:778 ]
    [ "$(readlink root/home/eva/.nix-profile)" = /nix/var/nix/profiles/per-user/eva/profile ]
    # Home has moved.
    mv root/home/eva root/home/adam
    sed -i s,/home/eva,/home/adam, root/etc/passwd
    mkdir root/home/eva
    mv root/home/adam/.nix-profile root/home/eva
    wrong /home/eva/.nix-profile
    apply
    exits 0 "taken back: /home/eva/.nix-profile"
    wrong
    # A user without a home, and one without a name.
    passes /home/adam nobody
    [ -z "$(find root/home root/root -name .nix-profile)" ]
    graft apply --no-sync --lock "$lock" --root root --user dev
    exits 0
    passes /home/dev 4711
}

@test "to somebody else by name or number, with all files, and whose it was is told; to nobody there is" {
    ln "root$(path small jq)/bin/jq" name
    rechown --user nobody --dry-run --json
    json '.result == "planned"'
    silent_on "the store was that of"
    planned=$(jq .changed <<< "$output")
    rechown --user nobody
    exits 0 "given to nobody (65534:65534)" "the store was that of dev (4242), who may have changed what is in it: look at it with \`nixgraft verify\`"
    [[ $output == "$planned of "* ]]
    [ -z "$(not_his 65534:65534)" ] || fail "$(not_his 65534:65534)"
    [ "$(stat -c %u name)" = 65534 ]
    [ "$(jq -r .user root/nix/var/nixgraft/receipt.json)" = nobody ]
    rechown --user 777 --quiet
    exits 0
    [ -z "$output$stderr" ]
    [ -z "$(not_his 777:0)" ] || fail "$(not_his 777:0)"
    before=$(manifest -c root)
    rechown --user ghost
    exits 2 ghost
    rechown --jobs 0
    exits 2 jobs
    rechown extra
    exits 2
    same_manifest "$before" "$(manifest -c root)"
    rechown --user root
    exits 0 "given to root (0:0)" "the store was that of 777 (777)"
    [ -z "$(not_his 0:0)" ] || fail "$(not_his 0:0)"
    rechown --user dev
    exits 0 "given to dev (4242:4243)"
    [ -z "$stderr" ]
    [ -z "$(find root/nix/store/*-* -type f ! -user 0)" ]
    in_place root "$lock"
}

@test "a receipt that its owner wrote does not spare him: root and other accounts get the files" {
    echo other:x:4244:4244::/home/other:/bin/sh >> root/etc/passwd
    for user in root other; do
        sed -i "s/\"user\": \"[^\"]*\"/\"user\": \"$user\"/" root/nix/var/nixgraft/receipt.json
        rechown
        exits 0 "given to $user" "the store was that of dev (4242)"
        [ -z "$(find root/nix -user 4242)" ]
        rechown --user dev --all
    done
}

# killed_at PATH ARG...: rechown, killed before PATH changes hands.
killed_at() {
    run strace -f -qq -o /dev/null -P "$PWD/root$1" -e trace=fchownat -e inject=fchownat:signal=KILL:when=1 \
        "$NIXGRAFT" rechown --quiet --root root "${@:2}"
    [ "$status" -eq 137 ] || fail "it was not killed, but ended with $status: $output"
}

@test "killed: the store directory is the last that changes hands, by which root's apply and the next rechown see it" {
    local place
    renumbered
    before=$(content root)
    for place in /nix/var /nix/var/nix/db/db.sqlite "/nix/store/$(basename "$(path small jq)")" /nix/store; do
        killed_at "$place"
        [ "$(stat -c %u root/nix/store)" = 4242 ]
        rechown
        exits 0 "given to dev (5252:5253)"
        [ -z "$stderr" ]
        [ -z "$(not_his 5252:5253 -type d)" ] && [ -z "$(not_his 5252:5253 -path 'root/nix/var/*')" ]
        find root/nix root/home/dev/.nix-profile -exec chown -h 4242:4243 {} +
    done
    killed_at /nix/store
    [ -z "$(not_his 5252:5253 -path 'root/nix/var/*')" ]
    graft apply --no-sync --lock "$lock" --root root
    exits 0 "generation 1"
    [ -z "$(not_his 5252:5253 -type d)" ] && [ -z "$(not_his 5252:5253 -path 'root/nix/var/*')" ]
    # To somebody else: until all is his, it is said to be the former's.
    find root/nix -exec chown -h 4242:4243 {} +
    sed -i 's/^dev:x:5252:5253:/dev:x:4242:4243:/' root/etc/passwd
    for place in "/nix/store/$(basename "$(path small jq)")" /nix/store; do
        killed_at "$place" --user root
        [ "$(jq -r .user root/nix/var/nixgraft/receipt.json) $(stat -c %u root/nix/store)" = "dev 4242" ]
        rechown --user root
        exits 0 "the store was that of dev"
        [ -z "$(not_his 0:0)" ] || fail "$(not_his 0:0)"
        rechown --user dev --all
    done
}

@test "without root: status 5 and one line, and nothing changes hands" {
    shared=$(mktemp -d "${TMPDIR:-/tmp}/nixgraft-cli.XXXXXX")
    chmod 755 "$shared"
    cp "$NIXGRAFT" "$shared/nixgraft"
    renumbered
    mv root "$shared/root"
    before=$(manifest -c "$shared/root")
    for uid in 4242 5252 65534; do
        run --separate-stderr setpriv --reuid=$uid --regid=5253 --clear-groups --no-new-privs "$shared/nixgraft" rechown --root "$shared/root"
        exits 5 root
        [ -z "$output" ]
        [ "$(wc -l <<< "$stderr")" = 1 ] || fail "$stderr"
    done
    same_manifest "$before" "$(manifest -c "$shared/root")"
}

@test "without a receipt: whose it is must be said; without a store there is nothing to give" {
    rm root/nix/var/nixgraft/receipt.json
    before=$(manifest -c root)
    rechown
    exits 5 "no receipt" "--user USER"
    same_manifest "$before" "$(manifest -c root)"
    renumbered
    rechown --user dev
    exits 0 "given to dev (5252:5253)"
    tiny_root bare
    before=$(manifest -c bare)
    for how in "" --dry-run; do
        # shellcheck disable=SC2086
        graft rechown --root bare --user root $how
        exits 5 "there is no store here" "run \`nixgraft apply\` first"
        [ "$(wc -l <<< "$stderr")" = 1 ]
    done
    same_manifest "$before" "$(manifest -c bare)"
}

@test "--dry-run counts what would change hands, and changes nothing" {
    renumbered
    before=$(manifest -c root)
    rechown --dry-run
    exits 0 "would be given to dev (5252:5253)"
    silent_on "0 of "
    rechown --dry-run --json
    json '.result == "planned" and .changed > 0'
    same_manifest "$before" "$(manifest -c root)"
}

@test "a file of root's that the user linked into the store's state keeps its owner, by all its names" {
    renumbered
    echo secret > root/etc/shadow
    ln root/etc/shadow root/nix/var/nix/shadow
    ln root/etc/shadow "root/nix/store/shadow"
    rechown --dry-run --all --json
    json '.result == "planned" and .left == 2'
    rechown --all
    exits 0 "given to dev" "left as they are: 2 (a file with a second name"
    [ "$(stat -c %u:%h root/etc/shadow)" = 0:3 ]
    rm root/nix/var/nix/shadow root/nix/store/shadow
    rechown --all
    exits 0 "0 of "
    silent_on "left as"
}
