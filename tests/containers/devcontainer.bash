# shellcheck shell=bash disable=SC2034,SC2154  # used by devcontainer.bats; set by bats
# Dev containers with the reference implementation's own program, from npm. `load lib` first.
#
# It is installed once, below build/npm: its version and hash are here. podman stands in for docker: the program finds a
# `docker` on PATH ($bin) that leaves out what only rootless podman knows. Its temporary files are the test's own.
CLI_VERSION=0.89.0
CLI_INTEGRITY=sha512-LzaoOGKQ/Zql6PsiZ4hVIYVZagzWkD65aG/1ou5/Kly5Y1PtjLg1yn7qu+LZCzVoAl6DZZ/pbz8qOO4RLNlqMg==
cli=$BUILD/npm/devcontainers-cli-$CLI_VERSION
bin=$BATS_FILE_TMPDIR/bin

install_cli() {
    local integrity
    command -v npm > /dev/null || fail "no npm: run make deps" || return
    (
        flock 7
        [ -e "$cli/node_modules/.package-lock.json" ] && exit
        mkdir -p "$cli"
        npm install --loglevel error --no-audit --no-fund --ignore-scripts --prefix "$cli" \
            "@devcontainers/cli@$CLI_VERSION" > /dev/null
    ) 7> "$BUILD/npm.lock" || return
    integrity=$(jq -r '.packages["node_modules/@devcontainers/cli"].integrity' "$cli/node_modules/.package-lock.json")
    [ "$integrity" = "$CLI_INTEGRITY" ] || fail "$cli: $integrity is not the program that is pinned here"
}

install_docker() {
    mkdir -p "$bin" "$BATS_FILE_TMPDIR/tmp"
    cat > "$bin/docker" <<-'END'
	#!/usr/bin/env bash
	for argument; do
	    shift
	    [ "$argument" = --userns=keep-id ] || set -- "$@" "$argument"
	done
	if [ "$(id -u)" = 0 ]; then exec podman "$@"; fi
	exec setpriv --reuid 0 --regid 0 --clear-groups podman "$@"
	END
    # The program asks for the name of who runs it, and below it may be a number without one.
    cat > "$bin/id" <<-'END'
	#!/bin/sh
	if [ "$*" = '-u -n' ]; then echo someone; else exec /usr/bin/id "$@"; fi
	END
    chmod 755 "$bin"/*
}

# devcontainer ARG...: `run` of the program; its result, one line of JSON, is in $output, what it did in $stderr.
devcontainer() {
    run --separate-stderr env "PATH=$bin:$PATH" "TMPDIR=$BATS_FILE_TMPDIR/tmp" "${as[@]}" \
        "$cli/node_modules/.bin/devcontainer" "$@" < /dev/null 3>&-
}
as=()

# as_number UID: from now on the program runs as this user, who has podman's rights nonetheless.
as_number() {
    # shellcheck disable=SC2054  # setpriv's own commas
    as=(setpriv --reuid "$1" --regid "$1" --clear-groups --inh-caps=+setuid,+setgid --ambient-caps=+setuid,+setgid)
    export HOME=$BATS_FILE_TMPDIR/tmp
    chown -R "$1:$1" "$HOME" "$W"
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" "$BATS_FILE_TMPDIR"
}

# feature DIR [LOCK]: what `make feature` collects, with the program under test and a lock in it.
feature() {
    mkdir -p "$1"
    make -C "$TOP" --no-print-directory feature > /dev/null 3>&-
    cp "$TOP"/build/feature/src/nixgraft/* "$1"
    cp "$NIXGRAFT" "$1/nixgraft-$(uname -m)"
    [ -z "${2-}" ] || cp "$2" "$1/closure.lock"
}

# workspace NAME JSON: the folder $W of a project that has this devcontainer.json.
workspace() {
    W=$BATS_FILE_TMPDIR/$ME-$1
    mkdir -p "$W/.devcontainer"
    printf '%s\n' "$2" > "$W/.devcontainer/devcontainer.json"
}

# up: starts the dev container of $W, anew or again; $container is its id. What its hooks said is in $stderr. down stops it.
up() {
    devcontainer up --workspace-folder "$W" "$@"
    [ "$status" = 0 ] || fail "up: $status" "$output" "$stderr" || return
    container=$(jq -er .containerId <<< "$output")
}
down() { podman stop --time 0 "$container" > /dev/null 3>&-; }

# within CMD...: `run` in the dev container of $W, as its tools' terminals do.
within() { devcontainer exec --workspace-folder "$W" "$@"; }

# devcontainers_gone: removes containers and images that the program made for workspaces of this file (those of `features test`
# have the time for a name), of runs that were killed too.
devcontainers_gone() {
    local name='{{index .Labels "devcontainer.local_folder"}}'
    podman ps -a --format "{{.ID}} $name" | sed -n "s, .*/$ME-[^/]*$,,p" | xargs -r podman rm -f -t 0
    podman images --format '{{.Repository}}' | grep -E "^localhost/(vsc-($ME|[0-9]{13})-|dev_container_feature_content_temp$)" |
        xargs -r podman rmi -f
    containers_gone
} > /dev/null 3>&-
