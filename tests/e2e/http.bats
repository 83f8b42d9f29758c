#!/usr/bin/env bats
# Caches by real nginx and by file://: every codec, HTTP/2, how often what is asked for.
load lib

setup_file() {
    need small:xz small:zstd small:none small:bzip2 small:gzip small:br small:nofilehash tls
    scratch
    applied "$S/plain" "$(lock_of small jq just)"
}
teardown_file() { unscratch; }
teardown() {
    unserve
    rm -rf "$S/r"
}

# both_ways CODEC: the jq and just of that cache, by file:// and by http://, leave the same store as zstd by file:// does.
both_ways() {
    local codec=$1 from lock=$BATS_TEST_TMPDIR/lock want got
    serve "$F/caches/tiny-$codec"
    want=$(objects "$S/plain")
    for from in "file://$F/caches/tiny-$codec" "$url"; do
        lock_from "$lock" "$from" jq just
        [ "$(jq -r '[.systems[].paths[].compression] | unique | join(" ")' "$lock")" = "${2:-$codec}" ]
        tiny_root "$S/r"
        apply --lock "$lock" --root "$S/r"
        in_place "$S/r" "$lock"
        got=$(objects "$S/r")
        same_manifest "$want" "$got"
        rm -rf "$S/r"
    done
    [ "$(grep -c '^GET /nar/' "$log")" -eq "$(closure "$lock" | wc -l)" ] || fail "$(cat "$log")"
}

@test "xz comes in by file and by http" { both_ways xz; }
@test "zstd comes in by file and by http" { both_ways zstd; }
@test "none comes in by file and by http" { both_ways none; }
@test "bzip2 comes in by file and by http" { both_ways bzip2; }
@test "gzip comes in by file and by http" { both_ways gzip; }
@test "br comes in by file and by http" { both_ways br; }

@test "over http a file is looked for once and fetched once, and nothing else is asked for" {
    serve "$F/caches/small-zstd"
    lock_from "$BATS_TEST_TMPDIR/lock" "$url" git jq just
    : > "$log"
    tiny_root "$S/r"
    apply --lock "$BATS_TEST_TMPDIR/lock" --root "$S/r"
    jq -r '.systems[].paths[].url' "$BATS_TEST_TMPDIR/lock" | sort > "$BATS_TEST_TMPDIR/urls"
    [ "$(wc -l < "$BATS_TEST_TMPDIR/urls")" -gt 30 ]
    for method in HEAD GET; do
        sed -n "s|^$method /\([^ ]*\) 200 .*|\1|p" "$log" | sort | diff "$BATS_TEST_TMPDIR/urls" -
    done
    [ "$(wc -l < "$log")" -eq $((2 * $(wc -l < "$BATS_TEST_TMPDIR/urls"))) ]
}

@test "a second run asks for nothing, nor does verify" {
    serve "$F/caches/small-zstd"
    lock_from "$BATS_TEST_TMPDIR/lock" "$url" jq
    tiny_root "$S/r"
    apply --lock "$BATS_TEST_TMPDIR/lock" --root "$S/r"
    [ -s "$log" ]
    : > "$log"
    before=$(manifest -c "$S/r")
    graft apply --lock "$BATS_TEST_TMPDIR/lock" --root "$S/r"
    exits 0 "nothing to do"
    in_place "$S/r" "$BATS_TEST_TMPDIR/lock"
    same_manifest "$before" "$(manifest -c "$S/r")"
    [ ! -s "$log" ] || fail "$(cat "$log")"
}

@test "an update fetches only what is missing" {
    serve "$F/caches/small-zstd"
    lock_from "$BATS_TEST_TMPDIR/one" "$url" jq
    lock_from "$BATS_TEST_TMPDIR/two" "$url" jq just
    applied "$S/r" "$BATS_TEST_TMPDIR/one"
    : > "$log"
    apply --lock "$BATS_TEST_TMPDIR/two" --root "$S/r"
    new=$(comm -13 <(closure "$BATS_TEST_TMPDIR/one") <(closure "$BATS_TEST_TMPDIR/two") | wc -l)
    [ "$new" -gt 0 ]
    [ "$(grep -c '^GET ' "$log")" -eq "$new" ]
    [ "$(grep -c '^HEAD ' "$log")" -eq "$new" ]
}

@test "https speaks HTTP/2, with the CA of SSL_CERT_FILE" {
    serve "$F/caches/small-zstd" --tls
    export SSL_CERT_FILE=$F/tls/ca.pem
    lock_from "$BATS_TEST_TMPDIR/lock" "$url" jq just
    applied "$S/r" "$BATS_TEST_TMPDIR/lock"
    same_manifest "$(objects "$S/plain")" "$(objects "$S/r")"
    grep -q '^GET /nar/.* 200 .* HTTP/2.0 -$' "$log"
    ! grep -vq ' HTTP/2.0 -$' "$log" || fail "$(cat "$log")"
}

@test "https with a CA that is not the server's is refused with 3, and nothing is changed" {
    serve "$F/caches/small-zstd" --tls
    SSL_CERT_FILE=$F/tls/ca.pem lock_from "$BATS_TEST_TMPDIR/lock" "$url" jq
    : > "$log"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out "$BATS_TEST_TMPDIR/other.pem" -days 2 \
        -subj '/CN=another CA' 2> /dev/null
    tiny_root "$S/r"
    before=$(manifest -c "$S/r")
    SSL_CERT_FILE=$BATS_TEST_TMPDIR/other.pem graft apply --lock "$BATS_TEST_TMPDIR/lock" --root "$S/r"
    exits 3 "$url" certificate
    same_manifest "$before" "$(manifest -c "$S/r")"
    SSL_CERT_FILE=$BATS_TEST_TMPDIR/other.pem graft lock --lock "$BATS_TEST_TMPDIR/new" --cache "$url" --trusted-key "$KEY" \
        --tool "jq=$(path small jq)"
    exits 3 "$url" certificate
    [ ! -e "$BATS_TEST_TMPDIR/new" ]
    [ ! -s "$log" ] || fail "$(cat "$log")"
}

@test "a lock made over http is that made from files but for the cache's address" {
    serve "$F/caches/small-zstd"
    lock_from "$BATS_TEST_TMPDIR/far" "$url" git jq just
    lock_from "$BATS_TEST_TMPDIR/near" "$(cache small)" git jq just
    grep -q "$url" "$BATS_TEST_TMPDIR/far"
    sed "s|$url|$(cache small)|g" "$BATS_TEST_TMPDIR/far" | cmp - "$BATS_TEST_TMPDIR/near"
    # Each narinfo is asked for once.
    [ -z "$(grep -o '^GET /[^ ]*' "$log" | sort | uniq -d)" ]
}

@test "a cache that tells no FileHash: each file is fetched once to pin it, and apply believes the pin" {
    serve "$F/caches/tiny-nofilehash"
    lock_from "$BATS_TEST_TMPDIR/lock" "$url" jq
    [ "$(grep -c '^GET /nar/' "$log")" -eq "$(closure "$BATS_TEST_TMPDIR/lock" | wc -l)" ]
    lock_from "$BATS_TEST_TMPDIR/near" "$(cache small)" jq
    pins='[.systems[].paths | to_entries[] | [.key, .value.fileHash, .value.fileSize]]'
    [ "$(jq -c "$pins" "$BATS_TEST_TMPDIR/lock")" = "$(jq -c "$pins" "$BATS_TEST_TMPDIR/near")" ]
    applied "$S/r" "$BATS_TEST_TMPDIR/lock"
    in_place "$S/r" "$BATS_TEST_TMPDIR/lock"
}

@test "another cache named by --cache is used instead of the lock's" {
    serve "$F/caches/small-zstd"
    lock_from "$BATS_TEST_TMPDIR/lock" "$(cache small)" jq
    sed -i 's|file://[^"]*|http://127.0.0.1:9|' "$BATS_TEST_TMPDIR/lock"
    tiny_root "$S/r"
    apply --lock "$BATS_TEST_TMPDIR/lock" --root "$S/r" --cache "$url"
    [ "$(grep -c '^GET /nar/' "$log")" -eq "$(closure "$BATS_TEST_TMPDIR/lock" | wc -l)" ]
}
