#!/usr/bin/env bats
# What is seen of a transfer that takes its time: one line that is drawn again and again on a terminal, a line now and then
# elsewhere, nothing with -q. libc6 is the file that is slow.
load lib

setup_file() {
    scratch
    libc=$(jq -r '.systems[].paths | to_entries[] | select(.key | contains("-libc6-")) | .value | "\(.url) \(.fileSize)"' "$(lock_of small jq)")
    read -r big size <<< "$libc"
    [ "$size" -gt 1500000 ]
    export big size
}
teardown_file() { unscratch; }
setup() {
    cd "$BATS_TEST_TMPDIR" || return
    lock=$BATS_TEST_TMPDIR/lock r=$S/r
    tiny_root "$r"
}
teardown() {
    unfaulty
    rm -rf "$S/r"
}

# seconds N: the server, on which the big file takes about N seconds, and a lock of jq from it.
seconds() {
    faulty "$F/caches/small-zstd" "slow:$big:$((size / $1))"
    sed "s|$(cache small)|$url|" "$(lock_of small jq)" > "$lock"
}

# terminal COLUMNS WORDS...: an apply on a terminal so wide; its lines are in $output, one each time that one was drawn.
terminal() {
    run env TERM=xterm script -qec "stty cols $1; '$NIXGRAFT' apply --no-sync --lock '$lock' --root '$r' ${*:2}" /dev/null < /dev/null
    raw=$output
    output=$(tr '\r' '\n' <<< "$raw")
}

amount='[0-9]+\.[0-9] of [0-9]+\.[0-9] MB \([ 0-9]+ %\)'
live="^"$'\e'"\[K +$amount, +[0-9.]+ [kM]?B/s, [0-4] of 4 paths left(, about [0-9]+ s)?$"

@test "on a terminal one line is drawn again and again, with rate and end, and is gone in the end" {
    seconds 3
    terminal 100
    exits 0 "fetching 4 paths" "is in place"
    drawn=$(grep -cE "$live" <<< "$output")
    [ "$drawn" -ge 4 ] || fail "$raw"
    [ "$(grep -E "$live" <<< "$output" | grep -c about)" -ge 1 ] || fail "$raw"
    # Nothing but that line was drawn, it was never left standing, and its end is the result.
    [ "$(grep -c $'\e' <<< "$output")" -eq $((drawn + 1)) ] || fail "$raw"
    [[ $output == *$'\n\e[K'"$lock is in place"* ]] || fail "$raw"
    [ "$(grep -oE ' of 4 paths left' <<< "$raw" | wc -l)" -eq "$drawn" ]
    # What comes before the rate stays where it is.
    [ "$(grep -E "$live" <<< "$output" | sed 's/),.*//' | awk '{ print length }' | sort -u | wc -l)" -le 2 ] || fail "$raw"
    in_place "$r" "$lock"
}

# A line each redrawing; the server keeps silent for two seconds in the middle of the big file.
@test "a transfer that stands still is drawn on, with a rate that falls" {
    faulty "$F/caches/small-zstd" "hold:$big:1000000"
    sed "s|$(cache small)|$url|" "$(lock_of small jq)" > "$lock"
    (
        until_true grep -q held "$log"
        sleep 2
        touch "$log.release"
    ) 3>&- &
    terminal 100
    exits 0 "is in place"
    [ "$(grep -E "$live" <<< "$output" | cut -d ',' -f 1 | uniq -c | sort -n | awk 'END { print $1 }')" -ge 6 ] || fail "$raw"
    in_place "$r" "$lock"
}

@test "a narrow terminal gets a shorter line" {
    seconds 2
    terminal 30
    exits 0
    [ "$(grep -E $'^\e\[K  ' <<< "$output" | awk '{ print length($0) - 3 }' | sort -u)" = 29 ] || fail "$raw"
    in_place "$r" "$lock"
}

@test "NO_COLOR does not stop it; -q does" {
    seconds 2
    export NO_COLOR=1
    terminal 100
    exits 0
    grep -qE "$live" <<< "$output" || fail "$raw"
    rm -rf "$r"
    tiny_root "$r"
    terminal 100 -q
    exits 0
    [ -z "$output" ] || fail "$raw"
    in_place "$r" "$lock"
}

@test "elsewhere a line tells now and then, none of it on standard output; -q is quiet" {
    seconds 7
    "$NIXGRAFT" apply --no-sync --lock "$lock" --root "$r" --json > out 2> err
    jq -es 'length == 1' out
    lines=$(grep -cE '^nixgraft: [0-9]+\.[0-9] of [0-9]+\.[0-9] MB fetched, [0-4] of 4 paths left$' err)
    [ "$lines" -ge 1 ] || fail "$(cat err)"
    [ "$(wc -l < err)" -eq $((lines + 1)) ] || fail "$(cat err)"
    grep -q "fetching 4 paths" err
    run grep $'[\r\e]' err
    exits 1
    rm -rf "$r"
    tiny_root "$r"
    graft apply -q --no-sync --lock "$lock" --root "$r"
    exits 0
    [ -z "$output$stderr" ] || fail "$output$stderr"
    in_place "$r" "$lock"
}
