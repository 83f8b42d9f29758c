# `nixgraft apply`: a fresh install, doing nothing, moving on and back, and always the same bytes.
load ../lib

setup_file() {
    # One install of everything, Nix too, that several tests look at.
    whole=$BATS_FILE_TMPDIR/whole
    mkdir "$whole"
    cd "$whole" || return
    cat > flake.lock <<'JSON'
{ "nodes": { "nixpkgs": { "locked": { "lastModified": 1782116945, "narHash": "sha256-G3tw/IXmaH6IQ2upZvhuN9sG8CkuX+BLuJDpE8hz0Ds=",
    "owner": "NixOS", "repo": "nixpkgs", "rev": "34268251cf5547d39063f2c5ea9a196246f7f3a6", "type": "github" } },
  "here": { "locked": { "path": "/srv/here", "type": "path", "narHash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" } },
  "root": { "inputs": { "nixpkgs": "nixpkgs", "here": "here" } } }, "root": "root", "version": 7 }
JSON
    "$NIXGRAFT" lock --quiet --cache "$(cache small)" --trusted-key "$KEY" --manifest "$F/closures/small.json"
    tiny_root root
    touch root/usr/bin/git
    "$NIXGRAFT" apply --json --no-sync --root root > report.json 2> notes
}

teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }

setup() {
    work_folder
    whole=$BATS_FILE_TMPDIR/whole
    lock=$(lock_of small jq)
}

teardown() { unlocked "$BATS_TEST_TMPDIR"; }

apply() { graft apply --no-sync --lock "$1" --root root "${@:2}"; }
generation() { readlink "root/nix/var/nix/profiles/nixgraft-$1-link"; }

@test "a fresh install has every path as Nix would have made it, and every row with its signatures" {
    cd "$whole"
    cmp <(cd root/nix/store && find . -maxdepth 1 -name '*-*' ! -name '*-nixgraft-environment' -printf '/nix/store/%f\n' | sort) \
        "$F/closures/small.paths"
    [ -z "$(find root/nix/store/*-* ! -type l ! -perm 444 ! -perm 555)" ]
    [ -z "$(find root/nix/store/*-* -newermt '1970-01-01 00:00:01 UTC')" ]
    [ "$(query root 'select count(*) from ValidPaths')" = "$(($(wc -l < "$F/closures/small.paths") + 1))" ]
    facts=$(jq -r '.systems[].paths | to_entries[] | "\(.key)|\(.value.narSize)|\(.value.deriver)|\(.value.signatures | join(" "))"' closure.lock)
    cmp <(echo "$facts") <(query root "select path, narSize, deriver, sigs from ValidPaths where path not like '%-nixgraft-environment' order by path")
    cmp <(jq -r '.systems[].paths | to_entries[] | .key as $k | .value.references[] | "\($k)|\(.)"' closure.lock) \
        <(query root "select a.path, b.path from Refs join ValidPaths a on a.id = referrer join ValidPaths b on b.id = reference
            where a.path not like '%-nixgraft-environment' order by 1, 2")
    [ "$(cat root/nix/var/nix/db/schema)" = 10 ]
    [ ! -e root/nix/var/nix/db/db.sqlite-wal ]
    for folder in nix nix/store nix/store/.links nix/var/nix/{db,temproots,profiles/per-user/root,gcroots/per-user/root}; do
        [ "$(stat -c '%a %U %F' "root/$folder")" = "755 root directory" ]
    done
    [ "$(readlink root/nix/var/nix/gcroots/profiles)" = /nix/var/nix/profiles ]
}

@test "a fresh install has a generation, links through it, and its report counts all" {
    cd "$whole"
    environment=$(basename "$(readlink root/nix/var/nix/profiles/nixgraft-1-link)")
    [ "$(readlink root/nix/var/nix/profiles/nixgraft)" = nixgraft-1-link ]
    [ "$(readlink "root/nix/store/$environment/bin/jq")" = "$(path small jq)/bin/jq" ]
    exposed=$(jq -r '.systems[] | (.nix.commands, .tools[].commands)[]' closure.lock | sort)
    cmp <(echo "$exposed") <(ls "root/nix/store/$environment/bin")
    cmp <(echo "$exposed") <(ls root/usr/local/bin)
    for command in $exposed; do
        [ "$(readlink "root/usr/local/bin/$command")" = "/nix/var/nix/profiles/nixgraft/bin/$command" ]
    done
    find "root/nix/store/$environment/share/man" -name 'jq.1*' | grep -q .
    output=$(cat report.json)
    json '.result == "applied" and .system == "x86_64-linux" and .generation == 1 and .environment == "/nix/store/" + $e and
        .paths == {total: $n, present: 0, adopted: 0, fetched: $n} and (.missing | length) == $n and .bytes.fetched > 1000000 and
        .removed == [] and .kept == [] and .shadowed == ["/usr/bin/git"] and (.made | index("/usr/local/bin/nix-store")) != null' \
        --arg e "$environment" --argjson n "$(wc -l < "$F/closures/small.paths")"
    grep -q 'fetching [0-9]* paths, [0-9.]* MB' notes
    # Nothing is left over: only objects in the store, and no staging, spool or half-made database.
    [ -z "$(find root/nix/store -mindepth 1 -maxdepth 1 ! -name .links | grep -vE '/[0-9a-z]{32}-[^/]*$'; ls root/nix/store/*.lock 2> /dev/null)" ]
    [ -z "$(find root/nix/var root/etc root/usr \( -name '*.nixgraft*' -o -name 'tmp-*' -o -name spool -o -name '*-journal' \))" ]
}

@test "a fresh install is a Nix that is set up: nix.conf, pinned registry, profile; and no LD_LIBRARY_PATH" {
    cd "$whole"
    for line in "build-users-group =" "sandbox = false" "experimental-features = nix-command flakes" \
        "substituters = $(cache small)" "trusted-public-keys = $KEY" "flake-registry = /etc/nix/registry.json"; do
        grep -qxF "$line" root/etc/nix/nix.conf || fail "not in nix.conf: $line"
    done
    jq -e '.version == 2 and .flakes == [{exact: true, from: {id: "nixpkgs", type: "indirect"}, to: {type: "github", owner: "NixOS",
        repo: "nixpkgs", rev: "34268251cf5547d39063f2c5ea9a196246f7f3a6", lastModified: 1782116945,
        narHash: "sha256-G3tw/IXmaH6IQ2upZvhuN9sG8CkuX+BLuJDpE8hz0Ds="}}]' root/etc/nix/registry.json
    [ "$(readlink root/root/.nix-profile)" = /nix/var/nix/profiles/per-user/root/profile ]
    [ "$(stat -c %a root/etc/profile.d/nixgraft.sh root/etc/nix/nix.conf root/etc/nix/registry.json | sort -u)" = 644 ]
    run grep -rl LD_LIBRARY_PATH root/etc root/root root/usr root/nix/var root/nix/store/*-nixgraft-environment
    [ "$status" -eq 1 ] || fail "LD_LIBRARY_PATH in $output"
    # The piece for shells works in each shell, twice, and without HOME and PATH.
    for shell in dash bash zsh; do
        run env -i PATH=/usr/bin HOME=/root "$shell" -euc '. root/etc/profile.d/nixgraft.sh; . root/etc/profile.d/nixgraft.sh; echo "$PATH"'
        [ "$output" = "/usr/local/bin:/usr/bin:/root/.nix-profile/bin" ]
        run env -i "$(command -v "$shell")" -ec 'unset PATH; . root/etc/profile.d/nixgraft.sh; echo "$PATH"'
        [ "$status" -eq 0 ]
        [[ $output == /usr/local/bin* ]]
    done
}

@test "--dry-run says what would be done and changes no byte, on a fresh root and before an update" {
    tiny_root root
    before=$(manifest -c root)
    apply "$lock" --dry-run
    exits 0 "would follow $lock for x86_64-linux; nothing was changed" "paths: 4, of them 4 to be fetched (4.4 MB" "commands: jq"
    apply "$lock" --dry-run --json
    exits 0
    json '.result == "planned" and .paths.fetched == 4 and (.missing | length) == 4 and .made == ["/usr/local/bin/jq", "/etc/profile.d/nixgraft.sh"]'
    same_manifest "$before" "$(manifest -c root)"
    apply "$lock"
    exits 0
    before=$(manifest -c root)
    apply "$(lock_of next just)" --dry-run --json
    exits 0
    json '.result == "planned" and .removed == ["/usr/local/bin/jq"] and (.made | index("/usr/local/bin/just")) != null'
    same_manifest "$before" "$(manifest -c root)"
}

@test "a second run changes no byte, opens nothing for writing, takes no lock and makes no request" {
    applied root "$lock"
    before=$(manifest -c root)
    apply "$lock"
    exits 0 "nothing to do: $lock is in place for x86_64-linux, generation 1"
    apply "$lock" --json
    exits 0
    json '.result == "unchanged" and .generation == 1'
    run strace -f -o trace "$NIXGRAFT" apply --lock "$lock" --root root
    exits 0
    [ "$(grep -c openat trace)" -gt 3 ]
    run grep -E 'O_CREAT|O_RDWR|O_WRONLY|socket\(|connect\(|flock|F_SETLK|F_OFD|mkdir|rename|symlink|unlink|chmod|chown|utimens|truncate' trace
    [ "$status" -eq 1 ] || fail "$output"
    same_manifest "$before" "$(manifest -c root)"
}

@test "an update makes generation 2, moves the links, takes back what is exposed no more, keeps the old; and back again" {
    applied root "$(lock_of small jq just)"
    first=$(generation 1)
    apply "$(lock_of next jq)" --json
    exits 0
    json '.generation == 2 and .removed == ["/usr/local/bin/just"] and .replaced == [] and .made == []'
    [ "$(readlink root/nix/var/nix/profiles/nixgraft)" = nixgraft-2-link ]
    [ "$(readlink "root$(generation 2)/bin/jq")" = "$(path next jq)/bin/jq" ]
    [ "$(generation 1)" = "$first" ] && [ -d "root$first" ]
    [ "$(ls root/usr/local/bin)" = jq ]
    [ -d "root$(path small just)" ]
    in_place root "$(lock_of next jq)"
    apply "$(lock_of small jq just)"
    exits 0 "generation 3" "0 fetched" "7 present"
    [ "$(generation 3)" = "$first" ]
    [ "$(readlink root/nix/var/nix/profiles/nixgraft)" = nixgraft-3-link ]
    [ "$(ls root/usr/local/bin)" = $'jq\njust' ]
    in_place root "$(lock_of small jq just)"
}

@test "the same lock gives the same bytes: two roots, another umask, one worker, a default ACL above" {
    applied one "$lock"
    umask 077
    mkdir two acl
    umask 022
    tiny_root two
    setfacl -d -m u:nobody:rwx,g::rwx,o::rwx acl
    tiny_root acl/root
    (umask 077 && "$NIXGRAFT" apply --quiet --jobs 1 --lock "$lock" --root two > /dev/null)
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root acl/root > /dev/null
    want=$(manifest -n one/nix)
    same_manifest "$want" "$(manifest -n two/nix)"
    same_manifest "$want" "$(manifest -n acl/root/nix)"
    cmp one/nix/var/nix/db/db.sqlite two/nix/var/nix/db/db.sqlite
    [ -n "$(getfacl -Rsp acl/root/usr)" ]
    [ -z "$(getfacl -Rsp acl/root/nix)" ]
    same_manifest "$(manifest -n one/etc/profile.d)" "$(manifest -n two/etc/profile.d)"
}

@test "SOURCE_DATE_EPOCH is the time of registration, and without it that is fixed" {
    applied root "$lock"
    [ "$(query root 'select distinct registrationTime from ValidPaths')" = 1 ]
    tiny_root other
    SOURCE_DATE_EPOCH=1700000000 graft apply --no-sync --lock "$lock" --root other
    exits 0
    [ "$(query other 'select distinct registrationTime from ValidPaths')" = 1700000000 ]
}

@test "SOURCE_DATE_EPOCH is the latest time of all that is made: two applies at different times, the same archive" {
    export SOURCE_DATE_EPOCH=1700000000
    local one two
    tiny_root one
    cp -a one two
    cp -a one three
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root one
    sleep 1.1
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root two
    env -u SOURCE_DATE_EPOCH "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root three
    archive() { tar -C "$1" --sort=name --numeric-owner -c . | sha256sum; }
    one=$(archive one)
    [ "$(archive two)" = "$one" ]
    [ "$(archive three)" != "$one" ] # is that so whatever was done?
    [ "$(stat -c %Y one/nix/store one/usr/local/bin one/etc/profile.d/nixgraft.sh | sort -u)" = 1700000000 ]
    [ "$(find one/nix/store -mindepth 2 -not -newermt @1 | wc -l)" = "$(find one/nix/store -mindepth 2 | wc -l)" ]
}

@test "a SOURCE_DATE_EPOCH that is no number is refused, and nothing is made" {
    tiny_root other
    SOURCE_DATE_EPOCH=yesterday graft apply --no-sync --lock "$lock" --root other
    exits 2 "SOURCE_DATE_EPOCH=yesterday must be a number of seconds"
    [ ! -e other/nix ]
}

@test "each codec gives the same store" {
    applied root "$lock"
    want=$(manifest root/nix/store)
    for codec in xz none bzip2 gzip br; do
        tiny_root "$codec"
        "$NIXGRAFT" lock --quiet --lock "$codec.lock" --cache "$(cache "tiny-$codec")" --trusted-key "$KEY" \
            --tool "jq=$(path small jq)" > /dev/null
        jq -e --arg c "$codec" 'all(.systems[].paths[]; .compression == $c)' "$codec.lock"
        graft apply --no-sync --lock "$codec.lock" --root "$codec"
        exits 0 "4 fetched"
        same_manifest "$(grep '/.*/' <<< "$want")" "$(manifest "$codec/nix/store" | grep '/.*/')"
    done
}

@test "the programs of another architecture are installed without any of them being run" {
    "$NIXGRAFT" lock --quiet --lock arm.lock --cache "$(cache arm64)" --trusted-key "$KEY" --manifest "$F/closures/arm64.json"
    tiny_root root aarch64
    apply arm.lock
    exits 0 "for aarch64-linux: generation 1" "commands: bash ["
    [[ $(file -b "root$(jq -r .tools.jq.outPath "$F/closures/arm64.json")/bin/jq") == *aarch64* ]]
    [ "$(readlink root/usr/local/bin/[)" = "/nix/var/nix/profiles/nixgraft/bin/[" ]
    in_place root arm.lock
}

@test "a lock comes from standard input too, and --root may be relative, with a slash, or a link" {
    tiny_root root
    ln -s root link
    # shellcheck disable=SC2016
    run --separate-stderr bash -c '"$0" apply --no-sync --lock - --root link/ < "$1"' "$NIXGRAFT" "$lock"
    exits 0 "generation 1" "standard input is in place for"
    silent_on "- is in place"
    in_place root "$lock"
}

@test "a folder with nothing of a Debian in it is asked about, and followed all the same" {
    mkdir root
    apply "$lock" --dry-run
    exits 0 "would follow" "nothing of a Debian is in $PWD/root"
    apply "$lock" --quiet
    exits 0
    [ -z "$output$stderr" ]
    unlocked root
    rm -r root
    mkdir root
    apply "$lock"
    exits 0 "generation 1"
    [[ $stderr == *"nothing of a Debian is in $PWD/root"* ]]
    apply "$(lock_of small jq just)"
    exits 0 "generation 2"
    silent_on "nothing of a Debian"
    tiny_root tree
    graft apply --no-sync --lock "$lock" --root tree
    exits 0
    silent_on "nothing of a Debian"
}

@test "letters of options may be joined, the last with its value" {
    tiny_root root
    graft apply --lock "$lock" -nr root
    exits 0 "would follow"
    graft apply --lock "$lock" -nqrroot
    exits 0
    [ -z "$output$stderr" ]
    [ ! -e root/nix ]
    graft apply --lock "$lock" -nx
    exits 2 "unknown option '-nx'"
}
