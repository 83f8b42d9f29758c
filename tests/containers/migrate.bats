#!/usr/bin/env bats
# From a Containerfile with apt to one with Nix: what `nixgraft migrate --write` writes, locked by the real Nix, built by real builders; its
# tools answer from the store, and the packages are gone.
load lib

setup_file() {
    need keys small root:trixie chroot:trixie
    containers_gone
    scratch
    stand_in "$S/nixpkgs" small
    mkdir "$S/program"
    cp -p "$NIXGRAFT" "$S/program/nixgraft"
    cat /usr/share/ca-certificates/mozilla/*.crt > "$S/program/ca-certificates.crt"
}
teardown_file() {
    containers_gone
    unscratch
}
setup() {
    work_folder
    mkdir "$S/work" # what is in $S is seen in the chroot with the Nix, too
    cd "$S/work" || return
}
teardown() {
    unserve
    rm -rf "$S/work"
}

# old_file: a team's Containerfile, on the suite's base.
old_file() {
    cat << END
# The image that the team works in
FROM $(base_image trixie)

ARG JQ=1.7.1
ENV LANG=C.UTF-8

# from Debian
RUN apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \\
        ca-certificates \\
        # version control
        git \\
        jq=\${JQ}* \\
        libsqlite3-0 \\
        locales \\
    && rm -rf /var/lib/apt/lists/*

# task runner
RUN apt-get -q update && apt-get -q install -y just && rm -rf /var/lib/apt/lists/*

RUN git config --system init.defaultBranch main && jq --version > /etc/jq.version
CMD ["bash"]
END
}

# lock_here: flake.nix on the stand-in for nixpkgs, evaluated by the real Nix of trixie; closure.lock fetches from $url.
lock_here() {
    sed -i "s|github:NixOS/nixpkgs/nixos-26.05|path:$S/nixpkgs|" flake.nix
    run --separate-stderr env "ENTER_BIND=$S:$(dirname "$NIXGRAFT")" "$fixture/enter" trixie \
        sh -c "cd $S/work && exec $NIXGRAFT lock --cache file://$F/caches/small-zstd --trusted-key '$KEY'"
    exits 0 "closure.lock: written"
    sed -i "s|file://$F/caches/small-zstd|$url|" closure.lock
}

# built BUILDER: the image of the Containerfile here; $image.
built() {
    image=$ME-$1
    BUILDER=$1 build_image "$image" . --build-context localhost/nixgraft="$S/program"
}

# comes_from PATH...: where the shell of $image finds git, jq and just.
comes_from() {
    run_in "$image" sh -c 'for c in git jq just; do readlink -f "$(command -v $c)"; done'
    exits 0
    [ "$output" = "$(printf '%s\n' "$@")" ] || fail "$output"
}

# installed PACKAGE...: which of them dpkg has in $image.
installed() {
    run_in "$image" sh -c 'for p; do dpkg-query -W -f "\${db:Status-Status} \${Package}\n" "$p" 2> /dev/null; done | sed -n "s/^installed //p"' sh "$@"
    output=$(echo $output)
}

@test "the tools of the migrated image answer from the store, and Debian's are gone" {
    old_file > Containerfile
    BUILDER=buildah build_image "$ME-old" .
    image=$ME-old
    comes_from /usr/bin/git /usr/bin/jq /usr/bin/just

    graft migrate --write Containerfile
    exits 0
    old_file > old
    [ "$(diff old Containerfile | grep -c '^>')" -le 9 ] # the graft, and the one package list
    grep -q '^        # version control$' Containerfile && fail "the comment of what went"
    for builder in buildah podman; do
        serve "$F/caches/small-zstd"
        lock_here
        built "$builder"
        unserve
        comes_from "$(path small git)/bin/git" "$(path small jq)/bin/jq" "$(path small just)/bin/just"
        installed git jq just libjq1 ca-certificates locales libsqlite3-0
        [ "$output" = "ca-certificates locales libsqlite3-0" ] || fail "installed: $output"
        run_in "$image" cat /etc/jq.version
        exits 0 jq-1
        run_in "$image" git config --system init.defaultBranch
        run_in "$image" nixgraft verify --lock /etc/nixgraft/closure.lock
        exits 0 "0 findings"
        run_in "$image" nixgraft versions --check --lock /etc/nixgraft/closure.lock
        exits 0
    done

    graft migrate --check Containerfile
    exits 0
    mounted "$image" env bash -c '"$0" migrate --check --root "$2" "$1"' "$NIXGRAFT" "$S/work/Containerfile"
}

@test "one tool at a time gives the same image" {
    old_file > Containerfile
    for tool in jq just git; do
        graft migrate --write --only "$tool" Containerfile
        exits 0
    done
    cp Containerfile steps
    old_file > Containerfile
    rm flake.nix graft.nix
    graft migrate --write Containerfile
    exits 0
    cmp steps Containerfile
}
