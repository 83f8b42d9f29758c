#!/usr/bin/env bats
# The Containerfile where it takes longer: the program compiled in it, Debian 13's buildah, arm64 under qemu.
load lib

lock=/etc/nixgraft/closure.lock
binfmt=/proc/sys/fs/binfmt_misc
registered=''

setup_file() {
    need keys small tiny arm64
    containers_gone
}
teardown_file() { containers_gone; }
setup() { work_folder; }
teardown() {
    unserve
    [ -z "$registered" ] || echo -1 > "$binfmt/qemu-aarch64"
}

# clone: the files that a build needs, with the times they have, so that what was built of the same ones is found again.
clone() {
    mkdir -p clone/tests
    cp -a "$TOP"/{Makefile,Containerfile,.dockerignore,bootstrap,overlays} clone
    cp -a "$TOP/tests/DEPENDS.build" clone/tests
}

@test "from a clone and a lock alone: compiled in the build stage, whose CA bundle the image has, and nothing else of it" {
    clone
    cp "$(lock_of small)" clone/closure.lock
    base_image trixie
    build_image "$ME-clone" clone --layers --build-context cache="$F/caches/small-zstd" --build-arg CACHE=file:///cache
    build_image nixgraft-build clone --layers --target build # a name, so that its steps stay for the next time
    run_in "$ME-clone" sh -c "nixgraft --version && nixgraft verify --lock $lock && git --version && nix --version"
    exits 0 "$("$NIXGRAFT" --version | head -n 1)" "0 findings" "git version" "nix (Nix)"
    run_in "$ME-clone" sh -c 'grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; ls -d /src /cache /nixgraft /usr/bin/gcc /usr/bin/make'
    [[ $output =~ ^[0-9]{2,}$ ]] || fail "$output"
    # The program alone, and the Containerfile of docs/containers.md that takes it from there.
    build_image "$ME-program" clone --layers --target nixgraft
    [ "$(mounted "$ME-program" ls)" = ca-certificates.crt$'\n'nixgraft ]
    mkdir own
    sed -n '/^```dockerfile$/,/^```$/{/^```/!p}' "$TOP/docs/containers.md" | sed "s:localhost/nixgraft:localhost/$ME-program:" > own/Containerfile
    serve "$F/caches/small-zstd"
    lock_from "$PWD/own/closure.lock" "$url" jq
    build_image "$ME-own" own
    run_in "$ME-own" sh -c "jq --version && nixgraft verify --lock $lock"
    exits 0 jq-1. "0 findings"
}

# nested PACKAGE... : an image of trixie with these, kept for the next time, to run other builders in; $image. What they need
# is in ./context (a lock), ./program (the program under test) and ./build (the script to run).
nested() {
    image=builders-of-trixie-$1
    mkdir -p context program nested
    printf '%s\n' "FROM $(base_image trixie)" "RUN apt-get -q update && apt-get -qy install --no-install-recommends $*" > nested/Containerfile
    build_image "$image" nested --layers
    cp "$(lock_of small)" context/closure.lock
    cp "$NIXGRAFT" program/nixgraft
    run_options=(--privileged -v "$ME-store:/store" -v "$PWD:/given:ro" -v "$TOP:/repo:ro" -v "$F/caches/small-zstd:/caches:ro")
}
graft_options="--file /repo/Containerfile --build-context nixgraft=/given/program --build-context cache=/caches \
    --build-arg CACHE=file:///cache /given/context"

@test "Debian 13's buildah builds it, too" {
    local driver image
    driver=$(podman info -f '{{.Store.GraphDriverName}}')
    nested buildah netavark
    # Its own storage on a volume, our images beneath, read-only.
    printf '%s\n' '[storage]' "driver = \"$driver\"" 'graphroot = "/store"' 'runroot = "/run/store"' \
        '[storage.options]' 'additionalimagestores = ["/images"]' > storage.conf
    cat > build <<-SCRIPT
	set -e
	buildah --version
	buildah build --isolation chroot --pull=never --timestamp 1 --tag it $graft_options
	container=\$(buildah from --pull=never it)
	buildah run --isolation chroot "\$container" sh -c "git --version && nix --version && nixgraft verify --lock $lock"
	ls -d "\$(buildah mount "\$container")"/*
	SCRIPT
    run_in -v "$BUILD/containers/$driver:/images:ro" -v "$PWD/storage.conf:/etc/containers/storage.conf:ro" \
        -v "$CONTAINERS_CONF:/etc/containers/containers.conf:ro" "$image" sh /given/build
    exits 0 "buildah version 1." "git version" "nix (Nix)" "0 findings" /mnt /media
    silent_on "buildah version 1.28" /merged/cache /merged/nixgraft
}

@test "Docker builds it, too, with BuildKit" {
    local image
    nested docker.io docker-cli docker-buildx
    skopeo copy -q "containers-storage:$(base_image trixie)" "docker-archive:base.tar:$(base_image trixie)"
    cat > build <<-SCRIPT
	set -e
	dockerd --iptables=false --ip6tables=false --bridge=none --data-root /store > /tmp/log 2>&1 &
	trap 'kill \$!; wait; tail /tmp/log' EXIT
	for second in \$(seq 60); do ! docker version > /dev/null 2>&1 || break; sleep 1; done
	docker load -q -i /given/base.tar
	docker build --progress plain --network host --tag it $graft_options 2>&1
	docker run --rm --network host it sh -c "git --version && nix --version && nixgraft verify --lock $lock && ls -d /*"
	SCRIPT
    run_in "$image" sh /given/build
    exits 0 "[context cache] load from client" "git version" "nix (Nix)" "0 findings" /mnt /media
    silent_on $'\n/cache' $'\n/nixgraft'
}

@test "arm64, under qemu" {
    local base
    mountpoint -q "$binfmt" || mount -t binfmt_misc none "$binfmt" || skip "binfmt_misc cannot be mounted here: no arm64 containers"
    if [ ! -e "$binfmt/qemu-aarch64" ]; then
        cat /usr/lib/binfmt.d/qemu-aarch64.conf > "$binfmt/register" || skip "no right to register qemu: no arm64 containers"
        registered=1
    fi
    clone
    base_image bookworm
    build_image nixgraft-build-arm64 clone --layers --file "$containers/arm64.Containerfile"
    mkdir program context
    mounted nixgraft-build-arm64 cp_program
    cp "$(lock_of arm64)" context/closure.lock
    base=$(base_image trixie arm64)
    build_image "$ME-arm64" context --file "$TOP/Containerfile" --arch arm64 --build-arg BASE="$base" \
        --build-context nixgraft="$PWD/program" --build-context cache="$F/caches/arm64-zstd" --build-arg CACHE=file:///cache
    [ "$(config_of "$ME-arm64" '{{.Architecture}}')" = arm64 ]
    run_options=(--arch arm64)
    run_in "$ME-arm64" sh -c "uname -m && jq --version && just --version && readlink -f /usr/local/bin/jq && nixgraft verify --lock $lock"
    exits 0 aarch64 jq-1. "just 1." "$(path arm64 jq)/bin/jq" "0 findings"
}
cp_program() { cp "$1/src/build/aarch64-linux-gnu-static/nixgraft" program; }
