# shellcheck disable=SC2016,SC2154  # jq's variables; set by bats
# Input and surroundings of the worst kind: odd URLs, links, FIFOs, devices, garbage, few descriptors, closed output.
load ../lib

setup() {
    work_folder
    lock=$(lock_of small jq)
    victim=$(path small jq)
    own=(--trusted-key "$KEY" --tool "jq=$victim")
}

teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# soon ARG...: like `graft`, but a run that hangs ends with 124.
soon() { run --separate-stderr timeout -k 5 20 "$NIXGRAFT" "$@"; }

# A cache of jq's closure to be damaged, in ./cache; jq's file and its narinfo are $file and $info.
own_cache() {
    # shellcheck disable=SC2046
    copy_cache small cache $(closure "$lock")
    info=cache/$(hash_part "$victim").narinfo
    file=cache/$(sed -n 's/^URL: //p' "$info")
}

# good_or_nothing ARG...: does `lock ARG...` write a lock that apply takes, or fail and write nothing? $status tells which.
good_or_nothing() {
    rm -f new old
    soon lock --lock new "$@"
    local written=$status
    [ "$written" -le 6 ] || fail "exit status $written" "stderr: $stderr"
    cp "$lock" old
    soon lock --lock old "$@"
    [ "$status" -eq "$written" ] || fail "exit status $status over an old lock, and $written without one"
    if [ "$written" -ne 0 ]; then
        [ ! -e new ] || fail "a lock was written all the same"
        cmp old "$lock"
    else
        graft apply --dry-run --lock new --root root
        exits 0 "would follow new"
        graft lock --check --lock new "$@"
        exits 0
    fi
    status=$written
}

trees() { manifest -c root; [ ! -e outside ] || manifest -c outside; }
# untouched STATUS TEXT... -- ARG...: does `nixgraft ARG...` end so and leave ./root and ./outside as they are?
untouched() {
    local -a texts=()
    local before
    while [ "$1" != -- ]; do texts+=("$1"); shift; done
    shift
    before=$(trees)
    soon "$@"
    exits "${texts[@]}"
    same_manifest "$before" "$(trees)"
}

@test "a cache given twice, with and without a slash, is one cache" {
    tiny_root root
    good_or_nothing --cache "$(cache small)" --cache "$(cache small)/" "${own[@]}"
    jq -e --arg url "$(cache small)" '.caches | length == 1 and .[0].url == $url' new
}

@test "lock writes no lock that it would not read: odd URLs, key names, many caches" {
    tiny_root root
    for odd in "a b" "ü" $'\t' "%" '"' "\\"; do
        cp -r "$F/caches/tiny-zstd" "$odd"
        good_or_nothing --cache "file://$PWD/$odd" "${own[@]}"
        good_or_nothing --cache "$(cache small)" --cache "file://$PWD/$odd" "${own[@]}"
        good_or_nothing --cache "$(cache small)" --trusted-key "my${odd}key:${OTHER_KEY#*:}" "${own[@]}"
        rm -r "$odd"
    done
    local -a many=()
    for n in {1..70}; do
        ln -s "$F/caches/tiny-zstd" "cache$n"
        many+=(--cache "file://$PWD/cache$n")
    done
    good_or_nothing "${many[@]}" "${own[@]}"
}

@test "a file without FileHash that is empty, or never ends, gives no lock" {
    cp -r "$F/caches/tiny-nofilehash" cache
    : > empty
    for instead in "$PWD/empty" /dev/null /dev/zero; do
        ln -sf "$instead" "cache/$(sed -n 's/^URL: //p' "cache/$(hash_part "$victim").narinfo")"
        good_or_nothing --cache "file://$PWD/cache" "${own[@]}"
        [ "$status" -ne 0 ]
    done
}

@test "URLs of caches in a lock that are no plain ones are refused" {
    tiny_root root
    for url in "$(cache small)?x" "http://127.0.0.1:9/#f" file://host/x file://srv ftp://h/x ""; do
        jq --arg url "$url" '.caches[0].url = $url | .systems[].paths[].cache = $url' "$lock" > bad.lock
        untouched 6 bad.lock -- apply --lock bad.lock --root root
    done
}

@test "lock refuses to write to standard output, and --flake beside --tool" {
    graft lock --lock - --cache "$(cache small)" "${own[@]}"
    exits 2 "--lock"
    [ -z "$output" ]
    graft lock --flake . --cache "$(cache small)" "${own[@]}"
    exits 2 "--flake" "--tool"
    [ "$(ls)" = "" ]
}

@test "a closure.lock that is a link stays one, and what it leads to is updated" {
    mkdir real
    cp "$lock" real/closure.lock
    ln -s real/closure.lock closure.lock
    graft lock --cache "$(cache small)" --trusted-key "$KEY" --tool "just=$(path small just)"
    exits 0 "closure.lock: written"
    [ "$(readlink closure.lock)" = real/closure.lock ]
    [ "$(jq -c '.systems[].tools | keys' real/closure.lock) $(ls real)" = '["just"] closure.lock' ]
}

@test "a database folder that is a link out of the root is refused, and what is there stays" {
    applied root "$lock"
    mv root/nix/var/nix/db outside
    for to in "$PWD/outside" ../../../../outside; do
        ln -sfn "$to" root/nix/var/nix/db
        untouched 5 /nix/var/nix/db -- verify --lock "$lock" --root root
        untouched 5 /nix/var/nix/db -- apply --no-sync --lock "$lock" --root root
        untouched 5 /nix/var/nix/db -- apply --no-sync --lock "$(lock_of small just)" --root root
    done
}

@test "a FIFO for /bin/sh: the machine's own system is taken, or that of --system" {
    tiny_root root
    rm root/bin/sh
    mkfifo root/bin/sh
    soon apply --dry-run --lock "$lock" --root root --system x86_64-linux
    exits 0
    soon apply --no-sync --lock "$lock" --root root
    exits 0 "for x86_64-linux: generation 1"
    in_place root "$lock"
}

@test "a FIFO for Nix's lock of garbage collectors is refused and does not hang" {
    tiny_root root
    mkdir -p root/nix/var/nix
    mkfifo root/nix/var/nix/gc.lock
    soon apply --no-sync --lock "$lock" --root root
    exits 5 /nix/var/nix/gc.lock "regular file"
    [ -p root/nix/var/nix/gc.lock ] && [ -z "$(ls root/usr/local/bin)" ] && [ ! -e "root$victim" ]
}

@test "a FIFO or a folder in the place of a cache's file is no such file" {
    own_cache
    for make in mkfifo mkdir; do
        rm -rf "$file" root
        "$make" "$file"
        tiny_root root
        soon apply --no-sync --lock "$lock" --root root --cache "file://$PWD/cache"
        exits 3 "${file#cache/}"
        [ -z "$(ls root/usr/local/bin)" ] && [ ! -e "root$victim" ]
    done
    for make in mkfifo mkdir; do
        rm -rf "$info"
        "$make" "$info"
        soon lock --cache "file://$PWD/cache" "${own[@]}"
        exits 3 "$victim"
        [ ! -e closure.lock ]
    done
}

@test "few descriptors are enough for many paths, but beside a database the limit is named and nothing changed" {
    synth=$(lock_of synth)
    few() { run --separate-stderr bash -c 'ulimit -n 256 && exec "$@"' - "$NIXGRAFT" apply --no-sync --lock "$synth" --root root; }
    applied root "$lock"
    before=$(peek root .dump; manifest -c root/nix/store; manifest -c root/usr)
    few
    exits 5 "ulimit -n" 256
    same_manifest "$before" "$(peek root .dump; manifest -c root/nix/store; manifest -c root/usr)"
    in_place root "$lock"
    unlocked root
    rm -r root
    tiny_root root
    few
    exits 0 "generation 1"
    in_place root "$synth"
}

@test "a limit of file sizes is told, and ends nothing half-way" {
    tiny_root root
    before=$(manifest -n root | grep -v ' \./nix')
    small() { run --separate-stderr bash -c 'ulimit -f 200 && exec "$@"' - "$NIXGRAFT" "$@"; }
    small apply --no-sync --lock "$lock" --root root
    exits 5 "File too large"
    [ "$(wc -l <<< "$(grep "^nixgraft apply: " <<< "$stderr")")" = 1 ]
    same_manifest "$before" "$(manifest -n root | grep -v ' \./nix')"
    [ -z "$(find root/nix/store -mindepth 1 ! -name .links)" ]
    graft apply --no-sync --lock "$lock" --root root
    exits 0
    in_place root "$lock"
    run --separate-stderr bash -c 'ulimit -f 1 && exec "$@"' - "$NIXGRAFT" lock --lock new --cache "$(cache small)" "${own[@]}"
    exits 5 "File too large"
    [ ! -e new ]
}

@test "a folder of commands that is a link to nowhere is refused before anything is changed" {
    tiny_root root
    rmdir root/usr/local/bin
    ln -s /nowhere root/usr/local/bin
    untouched 5 /usr/local/bin -- apply --dry-run --lock "$lock" --root root
    untouched 5 /usr/local/bin -- apply --no-sync --lock "$lock" --root root
}

@test "a repair that cannot reach its cache tells all the same what it found" {
    applied root "$lock"
    chmod u+w "root$victim/bin/jq"
    all() { manifest -c root/usr; manifest -c root/nix/store | grep '/.*/'; peek root .dump; }
    before=$(all)
    for cache in "file://$PWD/nowhere" http://127.0.0.1:9; do
        graft verify --repair --lock "$lock" --root root --cache "$cache"
        exits 3 "object $victim: " "has mode" "1 finding"$'\n' "$cache"
    done
    graft verify --repair --json --lock "$lock" --root root --cache "file://$PWD/nowhere"
    exits 3
    same_manifest "$before" "$(all)"
    json '.result == "broken" and [.findings[].path] == [$p]' --arg p "$victim"
}

@test "garbage for a database is a finding, garbage for a receipt is told with the way out" {
    applied root "$lock"
    cp -a root good
    head -c 8192 /dev/zero | tr '\0' x > root/nix/var/nix/db/db.sqlite
    untouched 4 "row /nix/var/nix/db/db.sqlite: " "is not a database" -- verify --lock "$lock" --root root
    cp good/nix/var/nix/db/db.sqlite root/nix/var/nix/db/db.sqlite
    for bytes in "" "{" "[]" '{"version": 99}'; do
        echo "$bytes" > root/nix/var/nixgraft/receipt.json
        before=$(manifest -c root)
        soon verify --lock "$lock" --root root
        [ "$status" -ge 4 ] && exits "$status" /nix/var/nixgraft/receipt.json remove
        same_manifest "$before" "$(manifest -c root)"
    done
    rm root/nix/var/nixgraft/receipt.json
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root root
    in_place root "$lock"
}

@test "with standard input, output and error closed nothing is written where it does not belong" {
    tiny_root root
    applied good "$lock"
    "$NIXGRAFT" apply --no-sync --lock "$lock" --root root <&- >&- 2>&-
    same_manifest "$(manifest -n good)" "$(manifest -n root)"
    "$NIXGRAFT" verify --lock "$lock" --root root >&- 2>&-
    "$NIXGRAFT" lock --lock new --cache "$(cache small)" "${own[@]}" >&- 2>&-
    cmp new "$lock"
    ln -sfn /opt/jq root/usr/local/bin/jq
    before=$(manifest -c root)
    run -5 bash -c '"$@" <&- >&- 2>&-' - "$NIXGRAFT" apply --no-sync --lock "$lock" --root root
    same_manifest "$before" "$(manifest -c root)"
}

@test "a profile.d piece that others cannot read is found and put right" {
    applied root "$lock"
    chmod 600 root/etc/profile.d/nixgraft.sh
    untouched 4 "file /etc/profile.d/nixgraft.sh: " "1 finding;" -- verify --lock "$lock" --root root
    graft verify --repair --lock "$lock" --root root
    exits 0 "repaired: "
    [ "$(stat -c %a root/etc/profile.d/nixgraft.sh)" = 644 ]
}
