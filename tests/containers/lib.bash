# shellcheck shell=bash disable=SC2154  # set by bats
# For tests/containers/*.bats: tests/e2e/lib.bash (need, serve, lock_from...) and tests/lib.bash, and real containers.
#
#   make containers                                             the whole stage
#   tests/containers/enter bats tests/containers/smoke.bats     one file; `-f REGEX` before the file: some of its tests
#   tests/containers/enter podman ps -a                         or buildah, skopeo, umoci, bash: the same storage
#   tests/containers/base trixie | bookworm | trixie arm64      makes (2 s, once) and names a base image
#
# Storage, configuration and a mount namespace of our own, see `enter`; plain `podman` and `buildah` in a test use them. The
# network is the host's: apt in a container works, a server of the test (`serve`, `faulty`) is reached on 127.0.0.1.
# Several people may run files at once: names of images, containers and volumes begin with $ME (one a file), or are those
# of a shared image that is always made the same. Whatever $ME made goes in teardown_file: call `containers_gone` there.
#
# On such machines: no systemd, so HEALTHCHECK timers never fire (podman healthcheck run); limits cannot be raised; no
# /proc/sys; buildah 1.28 has no heredocs, no RUN --network; format OCI drops HEALTHCHECK and SHELL (--format docker).
# `buildah build` makes one layer and keeps none for later, `podman build` and `--layers` one a step, and keep them.
load ../e2e/lib
containers=$TOP/tests/containers
[ "${CONTAINERS_STORAGE_CONF-}" = "$BUILD/containers/storage.conf" ] || {
    echo "say: tests/containers/enter bats ..." >&2
    exit 1
}
ME=test-$(basename "$BATS_TEST_FILENAME" .bats)
unset SSL_CERT_DIR BUILDAH_FORMAT BUILDAH_ISOLATION BUILDAH_LAYERS

# base_image SUITE [ARCH]: its name; is made if need be.
base_image() { "$containers/base" "$@" 2> /dev/null; }

# build_image TAG CONTEXT [OPTION...]: builds CONTEXT's Containerfile with $BUILDER, buildah (default) or podman, each at its
# defaults. What it said is in $build_log, and on stderr if it failed. A builder that looks for steps already built stumbles
# over images that another enter removes just then: it may try again.
build_image() {
    local tag=$1 context=$2 status
    shift 2
    build_log=$BATS_TEST_TMPDIR/build.log
    for _ in 1 2 3; do
        status=0
        ${BUILDER:-buildah} build --pull=never --tag "$tag" "$@" "$context" > "$build_log" 2>&1 < /dev/null 3>&- || status=$?
        tail -n 1 "$build_log" | grep -q 'previous build: .*\(layer\|image\) not known$' || break
    done
    [ "$status" -eq 0 ] || fail "${BUILDER:-buildah} build $*: exit status $status" "$(tail -n 30 "$build_log")"
}

# graft_image TAG SUITE SET LOCK [OPTION...]: builds the repository's Containerfile on the suite's base with the program under
# test (no compiling) and the cache of the fixture's set.
graft_image() {
    local tag=$1 suite=$2 set=$3 lock=$4 context=$BATS_TEST_TMPDIR/graft.$RANDOM program=$BATS_FILE_TMPDIR/program
    shift 4
    mkdir -p "$context" "$program"
    cp -p "$lock" "$context/closure.lock"
    [ -e "$program/nixgraft" ] || cp -p "$NIXGRAFT" "$program/nixgraft"
    [ -e "$program/ca-certificates.crt" ] || cat /usr/share/ca-certificates/mozilla/*.crt > "$program/ca-certificates.crt"
    build_image "$tag" "$context" --file "$TOP/Containerfile" --build-arg BASE="$(base_image "$suite")" \
        --build-context nixgraft="$program" --build-context cache="$F/caches/$set-zstd" --build-arg CACHE=file:///cache "$@"
}

# run_in IMAGE CMD...: `run` in a new container that is gone afterwards; options of podman run in the array $run_options.
run_options=()
run_in() { run --separate-stderr aside podman run --rm --pull=never "${run_options[@]}" "$@"; }
aside() { "$@" < /dev/null 3>&-; } # neither the terminal nor bats' own file is a container's business

# container_start NAME IMAGE [OPTION...]: a container that only waits; in_container [OPTION... ] NAME CMD...: `run` in it.
container_start() {
    local name=$1 image=$2
    shift 2
    podman run --detach --pull=never --name "$name" "$@" "$image" sleep infinity > /dev/null < /dev/null 3>&-
}
in_container() { run --separate-stderr aside podman exec "$@"; }
container_stop() { podman rm --force --time 0 "$1" > /dev/null 3>&-; }

# mounted IMAGE CMD...: runs CMD with the folder of IMAGE's whole tree as one more argument (read it, do not write).
mounted() {
    local image=$1 tree status=0
    shift
    tree=$(podman image mount "$image" 3>&-) || return
    "$@" "$tree" || status=$?
    podman image unmount "$image" > /dev/null 3>&-
    return "$status"
}

# image_manifest IMAGE [DIR]: tests/lib.bash's manifest (type mode owner mtime size link name, sha256) of its tree below DIR.
image_manifest() { mounted "$1" manifest_below "${2:-.}"; }
manifest_below() { manifest "$2/$1"; }

# config_of IMAGE FORMAT: a field of its configuration, as `podman image inspect -f`.
config_of() { podman image inspect -f "$2" "$1" 3>&-; }

# containers_gone: removes the containers, volumes and images that are $ME's, and images without a name of an hour ago. Others may
# be at work with any of them: what cannot be removed now is by the next.
containers_gone() {
    local mine="$ME\\([-:]\\|\$\\)"
    podman ps -a --format '{{.Names}}' | grep "^$mine" | each podman rm --force --time 0
    podman volume ls -q | grep "^$mine" | each podman volume rm --force
    podman images --format '{{.Repository}}:{{.Tag}}' | grep "/$mine" | each podman rmi --force
    podman image prune --force --filter until=1h || true
} > /dev/null 3>&-
each() { while read -r name; do "$@" "$name" < /dev/null || true; done; }
