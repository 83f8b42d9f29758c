# A lock that is damaged or not to the rules: 6, place and rule are named, and not a byte of the root is touched.
load ../lib

setup_file() {
    export good
    good=$(lock_of small jq)
    tiny_root "$BATS_FILE_TMPDIR/root"
    applied "$BATS_FILE_TMPDIR/lived" "$(lock_of next just)"
    for root in root lived; do manifest -c "$BATS_FILE_TMPDIR/$root"; done > "$BATS_FILE_TMPDIR/before"
}

teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }

setup() {
    work_folder
    victim=$(path small jq)
}

# After each test: not a byte of either root was touched.
teardown() {
    unlocked "$BATS_TEST_TMPDIR"
    same_manifest "$(cat "$BATS_FILE_TMPDIR/before")" "$(for root in root lived; do manifest -c "$BATS_FILE_TMPDIR/$root"; done)"
}

# malformed TEXT...: do apply and verify refuse ./lock so, on a fresh root and on one with a generation?
malformed() {
    local root
    for root in root lived; do
        graft apply --no-sync --lock lock --root "$BATS_FILE_TMPDIR/$root"
        exits 6 "nixgraft apply: lock" "$@"
        graft verify --lock lock --root "$BATS_FILE_TMPDIR/$root"
        exits 6 "nixgraft verify: lock" "$@"
    done
}

# edited FILTER TEXT...: is the lock malformed so after that change?
edited() {
    jq --arg p "$victim" "$1" "$good" > lock
    differ lock <(jq . "$good")
    malformed "${@:2}"
}

@test "it is cut short at any place, or empty, or no JSON" {
    size=$(stat -c %s "$good")
    for left in 0 1 $((size / 3)) $((size / 2)) $((size - 3)); do
        head -c "$left" "$good" > lock
        malformed
    done
    echo '[]' > lock
    malformed
    printf '\xff\xfe{}' > lock
    malformed
    { cat "$good"; echo '{}'; } > lock
    malformed
}

@test "a key stands twice, even with the same value" {
    sed 's/^  "version": 1,/&\n&/' "$good" > lock
    differ lock "$good"
    malformed version
    sed '0,/"narSize": [0-9]*,/s//& &/' "$good" > lock
    differ lock "$good"
    malformed narSize
}

@test "a key is unknown, at any depth" {
    edited '.extra = 1' extra
    edited '.caches[0].priority = 1' priority
    edited '.systems["x86_64-linux"].paths[$p].sha1 = "x"' sha1
    edited '.systems["x86_64-linux"].tools.jq.priority = 5' priority
}

@test "a key is missing" {
    edited 'del(.caches)' caches missing
    edited 'del(.systems[].paths[$p].narHash)' narHash missing
    edited 'del(.systems[].paths[$p].fileHash)' fileHash missing
    edited 'del(.systems[].paths[$p].fileSize)' fileSize missing
    edited 'del(.systems[].tools.jq.outputs)' outputs missing
}

@test "a list stands in another order, or has something twice" {
    edited '.systems[].paths[$p].references |= reverse' references
    edited '.systems[].paths[$p].references |= [.[0], .[0], .[1]]' references
    edited '.systems[].tools.jq.commands = ["jq", "jq"]' commands
    edited '.caches |= [.[0], .[0]]' "same cache"
}

@test "members of objects may stand in any order: the lock means the same" {
    jq 'def turn: if type == "object" then to_entries | map(.value |= turn) | reverse | from_entries elif type == "array" then map(turn)
        else . end; turn' "$good" > lock
    [ "$(jq -c 'keys_unsorted' lock)" = '["systems","caches","version"]' ]
    applied one "$good"
    applied two lock
    same_manifest "$(manifest -n one/nix | grep -v -e receipt -e locks)" "$(manifest -n two/nix | grep -v -e receipt -e locks)"
}

@test "a reference or a tool leads out of the lock" {
    edited '.systems[].paths |= del(.[keys[0]])' "/nix/store/"
    edited '.systems[].tools.jq.path = "/nix/store/00000000000000000000000000000000-jq"'
    edited '.systems[].paths[$p].cache = "https://elsewhere.example"' "one of the lock's caches"
}

@test "a value has another type or form" {
    edited '.version = "1"' version
    edited '.systems[].paths[$p].narSize = "121640"' narSize
    edited '.systems[].paths[$p].narSize = 1.5' narSize
    edited '.systems[].paths[$p].narSize = -1' narSize
    edited '.systems[].paths[$p].narSize = 0' narSize
    edited '.systems[].paths[$p].narHash = "sha256-AAAA"' narHash
    edited '.systems[].paths[$p].narHash = "md5-1B2M2Y8AsgTpgAmY7PhCfg=="' narHash
    edited '.systems[].paths[$p].signatures = ["nokey"]' signatures
    edited '.systems[].paths[$p].compression = "lrzip"' compression
    edited '.caches[0].keys = []' "at least one key"
    edited '.caches[0].url = "ftp://x"' url
    edited '.systems[].paths |= with_entries(if .key == $p then .key |= sub("jq"; "j/q") else . end)'
}

@test "a file's URL or a command would lead elsewhere" {
    for url in ../../etc/passwd /etc/passwd nar/../../x http://x/y file:///etc/passwd //x/y ""; do
        edited ".systems[].paths[\$p].url = \"$url\"" url
    done
    for command in ../sh /bin/sh . .. "" 'a\nb'; do
        edited ".systems[].tools.jq.commands = [\"$command\"]" commands
    done
}

@test "another version is told first, with what to do" {
    edited '.version = 2 | .other = true' "version" "is 2, but this nixgraft reads 1" "nixgraft lock"
}

@test "there is none" {
    graft apply --lock lock --root "$BATS_FILE_TMPDIR/root"
    exits 6 "lock: there is no such lock; make one with \`nixgraft lock\`"
    mkdir lock
    graft apply --lock lock --root "$BATS_FILE_TMPDIR/root"
    [ "$status" -ne 0 ]
    exits "$status" "lock"
}
