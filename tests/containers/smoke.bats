#!/usr/bin/env bats
# The bench itself: base images, builds, runs, and that none of it is the machine's.
load lib

teardown_file() { containers_gone; }
setup() { work_folder; }

@test "an unchanged FROM of Debian builds without a registry, with both builders, and apt installs in it" {
    local BUILDER
    base_image trixie
    base_image bookworm
    printf '%s\n' 'FROM debian:bookworm-slim' 'RUN . /etc/os-release && echo "$VERSION_CODENAME" > /name' \
        'FROM docker.io/library/debian:trixie-slim' 'COPY --from=0 /name /name' \
        'RUN apt-get -q update && apt-get -qy install --no-install-recommends hello' > Containerfile
    for BUILDER in buildah podman; do
        build_image "$ME-$BUILDER" .
        run_in "$ME-$BUILDER" sh -c 'hello && cat /name && . /etc/os-release && echo $VERSION_CODENAME'
        exits 0 "Hello, world" bookworm trixie
    done
}

@test "a base has what Debian's own image has: CMD bash, PATH, the right machine; asking again makes nothing" {
    local name id
    name=$(base_image trixie)
    id=$(config_of "$name" '{{.Id}}')
    [ "$(config_of "$name" '{{.Config.Cmd}} {{.Config.Env}} {{.Architecture}}')" = \
        "[bash] [PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin] amd64" ]
    base_image trixie
    [ "$(config_of "$name" '{{.Id}}')" = "$id" ]
}

@test "a container that waits: exec as root and as others, read-only, and its state is seen by another enter" {
    container_start "$ME" "$(base_image trixie)" --read-only --tmpfs /tmp
    in_container "$ME" sh -c 'id -u; touch /tmp/x && ! touch /x'
    exits 0 0 "Read-only file system"
    in_container --user 12345:678 "$ME" id
    exits 0 "uid=12345 gid=678"
    run "$containers/enter" podman ps --format '{{.Names}}'
    exits 0 "$ME"
    container_stop "$ME"
    run podman ps -a --format '{{.Names}}'
    silent_on "$ME"$'\n'
}

@test "crun works, too" {
    run_options=(--runtime crun)
    run_in "$(base_image trixie)" id
    exits 0 "uid=0"
}

@test "a tree's manifest tells of a changed mode, time and byte" {
    local before
    base_image trixie
    printf '%s\n' 'FROM debian:trixie-slim' 'RUN mkdir /d && echo a > /d/f && touch -d @5 /d/f /d' > Containerfile
    build_image "$ME-a" .
    before=$(image_manifest "$ME-a" d)
    [[ $before == *"0:0 5.0000000000 2  ./f"* ]] || fail "$before"
    sed -i 's/echo a/echo b/' Containerfile
    build_image "$ME-b" .
    [ "$(image_manifest "$ME-b" d | diff - <(echo "$before") | grep -c '^<')" = 1 ]
}

@test "nothing is written where the machine's own containers live" {
    [ "$(podman info -f '{{.Store.GraphRoot}}')" = "$BUILD/containers/$(podman info -f '{{.Store.GraphDriverName}}')" ]
    for folder in /run/containers /run/libpod /run/netns /run/runc /var/lib/containers /var/lib/cni; do
        findmnt -n -o SOURCE "$folder" | grep -F "nixgraft:$BUILD/containers"
    done
}
