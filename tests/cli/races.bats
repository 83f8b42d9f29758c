# What others did: another nixgraft at the same time, a dead one, Nix, and whoever else has a hand in the root.
load ../lib

setup() {
    work_folder
    lock=$(lock_of small jq)
    both=$(lock_of small jq just)
}

teardown() {
    exec 9>&-
    [ -z "${server-}" ] || "$TOP/tests/fixture/serve" stop "$server"
    unlocked "$BATS_TEST_TMPDIR"
}

apply() { graft apply --no-sync --root root --lock "$@"; }

# block: takes nixgraft's lock on ./root; unblock gives it back.
block() {
    mkdir -p root/nix/var/nixgraft
    exec 9>> root/nix/var/nixgraft/lock
    flock 9
}
unblock() { exec 9>&-; }

# start NAME LOCK: an apply in the background that waits for the lock; its words in ./NAME, its number in $pid.
start() {
    "$NIXGRAFT" apply --no-sync --root root --lock "$2" > "$1" 2>&1 3>&- 9>&- &
    pid=$!
    until grep -q "waiting for it" "$1"; do
        kill -0 "$pid" || fail "it did not wait: $(cat "$1")"
        sleep 0.02
    done
}

# ended PID NAME: waits for it; $status and $output as `run` leaves them.
ended() {
    status=0
    wait "$1" || status=$?
    # shellcheck disable=SC2034  # `exits` reads it
    output=$(cat "$2") stderr=''
}

# The commands of the generation in force, and those in /usr/local/bin.
exposed() { ls "root$(readlink "root/nix/var/nix/profiles/$(readlink root/nix/var/nix/profiles/nixgraft)")/bin"; }
linked() { ls root/usr/local/bin; }

@test "an empty store object whose name ends in .lock is no dead run's lock; a dead run's lock is, unless it is held" {
    applied root "$lock"
    object=root/nix/store/$(printf 0%.0s {1..32})-poetry.lock
    dead=root/nix/store/$(printf 1%.0s {1..32})-dead.lock
    held=root/nix/store/$(printf 2%.0s {1..32})-held.lock
    : > "$object"
    chmod 444 "$object"
    touch -d @1 "$object"
    (umask 077 && : > "$dead" && : > "$held")
    [ "$(stat -c %a "$dead")" = 600 ]
    exec 9<> "$held"
    flock 9
    before=$(stat -c '%i %a %s %Y %Z' "$object")
    apply "$both"
    exits 0 "generation 2"
    [ "$before" = "$(stat -c '%i %a %s %Y %Z' "$object")" ]
    [ ! -e "$dead" ]
    [ -e "$held" ]
    [ "$(find root/nix/store -name '*.lock' | wc -l)" = 2 ]
    in_place root "$both"
}

@test "what comes into the way while an apply waits for another one is named and kept" {
    applied root "$(lock_of small just)"
    block
    start log "$both"
    echo mine > root/usr/local/bin/jq
    unblock
    ended "$pid" log
    exits 5 "/usr/local/bin/jq is in the way"
    [ "$(cat root/usr/local/bin/jq)" = mine ]
    in_place root "$(lock_of small just)"
    [ "$(exposed)" = just ]
    [ ! -e "root$(path small jq)" ]
    rm root/usr/local/bin/jq
    apply "$both"
    exits 0
    in_place root "$both"
}

@test "whoever waits says so once, unless he is to be quiet" {
    local verb quiet
    applied root "$lock"
    for verb in "apply --no-sync --lock $both" "rechown --user root" "remove"; do
        for quiet in --quiet ""; do
            block
            # shellcheck disable=SC2086
            "$NIXGRAFT" $verb --root root $quiet > said 2> log 3>&- 9>&- &
            pid=$!
            until grep -q -- "-> FLOCK .* $pid " /proc/locks; do kill -0 "$pid"; done
            if [ -z "$quiet" ]; then
                [ "$(cat log)" = "nixgraft: another nixgraft is at work on this root; waiting for it" ] || fail "$verb: $(cat log)"
            fi
            unblock
            ended "$pid" log
            exits 0
            [ -z "$quiet" ] || [ -z "$(cat log said)" ] || fail "$verb $quiet: $(cat log said)"
            "$NIXGRAFT" apply --quiet --no-sync --root root --lock "$lock"
        done
    done
}

@test "the same on a fresh root: nothing is visible then" {
    tiny_root root
    block
    start log "$lock"
    echo mine > root/usr/local/bin/jq
    unblock
    ended "$pid" log
    exits 5 "/usr/local/bin/jq is in the way"
    [ "$(cat root/usr/local/bin/jq)" = mine ]
    [ ! -e root/etc/profile.d/nixgraft.sh ] && [ ! -L root/nix/var/nix/profiles/nixgraft ]
    [ -z "$(find root/nix/store -mindepth 1 ! -name .links)" ]
}

@test "two applies of different locks at once are both done, and the commands are those of the one that came last" {
    just=$(lock_of small just)
    for round in 1 2 3; do
        unlocked root
        rm -rf root
        tiny_root root
        block
        start one "$lock"
        first=$pid
        start two "$just"
        unblock
        ended "$first" one
        exits 0 "in place for x86_64-linux"
        ended "$pid" two
        exits 0 "in place for x86_64-linux"
        [ "$(exposed)" = "$(linked)" ] || fail "round $round: $(exposed) in force, $(linked) linked"
        case $(linked) in
            jq) right=$lock wrong=$just ;;
            just) right=$just wrong=$lock ;;
            *) fail "neither of the two: $(linked)" ;;
        esac
        in_place root "$right"
        graft verify --lock "$wrong" --root root
        exits 4
        apply "$right"
        exits 0 "nothing to do"
    done
}

@test "a link into the profile that nobody asked for is found by verify and taken back by the next apply" {
    applied root "$lock"
    ln -s /nix/var/nix/profiles/nixgraft/bin/just root/usr/local/bin/just
    ln -s /opt/other root/usr/local/bin/other
    graft verify --lock "$lock" --root root
    exits 4 "file /usr/local/bin/just: " "1 finding;"
    apply "$lock"
    exits 0
    silent_on "nothing to do"
    [ "$(linked)" = $'jq\nother' ]
    in_place root "$lock"
    apply "$lock"
    exits 0 "nothing to do"
}

@test "a path registered with another hash and another content is put right, object and row" {
    applied root "$lock"
    object=$(closure "$lock" | grep libc6)
    file=root$(find "root$object" -type f -size +100k -printf '%p\n' | sort | head -n 1 | cut -c 5-)
    good=$(sha256sum < "$file")
    printf X | dd of="$file" bs=1 seek=5000 conv=notrunc status=none
    touch -d @1 "$file"
    [ "$(sha256sum < "$file")" != "$good" ]
    query root "update ValidPaths set hash = 'sha256:$(printf %064d 7)' where path = '$object'"
    apply "$both"
    exits 0 "generation 2"
    [ "$(sha256sum < "$file")" = "$good" ]
    in_place root "$both"
}

@test "a path registered without the lock's signatures gets them, and is not fetched again" {
    applied root "$lock"
    object=$(closure "$lock" | grep libc6)
    inode=$(stat -c %i "root$object")
    query root "update ValidPaths set sigs = null, ultimate = 1 where path = '$object'"
    apply "$both"
    exits 0 "generation 2"
    [ "$(stat -c %i "root$object")" = "$inode" ]
    [[ $(query root "select sigs from ValidPaths where path = '$object'") == nixgraft-fixture-1:* ]]
    in_place root "$both"
}

@test "rows that were deleted, one or all, are seen by the next apply of the same lock" {
    for which in "path = '$(path small jq)'" "path like '%-nixgraft-environment'" "1"; do
        applied root "$lock"
        query root "pragma foreign_keys = off; delete from Refs where referrer in (select id from ValidPaths where $which) or
            reference in (select id from ValidPaths where $which); delete from ValidPaths where $which"
        apply "$lock" --json
        exits 0
        json '.result == "applied" and .paths.fetched == 0'
        in_place root "$lock"
        apply "$lock"
        exits 0 "nothing to do"
        unlocked root
        rm -r root
    done
}

@test "a foreign nix.conf was kept and is gone now: the next apply makes ours" {
    # Any path will do for a Nix.
    jq --arg p "$(path small jq)" '.systems[].nix = {path: $p, commands: ["jq"]} | .systems[].tools = {}' "$lock" > nix.lock
    tiny_root root
    mkdir root/etc/nix
    echo "max-jobs = 3" > root/etc/nix/nix.conf
    apply nix.lock
    exits 0 "kept: /etc/nix/nix.conf"
    apply nix.lock
    exits 0 "nothing to do"
    rm root/etc/nix/nix.conf
    apply nix.lock
    exits 0
    silent_on "nothing to do"
    grep -qxF "trusted-public-keys = $KEY" root/etc/nix/nix.conf
    in_place root nix.lock
    apply nix.lock
    exits 0 "nothing to do"
}

@test "a file in the spool that is whole and wrong is fetched afresh, from near and from far" {
    read -r url server _ < <("$TOP/tests/fixture/serve" start "$F/caches/small-zstd")
    sed "s|$(cache small)|$url|" "$lock" > far.lock
    differ "$lock" far.lock
    # libc6 is too big to be kept in memory.
    spooled=$(jq -r '.systems[].paths | to_entries[] | select(.key | contains("-libc6-")) | "\(.key[11:43]) \(.value.fileHash[7:]) \(.value.fileSize)"' "$lock")
    read -r part hash size <<< "$spooled"
    for from in "$lock" far.lock; do
        for bytes in "$size" 1000 "$((size + 1))"; do
            tiny_root root
            (umask 077 && mkdir -p root/nix/var/nixgraft/spool)
            chmod 755 root/nix root/nix/var root/nix/var/nixgraft
            truncate -s "$bytes" "root/nix/var/nixgraft/spool/$part-$(base64 -d <<< "$hash" | od -An -v -tx1 | tr -d ' \n')"
            apply "$from"
            exits 0 "generation 1" "4 fetched"
            in_place root "$from"
            [ ! -e root/nix/var/nixgraft/spool ]
            unlocked root
            rm -r root
        done
    done
}
