# Whatever was changed, in the cache or in the lock: apply says path and rule, and store, database, profile and PATH are as before.
load tamper

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
    exits 3 "$url"
    rmdir "cache/$url"
    mended
}

@test "the file of another path stands in its place" {
    other=$(jq -r '.systems[].paths | to_entries[] | select(.key | endswith("libonig5-6.9.9-1+b1")).value.url' lock)
    cp "cache/$other" "cache/$url"
    refused 4 "$victim: " "pinned in the lock"
    mended
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
