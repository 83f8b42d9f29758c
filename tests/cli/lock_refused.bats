# `nixgraft lock`: what it does not believe or understand; each time nothing is written.
load ../lib

setup() {
    work_folder
    jq_path=$(path small jq)
    jq_info=$(hash_part "$jq_path").narinfo
    small=(--cache "$(cache small)" --trusted-key "$KEY")
    jq_tool=(--tool "jq=$jq_path")
}

# refuses STATUS TEXT... -- ARG...: does `lock ARG...` exit so, and is there no lock then?
refuses() {
    local -a texts=()
    while [ "$1" != -- ]; do texts+=("$1"); shift; done
    shift
    graft lock "$@"
    exits "${texts[@]}"
    [ ! -e closure.lock ] || fail "a lock was written all the same"
}

# A cache of jq's closure to be damaged, in ./cache.
own_cache() {
    # shellcheck disable=SC2046
    copy_cache small cache $(closure "$(lock_of small jq)")
    own=(--cache "file://$PWD/cache" --trusted-key "$KEY")
}

@test "signatures of a key that is not trusted: the path, the cache and the way out are named" {
    refuses 4 "$jq_path" "$(cache small)" "has it, but without a good signature by a trusted key; if you trust who signed it, name that key with --trusted-key" \
        -- --cache "$(cache small)" --trusted-key "$OTHER_KEY" "${jq_tool[@]}"
}

@test "a key of the right name and other bytes is not believed" {
    refuses 4 "$jq_path" -- --cache "$(cache small)" --trusted-key "${KEY%%:*}:${OTHER_KEY#*:}" "${jq_tool[@]}"
}

@test "a path deep in the closure without a signature is named with all that need it" {
    own_cache
    onig=$(closure "$(lock_of small jq)" | grep libonig)
    libjq=$(closure "$(lock_of small jq)" | grep libjq1)
    sed -i '/^Sig:/d' "cache/$(hash_part "$onig").narinfo"
    refuses 4 "$onig: cache file://$PWD/cache has it, but without a good signature" "needed by $libjq, needed by $jq_path" \
        -- "${own[@]}" "${jq_tool[@]}"
}

@test "every fact under the signature is guarded: NarHash, NarSize, references" {
    own_cache
    cp "cache/$jq_info" good
    # Another good hash, another size, one reference less: all well formed, so only the signature tells.
    for change in 's/^\(NarHash: sha256:0\).\(.*\)/\10\2/' 's/^NarSize: .*/NarSize: 121648/' 's/^\(References: [^ ]*\) .*/\1/'; do
        sed "$change" good > "cache/$jq_info"
        differ good "cache/$jq_info"
        refuses 4 "$jq_path" "without a good signature" -- "${own[@]}" "${jq_tool[@]}"
    done
    cp good "cache/$jq_info"
    graft lock "${own[@]}" "${jq_tool[@]}"
    exits 0
}

@test "a path in no cache is named with all that need it" {
    own_cache
    onig=$(closure "$(lock_of small jq)" | grep libonig)
    rm "cache/$(hash_part "$onig").narinfo"
    refuses 3 "$onig: in none of the caches" "needed by /nix/store/" "-libjq1-" "needed by $jq_path" -- "${own[@]}" "${jq_tool[@]}"
    refuses 3 "$(path next jq): in none of the caches; name another with --cache URL" -- "${small[@]}" --tool "jq=$(path next jq)"
    refuses 3 "--cache" -- --cache "file://$PWD/nowhere" --trusted-key "$KEY" "${jq_tool[@]}"
}

@test "a file that is to be measured and is gone is named" {
    cp -r "$F/caches/tiny-nofilehash" cache
    rm "cache/$(sed -n 's/^URL: //p' "cache/$jq_info")"
    refuses 3 "$(sed -n 's/^URL: //p' "cache/$jq_info")" "no such file in the cache" \
        -- --cache "file://$PWD/cache" --trusted-key "$KEY" "${jq_tool[@]}"
}

@test "the narinfo of another path under this name is a mix-up, good signature or not" {
    own_cache
    onig=$(closure "$(lock_of small jq)" | grep libonig)
    cp "cache/$(hash_part "$onig").narinfo" "cache/$jq_info"
    refuses 4 "$jq_info" "$(basename "$onig")" -- "${own[@]}" "${jq_tool[@]}"
}

@test "a malformed narinfo is named with file and rule" {
    own_cache
    cp "cache/$jq_info" good
    broken() { refuses 6 "file://$PWD/cache/$jq_info" "$1" -- "${own[@]}" "${jq_tool[@]}"; }
    sed '/^NarHash/d' good > "cache/$jq_info" && broken NarHash
    sed 's/^NarSize: .*/NarSize: -1/' good > "cache/$jq_info" && broken NarSize
    sed 's,^URL: .*,URL: ../../etc/passwd,' good > "cache/$jq_info" && broken URL
    sed 's/^Compression: .*/Compression: lrzip/' good > "cache/$jq_info" && broken lrzip
    sed 'p;s/^FileSize: .*/FileSize: 1/' good > "cache/$jq_info" && broken ""
    sed 's/$/\r/' good > "cache/$jq_info" && broken ""
    head -c 100 good > "cache/$jq_info" && broken ""
    : > "cache/$jq_info" && broken ""
}

@test "a cache of another store directory is refused before anything is asked of it" {
    own_cache
    echo StoreDir: /gnu/store > cache/nix-cache-info
    refuses 6 "file://$PWD/cache" "/gnu/store" -- "${own[@]}" "${jq_tool[@]}"
}

@test "keys, caches, tools and paths of a wrong form are refused with the form that is right" {
    for key in "" nocolon :abcd "name:" "name:!!!!" "name:AAAA" "${KEY%?}"; do
        refuses 2 "trusted key '$key'" -- --cache "$(cache small)" --trusted-key "$key" "${jq_tool[@]}"
    done
    refuses 2 "whom to believe is not known" --trusted-key -- --cache "$(cache small)" "${jq_tool[@]}"
    for url in "" /srv/cache file://srv ftp://srv "file:///srv?x=1" "https://srv#x"; do
        refuses 2 "cache '$url'" -- --cache "$url" --trusted-key "$KEY" "${jq_tool[@]}"
    done
    for tool in jq jq= "=$jq_path" "jq=/nix/store/jq" jq=/usr/bin/jq "jq=$jq_path/bin" "jq=/gnu/store/${jq_path##*/}"; do
        refuses 2 "--tool" "'" -- "${small[@]}" --tool "$tool"
    done
    refuses 2 "--nix: '/usr'" -- "${small[@]}" --nix /usr
    refuses 2 "'jq' is given twice" -- "${small[@]}" "${jq_tool[@]}" "${jq_tool[@]}"
    refuses 2 "--expose 'just=just'" -- "${small[@]}" "${jq_tool[@]}" --expose just=just
    refuses 2 "exclude each other" -- "${small[@]}" "${jq_tool[@]}" --manifest "$F/closures/small.json"
    refuses 2 "one system" -- "${small[@]}" "${jq_tool[@]}" --system x86_64-linux --system aarch64-linux
}

@test "two tools that expose one command are refused, from options with 2 and from a manifest with 6" {
    jq '.tools.just.commands = ["jq"]' "$F/closures/small.json" > m.json
    refuses 6 "the command 'jq' is exposed by two tools, 'jq' and 'just'" -- "${small[@]}" --manifest m.json
    refuses 2 "the command 'x' is exposed by two tools, 'jq' and 'just'" \
        -- "${small[@]}" "${jq_tool[@]}" --tool "just=$(path small just)" --expose jq=x --expose just=x
}

@test "a manifest that is none is named with place and rule" {
    bad() { refuses 6 m.json "$1" -- "${small[@]}" --manifest m.json; }
    echo '{' > m.json && bad ""
    echo '[]' > m.json && bad system
    jq 'del(.system)' "$F/closures/small.json" > m.json && bad system
    jq '.tools.jq.outPath = "/usr/bin/jq"' "$F/closures/small.json" > m.json && bad outPath
    jq '.tools.jq.commands = ["../jq"]' "$F/closures/small.json" > m.json && bad commands
    refuses 6 "--manifest nowhere.json: no such file" -- "${small[@]}" --manifest nowhere.json
    cp "$F/closures/small.json" m.json
    refuses 2 "two manifests are for x86_64-linux" -- "${small[@]}" --manifest m.json --manifest m.json
    echo '{"version": 99}' > flake.lock
    refuses 6 flake.lock version -- "${small[@]}" --manifest m.json
    refuses 6 "--flake-lock nowhere: no such file" -- "${small[@]}" --manifest m.json --flake-lock nowhere
}

@test "without tools, manifest and Nix there is nothing to lock, and the ways are named" {
    [ ! -e /usr/bin/nix ] && [ ! -e /usr/local/bin/nix ] && [ ! -e /nix ] || skip "this machine has a Nix of its own"
    graft() { run --separate-stderr env PATH=/nowhere HOME=/nowhere "$NIXGRAFT" "$@"; }
    refuses 2 "nothing to lock" "nixgraft init --only-nix" --tool --manifest -- "${small[@]}"
}

@test "a folder that cannot be written to leaves the old lock as it was" {
    graft lock --lock nowhere/closure.lock "${small[@]}" "${jq_tool[@]}"
    exits 5 "nowhere/" "No such file or directory"
    silent_on "root directory"
    mkdir folder
    cp "$(lock_of small jq)" folder/closure.lock
    before=$(manifest -c folder)
    # Root may write anywhere but on a read-only mount.
    # shellcheck disable=SC2016
    run --separate-stderr unshare --mount bash -c 'mount --bind folder folder && mount -o remount,ro,bind folder && "$@"' \
        - "$NIXGRAFT" lock --lock folder/closure.lock "${small[@]}" --tool "just=$(path small just)"
    exits 5 "folder/closure.lock" "Read-only file system"
    same_manifest "$before" "$(manifest -c folder)"
}

@test "an existing lock that is malformed is not overwritten" {
    for bytes in "" "{" "[]" '{"version": 2}' "$(jq '.extra = 1' "$(lock_of small jq)")"; do
        echo "$bytes" > damaged
        graft lock --lock damaged "${small[@]}" "${jq_tool[@]}"
        exits 6 "damaged"
        [ "$(cat damaged)" = "$bytes" ]
    done
}
