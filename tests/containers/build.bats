#!/usr/bin/env bats
# The repository's Containerfile: both builders, both suites; what is in the image and what is not; the same twice.
load lib

setup_file() {
    need keys small tiny
    SMALL=$(lock_of small)
    TINY=$(lock_of tiny)
    export SMALL TINY
    containers_gone
}
teardown_file() { containers_gone; }
setup() { work_folder; }
teardown() { unserve; }

lock=/etc/nixgraft/closure.lock
expected_env='PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'
# What belongs to a builder: files that it mounts over while it runs something.
mount_points='etc/\(hosts\|resolv.conf\|hostname\)\|run/.containerenv'

# image_by BUILDER SUITE: builds it once a run of this file; $image.
image_by() {
    image=$ME-$1-$2
    podman image exists "$image" 3>&- || BUILDER=$1 graft_image "$image" "$2" small "$SMALL"
}

# verified IMAGE: does the image's own nixgraft find it right?
verified() {
    run_in "$1" nixgraft verify --lock "$lock"
    exits 0 "0 findings"
}

# names IMAGE: all there is outside of store objects. trees IMAGE: what two builds must agree in; the times of what is copied, and of
# the folders that get it, are the builder's.
names() { mounted "$1" names_below; }
names_below() {
    (cd "$1" && find . -mindepth 1 -path './nix/store/*-*' -prune -o -printf '%P\n') | grep -vx "$mount_points" | LC_ALL=C sort
}
trees() { mounted "$1" trees_below; }
trees_below() {
    (cd "$1" && for folder in nix usr/local/bin etc; do manifest "$folder" | sed "s: \.\(/\|$\): $folder\1:"; done) |
        grep -v " \($mount_points\)\$" |
        sed 's: [0-9]*\.[0-9]* \(.* \(usr/local/bin/nixgraft\|etc\|etc/nixgraft\|etc/nixgraft/closure.lock\)\)$: - \1:' | LC_ALL=C sort
}

@test "trixie and bookworm, buildah and podman: the tools run, and nothing is there that is not needed" {
    local builder suite image
    for suite in trixie bookworm; do
        names "$(base_image "$suite")" > base
        for builder in buildah podman; do
            image_by "$builder" "$suite"
            run_in "$image" sh -c 'git --version && jq --version && just --version && nix --version && readlink -f /usr/local/bin/jq'
            exits 0 "git version" "jq-1." "just 1." "nix (Nix)" "$(path small jq)/bin/jq"
            verified "$image"
            [ "$(config_of "$image" '{{join .Config.Env " "}}|{{.Config.Cmd}}|{{.Config.User}}')" = "$expected_env|[bash]|" ]
            names "$image" > there
            [ -z "$(comm -23 base there)" ] || fail "gone from the base:" "$(comm -23 base there)"
            comm -13 base there > added
            printf '%s\n' etc/nix etc/nix/nix.conf etc/nix/registry.json etc/nixgraft etc/nixgraft/closure.lock \
                etc/profile.d/nixgraft.sh etc/ssl etc/ssl/certs etc/ssl/certs/ca-certificates.crt nix nix/store nix/store/.links nix/var root/.nix-profile > expected
            diff expected <(grep -v '^nix/var/\|^usr/local/bin/' added)
            # No reserved, no journal beside the database; no spool, nothing staged, no log.
            printf '%s\n' nix/var/nix/db/big-lock nix/var/nix/db/db.sqlite nix/var/nix/db/schema > expected
            diff expected <(grep '^nix/var/nix/db/' added)
            run grep -v '^nix/var/nix\(/\|$\)\|^nix/var/nixgraft\(/\(lock\|locks\|locks/1.lock\|receipt.json\)\)\?$' <(grep '^nix/var/' added)
            [ -z "$output" ] || fail "not expected:" "$output"
            [ "$(grep -c '^usr/local/bin/' added)" = "$(($(jq '[.systems[] | (.nix.commands, .tools[].commands)[]] | length' "$SMALL") + 1))" ]
        done
    done
}

@test "two builds at different times, from files with different times: the same /nix, /usr/local/bin and /etc" {
    local image
    cp "$SMALL" old
    touch -d '2020-01-01' old
    graft_image "$ME-again" trixie small old
    trees "$ME-again" > again
    [ "$(wc -l < again)" -gt 10000 ]
    image_by buildah trixie
    same_manifest "$(trees "$image")" "$(cat again)"
    image_by podman trixie
    same_manifest "$(trees "$image")" "$(cat again)"
    # Is that so because nothing was looked at?
    image_by buildah bookworm
    trees "$image" > bookworm
    differ again bookworm
}

# Time 1, since buildah gives it to every file of the image, and a store object's must be 1; no cache, since a step that was
# built without --timestamp would do.
@test "with --timestamp 1 the image id is the same, too, and the store as Nix wants it" {
    local BUILDER
    cp "$TINY" old
    touch -d '2020-01-01' old
    for BUILDER in buildah podman; do
        graft_image "$ME-a" trixie tiny "$TINY" --timestamp 1 --no-cache
        graft_image "$ME-b" trixie tiny old --timestamp 1 --no-cache
        same_manifest "$(config_of "$ME-a" '{{.Id}} {{.RootFS.Layers}}')" "$(config_of "$ME-b" '{{.Id}} {{.RootFS.Layers}}')"
        verified "$ME-a"
    done
    graft_image "$ME-b" trixie tiny old --no-cache
    [ "$(config_of "$ME-a" '{{.Id}}')" != "$(config_of "$ME-b" '{{.Id}}')" ]
}

# registration_time ROOT: of all that the database has.
times_made() { (cd "$1" && stat -c %Y nix nix/store usr/local/bin usr/local/bin/jq etc/profile.d etc/ssl/certs/ca-certificates.crt | sort -u); }
registration_time() { peek "$1" "select distinct registrationTime from ValidPaths"; }

@test "SOURCE_DATE_EPOCH is the registration time and that of what is made, 1 if not given" {
    local image
    image_by buildah trixie
    [ "$(mounted "$image" registration_time)" = 1 ]
    [ "$(mounted "$image" times_made)" = 1 ]
    graft_image "$ME-time" trixie tiny "$TINY" --build-arg SOURCE_DATE_EPOCH=1700000000
    [ "$(mounted "$ME-time" registration_time)" = 1700000000 ]
    [ "$(mounted "$ME-time" times_made)" = 1700000000 ]
}

@test "format docker has the same files, the same environment and passes umoci's judgement, as format oci does" {
    local format
    for format in oci docker; do
        graft_image "$ME-$format" trixie tiny "$TINY" --format "$format"
        [ "$(config_of "$ME-$format" '{{join .Config.Env " "}}|{{.Config.Cmd}}')" = "$expected_env|[bash]" ]
        skopeo copy -q "containers-storage:localhost/$ME-$format" "oci:$format:test"
        umoci raw unpack --image "$format:test" "$format.root" > /dev/null
        run chroot "$format.root" jq --version
        exits 0 jq-1.
    done
    same_manifest "$(trees "$ME-oci")" "$(trees "$ME-docker")"
}

@test "the lock's own cache, over the network; a URL as CACHE; and a cache that has nothing stops the build" {
    local file=$PWD/closure.lock
    serve "$F/caches/small-zstd"
    lock_from "$file" "$url" jq
    graft_image "$ME-http" trixie small "$file" --build-arg CACHE=
    verified "$ME-http"
    graft_image "$ME-http" trixie small "$TINY" --build-arg CACHE="$url"
    verified "$ME-http"
    mkdir "$BATS_TEST_TMPDIR/nothing"
    run graft_image "$ME-none" trixie small "$TINY" --build-context cache="$BATS_TEST_TMPDIR/nothing"
    exits 1 "exit status 3" "nixgraft apply:" "file:///cache"
    run podman image exists "$ME-none"
    [ "$status" -eq 1 ]
}

@test "a base by its digest, and a lock by another name" {
    local digest base
    digest=$(config_of "$(base_image trixie)" '{{index .RepoDigests 0}}')
    [[ $digest == docker.io/library/debian@sha256:* ]]
    base=$(config_of "$digest" '{{index .RootFS.Layers 0}}')
    graft_image "$ME-digest" trixie tiny "$TINY" --build-arg BASE="$digest"
    [ "$(config_of "$ME-digest" '{{index .RootFS.Layers 0}}')" = "$base" ]
    mkdir -p context/locks
    cp "$TINY" context/locks/other.json
    build_image "$ME-digest" context --file "$TOP/Containerfile" --build-arg LOCK=locks/other.json \
        --build-context nixgraft="$BATS_FILE_TMPDIR/program" --build-context cache="$F/caches/tiny-zstd" --build-arg CACHE=file:///cache
    verified "$ME-digest"
}

@test "a base's own CA bundle stays; one without gets the build stage's" {
    local bundle=etc/ssl/certs/ca-certificates.crt program=$BATS_TEST_TMPDIR/with-bundle
    mkdir "$program"
    cp -p "$NIXGRAFT" "$program/nixgraft"
    echo 'of the build stage' > "$program/ca-certificates.crt"
    graft_image "$ME-ca" trixie tiny "$TINY" --build-context nixgraft="$program"
    run_in "$ME-ca" cat "/$bundle"
    exits 0 "of the build stage"
    printf '%s\n' "FROM $(base_image trixie)" "RUN mkdir -p /etc/ssl/certs && echo corporate > /$bundle" > Containerfile
    build_image "$ME-corporate" .
    graft_image "$ME-ca" trixie tiny "$TINY" --build-context nixgraft="$program" --build-arg BASE="localhost/$ME-corporate"
    run_in "$ME-ca" cat "/$bundle"
    exits 0 corporate
}

@test "its ENV lines are what nixgraft env prints" {
    image_by buildah trixie
    run_in "$image" nixgraft env --format containerfile
    exits 0
    [ -n "$output" ]
    diff <(sed '1,/^# What `nixgraft env --format containerfile` prints:$/d' "$TOP/Containerfile") <(echo "$output")
}
