# Whatever was changed, in the cache or in the lock: apply says path and rule, and store, database, profile and PATH are as before.
load ../lib

setup_file() {
    # Two roots to be attacked: one that is fresh, one that follows an earlier lock.
    export lock
    lock=$(lock_of small jq)
    tiny_root "$BATS_FILE_TMPDIR/fresh"
    applied "$BATS_FILE_TMPDIR/lived" "$(lock_of next just)"
}

teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }

setup() {
    work_folder
    cp -a "$BATS_FILE_TMPDIR"/{fresh,lived} .
    cp "$lock" lock
    victim=$(path small jq)
    # shellcheck disable=SC2046
    copy_cache small cache $(closure "$lock")
    url=$(fact url)
}

teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# fact KEY: what the lock says of the victim. edit FILTER: changes the lock; $p is the victim's name.
fact() { jq -r --arg p "$victim" --arg k "$1" '.systems[].paths[$p][$k]' lock; }
edit() {
    cp lock lock.before
    jq --arg p "$victim" --arg key "$OTHER_KEY" "$1" lock.before > lock
    differ lock lock.before
}

# flip FILE OFFSET: the lowest bit of the byte there is turned.
flip() {
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059
    printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# repack: puts the file ./nar into the cache in the victim's place, and the hash and size of that file into the lock.
repack() {
    zstd -q -f nar -o "cache/$url"
    edit ".systems[].paths[\$p] |= (.fileHash = \"sha256-$(openssl dgst -sha256 -binary "cache/$url" | base64)\" |
        .fileSize = $(stat -c %s "cache/$url"))"
}

# What is to be seen of a root: objects, rows, generations, links.
state() {
    find "$1/nix/store" -mindepth 1 -maxdepth 1 ! -name .links 2> /dev/null | sort
    [ ! -e "$1/nix/var/nix/db/db.sqlite" ] || peek "$1" .dump
    [ ! -d "$1/nix/store" ] || manifest -c "$1/nix/store" | grep '/.*/' || true
    find "$1/nix/var/nix/profiles" -name 'nixgraft*' -printf '%p %l %C@\n' 2> /dev/null | sort
    find "$1/usr/local/bin" "$1/etc" "$1/root" -printf '%p %l %C@\n' | sort
}

# refused STATUS TEXT...: does apply end so on both roots, and leave no trace? Does verify still find the lived-in one right?
refused() {
    local root before
    for root in fresh lived; do
        before=$(state "$root")
        graft apply --no-sync --lock lock --root "$root" --cache "file://$PWD/cache"
        exits "$@"
        same_manifest "$before" "$(state "$root")"
    done
    [ ! -e fresh/nix/var/nix/db/db.sqlite ]
    in_place lived "$(lock_of next just)"
}

# unread STATUS TEXT...: likewise, and not a byte of either root was touched: nothing was fetched at all.
unread() {
    local before
    before=$(manifest -c fresh; manifest -c lived)
    refused "$@"
    same_manifest "$before" "$(manifest -c fresh; manifest -c lived)"
}

# Once the right file is back, the next run does all that is left to do.
mended() {
    cp "$F/caches/small-zstd/$url" "cache/$url"
    cp "$lock" lock
    graft apply --no-sync --lock lock --root fresh --cache "file://$PWD/cache"
    exits 0 "4 paths"
    in_place fresh lock
}

@test "the attacks below fail for the right reason: without one, both roots follow the lock" {
    mended
    graft apply --no-sync --lock lock --root lived --cache "file://$PWD/cache"
    exits 0 "generation 2"
    in_place lived lock
}

@test "a byte of the compressed file is flipped: at its begin, in its middle, at its end" {
    for at in 0 $(($(fact fileSize) / 2)) $(($(fact fileSize) - 1)); do
        cp "$F/caches/small-zstd/$url" "cache/$url"
        flip "cache/$url" "$at"
        refused 4 "$victim: " "the file has the hash sha256-" "instead of $(fact fileHash) pinned in the lock"
    done
    mended
}

@test "the compressed file is cut short, or empty" {
    size=$(fact fileSize)
    for left in $((size - 1)) 1000 0; do
        truncate -s "$left" "cache/$url"
        refused 4 "$victim: " "the file has $left bytes instead of the $size pinned in the lock"
    done
    mended
}

@test "the compressed file is longer" {
    printf x >> "cache/$url"
    refused 4 "$victim: " "the file is longer than the $(fact fileSize) bytes pinned in the lock"
    mended
}

@test "the compressed file is missing, or a folder" {
    rm "cache/$url"
    unread 3 "$victim" "in none of the caches"
    mkdir "cache/$url"
    graft apply --no-sync --lock lock --root fresh --cache "file://$PWD/cache"
    exits 5 "$url"
    rmdir "cache/$url"
    mended
}

@test "the file of another path stands in its place" {
    other=$(jq -r '.systems[].paths | to_entries[] | select(.key | endswith("libonig5-6.9.9-1+b1")).value.url' lock)
    cp "cache/$other" "cache/$url"
    refused 4 "$victim: " "pinned in the lock"
    mended
}

@test "a byte of the NAR is flipped and the lock's file hash made to fit: its NarHash catches it" {
    zstd -dc "cache/$url" > whole
    # In the contents of the program: the NAR is well formed all the same.
    at=$(($(grep -abo ELF whole | head -n 1 | cut -d: -f1) + 200))
    cp whole nar
    flip nar "$at"
    repack
    refused 4 "$victim" "NAR: has digest sha256-" "pinned is $(fact narHash)"
    mended
}

@test "the NAR is longer or shorter and the lock's file hash made to fit: its NarSize catches it" {
    zstd -dc "cache/$url" > whole
    cp whole nar
    head -c 8 /dev/zero >> nar
    repack
    refused 4 "$victim" NAR
    head -c -8 whole > nar
    repack
    refused 4 "$victim" NAR
    head -c 1000 whole > nar
    repack
    refused 4 "$victim" NAR
    mended
}

@test "bytes follow the compressed stream, and the lock's file hash was made to fit" {
    printf garbage >> "cache/$url"
    edit ".systems[].paths[\$p] |= (.fileHash = \"sha256-$(openssl dgst -sha256 -binary "cache/$url" | base64)\" | .fileSize += 7)"
    refused 4 "$victim"
    mended
}

@test "what is packed is no NAR, or not packed as the lock says" {
    head -c "$(fact narSize)" /dev/zero > nar
    repack
    refused 4 "$victim"
    cp "$lock" lock
    cp "$F/caches/small-zstd/$url" "cache/$url"
    for codec in xz none gzip; do
        edit ".systems[].paths[\$p].compression = \"$codec\""
        refused 4 "$victim"
    done
    mended
}

# sign: gives the victim a good signature over what the lock says of it now, by the fixture's own key.
sign() {
    jq -r --arg p "$victim" '.systems[].paths[$p] | .narHash, .narSize, (.references | join(","))' lock |
        /usr/bin/python3 -c 'import base64, sys
digest, size, references = sys.stdin.read().splitlines()
n = int.from_bytes(base64.b64decode(digest[7:]), "little")
nix32 = "".join("0123456789abcdfghijklmnpqrsvwxyz"[n >> 5 * i & 31] for i in range(51, -1, -1))
sys.stdout.write(f"1;{sys.argv[1]};sha256:{nix32};{size};{references}")' "$victim" > said
    {
        printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20'
        cut -d: -f2 "$F/keys/cache.sec" | base64 -d | head -c 32
    } | openssl pkey -inform DER -out key.pem
    signature=${KEY%%:*}:$(openssl pkeyutl -sign -rawin -inkey key.pem -in said | base64 -w 0)
    edit ".systems[].paths[\$p].signatures = [\"$signature\"]"
}

# str TEXT...: strings as a NAR has them (of less than 256 bytes). evil NAME NODE...: a folder with x -> outside, then NAME.
str() { for s; do printf "%b" "\\x$(printf %02x ${#s})\0\0\0\0\0\0\0$s"; head -c $(((8 - ${#s} % 8) % 8)) /dev/zero; done; }
evil() {
    str nix-archive-1 "(" type directory entry "(" name x node "(" type symlink target "$PWD/outside" ")" ")"
    str entry "(" name "$1" node "${@:2}" ")" ")"
}

@test "a signature made here is as good as one by Nix" {
    edit '.systems[].paths[$p].signatures = []'
    unread 4 "$victim (1 of 4 paths) has no good signature"
    sign
    graft apply --no-sync --lock lock --root fresh
    exits 0 "4 fetched"
}

@test "a signed NAR that would write outside is stopped by the parser, and nothing is there" {
    mkdir outside
    local -a file=("(" type regular contents pwned ")")
    attack() {
        cp "$lock" lock
        evil "$@" > nar
        repack
        edit ".systems[].paths[\$p] |= (.narSize = $(stat -c %s nar) | .narHash = \"sha256-$(openssl dgst -sha256 -binary nar | base64)\")"
        unread 4 "$victim (1 of 4 paths) has no good signature"
        sign
        refused 4 "$victim: "
        [ -z "$(ls -A outside)" ]
    }
    # A folder over the symlink before it (CVE-2024-45593), names that are paths, names out of order.
    attack x "(" type directory entry "(" name evil node "${file[@]}" ")" ")"
    attack x/evil "${file[@]}"
    attack .. "${file[@]}"
    attack w "${file[@]}"
    # The same without an attack in it is unpacked: the parser minded the name, not the making.
    cp "$lock" lock
    evil y "${file[@]}" > nar
    repack
    edit ".systems[].paths[\$p] |= (.narSize = $(stat -c %s nar) | .narHash = \"sha256-$(openssl dgst -sha256 -binary nar | base64)\")
        | .systems[].tools.jq.commands = []"
    sign
    graft apply --no-sync --lock lock --root fresh --cache "file://$PWD/cache"
    exits 0 "4 fetched"
    [ "$(cat "fresh$victim/y")" = pwned ]
}

@test "a fact of the lock under the signature is changed: nothing is fetched" {
    last='.systems[].paths[$p].signatures[0] |= (if test("A==$") then sub("A==$"; "Q==") else sub(".==$"; "A==") end)'
    for change in \
        '.systems[].paths[$p].signatures[0] |= (if test(":A") then sub(":A"; ":B") else sub(":."; ":A") end)' \
        "$last" \
        '.systems[].paths[$p].signatures = []' \
        '.systems[].paths[$p].narHash |= (if test("-A") then sub("-A"; "-B") else sub("-."; "-A") end)' \
        '.systems[].paths[$p].narSize += 8' \
        '.systems[].paths[$p].references |= .[1:]' \
        '.systems[].paths[$p].references |= (. + [$p] | sort)'; do
        cp "$lock" lock
        edit "$change"
        unread 4 "$victim (1 of 4 paths) has no good signature by a trusted key" "nixgraft lock"
    done
}

@test "the keys of the lock are replaced: its signatures are by nobody" {
    edit '.caches[].keys = [$key]'
    unread 4 "(4 of 4 paths) has no good signature by a trusted key"
    # Whom --trusted-key names decides, whatever the lock says.
    graft apply --no-sync --lock lock --root fresh --trusted-key "$KEY"
    exits 0 "4 fetched"
}

@test "--trusted-key names another key than the lock's" {
    for root in fresh lived; do
        before=$(manifest -c "$root")
        graft apply --no-sync --lock lock --root "$root" --trusted-key "$OTHER_KEY"
        exits 4 "(4 of 4 paths) has no good signature by a trusted key"
        same_manifest "$before" "$(manifest -c "$root")"
    done
    # Also where the lock has been followed already.
    graft apply --no-sync --lock lock --root fresh
    exits 0
    graft apply --no-sync --lock lock --root fresh --trusted-key "$OTHER_KEY"
    exits 4 "no good signature"
}
