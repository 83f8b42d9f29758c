#!/usr/bin/env bats
# Confined: another's store, a read-only root, no capabilities, no network, no root at all, noexec, and volumes over /nix.
# $NIXGRAFT, $OLD, $NEW and $BIN in the scripts are the container's, see sh_in; OLD and NEW have a `just` of other versions.
# shellcheck disable=SC2016  # expanded in the container
load ways

setup_file() {
    export lived
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
    lock_of next
    lived=$(lived_in trixie)
    grafted "$ME-old" trixie "$(lock_of small)"
    grafted "$ME-new" trixie "$(lock_of next)"
}

teardown_file() { containers_gone; }

setup() { work_folder; }
teardown() {
    unserve
    leave_user
}

# nix_folder [UID]: an empty folder for the container's /nix, that user's.
nix_folder() {
    mkdir "$BATS_TEST_TMPDIR/nix"
    chown "${1:-0}" "$BATS_TEST_TMPDIR/nix"
    echo "$BATS_TEST_TMPDIR/nix"
}

@test "a store that is root's serves others, who cannot change it" {
    local user
    for user in dev 12345:678; do
        sh_in "$ME-old" --user $user 'git --version && jq --version && just --version && ! touch /nix/store/x "$BIN/x" /nix/x &&
            "$NIXGRAFT" apply --lock "$OLD" && "$NIXGRAFT" verify --lock "$OLD"'
        exits 0 "$(just_of small)" "Permission denied" "nothing to do" "0 findings"
        sh_in "$ME-old" --user $user '"$NIXGRAFT" apply --lock "$NEW"'
        exits 5 "/nix/store belongs to root (0)" "rechown --user"
        one_line
    done
}

@test "a read-only root: tools run, apply has nothing to do; what it must change it refuses in one line" {
    sh_in "$ME-old" --read-only 'git --version && just --version && "$NIXGRAFT" apply --lock "$OLD" && "$NIXGRAFT" verify --lock "$OLD"'
    exits 0 "$(just_of small)" "nothing to do" "0 findings"
    sh_in "$ME-old" --read-only '"$NIXGRAFT" apply --lock "$NEW"; echo "status $?"; just --version; "$NIXGRAFT" verify --lock "$OLD"'
    exits 0 "status 5" "Read-only file system" "$(just_of small)" "0 findings"
    one_line
    sh_in "$lived" --read-only '"$NIXGRAFT" apply --lock "$OLD"'
    exits 5 "Read-only file system"
    one_line
}

# An overlay cannot rename a directory that came with the image.
@test "objects of the image's layer that are damaged in the container are repaired there" {
    sh_in "$ME-old" --env JQ="$(path small jq)" --env JUST="$(path small just)" 'file=$(find "$JQ" -type f | head -n 1)
        repaired() { "$NIXGRAFT" verify --lock "$OLD" --repair && "$NIXGRAFT" verify --lock "$OLD" && ls -A /nix/store | grep "^[.]nixgraft-"; }
        chmod u+w "$file" && echo x >> "$file" && rm -rf "$JUST" && echo x > "$JUST" && "$NIXGRAFT" verify --quiet --lock "$OLD"
        echo "status $?"; repaired; just --version
        chmod u+w "$JUST" && rm -rf "$JUST"/* && mkdir -p "$JUST/bin/just" && repaired; just --version && "$JQ/bin/jq" --version'
    exits 0 "status 4" "fetching 2 paths" "fetching 1 path,"
    [ "$(grep -c " 0 findings" <<< "$output")" = 4 ] || fail "$output" "$stderr"
    [ "$(grep -cx "$(just_of small)" <<< "$output")" = 2 ] || fail "$output"
    silent_on "cannot move" .nixgraft-
}

@test "a read-only root and a /nix that is not: nothing is begun, or with --expose none all is done" {
    local nix
    nix=$(nix_folder)
    sh_in "$lived" --read-only --volume "$nix:/nix" '"$NIXGRAFT" apply --lock "$OLD"'
    exits 5 "/usr/local/bin/git cannot be made" "--expose none" "Read-only file system"
    one_line
    [ -z "$(ls -A "$nix")" ]
    sh_in "$lived" --read-only --volume "$nix:/nix" '"$NIXGRAFT" apply --quiet --lock "$OLD" --expose none && "$BIN/just" --version &&
        "$NIXGRAFT" apply --lock "$OLD" && "$NIXGRAFT" verify --lock "$OLD"'
    exits 0 "$(just_of small)" "nothing to do" "0 findings"
}

@test "no capabilities: root with a /nix and a user with his own apply from a folder and over http" {
    local over_http=$BATS_FILE_TMPDIR/http.json
    serve "$F/caches/small-zstd"
    lock_from "$over_http" "$url" git jq just
    sh_in "$lived" --cap-drop all --volume "$(nix_folder):/nix" '"$NIXGRAFT" apply --quiet --lock "$OLD" && just --version &&
        "$NIXGRAFT" verify --lock "$OLD" && ! grep "^CapEff.*[1-9a-f]" /proc/self/status'
    exits 0 "$(just_of small)" "0 findings"
    rm -rf "$BATS_TEST_TMPDIR/nix"
    sh_in "$lived" --cap-drop all --user dev --volume "$(nix_folder 1000):/nix" --env LOCK="$over_http" \
        '"$NIXGRAFT" apply --quiet --lock "$LOCK" --expose none && "$BIN/just" --version && "$NIXGRAFT" verify --lock "$LOCK" &&
        "$NIXGRAFT" apply --lock "$LOCK" && find /nix ! -user dev | grep . || echo all of it is his'
    exits 0 "$(just_of small)" "0 findings" "nothing to do" "all of it is his"
    grep -q ' /nar/' "$log"
}

@test "no network: a folder that is mounted is cache enough" {
    sh_in "$lived" --network none '"$NIXGRAFT" apply --quiet --offline --lock "$OLD" && just --version'
    exits 0 "$(just_of small)"
}

# A shell goes on to the next of that name on PATH: Debian's git runs, with no word of it.
@test "a /nix that is noexec: nothing of it runs, and doctor says why" {
    sh_in "$lived" --tmpfs /nix:rw,noexec,size=1g '"$NIXGRAFT" apply --quiet --lock "$OLD"; echo "applied $?"; just --version
        readlink -f "$(command -v git)"; "$NIXGRAFT" doctor'
    exits 1 "applied 0" "just: Permission denied" "problem: /nix/store is mounted noexec" "remedy: mount -o remount,exec"
}

@test "an empty volume over /nix hides the image's store: apply says so, and completes it" {
    sh_in "$ME-old" --volume "$(nix_folder):/nix" 'just --version; "$NIXGRAFT" apply --lock "$OLD" && just --version &&
        "$NIXGRAFT" apply --lock "$OLD" && "$NIXGRAFT" verify --lock "$OLD"'
    exits 0 "just: not found" "lead into a store that is not here (a volume over /nix hides it); completing it" "generation 1" \
        "$(just_of small)" "nothing to do" "0 findings"
}

@test "a volume that an older image filled is brought up to date by the newer image's lock, and says so" {
    podman volume create "$ME" > /dev/null
    sh_in "$ME-old" --volume "$ME:/nix" 'just --version'
    exits 0 "$(just_of small)"
    sh_in "$ME-new" --volume "$ME:/nix" 'just --version; "$NIXGRAFT" apply --lock "$NEW" && just --version &&
        "$NIXGRAFT" apply --lock "$NEW" && "$NIXGRAFT" verify --lock "$NEW"'
    exits 0 "the volume mounted over /nix follows another lock; bringing it up to date" "generation 2" "nothing to do" "0 findings"
    [[ $output == "$(just_of small)"$'\n'*"$(just_of next)"$'\n'* ]]
    sh_in "$ME-new" --volume "$ME:/nix" '"$NIXGRAFT" apply --lock "$NEW"'
    exits 0 "nothing to do"
    [ -z "$stderr" ]
}

@test "who cannot make /nix is told the three ways out, in one line" {
    sh_in "$lived" --user dev '"$NIXGRAFT" apply --lock "$OLD" --expose none'
    exits 5 "cannot make /nix" "run as root" "install -d -o" "mount a volume there" "Permission denied"
    one_line
    sh_in "$lived" --user dev 'ls /nix'
    exits 2
}

# become_user: a user of the machine who is nobody in particular, in $home; as_user CMD...: `run` as that user, in a mount
# namespace with nothing of `enter`'s, so that no other `enter` takes it for its own: podman is rootless there.
USER_ID=54321
become_user() {
    home=$(mktemp -d /tmp/nixgraft-rootless.XXXXXX)
    mkdir -p "$home/run" "$home/.config/containers"
    cp "$NIXGRAFT" "$home/nixgraft"
    cp "$(lock_of small)" "$home/closure.lock"
    { cat /etc/passwd && echo "nixgraft-test:x:$USER_ID:$USER_ID::$home:/bin/sh"; } > "$home/passwd"
    { cat /etc/group && echo "nixgraft-test:x:$USER_ID:"; } > "$home/group"
    echo nixgraft-test:200000:65536 | tee "$home/subuid" > "$home/subgid"
    cp "$CONTAINERS_CONF" "$home/.config/containers/containers.conf"
    cp "$CONTAINERS_REGISTRIES_CONF" "$home/.config/containers/registries.conf"
    printf '[storage]\ndriver = "overlay"\n' > "$home/.config/containers/storage.conf"
    chown -R $USER_ID:$USER_ID "$home"
    chmod 755 "$home"
}
as_user() {
    run --separate-stderr aside unshare --mount --propagation private sh -euc 'home=$1 id=$2; shift 2
        sed -n "s|^\([^ ]* \)\{4\}\(/[^ ]*\) .* tmpfs nixgraft:.*|\2|p" /proc/self/mountinfo | xargs umount --lazy
        for file in passwd group subuid subgid; do mount --bind "$home/$file" "/etc/$file"; done
        cd "$home"
        exec setpriv --reuid "$id" --regid "$id" --clear-groups env -i PATH="$PATH" HOME="$home" XDG_RUNTIME_DIR="$home/run" "$@"' \
        sh "$home" "$USER_ID" "$@"
}
# Rootless podman keeps a process for its namespace. What belongs to subordinate ids only root can remove.
leave_user() {
    [ -n "${home-}" ] || return 0
    [ ! -e "$home/run/libpod/tmp/pause.pid" ] || kill "$(cat "$home/run/libpod/tmp/pause.pid")"
    rm -rf --one-file-system "$home"
}

@test "rootless podman: builds, applies and runs" {
    local -a with=(--volume "$F:$F:ro")
    become_user
    as_user podman import --quiet "$F/roots/trixie.tar" docker.io/library/debian:trixie-slim
    exits 0
    printf '%s\n' 'FROM debian:trixie-slim' \
        'RUN --mount=type=bind,target=/ctx /ctx/nixgraft apply --quiet --lock /ctx/closure.lock' > "$home/Containerfile"
    as_user podman build --quiet --pull=never --tag built "${with[@]}" .
    exits 0
    as_user podman run --rm built sh -c 'id -u && stat -c %u /nix/store && just --version'
    exits 0 $'0\n0\n'"$(just_of small)"
    as_user podman run --rm --userns keep-id built sh -c 'id -u && just --version && ! touch /nix/store/x'
    exits 0 "$USER_ID" "$(just_of small)" "Permission denied"
    as_user podman run --rm "${with[@]}" --volume "$home:/h:ro" debian:trixie-slim sh -c \
        '/h/nixgraft apply --quiet --lock /h/closure.lock && just --version && /h/nixgraft verify --lock /h/closure.lock'
    exits 0 "$(just_of small)" "0 findings"
    leave_user
}
