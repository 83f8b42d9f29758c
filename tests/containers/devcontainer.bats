#!/usr/bin/env bats
# Dev containers: the Feature in .devcontainer/nixgraft, hooks, users and this repository's own devcontainer.json, with the
# reference implementation (devcontainer build, up, exec, features test, features package).
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load lib
load devcontainer

setup_file() {
    need small next
    install_cli
    install_docker
    devcontainers_gone
    serve "$F/caches"
    export small=$url/small-zstd next=$url/next-zstd nginx
}
teardown_file() {
    unserve
    devcontainers_gone
}
setup() { work_folder; }

# prebuilt SUITE: the image $ME-SUITE: a base with the user dev, and the Feature with a lock of the whole small set, dev's.
prebuilt() {
    ! podman image exists "localhost/$ME-$1" 3>&- || return 0
    base_image "$1" > /dev/null
    workspace "prebuilt-$1" '{ "build": { "dockerfile": "Containerfile" }, "remoteUser": "dev", "features": { "./nixgraft": {} } }'
    image_of_dev "$1"
    feature "$W/.devcontainer/nixgraft" "$(the_lock)"
    devcontainer build --workspace-folder "$W" --image-name "$ME-$1"
    exits 0 '"outcome":"success"'
}
image_of_dev() {
    printf '%s\n' "FROM debian:$1-slim" 'RUN useradd --create-home --shell /bin/bash dev' > "$W/.devcontainer/Containerfile"
}

# the_lock [SET]: a lock of the whole small set, or of the next, from the server.
the_lock() {
    local set=${1:-small}
    local dir=$BATS_FILE_TMPDIR/lock.$set
    [ -e "$dir" ] || (mkdir "$dir" && cd "$dir" && "$NIXGRAFT" lock --quiet --cache "${!set}" --trusted-key "$KEY" \
        --manifest "$F/closures/$set.json") > /dev/null || return
    echo "$dir/closure.lock"
}

# ---- every way in ----

@test "devcontainer exec: each tool is the lock's, for root and for the remote user, on bookworm and trixie" {
    local suite user
    for suite in trixie bookworm; do
        prebuilt "$suite"
        for user in root dev; do
            workspace "$suite-$user" "{ \"image\": \"localhost/$ME-$suite\", \"remoteUser\": \"$user\" }"
            cp "$(the_lock)" "$W"
            up
            every_way "$user"
        done
    done
}

# every_way USER: does each tool resolve to its store path and run: called by itself, from a shell, from a login shell?
every_way() {
    local tool want
    local -a shell
    for shell in sh 'bash -l'; do
        # shellcheck disable=SC2086
        within $shell -c 'id -un; for tool in git jq just nix; do readlink -f "$(command -v $tool)"; $tool --version || exit; done
            nix-store --verify-path "$(readlink -f "$(command -v git)" | cut -d / -f 1-4)" && nixgraft verify --quiet'
        exits 0 "$1"
        for tool in git jq just nix; do
            want=$(path small "$tool")
            grep -q "^$want/bin/" <<< "$output" || fail "$1, $shell: $tool is not $want" "$output"
        done
    done
}

# ---- hooks ----

# hook NAME: the text of a hook that notes which tools it finds.
hook() { echo "./hook $1 >> hooks.log"; }

@test "hooks come in their order, each finds the tools; remoteEnv and containerEnv; a hook of apply does nothing, at each start" {
    prebuilt trixie
    workspace hooks "{ \"image\": \"localhost/$ME-trixie\", \"remoteUser\": \"dev\",
        \"containerEnv\": { \"GIVEN\": \"by container\" }, \"remoteEnv\": { \"SEEN\": \"\${containerEnv:NIX_SSL_CERT_FILE}\" },
        \"initializeCommand\": \"echo initialize >> hooks.log\", \"onCreateCommand\": \"$(hook onCreate)\",
        \"updateContentCommand\": \"$(hook updateContent)\", \"postCreateCommand\": \"$(hook postCreate)\",
        \"postStartCommand\": \"$(hook postStart); nixgraft apply\", \"postAttachCommand\": \"$(hook postAttach)\" }"
    printf '%s\n' '#!/bin/sh' 'echo "$1 $(readlink -f "$(command -v git)") $(nix --version) $GIVEN $SEEN"' > "$W/hook"
    chmod 755 "$W/hook"
    cp "$(the_lock)" "$W"
    chmod 777 "$W"
    touch "$W/hooks.log"
    chmod 666 "$W/hooks.log"
    up
    exits 0 "nothing to do: closure.lock is in place"
    tell_hooks initialize onCreate updateContent postCreate postStart postAttach
    state_within > before
    : > "$W/hooks.log"
    down
    up
    exits 0 "nothing to do: closure.lock is in place"
    tell_hooks initialize postStart postAttach
    state_within > after
    cmp before after
}

# tell_hooks NAME...: were these the hooks, in this order, and did they find all?
tell_hooks() {
    local name
    for name; do
        if [ "$name" = initialize ]; then echo initialize; continue; fi
        echo "$name $(path small git)/bin/git nix (Nix) $(nix_version) by container /etc/ssl/certs/ca-certificates.crt"
    done | diff - "$W/hooks.log" || fail "the hooks were others"
}
nix_version() { podman exec "$container" nix --version 3>&- | sed 's/.* //'; }
# All that tells of a write below /nix.
state_within() { podman exec "$container" find /nix -printf '%p %y %m %U:%G %C@ %T@ %i %l\n' 3>&- | sort; }

# cold NAME USER HOOK: a dev container whose image has no lock: its hook does it all. A second start has nothing to do.
cold() {
    workspace "$1" "{ \"build\": { \"dockerfile\": \"Containerfile\" }, \"remoteUser\": \"$2\", \"features\": { \"./nixgraft\": {} },
        \"remoteEnv\": { \"PATH\": \"/nix/var/nix/profiles/nixgraft/bin:\${containerEnv:PATH}\" },
        \"postCreateCommand\": \"$3\", \"postStartCommand\": \"nixgraft apply\" }"
    image_of_dev trixie
    feature "$W/.devcontainer/nixgraft"
    lock_from "$W/closure.lock" "$small" jq just
    up
    exits 0 "no lock here; let a hook" "of them 7 fetched" "nothing to do: closure.lock is in place"
    state_within > before
    down
    up
    exits 0 "nothing to do"
    silent_on fetched
    state_within > after
    cmp before after
    within sh -c 'readlink -f "$(command -v jq)"; jq --version; just --version; stat -c %U /nix/store'
    exits 0 "$(path small jq)/bin/jq" "just 1." "$2"
}

@test "a cold apply in postCreateCommand, root's; then nothing to do at each start" {
    cold cold-root root "nixgraft apply"
    within sh -c 'PATH=/usr/local/bin:/bin; readlink /usr/local/bin/jq'
    exits 0 /nix/var/nix/profiles/nixgraft/bin/jq
}

@test "a cold apply in postCreateCommand as a remote user who is not root: /nix is his, commands by PATH" {
    cold cold-dev dev "nixgraft apply --expose none"
    within sh -c 'ls -l /usr/local/bin'
    silent_on jq
}

@test "updateRemoteUserUID: tools run, the start gives the store to its user again, he can apply another lock" {
    prebuilt bookworm
    workspace uid "{ \"image\": \"localhost/$ME-bookworm\", \"remoteUser\": \"dev\" }"
    cp "$(the_lock next)" "$W/closure.lock"
    as_number 12345
    up
    within sh -c 'id -u; find /nix -type d ! -uid 12345; find /nix/var ! -uid 12345; git --version && nix-store --add closure.lock
        nixgraft apply && readlink -f "$(command -v jq)" && nix-store --verify --check-contents'
    exits 0 12345 "git version" "generation 2" "$(path next jq)/bin/jq" -closure.lock
    silent_on "/nix/var" "$(path small git)"
}

# ---- the Feature by itself ----

# install_in IMAGE OPTION... [-- CMD]: `run` of install.sh as a builder runs it, with these options, then of CMD, a line of sh. No
# network: file:///cache is all there is.
install_in() {
    local image=$1 option
    local -a options=()
    shift
    for option; do
        shift
        [ "$option" != -- ] || break
        options+=(--env "$option")
    done
    run --separate-stderr podman run --rm --pull=never --network none -v "$feature:/feature:ro" -v "$F/caches/small-zstd:/cache:ro" \
        --env _REMOTE_USER=root "${options[@]}" "$image" sh -c "cd /feature && ./install.sh && ${1-:}" < /dev/null 3>&-
}
a_feature() {
    feature=$BATS_TEST_TMPDIR/feature image=$(base_image trixie)
    feature "$feature" "$@"
}

@test "install.sh: each option does what it says" {
    lock_from "$PWD/x.lock" "$small" jq just
    a_feature x.lock
    install_in "$image" CACHE=file:///cache -- 'stat -c %U /nix/store; jq --version; ls /nix/var/nix/db/db.sqlite'
    exits 0 "closure.lock is in place" "of them 7 fetched" root jq- db.sqlite
    install_in "$image" CACHE=file:///cache EXPOSE=just NIX=false _REMOTE_USER=games -- \
        'stat -c %U /nix/store; just --version; [ ! -e /nix/var/nix/db/db.sqlite ] && ! command -v jq'
    exits 0 "just 1." games
    install_in "$image" CACHE=file:///cache EXPOSE=none USER=4711 -- 'ls /usr/local/bin; stat -c %u /nix/store'
    exits 0 4711
    [ "${lines[*]: -2}" = "nixgraft 4711" ]
    mv "$feature/closure.lock" "$feature/a.lock"
    install_in "$image" CACHE=file:///cache LOCK=a.lock -- 'jq --version'
    exits 0 "a.lock is in place"
    install_in "$image" CACHE=file:///cache LOCK=/feature/a.lock -- 'jq --version'
    exits 0 "/feature/a.lock is in place"
}

@test "install.sh: without a lock only the program, and /nix for the remote user; an image's own store keeps its owner" {
    a_feature
    install_in "$image" _REMOTE_USER=games -- 'stat -c %U:%G /nix; ls /nix; command -v nixgraft'
    exits 0 "let a hook" games:games /usr/local/bin/nixgraft
    install_in "$image" USER=4711 -- 'stat -c %u:%g /nix'
    exits 0 4711:0
    lock_from "$feature/late.lock" "$small" jq
    install_in "$image" _REMOTE_USER=games -- 'setpriv --reuid=games --regid=games --clear-groups nixgraft apply --expose none --lock late.lock \
        --cache file:///cache && nixgraft rechown --dry-run'
    exits 0 "late.lock is in place" $'\n0 of ' "would be given to games"
    lock_from "$feature/closure.lock" "$small" jq
    install_in "$image" CACHE=file:///cache _REMOTE_USER=games -- '_REMOTE_USER=root ./install.sh && stat -c %U /nix/store'
    exits 0 "nothing to do" games
}

@test "install.sh: a base without a CA bundle gets Mozilla's, so that env and doctor are content; one that is there stays" {
    local bundle=/etc/ssl/certs/ca-certificates.crt
    a_feature
    lock_from "$feature/closure.lock" "$small" jq
    install_in "$image" CACHE=file:///cache -- "stat -c '%a %U' $bundle && grep -c BEGIN $bundle; nixgraft env; NIX_SSL_CERT_FILE=$bundle nixgraft doctor"
    exits 0 "644 root" "NIX_SSL_CERT_FILE='$bundle'" "healthy: 0 problems"
    [ "$(grep -cx '[0-9][0-9]*' <<< "$output")" = 1 ] || fail "$output"
    podman run --name "$ME-ca" --pull=never "$image" sh -c "mkdir -p /etc/ssl/certs && echo company > $bundle" 3>&-
    podman commit --quiet "$ME-ca" "$ME-ca" > /dev/null 3>&-
    install_in "$ME-ca" CACHE=file:///cache -- "cat $bundle"
    exits 0 company
    silent_on BEGIN
    rm "$feature/ca-certificates.crt"
    install_in "$image" CACHE=file:///cache -- "ls $bundle; nixgraft env"
    exits 0 "jq"
    [[ $stderr == *"there is no $bundle: https will not work"* ]]
}

@test "install.sh: what it cannot do it says in one line" {
    a_feature
    refuses() { [ "$status" = "$1" ] && [ "$(grep -c . <<< "$stderr")" = 1 ] && exits "$1" "${@:2}"; }
    install_in "$image" LOCK=/srv/closure.lock
    refuses 1 "nixgraft Feature: option lock: there is no /srv/closure.lock"
    install_in "$image" LOCK=other.lock
    refuses 1 "nixgraft Feature: option lock: there is no /feature/other.lock"
    cp "$(the_lock)" "$feature/closure.lock"
    install_in "$image" CACHE=file:///cache USER=nosuchuser
    refuses 2 "there is no user 'nosuchuser'"
    install_in "$image" CACHE=file:///elsewhere
    refuses 3 "file:///elsewhere"
    install_in "$image" CACHE=file:///cache EXPOSE=nosuchcommand
    refuses 2 nosuchcommand
    mv "$feature/nixgraft-$(uname -m)" "$feature/nixgraft-other"
    install_in "$image"
    refuses 1 "nixgraft Feature: no program for $(uname -m)"
    head -c 100 "$feature/nixgraft-other" > "$feature/nixgraft-$(uname -m)"
    install_in "$image"
    refuses 1 "does not run on this $(uname -m)"
}

@test "the Feature is what it says: version, environment, options, no more than /bin/sh; it can be packaged" {
    local json=$TOP/.devcontainer/nixgraft/devcontainer-feature.json option
    prebuilt trixie
    [ "nixgraft $(jq -r .version "$json")" = "$("$NIXGRAFT" --version | head -n 1 | cut -d ' ' -f 1-2)" ]
    run_in "localhost/$ME-trixie" nixgraft env --format devcontainer
    jq -e --slurpfile said <(echo "$output") '.containerEnv == $said[0].containerEnv and $said[0].remoteEnv == null' "$json"
    for option in $(jq -r '.options | keys[]' "$json"); do
        grep -q "\${${option^^}:" "$TOP/.devcontainer/nixgraft/install.sh"
        grep -q "^| \`$option\` |" "$TOP/.devcontainer/nixgraft/README.md"
    done
    [ "$(head -n 1 "$TOP/.devcontainer/nixgraft/install.sh")" = '#!/bin/sh' ]
    feature src/nixgraft
    devcontainer features package --output-folder out src
    exits 0
    tar -xOf out/devcontainer-feature-nixgraft.tgz ./devcontainer-feature.json | cmp - "$json"
    mkdir unpacked
    tar -C unpacked -xf out/devcontainer-feature-nixgraft.tgz
    diff -r src/nixgraft unpacked
    [ -x unpacked/install.sh ] && [ -x "unpacked/nixgraft-$(uname -m)" ]
}

@test "devcontainer features test: root and another remote user, bookworm and trixie" {
    base_image trixie
    base_image bookworm
    lock_from "$PWD/closure.lock" "$small" jq just
    feature src/nixgraft closure.lock
    mkdir test
    cp -r "$containers/devcontainer.scenarios" test/nixgraft
    cp closure.lock test/nixgraft
    for tool in jq just; do echo "$tool $(path small "$tool")"; done > test/nixgraft/expected
    devcontainer features test --base-image debian:trixie-slim --remote-user root --skip-duplicated --project-folder .
    [ "$status" = 0 ] || fail "$output" "$stderr"
    for scenario in nixgraft user_trixie user_bookworm; do
        [[ $output == *"Passed"*"'$scenario'"* ]] || fail "$output"
    done
}

# ---- this repository's own ----

@test "this repository opens in its dev container: the program is built, its tools come with a closure.lock" {
    workspace checkout '{}'
    tar -C "$TOP" --exclude=./build --exclude=./.git -c . | tar -x -C "$W"
    base_image trixie
    up
    silent_on fetched
    within sh -c 'nixgraft --version && make -n static > /dev/null && git --version && dpkg -S "$(command -v git)"'
    exits 0 "nixgraft 0" "git: /usr/bin/git"
    lock_from "$W/closure.lock" "$small" jq
    down
    up
    exits 0 "of them 4 fetched"
    within sh -c 'readlink -f "$(command -v jq)"'
    exits 0 "$(path small jq)/bin/jq"
}
