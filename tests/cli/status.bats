# `nixgraft status`: what each tool is, costs and comes before; what may be purged for it. It describes, and changes nothing.
load ../lib

setup_file() {
    export lock
    lock=$(lock_of small jq just)
    tiny_root "$BATS_FILE_TMPDIR/good"
    debian "$BATS_FILE_TMPDIR/good"
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root "$BATS_FILE_TMPDIR/good" > /dev/null
}
teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }
setup() {
    work_folder
    cp -a "$BATS_FILE_TMPDIR/good" root
}
teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# package NAME [FIELD...]: an installed one, with a list of files from stdin, which are made too. Current folder is the root.
package() {
    local name=$1 file
    shift
    { printf '%s\n' "Package: $name" "Status: install ok installed" "Architecture: amd64" "Version: 1:2.3-$name" "$@"; echo; } \
        >> var/lib/dpkg/status
    tee "var/lib/dpkg/info/$name.list" | while read -r file; do touch ".$file"; done
}

# debian DIR: package jq has two programs, jq-extra (automatic) needs it; tool just is by hand; nothing comes before tac.
debian() {
    (
        cd "$1" || return
        mkdir -p var/lib/dpkg/info var/lib/apt usr/sbin
        package dpkg "Essential: yes" < /dev/null
        printf '%s\n' /usr/bin/jq /usr/sbin/jq-admin | package jq "Depends: libjq" "Installed-Size: 1500"
        echo /usr/bin/jq-extra | package jq-extra "Depends: jq" "Installed-Size: 500"
        package libjq < /dev/null
        package docs "Recommends: jq" < /dev/null
        echo /usr/bin/tac | package tac
        printf 'Package: %s\nArchitecture: amd64\nAuto-Installed: 1\n\n' jq-extra libjq > var/lib/apt/extended_states
        touch usr/bin/just
    )
}

state() { graft status --root root "$@"; }
# says FILTER: of the JSON of root's status.
says() {
    state --json
    exits 0
    json "$@"
}
# unwrapped: $output with its continued lines joined.
unwrapped() { output=$(tr '\n' ' ' <<< "$output" | tr -s ' '); }

@test "each tool with version, path, sizes, commands; totals; for machines" {
    before=$(manifest -c root)
    says '.result == "follows" and .system == "x86_64-linux" and .generation == 1 and .user == "root" and (has("nix") | not)'
    json '[.tools[].name] == ["jq", "just"]'
    json '.tools[0] | .path == $p and .version == $v and .commands == [{"name": "jq", "state": "linked"}]' \
        --arg p "$(path small jq)" --arg v "$(jq -r '.systems[].tools.jq.version' "$lock")"
    # Sizes by jq itself: what is in one closure only, and what is in both.
    jq '.systems[] | .paths as $p | def reach: . as $s | ([$s[] | $p[.].references[]?] + $s | unique) as $n | if $n == $s then $s else $n | reach end;
        [.tools[] | [.outputs[]] | unique | reach] as [$a, $b]
        | def bytes: map($p[.].narSize) | add; [($a - $b | bytes), ($a - ($a - $b) | bytes), ($b - $a | bytes), (($a + $b | unique) | bytes)]' "$lock" > sizes
    json '[.tools[0].ownBytes, .tools[0].sharedBytes, .tools[1].ownBytes, .bytes] == $s[0] and .tools[1].sharedBytes == .tools[0].sharedBytes' \
        --slurpfile s sizes
    json '.paths == $n and .objects == $n + 1' --argjson n "$(closure "$lock" | wc -l)"
    same_manifest "$before" "$(manifest -c root)"
}

@test "for people: a table, then what it comes before, then totals; quiet says nothing; --paths the store paths" {
    state
    exits 0 "tool  version "
    [ "$(awk 'length > 100' <<< "$output")" = "" ]
    unwrapped
    exits 0 "before /usr/bin/jq of jq 1:2.3-jq, which can be purged (2.0 MB); packages that go with it: jq-extra; recommended by docs;" \
        "commands that vanish with it: jq-admin, jq-extra" "before /usr/bin/just of no Debian package" "generation 1 for x86_64-linux, without Nix"
    silent_on tac /nix/store
    [ -z "$stderr" ]
    state --paths
    exits 0 "  $(path small jq)" "  $(path small just)"
    state --quiet
    exits 0
    [ -z "$output$stderr" ]
}

@test "the verdict on a package: yes, with what goes along and what is lost" {
    says '.packages == [{"name": "jq", "version": "1:2.3-jq", "shadowed": ["/usr/bin/jq"], "purge": "yes", "neededBy": [],
        "alsoGoing": ["jq-extra"], "recommendedBy": ["docs"], "unreplaced": ["/usr/sbin/jq-admin", "/usr/bin/jq-extra"],
        "installedBytes": 2048000}]'
    json '.tools[0].shadows == [{"path": "/usr/bin/jq", "package": "jq"}] and .tools[1].shadows == [{"path": "/usr/bin/just"}]'
}

@test "the verdict on a package: needed by what was installed by hand, essential, held" {
    rm root/var/lib/apt/extended_states
    says '.packages[0] | .purge == "needed" and .neededBy == ["jq-extra"] and .alsoGoing == []'
    state
    exits 0 "of jq 1:2.3-jq, which must stay, needed by jq-extra"
    silent_on vanish "go with it"
    sed -i 's/^Version: 1:2.3-jq$/&\nEssential: yes/' root/var/lib/dpkg/status
    says '.packages[0].purge == "essential"'
    state
    exits 0 "which must stay: it is essential"
    sed -i '/^Essential/d; /^Package: jq$/,/^$/s/^Status: install/Status: hold/' root/var/lib/dpkg/status
    says '.packages[0].purge == "held"'
    state
    exits 0 "which must stay: it is on hold"
}

@test "merged /usr: a program is told once, whatever the list calls it" {
    rmdir root/usr/sbin 2> /dev/null || mv root/usr/sbin/jq-admin root/usr/bin/ && rmdir root/usr/sbin
    ln -s bin root/usr/sbin
    mv root/bin/sh root/usr/bin/ && rmdir root/bin && ln -s usr/bin root/bin
    sed -i s,/usr/bin/jq,/bin/jq, root/var/lib/dpkg/info/jq.list
    says '.packages[0] | .shadowed == ["/usr/bin/jq"] and .name == "jq"'
}

@test "links that do not stand are told: missing, broken, foreign; what they came before is theirs no more" {
    rm root/usr/local/bin/jq
    says '.tools[0] | .commands == [{"name": "jq", "state": "missing"}] and .shadows == []'
    json '.packages == []'
    state
    exits 0 "jq (missing)"
    ln -s /opt/jq root/usr/local/bin/jq
    says '.tools[0].commands[0].state == "foreign"'
    ln -sfn /nix/var/nix/profiles/nixgraft/bin/just root/usr/local/bin/jq
    says '.tools[0].commands[0].state == "broken"'
    ln -sfn /nix/var/nix/profiles/nixgraft/bin/jq root/usr/local/bin/jq
    says '.tools[0].commands[0].state == "linked"'
    chmod u+w root/nix/store
    mv "root$(path small jq)" lost
    says '.tools[0].commands[0].state == "broken" and .tools[1].commands[0].state == "linked"'
    json '.objects == $n' --argjson n "$(closure "$lock" | wc -l)"
}

@test "what was not to be linked comes before nothing; none linked is said" {
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root root --expose just > /dev/null
    says '.tools[0] | .commands == [{"name": "jq", "state": "unlinked"}] and .shadows == []'
    json '.packages == [] and .tools[1].commands[0].state == "linked"'
    state
    exits 0 "jq (unlinked)"
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root root --expose none > /dev/null
    state
    exits 0 "no command is linked; /nix/var/nix/profiles/nixgraft/bin has them"
    silent_on "(unlinked)"
}

@test "with Nix it is the last line; --without-nix none is told, and its paths are not counted" {
    local whole
    whole=$(lock_of small nix jq)
    tiny_root other
    "$NIXGRAFT" apply --quiet --no-sync --lock "$whole" --root other --without-nix > /dev/null
    graft status --root other --json
    json '(has("nix") | not) and .paths == $n and .tools[0].sharedBytes == 0' --argjson n "$(closure "$(lock_of small jq)" | wc -l)"
    "$NIXGRAFT" apply --quiet --no-sync --lock "$whole" --root other --with-nix > /dev/null
    graft status --root other --json
    json '.nix | .name == "nix" and .path == $p and .ownBytes > 1000000 and (.commands | map(.name) | index("nix-store") != null)' \
        --arg p "$(path small nix)"
    json '.tools[0].sharedBytes > 0 and .paths == $n' --argjson n "$(closure "$whole" | wc -l)"
    graft status --root other
    exits 0 "with Nix, store of user root"
    [[ $(grep -n '^nix ' <<< "$output" | cut -d: -f1) -gt $(grep -n '^jq ' <<< "$output" | cut -d: -f1) ]]
}

@test "a root without dpkg works; a damaged database is an input error that names file and line" {
    rm -r root/var/lib/dpkg
    says '.packages == [] and .tools[0].shadows == [{"path": "/usr/bin/jq"}]'
    state
    exits 0 "before /usr/bin/jq"
    silent_on "Debian package" purged
    mkdir -p root/var/lib/dpkg
    printf 'Package: x\nStatus: install\n\n' > root/var/lib/dpkg/status
    state
    exits 6 "/var/lib/dpkg/status"
}

@test "no lock is followed: 1, with what to do" {
    tiny_root bare
    cp "$lock" closure.lock
    graft status --root bare
    exits 1 "bare follows no lock: nothing was applied there" "nixgraft apply"
    graft status --root bare --json
    exits 1
    json '.result == "failed" and .status == 1'
    jq '.unfinished = true' root/nix/var/nixgraft/receipt.json > unfinished
    cat unfinished > root/nix/var/nixgraft/receipt.json
    state
    exits 1 "not completed" "run it again"
    graft status --root nowhere
    exits 5 nowhere
    graft status extra --root root
    exits 2
}

@test "the lock is the root's own, wherever one stands; another one is not described" {
    cp "$(lock_of small git)" closure.lock
    says '[.tools[].name] == ["jq", "just"]'
    state --lock "$lock"
    exits 0
    state --lock closure.lock
    exits 1 "does not follow closure.lock, but another lock, which generation 1 has"
    # The kept one is lost: then closure.lock, if it is the one.
    rm root/nix/var/nixgraft/locks/1.lock
    state
    exits 1 "does not follow closure.lock"
    cp "$lock" closure.lock
    state
    exits 0
}

@test "a profile that somebody switched without nixgraft is told as it is" {
    "$NIXGRAFT" apply --quiet --no-sync --lock "$(lock_of small jq)" --root root > /dev/null
    ln -sfn nixgraft-1-link root/nix/var/nix/profiles/nixgraft
    says '.result == "switched" and .generation == 1 and .tools[1].commands[0].state == "missing"'
    state
    exits 0 "links are still those of generation 2" "nixgraft rollback 1"
    graft rollback 1 --root root --no-sync
    exits 0
    says '.result == "follows" and .generation == 1 and .tools[1].commands[0].state == "linked"'
}
