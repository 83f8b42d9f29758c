# shellcheck shell=bash disable=SC2034,SC2154  # used by those who load this; set by bats
# For all bats files: where things are, throw-away roots, locks, and comparisons. `load ../lib` first.
# The binary under test is $NIXGRAFT, else build/static/nixgraft.
bats_require_minimum_version 1.5.0
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BUILD=$(realpath -m "${NIXGRAFT_BUILD:-$TOP/build}")
F=$BUILD/fixture
NIXGRAFT=$(realpath -m "${NIXGRAFT:-$TOP/build/static/nixgraft}")
KEY=$(cat "$F/keys/cache.pub") || { echo "no fixture: run make fixture" >&2; exit 1; }
OTHER_KEY=$(cat "$F/keys/other.pub")
umask 022
export LC_ALL=C.UTF-8
export PATH=$PATH:/usr/sbin:/sbin
unset SOURCE_DATE_EPOCH NO_COLOR http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

# work_folder: a folder of the test's own to be in (bats keeps files of its own in $BATS_TEST_TMPDIR).
work_folder() { mkdir "$BATS_TEST_TMPDIR/work" && cd "$BATS_TEST_TMPDIR/work" || return; }

# ---- saying why ----

fail() { printf '%s\n' "$@" >&2; return 1; }

# graft ARG...: runs the program; $status, $output (stdout), $stderr tell.
graft() { run --separate-stderr "$NIXGRAFT" "$@"; }

# exits STATUS [TEXT...]: did the last `graft` or `run` exit so, and does stdout or stderr hold each text?
exits() {
    local want=$1 text
    shift
    [ "$status" -eq "$want" ] || fail "exit status $status instead of $want" "stdout: $output" "stderr: ${stderr-}"
    for text; do
        [[ $output$'\n'${stderr-} == *"$text"* ]] || fail "not said: $text" "stdout: $output" "stderr: ${stderr-}"
    done
}

# silent_on TEXT...: is none of these in stdout and stderr?
silent_on() {
    local text
    for text; do
        [[ $output$'\n'${stderr-} != *"$text"* ]] || fail "said: $text" "stdout: $output" "stderr: ${stderr-}"
    done
}

# differ FILE FILE: a change that changes nothing proves nothing.
differ() { if cmp -s "$1" "$2"; then fail "$1 and $2 are the same"; fi; }

# json FILTER [JQ-OPTION...]: is FILTER true of stdout, which must be one JSON document?
json() {
    local filter=$1
    shift
    [ "$(jq -s length <<< "$output")" = 1 ] || fail "not one JSON document: $output"
    jq -e "$@" "$filter" <<< "$output" > /dev/null || fail "not so: $filter" "$output"
}

# ---- the fixture ----

# cache SET[-CODEC]: the file:// URL of a cache (zstd); path SET TOOL: the store path of a tool, or of nix.
cache() { case $1 in *-*) echo "file://$F/caches/$1" ;; *) echo "file://$F/caches/$1-zstd" ;; esac; }
path() { jq -er --arg t "$2" 'if $t == "nix" then .nix else .tools[$t].outPath end' "$F/closures/$1.json"; }

# lock_of SET [TOOL...]: the name of a lock of these tools (`nix` is one), or of the whole set; made once a bats file.
lock_of() {
    local set=$1 file=$BATS_FILE_TMPDIR/lock.${*// /}.json tool
    local -a what=()
    file=${file// /-}
    shift
    if [ ! -e "$file" ]; then
        for tool; do
            if [ "$tool" = nix ]; then what+=(--nix "$(path "$set" nix)"); else what+=(--tool "$tool=$(path "$set" "$tool")"); fi
        done
        [ $# -gt 0 ] || what=(--manifest "$F/closures/$set.json")
        # In a folder of its own: a flake.lock that happens to be here is none of its business.
        (cd "$BATS_FILE_TMPDIR" && "$NIXGRAFT" lock --quiet --lock "$file" --cache "$(cache "$set")" --trusted-key "$KEY" \
            "${what[@]}" > /dev/null) || return
    fi
    echo "$file"
}

# copy_cache SET DIR PATH...: a cache of just these store paths (as `closure` lists them) in DIR, free to be damaged.
copy_cache() {
    local from=$F/caches/$1-zstd to=$2 p info
    shift 2
    mkdir -p "$to/nar"
    cp "$from/nix-cache-info" "$to"
    for p; do
        info=$(hash_part "$p").narinfo
        cp "$from/$info" "$to"
        cp "$from/$(sed -n 's/^URL: //p' "$to/$info")" "$to/nar"
    done
}
hash_part() { basename "$1" | cut -c 1-32; }
# closure LOCK: its store paths, sorted.
closure() { jq -r '.systems[].paths | keys[]' "$1"; }

# ---- roots ----

# tiny_root DIR [MACHINE]: what nixgraft needs of a Debian root, and no more. MACHINE is x86_64 (default) or aarch64.
tiny_root() {
    local machine='\x3e'
    [ "${2-}" != aarch64 ] || machine='\xb7'
    mkdir -p "$1"/{bin,etc,root,tmp,usr/bin,usr/local/bin}
    # shellcheck disable=SC2059  # the bytes of an ELF header
    printf "\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0$machine\0\x01\0\0\0%040d" 0 > "$1/bin/sh"
    chmod 755 "$1/bin/sh"
    echo root:x:0:0:root:/root:/bin/bash > "$1/etc/passwd"
    echo nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin >> "$1/etc/passwd"
}

# applied DIR LOCK: a tiny root that follows LOCK.
applied() {
    tiny_root "$1"
    "$NIXGRAFT" apply --quiet --no-sync --lock "$2" --root "$1" > /dev/null
}

# in_place ROOT LOCK: does verify find it right?
in_place() {
    "$NIXGRAFT" verify --quiet --lock "$2" --root "$1" > "$BATS_TEST_TMPDIR/verify.out" 2>&1 ||
        fail "$1 is not as $2 says:" "$(cat "$BATS_TEST_TMPDIR/verify.out")"
}

# manifest [-c|-n] DIR: one line for each thing below DIR: type mode owner mtime size link name; then the sha256 of files.
# -c adds ctime and inode, which tell of any write at all, instead of the sha256; -n leaves times out (roots made at different times).
manifest() {
    local times='%T@' hashes=yes
    case $1 in -c) times='%T@ %C@ %i' hashes=''; shift ;; -n) times=-; shift ;; esac
    (
        cd "$1" || exit
        # The size of a directory is the file system's business.
        find . \( -type d -printf "%y %m %U:%G $times - %p\n" \) -o -printf "%y %m %U:%G $times %s %l %p\n" | LC_ALL=C sort -k 2
        [ -z "$hashes" ] || find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
    )
}

# same_manifest BEFORE AFTER: two texts; says the first differences.
same_manifest() { [ "$1" = "$2" ] || fail "changed:" "$(diff <(echo "$1") <(echo "$2") | head -n 20)"; }

# unlocked DIR: makes a store object below DIR writable and deletable again, for teardown by any user.
unlocked() { [ ! -d "$1" ] || chmod -R u+w "$1"; }

# query ROOT SQL: asks the Nix database below ROOT, or changes it. peek: asks without leaving a trace beside it.
peek() { sqlite3 "file:$1/nix/var/nix/db/db.sqlite?immutable=1" "$2"; }
query() { sqlite3 "$1/nix/var/nix/db/db.sqlite" "$2"; }
