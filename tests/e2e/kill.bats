#!/usr/bin/env bats
# A run that is killed is completed by the next: at whatever moment, the end is byte for byte that of an undisturbed run.
load lib

setup_file() {
    scratch
    lock=$(lock_of small jq)
    export lock
    applied "$S/plain" "$lock"
    state "$S/plain" > "$S/want"
    # How often any one thread makes each call (strace counts by thread), and how long it all takes.
    tiny_root "$S/r"
    strace -f -qq -o "$S/trace" "$NIXGRAFT" apply --quiet --sync --lock "$lock" --root "$S/r" > /dev/null
    rm -rf "$S/r"
    awk '{ sub(/\(.*/, "", $2); n[$2 " " $1]++ }
        END { for (k in n) { split(k, p, " "); if (n[k] > most[p[1]]) most[p[1]] = n[k] } for (c in most) print c, most[c] }' \
        "$S/trace" | sort > "$S/calls"
}
teardown_file() { unscratch; }
teardown() { rm -rf "$S"/r "$S"/r2; }

# recovers: whatever stands in $S/r, one more run makes it right to the byte, and the one after it has nothing to do.
recovers() {
    graft apply --quiet --sync --lock "$lock" --root "$S/r"
    exits 0
    state "$S/r" > "$S/got"
    diff "$S/want" "$S/got" > "$S/diff" || fail "after $1:" "$(head -n 20 "$S/diff")"
    graft apply --lock "$lock" --root "$S/r"
    exits 0 "nothing to do"
    rm -rf "$S/r"
}

# at_call SIGNAL CALL N: a run that gets SIGNAL when a thread makes CALL for the N-th time, before the call is made.
at_call() {
    tiny_root "$S/r"
    run strace -f -qq -o /dev/null -e "trace=$2" -e "inject=$2:signal=$1:error=EINTR:when=$3" \
        "$NIXGRAFT" apply --quiet --sync --lock "$lock" --root "$S/r"
}

# kills CALL...: SIGKILL at several times of each call, spread from the first to the last.
kills() {
    local call most n killed=0
    for call; do
        most=$(sed -n "s/^$call //p" "$S/calls")
        [ -n "$most" ] || fail "no $call in an undisturbed run"
        for n in $(awk -v n="$most" -v k="$times" 'BEGIN { for (i = 0; i < k; i++) print int(1 + i * (n - 1) / (k > 1 ? k - 1 : 1)) }' | uniq); do
            at_call SIGKILL "$call" "$n"
            [ "$status" -ne 137 ] || killed=$((killed + 1))
            recovers "SIGKILL at $call $n of $most (exit $status)"
        done
    done
    # With several threads a count is not always reached by the same one.
    [ "$killed" -ge "$least" ] || fail "only $killed runs were killed"
}

@test "killed while files are written, sealed and flushed" {
    times=5 least=12 kills openat pwrite64 utimensat fsync
}

@test "killed while directories, links and renames come to be" {
    times=4 least=12 kills renameat mkdirat symlinkat unlinkat
}

@test "killed when the disk is flushed, locks are taken, a thread starts" {
    times=2 least=4 kills syncfs flock clone3 getdents64
}

@test "killed at each of the last calls: database, generation, links, receipt" {
    local n last
    for call in renameat symlinkat unlinkat; do
        last=$(sed -n "s/^$call //p" "$S/calls")
        for n in $((last - 2)) $((last - 1)) "$last"; do
            [ "$n" -gt 0 ] || continue
            at_call SIGKILL "$call" "$n"
            recovers "SIGKILL at $call $n of $last"
        done
    done
}

@test "killed at 50 random moments" {
    local began took n wait pid killed=0
    tiny_root "$S/r"
    began=${EPOCHREALTIME//./}
    apply --lock "$lock" --root "$S/r"
    took=$((${EPOCHREALTIME//./} - began))
    rm -rf "$S/r"
    for n in {1..50}; do
        tiny_root "$S/r"
        wait=$((RANDOM * took / 32768))
        "$NIXGRAFT" apply --quiet --sync --lock "$lock" --root "$S/r" > /dev/null 2>&1 3>&- &
        pid=$!
        sleep "$((wait / 1000000)).$(printf %06d $((wait % 1000000)))"
        kill -KILL "$pid" 2> /dev/null || true
        status=0
        wait "$pid" || status=$?
        [ "$status" -ne 137 ] || killed=$((killed + 1))
        recovers "SIGKILL after $wait us"
    done
    [ "$killed" -gt 0 ] || fail "no run was killed"
}

@test "killed twice, then again while the next run recovers" {
    at_call SIGKILL pwrite64 40
    [ "$status" -eq 137 ]
    for n in 3 1; do
        run strace -f -qq -o /dev/null -e trace=renameat -e "inject=renameat:signal=SIGKILL:when=$n" \
            "$NIXGRAFT" apply --quiet --sync --lock "$lock" --root "$S/r"
        [ "$status" -eq 137 ] || fail "not killed at $n: $status"
    done
    recovers "three kills"
}

@test "SIGTERM and SIGINT end a run, and the next completes it" {
    local signal
    for signal in SIGTERM:143 SIGINT:130; do
        for call in pwrite64 renameat; do
            at_call "${signal%:*}" "$call" 2
            [ "$status" -eq "${signal#*:}" ] || fail "exit $status after $signal"
            recovers "$signal at $call"
        done
    done
}

@test "an update that is killed leaves the old generation whole, or the new one" {
    local next n
    next=$(lock_of small jq just)
    applied "$S/r2" "$lock"
    apply --lock "$next" --root "$S/r2"
    state "$S/r2" > "$S/want.next"
    for n in 1 2 4 6 8 10 12; do
        applied "$S/r" "$lock"
        run strace -f -qq -o /dev/null -e trace=renameat -e "inject=renameat:signal=SIGKILL:when=$n" \
            "$NIXGRAFT" apply --quiet --sync --lock "$next" --root "$S/r"
        # What the profile names is there at every moment.
        [ -x "$S/r$(readlink "$S/r/nix/var/nix/profiles/$(readlink "$S/r/nix/var/nix/profiles/nixgraft")")/bin/../bin" ]
        [ "$(readlink "$S/r/usr/local/bin/jq")" = /nix/var/nix/profiles/nixgraft/bin/jq ]
        graft apply --quiet --lock "$next" --root "$S/r"
        exits 0
        state "$S/r" > "$S/got"
        diff "$S/want.next" "$S/got" > "$S/diff" || fail "killed at rename $n:" "$(head -n 20 "$S/diff")"
        rm -rf "$S/r"
    done
}

@test "two applies at once: one waits for the other, both say done, and the state is that of one" {
    local first second
    for _ in {1..12}; do # which comes first, and to where, is chance
        tiny_root "$S/r"
        "$NIXGRAFT" apply --lock "$lock" --root "$S/r" > "$S/first" 2>&1 3>&- &
        first=$!
        "$NIXGRAFT" apply --lock "$lock" --root "$S/r" > "$S/second" 2>&1 3>&- &
        second=$!
        wait "$first" || fail "$(cat "$S/first")"
        wait "$second" || fail "$(cat "$S/second")"
        recovers "two at once"
    done
}

@test "an apply that comes while another is at work waits, and then finds its paths there" {
    local first second big
    big=$(jq -r '.systems[].paths | to_entries[] | select(.key | contains("-libc6-")).value.url' "$lock")
    faulty "$F/caches/small-zstd" "hold:$big:700001"
    tiny_root "$S/r"
    "$NIXGRAFT" apply --lock "$lock" --cache "$url" --root "$S/r" > "$S/first" 2>&1 3>&- &
    first=$!
    until_true grep -q ^held "$log"
    "$NIXGRAFT" apply --lock "$lock" --cache "$url" --root "$S/r" > "$S/second" 2>&1 3>&- &
    second=$!
    until_true grep -q 'another nixgraft is at work on this root; waiting for it' "$S/second"
    unfaulty # the first one's connection ends; so do its tries
    status=0
    wait "$first" || status=$?
    [ "$status" -eq 3 ]
    status=0
    wait "$second" || status=$?
    [ "$status" -eq 3 ] # the server is gone
    recovers "two, of which the first failed"
}
