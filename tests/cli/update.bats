# `nixgraft update` and `nixgraft lock` with a Nix that is a script: who is at work at the same time, who is interrupted, where the flake is.
# (With the real Nix: tests/e2e/init.bats.)
load ../lib

setup() {
    work_folder
    mkdir bin
    export PATH=$PWD/bin:$PATH
    # ./set: whose tools the flake has. ./hang.update, ./hang.eval: it stands still there. What it evaluates goes into ./called.
    cat > bin/nix <<N
#!/bin/bash
top=$PWD closures=$F/closures
N
    cat >> bin/nix <<'N'
stand_still() { if [ -e "$top/hang.$1" ]; then touch "$top/hangs"; while [ -e "$top/hang.$1" ]; do sleep 0.02; done; fi; }
case $* in
    *--version) echo "nix (Nix) 2.26.3" ;;
    *"flake update"*) stand_still update; sed "s/sha256-AA/sha256-BA/" flake.lock > new && mv new flake.lock ;;
    *eval*)
        stand_still eval
        echo "$PWD ${*: -1}" >> "$top/called"
        cat "$closures/$(cat "$top/set").json" ;;
esac
N
    chmod 755 bin/nix
    echo small > set
    echo '{ }' > flake.nix
    jq -n '{version: 7, root: "root", nodes: {root: {inputs: {it: "it"}}, it: {locked: {type: "path", path: "/a", lastModified: 1,
        narHash: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}}}' > flake.lock
}
from=(--cache "$(cache small)" --trusted-key "$KEY")
# In the background: its words in ./NAME, its number in $pid.
start() {
    "$NIXGRAFT" "${@:2}" > "$1" 2>&1 3>&- &
    pid=$!
}
until_there() {
    local end=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || fail "never so: $*" || return
        sleep 0.02
    done
}

@test "who is interrupted ends the Nix that is at work, which would write flake.lock later" {
    graft lock "${from[@]}"
    exits 0
    cp flake.lock before
    for at in update eval; do
        for signal in TERM HUP; do # INT is ignored by what a script starts in the background
            touch "hang.$at"
            start said update
            until_there test -e hangs
            kill "-$signal" "$pid"
            status=0
            wait "$pid" || status=$?
            [ "$status" -gt 128 ] || fail "it ended with $status" "$(cat said)"
            cmp flake.lock before
            rm "hang.$at" hangs
            sleep 0.2
            cmp flake.lock before
        done
    done
    graft lock --check
    exits 0 current
}

@test "a signal when closure.lock is just written does not put flake.lock back" {
    graft lock "${from[@]}" --cache "$(cache next)"
    exits 0
    cp closure.lock before
    echo next > set
    run strace -qq -o trace -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:signal=TERM:when=1 "$NIXGRAFT" update
    [ "$status" -gt 128 ] || fail "$status" "$output"
    grep -q closure.lock trace
    differ closure.lock before
    graft lock --check --flake .
    exits 0 current
}

@test "two updates at once: the second waits, and takes for the old state what the first has left" {
    graft lock "${from[@]}"
    exits 0
    cp flake.lock before
    cp closure.lock closure.before
    echo next > set
    touch hang.eval
    # The first fails, since its cache does not have the new tools: what it had moved goes back.
    start first update
    first=$pid
    until_there test -e hangs
    differ flake.lock before
    start second update --json
    second=$pid
    until_there grep -q "another nixgraft is making a lock in .; waiting for it" second
    start third lock --check
    third=$pid
    until_there grep -q "waiting for it" third
    echo small > set
    rm hang.eval
    status=0
    wait "$first" || status=$?
    wait "$second"
    wait "$third"
    # small again: nothing has changed but flake.lock.
    [ "$status" = 0 ] || fail "$(cat first)"
    grep -q "closure.lock: written" first
    grep -q '"result": "unchanged"' second
    grep -q "closure.lock: current" third
    differ closure.lock closure.before
    graft lock --check
    exits 0 current
}

@test "a failing update at the same time: the other's locks fit each other" {
    graft lock "${from[@]}"
    exits 0
    cp flake.lock before
    echo next > set
    touch hang.eval
    start first update
    first=$pid
    until_there test -e hangs
    start second update --cache "$(cache next)" --trusted-key "$KEY"
    second=$pid
    until_there grep -q "waiting for it" second
    rm hang.eval
    status=0
    wait "$first" || status=$?
    [ "$status" = 3 ] || fail "$(cat first)"
    wait "$second" || fail "$(cat second)"
    differ flake.lock before
    graft lock --check --flake .
    exits 0 current
}

@test "two systems locked at once are both in the lock" {
    jq '.system = "aarch64-linux"' "$F/closures/small.json" > other.json
    touch hang.eval
    start first lock "${from[@]}"
    first=$pid
    until_there test -e hangs
    start second lock "${from[@]}" --manifest other.json
    until_there grep -q "waiting for it" second
    rm hang.eval
    wait "$first" || fail "$(cat first)"
    wait "$pid" || fail "$(cat second)"
    [ "$(jq -c '.systems | keys' closure.lock)" = '["aarch64-linux","x86_64-linux"]' ]
}

@test "the folder of a flake may have any name: Nix runs in there" {
    for name in "a b" 'a#b' 'a?b=c' ä "it's" '50%25' plain; do
        mkdir "$name"
        cp flake.nix flake.lock "$name"
        rm -f called
        graft lock --flake "$name" --lock "$name/closure.lock" "${from[@]}"
        exits 0 "$name/closure.lock: written"
        [ "$(cat called)" = "$PWD/$name .#graft.x86_64-linux" ] || fail "$(cat called)"
        graft update --flake "$PWD/$name" --lock "$name/closure.lock"
        exits 0 "$name/closure.lock: written"
        differ flake.lock "$name/flake.lock"
    done
    graft lock --flake flake.nix "${from[@]}"
    exits 5 "flake.nix/flake.lock: cannot be opened: Not a directory"
    # What is no folder here is Nix's to understand.
    rm called
    graft lock --flake github:a/b "${from[@]}"
    exits 0
    [ "$(cat called)" = "$PWD github:a/b#graft.x86_64-linux" ]
}

@test "a Nix in the working directory is not run, however the environment leads there" {
    mkdir -p nix/profile/bin .nix-profile/bin
    for file in nix/profile/bin/nix .nix-profile/bin/nix nix.sh; do printf '#!/bin/sh\ntouch ran\n' > "$file" && chmod 755 "$file"; done
    mv nix.sh bin/nix
    run --separate-stderr env PATH=bin:.: XDG_STATE_HOME=. HOME=. "$NIXGRAFT" lock
    exits 2 "nothing to lock"
    [ ! -e ran ]
}
