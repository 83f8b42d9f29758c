# `nixgraft lock`: what it writes, from what, and when it calls a lock stale.
load ../lib

setup() {
    work_folder
    jq_path=$(path small jq)
    small=(--cache "$(cache small)" --trusted-key "$KEY")
    jq_tool=(--tool "jq=$jq_path")
}

# A flake.lock as Nix writes it: a plain input, one of an input, and one that follows an input's input.
write_flake_lock() {
    cat > "$1" <<'JSON'
{
  "nodes": {
    "home-manager": {
      "inputs": { "nixpkgs": "nixpkgs_2" },
      "locked": {
        "lastModified": 1782000000, "narHash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "owner": "nix-community", "repo": "home-manager", "rev": "1111111111111111111111111111111111111111", "type": "github"
      },
      "original": { "owner": "nix-community", "repo": "home-manager", "type": "github" }
    },
    "nixpkgs": {
      "locked": {
        "lastModified": 1782116945, "narHash": "sha256-G3tw/IXmaH6IQ2upZvhuN9sG8CkuX+BLuJDpE8hz0Ds=",
        "owner": "NixOS", "repo": "nixpkgs", "rev": "34268251cf5547d39063f2c5ea9a196246f7f3a6", "type": "github"
      },
      "original": { "owner": "NixOS", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github" }
    },
    "nixpkgs_2": {
      "locked": {
        "lastModified": 1782116000, "narHash": "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        "rev": "2222222222222222222222222222222222222222", "type": "git", "url": "https://example.org/nixpkgs.git"
      },
      "original": { "type": "git", "url": "https://example.org/nixpkgs.git" }
    },
    "root": { "inputs": { "home-manager": "home-manager", "nixpkgs": "nixpkgs", "unstable": ["home-manager", "nixpkgs"] } }
  },
  "root": "root",
  "version": 7
}
JSON
}

@test "a tool by its store path is locked with its whole closure, as the signed narinfos tell it" {
    graft lock "${small[@]}" "${jq_tool[@]}"
    exits 0 "closure.lock: written" "x86_64-linux: 1 tool, 4 paths"
    silent_on "Nix,"
    jq -e --arg p "$jq_path" --arg key "$KEY" --arg url "$(cache small)" \
        --arg version "$(jq -r .tools.jq.version "$F/closures/small.json")" '
        .version == 1 and (has("flake") | not) and .caches == [{url: $url, keys: [$key]}] and
        (.systems["x86_64-linux"] | (has("nix") | not) and .tools == {jq: {version: $version, path: $p,
            outputs: {out: $p}, commands: ["jq"], origin: "command line"}} and (.paths | length == 4))' closure.lock
    # Reference-closed, and each fact equal to the narinfo's.
    jq -e '.systems[].paths | keys as $all | all(.[].references[]; IN($all[]))' closure.lock
    for p in $(closure closure.lock); do
        info=$F/caches/small-zstd/$(hash_part "$p").narinfo
        jq -r --arg p "$p" '.systems[].paths[$p] | "URL: \(.url)", "Compression: \(.compression)", "FileSize: \(.fileSize)",
            "NarSize: \(.narSize)", "References: \(.references | map(ltrimstr("/nix/store/")) | join(" "))",
            "Deriver: \(.deriver | ltrimstr("/nix/store/"))", (.signatures[] | "Sig: \(.)")' closure.lock | sort > said
        grep -E '^(URL|Compression|FileSize|NarSize|References|Deriver|Sig): ' "$info" | sort | diff - said
        file=$F/caches/small-zstd/$(sed -n 's/^URL: //p' "$info")
        jq -e --arg p "$p" --arg h "sha256-$(openssl dgst -sha256 -binary "$file" | base64)" \
            '.systems[].paths[$p].fileHash == $h' closure.lock
        jq -e --arg p "$p" --arg h "sha256-$(zstd -dc "$file" | openssl dgst -sha256 -binary | base64)" \
            '.systems[].paths[$p].narHash == $h' closure.lock
    done
}

@test "the same question gives the same bytes, whatever the order of options, and a second run writes nothing" {
    graft lock "${small[@]}" --lock a --tool "just=$(path small just)" "${jq_tool[@]}"
    exits 0 written
    cp -r "$F/caches/small-zstd" elsewhere
    graft lock --cache "file://$PWD/elsewhere/" --trusted-key "$KEY" --lock b "${jq_tool[@]}" --tool "just=$(path small just)"
    exits 0 written
    sed -i "s,file://$PWD/elsewhere,$(cache small)," b
    cmp a b
    before=$(stat -c '%i %Y %Z' a)
    graft lock "${small[@]}" --lock a "${jq_tool[@]}" --tool "just=$(path small just)"
    exits 0 "a: unchanged"
    [ "$(stat -c '%i %Y %Z' a)" = "$before" ]
    # Paths and keys stand sorted, so that two locks can be read side by side.
    cmp <(closure a) <(jq -r '.systems[].paths | keys_unsorted[]' a)
    [ "$(stat -c %a a)" = 644 ]
}

@test "a manifest is read from a file and from standard input, with Nix and all tools" {
    graft lock "${small[@]}" --lock a --manifest "$F/closures/small.json"
    exits 0 "x86_64-linux: 3 tools and Nix"
    run --separate-stderr bash -c '"$@" --lock b --manifest - < "$0"' "$F/closures/small.json" "$NIXGRAFT" lock "${small[@]}"
    exits 0 "b: written"
    cmp a b
    cmp <(closure a) "$F/closures/small.paths"
    jq -e --arg nix "$(path small nix)" '.systems[] | .nix.path == $nix and (.nix.commands | index("nix-store")) != null and
        .tools.git.attribute == "git" and .tools.git.origin == "evaluation"' a
}

@test "--nix adds Nix and its commands, and --expose says which commands a tool shows" {
    graft lock "${small[@]}" --nix "$(path small nix)" --tool "search=$jq_path" --expose search=jq
    exits 0 "1 tool and Nix"
    jq -e '.systems[] | .tools.search.commands == ["jq"] and (.nix.commands | index("nix")) != null' closure.lock
    graft lock "${small[@]}" --lock none "${jq_tool[@]}" --expose jq=
    exits 0
    jq -e '.systems[].tools.jq.commands == []' none
}

@test "of several caches the first that has a path with a good signature gives it" {
    closed=$(closure "$(lock_of small jq)")
    # shellcheck disable=SC2086
    copy_cache small first $closed
    rm "first/$(hash_part "$jq_path").narinfo"
    libc=$(grep libc6 <<< "$closed")
    sed -i '/^Sig:/d' "first/$(hash_part "$libc").narinfo"
    graft lock --cache "file://$PWD/first" "${small[@]}" "${jq_tool[@]}"
    exits 0
    jq -e --arg jq "$jq_path" --arg libc "$libc" --arg one "file://$PWD/first" --arg two "$(cache small)" \
        '[.caches[].url] == [$one, $two] and (.systems[].paths | to_entries |
            all(.value.cache == if .key | IN($jq, $libc) then $two else $one end))' closure.lock
    graft lock "${small[@]}" --cache "file://$PWD/first" --lock turned "${jq_tool[@]}"
    exits 0
    jq -e --arg two "$(cache small)" '[.systems[].paths[].cache] | unique == [$two]' turned
}

@test "one system is updated and the other is kept to the letter, with its cache" {
    arm64=(--system aarch64-linux --cache "$(cache arm64)" --trusted-key "$KEY" --manifest "$F/closures/arm64.json")
    graft lock "${small[@]}" "${jq_tool[@]}"
    exits 0
    graft lock "${arm64[@]}"
    exits 0 "aarch64-linux: 4 tools, " "x86_64-linux: 1 tool, 4 paths"
    jq -e '(.systems | keys) == ["aarch64-linux", "x86_64-linux"] and (.caches | length) == 2' closure.lock
    cmp <(jq '.systems["x86_64-linux"]' closure.lock) <(jq '.systems[]' "$(lock_of small jq)")
    cmp <(closure closure.lock | sort) <(sort "$F/closures/arm64.paths" <(closure "$(lock_of small jq)"))
    arm=$(jq '.systems["aarch64-linux"]' closure.lock)
    graft lock --cache "$(cache next)" --trusted-key "$KEY" --tool "jq=$(path next jq)"
    exits 0
    [ "$(jq '.systems["aarch64-linux"]' closure.lock)" = "$arm" ]
    jq -e --arg p "$(path next jq)" --arg gone "$(cache small)" \
        '.systems["x86_64-linux"].tools.jq.path == $p and all(.caches[].url; . != $gone)' closure.lock
}

@test "caches and keys come from the existing lock when none are given" {
    graft lock "${small[@]}" "${jq_tool[@]}"
    exits 0
    graft lock --tool "just=$(path small just)"
    exits 0
    jq -e --arg url "$(cache small)" --arg key "$KEY" '.caches == [{url: $url, keys: [$key]}] and
        (.systems[].tools | keys) == ["just"]' closure.lock
}

@test "files that no narinfo describes are downloaded once, pinned as they came, and that is said" {
    graft lock --cache "$(cache tiny-nofilehash)" --trusted-key "$KEY" "${jq_tool[@]}"
    exits 0 "4 files downloaded once, for lack of a FileHash"
    jq -e 'all(.systems[].paths[]; .origin.file == "download")' closure.lock
    facts='[.systems[].paths | to_entries[] | [.key, .value.fileHash, .value.fileSize]]'
    cmp <(jq "$facts" closure.lock) <(jq "$facts" "$(lock_of small jq)")
    graft lock --json --cache "$(cache tiny-nofilehash)" --trusted-key "$KEY" "${jq_tool[@]}"
    exits 0
    json '.result == "unchanged" and .measured == 4 and .systems[0].paths == 4'
}

@test "the inputs of the flake.lock are recorded, those that follow others too" {
    write_flake_lock flake.lock
    graft lock "${small[@]}" --manifest "$F/closures/small.json"
    exits 0
    jq -e --arg h "sha256-$(openssl dgst -sha256 -binary flake.lock | base64)" '.flake.lock == $h and
        (.flake.inputs | keys) == ["home-manager", "nixpkgs", "unstable"] and
        .flake.inputs.nixpkgs == {type: "github", owner: "NixOS", repo: "nixpkgs", lastModified: 1782116945,
            rev: "34268251cf5547d39063f2c5ea9a196246f7f3a6", narHash: "sha256-G3tw/IXmaH6IQ2upZvhuN9sG8CkuX+BLuJDpE8hz0Ds="} and
        .flake.inputs.unstable.rev == "2222222222222222222222222222222222222222" and
        .flake.inputs.unstable.url == "https://example.org/nixpkgs.git"' closure.lock
    # Told by name as well; tools from the command line do not ask whose flake.lock lies about.
    mv flake.lock moved.lock
    graft lock "${small[@]}" --lock b --manifest "$F/closures/small.json" --flake-lock moved.lock
    exits 0
    cmp closure.lock b
    graft lock "${small[@]}" --lock b "${jq_tool[@]}"
    exits 0
    jq -e '.flake.inputs | length == 3' b
}

@test "--check tells a current lock from one whose flake.lock or tools have changed, and touches nothing" {
    write_flake_lock flake.lock
    graft lock "${small[@]}" --manifest "$F/closures/small.json"
    exits 0
    before=$(manifest -c .)
    graft lock --check
    exits 0 "closure.lock: current"
    graft lock --check --manifest "$F/closures/small.json"
    exits 0 "closure.lock: current"
    graft lock --check --manifest "$F/closures/next.json"
    exits 1 "closure.lock is stale" jq "nixgraft lock"
    graft lock --check --json --manifest "$F/closures/next.json"
    exits 1
    json '.result == "stale" and (.reasons | length) > 0'
    graft lock --check --tool "jq=$(path next jq)"
    exits 1 "is stale" jq
    same_manifest "$before" "$(manifest -c .)"
    sed -i s/1782116945/1782116946/ flake.lock
    graft lock --check
    exits 1 "closure.lock is stale: flake.lock has changed since"
    rm flake.lock
    graft lock --check
    exits 1 "there is none"
    graft lock --check --lock nowhere
    exits 1 "nowhere: there is no such lock"
}

@test "--dry-run walks and tells, and writes nothing" {
    graft lock --dry-run "${small[@]}" "${jq_tool[@]}"
    exits 0 "closure.lock: would be written" "4 paths"
    [ -z "$(ls -A)" ]
    graft lock --dry-run "${small[@]}" --tool "jq=$(path next jq)"
    exits 3 "in none of the caches"
    [ -z "$(ls -A)" ]
}

@test "every lock made here is what the schema allows" {
    [ -e "$TOP/docs/closure.lock.schema.json" ] || skip "no schema in docs yet"
    write_flake_lock flake.lock
    graft lock --lock a "${small[@]}" --manifest "$F/closures/small.json"
    exits 0
    graft lock --lock a --cache "$(cache arm64)" --trusted-key "$KEY" --manifest "$F/closures/arm64.json"
    exits 0
    valid() {
        /usr/bin/python3 -c 'import json, jsonschema, sys
jsonschema.validate(*(json.load(open(f)) for f in sys.argv[1:]))' "$1" "$TOP/docs/closure.lock.schema.json"
    }
    valid a
    valid "$(lock_of small jq)"
    valid "$TOP/tests/data/lock/good/full.lock"
    valid "$TOP/tests/data/lock/good/package.lock"
    for i in "$TOP"/tests/data/lock/bad/package-*; do
        case $i in *-unsorted.lock | *-sources-twice.lock) continue ;; esac
        run valid "$i"
        [ "$status" -ne 0 ] || { echo "$i is valid" && false; }
    done
    jq 'del(.version)' a > b
    run valid b
    [ "$status" -ne 0 ]
    jq '.systems[].paths[].narSize = "1"' a > b
    run valid b
    [ "$status" -ne 0 ]
}

@test "what the flake knows about a package comes into the lock, and a change of that alone makes nothing stale" {
    jq '.tools |= {jq} | .tools.jq += {description: "A\n tool", licenses: ["MIT", "ICU"], homepage: null,
        sources: [{urls: ["https://example.org/jq"], hash: "0000000000000000000000000000000000000000000000000000000000000001"}]} |
        .nix |= {path: ., pname: "nix", version: "2.26"}' "$F/closures/small.json" > a.json
    graft lock "${small[@]}" --manifest a.json
    exits 0 "closure.lock: written"
    [ "$(jq -c '.systems[].tools.jq.package' closure.lock)" = '{"pname":"jq","description":"A tool","licenses":["ICU","MIT"],"mainProgram":"jq","sources":[{"urls":["https://example.org/jq"],"hash":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="}]}' ]
    [ "$(jq -c '.systems[].nix | [.version, .package]' closure.lock)" = '["2.26",{"pname":"nix"}]' ]
    jq '.tools.jq.description = "Another" | .tools.jq.knownVulnerabilities = ["CVE-1"] | .nix.version = "2.26.3"' a.json > b.json
    graft lock --check --manifest b.json
    exits 0 "closure.lock: current"
    cp closure.lock before
    graft lock "${small[@]}" --manifest b.json
    exits 0 "closure.lock: written"
    silent_on changed rebuilt
    [ "$(jq -c '.systems[].tools.jq.package | [.description, .knownVulnerabilities]' closure.lock)" = '["Another",["CVE-1"]]' ]
    jq 'del(.systems[].tools.jq.package, .systems[].nix.version)' before > x
    jq 'del(.systems[].tools.jq.package, .systems[].nix.version)' closure.lock > y
    cmp x y
}

@test "what a lock drops, adds or changes of the one before is told" {
    one=$(path small jq) two=$(path small just)
    graft lock --cache "$(cache small)" --trusted-key "$KEY" --tool "jq=$one" --tool "just=$two"
    exits 0
    silent_on removed added
    graft lock --tool "jq=$one"
    exits 0 "  removed  just" "commands that vanish: just"
    graft lock --tool "jq=$one" --tool "just=$two"
    exits 0 "  added    just" "commands that appear: just"
    graft lock --tool "jq=$one" --tool "just=$two"
    exits 0 unchanged
    silent_on added removed
    graft lock --tool "jq=$one" --expose jq= --tool "just=$two"
    exits 0 "  changed  jq 1.7.1" " (only which commands it exposes)" "commands that vanish: jq"
}
