# `nixgraft generations`, `diff-generations`, `rollback`: what was, what differs, and back again.
load ../lib

setup_file() {
    export one two three
    one=$(lock_of small jq)
    two=$(lock_of small jq just)
    three=$(lock_of next jq)
    applied "$BATS_FILE_TMPDIR/good" "$one"
    into "$BATS_FILE_TMPDIR/good" "$two"
    into "$BATS_FILE_TMPDIR/good" "$three"
}
teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }
setup() {
    work_folder
    fresh
}
teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# fresh: three generations: jq; jq and just; a newer jq. into ROOT LOCK: one more.
fresh() {
    unlocked root
    rm -rf root
    cp -a "$BATS_FILE_TMPDIR/good" root
}
into() { "$NIXGRAFT" apply --quiet --no-sync --lock "$2" --root "$1" > /dev/null; }
rollback() { graft rollback --root root --no-sync "$@"; }
version() { jq -r --arg t "$2" '.systems[].tools[$t].version' "$1"; }

# in_force N LOCK: generation N is, its links and no others stand, it is what LOCK says, and that is what is kept.
in_force() {
    [ "$(readlink root/nix/var/nix/profiles/nixgraft)" = "nixgraft-$1-link" ]
    diff <(find root/usr/local/bin -mindepth 1 -printf '%f\n' | sort) <(jq -r '.systems[].tools[].commands[]' "$2" | sort)
    cmp "root/nix/var/nixgraft/locks/$1.lock" "$2"
    in_place root "$2"
    [ "$(jq .generation root/nix/var/nixgraft/receipt.json)" = "$1" ]
}
kept() { (cd root/nix/var/nixgraft/locks && echo *); }

# ---- seeing ----

@test "the list: each with its time and tools, the one in force has a star" {
    touch -h -d '2024-05-06 07:08:09 UTC' root/nix/var/nix/profiles/nixgraft-2-link
    before=$(manifest -c root)
    graft generations --root root
    exits 0
    [ "$(cut -c 1-6 <<< "$output")" = "$(printf '%s\n' '     1' '     2' '*    3')" ]
    [ "$(sed -n 2p <<< "$output")" = "     2  2024-05-06T07:08:09Z  2 tools, $(closure "$two" | wc -l) paths" ]
    [[ $(sed -n 1p <<< "$output") == *"  1 tool, "* ]]
    [ -z "$stderr" ]
    graft generations --root root --json
    exits 0
    json '[.generations[] | [.generation, .current]] == [[1, false], [2, false], [3, true]]'
    json '.generations[1] | .made == "2024-05-06T07:08:09Z" and .tools == {"jq": $j, "just": $k} and (.environment | endswith("-nixgraft-environment"))' \
        --arg j "$(version "$two" jq)" --arg k "$(version "$two" just)"
    json '.generations[1] | .paths == $p and (has("nix") | not)' --argjson p "$(closure "$two" | wc -l)"
    graft generations --root root --quiet
    exits 0
    [ -z "$output$stderr" ]
    same_manifest "$before" "$(manifest -c root)"
}

@test "no generation at all, and one whose lock is not kept" {
    tiny_root bare
    graft generations --root bare
    exits 0 "no generation is here"
    [ -z "$output" ]
    graft generations --root bare --json
    exits 0
    json '. == {"generations": []}'
    graft rollback --root bare
    exits 1 "there is no generation before that in force"
    graft diff-generations --root bare
    exits 1 "no generation before that in force"
    rm root/nix/var/nixgraft/locks/2.lock
    graft generations --root root
    exits 0
    [[ $(sed -n 2p <<< "$output") == *-nixgraft-environment ]]
    graft generations --root root --json
    json '.generations[1] | has("tools") | not'
    graft diff-generations --root root
    exits 6 "no lock is kept of generation 2"
    rollback 2
    exits 6 "no lock of a generation 2"
    in_force 3 "$three"
}

@test "the difference of two: tools, and commands that vanish and appear" {
    local a b
    a=$(version "$two" jq) b=$(version "$three" jq)
    before=$(manifest -c root)
    graft diff-generations --root root
    exits 0
    [ "$output" = "generation 2 -> 3:
  changed  jq $a -> $b
  removed  just $(version "$two" just)
  commands that vanish: just" ]
    graft diff-generations 1 2 --root root
    [ "$output" = "generation 1 -> 2:
  added    just $(version "$two" just)
  commands that appear: just" ]
    graft diff-generations 2 1 --root root --json
    exits 0
    json '.from == 2 and .to == 1 and .vanished == ["just"] and .appeared == []'
    json '.tools == [{"name": "just", "change": "removed", "from": $v, "to": ""}]' --arg v "$(version "$two" just)"
    graft diff-generations 1 --root root
    exits 0 "generation 1 -> 3:" "changed  jq"
    graft diff-generations 2 2 --root root
    [ "$output" = "generation 2 -> 2: the same tools" ]
    graft diff-generations 1 2 --root root --quiet
    [ -z "$output$stderr" ]
    same_manifest "$before" "$(manifest -c root)"
}

@test "numbers that are none: usage" {
    local number
    for number in 4 0 -1 01 x 1x ''; do
        for verb in rollback diff-generations; do
            graft "$verb" --root root -- "$number"
            exits 2 "'$number' is the number of no generation"
        done
    done
    rollback 1 2
    exits 2 "one generation"
    graft diff-generations 1 2 3 --root root
    exits 2 "two generations"
    graft generations 1 --root root
    exits 2
    in_force 3 "$three"
}

# ---- returning ----

@test "back to the one before, named what vanishes, nothing fetched; back again; the lock forward to the same number" {
    rollback --offline --cache file:///nowhere
    exits 0 "generation 2 is in force again, after 3" "changed  jq $(version "$three" jq) -> $(version "$two" jq)" "commands that appear: just"
    silent_on fetching
    in_force 2 "$two"
    rollback
    exits 0 "generation 1 is in force again, after 2" "commands that vanish: just"
    in_force 1 "$one"
    rollback
    exits 1 "no generation before that in force"
    into root "$three"
    in_force 3 "$three"
    [ "$(kept)" = "1.lock 2.lock 3.lock" ]
}

@test "back to a number, forward to one; for machines; quietly" {
    rollback 1 --json
    exits 0
    json '. == {"result": "returned", "from": 3, "generation": 1, "vanished": [], "appeared": [],
        "tools": [{"name": "jq", "change": "changed", "from": $from, "to": $to}]}' \
        --arg from "$(version "$three" jq)" --arg to "$(version "$one" jq)"
    in_force 1 "$one"
    rollback 2 --quiet
    exits 0
    [ -z "$output$stderr" ]
    in_force 2 "$two"
    rollback 3 --json
    json '.result == "returned" and .vanished == ["just"]'
    in_force 3 "$three"
}

@test "to the one in force: nothing to do, no byte changes; but what is broken of it is put right" {
    before=$(manifest -c root)
    rollback 3
    exits 0
    [ "$output" = "nothing to do: generation 3 is in force" ]
    rollback 3 --json
    json '.result == "unchanged" and .generation == 3'
    same_manifest "$before" "$(manifest -c root)"
    rm root/usr/local/bin/jq
    rollback 3
    exits 0 "generation 3 is in force, and put right"
    in_force 3 "$three"
}

@test "a dry run changes no byte and tells what would be" {
    before=$(manifest -c root)
    rollback --dry-run
    exits 0 "would return to generation 2 from 3; nothing was changed" "commands that appear: just"
    rollback 1 --dry-run --json
    json '.result == "planned" and .from == 3 and .generation == 1'
    same_manifest "$before" "$(manifest -c root)"
}

@test "a store path that was lost is fetched again; where no cache has it, nothing changes" {
    local lost
    lost=$(path small just)
    unlocked "root$lost"
    rm -rf "root$lost"
    before=$(manifest root)
    rollback 2 --offline --cache "$(cache next)"
    exits 3 just
    same_manifest "$before" "$(manifest root)"
    rollback 2
    exits 0 "fetching 1 path" "generation 2 is in force again"
    in_force 2 "$two"
}

@test "somebody else's file where a link is to come: refused, nothing changes; --force moves it aside" {
    echo mine > root/usr/local/bin/just
    before=$(manifest root)
    rollback
    exits 5 /usr/local/bin/just
    same_manifest "$before" "$(manifest root)"
    rollback --force
    exits 0
    [ "$(cat root/usr/local/bin/just.before-nixgraft)" = mine ]
    rm root/usr/local/bin/just.before-nixgraft
    in_force 2 "$two"
}

@test "what the user chose stays chosen: commands that are not linked neither vanish nor appear" {
    "$NIXGRAFT" apply --quiet --no-sync --lock "$three" --root root --expose jq > /dev/null
    rollback --json
    exits 0
    json '.generation == 2 and .appeared == []'
    [ "$(ls root/usr/local/bin)" = jq ]
    graft diff-generations 1 2 --root root
    exits 0 "added    just"
    silent_on "commands that"
}

@test "locks of generations that are gone are forgotten by the next change, and their numbers are none" {
    rm root/nix/var/nix/profiles/nixgraft-1-link
    graft generations --root root
    exits 0
    [ "$(wc -l <<< "$output")" = 2 ]
    rollback 1
    exits 2 "'1' is the number of no generation"
    [ "$(kept)" = "1.lock 2.lock 3.lock" ]
    rollback
    exits 0
    in_force 2 "$two"
    [ "$(kept)" = "2.lock 3.lock" ]
}

@test "killed in the middle: some generation is in force with its links, and the same again completes it" {
    local call n killed=0 want=$BATS_FILE_TMPDIR/want
    rollback 2 --sync
    exits 0
    manifest -n root/usr > "$want"
    fresh
    strace -f -qq -o trace -e trace=renameat,symlinkat,unlinkat "$NIXGRAFT" rollback 2 --root root --sync > /dev/null
    for call in renameat symlinkat unlinkat; do
        for n in $(seq "$(grep -c " $call(" trace)"); do
            fresh
            run strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=SIGKILL:error=EINTR:when=$n" \
                "$NIXGRAFT" rollback 2 --root root --sync
            [ "$status" -ne 137 ] || killed=$((killed + 1))
            [ -L "root/nix/var/nix/profiles/$(readlink root/nix/var/nix/profiles/nixgraft)" ]
            rollback 2 --sync
            exits 0
            in_force 2 "$two"
            manifest -n root/usr > is
            diff "$want" is || fail "after $call $n"
            rm -rf is
        done
    done
    [ "$killed" -ge 6 ] || fail "only $killed runs were killed"
}

@test "a kept lock that was lost is kept again by the next apply" {
    rm root/nix/var/nixgraft/locks/3.lock
    graft apply --no-sync --lock "$three" --root root
    exits 0 "generation 3"
    silent_on "nothing to do"
    cmp "$three" root/nix/var/nixgraft/locks/3.lock
}

# dangling ROOT: links in /usr/local/bin that lead nowhere in that root.
dangling() {
    local link target
    for link in "$1"/usr/local/bin/*; do
        target=$1$(readlink "$link")
        target=$1/nix/var/nix/profiles/$(readlink "$1/nix/var/nix/profiles/nixgraft")
        target=$1$(readlink "$target")/bin/$(basename "$link")
        [ -L "$target" ] || echo "$link"
    done
}

@test "a generation without Nix comes back without it, and one with it comes back with it" {
    unlocked root
    rm -rf root
    tiny_root root
    lock=$(lock_of small nix jq)
    "$NIXGRAFT" apply -q --no-sync --lock "$lock" --root root --without-nix
    into root "$lock"
    "$NIXGRAFT" apply -q --no-sync --lock "$lock" --root root --with-nix
    graft generations --root root
    exits 0 "1 tool, " "1 tool and Nix, "
    graft generations --root root --json
    json '.generations | (.[0] | has("nix") | not) and (.[1].nix | test("^[0-9]")) and .[0].paths < .[1].paths and .[1].paths == $p' \
        --argjson p "$(closure "$lock" | wc -l)"
    graft diff-generations --root root
    exits 0 "added    nix" "commands that appear: nix"
    rollback
    exits 0 "generation 1 is in force again" "removed  nix" "commands that vanish: nix"
    [ -z "$(dangling root)" ] || fail "$(dangling root)"
    [ ! -e root/usr/local/bin/nix ] && [ ! -L root/usr/local/bin/nix ]
    in_place root "$lock"
    # What a rollback left out was not chosen: apply follows its lock again, and then a rollback finds it all.
    graft apply --no-sync --lock "$lock" --root root
    exits 0 "generation 2"
    [ -L root/usr/local/bin/nix ]
    in_place root "$lock"
    rollback 1
    exits 0 "generation 1 is in force again"
    rollback 2
    exits 0 "generation 2 is in force again"
    graft apply --no-sync --lock "$lock" --root root
    exits 0 "nothing to do"
    [ -L root/usr/local/bin/nix ]
    [ -z "$(dangling root)" ] || fail "$(dangling root)"
    in_place root "$lock"
}

@test "a generation that vanishes while the rollback waits for its turn: status 5, and nothing dangles" {
    exec 8> root/nix/var/nixgraft/lock
    flock 8
    "$NIXGRAFT" rollback 1 --root root --no-sync > out 2> err 8>&- &
    pid=$!
    until grep -q waiting err; do kill -0 "$pid"; done
    rm root/nix/var/nix/profiles/nixgraft-1-link root/nix/var/nixgraft/locks/1.lock
    flock -u 8
    run wait "$pid"
    [ -e "root$(readlink "root/nix/var/nix/profiles/$(readlink root/nix/var/nix/profiles/nixgraft)")" ]
    [ -z "$(dangling root)" ] || fail "$(dangling root)"
}

@test "a number that nobody has made is nobody's generation" {
    ln -s "$(readlink root/nix/var/nix/profiles/nixgraft-1-link)" root/nix/var/nix/profiles/nixgraft-18446744073709551615-link
    into root "$two"
    graft generations --root root
    exits 0
    silent_on 18446744073709551615 " 0  "
    graft apply --no-sync --lock "$two" --root root
    exits 0 "nothing to do" "generation 4"
}

@test "a kept lock that cannot be read hides no generation" {
    echo '{' > root/nix/var/nixgraft/locks/2.lock
    graft generations --root root
    exits 0 "  1  " "  3  " "nixgraft-environment" "the lock of generation 2"
    graft generations --root root --json
    json '[.generations[].generation] == [1, 2, 3]'
}
