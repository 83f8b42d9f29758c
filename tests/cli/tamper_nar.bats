# Attacks inside the file: its hash in the lock was made to fit, so NarHash, NarSize and the NAR parser must catch them.
load tamper

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
