# `nixgraft versions`: what a lock lets one expect, read by those it is for: jq, pytest, testinfra, shells; and --check, which looks
# whether a root is so.
load ../lib

setup_file() {
    export lock two
    # As a flake would tell it: upstream's versions, without Debian's revisions.
    jq '.tools[].version |= sub("-.*"; "") | .nix |= {path: ., version: "2.26.3", pname: "nix"}' "$F/closures/small.json" \
        > "$BATS_FILE_TMPDIR/small.json"
    lock=$BATS_FILE_TMPDIR/closure.lock
    (cd "$BATS_FILE_TMPDIR" && "$NIXGRAFT" lock --quiet --lock "$lock" --cache "$(cache small)" --trusted-key "$KEY" \
        --manifest small.json > /dev/null)
    two=$(lock_of next jq)
    root_of "$BATS_FILE_TMPDIR/good"
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root "$BATS_FILE_TMPDIR/good" > /dev/null
}
teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }
setup() {
    work_folder
    cp -a "$BATS_FILE_TMPDIR/good" root
}
teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# root_of DIR: a root that `inside` can be in; it has Debian's /etc/profile.
root_of() {
    mkdir -p "$1"/{dev,etc/profile.d,host,root,self,tmp,usr/bin,usr/local/bin,usr/sbin}
    ln -s usr/bin usr/sbin usr/lib usr/lib64 "$1"
    echo root:x:0:0:root:/root:/bin/sh > "$1/etc/passwd"
    profile > "$1/etc/profile"
}
profile() {
    cat <<-'PROFILE'
	if [ "$(id -u)" -eq 0 ]; then
	  PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	else
	  PATH="/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
	fi
	export PATH
	PROFILE
}

# inside CMD...: in the root, with this machine's programs in /usr, but for /usr/local; /self is the root again. All mounts vanish with
# the namespace.
inside() {
    [ "$(id -u)" = 0 ] || skip "only root mounts"
    # shellcheck disable=SC2016  # expanded by the inner shell
    run --separate-stderr unshare --mount bash -euc '
        root=$1
        shift
        mount --bind "$root/usr/local" "$root/host"
        mount --bind /usr "$root/usr"
        mount --bind "$root/host" "$root/usr/local"
        mount --rbind /dev "$root/dev"
        mount --rbind "$root" "$root/self"
        exec chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin "$@"
    ' bash "$PWD/root" "$@"
}

# spell FORM [OPTION...]: what `versions` says of the lock, in $output.
spell() {
    graft versions --lock "$lock" --format "$@"
    exits 0
    [ -z "$stderr" ]
}
check() { graft versions --check --root root "$@"; }
# says STATE COMMAND FILTER...: of that command, with --json.
says() {
    check --json "${@:4}"
    exits "$1"
    json '.commands[] | select(.name == $c) | '"$3" --arg c "$2"
}

# ---- from the lock alone ----

@test "the table: a tool a line, and Nix last" {
    spell table
    [ "$(awk '{ print $1 }' <<< "$output")" = "$(printf '%s\n' tool git jq just nix)" ]
    [ "$(sed -n 3p <<< "$output" | tr -s ' ')" = "jq 1.7.1 jq $(path small jq) jq" ]
    [[ ${lines[4]} == "nix   2.26.3 "*"$(path small nix)"*" nix nix-build "*" and 3 more" ]]
    [ "$(graft versions --lock "$lock"; echo "$output")" = "$output" ]
}

@test "JSON: each tool by its name, with a file for each command" {
    spell json
    json '.system == "x86_64-linux" and (.tools | keys) == ["git", "jq", "just"]'
    json '.tools.jq == {version: "1.7.1", attribute: "jq", pname: "jq", path: $p, commands: {jq: ($p + "/bin/jq")}}' --arg p "$(path small jq)"
    json '.nix | .version == "2.26.3" and .path == $p and (.commands | length) == 11 and .commands["nix-store"] == $p + "/bin/nix-store"' \
        --arg p "$(path small nix)"
    want=$output
    graft versions --lock "$lock" --json
    exits 0
    [ "$output" = "$want" ]
    spell json --without-nix --expose git,jq
    json '(has("nix") | not) and [.tools[].commands | keys[]] == ["git", "jq"]'
    spell json --without-nix --expose none
    json '[.tools[].commands | keys[]] == ["git", "jq", "just"]'
}

@test "which lock, which system: closure.lock, one that is named, the root's own; the only system, or that which is named" {
    graft versions
    exits 6 "closure.lock: there is no such lock"
    graft versions --root root
    exits 0 "git   2.47.3"
    cp "$(lock_of arm64)" closure.lock
    graft versions --json
    exits 0
    json '.system == "aarch64-linux" and .tools.jq.path == $p' --arg p "$(path arm64 jq)"
    graft versions --system x86_64-linux
    exits 2 "closure.lock has nothing for x86_64-linux, but aarch64-linux"
    graft lock --lock closure.lock --cache "$(cache small)" --trusted-key "$KEY" --tool "jq=$(path small jq)"
    exits 0
    graft versions --json --system aarch64-linux
    json '.system == "aarch64-linux"'
    graft versions --json --system x86_64-linux
    json '.system == "x86_64-linux"'
    tiny_root other
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root other --without-nix --expose jq,just > /dev/null
    graft versions --json --root other
    json '(has("nix") | not) and [.tools[].commands | keys[]] == ["jq", "just"]'
    unlocked other
}

# ---- pytest and testinfra ----

# tests [OPTION...]: the module's tests inside the root, under pytest.
tests() { inside /usr/bin/python3 -m pytest -q -p no:cacheprovider --rootdir /tests "$@" /tests; }
# without_testinfra: as where it is not installed.
without_testinfra() {
    mkdir -p root/none
    echo 'raise ImportError("not installed")' > root/none/testinfra.py
}

@test "pytest alone: each command is asked for, and those that are another's fail with the reason" {
    mkdir root/tests
    spell pytest
    echo "$output" > root/tests/test_nixgraft_versions.py
    without_testinfra
    tests_alone() { inside env PYTHONPATH=/none PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 /usr/bin/python3 -m pytest -q -p no:cacheprovider --rootdir /tests /tests; }
    tests_alone
    exits 0 "14 passed"
    ln -s /usr/bin/true root/usr/local/bin/true
    ln -sf /usr/bin/true root/usr/local/bin/jq
    rm root/usr/local/bin/nix-store
    tests_alone
    exits 1 "12 passed" "2 failed" "jq is /usr/local/bin/jq on PATH, not the lock's" "nix-store is nothing on PATH, not the lock's" "$(path small jq)/bin/jq"
}

@test "testinfra: its host is asked, this machine or another" {
    mkdir root/tests
    spell pytest
    echo "$output" > root/tests/test_nixgraft_versions.py
    tests
    exits 0 "14 passed"
    tests -vv
    exits 0 "test_command_is_the_locks[local-git]"
    tests -vv --connection=chroot --hosts=/self
    exits 0 "14 passed" "-nix-store]"
    mv root/nix/store/"$(basename "$(path small just)")" root/tmp/
    tests --connection=chroot --hosts=/self
    exits 1 "1 failed" "$(path small just)/bin/just is not in the store"
}

# block N: the Nth block of Python in docs/versions.md.
block() { awk -v want="$1" '/^```python/ { n++; if (n == want) { on = 1; next } } /^```/ { on = 0 } on' "$TOP/docs/versions.md"; }

@test "docs/versions.md: the tests before and after, as they stand there, and what it asks a login shell" {
    mkdir root/tests
    spell pytest
    echo "$output" > root/tests/test_nixgraft_versions.py
    block 1 > root/tests/test_before.py
    block 2 > root/tests/test_image.py
    tests
    exits 0 "19 passed"
    cp "$NIXGRAFT" root/usr/local/bin/nixgraft
    # shellcheck disable=SC2016
    inside /usr/bin/dash -c "$(sed -n 's/^.*\(nixgraft versions --check --path .*)"\)`.$/\1/p' "$TOP/docs/versions.md")"
    exits 0 "right: 14 commands lead"
}

@test "names that want quotes: Python and shells read what the lock says" {
    odd=$'it\'s a "b" \\n $x `y` #{z}'
    jq --arg o "$odd" '.tools |= {($o): (.jq + {version: "1\"\u00e4'\'' \\ $x", commands: [$o, "jq"]}), "a-b": .just, "a_b": .git}' \
        "$BATS_FILE_TMPDIR/small.json" > odd.json
    graft lock --cache "$(cache small)" --trusted-key "$KEY" --manifest odd.json
    exits 0
    lock=closure.lock
    spell json
    jq -S '.tools[] |= (del(.pname) | .commands |= keys)| .nix |= (del(.pname) | .commands |= keys)' <<< "$output" > want
    spell pytest
    { sed '/^import pytest$/,/^        return None$/d' <<< "$output" | sed '/^@pytest/,$d'
        echo 'import json'
        echo 'print(json.dumps({"system": SYSTEM, "tools": TOOLS, "nix": NIX}))'
    } > said.py
    /usr/bin/python3 said.py | jq -S . > is
    diff want is
    spell shell
    echo "$output" > said
    for shell in "dash -u" "bash -u" "zsh -fu"; do
        # shellcheck disable=SC2086
        [ "$($shell -c '. ./said; printf %s "$NIXGRAFT_IT_S_A__B___N__X__Y____Z__VERSION"')" = $'1"ä\' \\ $x' ] || fail "$shell" "$(cat said)"
        # shellcheck disable=SC2086
        [ "$($shell -c '. ./said; echo "$NIXGRAFT_A_B_PATH $NIXGRAFT_A_B_2_PATH $NIXGRAFT_SYSTEM"')" = "$(path small just) $(path small git) x86_64-linux" ]
        # shellcheck disable=SC2086
        run $shell -c '. ./said; nixgraft_check'
        exits 1 "$odd: $(path small jq)/bin/$odd is not in the store"
    done
    shellcheck -s sh said
}

# ---- shells ----

@test "shells: variables, and a check that tells what is not so" {
    spell shell
    echo "$output" > root/tmp/said
    shellcheck root/tmp/said
    for shell in "/usr/bin/dash -eu" "/usr/bin/bash -eu" "/usr/bin/bash --posix -eu" "/usr/bin/zsh -feu"; do
        # shellcheck disable=SC2086
        inside $shell -c '. /tmp/said; nixgraft_check; echo "$NIXGRAFT_GIT_VERSION $NIXGRAFT_NIX_PATH"; nixgraft_find git'
        exits 0
        [ "$output" = "2.47.3 $(path small nix)"$'\n'"/usr/local/bin/git" ]
        [ -z "$stderr" ]
    done
    install -m 755 /dev/null root/tmp/jq
    rm root/usr/local/bin/nix-hash
    for shell in "/usr/bin/dash -u" "/usr/bin/bash -u" "/usr/bin/zsh -fu"; do
        # shellcheck disable=SC2086
        inside $shell -c '. /tmp/said; PATH=/tmp:$PATH; nixgraft_check'
        exits 1
        [ -z "$output" ]
        [ "$stderr" = "jq: /tmp/jq on PATH, instead of $(path small jq)/bin/jq
nix-hash: not on PATH, instead of $(path small nix)/bin/nix-hash" ] || fail "$shell: $stderr"
    done
}

# ---- --check ----

@test "--check: right, on PATH and in login shells; nothing is changed and nothing executed" {
    before=$(manifest -c root)
    run --separate-stderr strace -f -qq -o trace -e trace=execve "$NIXGRAFT" versions --check --root root
    exits 0 "right: 14 commands lead where the lock of generation 1 says, on PATH and in login shells"
    [ "$(wc -l < trace)" = 1 ]
    check --quiet
    exits 0
    [ -z "$output$stderr" ]
    check --lock "$lock"
    exits 0 "right: 14 commands lead where $lock says"
    check --json
    exits 0
    json '.result == "right" and .system == "x86_64-linux" and .wrong == 0 and (.commands | length) == 14'
    json '[.searched[].name] == ["path", "userLogin"]'
    json '.commands[] | select(.name == "jq") | . == {name: "jq", tool: "jq", version: "1.7.1", wanted: $f, state: "right", on: "path",
        found: "/usr/local/bin/jq", leadsTo: $f}' --arg f "$(path small jq)/bin/jq"
    same_manifest "$before" "$(manifest -c root)"
}

@test "--check inside: PATH is that of the process" {
    cp "$NIXGRAFT" root/tmp/nixgraft
    inside /tmp/nixgraft versions --check
    exits 0 "right: 14 commands"
    inside env PATH=/usr/bin:/bin /tmp/nixgraft versions --check
    exits 1 "PATH lacks /usr/local/bin, where the lock's commands are, and 14 of them are not found there; put it first"
    [ "${#lines[@]}" = 1 ]
    install -m 755 /dev/null root/root/git
    inside env PATH=/root:/usr/local/bin:/usr/bin:/bin /tmp/nixgraft versions --check
    exits 1 "git: /root/git comes first on PATH; put /usr/local/bin before /root there, or move that program away"
    [ "${#lines[@]}" = 1 ]
    # Folders that are not absolute, and empty ones, begin where one is, as for a shell.
    for path in .:/usr/local/bin :/usr/local/bin root:/usr/local/bin ../root/.:/usr/local/bin; do
        folder=/root
        [[ $path != root:* ]] || folder=/
        inside /usr/bin/env -C "$folder" PATH="$path" /tmp/nixgraft versions --check
        exits 1 "git: /root" "comes first on PATH"
        [ "${#lines[@]}" = 1 ]
        inside /usr/bin/env -C "$folder" PATH="$path" /usr/bin/dash -c 'command -v git'
        [[ $output != /usr/local/bin/git ]]
        inside /usr/bin/env -C /tmp PATH="$path" /tmp/nixgraft versions --check --path .:relative:/usr/local/bin:
        exits 0 "right: 14 commands"
    done
}

@test "--check: a program that comes before" {
    mkdir -p root/usr/local/sbin root/opt
    install -m 755 /dev/null root/usr/local/sbin/just
    install -m 755 /dev/null root/usr/bin/git
    check
    exits 1 "just: /usr/local/sbin/just comes first on PATH; put /usr/local/bin before /usr/local/sbin there" "1 of 14 commands is not what"
    silent_on git jq
    says 1 just '.state == "shadowed" and .on == "path" and .found == "/usr/local/sbin/just" and .leadsTo == "/usr/local/sbin/just"'
    json '.result == "differs" and .wrong == 1'
    # A folder that hides several is one line; one that PATH has later hides nothing.
    for i in git jq just; do install -m 755 /dev/null "root/opt/$i"; done
    check --path /opt:/usr/local/bin
    exits 1 "git and 2 more: /opt/git comes first on PATH"
    [ "${#lines[@]}" = 1 ]
    check --path /usr/local/bin:/opt
    exits 0
    # What is not executable, and a folder of that name, come before nothing.
    rm root/opt/*
    mkdir root/opt/jq
    touch root/opt/git
    check --path /opt:/usr/local/bin
    exits 0
    # Another way to the same file is no other program.
    ln -s ../usr/local/bin/jq root/opt/just
    ln -s "$(path small jq)/bin/jq" root/opt/jq2
    rmdir root/opt/jq && mv root/opt/jq2 root/opt/jq
    check --path /opt:/usr/local/bin
    exits 1 "just: /opt/just comes first"
    silent_on jq:
}

@test "--check: links that are missing, broken, of others; what to do, and that it helps" {
    cd root/usr/local/bin || return
    rm git
    ln -sf /nix/var/nix/profiles/nixgraft/bin/gone jq
    ln -sf /usr/bin/true nix-hash
    rm just && install -m 755 /dev/null just
    cd - > /dev/null || return
    install -m 755 /dev/null root/usr/bin/git
    check
    exits 1 "git: /usr/local/bin/git is missing, and /usr/bin/git answers instead; run \`nixgraft apply --root $PWD/root\`" \
        "jq: /usr/local/bin/jq leads to no program; run \`nixgraft apply" \
        "just: /usr/local/bin/just is not nixgraft's, and stands where the lock's is to be; move it away, or let \`nixgraft apply --force --root $PWD/root\` do it" \
        "nix-hash: /usr/local/bin/nix-hash is not nixgraft's" "4 of 14 commands are not what the lock of generation 1 says"
    [ "${#lines[@]}" = 4 ]
    says 1 git '.state == "missing" and .found == "/usr/bin/git"'
    json '[.commands[] | select(.state != "right").state] == ["missing", "broken", "foreign", "foreign"]'
    "$NIXGRAFT" apply --quiet --no-sync --force --lock "$lock" --root root > /dev/null
    check
    exits 0
}

@test "--check: another generation than the lock's" {
    "$NIXGRAFT" apply --quiet --no-sync --lock "$two" --root root > /dev/null
    check
    exits 0 "right: 1 command leads where the lock of generation 2 says"
    check --lock "$two"
    exits 0
    check --lock "$lock"
    exits 1 "jq: /usr/local/bin/jq leads to $(path next jq)/bin/jq, and not to $(path small jq)/bin/jq; run \`nixgraft apply --lock $lock --root" \
        "git: /usr/local/bin/git is missing; run" "nix and 10 more: /usr/local/bin/nix is missing"
    [ "${#lines[@]}" = 4 ]
    says 1 jq '.state == "other"' --lock "$lock"
    graft rollback --root root --no-sync 1
    exits 0
    check --lock "$lock"
    exits 0
    # The profile alone was switched.
    ln -sfn nixgraft-2-link root/nix/var/nix/profiles/nixgraft
    check --lock "$lock"
    exits 1 "jq: /usr/local/bin/jq leads to $(path next jq)/bin/jq" "git: /usr/local/bin/git leads to no program"
}

@test "--check: an object that is not there any more" {
    mv root/nix/store/"$(basename "$(path small jq)")" .
    check
    exits 1 "jq: /usr/local/bin/jq leads to no program"
    unlocked "$(basename "$(path small jq)")"
}

@test "--check: login shells have a PATH of their own" {
    echo 'PATH="/usr/bin:/bin"' > root/etc/profile
    check
    exits 0 "and in login shells" # nixgraft's own piece of the profile puts the folder there
    rm root/etc/profile.d/nixgraft.sh
    check
    exits 1 "the PATH of root's login shells lacks /usr/local/bin, where the lock's commands are, and 14 of them are not found there"
    says 1 jq '.state == "off PATH" and .on == "rootLogin"'
    # One that says it in another way is not guessed at.
    # shellcheck disable=SC2016
    echo 'PATH="$PATH:/opt"' > root/etc/profile
    check
    exits 0 "on PATH"
    silent_on login
    rm root/etc/profile
    check
    exits 0
}

@test "--check: what was chosen for the root counts: with less commands, without Nix, with no links at all" {
    tiny_root other
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root other --without-nix --expose jq,git > /dev/null
    graft versions --check --root other
    exits 0 "right: 2 commands lead"
    graft versions --check --root other --expose all
    exits 1 "just: /usr/local/bin/just is missing"
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root other --expose none > /dev/null
    graft versions --check --root other
    exits 1 "PATH lacks /nix/var/nix/profiles/nixgraft/bin, where the lock's commands are, and 3 of them are not found there"
    graft versions --check --root other --path /nix/var/nix/profiles/nixgraft/bin:/bin
    exits 0 "right: 3 commands lead"
    unlocked other
}

@test "--check of a root that follows nothing: a lock is to be named, and all is missing" {
    tiny_root bare
    graft versions --check --root bare
    exits 6 "closure.lock: there is no such lock"
    graft versions --check --root bare --lock "$lock"
    exits 1 "git: /usr/local/bin/git is missing; run \`nixgraft apply --lock $lock --root $PWD/bare\`"
}
