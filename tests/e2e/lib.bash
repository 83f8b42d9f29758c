# shellcheck shell=bash
# For tests/e2e/*.bats: tests/lib.bash, and scratch space in memory, servers, roots that run.
load ../lib
here=$TOP/tests/e2e fixture=$TOP/tests/fixture
nginx='' faulty=''
unset NIX_SSL_CERT_FILE SSL_CERT_FILE CURL_CA_BUNDLE NETRC

# need SET...: what a file needs of the fixture beyond what `make fixture` makes.
need() { "$fixture/make" "$@" >&2; }
inside() { "$fixture/chroot" "$@"; }
debian_root() { "$fixture/root" trixie "$1" >&2; }
roots_of() { cat "$F/closures/$1.roots"; }
apply() { "$NIXGRAFT" apply --quiet --no-sync "$@" > /dev/null; }

# scratch: makes $S, a folder for big data: in memory where there is room and programs may run. unscratch removes it.
scratch() {
    local room
    S=$BATS_FILE_TMPDIR/scratch
    room=$(df --output=avail -m /dev/shm 2> /dev/null | tail -n 1)
    if [ "${room:-0}" -gt 6000 ] && ! findmnt -no OPTIONS -T /dev/shm | grep -q noexec; then
        S=$(mktemp -d /dev/shm/nixgraft-test.XXXXXX)
    fi
    mkdir -p "$S"
    chmod 755 "$S" # the users of the roots below pass
    export S
}
unscratch() { [ -z "${S:-}" ] || rm -rf --one-file-system "$S"; }

# lock_from FILE CACHE TOOL...: a lock of these tools of the small set, from that cache.
lock_from() {
    local file=$1 url=$2 tool
    local -a what=()
    shift 2
    for tool; do what+=(--tool "$tool=$(path small "$tool")"); done
    (cd "$BATS_FILE_TMPDIR" && "$NIXGRAFT" lock --quiet --lock "$file" --cache "$url" --trusted-key "$KEY" "${what[@]}" > /dev/null)
}

# state ROOT: all that apply leaves behind: type, mode, owner, link target of each file, within store objects mtime and links
# too; then the hash of every file (the database byte by byte, receipt, wires).
state() {
    (
        cd "$1" || exit
        find . -path './nix/store/*' -prune -o -printf '%P %y %m %U:%G %l\n' | LC_ALL=C sort
        find nix/store -mindepth 1 ! -name .links -printf '%p %y %m %U:%G %T@ %l %n\n' | LC_ALL=C sort
        find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    )
}

# objects ROOT: what is in the store, with modes and times.
objects() { manifest "$1/nix/store" | grep -v ' - \./\?\(\.links\)\?$'; }

# serve DIR [--tls]: real nginx; $url, $log and $nginx (its pid). unserve stops it.
serve() {
    local state line
    line=$("$fixture/serve" start "$@" 3>&-) || return
    read -r url nginx state <<< "$line"
    log=$state/access.log
}
unserve() {
    [ -z "$nginx" ] || "$fixture/serve" stop "$nginx"
    nginx=
}

# stand_in DIR SET...: a copy of the stand-in for nixpkgs (tests/fixture/nixpkgs) whose packages are those sets'.
stand_in() {
    local dir=$1 set
    cp -r "$fixture/nixpkgs" "$dir"
    shift
    for set; do
        jq -r '.nix // empty, .tools[].outPath' "$F/closures/$set.json" | while read -r p; do
            printf '%s /nix/store/%s\n' "$p" "$(sed -n 's/^Deriver: //p' "$F/caches/$set-zstd/$(hash_part "$p").narinfo")"
        done | jq -nR --slurpfile m "$F/closures/$set.json" \
            '{($m[0].system): ($m[0] + {derivers: [inputs / " " | {(.[0]): .[1]}] | add})}'
    done | jq -s add > "$dir/fixture.json"
}

# faulty DIR [FAULT...]: the server with faults, faultserver.py; $url, $log and $faulty (its pid). unfaulty stops it.
faulty() {
    local ready=$BATS_TEST_TMPDIR/faulty.$RANDOM
    log=$ready.log
    mkfifo "$ready"
    : > "$log"
    /usr/bin/python3 "$here/faultserver.py" "$log" "$@" > "$ready" 2> "$ready.err" 3>&- &
    faulty=$!
    read -r url < "$ready" || fail "the server does not start: $(cat "$ready.err")"
    rm "$ready"
}
unfaulty() {
    if [ -n "$faulty" ]; then
        kill "$faulty" 2> /dev/null || true
        wait "$faulty" 2> /dev/null || true
    fi
    faulty=
}

# until_true CMD...: looks until it is so, a minute at the most.
until_true() {
    local end=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || fail "never so: $*" || return
        sleep 0.02
    done
}
